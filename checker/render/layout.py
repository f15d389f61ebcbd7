"""What every form for terminals shares: marks, colours, names, and lines folded to a width."""

from __future__ import annotations

import re
from collections.abc import Iterable

import typer
from rich.cells import cell_len

from checker.conditions import Verdict
from checker.errors import Text
from checker.packs import MODALITIES, Modality
from checker.render.view import View

MODALITY_NAMES: dict[Modality, Text] = MODALITIES
KIND_NAMES: dict[str, Text] = {
    "requirement": Text("要求", "requirement"),
    "precondition": Text("申请条件", "precondition"),
    "indicator": Text("指标", "indicator"),
    "bonus": Text("加分项", "bonus"),
    "deduction": Text("减分项", "deduction"),
    "disclosure": Text("披露项", "disclosure"),
    "procedure": Text("程序", "procedure"),
    "consistency": Text("一致性检查", "consistency check"),
}
MARKS: dict[Verdict, str] = {"satisfied": "✓", "violated": "✗", "unknown": "?", "not_applicable": "–"}
#: Colours as typer and rich both name them.
COLOURS: dict[Verdict, str] = {"satisfied": "green", "violated": "red", "unknown": "yellow", "not_applicable": "bright_black"}

#: The colour of what is only there for orientation.
FAINT = "bright_black"

#: What a line is never broken inside: an opening mark with what follows, a character or word with its closing marks.
_UNBREAKABLE = re.compile(r"\s*[（“〔「《]*(?:[\u2e80-\u9fff\uff00-\uff60]|[^\s\u2e80-\uff60]+|\S)[，。；：、）”〕」》！？…]*|\s+")


def dressed(said: str, view: View, colour: str | None = None, *, bold: bool = False, underline: bool = False) -> str:
    """A text in a colour, bold or underlined, where the view wants colours."""
    if not view.colour:
        return said
    return typer.style(said, fg=colour, bold=bold or None, underline=underline or None)


def padded(said: str, width: int, *, right: bool = False) -> str:
    """A text filled with blanks to a number of columns; a Chinese character takes two."""
    blanks = " " * (width - cell_len(said))
    return blanks + said if right else said + blanks


def widest(said: Iterable[str]) -> int:
    """How many columns the widest of some texts takes."""
    return max(map(cell_len, said), default=0)


def folded(said: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` columns, broken between any two Chinese characters and between words.

    No line begins with a closing mark. A word that is wider than a line is broken inside.
    """
    lines, line, used = [], "", 0
    for part in _UNBREAKABLE.findall(said):
        size = cell_len(part)
        if used + size > width and line:
            lines.append(line.rstrip())
            line, used = "", 0
            part = part.lstrip()  # noqa: PLW2901  # a line does not begin with the blank it was broken at
            size = cell_len(part)
        while size > width:
            lines.append(part[:width])
            part = part[width:]  # noqa: PLW2901  # only long words come here, one column a character
            size = cell_len(part)
        line, used = line + part, used + size
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def note_of(note: Text, view: View) -> str:
    """A note on the source, said to be one."""
    return view.say(Text("注：", "Note: ")) + view.say(note)
