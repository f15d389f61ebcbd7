"""One line of the ledger: what one clause, or a merged cell of several, earns.

Every line is reckoned twice: as rated, which is the standard's own arithmetic, and as supported, where assessors' ratings
count only as far as the facts allow them. More ratings of a clause not yet rated, and more facts, only ever narrow a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from checker.awards import Award, Part
from checker.bounds import ANYTHING, Range, total
from checker.conditions import All, Count, Node, Truth, Verdict, leaves
from checker.engines.reference import truth
from checker.errors import Text
from checker.facts import FactBase, Rating
from checker.packs import Clause
from checker.schemes import Scale, Scoring
from checker.situation import Event, Situation
from checker.support import Evidenced, Support

#: A rating above what the facts allow, or above what they can be shown to allow as long as some are missing.
Excess = Literal["exceeds_facts", "exceeds_support"]
EXCESS_WORDS: dict[Excess, Text] = {
    "exceeds_facts": Text("评分高于事实所允许", "rated higher than the facts allow"),
    "exceeds_support": Text("评分高于已有事实所能支持", "rated higher than the facts given can support"),
}


@dataclass(frozen=True, slots=True)
class OnScale:
    """A clause that assessors rate on the pack's scale: the ratio that counts, held down to what its elements allow."""

    scale: Scale
    worth: Fraction
    elements: tuple[Node, ...]
    rated: Range
    highest: Fraction
    takes_ratings: Literal[True] = True

    @property
    def earned(self) -> Range:
        """As rated."""
        return self.rated.times(self.worth)

    def allowed(self, truths: Sequence[Truth]) -> Range:
        """The highest ratio that fits the elements, with those unknown taken as failing, and as holding."""
        counts = (truths.count(True), truths.count(True) + truths.count(None))
        least, most = (Fraction(self.scale.ceiling(holding, len(truths))) for holding in counts)
        return Range(least, most)

    def supported(self, truths: Sequence[Truth]) -> Range:
        """As far as the facts allow the rating."""
        return self.rated.at_most(self.allowed(truths)).times(self.worth)

    def excess(self, truths: Sequence[Truth]) -> Excess | None:
        """Whether somebody rates the clause higher than the facts allow."""
        allowed = self.allowed(truths)
        if self.highest > allowed.most:
            return "exceeds_facts"
        return "exceeds_support" if self.highest > allowed.least else None


@dataclass(frozen=True, slots=True)
class OnAward:
    """A clause with an award: the facts decide, and an assessor inside the limits of a discretionary part.

    The elements are the condition under which the clause applies, if it has one, and those of the award's parts. Where it
    does not apply it earns ``otherwise``.
    """

    award: Award
    gate: Node | None
    otherwise: Fraction
    rated: Range | None

    @property
    def elements(self) -> tuple[Node, ...]:
        """The conditions that decide."""
        return (*(() if self.gate is None else (self.gate,)), *self.award.elements)

    @property
    def takes_ratings(self) -> bool:
        """Whether an assessor has a say."""
        return self.award.discretion is not None

    def parts(self, truths: Sequence[Truth]) -> Sequence[Truth]:
        """The values of the award's parts among those of all elements."""
        return truths if self.gate is None else truths[1:]

    def supported(self, truths: Sequence[Truth]) -> Range:
        """As the facts decide, and the assessor where they leave it to them."""
        return self._gated(truths, self.award.earned(self.parts(truths), self.rated))

    def as_rated(self, truths: Sequence[Truth]) -> Range:
        """The same with a discretionary part believed as it was rated."""
        return self._gated(truths, self.award.earned(self.believed(self.parts(truths)), self.rated))

    def believed(self, parts: Sequence[Truth]) -> list[Truth]:
        """The values of the parts, a rated one held to be true."""
        return [True if part.discretionary and self.rated else value for part, value in zip(self.award.parts, parts, strict=True)]

    def excess(self, truths: Sequence[Truth]) -> Excess | None:
        """Whether a discretionary part was rated though its condition does not hold, or is not known to."""
        if self.rated is None or (self.gate is not None and truths[0] is False):
            return None
        value = next(value for part, value in zip(self.award.parts, self.parts(truths), strict=True) if part.discretionary)
        return None if value else "exceeds_facts" if value is False else "exceeds_support"

    def _gated(self, truths: Sequence[Truth], found: Range) -> Range:
        applies = True if self.gate is None else truths[0]
        if applies is False:
            return Range.exactly(self.otherwise)
        return found if applies else Range(min(found.least, self.otherwise), max(found.most, self.otherwise))


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one clause earns, or several that share a cell (the first has the award).

    ``ratings`` are the assessors' judgements, ``awaited`` the members of the panel who have not given theirs; ``spread``
    reaches from the lowest to the highest rating where there are several. ``truths`` are the values of the elements of
    ``basis``. ``earned`` is as rated, ``supported`` as far as facts carry it, ``evidenced`` as far as facts with evidence do; for
    a deduction all say how much is taken off.
    ``events`` are those that its conditions count, each with its points where it has some, before the cap.
    """

    clauses: tuple[Clause, ...]
    worth: Fraction
    ratings: tuple[Rating, ...]
    awaited: tuple[str, ...]
    spread: Range | None
    basis: OnScale | OnAward
    truths: tuple[Truth, ...]
    earned: Range
    supported: Range
    evidenced: Range
    excess: Excess | None
    events: tuple[tuple[Event, Range | None], ...]

    @property
    def clause(self) -> Clause:
        """The clause, or the first of those that share the cell."""
        return self.clauses[0]

    @property
    def number(self) -> str:
        """The clause's number; of several the first and the last."""
        return self.clause.number if len(self.clauses) == 1 else f"{self.clause.number}–{self.clauses[-1].number}"

    @property
    def unrated(self) -> bool:
        """Whether it waits for an assessor whom nothing but the facts could spare."""
        return self.basis.takes_ratings and not self.ratings

    @property
    def granted(self) -> bool:
        """Whether it has its points because it does not apply."""
        return isinstance(self.basis, OnAward) and self.basis.gate is not None and self.truths[0] is False

    def parts(self) -> Iterator[tuple[Part, Truth]]:
        """The parts of its award with the values of their conditions; none where it is rated on a scale."""
        if isinstance(self.basis, OnAward):
            yield from zip(self.basis.award.parts, self.basis.parts(self.truths), strict=True)


