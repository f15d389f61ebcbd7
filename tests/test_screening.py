"""Screening: who may apply, who may not, and what is missing; from facts and from events, both sides shown."""

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

from checker import Packs, load_facts
from checker.conditions import Count, Truth
from checker.engines.reference import truth
from checker.facts import FactBase
from checker.load import load_yaml
from checker.screening import screen
from checker.situation import Event, EventStatement
from tests.conftest import ROOT
from tests.small import DAY, base

Esgcheck = Callable[..., Result]
WORKED = [path for path in sorted((ROOT / "fixtures" / "sme").iterdir()) if not path.name.startswith(("total-", "three-"))]
CODES = {"eligible": 0, "not_eligible": 1, "undetermined": 3}


@pytest.mark.parametrize("folder", WORKED, ids=lambda folder: folder.name)
def test_worked_example(folder: Path, esgcheck: Esgcheck) -> None:
    expected = load_yaml(folder / "expect.yaml").data
    result = esgcheck("screen", folder / "facts.json", "--format", "json")
    tree = json.loads(result.stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "screening.schema.json").read_text("utf-8"))).validate(tree)
    (found,) = tree["packs"]
    assert found["outcome"] == expected["screen"]
    assert result.exit_code == CODES[expected["screen"]]
    assert [finding["id"] for finding in found["findings"] if finding["verdict"] == "violated"] == expected.get("because", [])
    assert sorted(question["fact"] for question in found["supply"]) == expected.get("supply", [])
    contradicted = [conflict["about"] for finding in found["findings"] for conflict in finding["conflicts"]]
    assert contradicted == expected.get("contradicted", [])


def test_worked_examples_cover_every_outcome() -> None:
    assert {load_yaml(folder / "expect.yaml").data["screen"] for folder in WORKED} == set(CODES)


def test_both_sides_of_a_contradiction_are_shown(esgcheck: Esgcheck) -> None:
    result = esgcheck("screen", ROOT / "fixtures/sme/ineligible-by-event/facts.json")
    shown = result.stdout.replace("\n", "").replace(" ", "")
    assert "记录在案：2023-05-18生产安全事故、重大（料仓坍塌）" in shown
    assert "自称没有，却有记录在案的事件" in shown
    assert "第3页声明；第四部分事故性质" in shown


