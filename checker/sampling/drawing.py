"""A sample with exactly known chances: systematic, with probability proportional to weight, spread over the strata.

The records stand in a row, stratum after stratum and inside a stratum in an order by lot, each as long as its weight. From a
start drawn by lot marks are set at equal distances; whose length has a mark on it is in the sample. So each stratum gets
its share of the sample by its total weight, to less than one record, however many strata there are, and each record's chance is
its weight times the number of marks over the total. Who is longer than the distance is taken with certainty, and the rest is
measured anew. Nothing here is rounded, and no random number of a library is asked: the order by lot and the start come
from SHA-256 of the seed, so a sample can be drawn again anywhere.

W. G. Madow, On the theory of systematic sampling II, Ann. Math. Statist. 20 (1949); Särndal, Swensson and Wretman, Model Assisted
Survey Sampling (1992), section 3.6.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, count


@dataclass(frozen=True, slots=True)
class Unit:
    """One of the population: a name that nobody else has, the rank of its stratum, and its weight, at least 1."""

    name: str
    stratum: tuple[int, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Chances:
    """With which probability each weight gets into a sample.

    From ``certain_from`` on it is certain (nothing where no weight is). For the others there are ``lots`` marks on a total weight of
    ``total``.
    """

    certain_from: int | None
    lots: int
    total: int

    def certain(self, weight: int) -> bool:
        """Whether a record of this weight is taken with certainty."""
        return self.certain_from is not None and weight >= self.certain_from

    def of(self, weight: int) -> Fraction:
        """The probability of a record of this weight, above 0 and at most 1."""
        return Fraction(1) if self.certain(weight) else Fraction(self.lots * weight, self.total)


def chances(weights: Sequence[int], size: int) -> Chances:
    """The chances in a sample of ``size`` (at least 1) from a population of these weights; equal weights have equal chances."""
    lots, total, certain_from = size, sum(weights), None
    for weight in sorted(weights, reverse=True):
        if lots * weight < total:
            break
        certain_from = weight
        lots, total = lots - 1, total - weight
    return Chances(certain_from, lots if total else 0, total)


def in_order(units: Sequence[Unit], seed: int) -> list[int]:
    """The indices of the units as they stand in a row: by stratum, inside it by lot."""
    keys = [(unit.stratum, hashlib.sha256(f"{seed}\0{unit.name}".encode()).digest(), unit.name) for unit in units]
    return sorted(range(len(units)), key=keys.__getitem__)


def drawn_from(row: Sequence[int], weights: Sequence[int], found: Chances, start: int) -> list[int]:
    """Who of those standing in a row has a mark on him.

    Args:
        row: indices of units that are not certain, as they stand.
        weights: the weight of each index.
        found: the chances; they say how many marks there are.
        start: a whole number from 0 and below the total weight, each as likely as another; the marks stand at
            ``(start + k * total) / lots``.
    """
    ends = list(accumulate(weights[index] for index in row))
    return [row[bisect_right(ends, (start + mark * found.total) // found.lots)] for mark in range(found.lots)]


def draw(units: Sequence[Unit], size: int, seed: int) -> tuple[Chances, list[int]]:
    """The chances, and the indices of a sample of ``size`` units (of all where there are no more), as they stand in the row."""
    weights = [unit.weight for unit in units]
    found = chances(weights, size)
    row = in_order(units, seed)
    chosen = {index for index in row if found.certain(weights[index])}
    if found.lots:
        by_lot = [index for index in row if index not in chosen]
        chosen.update(drawn_from(by_lot, weights, found, below(found.total, seed)))
    return found, [index for index in row if index in chosen]


def below(limit: int, seed: int) -> int:
    """A whole number from 0 and below ``limit``, each as likely as another."""
    bits = limit.bit_length()
    for turn in count():
        told = hashlib.sha256(f"{seed}\0\0start {turn}".encode()).digest()
        number = int.from_bytes(told, "big") >> (256 - bits)
        if number < limit:
            return number
    raise AssertionError