def score_line(cell: tuple[Clause, ...], scoring: Scoring, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict],
               support: Support | None = None) -> ScoreLine:
    """What one clause, or the clauses of a merged cell, earn."""
    clause = cell[0]
    ratings = tuple(rating for rating in facts.ratings if rating.clause == clause.name)
    awaited = tuple(name for name in facts.panel if name not in {rating.assessor for rating in ratings})
    basis = _basis(cell, scoring, ratings, len(awaited))
    truths = tuple(truth(element, situation, verdicts) for element in basis.elements)
    return ScoreLine(
        clauses=cell,
        worth=basis.worth if isinstance(basis, OnScale) else basis.award.worth,
        ratings=ratings,
        awaited=awaited if basis.takes_ratings else (),
        spread=_spread(ratings),
        basis=basis,
        truths=truths,
        earned=basis.earned if isinstance(basis, OnScale) else basis.as_rated(truths),
        supported=basis.supported(truths),
        evidenced=basis.supported(_evidenced(basis, support.of(clause))) if support else basis.supported(truths),
        excess=basis.excess(truths),
        events=tuple(_events(basis, situation)),
    )


def _evidenced(basis: OnScale | OnAward, found: Evidenced) -> tuple[Truth, ...]:
    return tuple(truth(element, found.situation, found.verdicts) for element in basis.elements)


def elements_of(condition: Node) -> tuple[Node, ...]:
    """The elements of a rated indicator: the parts that its condition joins by "all", or the condition itself."""
    return condition.parts if isinstance(condition, All) else (condition,)


def _basis(cell: tuple[Clause, ...], scoring: Scoring, ratings: Sequence[Rating], awaited: int) -> OnScale | OnAward:
    clause = cell[0]
    if clause.award is None:
        assert scoring.scale is not None, "a pack is built so that a scored clause without an award is rated on a scale"
        highest = max((Fraction(rating.most) for rating in ratings), default=Fraction(0))
        return OnScale(scoring.scale, Fraction(clause.points or 0), elements_of(clause.rule.condition), _mean(ratings, awaited, ANYTHING), highest)
    part = clause.award.discretion
    rated = _mean(ratings, awaited, Range(part.least, part.most)) if part and ratings else None
    otherwise = clause.award.worth if scoring.inapplicable_earns and clause.kind == "indicator" else Fraction(0)
    return OnAward(clause.award, clause.rule.applies_if, otherwise, rated)


def _events(basis: OnScale | OnAward, situation: Situation) -> Iterator[tuple[Event, Range | None]]:
    """The events that the conditions count, with their points where each of them has some; an event that may or may not be
    such a one has a range.
    """
    if not isinstance(basis, OnAward):
        return
    points = {part.events: part.most for part in basis.award.parts if part.events}
    counts = dict.fromkeys(leaf for part in basis.award.parts if not part.events for leaf in leaves(part.condition) if isinstance(leaf, Count))
    for event in situation.events:
        for pattern in (*points, *counts):
            match = situation.matches(pattern, event)
            if match is not False:
                yield event, Range(points[pattern] if match else Fraction(0), points[pattern]) if pattern in points else None


def _mean(ratings: Sequence[Rating], awaited: int, anything: Range) -> Range:
    """The mean of the ratings, those still awaited being anything."""
    number = len(ratings) + awaited
    if not number:
        return anything
    given = total(Range(Fraction(rating.least), Fraction(rating.most)) for rating in ratings)
    return (given + anything.times(Fraction(awaited))).times(Fraction(1, number))


def _spread(ratings: Sequence[Rating]) -> Range | None:
    if len(ratings) < 2:
        return None
    return Range(Fraction(min(rating.least for rating in ratings)), Fraction(max(rating.most for rating in ratings)))
