"""Records as columns, as Parquet files hold them, and a row of them as a fact file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from checker.synth.ground import PLACES, Bools, Ground, Ints
from checker.synth.happenings import Happenings, claim_texts, event_texts, rating_texts
from checker.synth.planting import spelled
from checker.synth.population import Records
from checker.vocabulary import Word

#: The columns before the facts, and those after them, which hold JSON as text.
HEAD = ("company.name", "company.credit_code", "company.industry", "company.traits", "period.start", "period.end", "as_of")
TAIL = ("statements", "documents", "evidence", "events", "event_statements", "ratings")
_SHELL = frozenset((*HEAD, *TAIL))
#: How exact numbers and ratios are kept.
DECIMAL = pl.Decimal(38, 10)


def as_of(ground: Ground, year: int) -> date:
    """The day on which the records of a year are judged."""
    return date(year + 1, ground.profile["as_of"]["month"], ground.profile["as_of"]["day"])


def frame_of(ground: Ground, records: Records, happenings: Happenings, seed: int, block: int) -> pl.DataFrame:
    """The records of a block and year, a row each: the values of facts with one bare statement in columns, the rest as JSON."""
    companies, count, day = records.companies, len(records), as_of(ground, records.year)
    numbered = _statement_codes(ground, records)
    bare = records.given & (numbered[0] < 0)
    traits = [[ground.traits[place] for place in np.flatnonzero(row)] for row in companies.traits]
    head = pl.DataFrame({
        "company.name": companies.names,
        "company.credit_code": companies.codes,
        "company.industry": companies.industries,
        "company.traits": pl.Series(traits, dtype=pl.List(pl.String)),
        "period.start": pl.repeat(records.start, count, eager=True),
        "period.end": pl.repeat(records.end, count, eager=True),
        "as_of": pl.repeat(day, count, eager=True),
    })
    numbers = np.flatnonzero(ground.boolean)
    flags = np.where(bare[:, numbers], records.truth[:, numbers].astype(np.int8), np.int8(-1))
    answers = pl.from_numpy(np.asfortranarray(flags), schema=[ground.words[fact].path for fact in numbers], orient="row")
    answers = answers.select(pl.when(pl.col(name) >= 0).then(pl.col(name) == 1) for name in answers.columns)
    others = {word.path: _column(ground, word, records.values[:, place], bare[:, ground.index[word.path]]) for place, word in enumerate(ground.others)}
    columns = {series.name: series for series in answers.iter_columns()} | others
    tail = {
        "statements": _joined(*_members(ground, numbered), count, "{", "}"),
        **_evidence(ground, records),
        **_happened(ground, records, happenings, day),
        "ratings": _given(rating_texts(ground, seed, block, companies, records.year), count),
    }
    return pl.DataFrame([*head.iter_columns(), *(columns[word.path].alias(word.path) for word in ground.words), *(tail[name].alias(name) for name in TAIL)])


def _column(ground: Ground, word: Word, values: Ints, given: Bools) -> pl.Series:
    """A column of values in the type of its fact, null where there is no bare one."""
    kept = pl.select(pl.when(pl.Series(given)).then(pl.Series(values))).to_series()
    match word.type:
        case "integer":
            return kept
        case "number" | "ratio":
            exact: pl.Series = kept.cast(DECIMAL) / 10 ** PLACES[word.type]
            return exact
        case "date":
            return kept.cast(pl.Int32).cast(pl.Date)
        case "month":
            return pl.select(pl.format("{}-{}", (pl.lit(kept) // 12).cast(pl.String).str.zfill(4), (pl.lit(kept) % 12 + 1).cast(pl.String).str.zfill(2))).to_series()
        case _:
            return pl.Series(ground.labels(word), dtype=pl.String).gather(kept.cast(pl.UInt32))


# --- JSON as text ------------------------------------------------------------------------------------------------------


def _statement_codes(ground: Ground, records: Records) -> tuple[Ints, list[str]]:
    """For every cell the number of its statement where it has more than a bare value (else -1): first come the numbers of
    :attr:`~checker.synth.ground.Ground.statements`, then those of the texts that are given here.
    """
    kinds = len(ground.kinds)
    codes: Any = np.full(records.given.shape, -1, dtype=np.int32)
    for cells in (records.given & (records.kind >= 0), ~records.given & (records.reason >= 0)):  # few cells, so by their positions
        at = np.flatnonzero(cells)
        end = records.truth.ravel()[at] * kinds + records.kind.ravel()[at], 2 * kinds + records.reason.ravel()[at]
        codes.ravel()[at] = at % len(ground.words) * ground.per_fact + np.where(records.reason.ravel()[at] < 0, *end)
    texts: list[str] = []
    base = len(ground.statements)
    for fact in np.flatnonzero(~ground.boolean).tolist():
        rows = np.flatnonzero(records.given[:, fact] & (records.kind[:, fact] >= 0))
        said = spelled(ground, fact, records.values[rows, ground.column[fact]].tolist())
        codes[rows, fact] = base + len(texts) + np.arange(len(rows))
        texts += [f'"{ground.words[fact].path}":{{"value":{value},"evidence":["{ground.kinds[kind]}"]}}'
                  for value, kind in zip(said, records.kind[rows, fact].tolist(), strict=True)]
    for (row, fact), said_twice in records.said.items():
        codes[row, fact] = base + len(texts)
        texts.append(f'"{ground.words[fact].path}":{said_twice}')
    return codes, texts


def _members(ground: Ground, numbered: tuple[Ints, list[str]]) -> tuple[Ints, pl.Series]:
    codes, texts = numbered
    row, fact = np.nonzero(codes >= 0)
    return row, pl.concat([ground.statements, pl.Series(texts, dtype=pl.String)]).gather(codes[row, fact])


def _joined(row: Ints, members: pl.Series, count: int, begin: str, end: str) -> pl.Series:
    """The members of each row as one JSON text, null where there are none; rows come in order."""
    joined = pl.DataFrame({"row": row, "text": members}, schema={"row": pl.Int64, "text": pl.String}).group_by("row", maintain_order=True)
    found = joined.agg(pl.format(f"{begin.replace('{', '{{')}" + "{}" + f"{end.replace('}', '}}')}", pl.col("text").str.join(",")).alias("text"))
    return pl.DataFrame({"row": np.arange(count)}).join(found, on="row", how="left", maintain_order="left").get_column("text")


def _given(texts: Mapping[int, str], count: int) -> pl.Series:
    return pl.Series([texts.get(row) for row in range(count)], dtype=pl.String)


def _evidence(ground: Ground, records: Records) -> dict[str, pl.Series]:
    """The documents and the evidence of each company."""
    proof = ground.profile["evidence"]
    days = [np.datetime64(records.end) + np.timedelta64(int(days), "D") for days in proof["expires_days"]]
    titles = {name: {"title": document["title"]} for name, document in proof["documents"].items()}
    lasting = set(ground.profile["shown"].values()) | set(ground.profile["planted"]["evidence"])
    texts = []
    for name, kind in proof["kinds"].items():
        for section in range(proof["sections"]):
            where = f'"{name}":{{"document":"{kind["document"]}","place":"第 {section // 4 + 1} 章 第 {section % 4 + 1} 节","kind":"{name}"'
            texts += [f'{where},"expires":"{day}"}}' if kind.get("expires") and name not in lasting else f"{where}}}" for day in days]
    row, kind_of = np.nonzero(records.has)
    codes = kind_of * proof["sections"] * len(days) + records.places[row, kind_of]
    evidence = _joined(row, pl.Series(texts).gather(codes), len(records), "{", "}")
    documents = pl.select(pl.when(evidence.is_not_null()).then(pl.lit(json.dumps(titles, ensure_ascii=False, separators=(",", ":"))))).to_series()
    return {"evidence": evidence, "documents": documents}


def _happened(ground: Ground, records: Records, happenings: Happenings, day: date) -> dict[str, pl.Series]:
    """The events and the statements on them; an empty list of events where there are statements only."""
    listed = event_texts(ground, happenings, records.has)
    rows = np.array([row for row, _ in listed], dtype=np.int64)
    events = _joined(rows, pl.Series([text for _, text in listed], dtype=pl.String), len(records), "[", "]")
    row, texts, codes = claim_texts(ground, happenings, records.end, day)
    claims = _joined(row, pl.Series(texts).gather(codes), len(records), "[", "]")
    none = pl.select(pl.when(claims.is_not_null()).then(pl.lit("[]"))).to_series()
    return {"events": pl.select(pl.coalesce(events, none)).to_series(), "event_statements": claims}


# --- rows as fact files --------------------------------------------------------------------------------------------------


def tree_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fact file that a row stands for, as a tree of plain JSON with exact decimals."""
    statements = _parsed(row["statements"]) or {}
    facts: dict[str, Any] = {}
    for path, value in row.items():
        if value is None and path not in statements:
            continue
        if path not in _SHELL:
            *groups, last = path.split(".")
            inside = facts
            for group in groups:
                inside = inside.setdefault(group, {})
            inside[last] = plain(value) if value is not None else statements[path]
    return {
        "company": {key: row[f"company.{key}"] for key in ("name", "credit_code", "industry", "traits")},
        "period": {"start": row["period.start"].isoformat(), "end": row["period.end"].isoformat()},
        "as_of": row["as_of"].isoformat(),
        "facts": facts,
        **{name: parsed for name in TAIL if name != "statements" and (parsed := _parsed(row[name])) is not None},
    }


def plain(value: Any) -> Any:
    """A value of a column as JSON has it: a date as text, a decimal without needless places."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        digits = f"{value:f}".rstrip("0").rstrip(".")
        return Decimal(digits) if "." in digits else int(digits)
    return value


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text, parse_float=Decimal)
