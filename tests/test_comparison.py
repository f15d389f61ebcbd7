"""Comparisons: one company over its periods, several companies of one industry, and nothing else by accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs, check, load_facts
from checker.comparison import compare
from tests.conftest import ROOT

Esgcheck = Callable[..., Result]
SME = ROOT / "fixtures" / "sme"


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    """Fact files made from worked examples: case, year, company, industry, and changes by path."""

    def make(*wanted: dict[str, Any]) -> list[Path]:
        made = []
        for number, want in enumerate(wanted):
            tree = json.loads((SME / want["case"] / "facts.json").read_text("utf-8"))
            year = want.get("year", 2024)
            tree["period"] = {"start": f"{year}-01-01", "end": f"{year}-12-31"}
            tree["company"] |= {key: want[key] for key in ("name", "industry", "credit_code") if key in want}
            tree["company"] = {key: value for key, value in tree["company"].items() if value is not None}
            for path, value in want.get("facts", {}).items():
                *groups, last = path.split(".")
                inside = tree["facts"]
                for group in groups:
                    inside = inside.setdefault(group, {})
                inside[last] = value
            tree |= {key: want[key] for key in ("events",) if key in want}
            made.append(tmp_path / f"{number}.json")
            made[-1].write_text(json.dumps(tree), "utf-8")
        return made

    return make


def tree_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    tree: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "comparison.schema.json").read_text("utf-8"))).validate(tree)
    return tree


def row(tree: dict[str, Any], clause: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in tree["packs"][0]["clauses"] if entry["id"] == clause)
    return found


def test_one_company_over_three_years(files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    paths = files(
        {"case": "total-951", "year": 2024, "facts": {"labour.union.established": False}},
        {"case": "total-751", "year": 2023},
        {"case": "total-1000", "year": 2025, "events": [{"kind": "commercial_fraud", "date": "2025-03-01"}]},
    )
    tree = tree_of(esgcheck("compare", *paths, "--format", "json"))
    assert tree["kind"] == "periods"
    assert [report["period"]["start"][:4] for report in tree["reports"]] == ["2023", "2024", "2025"]
    assert [grade["least"] for grade in tree["packs"][0]["grades"]] == ["A", "AAA", "AAA"]
    assert [total["least"] for total in tree["packs"][0]["supported"]] == [751, 946.2, 993.6]
    union = row(tree, "sme-csr:5.5.7")
    assert union["verdicts"] == ["satisfied", "violated", "satisfied"]
    assert union["moves"][1] == "improved"
    fraud = row(tree, "sme-csr:P1.c")
    assert fraud["verdicts"] == ["satisfied", "satisfied", "violated"]
    assert fraud["moves"] == ["same", "regressed"]
    assert fraud["newly_contradicted"] == [False, True]
    assert [entry["path"] for entry in tree["facts"] if entry["path"].startswith("labour")] == ["labour.union.established"]


def test_what_moved_is_told(files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    paths = files({"case": "total-751", "year": 2023}, {"case": "total-851", "year": 2024})
    shown = esgcheck("compare", *paths).stdout
    assert "纵向比较：同一企业的各期" in shown
    assert "进步" in shown
    assert "等级：AA" in shown
    english = esgcheck("compare", *paths, "--lang", "en").stdout
    assert "improved" in english
    assert "Grade: AA" in english


def test_companies_of_one_industry_stand_side_by_side(files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    paths = files({"case": "total-951"}, {"case": "total-351", "name": "乙公司", "industry": "C3311"})
    tree = tree_of(esgcheck("compare", *paths, "--format", "json"))
    assert tree["kind"] == "companies"
    assert tree["warnings"] == []
    assert [grade["least"] for grade in tree["packs"][0]["grades"]] == ["AAA", "B"]
    assert "横向比较" in esgcheck("compare", *paths).stdout


def test_different_industries_are_refused_unless_asked_for(files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    paths = files({"case": "total-951"}, {"case": "total-351", "name": "乙公司", "industry": "F52"})
    result = esgcheck("compare", *paths)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--any-industry" in result.stderr
    allowed = esgcheck("compare", *paths, "--any-industry")
    assert allowed.exit_code == 0
    assert "慎用" in allowed.stderr


def test_an_industry_that_is_not_given_is_a_warning(files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    paths = files({"case": "total-951"}, {"case": "total-351", "name": "乙公司", "industry": None})
    result = esgcheck("compare", *paths)
    assert result.exit_code == 0
    assert "不同或不明" in result.stderr


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([{"case": "total-951"}], "无从比较"),
        ([{"case": "total-951"}, {"case": "total-351"}], "出现两次"),
        ([{"case": "total-951"}, {"case": "total-351", "year": 2023}, {"case": "total-0", "name": "乙公司"}], "既有同一企业的，也有不同企业的"),
    ],
)
def test_what_cannot_be_compared_is_an_error(wanted: list[dict[str, Any]], said: str, files: Callable[..., list[Path]], esgcheck: Esgcheck) -> None:
    result = esgcheck("compare", *files(*wanted))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_credit_code_says_who_is_who(files: Callable[..., list[Path]], packs: Packs) -> None:
    first, second = files({"case": "total-951", "name": "旧名", "credit_code": "91110000600037341L"},
                          {"case": "total-951", "name": "新名", "credit_code": "91110000600037341L", "year": 2023})
    found = compare([check(load_facts(path, packs), packs) for path in (first, second)])
    assert found.kind == "periods"
    assert all(move == "same" for line in found.packs[0].rows for move in line.moves)
