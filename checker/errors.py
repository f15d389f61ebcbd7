"""Problems with what we were given: where, what was said, and what to do about it.

A problem is a value. It is collected, sorted and rendered like any other result; only the command line turns a
collection of them into exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Text(NamedTuple):
    """The same words in both languages of the product."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """The words in ``lang``, which is ``"zh"`` or ``"en"``."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Somewhere in an input: a file, and inside it a line and column (from 1; 0 where there is none) and a path.

    In a workbook it is a cell of a sheet, and reads as people name it: ``questions.xlsx: Facts!E12``.
    """

    file: str
    sheet: str = field(default="", kw_only=True)
    line: int = 0
    column: int = 0
    path: str = ""

    @property
    def inside(self) -> str:
        """Where inside its file it is, in words that need no translation: line and column, or sheet and cell."""
        if self.sheet:
            cell = f"!{letters(self.column)}{self.line}" if self.line and self.column else f"!{self.line}" if self.line else ""
            return self.sheet + cell
        return f"{self.line}:{self.column}" if self.line else ""

    def __str__(self) -> str:
        joint = ": " if self.sheet else ":"
        where = f"{self.file}{joint}{self.inside}" if self.inside else self.file
        return f"{where}: {self.path}" if self.path else where


def letters(column: int) -> str:
    """The letters of a workbook's column, counted from 1."""
    rest, last = divmod(column - 1, 26)
    return (letters(rest) if rest else "") + chr(ord("A") + last)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and its remedy.

    ``code`` names the kind of problem and is stable; ``fatal`` is false for a warning, which never stops a check.
    """

    place: Place
    code: str
    said: Text
    remedy: Text
    fatal: bool = True

    def in_language(self, lang: str) -> str:
        """The problem as one line: place, what is wrong, what to do."""
        colon = "：" if lang == "zh" else ": "
        kind = Text("错误" if self.fatal else "警告", "error" if self.fatal else "warning").in_language(lang)
        gap = "" if lang == "zh" else " "
        return f"{self.place}: {kind}{colon}{self.said.in_language(lang)}{gap}{self.remedy.in_language(lang)}"


class InputError(Exception):
    """The input cannot be used; carries every problem that was found in it, in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.place, problem.code)))
        super().__init__("\n".join(problem.in_language("en") for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """How it travels from one process to another."""
        return type(self), (self.problems,)


class DisagreementError(Exception):
    """Two evaluators gave one clause different verdicts: our bug, never a report. ``clauses`` names each of them."""

    def __init__(self, clauses: dict[str, tuple[str, str]]) -> None:
        self.clauses = clauses
        told = "; ".join(f"{clause}: {left} / {right}" for clause, (left, right) in sorted(clauses.items()))
        super().__init__(f"the rule engine and the reference evaluator disagree: {told}")
