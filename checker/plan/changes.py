"""What can be changed about a company, and its fact base as it would be with some changes made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from checker.conditions import Count, Operator, Value
from checker.facts import Fact, FactBase, Rating, Statement
from checker.packs import Clause
from checker.situation import EventStatement


@dataclass(frozen=True, slots=True)
class SetFact:
    """Establish that a fact has this value; ``before`` is what it has now, nothing where that is unknown.

    What is ``supposed`` is not for the company to choose: it can only find out, and the plan holds if it is so. For a
    number or a date ``limits`` say how far from the value the plan still holds: none on a side without a limit.
    """

    path: str
    value: Value
    before: Value | None
    supposed: bool = False
    limits: tuple[tuple[Operator, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Give the complete list of such events, so that what is not on it did not happen."""

    events: Count


@dataclass(frozen=True, slots=True)
class Improve:
    """Bring the rating of an indicator from ``before`` (the least it counts now) to ``to``, a ratio from 0 to 1."""

    clause: Clause
    before: Fraction
    to: Fraction


Change = SetFact | ListEvents | Improve


def applied(facts: FactBase, changes: Iterable[Change], as_of: date) -> FactBase:
    """The fact base as it would be after some changes."""
    stated, statements, ratings = dict(facts.facts), list(facts.statements), list(facts.ratings)
    for change in changes:
        match change:
            case SetFact(path, value):
                stated[path] = Fact(path, (Statement(value, source="plan"),))
            case ListEvents(events):
                statements += [EventStatement(kind, date.min, as_of) for kind in events.kinds]
            case Improve(clause, _, to):
                ratio = Decimal(to.numerator) / Decimal(to.denominator)
                given = [Rating(clause.name, name, ratio, ratio, ratio=ratio) for name in facts.panel or ("plan",)]
                ratings = [*(rating for rating in ratings if rating.clause != clause.name), *given]
    return replace(facts, facts=stated, statements=tuple(statements), ratings=tuple(ratings))
