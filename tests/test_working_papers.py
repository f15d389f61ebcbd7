"""Workbooks, Word documents and Markdown hold every finding once, leave room for the reviewer, and take no word for anything but a word."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from typer.testing import CliRunner, Result

from checker import check, load_facts
from checker.cli import app
from checker.render.formats.docx_ import render as docx_of
from checker.render.formats.markdown import escaped
from checker.render.formats.xlsx import render as xlsx_of
from checker.render.view import View
from checker.workbooks import escaped as escaped_cell
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30", "--fail-on", "never")
RATED = ROOT / "fixtures/sme/three-assessors/facts.json"
YUNSHI = ROOT / "fixtures/internet/yunshi/facts.json"
FILES = {"real": (REAL, "all"), "rated": (RATED, "sme-csr"), "internet": (YUNSHI, "internet-esg")}
MARKS = {"satisfied": "✓", "violated": "✗", "unknown": "?", "not_applicable": "–"}
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>", "]]>", "<r><t>x</t></r>", "_x0041_x0042_", "a\x00b\x1bc\x0bd", "\u202eabc",
           "😀", "| a | b |", "# head", "[a](javascript:b)", "![a](http://b)", "`code`", "&lt;", "{{ 7 * 7 }}", "http://example.org", "x" * 9_000]
COMMONMARK = MarkdownIt("commonmark").enable("table")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("papers")

    def make(facts: Path, ending: str, *options: str) -> Path:
        target = folder / (re.sub(r"\W", "", f"{facts}{options}") + ending)
        if not target.exists():
            result = CliRunner().invoke(app, ["check", str(facts), *DAY, "-o", str(target), *options])
            assert result.exit_code == 0, result.output
        return target

    return make


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with something hostile wherever a file of facts may hold words, and a contradiction of its own."""
    tree = json.loads(REAL.read_text("utf-8"))
    for number, entry in enumerate(tree["evidence"].values()):
        entry["place"], entry["note"] = HOSTILE[number % len(HOSTILE)], HOSTILE[(number + 1) % len(HOSTILE)]
    tree["company"]["name"] = "=HYPERLINK(\"http://x\")"
    tree["documents"]["x"] = {"title": "-2+3"}
    tree["evidence"]["@x"] = {"document": "x", "place": "=cmd|' /C calc'!A0"}
    tree["facts"].setdefault("company", {})["registered_in_china"] = [{"value": True, "evidence": ["@x"], "note": HOSTILE[0]}, {"value": False, "source": "+1"}]
    path = tmp_path_factory.mktemp("hostile") / "hostile.json"
    path.write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
    return path


def findings_of(facts: Path, pack: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["check", str(facts), *DAY, "--pack", pack, "--format", "json"])
    return [finding for judged in json.loads(result.stdout)["packs"] for finding in judged["findings"]]


def seen(words: str) -> str:
    """Words as reports show them: what could steer a terminal has become a mark."""
    return "".join(mark if mark.isprintable() else " " if mark.isspace() else "\ufffd" for mark in words)


# --- Excel ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_workbook_holds_every_finding_once_with_room_for_the_reviewer(made: Callable[..., Path], name: str) -> None:
    facts, pack = FILES[name]
    book = openpyxl.load_workbook(made(facts, ".xlsx", "--pack", pack, "--lang", "zh"))
    head, *rows = book["发现"].iter_rows(values_only=True)
    place = {heading: number for number, heading in enumerate(head)}
    wanted = findings_of(facts, pack)
    assert [(row[place["标准包"]], row[place["条款"]], row[place["判定"]][0], row[place["理由"]]) for row in rows] == [
        (finding["id"].partition(":")[0], finding["clause"], MARKS[finding["verdict"]], finding["reason"]["zh"]) for finding in wanted]
    for row, finding in zip(rows, wanted, strict=True):
        assert finding["citation"]["file"] in row[place["出处"]]
        assert all(evidence["place"] in (row[place["证据"]] or "") for evidence in finding["evidence"])
        assert [row[place[review]] for review in ("是否同意", "复核结论", "所做工作与备注", "复核人", "日期")] == [None] * 5
    totals = [row for row in book["统计"].iter_rows(values_only=True) if row[1] == "合计" and row[2] != "披露程度"]
    assert [sum(row[column] for row in totals) for column in range(3, 7)] == [sum(found["verdict"] == verdict for found in wanted) for verdict in MARKS]


