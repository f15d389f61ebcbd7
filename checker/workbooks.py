"""The only reader of workbooks (.xlsx): bytes in, sheets of typed cells out. It knows nothing of facts and trusts nothing.

A workbook is a zip of XML, made by strangers. Everything is unpacked here first, piece by piece and within limits, looked through
(no document types and so no entities, no endless lists or nesting), and packed again; openpyxl only ever sees that copy, so that
no trick of a zip directory reaches it. Numbers leave exact, as Excel shows them: with 15 significant digits.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from xml.parsers import expat  # it refuses every document type, see _Examiner

from checker.errors import InputError, Place, Text
from checker.load import COMPOUND, ZIP
from checker.wording import problem

#: All parts of a workbook together, unpacked; in bytes. A questionnaire of 1,600 facts has 3 MB.
UNPACKED_LIMIT = 60_000_000
#: How many parts a workbook has at most, and how many XML elements all of them together; a full questionnaire has 100,000.
PART_LIMIT, ELEMENT_LIMIT = 1_000, 1_500_000
#: Of other elements than rows, cells and texts, which openpyxl builds objects from, all at once; Excel itself has at most 65,000 styles.
OBJECT_LIMIT = 200_000
_STREAMED = frozenset({"row", "c", "v", "f", "is", "si", "t", "r"})
#: Nobody fills in more by hand. A cell further off that is only formatted does no harm: LibreOffice leaves some in the very last row.
ROW_LIMIT, COLUMN_LIMIT = 20_000, 256
#: The last row of any sheet, and how many blank rows far below and blank cells far to the right are looked at.
_LAST_ROW, _BLANK_ROWS, _BLANKS = 1_048_576, 16 * 1_048_576, 2_000_000
#: Of an element; XML parsers and openpyxl recurse.
_DEPTH_LIMIT, _ATTRIBUTE_LIMIT = 100, 200
#: A row cannot have more cells than there are columns in Excel.
_CELLS_IN_A_ROW = 16_384
#: XML is looked through in pieces of this size; a piece without a tag belongs to no workbook.
_PIECE = 1 << 18

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
#: What openpyxl would drop from a text: it takes ``x005F_`` for the end of an escaped underscore wherever it stands.
_DROPPED = re.compile(rb"_x[0-9A-Fa-f]{4}_|x(?=005F_)")
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell that holds no plain value: a formula, an error such as ``#N/A``, or a time of day."""

    kind: Literal["formula", "error", "moment"]
    said: str


Content = str | bool | int | Decimal | date | Odd


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its title, and the cells that hold something, by row and column, both counted from 1."""

    title: str
    rows: Mapping[int, Mapping[int, Content]]


class _UnfitError(Exception):
    """Why a workbook is refused: a code of the catalogue and its words."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code, self.words = code, words


def read_workbook(content: bytes, name: str) -> list[Grid]:
    """The sheets of a workbook.

    Raises:
        InputError: one problem: no workbook, of an old kind, protected, too large, or it draws on something outside.
    """
    try:
        parts, crowded = _parts(content)
        return list(_grids(_packed(parts), name, crowded=crowded))
    except _UnfitError as error:
        raise InputError([problem(Place(name), error.code, **error.words)]) from None


def escaped(text: str) -> str:
    """A text as Excel keeps it: characters that XML cannot hold as ``_xHHHH_``, and what looks like that as ``_x005F_xHHHH_``."""
    safe = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", safe)


def unescaped(text: str) -> str:
    """The text that :func:`escaped` was given."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if any("\ud800" <= character <= "\udfff" for character in plain):
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return plain


# --- unpacking ----------------------------------------------------------------------------------------------------


def _parts(content: bytes) -> tuple[dict[str, bytes], bool]:
    """Every part of the archive by its name, looked through, and whether a sheet has too many rows, blank ones too."""
    if content.startswith(COMPOUND):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise _UnfitError("workbook_protected" if encrypted else "workbook_old")
    if not content.startswith(ZIP):
        raise _no_workbook("内容不是压缩的工作簿", "its content is not that of one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            return _unpacked(archive, entries)
    except _UnfitError:
        raise
    except Exception as error:  # hostile bytes fail in more ways than zipfile names
        raise _no_workbook("压缩包已损坏", "the archive is damaged") from error


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    """What the archive's directory says of itself."""
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise _UnfitError("workbook_protected")
    if len(entries) > PART_LIMIT or sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
        raise _too_large()
    if len(set(names)) < len(names) or any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _no_workbook("压缩包不合常规", "no program packs one so")
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise _no_workbook("格式不是 .xlsx", "the format is not .xlsx")
    outside = next((name for name in names if name.startswith(("xl/externallinks/", "xl/connections.xml", "xl/querytables/"))), None)
    if outside:
        raise _UnfitError("workbook_external", part=outside)


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> tuple[dict[str, bytes], bool]:
    """The content of every entry; a reader that is asked for little at a time never makes much at once."""
    examiner, found = _Examiner(), {}
    for entry in entries:
        content = bytearray()
        with archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                content += piece
        part = bytes(content)
        if part.lstrip(b"\xff\xfe\xef\xbb\xbf\x00 \t\r\n")[:1] == b"<":
            examiner.look_through(part)
            part = _DROPPED.sub(_kept, part) if b"x005F_" in part else part
        found[entry.filename] = part
    return found, examiner.crowded


