"""What clauses earn, in columns: the lines of :mod:`checker.lines`, added up as in :mod:`checker.score`, in exact integers.

Points are counted in a unit so small that every printed number, every rating and every mean of ratings is a whole number of
it. Only what is written into a table is rounded, to :data:`checker.bounds.PLACES` decimal places, half to even.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm
from typing import Any, NamedTuple

import polars as pl

from checker.awards import Award, Part
from checker.bounds import PLACES
from checker.conditions import Node
from checker.lines import elements_of
from checker.packs import Clause, Pack
from checker.schemes import Grading, Scale
from checker.score import ASIDE
from checker.survey.reading import RATING_PLACES, RATINGS_AT_MOST

#: A rating is a whole number of these parts of its points or ratio, and so is the mean of several.
_RATING_UNITS = lcm(*range(1, RATINGS_AT_MOST + 1)) * 10**RATING_PLACES
POINTS = pl.Decimal(18, PLACES)


#: The ends of a range, as columns are named after them.
ENDS = ("least", "most")


class _Ends(NamedTuple):
    """A range in columns of whole units."""

    least: pl.Expr
    most: pl.Expr


class Ledger:
    """What the clauses of a pack earn.

    Args:
        pack: a pack with scoring.
        scope: for a clause that is not asked of every company, the name of the boolean column that says of whom it is.
    """

    def __init__(self, pack: Pack, scope: Mapping[str, str]) -> None:
        assert pack.scoring is not None
        self._pack, self._scoring, self._scope = pack, pack.scoring, scope
        self._lines = [_Line(cell[0], pack) for cell in pack.cells]
        self._compiled = lru_cache(maxsize=8)(self._compile)  # blocks of records mostly have ratings of the same clauses
        self._unit = lcm(*(fraction.denominator for line in self._lines for fraction in line.fractions())) * _RATING_UNITS

    def elements(self) -> dict[str, Node]:
        """The conditions whose truths :meth:`columns` asks for, by the name of their column."""
        return {name: node for line in self._lines for name, node in line.elements().items()}

    @cached_property
    def _sums(self) -> dict[str, tuple[bool, list[Clause]]]:
        """The sums that are written, by name: whether of what facts support, and of which clauses."""
        name = self._pack.name
        base = [line.clause for line in self._lines if line.clause.kind not in ASIDE]
        sums = {f"score.{name}": (False, base), f"supported.{name}": (True, base)}
        for kind in ASIDE:
            sums[f"{kind}.{name}"] = False, [line.clause for line in self._lines if line.clause.kind == kind]
        for dimension in self._pack.dimensions:
            chapters = {chapter.number for chapter in self._pack.chapters if chapter.dimension == dimension.number}
            sums[f"score.{name}/{dimension.number}"] = False, [clause for clause in base if clause.chapter in chapters]
        return {label: (carried, clauses) for label, (carried, clauses) in sums.items() if clauses}

    @property
    def schema(self) -> dict[str, Any]:
        """The columns of the pack's score and their types: the ends of each sum, and of the grade."""
        found: dict[str, Any] = {f"{label}.{end}": POINTS for label in self._sums for end in ENDS}
        if self._pack.grading:
            names = _names(self._pack.grading)
            found |= {f"{label}.{self._pack.name}.{end}": names for label in ("grade", "supported_grade") for end in ENDS}
        return found

    def stages(self, rated: Iterable[str]) -> tuple[list[pl.Expr], ...]:
        """The columns of :attr:`schema` in three steps, from the truths of the elements and the ratings of these clauses: what
        each line comes to, the sums in whole units, and these as points and grades.
        """
        return self._compiled(frozenset(clause for clause in rated if clause.startswith(f"{self._pack.name}:")))

    def _compile(self, known: frozenset[str]) -> tuple[list[pl.Expr], ...]:
        lines = [self._asked(line, reckoned).alias(self._line(line.clause, carried, end))
                 for line in self._lines
                 for carried, ends in ((False, line.earned(self._unit, known)), (True, line.supported(self._unit, known)))
                 for end, reckoned in zip(ENDS, ends, strict=True)]
        sums = [pl.sum_horizontal(self._line(clause, carried, end) for clause in clauses).alias(f"#{label}.{end}")
                for label, (carried, clauses) in self._sums.items() for end in ENDS]
        points = [_points(pl.col(f"#{label}.{end}"), self._unit).alias(f"{label}.{end}") for label in self._sums for end in ENDS]
        name, grading = self._pack.name, self._pack.grading
        grades = [] if grading is None else [
            self._grade(grading, pl.col(f"#{of}.{name}.{end}")).alias(f"{label}.{name}.{end}")
            for label, of in (("grade", "score"), ("supported_grade", "supported")) for end in ENDS]
        return lines, sums, [pl.when(pl.col(pack_scope(name))).then(column).alias(column.meta.output_name()) for column in (*points, *grades)]

    @staticmethod
    def _line(clause: Clause, carried: bool, end: str) -> str:  # noqa: FBT001  # which of two columns
        return f"#line {clause.name} {carried} {end}"

    def _asked(self, line: _Line, units: pl.Expr) -> pl.Expr:
        """Nothing where the clause is not asked."""
        asked = self._scope.get(line.clause.name)
        return units if asked is None else pl.when(asked).then(units).otherwise(0)

    def _grade(self, grading: Grading, total: pl.Expr) -> pl.Expr:
        """The grade of a total; between two printed ranges the lower one."""
        names = _names(grading)
        found = pl.lit(grading.grades[-1].name, dtype=names)
        for grade in reversed(grading.grades[:-1]):
            assert grade.least is not None, "only the lowest grade has an open end"
            found = pl.when(total >= _whole(Fraction(grade.least), self._unit)).then(pl.lit(grade.name, dtype=names)).otherwise(found)
        return found