def test_workbook_is_set_up_to_be_read_and_printed(made: Callable[..., Path]) -> None:
    book = openpyxl.load_workbook(made(REAL, ".xlsx", "--pack", "all", "--lang", "zh"))
    assert book.sheetnames == ["摘要", "统计", "发现", "事实", "得分", "证据", "矛盾", "来源说明", "豁免与警告"]
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == ("landscape", True, 0)
        assert "&P" in sheet.oddFooter.center.text
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$1:$1"
    (answers,) = book["发现"].data_validations.dataValidation
    assert answers.formula1 == '"同意,不同意,待定"'
    told = [str(cell) for row in book["摘要"].iter_rows(values_only=True) for cell in row if cell]
    tree = json.loads(CliRunner().invoke(app, ["check", str(REAL), *DAY, "--pack", "all", "--format", "json"]).stdout)
    for digest in (tree["facts"]["sha256"], *(pack["sha256"] for pack in tree["packs"])):
        assert digest in told


def test_words_in_cells_stay_words(made: Callable[..., Path], hostile: Path) -> None:
    path = made(hostile, ".xlsx", "--pack", "all", "--lang", "zh")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    told = {cell.value for cell in cells}
    places = {row[2] for row in book["证据"].iter_rows(values_only=True)}
    with zipfile.ZipFile(path) as archive:
        shared = html.unescape(archive.read("xl/sharedStrings.xml").decode())
    for words in HOSTILE:  # openpyxl loses what looks like an escape, so that is looked for in the file itself
        assert seen(words) in places or escaped_cell(words) in shared, words
    assert {"=cmd|' /C calc'!A0", "@x", "-2+3", "=HYPERLINK(\"http://x\")"} <= told
    with zipfile.ZipFile(path) as archive:
        assert not any(b"<f>" in archive.read(name) or b"Target=\"http" in archive.read(name) for name in archive.namelist())


def test_what_does_not_fit_into_a_cell_is_cut_and_says_so() -> None:
    from checker.render.formats.xlsx import fitted

    for said in ("长" * 40_000, "😀" * 20_000):
        cut = fitted(said, View())
        assert len(cut.encode("utf-16-le")) // 2 <= 32_767
        assert cut.endswith(f"…〔已截断，全文 {len(said)} 字〕")
    assert fitted("长" * 32_767, View()) == "长" * 32_767


# --- Word -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_document_holds_every_finding_once_with_room_for_the_reviewer(made: Callable[..., Path], name: str) -> None:
    facts, pack = FILES[name]
    document = docx.Document(str(made(facts, ".docx", "--pack", pack, "--lang", "zh")))
    wanted = findings_of(facts, pack)
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 4"]
    assert headings == [f"{finding['clause']} {finding['title']['zh']}" for finding in wanted]
    blocks = [rows for table in document.element.body.tbl_lst if (rows := _rows(table))[0][0] == "判定"]
    assert len(blocks) == len(wanted)
    for rows, finding in zip(blocks, wanted, strict=True):
        told = dict(rows)
        assert told["判定"][0] == MARKS[finding["verdict"]]
        assert (told["理由"], told["检查内容"]) == (finding["reason"]["zh"], finding["statement"]["zh"])
        assert all(evidence["place"] in told["证据"] for evidence in finding["evidence"])
        assert told["是否同意"].count("☐") == 3
        assert [told[name] for name in ("复核结论", "所做工作与备注", "复核人", "日期")] == [""] * 4


def _rows(table: Any) -> list[tuple[str, ...]]:
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return [tuple("\n".join("".join(text.text or "" for text in paragraph.iter(f"{name}t")) for paragraph in cell.iter(f"{name}p")) for cell in row.iter(f"{name}tc"))
            for row in table.iter(f"{name}tr")]


def test_document_is_set_up_for_paper(made: Callable[..., Path]) -> None:
    path = made(RATED, ".docx", "--lang", "zh")
    document = docx.Document(str(path))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert section.header.paragraphs[0].text == "示例铸造有限公司"
    with zipfile.ZipFile(path) as archive:
        body, footer, styles = (archive.read(f"word/{name}.xml").decode() for name in ("document", "footer1", "styles"))
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "PAGE" in footer
    assert "NUMPAGES" in footer
    assert 'w:eastAsia="宋体"' in styles
    assert body.count("<w:cantSplit/>") == body.count("<w:tr>")
    assert "<w:keepNext/>" in body
    assert "<w:tblHeader/>" in body


def test_hostile_words_in_a_document(made: Callable[..., Path], hostile: Path) -> None:
    path = made(hostile, ".docx", "--pack", "citic-esg", "--lang", "en")
    told = "\n".join(cell for table in docx.Document(str(path)).element.body.tbl_lst for row in _rows(table) for cell in row)
    for words in ("=1+1", "<script>alert(1)</script>", "]]>", "<r><t>x</t></r>", "a\ufffdb\ufffdc", "😀", "x" * 9_000):
        assert words in told
    with zipfile.ZipFile(path) as archive:
        assert not any(b"TargetMode=\"External\"" in archive.read(name) for name in archive.namelist())


