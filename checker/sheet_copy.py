"""A copy of a workbook's XML that we write ourselves, of the few elements that hold answers: what a library reads is this, never the original.

Everything else (definitions of names, formats of cells, drawings, validations) is left out, since each is one more way to hang a reader.
Rows and cells have to stand in the order that every program writes them in; a reader would drop what does not, in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat  # it refuses every document type, see Copy
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
#: The same in the strict form of the standard (ISO/IEC 29500), which Excel writes when asked to.
_STRICT = {"http://purl.oclc.org/ooxml/spreadsheetml/main": MAIN, "http://purl.oclc.org/ooxml/officeDocument/relationships": OFFICE}
#: What may stand in what, and which attributes are kept.
_KEPT: dict[str, dict[str, tuple[str, ...]]] = {
    "workbook": {"workbookPr": ("date1904",), "sheets": (), "sheet": ("name", "sheetId", f"{OFFICE} id")},
    "worksheet": {"sheetData": (), "row": ("r",), "c": ("r", "t", "s"), "v": (), "f": (), "is": (), "t": (), "r": ()},
    "sst": {"si": (), "t": (), "r": ()},
    "styleSheet": {"numFmts": (), "numFmt": ("numFmtId", "formatCode"), "cellXfs": (), "xf": ("numFmtId",)},
    "Relationships": {"Relationship": ("Id", "Type", "Target", "TargetMode")},
}
#: Where answers are: what stands there and is not known would be lost.
_ANSWERS = frozenset({"sheetData", "row", "c", "is", "si"})
#: Inside answers, what may be left out: looks, the sound of Chinese words, what later versions add.
_IGNORED = frozenset({"rPr", "rPh", "phoneticPr", "extLst"})
#: How many elements all parts have together; a full questionnaire has 100,000. XML parsers and readers recurse.
ELEMENT_LIMIT, _DEPTH_LIMIT, _ATTRIBUTES = 1_500_000, 100, 100
#: A row cannot have more cells than there are columns in Excel, nor a sheet more rows.
CELLS_IN_A_ROW, LAST_ROW = 16_384, 1_048_576
#: How long an attribute that is kept may be, a text of a cell with every character as an escape (``_x0041_``), and what is told of a formula.
_ATTRIBUTE, _TEXT, _FORMULA = 500, 7 * 32_767, 100
#: How many formats of numbers and of cells there may be; Excel has 65,490 at most.
_STYLES = 70_000
#: XML is looked through in pieces of this size; a piece without a tag belongs to no workbook.
_PIECE = 1 << 18
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")


class TooLargeError(Exception):
    """More than any questionnaire has."""


class OddError(Exception):
    """Something that no program writes; in words of both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Copier:
    """Copies the parts of one workbook; its limits are for all of them together."""

    def __init__(self) -> None:
        self.elements = self.styles = 0

    def copy(self, part: bytes) -> Copy:
        """One part.

        Raises:
            TooLargeError, OddError: it belongs to no questionnaire.
        """
        made = Copy(self)
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = made.start, made.end, made.text
        parser.StartDoctypeDeclHandler = _refuse
        try:
            for start in range(0, len(part), _PIECE):
                piece = part[start : start + _PIECE]
                if b"<" not in piece and len(piece) == _PIECE:
                    raise TooLargeError
                parser.Parse(piece, start + _PIECE >= len(part))
        except expat.ExpatError as error:
            raise OddError("内部 XML 有误", "there is an error in its XML") from error
        return made


