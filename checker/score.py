"""The lines of the ledger added up: sections, chapters, dimensions, the total, and the grade.

Points are fractions, so that a mean of three ratings is as exact as a printed number; no rounding decides a grade. Bonuses
and deductions stand beside the base score and are not netted with it: how they are is for a source to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from checker.bounds import Range, total
from checker.conditions import Verdict
from checker.errors import InputError
from checker.facts import FactBase, Refinement
from checker.lines import ScoreLine, score_line
from checker.packs import Pack, Section
from checker.schemes import Grade, Grading, Scoring
from checker.situation import Situation
from checker.support import Support
from checker.wording import problem

Level = Literal["dimension", "chapter", "section"]
#: The kinds of clauses that stand beside the base score.
ASIDE = ("bonus", "deduction")


@dataclass(frozen=True, slots=True)
class Tally:
    """Some lines added up: their points, and what of them is earned, supported by facts, and by facts with evidence."""

    worth: Fraction
    earned: Range
    supported: Range
    evidenced: Range


@dataclass(frozen=True, slots=True)
class Tallies:
    """What some lines amount to: the base score, and bonuses and deductions where there are any."""

    base: Tally
    bonus: Tally | None
    deductions: Tally | None


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the source with what the clauses under it earn, and the headings in it."""

    level: Level
    heading: Section
    tallies: Tallies
    groups: tuple[Group, ...] = ()


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
    """What a pack's clauses earn, line by line, under every heading and in all, with the grade where the pack has grades.

    ``standing`` is by the base score as rated, ``supported_standing`` as far as the facts support the ratings.
    """

    scoring: Scoring
    lines: tuple[ScoreLine, ...]
    groups: tuple[Group, ...]
    tallies: Tallies
    standing: Standing | None
    supported_standing: Standing | None

    @property
    def total(self) -> Range:
        """The base score as rated."""
        return self.tallies.base.earned

    @property
    def supported(self) -> Range:
        """The base score as far as the facts support it."""
        return self.tallies.base.supported

    @property
    def base_lines(self) -> tuple[ScoreLine, ...]:
        """The lines of the base score."""
        return tuple(line for line in self.lines if line.clause.kind not in ASIDE)

    @property
    def unrated(self) -> tuple[ScoreLine, ...]:
        """The lines that wait for an assessor."""
        return tuple(line for line in self.lines if line.unrated)

    def all_groups(self) -> Iterator[Group]:
        """Every heading with what is under it, from the top down."""
        yield from _flat(self.groups)


def score(pack: Pack, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict], support: Support | None = None) -> Score | None:
    """The ledger of a pack for one company, or nothing where the pack scores nothing.

    Without ``support`` nothing is asked about evidence.

    Raises:
        InputError: a refinement of a grade that takes none.
    """
    if pack.scoring is None:
        return None
    scoring = pack.scoring
    lines = tuple(score_line(cell, scoring, facts, situation, verdicts, support) for cell in pack.cells)
    tallies = _tallies(lines)
    refinement = facts.refinements.get(pack.name)
    standing = _standing(pack.grading, tallies.base.earned, refinement) if pack.grading else None
    if pack.grading and standing and refinement and standing.settled and standing.least.name in standing.unmarked:
        place = facts.place("refinements", pack.name)
        raise InputError([problem(place, "refinement_refused", grade=standing.least.name, mark=refinement.mark, pack=pack.name,
                                  place=pack.grading.place)])
    supported_standing = _standing(pack.grading, tallies.base.supported, refinement) if pack.grading else None
    return Score(scoring, lines, _groups(pack, lines), tallies, standing, supported_standing)


def _groups(pack: Pack, lines: Sequence[ScoreLine]) -> tuple[Group, ...]:
    chapters = [group for chapter in pack.chapters for group in _chapter(chapter, lines)]
    if not pack.dimensions:
        return tuple(chapters)
    found = []
    for dimension in pack.dimensions:
        inside = tuple(group for group in chapters if group.heading.dimension == dimension.number)
        numbers = {group.heading.number for group in inside}
        found.append(Group("dimension", dimension, _tallies(line for line in lines if line.clause.chapter in numbers), inside))
    return tuple(found)


def _chapter(chapter: Section, lines: Sequence[ScoreLine]) -> Iterator[Group]:
    """The chapter as a group, unless nothing in it is scored."""
    inside = [line for line in lines if line.clause.chapter == chapter.number]
    if inside:
        sections = []
        for section in chapter.sections:
            within = [line for line in inside if line.clause.section == section.number]
            if within:
                sections.append(Group("section", section, _tallies(within)))
        yield Group("chapter", chapter, _tallies(inside), tuple(sections))


def _tallies(lines: Iterable[ScoreLine]) -> Tallies:
    listed = list(lines)
    bonus, deductions = ([line for line in listed if line.clause.kind == kind] for kind in ASIDE)
    base = [line for line in listed if line.clause.kind not in ASIDE]
    return Tallies(_tally(base), _tally(bonus) if bonus else None, _tally(deductions) if deductions else None)


def _tally(lines: Sequence[ScoreLine]) -> Tally:
    worth = sum((line.worth for line in lines), Fraction(0))
    return Tally(worth, total(line.earned for line in lines), total(line.supported for line in lines), total(line.evidenced for line in lines))


def _flat(groups: Iterable[Group]) -> Iterator[Group]:
    for group in groups:
        yield group
        yield from _flat(group.groups)


def _standing(grading: Grading, points: Range, refinement: Refinement | None) -> Standing:
    gaps = []
    for end in dict.fromkeys((points.least, points.most)):
        between = grading.gap(end)
        if between:
            gaps.append(Gap(end, *between))
    return Standing(grading.grade(points.least), grading.grade(points.most), refinement, grading.unmarked, tuple(gaps))
