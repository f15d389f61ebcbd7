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
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from checker.errors import InputError, Place
from checker.load import DIGIT_LIMIT, PLAIN_NUMBER
from checker.situations import COLUMN_TYPES, DIGITS, SCALE
from checker.survey.sources import LESS, MORE, NOT_UTF8, Source, columns_of
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


def tree_of(row: Mapping[str, Any], words: Mapping[str, Word], read: Callable[[Any, Word], Any] | None = None) -> dict[str, Any]:
    """A row as the tree of a fact file, with its shell; what cannot be read stays as it is, for the strict reader to say why.

    ``read`` makes a statement of what stands in a fact's column; without it that is a cell, which may be text.
    """
    tree: dict[str, Any] = {"company": {key: _shell_value(key, value) for key in COMPANY if (value := row.get(f"company.{key}")) not in (None, "")},
                            "period": {key: _text(value) for key in PERIOD if (value := row.get(f"period.{key}")) not in (None, "")}, "facts": {}}
    if row.get("as_of") not in (None, ""):
        tree["as_of"] = _text(row["as_of"])
    for key in NESTED:
        if row.get(key) not in (None, ""):
            tree[key] = parsed(row[key])
    for path, value in row.items():
        if path in words and value not in (None, ""):
            _put(tree["facts"], path, (read or _cell)(value, words[path]))
    stated = parsed(row.get("statements") or {})
    for path, value in stated.items() if isinstance(stated, dict) else ():
        if path in words:
            _put(tree["facts"], path, value)
        else:
            tree["facts"][path] = value  # no such fact, says the strict reader
    if not isinstance(stated, dict):
        tree["statements"] = stated  # no such key in a fact file
    tree.update({key: None for key in (MORE, LESS, NOT_UTF8) if row.get(key)})
    return tree


def is_row(tree: Any) -> bool:
    """Whether a record of JSON is a row of vocabulary columns and no fact file."""
    return isinstance(tree, dict) and SHELL[0] in tree


def tree_of_record(row: Mapping[str, Any], words: Mapping[str, Word]) -> dict[str, Any]:
    """The same of a row of JSON, whose values have types already; what is neither a fact nor of the shell stays, for the strict
    reader to refuse.
    """
    tree = tree_of(row, words, lambda value, _: Decimal(repr(value)) if type(value) is float else value)
    others = {key: value for key, value in row.items() if key not in words and key not in SHELL}
    return tree | {f"{key} beside {SHELL[0]}" if key in tree else key: value for key, value in others.items()}


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
    return value.split(";") if isinstance(value, str) else value


def _cell(value: Any, word: Word) -> Any:
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else Decimal(repr(value)) if type(value) is float else value
    if value.startswith(("{", "[")):
        return parsed(value)
    if word.type == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if word.type in ("integer", "number", "ratio") and len(value) <= DIGIT_LIMIT and PLAIN_NUMBER.fullmatch(value):
        return Decimal(value) if "." in value else int(value)
    return value


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def parsed(text: Any) -> Any:
    """JSON as strictly as in fact files, or the text itself where it is none."""
    try:
        return json.loads(text, parse_float=_plain, parse_int=_plain, parse_constant=_plain, object_pairs_hook=_once) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text


def _plain(number: str) -> int | Decimal:
    if len(number) > DIGIT_LIMIT or not PLAIN_NUMBER.fullmatch(number):
        raise ValueError(number)
    return Decimal(number) if "." in number else int(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


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
