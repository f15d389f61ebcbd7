"""Records of an earlier year that are filed again with another figure, and without a word about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from checker.synth.ground import Ground, numbers, stream
from checker.synth.planting import Answer


def refiled(ground: Ground, previous: pl.DataFrame, planted: Collection[int], day: date, seed: int, block: int) -> tuple[pl.DataFrame, list[Answer]]:
    """Some records of the year before as they are filed again on a later day, and what is restated in each.

    Args:
        ground: the profile and the packs.
        previous: the records of the year before, as columns.
        planted: the rows with another contradiction; they are left alone.
        day: the day on which the records that are filed now are judged.
        seed: the seed of the population.
        block: which of its blocks this is.
    """
    tree = ground.profile["planted"]
    chance = stream(seed, block, f"restated {day}").random((previous.height, 3))
    rate = numbers([tree["rates"]["restated"]])[0]
    wanted = [row for row in (chance[:, 0] < rate).nonzero()[0].tolist() if row not in planted]
    figures = previous.select(tree["figures"])[wanted].rows(named=True)
    answers: list[Answer] = []
    rows: list[int] = []
    changed: list[dict[str, Any]] = []
    for row, stated in zip(wanted, figures, strict=True):
        known = [fact for fact, value in stated.items() if value]
        if known:
            fact = known[int(chance[row, 1] * len(known))]
            factor = tree["restated_factor"][int(chance[row, 2] * 2)]
            new = _restated(stated[fact], factor)
            answers.append(Answer(len(rows), "restated", fact, (), f"before {_plain(stated[fact])}"))
            rows.append(row)
            changed.append(stated | {fact: new})
    again = previous[rows].with_columns(pl.lit(day).alias("as_of"))
    columns = [pl.Series(fact, [values[fact] for values in changed], dtype=previous.schema[fact]) for fact in tree["figures"]]
    return again.with_columns(columns), answers


def _restated(value: Any, factor: Decimal) -> Any:
    """Another figure of the same type; never the same one."""
    new = int(value * factor) if isinstance(value, int) else (value * factor).quantize(Decimal("0.01"))
    return new if new != value else value + 1


def _plain(value: Any) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else str(value)
