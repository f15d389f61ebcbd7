"""Relations between figures in columns, in exact integers: nothing is divided, and nothing is rounded.

A figure is a fraction of integers and a power of ten, and a comparison multiplies crosswise. Where the integers could grow
beyond 128 bits, a figure is finer than :data:`PLACES`, or statements differ, the row is *left over*: the definition of the
relation settles it for that company alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

import polars as pl

from checker.conditions import Arithmetic, Day, Figure, Operator, Relation, Term, asked_by
from checker.situations import AS_OF, END, SCALE, START, UNKNOWN

#: Decimal places of a figure that integers are worked with; the finer a figure, the sooner a product is too large.
PLACES = 4
#: Integers of 128 bits end at 1.7e38; the estimate of a size is a binary fraction.
_LARGEST = 1e37
_DAYS = {Day.PERIOD_START: START, Day.PERIOD_END: END, Day.AS_OF: AS_OF}


@dataclass(frozen=True)
class _Number:
    """``above`` / (``below`` * 10 ** ``places``), with estimates of the sizes of both integers."""

    above: pl.Expr
    below: pl.Expr
    places: int
    size_above: pl.Expr
    size_below: pl.Expr


def relation_columns(relation: Relation, schema: pl.Schema) -> tuple[pl.Expr, pl.Expr]:
    """Whether a relation holds, and whether the row is left over."""
    left, right = (_term(side, schema) for side in (relation.left, relation.right))
    if left is None or right is None or isinstance(left, pl.Expr) is not isinstance(right, pl.Expr):
        return UNKNOWN, pl.lit(value=False)
    fine = [pl.col(fact).to_physical() % 10 ** (SCALE - PLACES) != 0 for fact in asked_by(relation) if fact in schema and schema[fact].is_decimal()]
    if isinstance(left, pl.Expr) and isinstance(right, pl.Expr):
        days = (left - right).dt.total_days()
        return _holds(days, relation.operator, pl.lit(0)), pl.lit(value=False)
    assert isinstance(left, _Number)
    assert isinstance(right, _Number)
    above = _difference(left, right)
    within, places = _scaled(relation.within)
    # above / below / 10**p <op> within / 10**q   <=>   above * 10**q <op> within * below * 10**p, for below > 0
    sign = above.below.sign()
    over, limit = above.above * sign * _power(places), above.below.abs() * _int(within) * _power(above.places)
    sizes = (above.size_above * 10.0**places, above.size_below * abs(within) * 10.0**above.places)
    too_large = pl.any_horizontal([size.fill_null(0) > _LARGEST for size in sizes])
    return _holds(over, relation.operator, limit), pl.any_horizontal([*(part.fill_null(value=False) for part in fine), too_large])


def _holds(over: pl.Expr, operator: Operator, limit: pl.Expr) -> pl.Expr:
    """Whether a side that is ``over`` the other by so much stands in the relation, give or take a limit."""
    match operator:
        case "equals":
            return over.abs() <= limit
        case "at_least":
            return over + limit >= 0
        case "at_most":
            return over <= limit
        case "more_than":
            return over > limit
        case "less_than":
            return over + limit < 0


def _term(term: Term, schema: pl.Schema) -> _Number | pl.Expr | None:
    """A number, a day, or nothing where it can be neither."""
    match term:
        case Figure(fact):
            dtype = schema.get(fact)
            if dtype is None or dtype in (pl.Boolean, pl.String):
                return None
            if dtype == pl.Date:
                return pl.col(fact)
            whole = pl.col(fact).to_physical() // 10 ** (SCALE - PLACES) if dtype.is_decimal() else pl.col(fact).cast(pl.Int128)
            return _number(whole, PLACES if dtype.is_decimal() else 0)
        case Day():
            return pl.col(_DAYS[term])
        case Arithmetic(operation, parts):
            numbers = [number for part in parts if isinstance(number := _term(part, schema), _Number)]
            return _together(operation, numbers) if len(numbers) == len(parts) else None
        case _:
            value, places = _scaled(term)
            return _number(_int(value), places)


def _together(operation: str, numbers: list[_Number]) -> _Number:
    match operation:
        case "sum":
            return reduce(_sum, numbers, _number(_int(0), 0))
        case "product":
            return reduce(_product, numbers, _number(_int(1), 0))
        case "difference":
            return _difference(numbers[0], numbers[1])
        case _:
            return _quotient(numbers[0], numbers[1])


def _number(whole: pl.Expr, places: int) -> _Number:
    return _Number(whole, _int(1), places, whole.abs().cast(pl.Float64), pl.lit(1.0))


def _sum(one: _Number, other: _Number) -> _Number:
    places = max(one.places, other.places)
    (a, size_a), (b, size_b) = ((number.above * _power(places - number.places), number.size_above * 10.0 ** (places - number.places)) for number in (one, other))
    return _Number(a * other.below + b * one.below, one.below * other.below, places,
                   size_a * other.size_below + size_b * one.size_below, one.size_below * other.size_below)


def _difference(one: _Number, other: _Number) -> _Number:
    return _sum(one, _Number(other.above * _int(-1), other.below, other.places, other.size_above, other.size_below))


def _product(one: _Number, other: _Number) -> _Number:
    return _Number(one.above * other.above, one.below * other.below, one.places + other.places,
                   one.size_above * other.size_above, one.size_below * other.size_below)


def _quotient(one: _Number, other: _Number) -> _Number:
    nothing = other.above == 0
    places = max(0, other.places - one.places)  # so that the power of ten is none of a fraction
    inverse = _Number(pl.when(~nothing).then(other.below), pl.when(~nothing).then(other.above), 0, other.size_below, other.size_above)
    found = _product(one, inverse)
    return _Number(found.above * _power(places), found.below, one.places + places - other.places, found.size_above * 10.0**places, found.size_below)


def _scaled(number: int | Decimal) -> tuple[int, int]:
    """A constant as an integer and the decimal places that it has."""
    exponent = Decimal(number).normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return int(Decimal(number).scaleb(places)), places


def _power(places: int) -> pl.Expr:
    return _int(10**places)


def _int(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.Int128)
