"""Pictures of numbers, as plain shares of a whole: bars of pieces, and limits on a scale. Whoever draws them decides how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from checker.bounds import Range, decimal_of


def hundredths(share: Fraction) -> str:
    """A share of a whole in hundredths, as a plain decimal."""
    return f"{decimal_of(share * 100, 2):f}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of pieces side by side, each of a kind and with a share of the whole; ``said`` tells the same in words."""

    pieces: tuple[tuple[str, Fraction], ...]
    said: str

    def placed(self) -> list[tuple[str, str, str]]:
        """The pieces with where they begin and how long they are, in hundredths of the whole."""
        begin, found = Fraction(0), []
        for kind, share in self.pieces:
            if share:
                found.append((kind, hundredths(begin), hundredths(share)))
            begin += share
        return found


@dataclass(frozen=True, slots=True)
class Limit:
    """A named point on a scale: how far along it lies in hundredths, and the number that is printed for it."""

    name: str
    at: str
    printed: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Bars on one scale from nothing to ``whole``, each with its name, and the limits on it."""

    whole: str
    bars: tuple[tuple[str, Bar], ...]
    limits: tuple[Limit, ...]


def counted(counts: Sequence[tuple[str, int]], said: str) -> Bar:
    """A bar of numbers of things, by kind."""
    whole = sum(number for _, number in counts)
    return Bar(tuple((kind, Fraction(number, whole)) for kind, number in counts if number), said)


def ranged(bounds: Range, whole: Fraction, said: str) -> Bar:
    """A bar from nothing to the least, and on to the most; what lies outside the scale is cut off."""
    least, most = (min(max(end / whole, Fraction(0)), Fraction(1)) for end in (bounds.least, bounds.most))
    return Bar((("certain", least), ("possible", most - least)), said)