def test_a_claim_of_none_is_contradicted_as_a_declaration_is(esgcheck: Esgcheck, tmp_path: Path) -> None:
    """Whether the applicant denies an accident by a fact or by a statement on events: both sides stand in the finding."""
    tree = json.loads((ROOT / "fixtures/sme/ineligible-by-event/facts.json").read_text("utf-8"))
    del tree["facts"]["safety"]["accident"]["no_serious_accident"]
    tree["event_statements"] = [{"kind": "production_safety_accident", "to": "2025-06-30", "none": True, "evidence": ["declaration"]}]
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck("screen", tmp_path / "facts.json", "--format", "json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["packs"]
    finding = next(finding for finding in found["findings"] if finding["id"] == "sme-csr:P1.b")
    assert [conflict["about"] for conflict in finding["conflicts"]] == ["safety.accident.no_serious_accident"]
    assert {"declaration", "collapse"} <= {evidence["id"] for evidence in finding["evidence"]}


def test_a_clean_statement_on_events_is_evidence(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = json.loads((ROOT / "fixtures/sme/eligible/facts.json").read_text("utf-8"))
    del tree["facts"]["governance"]["integrity"]["no_fraud"]
    tree["evidence"]["search"] = {"document": "registry", "place": "裁判文书检索"}
    tree["event_statements"] = [{"kind": "commercial_fraud", "to": "2025-06-30", "none": True, "evidence": ["search"]}]
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck("screen", tmp_path / "facts.json", "--format", "json")
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)["packs"]
    finding = next(finding for finding in found["findings"] if finding["id"] == "sme-csr:P1.c")
    assert "search" in {evidence["id"] for evidence in finding["evidence"]}


def test_a_traitless_company_is_screened_all_the_same(esgcheck: Esgcheck, tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text('{"company": {"name": "甲"}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {}}')
    result = esgcheck("screen", tmp_path / "facts.json")
    assert result.exit_code == 3
    assert "尚不能判定" in result.stdout


def test_a_pack_without_preconditions_is_an_error(esgcheck: Esgcheck) -> None:
    result = esgcheck("screen", WORKED[0] / "facts.json", "--pack", "auto-csr")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "没有申请条件" in result.stderr


def test_english_is_complete(esgcheck: Esgcheck) -> None:
    shown = esgcheck("screen", ROOT / "fixtures/sme/undetermined/facts.json", "--lang", "en").stdout
    assert "not yet known whether it is eligible" in shown
    assert "Please supply:" in shown
    assert not [line for line in shown.splitlines() if "请" in line or "为何" in line]


def test_supplying_what_is_asked_for_settles_it(packs: Packs, tmp_path: Path) -> None:
    """After every question of a screening is answered well, the company is eligible and nothing is asked any more."""
    tree = json.loads((ROOT / "fixtures/sme/undetermined/facts.json").read_text("utf-8"))
    tree["events"][0]["severity"] = "general"
    tree["facts"]["company"] |= {"employees": 180, "revenue": 96000000}
    tree["facts"]["governance"]["integrity"]["no_fraud"] = True
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    found = screen(load_facts(tmp_path / "facts.json", packs), packs)
    assert [(screened.outcome, screened.supply) for screened in found.packs] == [("eligible", ())]
    assert found.exit_code == 0


# --- facts that deny events ---------------------------------------------------------------------------------------

COUNT = Count(("accident",), (("severity", ("major",)),), "ever", "at_most", 0)
EVENTS = st.lists(st.builds(
    Event, st.sampled_from(["accident", "other"]), st.dates(date(2000, 1, 1), date(2026, 12, 31)),
    st.sampled_from([{}, {"severity": "major"}, {"severity": "minor"}])), max_size=3)


@settings(max_examples=400, deadline=None)
@given(claim=st.sampled_from([True, False, None]), events=EVENTS, covered=st.booleans())
def test_what_a_fact_that_denies_events_is_worth(claim: Truth, events: list[Event], *, covered: bool) -> None:
    """On record beats declared; declared beats silence; a complete list without such an event says it as well."""
    statements = (EventStatement("accident", date.min, DAY),) if covered else ()
    facts = base({} if claim is None else {"t.f": claim}, denials={"t.f": COUNT}, events=tuple(events), statements=statements)
    relevant = [event for event in events if event.kind == "accident" and event.on <= DAY]
    value = facts.situation(DAY).values.get("t.f")
    if any(event.fields.get("severity") == "major" for event in relevant) or claim is False:
        assert value is False
    elif any(not event.fields for event in relevant):
        assert value is None
    else:
        assert value is (True if claim or covered else None)


@settings(max_examples=200, deadline=None)
@given(events=EVENTS, covered=st.booleans())
def test_a_silent_fact_follows_the_count_it_denies(events: list[Event], *, covered: bool) -> None:
    statements = (EventStatement("accident", date.min, DAY),) if covered else ()
    facts: FactBase = base({}, denials={"t.f": COUNT}, events=tuple(events), statements=statements)
    situation = facts.situation(DAY)
    said: Any = situation.values.get("t.f")
    assert said is truth(COUNT, situation, {})


def test_a_finding_has_one_form_in_reports_and_screenings() -> None:
    report, screening = (json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))["$defs"] for name in ("report", "screening"))
    shared = report.keys() & screening.keys()
    assert {"finding", "score_line", "rating", "event", "range", "text"} <= shared
    assert {name: report[name] for name in shared} == {name: screening[name] for name in shared}
