"""Plain trees read piece by piece: each reader checks one leaf, and records what is wrong with it under its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from checker.errors import InputError, Place, Problem, Text
from checker.load import PROBLEM_LIMIT, Document, TreePath
from checker.validate import type_name
from checker.vocabulary import not_a_choice
from checker.wording import nearest, problem

#: Longer texts are refused; a statement is a sentence or two, not a document. In characters.
TEXT_LIMIT = 10_000
#: How a year and month are written.
MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"


class TreeReader:
    """Reads the tree of one document; what cannot be read becomes a problem and an empty value."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def mapping(self, tree: Any, path: TreePath, known: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> dict[str, Any]:
        """The tree as an object; unknown keys (where ``known`` names any) and missing ones are problems."""
        if not isinstance(tree, dict):
            self.wrong_type(tree, path, Text("一组键值（{…}）", "a group of keys ({...})"))
            return {}
        listed = ", ".join(known)
        for key in tree if known else ():
            if key not in known:
                hint = nearest(key, known, Text(f"可用的键：{listed}。", f"Known keys: {listed}."))
                self.add((*path, key), "unexpected_key", key=key, hint=hint)
        for key in needed:
            if key not in tree:
                self.add(path, "missing_key", key=key)
        return tree

    def entries(self, tree: Any, path: TreePath) -> list[Any]:
        """A list; anything else is a problem, and empty."""
        if isinstance(tree, list):
            return tree
        self.wrong_type(tree, path, Text("列表（[…]）", "a list ([...])"))
        return []

    def text(self, value: Any, path: TreePath) -> str | None:
        """A text with something in it, at most :data:`TEXT_LIMIT` characters long."""
        if not isinstance(value, str):
            self.wrong_type(value, path, Text("文字", "text"))
            return None
        if not value.strip():
            self.add(path, "empty_text")
        if len(value) > TEXT_LIMIT:
            self.add(path, "text_too_long", limit=TEXT_LIMIT)
        return value

    def needed_text(self, tree: dict[str, Any], key: str, path: TreePath) -> str:
        """A text whose absence :meth:`mapping` has recorded already."""
        return self.optional_text(tree, key, path) or ""

    def optional_text(self, tree: dict[str, Any], key: str, path: TreePath) -> str | None:
        """The text of a key, if the key is there."""
        return self.text(tree[key], (*path, key)) if key in tree else None

    def day(self, value: Any, path: TreePath) -> date | None:
        """A date as ISO 8601 writes it, ``2024-12-31``."""
        if isinstance(value, date):  # YAML has typed it
            return value
        if not isinstance(value, str):
            self.wrong_type(value, path, Text("日期（如 \"2024-12-31\"）", "a date such as \"2024-12-31\""))
            return None
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):  # fromisoformat reads more than we write
            with suppress(ValueError):
                return date.fromisoformat(value)
        self.add(path, "impossible_date", said=value)
        return None

    def month(self, value: Any, path: TreePath) -> str | None:
        """A year and month as ISO 8601 writes them, ``2024-08``."""
        if not isinstance(value, str):
            self.wrong_type(value, path, Text("年月（如 \"2024-08\"）", "a month such as \"2024-08\""))
            return None
        if re.fullmatch(MONTH, value):
            return value
        self.add(path, "impossible_month", said=value)
        return None

    def optional_day(self, tree: dict[str, Any], path: TreePath) -> date | None:
        """The date of the key ``date``, if the key is there."""
        return self.day(tree["date"], (*path, "date")) if "date" in tree else None

    def number(self, value: Any, path: TreePath, least: int | Decimal | None, most: int | Decimal | None) -> int | Decimal | None:
        """An integer or a plain decimal within limits, both included."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.wrong_type(value, path, Text("数", "a number"))
            return None
        if least is not None and value < least:
            self.add(path, "below_minimum", value=value, limit=least)
        if most is not None and value > most:
            self.add(path, "above_maximum", value=value, limit=most)
        return value

    def code(self, value: Any, choices: Mapping[str, Text], path: TreePath) -> str | None:
        """One of the codes of some choices."""
        if not isinstance(value, str):
            self.wrong_type(value, path, Text("文字", "text"))
            return None
        if value not in choices:
            self.record(not_a_choice(self.document.place(*path), value, choices))
            return None
        return value

    def wrong_type(self, value: Any, path: TreePath, expected: Text) -> None:
        """Records that a value is of another type than wanted."""
        self.add(path, "wrong_type", expected=expected, found=type_name(value), hint=Text("请更正。", "Correct it."))

    def add(self, path: TreePath, code: str, /, *, fatal: bool = True, **words: Any) -> None:
        """Records a problem at a path."""
        self.record(problem(self.document.place(*path), code, fatal=fatal, **words))

    def record(self, found: Problem) -> None:
        """Records a problem; after :data:`~checker.load.PROBLEM_LIMIT` of them the file is given up."""
        self.problems.append(found)
        if len(self.problems) >= PROBLEM_LIMIT:
            raise InputError([*self.problems, problem(Place(self.document.name), "too_many_problems", limit=PROBLEM_LIMIT)])
