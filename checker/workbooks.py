"""The only reader of workbooks (.xlsx): bytes in, sheets of typed cells out. It knows nothing of facts and trusts nothing.

A workbook is a zip of XML, made by strangers. Everything is unpacked here first, piece by piece and within limits, and what holds
answers is copied (:mod:`checker.sheet_copy`) into a workbook of our own; openpyxl only ever sees that, so that no trick of a zip
directory, of a relation between parts, or of what it parses beside cells reaches it. Numbers leave exact, as Excel shows them: with 15 significant digits.
"""

from __future__ import annotations

import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from checker.errors import InputError, Place, Text
from checker.load import COMPOUND, ZIP
from checker.sheet_copy import (
    CELLS_IN_A_ROW,
    ELEMENT_LIMIT,
    LAST_ROW,
    MAIN,
    OFFICE,
    PACKAGE,
    Copier,
    Copy,
    OddError,
    TooLargeError,
)
from checker.wording import problem

#: All parts of a workbook together, unpacked, and the texts of all its cells; in bytes. A questionnaire of 1,600 facts has 3 MB.
UNPACKED_LIMIT = 60_000_000
#: How many parts a workbook has at most, and how many sheets.
PART_LIMIT, SHEET_LIMIT = 1_000, 100
#: Nobody fills in more by hand. A cell further off that is only formatted does no harm: LibreOffice leaves some in the very last row.
ROW_LIMIT, COLUMN_LIMIT = 20_000, 256
#: How many blank rows far below and blank cells far to the right are looked at.
_BLANK_ROWS, _BLANKS = 16 * LAST_ROW, 2_000_000
#: Parts are unpacked in pieces of this size.
_PIECE = 1 << 18

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
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
    """One sheet: its title, the cells that hold something, by row and column, both counted from 1, and the ranges that are merged
    (first row, first column, last row, last column).
    """

    title: str
    rows: Mapping[int, Mapping[int, Content]]
    merged: tuple[tuple[int, int, int, int], ...] = ()


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
        copies = _copies(content)
        crowded = any(copy.rows > ROW_LIMIT for copy in copies.values())
        packed, sheets = _packed(copies)
        return list(_grids(packed, sheets, name, crowded=crowded))
    except _UnfitError as error:
        raise InputError([problem(Place(name), error.code, **error.words)]) from None
    except (TooLargeError, MemoryError):
        raise InputError([problem(Place(name), "workbook_too_large", limit=UNPACKED_LIMIT // 1_000_000, elements=f"{ELEMENT_LIMIT:,}")]) from None
    except OddError as odd:
        raise InputError([problem(Place(name), "not_workbook", reason=Text(odd.zh, odd.en))]) from None


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


def _copies(content: bytes) -> dict[str, Copy]:
    """A copy of every part that a questionnaire consists of, by its name in lower case: names of parts differ in more than that."""
    if content.startswith(COMPOUND):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise _UnfitError("workbook_protected" if encrypted else "workbook_old")
    if not content.startswith(ZIP):
        raise OddError("内容不是压缩的工作簿", "its content is not that of one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries)
            return _copied(archive, entries)
    except (_UnfitError, TooLargeError, OddError, MemoryError):
        raise
    except Exception as error:  # hostile bytes fail in more ways than zipfile names
        raise OddError("压缩包已损坏", "the archive is damaged") from error


def _check_directory(entries: list[zipfile.ZipInfo]) -> None:
    """What the archive's directory says of itself."""
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise _UnfitError("workbook_protected")
    if len(entries) > PART_LIMIT or sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
        raise TooLargeError
    if len(set(names)) < len(names) or any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise OddError("压缩包不合常规", "no program packs one so")
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise OddError("格式不是 .xlsx", "the format is not .xlsx")
    outside = next((name for name in names if name.startswith(("xl/externallinks/", "xl/connections.xml", "xl/querytables/"))), None)
    if outside:
        raise _UnfitError("workbook_external", part=outside)


def _copied(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, Copy]:
    """The copies; a reader that is asked for little at a time never unpacks much at once."""
    copier, found = Copier(), {}
    for entry in entries:
        content = bytearray()
        with archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                content += piece
        part = bytes(content)
        if part.lstrip(b"\xff\xfe\xef\xbb\xbf\x00 \t\r\n")[:1] == b"<":
            copy = copier.copy(part)
            if copy.root:
                found[entry.filename.lower()] = copy
    return found


def _packed(copies: Mapping[str, Copy]) -> tuple[io.BytesIO, list[Copy]]:
    """The copies as a workbook of our own, with every sheet that the original lists, and these sheets."""
    books = [(name, copy) for name, copy in copies.items() if copy.root == "workbook"]
    if len(books) != 1:
        raise OddError("其中没有工作簿", "there is no workbook in it")
    (name, book), = books
    sheets = _sheets(name, book, copies)
    shared, styles = _only("sst", copies), _only("styleSheet", copies)
    if any(copy.highest_shared >= (shared.texts if shared else 0) for _, copy in sheets):
        raise OddError("单元格引用了没有的文字", "a cell refers to a text that is not there")
    parts = {f"worksheets/sheet{number}.xml": copy.content for number, (_, copy) in enumerate(sheets, 1)}
    parts |= {"sharedStrings.xml": shared.content} if shared else {}
    parts |= {"styles.xml": styles.content} if styles else {}
    kinds = {part: part.partition("/")[0].removesuffix(".xml") for part in parts}
    kinds = {part: "worksheet" if kind == "worksheets" else kind for part, kind in kinds.items()}
    listed = "".join(f'<sheet name={quoteattr(title)} sheetId="{number}" r:id="rId{number}"/>' for number, (title, _) in enumerate(sheets, 1))
    related = "".join(f'<Relationship Id="rId{number}" Type="{OFFICE}/{kinds[part]}" Target="{part}"/>' for number, part in enumerate(parts, 1))
    typed = "".join(f'<Override PartName="/xl/{part}" ContentType="{_TYPE}.{kinds[part]}+xml"/>' for part in parts)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
                         f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{typed}</Types>')
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{_since(book)}<sheets>{listed}</sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>')
        for part, content in parts.items():
            archive.writestr(f"xl/{part}", _DROPPED.sub(_kept, content) if b"x005F_" in content else content)
    return packed, [copy for _, copy in sheets]


def _sheets(name: str, book: Copy, copies: Mapping[str, Copy]) -> list[tuple[str, Copy]]:
    """The sheets of answers in the order of the workbook, by title; a sheet that is listed and not there would be lost in silence."""
    folder, _, file = name.rpartition("/")
    relations = copies.get(f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels")
    related = {found.get("Id"): found for kind, found in relations.attributes if kind == "Relationship"} if relations else {}
    sheets: list[tuple[str, Copy]] = []
    for _, listed in (found for found in book.attributes if found[0] == "sheet"):
        title, relation = listed.get("name", ""), related.get(listed.get(f"{OFFICE} id"), {})
        target = unquote(relation.get("Target", ""))
        part = posixpath.normpath(target if target.startswith("/") else f"/{folder}/{target}").lstrip("/").lower()
        copy = copies.get(part) if relation.get("TargetMode", "Internal") == "Internal" else None
        if copy is None and relation.get("Type", "").rpartition("/")[2] in ("chartsheet", "dialogsheet", "xlMacrosheet"):
            continue
        if any(copy is other for _, other in sheets):
            raise OddError("部件重复", "it has a part twice")
        if copy is None or copy.root != "worksheet":
            raise OddError(f"工作表“{title[:40]}”的内容不见了", f"the content of its sheet \"{title[:40]}\" is not there")
        sheets.append((title, copy))
    if len(sheets) > SHEET_LIMIT:
        raise TooLargeError
    return sheets


def _only(root: str, copies: Mapping[str, Copy]) -> Copy | None:
    """The part of a kind of which there is one at most."""
    found = [copy for copy in copies.values() if copy.root == root]
    if len(found) > 1:
        raise OddError("部件重复", "it has a part twice")
    return found[0] if found else None


def _since(book: Copy) -> str:
    """Whether days are counted from 1904, as old programs of Apple's do."""
    return '<workbookPr date1904="1"/>' if any(kind == "workbookPr" and found.get("date1904") in ("1", "true") for kind, found in book.attributes) else ""


def _kept(found: re.Match[bytes]) -> bytes:
    """An escape in a spelling that openpyxl leaves alone and :func:`unescaped` knows."""
    return {b"_x005F_": b"_x005f_", b"x": b"_x0078_"}.get(found[0], found[0])


# --- cells --------------------------------------------------------------------------------------------------------


def _grids(archive: io.BytesIO, copies: Sequence[Copy], name: str, *, crowded: bool) -> Iterator[Grid]:
    import openpyxl  # here, because only workbooks need it and it takes as long to import as a check

    assert openpyxl.DEFUSEDXML, "defusedxml is among the requirements"
    looked_at, texts = 0, _Texts()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl leaves out (drawings, extensions) holds no answers
            book = openpyxl.load_workbook(archive, read_only=True, keep_links=False)
            for sheet, copy in zip(book.worksheets, copies, strict=True):
                sheet.reset_dimensions()  # a file may claim fewer rows than it has
                title = "".join(character if character.isprintable() else "�" for character in unescaped(sheet.title))
                rows, last = _rows(sheet, Place(name, sheet=title), texts, crowded=crowded or looked_at > _BLANK_ROWS)
                looked_at += last
                yield Grid(title, rows, tuple(_range(found) for found in copy.merged))
    except (InputError, TooLargeError, MemoryError):
        raise
    except Exception as error:  # hostile bytes fail in more ways than openpyxl names
        raise OddError("其中的部件拼不成工作簿", "its parts do not make one") from error


def _range(said: str) -> tuple[int, int, int, int]:
    """A range such as ``A3:B5``."""
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(said)
    return top or 1, left or 1, bottom or LAST_ROW, right or CELLS_IN_A_ROW


class _Texts:
    """The texts of all cells; many cells may share one, and none is worked on twice."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}
        self._length = 0

    def plain(self, text: str) -> str | None:
        """What a text says, or nothing where it is blank.

        Raises:
            TooLargeError: the cells say more than the workbook could hold.
        """
        if text not in self._known:
            plain = unescaped(text)
            self._known[text] = plain if plain.strip() else None
        self._length += len(text)
        if self._length > UNPACKED_LIMIT:
            raise TooLargeError
        return self._known[text]


def _rows(sheet: Any, place: Place, texts: _Texts, *, crowded: bool) -> tuple[dict[int, dict[int, Content]], int]:
    """The cells that hold something, and the last row; where it is ``crowded``, blank rows count."""
    found, blanks, number = {}, 0, 0
    lowest = ROW_LIMIT if crowded else LAST_ROW
    for number, row in enumerate(sheet.iter_rows(), 1):
        if not row and number <= lowest:
            continue
        cells = {column: content for column, cell in enumerate(row, 1) if cell.value is not None and (content := _content(cell, texts)) is not None}
        if number > (ROW_LIMIT if cells else lowest):
            raise InputError([problem(Place(place.file, number, sheet=place.sheet), "too_many_rows", limit=f"{ROW_LIMIT:,}")])
        blanks += max(0, len(row) - COLUMN_LIMIT)
        last = max(cells, default=0)
        if last > COLUMN_LIMIT or blanks > _BLANKS:
            raise InputError([problem(Place(place.file, number, max(last, COLUMN_LIMIT + 1), sheet=place.sheet), "too_many_columns", limit=COLUMN_LIMIT)])
        if cells:
            found[number] = cells
    return found, number


def _content(cell: Any, texts: _Texts) -> Content | None:
    """What stands in a cell; nothing where it is blank."""
    value = cell.value
    if cell.data_type == "f":
        if str(value) in ("=TRUE()", "=FALSE()"):  # how LibreOffice saves what was typed as TRUE
            return str(value) == "=TRUE()"
        return Odd("formula", str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return Odd("error", str(value))
    if isinstance(value, str):
        return texts.plain(value)
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
