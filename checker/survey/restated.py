"""Figures that a company states anew for a period it has already filed, without a word about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from checker.vocabulary import Word

#: Companies and periods told apart: the columns of :class:`Refiled`'s frame, with the row in the table.
FILED = ("row", "record", "name", "company", "period_start", "period_end", "as_of", "noted")


@dataclass(frozen=True, slots=True)
class Filing:
    """What one record states: the record, the day it is judged on, and the figure."""

    record: str
    as_of: date
    value: int | Decimal


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure of one company and period, with what each record states of it, in the order of the days judged."""

    company: str
    credit_code: str | None
    period: tuple[date, date]
    word: Word
    filings: tuple[Filing, ...]


class Refiled:
    """The records of companies that have filed a period more than once.

    Two records that follow one another are compared: a note on the fact in either of them is a word about it. A figure that only
    one of them states is not restated.

    Args:
        records: a frame with at least :data:`FILED` and ``credit_code``.
    """

    def __init__(self, records: pl.DataFrame) -> None:
        same = ("company", "period_start", "period_end")
        again = records.filter(pl.len().over(same) > 1).sort(*same, "as_of", "record")
        noted = pl.col("noted").fill_null("").str.split("; ")
        self._records = again.with_columns(pl.struct(same).rle_id().alias("filed"), noted)
        self._found: list[tuple[int, str, pl.DataFrame]] = []

    def look(self, figures: pl.DataFrame, facts: Sequence[str]) -> None:
        """Compare some figures, given with all rows of the table as the columns ``figure:<fact>``."""
        if self._records.is_empty():
            return
        stated = figures.select(f"figure.{fact}" for fact in facts)[self._records["row"]]
        for fact in facts:
            one = self._records.with_columns(stated[f"figure.{fact}"].alias("value"), pl.col("noted").list.contains(fact)).filter(pl.col("value").is_not_null())
            follows = pl.col("filed") == pl.col("filed").shift(1)
            silent = follows & (pl.col("value") != pl.col("value").shift(1)) & ~pl.col("noted") & ~pl.col("noted").shift(1)
            found = one.filter(silent)["filed"].unique()
            if len(found):
                kept = one.filter(pl.col("filed").is_in(found.implode()))
                self._found += [(group, fact, rows) for (group,), rows in kept.partition_by("filed", as_dict=True, maintain_order=True).items()]

    def restated(self, words: Any) -> tuple[Restated, ...]:
        """What has been found, in the order of the companies, periods and facts; ``words`` are those of the vocabulary."""
        return tuple(_restated(rows.rows(named=True), words[fact]) for _, fact, rows in sorted(self._found, key=lambda found: found[:2]))


def _restated(rows: list[dict[str, Any]], word: Word) -> Restated:
    last = rows[-1]
    filings = tuple(Filing(row["record"], row["as_of"], row["value"]) for row in rows)
    return Restated(last["name"], last["credit_code"], (last["period_start"], last["period_end"]), word, filings)
