"""Waivers: the real verdict first; a waiver changes neither verdict nor points, only what decides the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs, check, load_facts
from checker.errors import InputError, Place
from checker.waivers import Waiver, load_waivers
from tests.conftest import ROOT

Esgcheck = Callable[..., Result]
EVENT = ROOT / "fixtures/sme/ineligible-by-event/facts.json"
ENTRY = {"clause": "sme-csr:P1.b", "reason": "事故责任已复核，主管部门同意", "approver": "李四", "start": "2025-06-01", "expiry": "2025-06-30"}


@pytest.fixture
def waive(esgcheck: Esgcheck, tmp_path: Path) -> Callable[..., Result]:
    def run(*options: str, facts: Path = EVENT, name: str = "waivers.json", **changed: Any) -> Result:
        entry = {key: value for key, value in {**ENTRY, **changed}.items() if value is not None}
        (tmp_path / name).write_text(json.dumps({"waivers": [entry]}, ensure_ascii=False), "utf-8")
        return esgcheck(facts, "--waivers", tmp_path / name, *options)

    return run


def test_a_waived_clause_keeps_its_verdict_and_does_not_decide(waive: Callable[..., Result], esgcheck: Esgcheck) -> None:
    assert esgcheck(EVENT).exit_code == 1
    result = waive("--format", "json")
    assert result.exit_code == 0
    tree = json.loads(result.stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))).validate(tree)
    finding = next(found for found in tree["packs"][0]["findings"] if found["id"] == "sme-csr:P1.b")
    assert finding["verdict"] == "violated"
    assert finding["waiver"] == {key: value for key, value in ENTRY.items() if key != "clause"}
    assert tree["waivers"] == [{**ENTRY, "effect": "counts"}]
    assert tree["packs"][0]["eligibility"] == "not_eligible"


def test_it_is_marked_with_reason_and_approver(waive: Callable[..., Result]) -> None:
    shown = waive().stdout.replace("\n", "").replace(" ", "")
    assert "已豁免至2025-06-30（李四）：事故责任已复核，主管部门同意" in shown
    assert "不满足1条（其中已豁免1条）" in shown


def test_points_are_those_of_the_verdict(waive: Callable[..., Result], esgcheck: Esgcheck) -> None:
    plain = json.loads(esgcheck(EVENT, "--format", "json").stdout)["packs"][0]["score"]
    assert json.loads(waive("--format", "json").stdout)["packs"][0]["score"] == plain
    assert json.loads(waive("--format", "json", clause="sme-csr:5.2.1").stdout)["packs"][0]["score"] == plain


def test_another_violated_clause_still_decides(waive: Callable[..., Result]) -> None:
    result = waive(clause="sme-csr:5.2.1")
    assert (result.exit_code, result.stderr) == (1, "")
    assert waive("--fail-on", "recommended").exit_code == 1  # 5.2.1 is not waived here


@pytest.mark.parametrize(
    ("as_of", "code"),
    [("2025-05-31", 1), ("2025-06-01", 0), ("2025-06-30", 0), ("2025-07-01", 1)],
)
def test_the_first_and_the_last_day_are_included(as_of: str, code: int, waive: Callable[..., Result]) -> None:
    result = waive("--as-of", as_of)
    assert result.exit_code == code
    assert ("不起作用" in result.stderr) is bool(code)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"clause": "sme-csr:P1.a"}, "判定为 satisfied"),
        ({"clause": "sme-csr:P5"}, "判定为 unknown"),
        ({"clause": "sme-csr:P1.z"}, "没有这个条款。是否想写“sme-csr:P1.c”"),
        ({"clause": "auto-csr:5.4.4.1"}, "未参与本次检查"),
        ({"expiry": "2025-06-29"}, "已于 2025-06-29 到期"),
        ({"start": "2025-07-01", "expiry": "2025-07-02"}, "从 2025-07-01 起才有效"),
    ],
)
def test_a_waiver_that_counts_for_nothing_is_reported(changed: dict[str, str], said: str, waive: Callable[..., Result]) -> None:
    result = waive(**changed)
    assert result.exit_code == 1
    assert "waivers.json:1:" in result.stderr
    assert "不起作用" in result.stderr
    assert said in result.stderr
    effects = json.loads(waive("--format", "json", **changed).stdout)["waivers"]
    assert [entry["effect"] != "counts" for entry in effects] == [True]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": None}, "缺少“reason”"),
        ({"expiry": None}, "缺少“expiry”"),
        ({"approver": None}, "缺少“approver”"),
        ({"start": None}, "缺少“start”"),
        ({"reason": " "}, "文字是空的"),
        ({"approver": ""}, "文字是空的"),
        ({"expiry": "2025-06"}, "不是有效日期"),
        ({"expiry": "2025-02-30"}, "不是有效日期"),
        ({"start": "2025-07-01"}, "早于"),
        ({"note": "x"}, "不认识的键“note”"),
    ],
)
def test_a_bad_waiver_is_refused_with_its_place(changed: dict[str, str | None], said: str, waive: Callable[..., Result]) -> None:
    result = waive(**changed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "waivers.json:1:" in result.stderr
    assert said in result.stderr


def test_the_schema_of_waivers_says_the_same() -> None:
    validator = Draft202012Validator(json.loads((ROOT / "schemas" / "waivers.schema.json").read_text("utf-8")))
    assert validator.is_valid({"waivers": [ENTRY]})
    for key in ENTRY:
        assert not validator.is_valid({"waivers": [{other: value for other, value in ENTRY.items() if other != key}]}), key
    assert not validator.is_valid({"waivers": [{**ENTRY, "reason": " "}]})
    assert not validator.is_valid({"waivers": [{**ENTRY, "note": "x"}]})


def test_yaml_does_as_well(esgcheck: Esgcheck, tmp_path: Path) -> None:
    lines = "\n".join(f"    {key}: {value}" for key, value in ENTRY.items() if key != "clause")
    (tmp_path / "w.yaml").write_text(f"waivers:\n  - clause: \"{ENTRY['clause']}\"\n{lines}\n", "utf-8")
    assert esgcheck(EVENT, "--waivers", tmp_path / "w.yaml").exit_code == 0


def test_a_missing_file_is_said(esgcheck: Esgcheck, tmp_path: Path) -> None:
    result = esgcheck(EVENT, "--waivers", tmp_path / "none.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "文件不存在" in result.stderr


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from([*ENTRY, "waivers", "x"]), inner, max_size=6), max_leaves=15)


@settings(max_examples=200, deadline=None)
@given(tree=ANYTHING | st.fixed_dictionaries({"waivers": ANYTHING}))
def test_any_json_is_read_or_refused(tree: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("any") / "waivers.json"
    file.write_text(json.dumps(tree), "utf-8")
    try:
        load_waivers(file)
    except InputError as error:
        assert error.problems


@settings(max_examples=60, deadline=None)
@given(start=st.dates(date(2025, 6, 1), date(2025, 7, 31)), length=st.integers(0, 40), as_of=st.dates(date(2025, 6, 1), date(2025, 8, 31)))
def test_only_dates_decide_whether_a_fitting_waiver_counts(start: date, length: int, as_of: date, packs: Packs) -> None:
    expiry = date.fromordinal(start.toordinal() + length)
    waiver = Waiver("sme-csr:P1.b", "r", "a", start, expiry, Place("w"))
    facts = load_facts(EVENT, packs)
    plain, report = check(facts, packs, as_of=as_of), check(facts, packs, as_of=as_of, waivers=[waiver])
    assert [finding.verdict for finding in report.findings()] == [finding.verdict for finding in plain.findings()]
    assert plain.exit_code() == 1
    assert report.exit_code() == int(not start <= as_of <= expiry)
