"""Verdicts and ratings to points, bounds and a grade, line by line.

Points are fractions, so that a mean of three ratings is as exact as a printed number; no rounding decides a grade. What
is not known is a range: an indicator nobody has rated earns between nothing and all its points, a band between its ends.

Every score is given twice: as rated, which is the standard's own arithmetic, and as supported, where a rating counts only
as far as the facts allow it. More ratings of an indicator not yet rated, and more facts, only ever narrow a range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from checker.conditions import All, Node, Truth, Verdict
from checker.engines.reference import truth
from checker.errors import InputError, Text
from checker.facts import FactBase, Rating, Refinement
from checker.packs import Clause, Pack, Section
from checker.schemes import Grade, Grading, Scoring
from checker.situation import Situation
from checker.wording import problem

#: A rating above what the facts allow, or above what they can be shown to allow as long as some are missing.
Excess = Literal["exceeds_facts", "exceeds_support"]


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest that something can become; equal where it is known."""

    least: Fraction
    most: Fraction

    def __add__(self, other: Range) -> Range:
        return Range(self.least + other.least, self.most + other.most)

    def times(self, factor: Fraction) -> Range:
        """Both ends multiplied by a factor that is not negative."""
        return Range(self.least * factor, self.most * factor)

    def at_most(self, limit: Range) -> Range:
        """Both ends held down to those of a limit."""
        return Range(min(self.least, limit.least), min(self.most, limit.most))


NOTHING = Range(Fraction(0), Fraction(0))
ANYTHING = Range(Fraction(0), Fraction(1))


@dataclass(frozen=True, slots=True)
class Elements:
    """How many of an indicator's elements hold, do not hold, and are unknown."""

    holding: int
    failing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One indicator in the ledger.

    ``rated`` is the mean of the ratings, those that ``awaited`` members of the panel have not given yet being anything
    from 0 to 1; ``spread`` reaches from the lowest to the highest rating where there are several. ``earned`` is what it is
    worth times that ratio. ``allowed`` is the highest ratio that the facts allow, ``supported`` the points with the rating
    held down to it.
    """

    clause: Clause
    worth: Fraction
    ratings: tuple[Rating, ...]
    awaited: tuple[str, ...]
    rated: Range
    spread: Range | None
    earned: Range
    elements: Elements
    allowed: Range
    supported: Range
    excess: Excess | None


@dataclass(frozen=True, slots=True)
class ChapterScore:
    """A category of indicators: its points, and what of them is earned and supported."""

    chapter: Section
    worth: Fraction
    earned: Range
    supported: Range


@dataclass(frozen=True, slots=True)
class Gap:
    """A total between the printed ranges of two grades; the lower one counts."""

    total: Fraction
    lower: Grade
    upper: Grade


@dataclass(frozen=True, slots=True)
class Standing:
    """The least and the greatest grade of a range of totals, the mark given to it, and totals between printed ranges."""

    least: Grade
    most: Grade
    refinement: Refinement | None
    unmarked: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def settled(self) -> bool:
        """Whether only one grade is possible."""
        return self.least is self.most

    def name(self, grade: Grade) -> str:
        """A grade as it is written, with its mark if it takes one."""
        return grade.name + (self.refinement.mark if self.refinement and grade.name not in self.unmarked else "")


@dataclass(frozen=True, slots=True)
class Score:
    """What a pack's indicators earn, by indicator, by category and in all, with the grade where the pack has grades.

    ``total`` and ``standing`` are as rated, ``supported`` and ``supported_standing`` as far as the facts support the ratings.
    """

    lines: tuple[ScoreLine, ...]
    chapters: tuple[ChapterScore, ...]
    full_marks: Fraction
    total: Range
    standing: Standing | None
    supported: Range
    supported_standing: Standing | None

    @property
    def unrated(self) -> tuple[ScoreLine, ...]:
        """The indicators that nobody has rated."""
        return tuple(line for line in self.lines if not line.ratings)


def score(pack: Pack, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict]) -> Score | None:
    """The ledger of a pack for one company, or nothing where the pack scores nothing.

    Raises:
        InputError: a refinement of a grade that takes none.
    """
    if pack.scoring is None:
        return None
    lines = tuple(score_line(clause, pack.scoring, facts, situation, verdicts) for clause in pack.scored)
    total, supported = sum((line.earned for line in lines), NOTHING), sum((line.supported for line in lines), NOTHING)
    chapters = tuple(_chapter(chapter, lines) for chapter in pack.chapters if any(line.clause.chapter == chapter.number for line in lines))
    refinement = facts.refinements.get(pack.name)
    standing = _standing(pack.grading, total, refinement) if pack.grading else None
    if pack.grading and standing and refinement and standing.settled and standing.least.name in standing.unmarked:
        place = facts.places[f"refinements.{pack.name}"]
        raise InputError([problem(place, "refinement_refused", grade=standing.least.name, mark=refinement.mark, pack=pack.name,
                                  place=pack.grading.place)])
    supported_standing = _standing(pack.grading, supported, refinement) if pack.grading else None
    return Score(lines, chapters, Fraction(pack.scoring.full_marks), total, standing, supported, supported_standing)


def score_line(clause: Clause, scoring: Scoring, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict]) -> ScoreLine:
    """What one indicator earns."""
    worth = Fraction(clause.points or 0)
    ratings = tuple(rating for rating in facts.ratings if rating.clause == clause.name)
    awaited = tuple(name for name in facts.panel if name not in {rating.assessor for rating in ratings})
    rated = _mean(ratings, len(awaited))
    elements = count_elements([truth(element, situation, verdicts) for element in elements_of(clause.rule.condition)])
    allowed = allowed_by(elements, scoring)
    return ScoreLine(
        clause=clause,
        worth=worth,
        ratings=ratings,
        awaited=awaited,
        rated=rated,
        spread=_spread(ratings),
        earned=rated.times(worth),
        elements=elements,
        allowed=allowed,
        supported=rated.at_most(allowed).times(worth),
        excess=_excess(ratings, allowed),
    )


def elements_of(condition: Node) -> tuple[Node, ...]:
    """The elements of an indicator: the parts that its condition joins by "all", or the condition itself."""
    return condition.parts if isinstance(condition, All) else (condition,)


def count_elements(values: Sequence[Truth]) -> Elements:
    """How many of some elements have each value."""
    return Elements(values.count(True), values.count(False), values.count(None))


def allowed_by(elements: Elements, scoring: Scoring) -> Range:
    """The highest ratio that fits an indicator's elements, with those unknown taken as failing, and as holding."""
    number = elements.holding + elements.failing + elements.unknown
    least, most = (scoring.ceiling(holding, number) for holding in (elements.holding, elements.holding + elements.unknown))
    return Range(Fraction(least), Fraction(most))


