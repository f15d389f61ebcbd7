"""Workbooks made by strangers: one clear message, exit 2, in bounded memory and time. The bad ones are made here, none is kept."""

from __future__ import annotations

import io
import os
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from checker import InputError, Packs, load_facts
from checker.questionnaire.asked import asked
from checker.questionnaire.writing import write_questionnaire
from checker.sheet_copy import MAIN
from checker.workbooks import Odd, escaped, read_workbook, unescaped
from tests.conftest import ROOT

Esgcheck = Callable[..., Result]
SHEET, BOOK = "xl/worksheets/sheet3.xml", "xl/workbook.xml"
MB = 1_000_000


@pytest.fixture(scope="module")
def good(packs: Packs) -> bytes:
    """A filled-in questionnaire, as bytes."""
    tree = {"company": {"name": "甲", "traits": ["sme"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {}}
    return write_questionnaire(tree, asked([packs["sme-csr"]], packs.vocabulary), packs, "zh", "q.xlsx")


def changed(content: bytes, parts: dict[str, bytes] | None = None, *, without: tuple[str, ...] = ()) -> bytes:
    """The workbook with some of its parts replaced or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name not in (parts or {}) and name not in without:
                after.writestr(name, before.read(name))
        for name, part in (parts or {}).items():
            after.writestr(name, part)
    return made.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def rows(content: bytes, xml: bytes) -> bytes:
    """The workbook with these rows in place of those of its third sheet."""
    head, _, rest = part(content, SHEET).partition(b"<sheetData>")
    return changed(content, {SHEET: head + b"<sheetData>" + xml + b"</sheetData>" + rest.partition(b"</sheetData>")[2]})


def with_strings(content: bytes, xml: bytes) -> bytes:
    head = b'<?xml version="1.0"?>'
    return changed(content, {"xl/sharedStrings.xml": head + xml})


def bomb(size: int, *, declared: int | None = None) -> bytes:
    """A zip whose one part unpacks to so many bytes, whatever its directory says."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * MB) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * (size // MB) + packer.flush()
    name, told = b"xl/workbook.xml", size if declared is None else declared
    fixed = struct.pack("<HHHHHIII", 20, 0, 8, 0, 33, 0, len(packed), min(told, 0xFFFFFFFE))
    local = b"PK\3\4" + fixed + struct.pack("<HH", len(name), 0) + name + packed
    central = b"PK\1\2" + struct.pack("<H", 20) + fixed + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def overlapping(entries: int) -> bytes:
    """A zip of many names for one and the same piece of data."""
    made = bomb(10 * MB)
    start = made.index(b"PK\1\2")
    local, central = made[:start], made[start : made.rindex(b"PK\5\6")]
    directory = b"".join(central[:-3] + b"%03d" % number for number in range(entries))
    return local + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(local), 0)


def encrypted(content: bytes) -> bytes:
    """The flag of encryption set on the first part, in both places."""
    made = bytearray(content)
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        made[made.index(mark) + at] |= 1
    return bytes(made)


ENTITIES = b'<!DOCTYPE sst [<!ENTITY a "ha">' + b"".join(b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k"))) + b"]><sst>&j;</sst>"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
CONTENT_TYPES = "[Content_Types].xml"

HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a bomb of 10 GB that owns up": (lambda _: bomb(10_000 * MB), "工作簿展开后超过 60 MB"),
    "a bomb that lies about its size": (lambda _: bomb(10_000 * MB, declared=MB), "不是 Excel 工作簿（压缩包已损坏）"),
    "overlapping parts": (lambda _: overlapping(6), "不是 Excel 工作簿（压缩包"),
    "too many parts": (lambda good: changed(good, {f"x/{number}": b"" for number in range(1_001)}), "工作簿展开后超过 60 MB"),
    "a million empty rows": (lambda good: rows(good, b"<row/>" * 1_048_576), "事实!20001: 错误：工作表超过 20,000 行。"),
    "two million empty rows": (lambda good: rows(good, b"<row/>" * 2_097_152), "工作簿展开后超过 60 MB 或 1,500,000 个元素"),
    "a row far below": (lambda good: rows(good, b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "事实!1048576: 错误：工作表超过 20,000 行。"),
    "a row beyond every sheet": (lambda good: rows(good, b'<row r="99999999999"><c><v>1</v></c></row>'), "工作簿展开后超过 60 MB"),
    "a cell far to the right": (lambda good: rows(good, b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), "事实!XFD1: 错误：工作表超过 256 列。"),
    "rows of very many columns": (lambda good: rows(good, b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (number, number) for number in range(1, 20_000))), "事实!IW125: 错误：工作表超过 256 列。"),
    "very many sheets far down": (lambda good: many_sheets(good, 60), "不是 Excel 工作簿（部件重复）"),
    "a row of very many cells": (lambda good: rows(good, b"<row>" + b"<c/>" * 1_000_000 + b"</row>"), "工作簿展开后超过 60 MB"),
    "a million styles": (lambda good: changed(good, {"xl/styles.xml": b"<styleSheet xmlns=\"" + MAIN.encode() + b"\"><cellXfs>" + b"<xf/>" * MB + b"</cellXfs></styleSheet>"}), "工作簿展开后超过 60 MB"),
    "deep nesting": (lambda good: rows(good, b"<row>" * 100_000 + b"</row>" * 100_000), "不是 Excel 工作簿（行的次序不合常规"),
    "a tag of 50 MB": (lambda good: rows(good, b'<row a="' + b"x" * (50 * MB) + b'"/>'), "工作簿展开后超过 60 MB"),
    "very many attributes": (lambda good: rows(good, b"<row " + b" ".join(b'a%d=""' % number for number in range(10_000)) + b"/>"), "工作簿展开后超过 60 MB"),
    "an entity bomb": (lambda good: with_strings(good, ENTITIES), "不是 Excel 工作簿（内部 XML 带有文档类型或实体定义）"),
    "a file from this machine": (lambda good: with_strings(good, b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s>&x;</s>'), "不是 Excel 工作簿（内部 XML 带有文档类型或实体定义）"),
    "broken XML": (lambda good: with_strings(good, b"<sst><si>"), "不是 Excel 工作簿（内部 XML 有误）"),
    "external links": (lambda good: changed(good, {"xl/externalLinks/externalLink1.xml": b"<a/>"}), "工作簿链接到外部数据（xl/externallinks/externallink1.xml）"),
    "connections": (lambda good: changed(good, {"xl/connections.xml": b"<a/>"}), "工作簿链接到外部数据"),
    "half a file": (lambda good: good[: len(good) // 2], "不是 Excel 工作簿（压缩包已损坏）"),
    "a zip of something else": (lambda _: changed(good_zip({"a.txt": b"x"})), "不是 Excel 工作簿（其中没有工作簿）"),
    "a Word document": (lambda _: good_zip({CONTENT_TYPES: b"<Types/>", "word/document.xml": b"<a/>"}), "不是 Excel 工作簿（其中没有工作簿）"),
    "an OpenDocument sheet": (lambda _: good_zip({"mimetype": b"x", "content.xml": b"<a/>"}), "不是 Excel 工作簿（格式不是 .xlsx）"),
    "a binary workbook": (lambda _: good_zip({"xl/workbook.bin": b"x"}), "不是 Excel 工作簿（格式不是 .xlsx）"),
    "no sheet where one is named": (lambda good: changed(good, without=(SHEET,)), "不是 Excel 工作簿（工作表“事实”的内容不见了）"),
    "an empty zip": (lambda _: b"PK\5\6" + bytes(18), "不是 Excel 工作簿（其中没有工作簿）"),
    "a renamed picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(500), "不是 Excel 工作簿（内容不是压缩的工作簿）"),
    "renamed JSON": (lambda _: b'{"company": {}}', "不是 Excel 工作簿（内容不是压缩的工作簿）"),
    "an old .xls": (lambda _: COMPOUND, "这是旧的 Office 格式"),
    "a password": (lambda _: COMPOUND + "EncryptedPackage".encode("utf-16-le"), "工作簿设有打开密码"),
    "an encrypted zip": (encrypted, "工作簿设有打开密码"),
    "a number of 5,000 digits": (lambda good: rows(good, b'<row r="1"><c r="A1"><v>' + b"9" * 5_000 + b"</v></c></row>"), "不是 Excel 工作簿（其中的部件拼不成工作簿）"),
    "a string that is not there": (lambda good: rows(good, b'<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'), "不是 Excel 工作簿（单元格引用了没有的文字）"),
    "a string before the first": (lambda good: rows(good, b'<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'), "不是 Excel 工作簿（文字的编号不合常规（-1））"),
    "a number as programmers write it": (lambda good: rows(good, b'<row r="1"><c r="A1"><v>1_000</v></c></row>'), "不是 Excel 工作簿（数的写法不合常规（1_000））"),
    "digits of another script": (lambda good: rows(good, '<row r="1"><c r="A1"><v>٣٤</v></c></row>'.encode()), "不是 Excel 工作簿（数的写法不合常规"),
    "rows out of order": (lambda good: rows(good, b'<row r="9"><c r="A9"><v>1</v></c></row><row r="8"><c r="A8"><v>1</v></c></row>'), "不是 Excel 工作簿（行的次序不合常规（8））"),
    "a row twice": (lambda good: rows(good, b'<row r="9"/><row r="9"/>'), "不是 Excel 工作簿（行的次序不合常规（9））"),
    "row zero": (lambda good: rows(good, b'<row r="0"/>'), "不是 Excel 工作簿（行的次序不合常规（0））"),
    "cells out of order": (lambda good: rows(good, b'<row r="9"><c r="D9"/><c r="A9"/></row>'), "不是 Excel 工作簿（单元格的次序不合常规（A9））"),
    "a cell of another row": (lambda good: rows(good, b'<row r="9"><c r="A10"/></row>'), "不是 Excel 工作簿（单元格的次序不合常规（A10））"),
    "something unknown among the cells": (lambda good: rows(good, b'<row r="9"><x xmlns="y"><c r="A9"><v>1</v></c></x></row>'), "不是 Excel 工作簿（单元格之间有不认识的内容（x））"),
    "a sheet outside": (lambda good: related(good, b'Target="worksheets/sheet6.xml"', b'TargetMode="External" Target="file:///etc/passwd"'), "的内容不见了）"),
    "a sheet of no relation": (lambda good: changed(good, {BOOK: part(good, BOOK).replace(b' r:id="rId6"', b"")}), "的内容不见了）"),
    "one sheet listed 90,000 times": (lambda good: many_sheets(good, 90_000), "不是 Excel 工作簿（部件重复）"),
    "a text of 42 MB in many cells": (lambda good: shared_by_many(good, b"_x0041_" * 6_000_000), "工作簿展开后超过 60 MB"),
    "a long text in very many cells": (lambda good: shared_by_many(good, b"y" * 30_000, 20_000), "工作簿展开后超过 60 MB"),
    "no questionnaire": (lambda _: plain_workbook(), "工作簿里没有问卷的工作表“事实”"),
}


def many_sheets(content: bytes, number: int) -> bytes:
    """The workbook with its third sheet listed again and again, each with something far below."""
    listed = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="rId3"/>' % (place, place + 100) for place in range(number))
    far = rows(content, b'<row r="1048576"><c r="A1048576" s="1"/></row>')
    return changed(far, {"xl/workbook.xml": part(content, "xl/workbook.xml").replace(b"</sheets>", listed + b"</sheets>")})


def related(content: bytes, before: bytes, after: bytes) -> bytes:
    """The workbook with another relation between its parts."""
    name = "xl/_rels/workbook.xml.rels"
    told = part(content, name)
    assert before in told
    return changed(content, {name: told.replace(before, after)})


def shared_by_many(content: bytes, text: bytes, cells: int = 100) -> bytes:
    """The workbook with one text in many cells."""
    strings = part(content, "xl/sharedStrings.xml")
    number = strings.count(b"<si>")
    told = strings.replace(b"</sst>", b"<si><t>" + text + b"</t></si></sst>")
    many = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>%d</v></c></row>' % (row, row, number) for row in range(2, cells + 2))
    return changed(rows(content, many), {"xl/sharedStrings.xml": told})


#: What hangs a reader in parts that hold no answers, or in what is beside them in a sheet.
HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "a format of brackets": lambda good: changed(good, {"xl/styles.xml": part(good, "xl/styles.xml").replace(b"</numFmts>", b'<numFmt numFmtId="999" formatCode="' + b"[" * 400 + b'"/></numFmts>')}),
    "names that never end": lambda good: changed(good, {BOOK: part(good, BOOK).replace(b"</sheets>", b'</sheets><definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">' + b"a" * 240_000 + b"</definedName><definedName name=\"_xlnm.Print_Area\" localSheetId=\"0\">" + b"'" * 240_000 + b"</definedName></definedNames>")}),
    "validations of very many cells": lambda good: changed(good, {SHEET: part(good, SHEET).replace(b"</worksheet>", (b'<dataValidations><dataValidation sqref="' + b" ".join(b"A%d" % row for row in range(1, 30_000)) + b'"/></dataValidations>') * 20 + b"</worksheet>")}),
    "formulas that share one": lambda good: rows_added(good, b"".join(b'<row r="%d"><c r="L%d"><f t="shared" si="0"%s</c></row>' % (row, row, b' ref="A1:A9">' + b"1+" * 100_000 + b"1</f>" if row == 5_000 else b"/>") for row in range(5_000, 13_000))),
}


def rows_added(content: bytes, xml: bytes) -> bytes:
    """The workbook with these rows after those of its third sheet."""
    return changed(content, {SHEET: part(content, SHEET).replace(b"</sheetData>", xml + b"</sheetData>")})


@pytest.mark.parametrize("case", HARMLESS)
def test_what_hangs_other_readers_is_never_read(case: str, good: bytes, tmp_path: Path) -> None:
    (tmp_path / "q.xlsx").write_bytes(HARMLESS[case](good))
    began = time.monotonic()
    result = limited(tmp_path)
    assert result.returncode == 0, result.stderr
    assert time.monotonic() - began < 20


def test_the_strict_form_of_the_standard_is_read(good: bytes, tmp_path: Path) -> None:
    strict = {"http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
              "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships"}
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for before, after in strict.items():
        parts = {name: content.replace(before.encode(), after.encode()) for name, content in parts.items()}
    assert [(grid.title, grid.rows) for grid in read_workbook(good_zip(parts), "s.xlsx")] == [(grid.title, grid.rows) for grid in read_workbook(good, "q.xlsx")]


def good_zip(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def plain_workbook() -> bytes:
    made = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = 1  # type: ignore[index]
    book.save(made)
    return made.getvalue()


def limited(folder: Path) -> subprocess.CompletedProcess[str]:
    """A check of ``q.xlsx`` in 700 MB of memory."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700 * MB, 700 * MB))

    program = "from checker.cli import app; app()"
    return subprocess.run([sys.executable, "-c", program, "check", "q.xlsx"], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
                          preexec_fn=bounded, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])})


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_workbooks(case: str, good: bytes, tmp_path: Path) -> None:
    make, said = HOSTILE[case]
    path = tmp_path / "q.xlsx"
    path.write_bytes(make(good))
    assert path.stat().st_size < 20 * MB
    begun = time.monotonic()
    result = limited(tmp_path)
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert result.stderr.startswith("q.xlsx: "), result.stderr
    assert said in result.stderr, result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert time.monotonic() - begun < 20


def test_claims_about_its_own_size_are_not_believed(good: bytes, tmp_path: Path) -> None:
    xml = part(good, SHEET)
    lying = xml.replace(xml[xml.index(b"<dimension") : xml.index(b"/>", xml.index(b"<dimension")) + 2], b'<dimension ref="A1:B2"/>')
    assert lying != xml
    grids = {grid.title: grid for grid in read_workbook(changed(good, {SHEET: lying}), "q.xlsx")}
    assert len(grids["事实"].rows) > 100


def test_what_programs_leave_far_away_does_no_harm(good: bytes, tmp_path: Path, packs: Packs) -> None:
    xml = part(good, SHEET).replace(b"</sheetData>", b'<row r="19999"><c r="XFD19999" s="1"/></row><row r="1048576" ht="12.8"><c r="A1048576" s="1"/></row></sheetData>')
    begun = time.monotonic()
    assert load_facts(io.BytesIO(changed(good, {SHEET: xml})), packs, "q.xlsx").company.name == "甲"
    assert time.monotonic() - begun < 10


def test_links_and_pictures_in_cells_do_no_harm(good: bytes, tmp_path: Path, packs: Packs) -> None:
    book = openpyxl.load_workbook(io.BytesIO(good))
    book["事实"]["D3"], book["事实"]["J3"] = "是", "见网站"
    book["事实"]["J3"].hyperlink = "https://example.org/"
    path = tmp_path / "q.xlsx"
    book.save(path)
    assert load_facts(path, packs).company.name == "甲"


def test_formulas_where_nothing_is_read_are_ignored(good: bytes, tmp_path: Path, packs: Packs) -> None:
    book = openpyxl.load_workbook(io.BytesIO(good))
    book["事实"]["A3"], book["事实"]["K3"] = "=1+1", "#REF!"
    book.save(tmp_path / "q.xlsx")
    assert load_facts(tmp_path / "q.xlsx", packs).facts == {}


def test_numbers_are_those_that_excel_shows(tmp_path: Path) -> None:
    written = ["0.1", "0.30000000000000004", "5.0", "1E+3", "123456789012345", "1.5E-7", "-2", "1E+400", "2.9999999999999996"]
    book = b"".join(b'<row r="%d"><c r="A%d"><v>%s</v></c></row>' % (number, number, said.encode()) for number, said in enumerate(written, 1))
    (grid,) = read_workbook(rows_of_plain(book), "q.xlsx")
    assert [cells[1] for cells in grid.rows.values()] == [Decimal("0.1"), Decimal("0.3"), 5, 1000, 123456789012345, Decimal("1.5E-7"), -2, Odd("error", "Infinity"), 3]
    assert all(type(cells[1]) in (int, Decimal, Odd) for cells in grid.rows.values())


def rows_of_plain(xml: bytes) -> bytes:
    content = plain_workbook()
    name = "xl/worksheets/sheet1.xml"
    head, _, rest = part(content, name).partition(b"<sheetData>")
    return changed(content, {name: head + b"<sheetData>" + xml + b"</sheetData>" + rest.partition(b"</sheetData>")[2]})


@given(st.text(st.sampled_from("_x0F5aA41 \x00\r\n\ufffe😀")) | st.text())
def test_escapes_come_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not {"\x00", "\r", "\ufffe"} & set(escaped(text))


@given(st.lists(st.text(st.sampled_from("_x0F5aA41"), min_size=1, max_size=24), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_escapes_reach_us_through_openpyxl(several: list[str]) -> None:
    cells = b"".join(b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (number, number, escaped(said).encode()) for number, said in enumerate(several, 1))
    (grid,) = read_workbook(rows_of_plain(cells), "q.xlsx")
    assert [content[1] for content in grid.rows.values()] == several


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_damage_is_read_or_refused(data: st.DataObject, good: bytes, packs: Packs) -> None:
    made = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(4, len(made) - 1))
        made[place : place + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    try:
        load_facts(io.BytesIO(bytes(made)), packs, "q.xlsx")
    except InputError as error:
        assert all(found.place.file == "q.xlsx" and found.said.en and found.remedy.zh for found in error.problems)


PARTS = ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet2.xml", SHEET, "xl/_rels/workbook.xml.rels", CONTENT_TYPES)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_damage_inside_is_read_or_refused(data: st.DataObject, good: bytes, packs: Packs) -> None:
    name = data.draw(st.sampled_from(PARTS))
    xml = bytearray(part(good, name))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, min(len(xml) - 1, 6_000)))
        xml[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=3) | st.sampled_from([b"9", b"-1", b"<", b"/>", b'"', b"rId1", b"1e999", b"NaN", b"<c/>", b"&#0;"]))
    try:
        load_facts(io.BytesIO(changed(good, {name: bytes(xml)})), packs, "q.xlsx")
    except InputError as error:
        assert error.problems