# --- Markdown ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_markdown_holds_every_finding_once(made: Callable[..., Path], name: str) -> None:
    facts, pack = FILES[name]
    tokens = COMMONMARK.parse(made(facts, ".md", "--pack", pack, "--lang", "zh").read_text("utf-8"))
    headings = [_text(tokens[place + 1]) for place, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h4"]
    wanted = findings_of(facts, pack)
    assert headings == [f"{MARKS[finding['verdict']]} {finding['clause']} {finding['title']['zh']}" for finding in wanted]
    told = Counter(_text(token) for token in tokens if token.type == "inline")
    for finding in wanted:
        assert told[f"理由：{' '.join(finding['reason']['zh'].split())}"] >= 1


def test_hostile_words_in_markdown(made: Callable[..., Path], hostile: Path) -> None:
    tokens = COMMONMARK.parse(made(hostile, ".md", "--pack", "citic-esg").read_text("utf-8"))
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "strong_open", "strong_close", "text_special"}
    assert {token.type for token in tokens} & {"html_block", "fence", "code_block", "blockquote_open", "hr", "ordered_list_open"} == set()
    told = "\n".join(_text(token) for token in tokens if token.type == "inline")
    for words in HOSTILE:
        assert seen(words) in told, words


def _text(token: Any) -> str:
    return "".join(child.content for child in token.children or () if child.type in ("text", "text_special"))


@settings(max_examples=300)
@given(said=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z")), max_size=60) | st.sampled_from(HOSTILE)
       | st.text("#+-=.)*_`[]()<>!|~&:@$\\/ 1aw", max_size=20))
def test_any_words_stay_words_in_markdown(said: str) -> None:
    words = " ".join(seen(said).split())
    for template in ("- {}\n", "{}\n", "- 名：{}\n", "#### ? {}\n", "  - {}\n"):
        if not words:
            continue
        tokens = COMMONMARK.parse(template.format(escaped(words)).replace("  - ", "- a\n  - "))
        told = [_text(token) for token in tokens if token.type == "inline"][-1]
        assert told.removeprefix("名：").removeprefix("? ").strip() == words.strip()
        assert not any(child.type not in ("text", "text_special") for token in tokens for child in token.children or ())
    rows = COMMONMARK.parse(f"| a | b |\n| --- | --- |\n| {escaped(words)} | x |\n")
    cells = [_text(token) for token in rows if token.type == "inline"]
    assert cells[2:] == [words, "x"]


# --- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".xlsx", ".docx", ".md"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_bytes_and_only_what_is_asked(esgcheck: Esgcheck, tmp_path: Path, ending: str, lang: str) -> None:
    for name in ("one", "two"):
        assert esgcheck(RATED, *DAY, "--lang", lang, "-o", tmp_path / (name + ending)).exit_code == 0
    assert (tmp_path / f"one{ending}").read_bytes() == (tmp_path / f"two{ending}").read_bytes()
    assert esgcheck(RATED, *DAY, "--lang", lang, "--only", "unknown", "-o", tmp_path / f"few{ending}").exit_code == 0
    assert len((tmp_path / f"few{ending}").read_bytes()) < len((tmp_path / f"one{ending}").read_bytes())


def test_the_same_bytes_on_another_day(packs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    report = check(load_facts(RATED, packs), packs)
    before = [form(report, View()) for form in (xlsx_of, docx_of)]
    then = time.localtime(10**9)
    monkeypatch.setattr(time, "localtime", lambda *_: then)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    assert [form(report, View()) for form in (xlsx_of, docx_of)] == before


def test_waivers_are_told(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    tree["facts"].setdefault("safety", {}).setdefault("policy", {})["established"] = False
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    (tmp_path / "waivers.json").write_text(json.dumps({"waivers": [{"clause": "auto-csr:5.4.4.1", "reason": "=1+1 整改中", "approver": "李", "start": "2025-01-01", "expiry": "2025-12-31"}]}))
    for ending in (".xlsx", ".docx", ".md", ".html"):
        assert esgcheck(tmp_path / "facts.json", *DAY, "--waivers", tmp_path / "waivers.json", "--lang", "zh", "-o", tmp_path / f"r{ending}").exit_code == 0
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "r.xlsx").read_bytes()))
    assert any("=1+1 整改中" in str(cell) for row in book["豁免与警告"].iter_rows(values_only=True) for cell in row)
    for ending in (".md", ".html"):
        assert "=1+1 整改中" in (tmp_path / f"r{ending}").read_text("utf-8")
