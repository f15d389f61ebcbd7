"""What people do to a questionnaire without meaning harm: nothing they wrote is lost in silence, and messages speak of the sheet."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from checker.cli import app

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2024-12-31")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("template") / "questions.xlsx"
    assert CliRunner().invoke(app, ["template", "--pack", "sme-csr", "-o", str(path), "--lang", "zh"]).exit_code == 0
    return path.read_bytes()


@pytest.fixture
def book(template: bytes, tmp_path: Path) -> tuple[Any, Callable[[], Path]]:
    """A questionnaire with company and period, opened, and what saves it."""
    path = tmp_path / "q.xlsx"
    path.write_bytes(template)
    opened = openpyxl.load_workbook(path)
    for row in opened["企业"].iter_rows(min_row=2):
        said = {"company.name": "甲公司", "period.start": date(2024, 1, 1), "period.end": date(2024, 12, 31)}.get(row[3].value)
        if said:
            row[1].value = said

    def save() -> Path:
        opened.save(path)
        return path

    return opened, save


def row_of(sheet: Any, said: str) -> int:
    return next(row[0].row for row in sheet.iter_rows() if said in [cell.value for cell in row])


def test_saying_that_something_happened_and_listing_nothing(book: Any, esgcheck: Esgcheck) -> None:
    opened, save = book
    sheet = opened["事件声明"]
    for row in sheet.iter_rows(min_row=2, max_row=4):
        row[2].value, row[3].value = date(2024, 12, 31), "否"
    result = esgcheck(save(), *DAY)
    assert result.exit_code == 2
    assert [line.partition("。")[0].rpartition("q.xlsx: ")[2] for line in result.stderr.splitlines()] == [
        f"事件声明!D{row}: 错误：这里说发生过，“事件”表里却没有这类事件" for row in (2, 3, 4)]


def test_saying_that_something_happened_and_listing_it(book: Any, esgcheck: Esgcheck, tmp_path: Path) -> None:
    opened, save = book
    sheet = opened["事件声明"]
    sheet["C2"].value, sheet["D2"].value = date(2024, 12, 31), "否"
    opened["事件"]["A2"].value, opened["事件"]["B2"].value = sheet["A2"].value, date(2024, 5, 1)
    assert esgcheck("convert", save(), "-o", tmp_path / "f.json").exit_code == 0
    assert len(json.loads((tmp_path / "f.json").read_text("utf-8"))["events"]) == 1


@pytest.mark.parametrize(("sheet", "heading"), [("事实", "证据"), ("事实", "备注"), ("证据", "有效期至"), ("事件", "事由"), ("事件声明", "期间没有发生")])
def test_a_deleted_column_is_told(book: Any, esgcheck: Esgcheck, sheet: str, heading: str) -> None:
    opened, save = book
    place = next(cell.column for cell in opened[sheet][1] if cell.value == heading)
    opened[sheet].delete_cols(place)
    result = esgcheck(save(), *DAY)
    assert result.exit_code == 0
    assert f"警告：没有“{heading}”列，其内容没有读到" in result.stderr


@pytest.mark.parametrize("sheet", ["证据", "文件", "事件", "事件声明"])
@pytest.mark.parametrize("how", ["deleted", "renamed"])
def test_a_sheet_that_is_gone_is_an_error(book: Any, esgcheck: Esgcheck, sheet: str, how: str) -> None:
    opened, save = book
    if how == "deleted":
        del opened[sheet]
    else:
        opened[sheet].title = f"{sheet}清单"
    result = esgcheck(save(), *DAY)
    assert (result.exit_code, f"工作簿里没有问卷的工作表“{sheet}”" in result.stderr) == (2, True)


def test_merged_cells(book: Any, esgcheck: Esgcheck) -> None:
    opened, save = book
    sheet = opened["事实"]
    sheet["D3"].value = "是"
    sheet.merge_cells("D3:D5")
    result = esgcheck(save(), *DAY)
    assert (result.exit_code, "事实!D3: 错误：单元格合并到 D5" in result.stderr) == (2, True)


def test_separators_that_people_use(book: Any, esgcheck: Esgcheck, tmp_path: Path) -> None:
    opened, save = book
    opened["文件"]["A2"].value, opened["文件"]["B2"].value = "d", "报告"
    for row, name in ((2, "E1"), (3, "E2")):
        opened["证据"].cell(row, 1).value, opened["证据"].cell(row, 2).value, opened["证据"].cell(row, 3).value = name, "d", "第 1 页"
    for row, said in enumerate(("E1、E2", "E1,E2", "E1，E2", "E1；E2", "E1;E2", "E1\nE2"), 3):
        opened["事实"].cell(row, 4).value, opened["事实"].cell(row, 7).value = "是", said
    result = esgcheck("convert", save(), "-o", tmp_path / "f.json")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "f.json").read_text("utf-8").count('"E1"') == 7


@pytest.mark.parametrize(("said", "told"), [(35, "35 大于 100%"), ("350%", "大于最大值"), ("35 percent", "“35 percent”不是数")])
def test_percentages(book: Any, esgcheck: Esgcheck, said: Any, told: str) -> None:
    opened, save = book
    sheet = opened["事实"]
    row = next(cells[0].row for cells in sheet.iter_rows(min_row=2) if cells[2].value == "%")
    sheet.cell(row, 4).value = said
    result = esgcheck(save(), *DAY)
    assert (result.exit_code, f"事实!D{row}" in result.stderr, told in result.stderr) == (2, True, True), result.stderr


def test_true_as_libreoffice_saves_it(book: Any, esgcheck: Esgcheck, tmp_path: Path) -> None:
    opened, save = book
    opened["事实"]["D3"].value, opened["事实"]["D4"].value = "=TRUE()", "=FALSE()"
    assert esgcheck("convert", save(), "-o", tmp_path / "f.json").exit_code == 0
    told = (tmp_path / "f.json").read_text("utf-8")
    assert ("true" in told, "false" in told) == (True, True)


def test_rows_are_as_high_as_their_questions(template: bytes, tmp_path: Path) -> None:
    (tmp_path / "q.xlsx").write_bytes(template)
    opened = openpyxl.load_workbook(tmp_path / "q.xlsx")
    for sheet in (opened["说明"], opened["事实"]):
        for row in sheet.iter_rows(min_row=2):
            wide = [cell for cell in row[:2] if isinstance(cell.value, str) and len(cell.value) * 2 > (sheet.column_dimensions[cell.column_letter].width or 8) + 8]
            assert not wide or (sheet.row_dimensions[row[0].row].height or 0) > 20, row[0].value


def test_a_period_that_ends_before_it_begins(book: Any, esgcheck: Esgcheck) -> None:
    opened, save = book
    row = row_of(opened["企业"], "period.end")
    opened["企业"].cell(row, 2).value = date(2023, 1, 1)
    result = esgcheck(save(), *DAY)
    assert (result.exit_code, f"企业!B{row}: period: 错误：结束日期" in result.stderr) == (2, True), result.stderr
