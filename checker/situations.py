"""Many companies as conditions see them: the columns that :class:`checker.situation.Situation` has one row of.

Facts are columns with one value a company. What few companies have stands in long frames, a row for each, that name the
company by its number: events, claims that events are complete, what is known of facts beyond one agreed value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from checker.conditions import Count, Value, Window
from checker.situation import Situation, months_before

#: Decimal places of a number in a column, and how many digits it has in all.
SCALE, DIGITS = 10, 38
NUMBER = pl.Decimal(DIGITS, SCALE)
#: The type of a column for each type of fact.
COLUMN_TYPES: Mapping[str, Any] = {
    "boolean": pl.Boolean(), "integer": pl.Int64(), "number": NUMBER, "ratio": NUMBER, "date": pl.Date(),
    "choice": pl.String(), "month": pl.String(), "text": pl.String(),
}  # fmt: skip
#: What is known of each company beside its facts.
START, END, AS_OF = "period.start", "period.end", "as_of"

ROW: Any = pl.UInt32()
EVENTS: Mapping[str, Any] = {"row": ROW, "kind": pl.String(), "on": pl.Date()}
CLAIMS: Mapping[str, Any] = {"row": ROW, "kind": pl.String(), "first": pl.Date(), "last": pl.Date()}
SPOKEN: Mapping[str, Any] = {"row": ROW, "fact": pl.String(), "given": pl.Boolean()}
SAID: Mapping[str, Any] = {"row": ROW, "fact": pl.String(), "value": pl.String(), "evidence": pl.List(pl.String()), "kinds": pl.List(pl.String())}


@dataclass(frozen=True)
class Situations:
    """Companies in columns.

    ``companies`` has :data:`START`, :data:`END`, :data:`AS_OF` and a column for each fact with its agreed value; row ``n`` is
    the company that the other frames call ``n``. ``events`` has a column for each field beside those of :data:`EVENTS`.
    ``spoken`` says of a fact whether a value was given (true), a reason for having none (false), or nothing at all (null),
    wherever that does not follow from whether it has a value. ``said`` holds the statements of values, wherever there is more
    to say than one value without evidence.
    """

    companies: pl.DataFrame
    events: pl.DataFrame
    claims: pl.DataFrame
    spoken: pl.DataFrame
    said: pl.DataFrame

    @classmethod
    def of(cls, situations: Sequence[Situation], types: Mapping[str, str]) -> Situations:
        """The columns of some situations whose facts have these types; for tests and small numbers."""
        facts: dict[str, list[Value | None]] = {fact: [asked.values.get(fact) for asked in situations] for fact in types}
        days = {START: [asked.period[0] for asked in situations], END: [asked.period[1] for asked in situations],
                AS_OF: [asked.as_of for asked in situations]}
        fields = sorted({name for asked in situations for event in asked.events for name in event.fields})
        numbered = list(enumerate(situations))
        return cls(
            pl.DataFrame({name: pl.Series(name, values, pl.Date) for name, values in days.items()}
                         | {fact: series(fact, values, types[fact]) for fact, values in facts.items()}),
            pl.DataFrame([(row, event.kind, event.on, *(event.fields.get(name) for name in fields)) for row, asked in numbered for event in asked.events],
                         {**EVENTS, **{name: pl.String() for name in fields}}, orient="row"),
            pl.DataFrame([(row, claim.kind, claim.first, claim.last) for row, asked in numbered for claim in asked.statements], CLAIMS, orient="row"),
            pl.DataFrame([(row, fact, asked.disclosed.get(fact)) for row, asked in numbered for fact in types
                          if asked.disclosed.get(fact) is not (True if fact in asked.values else None)], SPOKEN, orient="row"),
            pl.DataFrame([(row, fact, plain(one.value), list(one.evidence), list(one.kinds)) for row, asked in numbered
                          for fact, stated in asked.said.items() if fact in types for one in stated], SAID, orient="row"),
        )


def series(name: str, values: Sequence[Value | None], fact_type: str) -> pl.Series:
    """A column of values of one type of fact."""
    if fact_type in ("number", "ratio"):
        values = [None if value is None else Decimal(value) for value in values]  # type: ignore[arg-type]  # numbers only
    return pl.Series(name, values, COLUMN_TYPES[fact_type], strict=True)


def fits(number: int | Decimal, fact_type: str) -> bool:
    """Whether a number can stand in a column exactly."""
    if fact_type == "integer":
        return -(2**63) <= number < 2**63
    scaled = Decimal(number).scaleb(SCALE)
    return scaled == scaled.to_integral_value() and abs(scaled) < 10**DIGITS


def plain(value: Value) -> str:
    """A value as text, the same for equal values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{Decimal(value).normalize():f}" if isinstance(value, int | Decimal) else str(value)


def unplain(text: str, dtype: Any) -> Value:
    """The value that a text of :func:`plain` stands for in a column of this type."""
    if dtype == pl.Boolean:
        return text == "true"
    if dtype == pl.Date:
        return date.fromisoformat(text)
    if dtype.is_integer():
        return int(text)
    return Decimal(text) if dtype.is_decimal() else text


# --- events in windows -------------------------------------------------------------------------------------------------

#: The columns of a kind of count: how many events match at least, at most, and how many of them only may.
Bounds = tuple[str, str, str]


