"""Exact points as people and programs read them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

#: Decimal places where a fraction has no end, for programs and for people. Only what is shown is rounded, never what is
#: compared.
PLACES, PLACES_READ = 6, 2


def decimal_of(value: Fraction, places_at_most: int = PLACES) -> Decimal:
    """The value as a plain decimal: exact where it ends, otherwise rounded."""
    if not ends(value):
        return Decimal(f"{round(value * 10**places_at_most)}E-{places_at_most}")
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return Decimal(f"{value.numerator * 10**places // value.denominator}E-{places}")  # as text, for arithmetic would round


def ends(value: Fraction) -> bool:
    """Whether the value has finitely many decimal places."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def plain(value: Fraction) -> str:
    """The value in digits, with ``≈`` before it where it is rounded."""
    return ("" if ends(value) else "≈") + f"{decimal_of(value, PLACES_READ):f}"


def percent(value: Fraction) -> str:
    """A ratio in per cent."""
    return f"{plain(value * 100)} %"
