"""How a standard turns ratings into points and points into a grade, as its pack says it: bands, ceilings, grades.

Nothing here is the program's own: every number comes from the pack, and there from a table of the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from checker.errors import Problem, Text
from checker.load import Document
from checker.vocabulary import source_note, text, texts
from checker.wording import problem

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """A range of ratios that an assessor may choose, both ends included, with what it takes in each aspect."""

    name: str
    least: Number
    most: Number
    aspects: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The highest ratio that fits an indicator of whose elements at most (or fewer than) this share hold."""

    share: Fraction
    inclusive: bool
    most: Number


@dataclass(frozen=True, slots=True)
class Scale:
    """How assessors rate indicators: bands from the lowest to the highest, aspects, and what facts allow at most."""

    bands: tuple[Band, ...]
    aspects: Mapping[str, Text]
    ceilings: tuple[Ceiling, ...]

    def band(self, name: str) -> Band | None:
        """The band of that name, if there is one."""
        return next((band for band in self.bands if band.name == name), None)

    def of_aspects(self, answers: Mapping[str, Band]) -> tuple[Number, Number]:
        """The least and the greatest ratio that follow from the bands answered in some of the aspects.

        A band is reached where every aspect reaches it, so the lowest aspect decides; one not yet answered may still
        be the lowest.
        """
        lowest = min(answers.values(), key=self.bands.index)
        complete = set(answers) == set(self.aspects)
        return lowest.least if complete else self.bands[0].least, lowest.most

    def ceiling(self, holding: int, elements: int) -> Number:
        """The highest ratio that facts allow where so many of the elements of an indicator hold."""
        share = Fraction(holding, elements)
        reached = (rule.most for rule in self.ceilings if share < rule.share or (rule.inclusive and share == rule.share))
        return min(reached, default=self.bands[-1].most)


@dataclass(frozen=True, slots=True)
class Scoring:
    """How clauses are scored.

    With a ``scale`` assessors rate every indicator; without one each clause says itself what earns its points.
    ``full_marks`` is the printed total. Where the source breaks off, there is none, and ``incomplete`` says what is
    missing. ``inapplicable_earns`` is whether an indicator that does not apply has all its points.
    """

    place: str
    full_marks: Number | None
    scale: Scale | None
    inapplicable_earns: bool
    incomplete: Text | None
    source_note: Text | None


@dataclass(frozen=True, slots=True)
class Grade:
    """A class of totals: its printed range (an end that is not printed is ``None``) and its meaning."""

    name: str
    group: str
    least: Number | None
    most: Number | None
    title: Text


@dataclass(frozen=True, slots=True)
class Grading:
    """The table of grades from the best to the worst, and the marks that refine a grade, with the grades that take none."""

    place: str
    grades: tuple[Grade, ...]
    marks: tuple[str, ...]
    unmarked: tuple[str, ...]
    source_note: Text | None

    def grade(self, total: Fraction) -> Grade:
        """The grade of a total; between two printed ranges the lower one."""
        return next(grade for grade in self.grades if grade.least is None or total >= grade.least)

    def gap(self, total: Fraction) -> tuple[Grade, Grade] | None:
        """The two grades between whose printed ranges a total falls, the lower first; nothing where it falls into one."""
        lower = self.grade(total)
        if lower.most is None or total <= lower.most or lower is self.grades[0]:
            return None
        return lower, self.grades[self.grades.index(lower) - 1]


def build_scoring(tree: Any) -> Scoring:
    """The scoring from its schema-valid tree."""
    return Scoring(
        place=tree["place"],
        full_marks=tree.get("full_marks"),
        scale=_scale(tree) if "bands" in tree else None,
        inapplicable_earns=tree.get("not_applicable") == "full_marks",
        incomplete=text(tree["incomplete"]) if "incomplete" in tree else None,
        source_note=source_note(tree),
    )


def _scale(tree: Any) -> Scale:
    ceilings = []
    for rule in tree["ceilings"]:
        inclusive = "share_at_most" in rule
        ceilings.append(Ceiling(Fraction(rule["share_at_most" if inclusive else "share_below"]), inclusive, rule["most"]))
    bands = tuple(Band(band["band"], band["least"], band["most"], texts(band["aspects"])) for band in tree["bands"])
    return Scale(bands, texts(tree["aspects"]), tuple(ceilings))


def build_grading(tree: Any) -> Grading:
    """The grading from its schema-valid tree."""
    grades = tuple(
        Grade(grade["grade"], grade["group"], grade.get("from"), grade.get("to"), text(grade["title"])) for grade in tree["grades"]
    )
    refinement = tree.get("refinement", {"marks": [], "not_for": []})
    return Grading(tree["place"], grades, tuple(refinement["marks"]), tuple(refinement["not_for"]), source_note(tree))


def scheme_problems(document: Document) -> Iterator[Problem]:
    """Bands and grades that are out of order, overlap, or leave an end open where one is needed."""
    tree = document.data
    for index, grade in enumerate(tree.get("grading", {}).get("grades", [])):
        grades = tree["grading"]["grades"]
        above = grades[index - 1] if index else None
        lowest = index == len(grades) - 1
        if lowest is ("from" in grade) or (above and grade.get("to", 0) >= above.get("from", 0)):
            yield problem(document.place("grading", "grades", index), "grades_out_of_order", grade=grade["grade"])
    for index, band in enumerate(tree.get("scoring", {}).get("bands", [])):
        bands = tree["scoring"]["bands"]
        if band["least"] >= band["most"] or (index and bands[index - 1]["most"] != band["least"]):
            yield problem(document.place("scoring", "bands", index), "bands_out_of_order", band=band["band"])
