"""From what companies state to what is believed of them, in columns; see :meth:`checker.facts.FactBase.situation`.

A claim that there were no events is worth nothing where one is recorded: a statement on events then covers nothing, and a fact
that denies them is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from checker.situations import AS_OF, END, START, Situations, with_counts
from checker.survey.intake import CONFLICTS, Batch
from checker.vocabulary import Word


@dataclass(frozen=True)
class Believed:
    """The companies as conditions see them, and every contradiction in what they state: a row of a company and its name."""

    situations: Situations
    conflicts: pl.DataFrame


def believed(batch: Batch, denials: Sequence[Word]) -> Believed:
    """What is believed of the companies of a batch; ``denials`` are the facts of the vocabulary that deny events."""
    days = batch.shell.select(START, END, AS_OF)
    recorded = _contradicted(batch, days)
    claims = batch.claims.join(recorded, on=["row", "kind", "first", "last", "none"], how="anti").drop("none")
    stated = Situations(batch.facts.hstack(days), batch.events, claims, batch.spoken, batch.said)
    claimed_none = recorded.select("row", "kind").unique(maintain_order=True)
    conflicts = [batch.conflicts, _named(claimed_none, pl.format("denied_yet_recorded:{}", "kind"))]
    companies, names = with_counts(stated, [word.denies for word in denials if word.denies])
    values, spoken = [], [batch.spoken]
    for word in denials:
        assert word.denies is not None
        least, most, perhaps = names[word.denies]
        claimed = pl.col(word.path)
        overruled = (
            pl.when((pl.col(least) > 0) | (claimed == False)).then(pl.lit(value=False))  # noqa: E712  # a column, not a value
            .when(pl.col(perhaps) > 0).then(pl.lit(None, dtype=pl.Boolean))
            .when(claimed | (pl.col(most) == 0)).then(pl.lit(value=True))
        )
        told = companies.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), claimed.alias("stated"), overruled.alias("value"))
        values.append(told["value"].alias(word.path))
        # Whether something was disclosed and is agreed on goes by what is stated, not by what is believed.
        changed = told.filter(pl.col("stated").is_null() != pl.col("value").is_null()).join(batch.spoken.filter(pl.col("fact") == word.path), on="row", how="anti")
        spoken.append(changed.select("row", pl.lit(word.path).alias("fact"), pl.col("stated").is_not_null().replace({False: None}).alias("given")))
        refuted = claimed_none.filter(pl.col("kind").is_in(list(word.denies.kinds)))["row"]
        against = told.filter(~pl.col("value") & (pl.col("stated").fill_null(value=False) | pl.col("row").is_in(refuted.implode())))
        conflicts.append(_named(against, pl.lit(f"denied_yet_recorded:{word.path}")))
    return Believed(replace(stated, companies=stated.companies.with_columns(values), spoken=pl.concat(spoken)), pl.concat(conflicts))


def _contradicted(batch: Batch, days: pl.DataFrame) -> pl.DataFrame:
    """The claims that there were no events of a kind, of which one is recorded up to the day judged."""
    judged = days.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), AS_OF)
    return (
        batch.claims.filter("none").join(batch.events.select("row", "kind", "on"), on=["row", "kind"], maintain_order="left").join(judged, on="row", maintain_order="left")
        .filter(pl.col("on").is_between("first", pl.min_horizontal("last", AS_OF)))
        .select("row", "kind", "first", "last", "none").unique(maintain_order=True)
    )


def _named(rows: pl.DataFrame, name: pl.Expr) -> pl.DataFrame:
    return rows.select("row", name.alias("conflict")).cast(pl.Schema(CONFLICTS))
