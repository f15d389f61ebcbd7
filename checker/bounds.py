"""The least and the greatest that something can become, in exact fractions, and these as decimals for whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

#: Decimal places where a fraction has no end. Only what is shown is rounded, never what is compared.
PLACES = 6


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest that something can become; equal where it is known."""

    least: Fraction
    most: Fraction

    @classmethod
    def exactly(cls, value: Fraction) -> Range:
        """Both ends at one value."""
        return cls(value, value)

    @property
    def known(self) -> bool:
        """Whether only one value is possible."""
        return self.least == self.most

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


def total(parts: Iterable[Range]) -> Range:
    """The ranges added up."""
    return sum(parts, NOTHING)


def best(parts: Iterable[Range]) -> Range:
    """The range of the greatest of some values; nothing where there are none."""
    listed = list(parts)
    return Range(max((part.least for part in listed), default=Fraction(0)), max((part.most for part in listed), default=Fraction(0)))


def decimal_of(value: Fraction, places_at_most: int = PLACES) -> Decimal:
    """The value as a plain decimal: exact where it ends, otherwise rounded."""
    if not ends(value):
        return rounded(value, places_at_most)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return Decimal(f"{value.numerator * 10**places // value.denominator}E-{places}")  # as text, for arithmetic would round


def rounded(value: Fraction, places: int) -> Decimal:
    """The value with so many decimal places, half to even."""
    return Decimal(f"{round(value * 10**places)}E-{places}")


def ends(value: Fraction) -> bool:
    """Whether the value has finitely many decimal places."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1
