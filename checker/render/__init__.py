"""Forms of a report: equals, one file each, named in one table; each turns a report into bytes (``render``), says how several
stand in one output (``join``), and knows no other.

Adding one is a new file and a line in :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from checker.render.view import View
from checker.report import Report

#: What a user types after ``--format``, and the module whose ``render`` makes it. Loaded when asked for.
FORMATS: dict[str, str] = {
    "text": "checker.render.text",
    "json": "checker.render.json_",
}


def renderer(name: str) -> tuple[Callable[[Report, View], bytes], Callable[[Sequence[bytes]], bytes]]:
    """For the format of that name: what renders one report, and what joins several rendered ones to one output."""
    module = import_module(FORMATS[name])
    return module.render, module.join