def _mean(ratings: Sequence[Rating], awaited: int) -> Range:
    number = len(ratings) + awaited
    if not number:
        return ANYTHING
    given = sum((Range(Fraction(rating.least), Fraction(rating.most)) for rating in ratings), NOTHING)
    return (given + ANYTHING.times(Fraction(awaited))).times(Fraction(1, number))


def _spread(ratings: Sequence[Rating]) -> Range | None:
    if len(ratings) < 2:
        return None
    return Range(Fraction(min(rating.least for rating in ratings)), Fraction(max(rating.most for rating in ratings)))


def _excess(ratings: Sequence[Rating], allowed: Range) -> Excess | None:
    """Whether somebody rates the indicator higher than the facts allow."""
    highest = max((rating.most for rating in ratings), default=Decimal(0))
    if highest > allowed.most:
        return "exceeds_facts"
    return "exceeds_support" if highest > allowed.least else None


def _chapter(chapter: Section, lines: Sequence[ScoreLine]) -> ChapterScore:
    inside = [line for line in lines if line.clause.chapter == chapter.number]
    worth = sum((line.worth for line in inside), Fraction(0))
    return ChapterScore(chapter, worth, sum((line.earned for line in inside), NOTHING), sum((line.supported for line in inside), NOTHING))


def _standing(grading: Grading, total: Range, refinement: Refinement | None) -> Standing:
    gaps = []
    for end in dict.fromkeys((total.least, total.most)):
        between = grading.gap(end)
        if between:
            gaps.append(Gap(end, *between))
    return Standing(grading.grade(total.least), grading.grade(total.most), refinement, grading.unmarked, tuple(gaps))


EXCESS_WORDS: dict[Excess, Text] = {
    "exceeds_facts": Text("评分高于事实所允许", "rated higher than the facts allow"),
    "exceeds_support": Text("评分高于已有事实所能支持", "rated higher than the facts given can support"),
}
