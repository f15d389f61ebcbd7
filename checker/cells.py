"""Texts on their way into cells of a workbook: any text arrives as it is, whatever the library that writes it makes of it."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterable

from rich.cells import cell_len

from checker.workbooks import escaped

#: What a cell of Excel holds at most, in units of UTF-16.
CELL_LIMIT = 32_767
#: Excel keeps as many digits of a number.
DIGITS = 15
#: How high a line of text is, and the highest row there can be, in points.
_LINE, _HIGHEST = 13, 409
#: What xlsxwriter does not write as it stands: ``_x0041_`` beside another, control characters, what it takes for markup (``<r>``); and our own marks.
_RISKY = re.compile("_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b-\x1f\ufffe\uffff\ue000]|^<r>")
_MARK = re.compile("<t>(\ue000[0-9]+\ue000)</t>")


def length(text: str) -> int:
    """How much of a cell a text takes, in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def height(texts: Iterable[tuple[str, int]]) -> int:
    """How high a row has to be, in points, for texts that are folded, each in a column so many characters wide.

    Excel would find out by itself; not every program does, and nobody should meet half a sentence.
    """
    lines = max((sum(-(-max(cell_len(line), 1) // max(width - 1, 1)) for line in text.split("\n")) for text, width in texts), default=1)
    return min(_LINE * lines + 3, _HIGHEST)


class Texts:
    """The texts of one workbook: marks are written in place of risky ones, and give way to them when the workbook is done."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def safe(self, text: str) -> str:
        """The text, or a mark in its place where the library would not write it as it stands."""
        if not _RISKY.search(text):
            return text
        mark = f"\ue000{len(self._held)}\ue000"
        self._held[mark] = text
        return mark

    def restored(self, content: bytes) -> bytes:
        """The finished workbook with texts in the places of their marks, escaped as Excel wants it."""
        if not self._held:
            return content
        changed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
            for entry in before.infolist():
                part = before.read(entry)
                if entry.filename == "xl/sharedStrings.xml":
                    part = _MARK.sub(lambda found: f'<t xml:space="preserve">{html.escape(escaped(self._held[found[1]]), quote=False)}</t>', part.decode()).encode()
                after.writestr(entry, part)
        return changed.getvalue()
