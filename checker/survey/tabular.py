"""Vocabulary columns: records as rows of a table, whose columns are called as facts are; or as JSON with such keys.

| column | holds |
|---|---|
| ``company.name``, ``company.credit_code``, ``company.industry`` | text |
| ``company.traits`` | a list of codes; in text separated by ``;`` |
| ``period.start``, ``period.end``, ``as_of`` | days |
| a fact's path | its value; in text a JSON statement where it begins with ``{`` or ``[`` |
| ``statements`` | JSON: a statement, or a list of them, for each of some facts |
| ``documents``, ``evidence``, ``events``, ``event_statements``, ``panel``, ``ratings``, ``refinements`` | JSON as in a fact file |
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from checker.errors import InputError, Place
from checker.situations import COLUMN_TYPES, DIGITS, SCALE
from checker.survey.sources import LESS, MORE, Source, columns_of
from checker.tree_reader import MONTH, TEXT_LIMIT
from checker.vocabulary import Vocabulary, Word
from checker.wording import LIST_FACTS, nearest, problem

COMPANY = ("name", "credit_code", "industry", "traits")
PERIOD = ("start", "end")
#: Columns of JSON, named as the keys of a fact file.
NESTED = ("documents", "evidence", "events", "event_statements", "panel", "ratings", "refinements")
SHELL = (*(f"company.{key}" for key in COMPANY), *(f"period.{key}" for key in PERIOD), "as_of", "statements", *NESTED)


def refuse_unknown_columns(sources: Iterable[Source], vocabulary: Vocabulary) -> None:
    """Check the columns of every table.

    Raises:
        InputError: a column that is neither a fact nor of the shell, with the nearest; or a file without a company's name.
    """
    known = [*SHELL, *vocabulary.words]
    problems = []
    for source in sources:
        if source.form in ("csv", "parquet"):
            names = columns_of(source)
            problems += [problem(Place(source.name, path=name), "unknown_column", column=name, hint=nearest(name, known, LIST_FACTS)) for name in names if name not in set(known)]
            problems += [problem(Place(source.name, path=name), "repeated_key", key=name) for name, times in Counter(names).items() if times > 1]
            problems += [problem(Place(source.name), "missing_key", key=name) for name in ("company.name", "period.start", "period.end") if name not in names]
    if problems:
        raise InputError(problems)


def tree_of(row: Mapping[str, Any], words: Mapping[str, Word]) -> dict[str, Any]:
    """A row as the tree of a fact file, with its shell; what cannot be read stays as it is, for the strict reader to say why."""
    tree: dict[str, Any] = {"company": {key: _shell_value(key, value) for key in COMPANY if (value := row.get(f"company.{key}")) not in (None, "")},
                            "period": {key: _text(value) for key in PERIOD if (value := row.get(f"period.{key}")) not in (None, "")}, "facts": {}}
    if row.get("as_of") not in (None, ""):
        tree["as_of"] = _text(row["as_of"])
    for key in NESTED:
        if row.get(key) not in (None, ""):
            tree[key] = parsed(row[key])
    stated = parsed(row["statements"]) if row.get("statements") else {}
    for path, value in row.items():
        if path in words and value not in (None, ""):
            _put(tree["facts"], path, _cell(value, words[path]))
    for path, value in stated.items() if isinstance(stated, dict) else ():
        _put(tree["facts"], path, value)
    tree.update({key: None for key in (MORE, LESS) if row.get(key)})  # no such keys, says the strict reader
    return tree


def is_row(tree: Any) -> bool:
    """Whether a record of JSON is a row of vocabulary columns and no fact file."""
    return isinstance(tree, dict) and SHELL[0] in tree


def tree_of_record(row: Mapping[str, Any], words: Mapping[str, Word]) -> dict[str, Any]:
    """The same of a row of JSON, whose values have types already; what is neither a fact nor of the shell stays, for the strict
    reader to refuse.
    """
    tree = tree_of({key: value for key, value in row.items() if key in SHELL}, {})
    for path, value in row.items():
        if path in words and value is not None:
            _put(tree["facts"], path, Decimal(repr(value)) if type(value) is float else value)
    return {key: value for key, value in row.items() if key not in words and key not in SHELL} | tree


def keys_in(tree: Any) -> int:
    """How many keys there are in a tree of JSON."""
    if isinstance(tree, dict):
        return len(tree) + sum(map(keys_in, tree.values()))
    return sum(map(keys_in, tree)) if isinstance(tree, list) else 0


def _put(facts: dict[str, Any], path: str, value: Any) -> None:
    """Put a statement where it belongs; beside one that is there already, as a further one."""
    *groups, last = path.split(".")
    for group in groups:
        facts = facts.setdefault(group, {})
    if last in facts:
        before = facts[last]
        value = [*(before if isinstance(before, list) else [before]), *(value if isinstance(value, list) else [value])]
    facts[last] = value


def _shell_value(key: str, value: Any) -> Any:
    if key != "traits":
        return value
    return value.split(";") if isinstance(value, str) else list(value)


def _cell(value: Any, word: Word) -> Any:
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else Decimal(repr(value)) if type(value) is float else value
    if value.startswith(("{", "[")):
        return parsed(value)
    if word.type == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if word.type in ("integer", "number", "ratio"):
        with suppress(InvalidOperation):
            number = Decimal(value)
            if number.is_finite():
                return int(number) if word.type == "integer" and number == number.to_integral_value() else number
    return value


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def parsed(text: Any) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return json.loads(text, parse_float=Decimal) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text


def checked(name: str, column: pl.Series, word: Word) -> tuple[pl.Series, pl.Series]:
    """A column of a table as a column of a fact, and in which rows it is not right."""
    wanted = COLUMN_TYPES[word.type]
    nothing = pl.Series([False]).new_from_index(0, len(column))
    if column.dtype == pl.Null:
        return pl.Series(name, [None], wanted).new_from_index(0, len(column)), nothing
    if column.dtype.is_float():
        column = column.cast(pl.String)
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    typed = column if column.dtype == wanted else _cast(column, wanted, word)
    bad = typed.is_null() & column.is_not_null()
    if word.minimum is not None:
        bad |= (typed < word.minimum).fill_null(value=False)
    if word.maximum is not None:
        bad |= (typed > word.maximum).fill_null(value=False)
    if word.choices:
        bad |= (~typed.is_in(list(word.choices))).fill_null(value=False)
    if word.type == "month":
        bad |= (~typed.str.contains(f"^(?:{MONTH})$")).fill_null(value=False)
    if word.type == "text":
        bad |= ((typed.str.strip_chars() == "") | (typed.str.len_chars() > TEXT_LIMIT)).fill_null(value=False)
    return typed.alias(name), bad


def _cast(column: pl.Series, wanted: Any, word: Word) -> pl.Series:
    """The column in its fact's type; null where a value cannot be had exactly."""
    if word.type in ("number", "ratio"):
        if column.dtype == pl.String:
            exact = rf"^-?[0-9]{{1,{DIGITS - SCALE}}}(\.[0-9]{{1,{SCALE}}})?$"
            frame = pl.DataFrame({"it": column})
            return frame.select(pl.when(pl.col("it").str.contains(exact)).then("it").cast(wanted, strict=False)).to_series()
        typed = column.cast(wanted, strict=False) if column.dtype.is_numeric() else pl.Series([None], dtype=wanted).new_from_index(0, len(column))
        return typed.set(typed != column, None)  # finer than a column is
    if word.type == "date" and column.dtype == pl.String:
        return column.str.to_date("%Y-%m-%d", strict=False)
    if word.type == "integer" and column.dtype.is_integer():
        return column.cast(wanted, strict=False)
    return pl.Series([None], dtype=wanted).new_from_index(0, len(column))
