"""Forms of a report: equals, one file each, named in one table; each turns a report into bytes (``render``) and knows no other.

A form of which several may stand in one output says how (``join``); of the others each company has a file of its own. Adding a
form is a new file and a line in :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from checker.render.view import View
from checker.report import Report

Render = Callable[[Report, View], bytes]
Join = Callable[[Sequence[bytes]], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a report: the module whose ``render`` makes it, what its files end in, and whether a terminal can show it."""

    module: str
    ending: str
    binary: bool = False

    def load(self) -> tuple[Render, Join | None]:
        """What renders one report, and what joins several rendered ones to one output, where that can be done."""
        module = import_module(self.module)
        return module.render, getattr(module, "join", None)


#: What a user types after ``--format``, or ends the name of a file in. Loaded when asked for.
FORMATS: dict[str, Format] = {
    "text": Format("checker.render.formats.text", ".txt"),
    "json": Format("checker.render.formats.json_", ".json"),
    "html": Format("checker.render.formats.html_", ".html"),
    "xlsx": Format("checker.render.formats.xlsx", ".xlsx", binary=True),
    "docx": Format("checker.render.formats.docx_", ".docx", binary=True),
    "markdown": Format("checker.render.formats.markdown", ".md"),
    "csv": Format("checker.render.formats.csv_", ".csv"),
    "junit": Format("checker.render.formats.junit", ".xml"),
    "sarif": Format("checker.render.formats.sarif", ".sarif"),
    "oscal": Format("checker.render.formats.oscal", ".oscal.json"),
}
