"""A questionnaire holds whatever a fact file holds, asks each fact once, and says in which cell something is wrong."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from checker import InputError, Packs, check, load_facts
from checker.cli import app
from checker.errors import Text, letters
from checker.fact_files import build_facts, load_document
from checker.load import parse_json
from checker.questionnaire import reading
from checker.questionnaire.asked import asked
from checker.questionnaire.canonical import canonical, dumps, stated
from checker.questionnaire.sheets import ITEMS, codes, joined, parted, sheets, shown
from checker.questionnaire.writing import write_questionnaire
from checker.workbooks import Grid, Odd, read_workbook
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30")
FILES = [REAL, *sorted((ROOT / "fixtures" / "sme").glob("*/facts.json")), *sorted((ROOT / "fixtures" / "internet").glob("*/facts.json"))]


def filled(path: Path, answers: dict[tuple[str, str, str], Any], *, add: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    """Fills in a workbook as a person does: (sheet, the path or first column of a row, heading) to what is typed."""
    book = openpyxl.load_workbook(path)
    for (title, row, heading), value in answers.items():
        sheet = book[title]
        heads = {cell.value: cell.column for cell in sheet[1]}
        last = sheet.max_column if title in ("企业", "事实", "Company", "Facts") else 1
        number = next(cells[0].row for cells in sheet.iter_rows(min_row=2) if cells[last - 1].value == row)
        sheet.cell(number, heads[heading]).value = value
    for title, rows in (add or {}).items():
        sheet = book[title]
        heads = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, 2):
            for heading, value in row.items():
                sheet.cell(number, heads[heading]).value = value
    book.save(path)
    return path


SHELL = {
    ("企业", "company.name", "填写"): "甲公司",
    ("企业", "period.start", "填写"): datetime(2024, 1, 1),
    ("企业", "period.end", "填写"): "2024-12-31",
}


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("blank") / "questions.xlsx"
    assert CliRunner().invoke(app, ["template", "--pack", "sme-csr", "--pack", "auto-csr", "-o", str(path)]).exit_code == 0
    return path.read_bytes()


@pytest.fixture
def empty(tmp_path: Path, blank: bytes) -> Path:
    path = tmp_path / "questions.xlsx"
    path.write_bytes(blank)
    return path


# --- what is asked ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, packs: Packs) -> Iterator[Any]:
    wanted = asked(list(packs.values()), packs.vocabulary)
    content = write_questionnaire({"company": {}, "period": {}, "facts": {}}, wanted, packs, "zh", "q.xlsx")
    yield openpyxl.load_workbook(io.BytesIO(content))


def test_each_fact_that_a_clause_asks_for_has_one_row(everything: Any, packs: Packs) -> None:
    sheet = everything["事实"]
    rows = Counter(row[-1].value for row in sheet.iter_rows(min_row=2) if row[-1].value)
    assert rows == Counter({fact for clause in packs.clauses.values() for fact in clause.facts})
    questions = {row[-1].value: row[0].value for row in sheet.iter_rows(min_row=2) if row[-1].value}
    assert all(questions[path] == packs.vocabulary.words[path].question.zh for path in questions)
    topics = [row[0].value for row in sheet.iter_rows(min_row=2) if not row[-1].value]
    assert topics == [title.zh for title in packs.vocabulary.topics.values()]


def test_each_answer_has_the_drop_down_or_range_of_its_fact(everything: Any, packs: Packs) -> None:
    sheet, lists = everything["事实"], everything["选项"]
    rows = {row[-1].value: row[0].row for row in sheet.iter_rows(min_row=2) if row[-1].value}
    column = letters(next(cell.column for cell in sheet[1] if cell.value == "答案"))
    rules: dict[int, Any] = {}
    for rule in sheet.data_validations.dataValidation:
        for cells in rule.sqref.ranges:
            if cells.coord.startswith(column):
                rules |= dict.fromkeys(range(cells.min_row, cells.max_row + 1), rule)
    for path, number in rows.items():
        word, rule = packs.vocabulary.words[path], rules[number]
        assert rule.prompt, path
        assert rule.error, path
        if word.type in ("boolean", "choice"):
            area = rule.formula1.rpartition("!")[2].replace("$", "")
            labels = [cell.value for (cell,) in lists[area]]
            assert labels == (["是", "否"] if word.type == "boolean" else list(shown(word.choices or {}, "zh").values())), path
        elif word.type in ("integer", "number", "ratio"):
            assert rule.type == ("whole" if word.type == "integer" else "decimal"), path
            assert word.minimum is None or Decimal(rule.formula1) == word.minimum, path
            assert (rule.formula2 is None) is (word.maximum is None), path
        else:
            assert rule.type == {"date": "date", "month": "textLength", "text": "textLength"}[word.type], path
    assert lists.sheet_state == "hidden"


def test_every_sheet_keeps_its_headings_in_view_and_prints_on_a4(everything: Any, packs: Packs) -> None:
    for sheet in sheets(packs).values():
        page = everything[sheet.title.zh]
        assert [cell.value for cell in page[1]] == [column.heading.zh for column in sheet.columns]
        assert (page.freeze_panes, page.print_title_rows) == ("B2", "$1:$1")
        assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToWidth, page.page_setup.fitToHeight) == ("landscape", 9, None, 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert "&P" in page.oddFooter.right.text
    assert everything["事实"].auto_filter.ref


def test_kinds_of_events_and_clauses_to_rate_are_listed(everything: Any, packs: Packs) -> None:
    kinds = {row[0].value for row in everything["事件声明"].iter_rows(min_row=2) if row[0].value}
    counted = {kind for clause in packs.clauses.values() for events in clause.events for kind in events.kinds}
    assert {packs.vocabulary.terms.event_kinds[kind].zh for kind in counted} <= kinds
    rated = [row[0].value for row in everything["评分"].iter_rows(min_row=2) if row[0].value]
    assert len(rated) == len(set(rated)) == 56


def test_a_template_is_the_same_every_time_and_overwrites_nothing(tmp_path: Path, esgcheck: Esgcheck) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for path in (first, second):
        assert esgcheck("template", "--pack", "sme-csr", "-o", path).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    again = esgcheck("template", "-o", first)
    assert (again.exit_code, "已经存在" in again.stderr) == (2, True)
    assert esgcheck("template", "-o", first, "--force").exit_code == 0
    assert first.read_bytes() != second.read_bytes()
    assert esgcheck("template", "-o", tmp_path / "a.csv").exit_code == 2
    assert esgcheck("template", "-o", tmp_path / "a.xlsx" / "b.xlsx").exit_code == 2
    assert esgcheck("template", "--pack", "sme", "-o", tmp_path / "c.xlsx").exit_code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"a.xlsx", "b.xlsx"}


# --- there and back --------------------------------------------------------------------------------------------------


def through_excel(tree: Any, packs: Packs, lang: str) -> bytes:
    plain = canonical(tree, packs)
    content = write_questionnaire(plain, asked([], packs.vocabulary, stated=stated(plain["facts"], packs.vocabulary)), packs, lang, "f.xlsx")
    document, found = load_document(io.BytesIO(content), packs, "f.xlsx")
    assert build_facts(document, packs, found).warnings == build_facts(document, packs).warnings
    return dumps(canonical(document.data, packs))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_real_and_worked_examples_survive(path: Path, lang: str, packs: Packs) -> None:
    document, _ = load_document(path, packs)
    assert through_excel(document.data, packs, lang) == dumps(canonical(document.data, packs))


HOSTILE = ["=1+1", "+1", "-", "@x", "https://example.org/", "_x0041_", "_x0041_x0042_", "x005F_", "_x005F_x0041_", "<r>x</r>", "<r><t>1</t></r>", "a\r\nb", "\x00", "\x1b[2J",
           "\ufffe\uffff", "\ue0000\ue000", " a ", "5.10", "001", "2024-01-01", "TRUE", "a；b", 'a;"b"', '"', '""', "a\nb", "'", "是", "&amp;<![CDATA[", "甲" * 300, "😀", "mailto:a@b.c"]
texts = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=20) | st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join)
texts = texts.filter(lambda text: bool(text.strip()))
names = st.sampled_from(["", " ", *HOSTILE]) | st.text(max_size=8)
days = st.dates(date(1000, 1, 1)).map(date.isoformat) | st.sampled_from(["1900-02-28", "1900-03-01", "9999-12-31", "0001-01-01"])
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**19), max_value=10**19) | st.decimals(0, 1, places=28)


def optional(draw: st.DrawFn, keys: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    return {key: draw(values) for key, values in keys.items() if draw(st.booleans())}


@st.composite
def trees(draw: st.DrawFn, packs: Packs) -> dict[str, Any]:
    terms, words = packs.vocabulary.terms, packs.vocabulary.words
    code = {name: st.sampled_from(list(choices)) for name, choices in (("kind", terms.evidence_kinds), ("level", terms.assurance_levels), ("event", terms.event_kinds),
                                                                      ("reason", terms.missing_reasons), ("trait", terms.traits))}
    documents = {name: {"title": draw(texts), **optional(draw, {"issuer": texts, "kind": texts, "date": days, "note": texts})}
                 for name in draw(st.lists(names, unique=True, max_size=3))}
    cited = [name for name in documents if name.strip()]
    evidence = {name: {"document": draw(st.sampled_from(cited)), "place": draw(texts),
                       **optional(draw, {"kind": code["kind"], "figure": texts, "date": days, "expires": days, "assurance": code["level"], "note": texts})}
                for name in draw(st.lists(names, unique=True, max_size=4)) if cited}
    shows = {"evidence": st.lists(st.sampled_from(list(evidence)), max_size=3) if evidence else st.just([])}
    fields = {name: st.sampled_from(list(field.choices)) for name, field in terms.event_fields.items()}
    start, end = sorted([draw(days), draw(days)])

    def value(word: Any) -> dict[str, Any]:
        match word.type:
            case "boolean":
                return {"value": draw(st.booleans())}
            case "choice":
                return {"value": draw(st.sampled_from(list(word.choices)))}
            case "date":
                return {"value": draw(days)}
            case "month":
                return {"value": draw(days)[:7]}
            case "text":
                return {"value": draw(texts)}
            case "integer":
                low = 0 if word.minimum is None else int(word.minimum)
                return {"value": draw(st.integers(low, low + 10**18 if word.maximum is None else int(word.maximum)))}
            case "ratio":
                percent = draw(st.booleans())
                return {"value": draw(st.decimals(0, 100 if percent else 1, places=draw(st.integers(0, 26)))), **({"unit": "%"} if percent else {})}
        number = draw(decimals)
        number = number if word.minimum is None else max(number, Decimal(word.minimum))
        number = number if word.maximum is None else min(number, Decimal(word.maximum))
        return {"value": number, **({"unit": word.unit} if word.unit and draw(st.booleans()) else {})}

    def statement(word: Any) -> Any:
        if draw(st.integers(0, 3)) == 0:
            reasons = draw(code["reason"] | st.lists(code["reason"], min_size=1, max_size=3))
            return {"missing": reasons, **optional(draw, {"to": texts, **shows, "source": texts, "date": days, "note": texts})}
        said = value(word)
        return said["value"] if said.keys() == {"value"} and draw(st.booleans()) else {**said, **optional(draw, {**shows, "source": texts, "date": days, "note": texts})}

    odd = [path for path in words if words[path].type != "boolean" and not words[path].table]
    chosen = draw(st.lists(st.sampled_from(odd) | st.sampled_from([path for path in words if not words[path].table]), unique=True, max_size=8))
    facts: dict[str, Any] = {}
    for path in chosen:
        *groups, last = path.split(".")
        inside = facts
        for group in groups:
            inside = inside.setdefault(group, {})
        said = [statement(words[path]) for _ in range(draw(st.sampled_from([1, 1, 2, 3])))]
        inside[last] = said if len(said) > 1 or draw(st.booleans()) else said[0]
    bands = ["0-20", "40-60", "80-100"]
    ways = st.sampled_from([{"ratio": Decimal("0.85")}, {"ratio": 1}, {"ratio": Decimal("0.12345678901234567")}, {"band": "0-20"}, {"aspects": {"data": "40-60"}},
                            {"aspects": dict.fromkeys(["trend", "results"], bands[2])}])
    panel = draw(st.lists(texts, unique=True, max_size=3))
    rated = draw(st.lists(st.tuples(st.sampled_from(["sme-csr:5.1.1", "sme-csr:5.1.2"]), st.sampled_from(panel) if panel else texts), unique=True, max_size=3))
    tree = {
        "company": {"name": draw(texts), **optional(draw, {"credit_code": texts, "industry": st.sampled_from(["C3670", "0111", "36", "A"]), "note": texts,
                                                         "traits": st.lists(code["trait"], max_size=3)})},
        "period": {"start": start, "end": end},
        "facts": facts,
        "documents": documents,
        "evidence": evidence,
        **optional(draw, {"as_of": days, "refinements": st.just({"sme-csr": {"mark": draw(st.sampled_from("+-")), "by": draw(texts), **optional(draw, {**shows, "note": texts})}})}),
        "events": [{"kind": draw(code["event"]), "date": draw(days), **optional(draw, {"title": texts, **fields, **shows})} for _ in range(draw(st.integers(0, 2)))],
        "event_statements": [{"kind": draw(code["event"]), "from": start, "to": end, **optional(draw, {"none": st.booleans(), **shows, "note": texts})}
                             for _ in range(draw(st.integers(0, 2)))],
        "panel": panel,
        "ratings": [{"clause": clause, "assessor": assessor, **draw(ways), **optional(draw, {**shows, "note": texts})} for clause, assessor in rated],
    }
    return {key: part for key, part in tree.items() if part or key in ("company", "period", "facts") or draw(st.booleans())}


@settings(max_examples=120, deadline=None)
@given(data=st.data(), lang=st.sampled_from(["zh", "en"]))
def test_any_valid_fact_file_survives(data: st.DataObject, lang: str, packs: Packs) -> None:
    tree = data.draw(trees(packs))
    plain = dumps(canonical(tree, packs))
    again = parse_json(plain, "f.json")
    build_facts(again, packs)
    assert dumps(canonical(again.data, packs)) == plain
    assert through_excel(tree, packs, lang) == plain


@settings(max_examples=300, deadline=None)
@given(st.lists(names, max_size=5))
def test_names_in_one_cell_come_apart_as_they_were(several: list[str]) -> None:
    assert parted(joined(several)) == several


def test_names_as_people_write_them() -> None:
    assert parted(" a; b；c\n\nd ;") == ["a", "b", "c", "d"]
    assert parted('"a;b" ; c "d" e; "f') == ["a;b", 'c "d" e', '"f']


def test_labels_that_would_not_tell_show_their_code() -> None:
    choices = {"a": Text("同", "same"), "b": Text("同", "other"), "c": Text("a", "b")}
    assert shown(choices, "zh") == {"a": "同 (a)", "b": "同 (b)", "c": "a (c)"}
    assert codes(choices) == {"同 (a)": "a", "同 (b)": "b", "a (c)": "c", "b (c)": "c", "same": "a", "other": "b", "a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", [REAL, ROOT / "fixtures/sme/three-assessors/facts.json", ROOT / "fixtures/internet/yunshi/facts.json"], ids=lambda path: path.parent.name)
def test_a_workbook_is_judged_as_the_file_it_was_made_from(path: Path, lang: str, tmp_path: Path, packs: Packs, esgcheck: Esgcheck) -> None:
    out = tmp_path / "f.xlsx"
    assert esgcheck("convert", path, "-o", out, "--lang", lang, "--pack", "all").exit_code == 0
    before, after = (check(load_facts(source, packs), packs, as_of=date(2025, 6, 30)) for source in (path, out))
    assert [(finding.clause.name, finding.verdict, finding.score) for finding in after.findings()] == \
           [(finding.clause.name, finding.verdict, finding.score) for finding in before.findings()]
    assert [(found.code, found.said) for found in after.warnings] == [(found.code, found.said) for found in before.warnings]


# --- commands --------------------------------------------------------------------------------------------------------


def test_every_command_on_a_fact_file_takes_a_workbook(tmp_path: Path, esgcheck: Esgcheck) -> None:
    out = tmp_path / "f.xlsx"
    source = ROOT / "fixtures/sme/undetermined/facts.json"
    assert esgcheck("convert", source, "-o", out).exit_code == 0
    for command in (["check"], ["screen"], ["ask"], ["spotcheck"], ["plan", "--target", "eligible"]):
        before, after = (esgcheck(command[0], path, *command[1:], *DAY) for path in (source, out))
        assert (after.exit_code, after.stdout) == (before.exit_code, before.stdout), command
    assert esgcheck("explain", out, "sme-csr:P1.b", *DAY).stdout == esgcheck("explain", source, "sme-csr:P1.b", *DAY).stdout
    assert esgcheck("compare", out, ROOT / "fixtures/sme/eligible/facts.json", "--any-industry", *DAY).exit_code == \
           esgcheck("compare", source, ROOT / "fixtures/sme/eligible/facts.json", "--any-industry", *DAY).exit_code
    assert esgcheck("check", "-", *DAY, input=out.read_bytes()).stdout == esgcheck(source, *DAY).stdout


def test_convert_into_a_folder(tmp_path: Path, esgcheck: Esgcheck) -> None:
    sources = [tmp_path / f"{name}.json" for name in ("a", "b")]
    for source in sources:
        source.write_bytes(FILES[1].read_bytes())
    folder = tmp_path / "out"
    folder.mkdir()
    assert esgcheck("convert", *sources, "-o", folder).exit_code == 0
    assert esgcheck("convert", *folder.iterdir(), "-o", f"{folder}/").exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "a.xlsx", "b.json", "b.xlsx"]
    assert esgcheck("convert", FILES[1], "-o", tmp_path / "plain.json").exit_code == 0
    assert (folder / "a.json").read_bytes() == (tmp_path / "plain.json").read_bytes()
    json.loads((folder / "a.json").read_text("utf-8"))


def test_convert_makes_the_folder_it_is_to_write_into(tmp_path: Path, esgcheck: Esgcheck) -> None:
    assert esgcheck("convert", REAL, FILES[1], "-o", f"{tmp_path}/new/").exit_code == 0
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_convert_takes_nothing_away(tmp_path: Path, esgcheck: Esgcheck) -> None:
    source = tmp_path / "a.json"
    source.write_bytes(REAL.read_bytes())
    refusals = {
        (source, "-o", source): "会覆盖这个输入",
        (source, source, "-o", tmp_path / "b.json"): "输出应是目录",
        (source, "-o", tmp_path / "a.pdf"): "不认识的输出类型",
        (source, "-o", tmp_path / "b.xlsx", "--pack", "nothing"): "没有标准包",
    }
    for arguments, said in refusals.items():
        result = esgcheck("convert", *arguments)
        assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.json").write_bytes(REAL.read_bytes())
    (tmp_path / "bad.json").write_text("{", "utf-8")
    result = esgcheck("convert", tmp_path / "bad.json", source, tmp_path / "sub" / "a.json", "-o", tmp_path)
    assert (result.exit_code, "bad.json:1" in result.stderr) == (2, True)

    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"a.json", "bad.json", "sub", "sub-a.xlsx", f"{tmp_path.name}-a.xlsx"}, "files of one name get names of their own"
    assert esgcheck("convert", source, "-o", tmp_path).exit_code == 0
    result = esgcheck("convert", source, "-o", tmp_path)
    assert (result.exit_code, "已经存在" in result.stderr) == (2, True)
    assert source.read_bytes() == REAL.read_bytes()


def test_what_is_too_long_for_a_cell_is_said(tmp_path: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    tree["evidence"] |= {f"{number}-{'x' * 900}": {"document": "esg-2024", "place": "p"} for number in range(40)}
    tree["facts"]["safety"]["policy"] = {"established": {"value": True, "evidence": [name for name in tree["evidence"] if "xxx" in name]}}
    (tmp_path / "f.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck("convert", tmp_path / "f.json", "-o", tmp_path / "f.xlsx")
    assert result.exit_code == 2
    assert "事实!G" in result.stderr
    assert not (tmp_path / "f.xlsx").exists()


def test_more_than_a_sheet_holds_is_said(tmp_path: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    tree["events"] = [{"kind": "product_recall", "date": "2024-05-01"}] * 20_000
    (tmp_path / "f.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck("convert", tmp_path / "f.json", "-o", tmp_path / "f.xlsx", "--pack", "sme-csr")
    assert (result.exit_code, "f.xlsx: 事件!20001: 错误：工作表超过 20,000 行。" in result.stderr) == (2, True)
    assert not (tmp_path / "f.xlsx").exists()


def test_a_workbook_that_would_say_something_else_is_never_written(tmp_path: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    from checker.questionnaire import writing

    monkeypatch.setattr(writing, "joined", lambda names: "；".join(names).upper())
    source = ROOT / "fixtures/sme/three-assessors/facts.json"
    result = esgcheck("convert", source, "-o", tmp_path / "f.xlsx")
    assert result.exit_code in (2, 70)
    assert not list(tmp_path.iterdir())


def test_only_packs_that_are_rated_bring_sheets_for_assessors(tmp_path: Path, esgcheck: Esgcheck) -> None:
    for pack, there in (("auto-csr", []), ("internet-esg", ["评分"]), ("sme-csr", ["评分", "等级微调"])):
        assert esgcheck("template", "--pack", pack, "-o", tmp_path / f"{pack}.xlsx").exit_code == 0
        assert [name for name in openpyxl.load_workbook(tmp_path / f"{pack}.xlsx").sheetnames if name in ("评分", "等级微调")] == there


# --- filled in by people ---------------------------------------------------------------------------------------------


def test_an_untouched_template_says_what_is_missing(empty: Path, esgcheck: Esgcheck) -> None:
    result = esgcheck(empty)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [f"{empty}: 企业!B{row}: 错误：“{label}”没有填写。请补上。" for row, label in ((2, "企业名称"), (9, "报告期开始"), (10, "报告期结束"))]


@pytest.mark.parametrize(("lang", "yes", "names"), [("zh", ["yes", "TRUE", True, "是", " Yes "], "英文"), ("en", ["是", "true", True, "yes", "是"], "中文")])
def test_answers_in_either_language(lang: str, yes: list[Any], names: str, tmp_path: Path, packs: Packs, esgcheck: Esgcheck) -> None:
    path = tmp_path / "questions.xlsx"
    assert esgcheck("template", "--pack", "auto-csr", "--lang", lang, "-o", path).exit_code == 0
    company, answer, facts = ("企业", "填写", "事实") if lang == "zh" else ("Company", "Answer", "Facts")
    head = "答案" if lang == "zh" else "Answer"
    why = "无值原因" if lang == "zh" else "Why no value"
    booleans = [word for word in packs.vocabulary.words.values() if word.type == "boolean" and any(word.path in clause.facts for clause in packs["auto-csr"].clauses)][:6]
    other = packs.vocabulary.terms
    filled(path, {
        (company, "company.name", answer): names, (company, "period.start", answer): date(2024, 1, 1), (company, "period.end", answer): "2024/12/31",
        (company, "company.traits", answer): other.traits["automotive"].in_language("en" if lang == "zh" else "zh"),
        **{(facts, word.path, head): said for word, said in zip(booleans, yes, strict=False)},
        (facts, booleans[5].path, why): "declined；" + other.missing_reasons["delegated"].in_language("en" if lang == "zh" else "zh"),
    })
    found = load_facts(path, packs)
    assert found.company.traits == ("automotive",)
    assert [found.facts[word.path].value for word in booleans[:5]] == [True] * 5
    assert found.facts[booleans[5].path].missing == ("declined", "delegated")
    assert found.period == (date(2024, 1, 1), date(2024, 12, 31))


def test_numbers_dates_and_shares_as_people_type_them(tmp_path: Path, packs: Packs, esgcheck: Esgcheck) -> None:
    path = tmp_path / "q.xlsx"
    assert esgcheck("template", "-o", path).exit_code == 0
    words = packs.vocabulary.words
    of = {kind: [word.path for word in words.values() if word.type == kind and not word.table] for kind in ("integer", "number", "ratio", "month", "date", "text")}
    typed: dict[str, tuple[Any, Any]] = {
        of["integer"][0]: (12, 12), of["integer"][1]: ("3", 3), of["number"][0]: (0.1 + 0.2, Decimal("0.3")), of["number"][1]: (2.50, Decimal("2.5")),
        of["ratio"][0]: (0.45, Decimal("0.45")), of["ratio"][1]: ("45%", Decimal("0.45")), of["ratio"][2]: ("12.5 ％", Decimal("0.125")), of["ratio"][3]: (1, 1),
        of["month"][0]: ("2024-08", "2024-08"), of["month"][1]: (date(2024, 8, 1), "2024-08"), of["date"][0]: ("2024年8月1日", date(2024, 8, 1)),
        of["date"][1]: (datetime(2024, 8, 1), date(2024, 8, 1)), of["text"][0]: (14001, "14001"), of["text"][1]: ("5.10", "5.10"),
    }
    filled(path, {**SHELL, **{("事实", fact, "答案"): said for fact, (said, _) in typed.items()}})
    found = load_facts(path, packs)
    assert {fact: found.facts[fact].value for fact in typed} == {fact: read for fact, (_, read) in typed.items()}


def test_statements_evidence_and_events_in_rows_of_their_own(empty: Path, packs: Packs) -> None:
    book = openpyxl.load_workbook(empty)
    facts = book["事实"]
    heads = {cell.value: cell.column for cell in facts[1]}
    row = next(cells[0].row for cells in facts.iter_rows(min_row=2) if cells[-1].value == "safety.policy.established")
    facts.cell(row, heads["答案"]).value = "是"
    facts.cell(row, heads["证据"]).value = "a；b"
    facts.cell(facts.max_row + 1, heads["事实"]).value = "safety.policy.established"
    facts.cell(facts.max_row, heads["答案"]).value = "否"
    book.save(empty)
    filled(empty, {**SHELL, ("事件声明", "行政处罚", "至"): date(2025, 1, 1), ("事件声明", "行政处罚", "期间没有发生"): "是"}, add={
        "文件": [{"文件编号": 1, "名称": "手册"}],
        "证据": [{"证据编号": "a", "文件编号": 1, "位置": "第 1 页"}, {"证据编号": "b", "文件编号": "1", "位置": "第 2 页", "种类": "记录台账"}],
        "事件": [{"事件种类": "产品召回", "日期": date(2024, 5, 1), "严重程度": "轻微", "证据": "b"}],
    })
    found = load_facts(empty, packs)
    assert [(said.value, said.evidence) for said in found.facts["safety.policy.established"].statements] == [(True, ("a", "b")), (False, ())]
    assert found.evidence["b"].kind == "record"
    assert found.events is not None
    assert (found.events[0].kind, found.events[0].fields, found.events[0].evidence) == ("product_recall", {"severity": "minor"}, ("b",))
    assert [(said.kind, said.none) for said in found.statements] == [("administrative_penalty", True)]


# --- what is wrong names its cell ------------------------------------------------------------------------------------

WRONG: dict[str, tuple[dict[tuple[str, str, str], Any], str]] = {
    "boolean": ({("事实", "safety.policy.established", "答案"): "也许"}, "事实!D{row}: 错误：“也许”不在可选值之内：是、否。"),
    "formula": ({("事实", "safety.policy.established", "答案"): "=A1"}, "事实!D{row}: 错误：这里是公式（=A1），不是值。"),
    "error": ({("事实", "safety.policy.established", "答案"): "#N/A"}, "事实!D{row}: 错误：单元格里是错误值 #N/A。"),
    "range": ({("事实", "company.employees", "答案"): -1}, "事实!D{row}: facts.company.employees.value: 错误：-1 小于最小值 0。"),
    "thousands": ({("事实", "company.employees", "答案"): "1,234"}, "事实!D{row}: 错误：“1,234”不是数。"),
    "words for a number": ({("事实", "company.employees", "答案"): "约 130"}, "事实!D{row}: 错误：“约 130”不是数。"),
    "fraction of a person": ({("事实", "company.employees", "答案"): 1.5}, "事实!D{row}: facts.company.employees.value: 错误：这里应为“整数”"),
    "unit": ({("事实", "company.employees", "答案"): 5, ("事实", "company.employees", "单位"): "万人"}, "事实!C{row}: facts.company.employees.unit: 错误：单位“万人”不对"),
    "evidence": ({("事实", "safety.policy.established", "答案"): "是", ("事实", "safety.policy.established", "证据"): "无此"}, "事实!G{row}: facts.safety.policy.established.evidence.0: 错误：引用了不存在的证据“无此”。"),
    "both": ({("事实", "safety.policy.established", "答案"): "是", ("事实", "safety.policy.established", "无值原因"): "未回答"}, "事实!D{row}: 错误：这一行既有答案又有无值原因。"),
    "reason": ({("事实", "safety.policy.established", "无值原因"): "忘了"}, "事实!E{row}: 错误：“忘了”不在可选值之内：未回答、拒绝提供、自称不涉及、交由母公司。"),
    "only a note": ({("事实", "safety.policy.established", "备注"): "见附件"}, "事实!D{row}: 错误：这一行填了内容，却既无答案也无无值原因。"),
    "date": ({("事实", "safety.policy.established", "答案"): "是", ("事实", "safety.policy.established", "日期"): "去年"}, "事实!I{row}: facts.safety.policy.established.date: 错误：“去年”不是有效日期。"),
    "time": ({("事实", "safety.policy.established", "答案"): "是", ("事实", "safety.policy.established", "日期"): datetime(2024, 1, 1, 12, 30)}, "事实!I{row}: 错误：“2024-01-01 12:30:00”不是有效日期。"),
    "fraction as text": ({("事实", "safety.policy.established", "答案"): "是", ("事实", "safety.policy.established", "出处"): 5.1}, "事实!H{row}: 错误：这里应为文字，Excel 却把它存成了数"),
    "trait": ({("企业", "company.traits", "填写"): "大企业"}, "企业!B5: 错误：“大企业”不在可选值之内"),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_error_names_sheet_and_cell(case: str, empty: Path, esgcheck: Esgcheck, packs: Packs) -> None:
    answers, said = WRONG[case]
    filled(empty, {**SHELL, **answers})
    facts = openpyxl.load_workbook(empty)["事实"]
    path = next((row for _, row, _ in answers), "")
    number = next((cells[0].row for cells in facts.iter_rows(min_row=2) if cells[-1].value == path), 0)
    result = esgcheck(empty, *DAY)
    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert result.stderr.startswith(f"{empty}: {said.format(row=number)}"), result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    with pytest.raises(InputError) as caught:
        load_facts(empty, packs)
    assert all(found.said.en and found.remedy.en for found in caught.value.problems)


def test_what_has_to_be_filled_in(empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL, add={"文件": [{"文件编号": "d"}], "证据": [{"证据编号": "a", "种类": "记录台账"}], "事件": [{"事件名称": "着火"}],
                              "评分": [{"条款": "sme-csr:5.1.1", "评分比例": 0.5}], "等级微调": [{"标准包": "sme-csr"}]})
    result = esgcheck(empty, *DAY)
    assert [line.partition("：")[0].removeprefix(f"{empty}: ") + line.partition("：")[2].partition("。")[0] for line in result.stderr.splitlines()] == [
        "事件!A2: 错误“事件种类”没有填写", "事件!B2: 错误“日期”没有填写", "文件!B2: 错误“名称”没有填写", "等级微调!B2: 错误“微调”没有填写", "等级微调!C2: 错误“评定者”没有填写",
        "证据!B2: 错误“文件编号”没有填写", "证据!C2: 错误“位置”没有填写", "评分!D2: 错误“评审员”没有填写",
    ]


@pytest.fixture(scope="module")
def cells_of_blank(blank: bytes) -> list[Grid]:
    return [Grid(grid.title, {row: cells for row, cells in grid.rows.items() if row < 40}) for grid in read_workbook(blank, "q.xlsx")]


CONTENTS = st.sampled_from([*HOSTILE, True, False, 0, -1, 1, 10**18, 10**40, Decimal("0.5"), Decimal("1E-40"), date(2024, 1, 1), "是", "否", "未回答", "2024-08", "sme-csr:5.1.1", "sme-csr",
                            "company.name", "safety.policy.established", "0-20", "产品召回", "", ";", "证据", "答案", Odd("formula", "=A1"), Odd("error", "#N/A"), Odd("moment", "12:00:00")])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_cells_are_read_or_refused_with_their_place(data: st.DataObject, cells_of_blank: list[Grid], packs: Packs) -> None:
    grids = [Grid(grid.title, {row: dict(cells) for row, cells in grid.rows.items()}) for grid in cells_of_blank]
    for _ in range(data.draw(st.integers(1, 25))):
        grid = data.draw(st.sampled_from(grids))
        row = data.draw(st.integers(1, 12) if data.draw(st.integers(0, 9)) else st.integers(1, 60))
        grid.rows.setdefault(row, {})[data.draw(st.integers(1, 16))] = data.draw(CONTENTS)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_workbook", lambda *_: grids)
        try:
            document, found = reading.read_questionnaire(b"", "q.xlsx", packs)
            build_facts(document, packs, found)
            dumps(canonical(document.data, packs))
        except InputError as error:
            titles = {grid.title for grid in grids}
            assert all(known.place.sheet in titles or known.code in ("not_questionnaire", "no_pack_applies") for known in error.problems), error


def test_rows_that_cannot_be_placed(empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL, add={"文件": [{"名称": "无编号"}, {"文件编号": "d", "名称": "甲"}, {"文件编号": "d", "名称": "乙"}, {"文件编号": "a;b", "名称": "丙"}]})
    book = openpyxl.load_workbook(empty)
    book["事实"].cell(2000, 4).value = "是"
    book["事实"].cell(2001, 4).value = "是"
    book["事实"].cell(2001, 15).value = "safty.policy.established"
    book["企业"].cell(40, 2).value = "x"
    book.save(empty)
    told = esgcheck(empty, *DAY).stderr
    for said in ("文件!A2: 错误：这一行填了内容，却没有“文件编号”。", "文件!A4: 错误：“d”已在", "文件!A5: 错误：这里只写一个编号，却写了 2 个。", "事实!O2000: 错误：这一行填了内容，却没有“事实”。",
                 "事实!O2001: 错误：词表里没有事实“safty.policy.established”。是否想写“safety.policy.established”？", "企业!D40: 错误：这一行填了内容，却没有“键”。"):
        assert said in told, said


def test_nothing_is_lost_in_silence(empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL)
    book = openpyxl.load_workbook(empty)
    book["事实"].cell(1, 16).value = "我的看法"
    book["事实"].cell(3, 16).value = "很好"
    book["证据"].cell(9, 20).value = "散落"
    book.create_sheet("草稿")["B2"] = "x"
    book.create_sheet("空白")
    book.save(empty)
    result = esgcheck(empty, *DAY, "--fail-on", "never")
    assert result.exit_code == 0
    told = result.stderr.splitlines()
    assert len(told) == 3
    assert f"{empty}: 事实!P3: 警告：列“我的看法”不属于问卷，未读取。" in result.stderr
    assert f"{empty}: 证据!T9: 警告：列“T”不属于问卷" in result.stderr
    assert f"{empty}: 草稿: 警告：工作表不属于问卷，未读取。" in result.stderr


def test_places_of_warnings_in_json_have_the_sheet(empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL, add={"证据": [{"证据编号": "a", "文件编号": "d", "位置": "p"}], "文件": [{"文件编号": "d", "名称": "t"}]})
    book = openpyxl.load_workbook(empty)
    book["证据"]["Z2"] = "x"
    book.save(empty)
    report = json.loads(esgcheck(empty, *DAY, "--format", "json").stdout)
    jsonschema.validate(report, json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8")))
    assert report["warnings"][0]["place"] == {"file": str(empty), "sheet": "证据", "line": 2, "column": 26, "path": ""}


def test_standard_input_goes_into_a_folder(tmp_path: Path, empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL)
    assert esgcheck("convert", "-", "-o", f"{tmp_path}/out/", input=empty.read_bytes()).exit_code == 0
    tree = json.loads((tmp_path / "out" / "stdin.json").read_text("utf-8"))
    assert tree == {"company": {"name": "甲公司", "traits": ["sme", "automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {}}


def test_columns_may_be_moved_and_titles_stand_above(empty: Path, packs: Packs) -> None:
    filled(empty, {**SHELL, ("事实", "safety.policy.established", "答案"): "是"})
    book = openpyxl.load_workbook(empty)
    book["事实"].move_range(f"O1:O{book['事实'].max_row}", cols=3)
    book["企业"].insert_rows(1, 2)
    book["企业"]["A1"] = "甲公司的问卷"
    book.save(empty)
    assert load_facts(empty, packs).facts["safety.policy.established"].value is True


def test_headings_and_sheets_that_are_gone(empty: Path, esgcheck: Esgcheck) -> None:
    filled(empty, SHELL)
    book = openpyxl.load_workbook(empty)
    book["证据"].delete_cols(2)
    book["证据"]["A2"] = "x"
    book["文件"]["B1"] = "标题"
    book["事件"]["G1"] = "日期"
    book.save(empty)
    told = esgcheck(empty, *DAY).stderr
    assert "证据: 错误：找不到表头：证据编号、文件编号、位置。" in told
    assert "事件!G1: 错误：表头“日期”出现两次。" in told
    book = openpyxl.load_workbook(empty)
    book.create_sheet("Facts")["A1"] = "x"
    book.save(empty)
    assert "Facts: 错误：工作表“事实”出现两次" in esgcheck(empty, *DAY).stderr
    book["企业"].delete_cols(4)
    del book["Facts"]
    book.save(empty)
    assert [line for line in esgcheck(empty, *DAY).stderr.splitlines() if "企业" in line] == [f"{empty}: 企业: 错误：找不到表头：填写、键。请恢复表头那一行；列的次序可以变，名称不能变。"]
    del book["企业"]
    book.save(empty)
    assert "工作簿里没有问卷的工作表“企业”" in esgcheck(empty, *DAY).stderr
    del book["事实"]
    book.save(empty)
    result = esgcheck(empty, *DAY)
    assert (result.exit_code, "工作簿里没有问卷的工作表“事实”" in result.stderr) == (2, True)


def test_a_workbook_of_mistakes_is_given_up_in_time(empty: Path, esgcheck: Esgcheck, packs: Packs) -> None:
    filled(empty, SHELL)
    book = openpyxl.load_workbook(empty)
    for cells in book["事实"].iter_rows(min_row=2):
        if cells[-1].value:
            cells[3].value = "?"
    book.save(empty)
    result = esgcheck(empty, *DAY)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) <= 101
    with pytest.raises(InputError) as caught:
        load_facts(empty, packs)
    assert len(caught.value.problems) == 201


def test_very_many_unknown_facts_are_given_up_in_time(empty: Path, esgcheck: Esgcheck) -> None:
    book = openpyxl.load_workbook(empty)
    for number in range(3, 5_000):
        book["事实"].cell(number, 4).value = "是"
        book["事实"].cell(number, 15).value = f"safety.policy.establishde{number}"
    book.save(empty)
    begun = time.monotonic()
    result = esgcheck(empty, *DAY)
    assert (result.exit_code, time.monotonic() - begun < 30) == (2, True)


def test_who_has_no_workbook_loads_nothing_for_it() -> None:
    program = f"import sys; from checker import load_facts, load_packs; load_facts({str(REAL)!r}, load_packs()); import checker.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"openpyxl", "xlsxwriter", "defusedxml", "checker.workbooks", "checker.questionnaire.reading", "checker.questionnaire.writing"} & set(loaded)


def test_items_of_the_company_are_keys_of_a_fact_file(packs: Packs) -> None:
    assert {item.path for item in ITEMS} == {"company.name", "company.credit_code", "company.industry", "company.traits", "company.note",
                                             "period.start", "period.end", "as_of", "panel"}
    for sheet in sheets(packs).values():
        for lang in (0, 1):
            headings = [column.heading[lang].casefold() for column in sheet.columns]
            assert len(set(headings)) == len(headings), sheet.key