class Copy:
    """The copy of one part: its ``root``, what was written, and what is to be known of it."""

    def __init__(self, copier: Copier) -> None:
        self.root = ""
        self.attributes: list[tuple[str, Mapping[str, str]]] = []
        self.merged: list[str] = []
        self.texts = 0
        self.rows = 0
        self.highest_shared = -1
        self._copier = copier
        self._written: list[str] = []
        self._stack: list[str] = []
        self._skipped = 0
        self._row = self._column = self._length = 0
        self._type = ""

    @property
    def content(self) -> bytes:
        """The copy as XML; nothing of a part of no kind that we know."""
        return "".join(self._written).encode()

    # --- what expat finds

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._copier.elements += 1
        if self._copier.elements > ELEMENT_LIMIT or len(self._stack) + self._skipped > _DEPTH_LIMIT or len(attributes) > _ATTRIBUTES:
            raise TooLargeError
        if self.root == "worksheet" and qualified.endswith(" mergeCell"):
            self.merged.append(attributes.get("ref", "")[:20])
        if self._skipped:
            self._skipped += 1
            return
        space, _, name = qualified.rpartition(" ")
        space = _STRICT.get(space, space)
        if not self._stack:
            self._begin(space, name)
        elif name not in _KEPT.get(self.root, {}) or space not in (MAIN, PACKAGE):
            if self._stack[-1] in _ANSWERS and (name not in _IGNORED or space not in (MAIN, "")):
                raise OddError(f"单元格之间有不认识的内容（{name[:40]}）", f"between its cells stands something unknown ({name[:40]})")
            self._skipped = 1
        else:
            self._stack.append(name)
            self._open(name, {_STRICT.get(key.rpartition(" ")[0], key.rpartition(" ")[0]) + " " * (" " in key) + key.rpartition(" ")[2]: value
                              for key, value in attributes.items()})

    def end(self, _: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
        elif self._stack:
            name = self._stack.pop()
            if self.root:
                self._written.append(f"</{name}>")

    def text(self, said: str) -> None:
        """Characters; only those of values, formulas and texts are kept."""
        if self._skipped or not self._stack or self._stack[-1] not in ("v", "f", "t"):
            return
        self._length += len(said)
        if self._length > _TEXT:
            raise TooLargeError
        if self._stack[-1] == "v":
            self._check_value(said)
        if self._stack[-1] != "f" or self._length <= _FORMULA:
            self._written.append(escape(said, {"\r": "&#13;"}))

    # --- what is written

    def _begin(self, space: str, name: str) -> None:
        self.root = name if space in (MAIN, PACKAGE) and name in _KEPT else ""
        self._stack.append(name)
        self._written.append(f'<{name} xmlns="{space}" xmlns:r="{OFFICE}">' if self.root else "")

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        kept = {key: attributes[key] for key in _KEPT[self.root][name] if key in attributes}
        self._copier.styles += name in ("xf", "numFmt")
        if any(len(value) > _ATTRIBUTE for value in kept.values()) or self._copier.styles > _STYLES:
            raise TooLargeError
        if name == "row":
            kept["r"] = str(self._next_row(kept.get("r")))
        elif name == "c":
            kept["r"] = self._next_cell(kept.get("r"))
            self._type = kept.get("t", "n")
        if name in ("si", "c"):
            self._length = 0
            self.texts += name == "si"
        if name in ("sheet", "Relationship", "workbookPr"):
            self.attributes.append((name, kept))
        told = "".join(f" {key.replace(OFFICE + ' ', 'r:')}={quoteattr(value)}" for key, value in kept.items())
        preserved = ' xml:space="preserve"' if name == "t" else ""
        self._written.append(f"<{name}{told}{preserved}>")

    def _next_row(self, said: str | None) -> int:
        number = self._row + 1 if said is None else int(said[:8]) if said.isascii() and said.isdigit() else 0
        if number > LAST_ROW:
            raise TooLargeError
        if number <= self._row or self._stack[-2] != "sheetData":
            raise OddError(f"行的次序不合常规（{(said or '')[:20]}）", f"its rows stand in no order ({(said or '')[:20]})")
        self._row, self._column = number, 0
        self.rows += 1
        return number

    def _next_cell(self, said: str | None) -> str:
        found = _REFERENCE.fullmatch(said) if said is not None else None
        column = self._column + 1 if said is None else _column(found[1]) if found and int(found[2]) == self._row else 0
        if column > CELLS_IN_A_ROW:
            raise TooLargeError
        if column <= self._column or self._stack[-2] != "row":
            raise OddError(f"单元格的次序不合常规（{(said or '')[:20]}）", f"its cells stand in no order ({(said or '')[:20]})")
        self._column = column
        return f"{_letters(column)}{self._row}"

    def _check_value(self, said: str) -> None:
        """Numbers as XML writes them: a reader takes ``1_000`` and ``-1`` from the end of a list, too."""
        if self._type == "s":
            if not (said.isascii() and said.isdigit() and len(said) < 10):
                raise OddError(f"文字的编号不合常规（{said[:20]}）", f"a text has no proper number ({said[:20]})")
            self.highest_shared = max(self.highest_shared, int(said))
        elif self._type == "n" and said.strip() and not _NUMBER.fullmatch(said.strip()) and said.strip() not in ("NaN", "INF", "-INF"):
            raise OddError(f"数的写法不合常规（{said[:20]}）", f"a number is written as nobody writes it ({said[:20]})")


def _refuse(*_: Any) -> None:
    raise OddError("内部 XML 带有文档类型或实体定义", "its XML defines a document type or entities")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    rest, last = divmod(column - 1, 26)
    return (_letters(rest) if rest else "") + chr(ord("A") + last)