def with_counts(situations: Situations, patterns: Iterable[Count]) -> tuple[pl.DataFrame, dict[Count, Bounds]]:
    """The companies with three further columns for each kind of count, and their names: the least and the greatest number of
    events that can match, no greatest number where the list may be incomplete, and how many of those listed only may match.

    Events and claims are joined to the windows of their own company; see :meth:`checker.situation.Situation.bounds`.
    """
    wanted = list(dict.fromkeys(patterns))
    names = {pattern: (f"#{number} least", f"#{number} most", f"#{number} perhaps") for number, pattern in enumerate(wanted)}
    companies = situations.companies
    if not wanted:
        return companies, names
    windows = {pattern.window: _window(pattern.window, companies[AS_OF]) for pattern in wanted}
    numbered = companies.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), START, END, AS_OF)
    matched = _matched(situations.events, numbered, wanted, windows)
    covered = _covered(situations.claims, numbered, wanted, windows)
    bounds = numbered.join(matched, on="row", how="left", maintain_order="left").join(covered, on="row", how="left", maintain_order="left").select(
        column
        for number, pattern in enumerate(wanted)
        for column in _bounds(number, pattern, windows[pattern.window])
    )
    return companies.hstack(bounds), names


def _window(window: Window, days: pl.Series) -> tuple[pl.Expr, pl.Expr]:
    """First and last day of a window, as columns of each company."""
    judged = pl.col(AS_OF)
    if window == "period":
        return pl.col(START), pl.min_horizontal(END, AS_OF)
    if window == "ever":
        return pl.lit(date.min), judged
    first = {day: months_before(day, window) + timedelta(days=1) for day in days.unique().to_list()}
    return judged.replace_strict(first, return_dtype=pl.Date), judged


def _matched(events: pl.DataFrame, numbered: pl.DataFrame, wanted: Sequence[Count], windows: Mapping[Window, tuple[pl.Expr, pl.Expr]]) -> pl.DataFrame:
    """For each company with events how many surely match each pattern, and how many may."""
    columns = set(events.columns)
    truths = [_matches(pattern, windows[pattern.window], columns).alias(f"#{number}") for number, pattern in enumerate(wanted)]
    return (
        events.join(numbered, on="row", maintain_order="left")
        .select("row", *truths)
        .group_by("row", maintain_order=True)
        .agg(part for number in range(len(wanted)) for part in (
            pl.col(f"#{number}").sum().alias(f"#{number} sure"), pl.col(f"#{number}").null_count().alias(f"#{number} open")))
    )


def _matches(pattern: Count, window: tuple[pl.Expr, pl.Expr], columns: set[str]) -> pl.Expr:
    """Whether an event is one of those counted; unknown where a field that matters is."""
    first, last = window
    counted = among("kind", pattern.kinds) & pl.col("on").is_between(first, last)
    fields = [among(name, choices) if name in columns else UNKNOWN for name, choices in pattern.where]
    return pl.when(counted).then(pl.all_horizontal(fields) if fields else pl.lit(value=True)).otherwise(pl.lit(value=False))


def _covered(claims: pl.DataFrame, numbered: pl.DataFrame, wanted: Sequence[Count], windows: Mapping[Window, tuple[pl.Expr, pl.Expr]]) -> pl.DataFrame:
    """For each company with claims whether they cover the window of each pattern for each of its kinds of events.

    Claims that overlap or meet are put together into spells; a window is covered where it lies in one.
    """
    reached = pl.col("last").cum_max().shift(1).over("row", "kind")
    spells = (
        claims.sort("row", "kind", "first", "last")
        .with_columns((pl.col("first") > reached.dt.offset_by("1d")).fill_null(value=True).cum_sum().over("row", "kind").alias("spell"))
        .group_by("row", "kind", "spell", maintain_order=True)
        .agg(pl.col("first").min(), pl.col("last").max())
        .join(numbered, on="row", maintain_order="left")
    )
    inside = {window: (pl.col("first") <= first) & (pl.col("last") >= last) for window, (first, last) in windows.items()}
    return spells.group_by("row", maintain_order=True).agg(
        pl.all_horizontal([((pl.col("kind") == kind) & inside[pattern.window]).any() for kind in dict.fromkeys(pattern.kinds)]
                          or [pl.lit(value=True)]).alias(f"#{number} covered")
        for number, pattern in enumerate(wanted))


def _bounds(number: int, pattern: Count, window: tuple[pl.Expr, pl.Expr]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    first, last = window
    least = pl.col(f"#{number} sure").fill_null(0).cast(pl.Int64)
    complete = pl.col(f"#{number} covered").fill_null(value=False) | (first > last)
    if not pattern.kinds:
        complete = pl.lit(value=True)
    perhaps = pl.col(f"#{number} open").fill_null(0).cast(pl.Int64)
    most = pl.when(complete).then(least + perhaps)
    return least.alias(f"#{number} least"), most.alias(f"#{number} most"), perhaps.alias(f"#{number} perhaps")


UNKNOWN = pl.lit(None, dtype=pl.Boolean)


def among(column: str, choices: Sequence[str]) -> pl.Expr:
    """Whether a text is one of some; unknown where there is none."""
    asked = pl.col(column)
    return asked.is_in(list(choices)) if choices else pl.when(asked.is_not_null()).then(pl.lit(value=False))
