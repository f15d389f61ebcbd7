"""Figures that stand far from those of a company's peers, the companies of the same section of industry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from checker.errors import InputError
from checker.load import load_yaml, shipped
from checker.pack_files import POPULATION
from checker.validate import schema_problems

#: The columns of :func:`outliers`: the row of the table, the fact, its value, the median of its peers, how many there are.
OUTLIERS: Mapping[str, Any] = {"row": pl.UInt32(), "fact": pl.String(), "value": pl.Float64(), "typical": pl.Float64(), "peers": pl.UInt32(), "distance": pl.Float64()}
#: What makes the median of absolute distances of a normal distribution as wide as its standard deviation.
NORMAL = 0.6745


@dataclass(frozen=True, slots=True)
class Peers:
    """From how many peers on a figure is compared with theirs, and from which distance on it is far off."""

    at_least: int
    above: float


def load_peers(rules: Path | None = None) -> Peers:
    """How figures are compared, from a rules folder, or as shipped where that folder does not say.

    Raises:
        InputError: the file is not as its schema wants it.
    """
    document = load_yaml(population_file("peers", rules))
    problems = list(schema_problems(document, "peers"))
    if problems:
        raise InputError(problems)
    return Peers(document.data["peers_at_least"], binary(document.data["distance_above"]))


def population_file(name: str, rules: Path | None) -> Path:
    """A file of the folder of populations: the given rules' own, or the shipped one."""
    own = rules / POPULATION / f"{name}.yaml" if rules else None
    return own if own is not None and own.exists() else shipped("rules") / POPULATION / f"{name}.yaml"


def binary(number: int | Decimal | Fraction) -> float:
    """A printed number as a binary fraction, for measures that need not be exact."""
    numerator, denominator = number.as_integer_ratio()
    found: float = numerator / denominator
    return found


def outliers(table: pl.LazyFrame, peers: Peers) -> pl.DataFrame:
    """Every figure of a survey's table that stands far off, in the order of the rows and facts; see :data:`OUTLIERS`."""
    figures = {name: dtype for name, dtype in table.collect_schema().items() if name.startswith("figure.")}
    found = [_outliers(table, name, peers, shares=share) for name, share in ((name, _is_share(table, name, dtype)) for name, dtype in figures.items())]
    return pl.concat(found).sort("row", "fact") if found else pl.DataFrame(schema=dict(OUTLIERS))


def _is_share(table: pl.LazyFrame, name: str, dtype: Any) -> bool:
    """Whether a figure lies between nothing and one for everybody, and is compared as it is."""
    if dtype.is_integer():
        return False
    most = table.select(pl.col(name).cast(pl.Float64).max()).collect().item()
    return most is not None and most <= 1


def _outliers(table: pl.LazyFrame, name: str, peers: Peers, *, shares: bool) -> pl.DataFrame:
    value = pl.col(name).cast(pl.Float64)
    measured = (
        table.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "section", value.alias("value"))
        .filter(pl.col("value").is_not_null() & pl.col("section").is_not_null() & (pl.lit(value=shares) | (pl.col("value") > 0)))
        .with_columns((pl.col("value") if shares else pl.col("value").log()).alias("scaled"))
        .with_columns((pl.col("scaled") - pl.col("scaled").median().over("section")).abs().alias("off"),
                      pl.col("value").median().over("section").alias("typical"), pl.len().over("section").alias("peers"))
        .with_columns(pl.col("off").median().over("section").alias("spread"))
        .with_columns((NORMAL * pl.col("off") / pl.col("spread")).round(3).alias("distance"))
        .filter((pl.col("peers") >= peers.at_least) & (pl.col("spread") > 0) & (pl.col("distance") > peers.above))
    )
    return measured.select("row", pl.lit(name.removeprefix("figure.")).alias("fact"), "value", "typical", "peers", "distance").collect().cast(pl.Schema(OUTLIERS))