@dataclass(frozen=True)
class _Line:
    """One line of the ledger: a clause, or the first of those that share a cell."""

    clause: Clause
    pack: Pack

    def fractions(self) -> list[Fraction]:
        """Every printed number in it."""
        award = self.clause.award
        if award is None:
            return [Fraction(self.clause.points or 0)]
        return [award.worth, *(end for part in award.parts for end in (part.least, part.most))]

    def elements(self) -> dict[str, Node]:
        """The conditions that decide, by the name of the column of their truth."""
        award, gate = self.clause.award, self.clause.rule.applies_if
        parts = elements_of(self.clause.rule.condition) if award is None else award.elements
        found = {self._name(number): part for number, part in enumerate(parts)}
        return found if award is None or gate is None else {**found, self._name("gate"): gate}

    def earned(self, unit: int, rated: frozenset[str]) -> _Ends:
        """As rated."""
        award = self.clause.award
        if award is None:
            return self._times_worth(self._ratio(rated), unit)
        return self._gated(award, self._of_award(award, unit, rated, believed=True), unit)

    def supported(self, unit: int, rated: frozenset[str]) -> _Ends:
        """As far as the facts carry it."""
        award = self.clause.award
        if award is None:
            held = _Ends(*(pl.min_horizontal(*ends) for ends in zip(self._ratio(rated), self._allowed(), strict=True)))
            return self._times_worth(held, unit)
        return self._gated(award, self._of_award(award, unit, rated, believed=False), unit)

    # --- rated on a scale

    def _ratio(self, rated: frozenset[str]) -> _Ends:
        """The mean rating, in parts of :data:`_RATING_UNITS`; anything where there is none."""
        return self._mean(rated, _Ends(pl.lit(0, dtype=pl.Int64), pl.lit(_RATING_UNITS, dtype=pl.Int64)))

    def _mean(self, rated: frozenset[str], anything: _Ends) -> _Ends:
        """The mean of the ratings, those still awaited being anything; anything where there is no rating."""
        name = self.clause.name
        if name not in rated:
            return anything
        number, awaited = (pl.col(column) for column in rating_columns(name)[:2])
        parts = pl.lit(_RATING_UNITS // 10**RATING_PLACES, dtype=pl.Int64)
        return _Ends(*(
            pl.when(number.is_null()).then(end).otherwise((pl.col(given) * parts + end * awaited) // number)
            for given, end in zip(rating_columns(name)[2:], anything, strict=True)))

    def _allowed(self) -> _Ends:
        """The highest ratio that fits the elements, with those unknown taken as failing, and as holding."""
        assert self.pack.scoring is not None
        assert self.pack.scoring.scale is not None
        truths = [pl.col(name) for name in self.elements()]
        holding = pl.sum_horizontal(truth.fill_null(value=False).cast(pl.Int64) for truth in truths)
        possible = holding + pl.sum_horizontal(truth.is_null().cast(pl.Int64) for truth in truths)
        return _Ends(*(_ceiling(self.pack.scoring.scale, count, len(truths)) for count in (holding, possible)))

    def _times_worth(self, ratio: _Ends, unit: int) -> _Ends:
        worth = _whole(Fraction(self.clause.points or 0), unit // _RATING_UNITS)
        return _Ends(ratio.least * worth, ratio.most * worth)

    # --- with an award

    def _of_award(self, award: Award, unit: int, rated: frozenset[str], *, believed: bool) -> _Ends:
        ends = [self._part(number, part, unit, rated, believed=believed) for number, part in enumerate(award.parts)]
        worth = pl.lit(_whole(award.worth, unit), dtype=pl.Int64)
        join = pl.sum_horizontal if award.join == "sum" else pl.max_horizontal
        return _Ends(*(pl.min_horizontal(join(*found), worth) for found in zip(*ends, strict=True)))

    def _part(self, number: int, part: Part, unit: int, rated: frozenset[str], *, believed: bool) -> _Ends:
        truth = pl.col(self._name(number))
        points = _Ends(*(pl.lit(_whole(end, unit), dtype=pl.Int64) for end in (part.least, part.most)))
        if part.discretionary and self.clause.name in rated:
            scale = unit // _RATING_UNITS
            limits = _Ends(*(pl.lit(_whole(end, _RATING_UNITS), dtype=pl.Int64) for end in (part.least, part.most)))
            mean = self._mean(rated, limits)
            points = _Ends(mean.least * scale, mean.most * scale)
            if believed:
                truth = truth | pl.col(rating_columns(self.clause.name)[0]).is_not_null()
        least = pl.when(truth).then(points.least).otherwise(0)
        return _Ends(least, pl.when(~truth).then(0).otherwise(points.most))

    def _gated(self, award: Award, found: _Ends, unit: int) -> _Ends:
        if self.clause.rule.applies_if is None:
            return found
        assert self.pack.scoring is not None
        full = self.pack.scoring.inapplicable_earns and self.clause.kind == "indicator"
        otherwise = pl.lit(_whole(award.worth, unit) if full else 0, dtype=pl.Int64)
        applies = pl.col(self._name("gate"))
        return _Ends(*(
            pl.when(applies).then(end).when(~applies).then(otherwise).otherwise(either(end, otherwise))
            for end, either in zip(found, (pl.min_horizontal, pl.max_horizontal), strict=True)))

    def _name(self, part: object) -> str:
        return f"#element {self.clause.name} {part}"


def rating_columns(clause: str) -> tuple[str, str, str, str]:
    """The columns of a clause's ratings: how many there are or are awaited, how many are awaited, the sums of their ends."""
    return (f"#rated {clause} number", f"#rated {clause} awaited", f"#rated {clause} least", f"#rated {clause} most")


def _ceiling(scale: Scale, holding: pl.Expr, elements: int) -> pl.Expr:
    """The highest ratio where so many elements hold: the lowest of the ceilings that are reached."""
    found = pl.lit(_whole(Fraction(scale.bands[-1].most), _RATING_UNITS), dtype=pl.Int64)
    for rule in sorted(scale.ceilings, key=lambda rule: -rule.most):
        share = holding * rule.share.denominator
        limit = rule.share.numerator * elements
        reached = share <= limit if rule.inclusive else share < limit
        most = pl.lit(_whole(Fraction(rule.most), _RATING_UNITS), dtype=pl.Int64)
        found = pl.when(reached).then(pl.min_horizontal(most, found)).otherwise(found)
    return found


def _names(grading: Grading) -> pl.Enum:
    """The names of the grades, from the best to the worst."""
    return pl.Enum([grade.name for grade in grading.grades])


def pack_scope(pack: str) -> str:
    """The name of the column that says who is judged by a pack."""
    return f"#pack {pack}"


def _whole(number: Fraction, unit: int) -> int:
    """A number as so many units.

    Raises:
        ValueError: it is none; the unit is too coarse, which would be an error in this module.
    """
    scaled = number * unit
    if scaled.denominator != 1:
        raise ValueError(number)
    return scaled.numerator


def _points(units: pl.Expr, unit: int) -> pl.Expr:
    """Points as decimals, rounded half to even; the integers stay far below 64 bits at every step."""
    whole, rest = units // unit, (units % unit).cast(pl.Int128) * 10**PLACES
    places, beyond = rest // unit, rest % unit * 2
    up = (beyond > unit) | ((beyond == unit) & (places % 2 == 1))
    micro = whole.cast(pl.Int128) * 10**PLACES + places + up.cast(pl.Int128)
    decimals = pl.Decimal(38, PLACES)
    points: pl.Expr = (micro.cast(decimals) / pl.lit(10**PLACES).cast(decimals)).cast(POINTS)
    return points