def _kept(found: re.Match[bytes]) -> bytes:
    """An escape in a spelling that openpyxl leaves alone and :func:`unescaped` knows."""
    return {b"_x005F_": b"_x005f_", b"x": b"_x0078_"}.get(found[0], found[0])


class _Examiner:
    """Counts what stands in the XML of a workbook, and refuses what belongs to none."""

    def __init__(self) -> None:
        self.crowded = False
        self._elements = self._objects = self._depth = self._rows = self._cells = 0

    def look_through(self, part: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartDoctypeDeclHandler = self._refuse
        self._depth = self._rows = self._cells = 0
        try:
            for start in range(0, len(part), _PIECE):
                piece = part[start : start + _PIECE]
                if b"<" not in piece and len(piece) == _PIECE:
                    raise _too_large()
                parser.Parse(piece, start + _PIECE >= len(part))
        except expat.ExpatError as error:
            raise _no_workbook("内部 XML 有误", "there is an error in its XML") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        kind = name.rpartition(":")[2]
        self._cells = 0 if kind == "row" else self._cells + (kind == "c")
        self._objects += kind not in _STREAMED
        self._rows += kind == "row"
        self.crowded |= self._rows > ROW_LIMIT
        if self._elements > ELEMENT_LIMIT or self._objects > OBJECT_LIMIT or self._cells > _CELLS_IN_A_ROW or self._depth > _DEPTH_LIMIT or len(attributes) > _ATTRIBUTE_LIMIT:
            raise _too_large()

    def _end(self, name: str) -> None:
        del name
        self._depth -= 1

    def _refuse(self, *_: object) -> None:
        raise _no_workbook("内部 XML 带有文档类型或实体定义", "its XML defines a document type or entities")


def _packed(parts: Mapping[str, bytes]) -> io.BytesIO:
    """The parts as an archive of our own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return packed


def _too_large() -> _UnfitError:
    return _UnfitError("workbook_too_large", limit=UNPACKED_LIMIT // 1_000_000, elements=f"{ELEMENT_LIMIT:,}")


def _no_workbook(zh: str, en: str) -> _UnfitError:
    return _UnfitError("not_workbook", reason=Text(zh, en))


# --- cells --------------------------------------------------------------------------------------------------------


def _grids(archive: io.BytesIO, name: str, *, crowded: bool) -> Iterator[Grid]:
    import openpyxl  # here, because only workbooks need it and it takes as long to import as a check

    assert openpyxl.DEFUSEDXML, "defusedxml is among the requirements"
    looked_at = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out (drawings, extensions) holds no answers
            book = openpyxl.load_workbook(archive, read_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # a file may claim fewer rows than it has
                title = "".join(character if character.isprintable() else "�" for character in unescaped(sheet.title))
                rows, last = _rows(sheet, Place(name, sheet=title), crowded=crowded or looked_at > _BLANK_ROWS)
                looked_at += last
                yield Grid(title, rows)
    except (InputError, _UnfitError):
        raise
    except Exception as error:  # hostile bytes fail in more ways than openpyxl names
        raise _no_workbook("其中的部件拼不成工作簿", "its parts do not make one") from error


def _rows(sheet: Any, place: Place, *, crowded: bool) -> tuple[dict[int, dict[int, Content]], int]:
    """The cells that hold something, and the last row; where it is ``crowded``, blank rows count."""
    found, blanks, number = {}, 0, 0
    lowest = ROW_LIMIT if crowded else _LAST_ROW
    for number, row in enumerate(sheet.iter_rows(), 1):
        if not row and number <= lowest:
            continue
        cells = {column: content for column, cell in enumerate(row, 1) if cell.value is not None and (content := _content(cell)) is not None}
        if number > (ROW_LIMIT if cells else lowest):
            raise InputError([problem(Place(place.file, number, sheet=place.sheet), "too_many_rows", limit=f"{ROW_LIMIT:,}")])
        blanks += max(0, len(row) - COLUMN_LIMIT)
        last = max(cells, default=0)
        if last > COLUMN_LIMIT or blanks > _BLANKS:
            raise InputError([problem(Place(place.file, number, max(last, COLUMN_LIMIT + 1), sheet=place.sheet), "too_many_columns", limit=COLUMN_LIMIT)])
        if cells:
            found[number] = cells
    return found, number


def _content(cell: Any) -> Content | None:
    """What stands in a cell; nothing where it is blank."""
    value = cell.value
    if cell.data_type == "f":
        return Odd("formula", str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return Odd("error", str(value))
    if isinstance(value, str):
        text = unescaped(value)
        return text if text.strip() else None
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else Odd("moment", str(value))
    if isinstance(value, bool | int | date):
        return value
    return _exact(value) if isinstance(value, float) else Odd("moment", str(value))


def _exact(number: float) -> int | Decimal | Odd:
    """The number that Excel shows for a binary one."""
    shown = Decimal(format(number, ".15g"))
    if not shown.is_finite():
        return Odd("error", str(shown))
    return int(shown) if shown == shown.to_integral_value() else shown
