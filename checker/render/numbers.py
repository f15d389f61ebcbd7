"""Exact points as people read them."""

from __future__ import annotations

from fractions import Fraction

from checker.bounds import decimal_of, ends

#: Decimal places where a fraction has no end. Only what is shown is rounded, never what is compared.
PLACES_READ = 2


def plain(value: Fraction) -> str:
    """The value in digits, with ``≈`` before it where it is rounded."""
    return ("" if ends(value) else "≈") + f"{decimal_of(value, PLACES_READ):f}"


def percent(value: Fraction) -> str:
    """A ratio in per cent."""
    return f"{plain(value * 100)} %"
