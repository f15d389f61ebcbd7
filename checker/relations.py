"""Conditions that are settled as a whole: relations between figures, with their exact arithmetic, and what is asked of the
statements themselves and of the day judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import prod

from checker.conditions import (
    Agreed,
    Arithmetic,
    Day,
    DayJudged,
    Evidenced,
    Figure,
    Operator,
    Relation,
    Term,
    Truth,
    Value,
    Whole,
    asked_by,
)
from checker.situation import Situation

#: Finds the value of a fact, or nothing.
Lookup = Callable[[str], Value | None]


def whole_truth(leaf: Whole, situation: Situation) -> Truth:
    """The value of a leaf that is settled as a whole."""
    match leaf:
        case Relation():
            return _relation(leaf, situation)
        case Agreed(fact):
            values = {said.value for said in situation.said.get(fact, ())}
            return len(values) == 1 if values else None
        case Evidenced(fact, kinds):
            stated = situation.said.get(fact, ())
            return any(kind in kinds for said in stated for kind in said.kinds) if stated else None
        case DayJudged(operator, day):
            return _compared(situation.as_of, operator, day)


def failing_sides(relation: Relation, situation: Situation) -> tuple[Fraction | date, Fraction | date] | None:
    """What the two sides come to where a relation does not hold, in the first source of which that is so."""
    for lookup in _lookups(relation, situation):
        left, right = _sides(relation, lookup, situation)
        if left is not None and right is not None and _related(relation, left, right) is False:
            return left, right
    return None


def _relation(relation: Relation, situation: Situation) -> Truth:
    """Whether a relation holds, for the agreed values or for each source that differs from another one."""
    truths = [_related(relation, *_sides(relation, lookup, situation)) for lookup in _lookups(relation, situation)]
    if False in truths:
        return False
    return None if None in truths or not truths else True


def _lookups(relation: Relation, situation: Situation) -> list[Lookup]:
    """Where the figures are to be looked up: among the agreed values, or, where statements differ, in each source of these."""
    differing = [fact for fact in asked_by(relation) if len({said.value for said in situation.said.get(fact, ())}) > 1]
    if not differing:
        return [situation.values.get]
    sources = dict.fromkeys(name for fact in differing for said in situation.said[fact] for name in said.evidence)
    return [_as_in(source, situation) for source in sources]


def _as_in(source: str, situation: Situation) -> Lookup:
    """The figures as one source gives them; a fact that it does not give has its agreed value."""

    def lookup(fact: str) -> Value | None:
        given = (said.value for said in situation.said.get(fact, ()) if source in said.evidence)
        return next(given, situation.values.get(fact))

    return lookup


def _sides(relation: Relation, lookup: Lookup, situation: Situation) -> tuple[Fraction | date | None, Fraction | date | None]:
    return _value(relation.left, lookup, situation), _value(relation.right, lookup, situation)


def _related(relation: Relation, left: Fraction | date | None, right: Fraction | date | None) -> Truth:
    if left is None or right is None:
        return None
    if isinstance(left, date) or isinstance(right, date):
        return _compared(left, relation.operator, right) if isinstance(left, date) and isinstance(right, date) else None
    return _HOLDS[relation.operator](left - right, Fraction(relation.within))


#: Whether a relation holds, from what the left side is above the right one, and the tolerance.
_HOLDS: Mapping[Operator, Callable[[Fraction, Fraction], bool]] = {
    "equals": lambda above, within: abs(above) <= within,
    "at_least": lambda above, within: above >= -within,
    "at_most": lambda above, within: above <= within,
    "more_than": lambda above, within: above > within,
    "less_than": lambda above, within: above < -within,
}


def _compared(left: date, operator: Operator, right: date) -> bool:
    """Whether two days stand in a relation."""
    return _HOLDS[operator](Fraction(left.toordinal() - right.toordinal()), Fraction(0))


def _value(term: Term, lookup: Lookup, situation: Situation) -> Fraction | date | None:
    match term:
        case Figure(fact):
            value = lookup(fact)
            if isinstance(value, date):
                return value
            return None if value is None or isinstance(value, bool | str) or (isinstance(value, Decimal) and not value.is_finite()) else Fraction(value)
        case Day():
            return {Day.PERIOD_START: situation.period[0], Day.PERIOD_END: situation.period[1], Day.AS_OF: situation.as_of}[term]
        case Arithmetic(operation, parts):
            numbers = [number for part in parts if isinstance(number := _value(part, lookup, situation), Fraction)]
            return _together(operation, numbers) if len(numbers) == len(parts) else None
        case _:
            return Fraction(term)


def _together(operation: str, numbers: list[Fraction]) -> Fraction | None:
    match operation:
        case "sum":
            return sum(numbers, Fraction(0))
        case "product":
            return prod(numbers, start=Fraction(1))
        case "difference":
            return numbers[0] - numbers[1]
        case _:
            return None if numbers[1] == 0 else numbers[0] / numbers[1]
