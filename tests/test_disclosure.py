"""One company's disclosure: what was left out, handed on, contradicted, and how far what is claimed is supported."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs, check, load_facts, load_packs
from checker.crosswalk import crosswalk
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30")
SOURCES = ROOT.parent / "shared" / "sources"
PACKS = load_packs()


def findings(esgcheck: Esgcheck, pack: str, file: Path = REAL, *more: str) -> dict[str, Any]:
    tree = json.loads(esgcheck(file, *DAY, "--pack", pack, "--format", "json", *more).stdout, parse_float=Decimal)
    return {finding["clause"]: finding for finding in tree["packs"][0]["findings"]}


# --- the group's template -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source documents are not beside the checkout")
def test_every_heading_of_the_template_is_an_item() -> None:
    pack = PACKS["citic-esg"]
    lines = (SOURCES / pack.file).read_text("utf-8").splitlines()
    items = [clause for clause in pack.clauses if clause.kind == "disclosure"]
    assert len(items) == len(pack.clauses) == 72
    numerals = "一二三四五六七八九十"
    printed: list[str] = []
    part = section = 0
    for line in lines:
        if found := re.match(r"\s*第([一二三四五六])部分", line):
            part, section = numerals.index(found[1]) + 1, 0
        elif found := re.match(rf"\s*([{numerals}]+)、", line):
            section = numerals.index(found[1]) + 1
        elif (found := re.match(rf"\s*[（(]([{numerals}]+)[）)]", line)) and part:
            printed.append(f"{part}.{section}.{numerals.index(found[1]) + 1}")
    assert printed == [clause.number for clause in items]
    for clause in items:
        assert re.match(rf"\s*[（(][{numerals}]+[）)]", lines[(clause.citation.line or 1) - 1]), clause.name


def test_items_come_out_as_what_they_are(esgcheck: Esgcheck) -> None:
    found = findings(esgcheck, "citic-esg")
    extents = {number: finding["disclosure"]["extent"] for number, finding in found.items()}
    assert extents["6.2.3"] == extents["1.1.2"] == "full"
    assert extents["3.4.1"] == extents["3.5.3"] == "delegated"
    assert found["3.4.1"]["disclosure"]["also_not_applicable"], "不涉及，依托中信戴卡 says both"
    assert not found["4.1.1"]["disclosure"]["also_not_applicable"], "依托戴卡 says one"
    assert extents["1.3.4"] == "partial"
    assert found["1.3.4"]["disclosure"]["missing"]
    assert set(extents.values()) <= {"full", "partial", "delegated", "not_applicable", "absent"}


def test_shares_are_summed_by_part(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck(REAL, *DAY, "--pack", "citic-esg", "--format", "json").stdout)
    shares = {row["chapter"]: row for row in tree["packs"][0]["disclosed"]}
    assert [shares[str(part)]["items"] for part in range(1, 7)] == [10, 22, 20, 7, 7, 6]
    assert shares[None]["items"] == 72
    for extent in ("full", "partial", "delegated", "not_applicable", "absent"):
        assert shares[None][extent] == sum(shares[str(part)][extent] for part in range(1, 7))
    assert "披露程度" in esgcheck(REAL, *DAY, "--pack", "citic-esg").stdout


def test_nothing_said_is_absent_and_one_word_is_partial(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree: dict[str, Any] = {"company": {"name": "甲"}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    assert {finding["disclosure"]["extent"] for finding in findings(esgcheck, "citic-esg", tmp_path / "facts.json").values()} == {"absent"}
    tree["facts"] = {"labour": {"women": {"employed": True, "maternity_leave_granted": False}}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    assert findings(esgcheck, "citic-esg", tmp_path / "facts.json")["2.1.2"]["disclosure"]["extent"] == "partial", "no is an answer, too"


# --- guidance that addresses two ----------------------------------------------------------------------------------


def soe(folder: Path, *traits: str) -> Path:
    tree = {"company": {"name": "甲", "traits": list(traits)}, "period": {"start": "2025-01-01", "end": "2025-12-31"}, "facts": {}}
    (folder / "facts.json").write_text(json.dumps(tree), "utf-8")
    return folder / "facts.json"


def test_a_company_is_judged_only_on_what_addresses_it(esgcheck: Esgcheck, tmp_path: Path) -> None:
    pack = PACKS["shenzhen-soe-csr"]
    assert {clause.number.partition(".")[0] for clause in pack.clauses} == {str(article) for article in range(4, 25)}
    commission = {clause.number for clause in pack.clauses if clause.addressee == "shenzhen_sasac"}
    enterprise = {clause.number for clause in pack.clauses} - commission
    assert (len(commission), len(enterprise)) == (39, 91)
    for traits, own in ((("shenzhen_soe",), enterprise), (("shenzhen_sasac",), commission), ((), enterprise),
                        (("shenzhen_soe", "shenzhen_sasac"), enterprise | commission)):
        assert set(findings(esgcheck, "shenzhen-soe-csr", soe(tmp_path, *traits))) == own
    shown = esgcheck(soe(tmp_path, "shenzhen_soe"), *DAY).stdout
    assert "另有 39 条以他方为对象，未判。" in shown
    assert "征求意见稿" in shown
    refused = esgcheck("explain", soe(tmp_path, "shenzhen_soe"), f"shenzhen-soe-csr:{min(commission)}")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "不以该企业为对象" in refused.stderr
    assert {clause.modality for clause in pack.clauses} == {"recommended"}, "a draft, and a guidance"


@pytest.mark.parametrize(("day", "due"), [("2021-12-31", 0), ("2022-01-01", 2), ("2023-12-31", 2), ("2024-01-01", 3), ("2025-12-31", 3), ("2026-01-01", 4)])
def test_targets_are_due_when_their_phase_has_ended(day: str, due: int, esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = json.loads(esgcheck(soe(tmp_path, "shenzhen_soe"), "--as-of", day, "--format", "json").stdout)
    phases = [finding for finding in tree["packs"][0]["findings"] if finding["clause"].startswith("4.")]
    assert len(phases) == 4
    assert sum(finding["verdict"] != "not_applicable" for finding in phases) == due


# --- consistency --------------------------------------------------------------------------------------------------


def test_the_real_company_contradicts_itself_where_it_does(esgcheck: Esgcheck) -> None:
    found = findings(esgcheck, "consistency")
    for number in ("ghg-total-1-to-4", "ghg-category-2-agreed", "environment-standard", "safety-funds-spent"):
        assert found[number]["verdict"] == "violated", number
    places = {evidence["place"] for evidence in found["ghg-total-1-to-4"]["evidence"]}
    assert any("数据表" in place and "一、绿色管理" in place for place in places)
    assert any("核查声明" in place for place in places)
    assert len({evidence["place"] for evidence in found["environment-standard"]["evidence"]}) == 2
    stated = {said["value"] for line in found["safety-funds-spent"]["facts"] for said in line["statements"]}
    assert {2680000, 1300000} <= stated


def test_one_table_adds_up_and_the_other_does_not(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    ghg = tree["facts"]["climate"]["ghg"]
    for kept, verdict in ((0, "satisfied"), (1, "violated")):
        one = json.loads(json.dumps(tree))
        one["facts"]["climate"]["ghg"]["category_2"] = ghg["category_2"][kept]
        (tmp_path / "facts.json").write_text(json.dumps(one), "utf-8")
        assert findings(esgcheck, "consistency", tmp_path / "facts.json")["ghg-total-1-to-4"]["verdict"] == verdict


# --- support ------------------------------------------------------------------------------------------------------

POLICY = {"documents": {"d": {"title": "安全方针"}}, "company": {"name": "甲", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}}


def policy(evidence: dict[str, Any] | None) -> dict[str, Any]:
    said = {"value": True, "evidence": ["e"]} if evidence is not None else True
    facts = {"safety": {"policy": dict.fromkeys(("established", "implemented", "maintained"), said), "accountability": {"implemented": said}}}
    return {**POLICY, "facts": facts, "evidence": {"e": {"document": "d", "place": "第 1 页", **(evidence or {})}}}


@pytest.mark.parametrize(
    ("evidence", "evidenced", "support"),
    [
        (None, "unknown", "asserted"),
        ({"kind": "report"}, "unknown", "asserted"),
        ({"kind": "policy_document"}, "satisfied", "own_record"),
        ({"kind": "certificate"}, "satisfied", "outside_party"),
        ({"kind": "official_filing"}, "satisfied", "public_register"),
        ({"kind": "report", "assurance": "outside_party"}, "satisfied", "outside_party"),
        ({"kind": "certificate", "expires": "2025-06-30"}, "satisfied", "outside_party"),
        ({"kind": "certificate", "expires": "2025-06-29"}, "unknown", "asserted"),
    ],
)
def test_a_satisfied_finding_says_how_it_is_supported(evidence: dict[str, Any] | None, evidenced: str, support: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text(json.dumps(policy(evidence)), "utf-8")
    finding = findings(esgcheck, "auto-csr", tmp_path / "facts.json")["5.4.4.1"]
    assert (finding["verdict"], finding["evidenced"], finding["support"]) == ("satisfied", evidenced, support)
    code = esgcheck(tmp_path / "facts.json", *DAY, "--require-evidence").exit_code
    assert code == int(evidenced != "satisfied")
    assert esgcheck(tmp_path / "facts.json", *DAY).exit_code == 0


def test_a_finding_is_supported_no_better_than_its_weakest_fact(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy({"kind": "policy_document"})
    tree["evidence"]["register"] = {"document": "d", "place": "第 2 页", "kind": "official_filing"}
    tree["facts"]["safety"]["accountability"]["implemented"] = {"value": True, "evidence": ["e", "register"]}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    assert findings(esgcheck, "auto-csr", tmp_path / "facts.json")["5.4.4.1"]["support"] == "own_record"


@pytest.mark.parametrize(("evidence", "evidenced"), [([], "unknown"), (["e"], "satisfied")], ids=["claimed", "recorded"])
def test_a_claim_that_nothing_happened_needs_evidence_too(evidence: list[str], evidenced: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    said = {"value": True, "evidence": ["e"]}
    tree = {**policy({"kind": "record"}), "facts": {"privacy": {"prohibition": dict.fromkeys(("leaking", "tampering", "misuse", "destruction"), said)}}}
    tree["event_statements"] = [{"kind": "personal_data_breach", "from": "2024-01-01", "to": "2024-12-31", "none": True, "evidence": evidence}]
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    finding = findings(esgcheck, "auto-csr", tmp_path / "facts.json")["5.9.3.4"]
    assert (finding["verdict"], finding["evidenced"]) == ("satisfied", evidenced)


@pytest.mark.parametrize(("none", "conflicts"), [(True, 1), (False, 0)], ids=["none at all", "a complete list"])
def test_only_a_claim_of_none_contradicts_the_record(none: bool, conflicts: int, esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy(None)
    tree["event_statements"] = [{"kind": "personal_data_breach", "from": "2024-01-01", "to": "2024-12-31", "none": none}]
    tree["events"] = [{"kind": "personal_data_breach", "date": "2024-06-01", "title": "泄露"}]
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    finding = findings(esgcheck, "auto-csr", tmp_path / "facts.json")["5.9.3.4"]
    assert finding["verdict"] == "violated"
    assert len(finding["conflicts"]) == conflicts


@pytest.mark.parametrize(
    ("stated", "evidenced"),
    [({}, "satisfied"), ({"size_industry": {"value": "industry", "source": "company.industry"}}, "unknown")],
    ids=["follows from the industry code", "stated without evidence"],
)
def test_what_follows_from_the_industry_code_needs_no_evidence(stated: dict[str, Any], evidenced: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    said = {path: {"value": value, "evidence": ["e"]} for path, value in {"employees": 50, "revenue": 20_000_000, "registered_in_china": True, "operating_lawfully": True}.items()}
    tree = {**policy({"kind": "record"}), "facts": {"company": said | stated}}
    tree["company"] = {"name": "甲", "industry": "C3670", "traits": []}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    finding = findings(esgcheck, "sme-csr", tmp_path / "facts.json")["1"]
    assert (finding["verdict"], finding["evidenced"]) == ("satisfied", evidenced)


def test_scores_are_given_as_claimed_and_as_evidenced(esgcheck: Esgcheck, tmp_path: Path) -> None:
    worked = ROOT / "fixtures/internet/yunshi/facts.json"
    base = json.loads(esgcheck(worked, "--format", "json").stdout)["packs"][0]["score"]["base"]
    assert base["evidenced"]["least"] < base["supported"]["least"]
    assert base["evidenced"]["least"] <= base["evidenced"]["most"]
    assert "只计有证据的陈述" in esgcheck(worked).stdout
    tree = json.loads(worked.read_text("utf-8"))
    tree["evidence"] |= {"all": {"document": "report", "place": "全部", "kind": "record"}}
    tree["facts"] = evidenced_everywhere(tree["facts"])
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    again = json.loads(esgcheck(tmp_path / "facts.json", "--format", "json").stdout)["packs"][0]["score"]["base"]
    assert again["supported"] == base["supported"]
    assert again["evidenced"]["least"] > base["evidenced"]["least"]


def evidenced_everywhere(tree: Any) -> Any:
    if isinstance(tree, dict) and "value" not in tree and "missing" not in tree:
        return {key: evidenced_everywhere(value) for key, value in tree.items()}
    if isinstance(tree, dict):
        return {**tree, "evidence": ["all"]} if "value" in tree else tree
    return {"value": tree, "evidence": ["all"]}


def test_expired_evidence_shows_nothing(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy({"kind": "certificate", "expires": "2025-06-29"})
    tree["facts"] = {"environment": {"management_system": {"certified": {"value": True, "evidence": ["e"]}}}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    assert [findings(esgcheck, "consistency", tmp_path / "facts.json", "--as-of", day)["environment-certificate-shown"]["verdict"]
            for day in ("2025-06-29", "2025-06-30")] == ["satisfied", "violated"]


def test_an_explanation_names_document_expiry_and_what_lacks_evidence(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy({"kind": "certificate", "expires": "2024-12-31"})
    tree["documents"] = {"d": {"title": "安全方针"}, "other": {"title": "年度报告"}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    shown = re.sub(r"[\s│├└─]+", "", esgcheck("explain", tmp_path / "facts.json", "auto-csr:5.4.4.1", *DAY).stdout)
    assert "有效证据不足：已制定职业健康安全方针" in shown
    assert "[安全方针第1页（2024-12-31到期，已失效）]" in shown
    assert "not carried by valid evidence: " in esgcheck("explain", tmp_path / "facts.json", "auto-csr:5.4.4.1", *DAY, "--lang", "en").stdout.lower()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_as_evidenced_is_the_verdict_or_unknown(seed: int) -> None:
    chance = random.Random(seed)
    words = [word for word in PACKS.vocabulary.words.values() if word.type in ("boolean", "integer", "text") and word.table is None]
    asked = {path for pack in ("auto-csr", "consistency", "sme-csr") for clause in PACKS[pack].clauses for path in clause.facts}
    kinds = {"none": {}, "report": {"kind": "report"}, "record": {"kind": "record"}, "proof": {"kind": "certificate"}, "old": {"kind": "certificate", "expires": "2024-12-31"}}
    values: dict[str, list[Any]] = {"boolean": [True, False], "integer": [0, 1, 2], "text": ["甲", "乙"]}
    facts = {}
    for word in words:
        if word.path in asked and chance.random() < 0.9:
            facts[word.path] = [
                {"missing": "not_applicable"} if chance.random() < 0.1 else
                {"value": chance.choice(values[word.type] if chance.random() < 0.5 else values[word.type][:1]), "evidence": chance.sample(sorted(kinds), chance.randint(0, 2))}
                for _ in range(chance.choice((1, 1, 2, 3)))]
    tree = {**POLICY, "facts": facts, "evidence": {name: {"document": "d", "place": "第 1 页", **entry} for name, entry in kinds.items()},
            "events": [{"kind": "personal_data_breach", "date": "2024-06-01"}] * chance.randint(0, 1),
            "event_statements": [{"kind": kind, "to": "2025-06-30", "none": chance.random() < 0.5, "evidence": chance.sample(sorted(kinds), 1)}
                                 for kind in PACKS.vocabulary.terms.event_kinds if chance.random() < 0.7]}
    report = check(load_facts(io.BytesIO(json.dumps(tree).encode()), PACKS), PACKS, only=["auto-csr", "consistency", "sme-csr"], as_of=date(2025, 6, 30), engine="reference")
    wrong = [(finding.clause.name, finding.verdict, finding.evidenced) for finding in report.findings() if finding.evidenced not in (finding.verdict, "unknown")]
    assert wrong == []


# --- spot-check ---------------------------------------------------------------------------------------------------


def test_the_list_begins_with_contradictions_and_names_both_places(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck("spotcheck", REAL, *DAY, "--limit", "500", "--format", "json").stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "spotcheck.schema.json").read_text("utf-8"))).validate(tree)
    first = next(item for item in tree["items"] if item["about"] == "climate.ghg.category_2")
    assert first["reason"] == "contradiction"
    assert len({evidence["place"] for said in first["statements"] for evidence in said["evidence"]}) == 2
    reasons = [item["reason"] for item in tree["items"]]
    assert reasons[0] == "contradiction"
    assert reasons.index("inconsistency") < len(reasons) - 1
    assert "consistency:safety-funds-spent" in {item["about"] for item in tree["items"]}
    again = [item for item in tree["items"] if "consistency:environment-standard" in item["clauses"]]
    assert [item["about"] for item in again] == ["environment.management_system.standard"], "told once, with the fact that differs"
    shown = esgcheck("spotcheck", REAL, *DAY, "--limit", "3").stdout
    assert "问：" in shown
    assert "2024 年度 ESG 报告" in shown


def test_asserted_mandatory_claims_come_before_points(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy(None)
    tree["facts"]["labour"] = {"hardship": {"survey_conducted": True, "employees_found": False}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    items = json.loads(esgcheck("spotcheck", tmp_path / "facts.json", *DAY, "--format", "json").stdout)["items"]
    assert {item["about"] for item in items if item["reason"] == "asserted_mandatory"} == {
        "safety.policy.established", "safety.policy.implemented", "safety.policy.maintained", "safety.accountability.implemented"}
    assert not any("auto-csr:5.4.3.5" in item["clauses"] for item in items), "a recommended clause that is only asserted waits for its points"
    shown = esgcheck("spotcheck", tmp_path / "facts.json", *DAY).stdout
    assert "未附证据，可索取：" in shown
    worked = json.loads(esgcheck("spotcheck", ROOT / "fixtures/internet/yunshi/facts.json", "--limit", "500", "--format", "json").stdout)["items"]
    points = [item["points"] for item in worked if item["reason"] == "asserted_points"]
    assert points == sorted(points, reverse=True)
    assert points[0] > 0
    reasons = [item["reason"] for item in worked]
    assert reasons == sorted(reasons, key=["contradiction", "inconsistency", "asserted_mandatory", "asserted_points"].index)


def test_of_a_claim_that_is_partly_proven_only_the_unproven_part_is_asked_for(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy({"kind": "record"})
    tree["facts"]["safety"]["accountability"]["implemented"] = True
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    items = json.loads(esgcheck("spotcheck", tmp_path / "facts.json", *DAY, "--format", "json").stdout)["items"]
    assert [item["about"] for item in items if item["reason"] == "asserted_mandatory"] == ["safety.accountability.implemented"]


def test_both_sides_of_a_relation_that_fails_are_told(esgcheck: Esgcheck) -> None:
    found = findings(esgcheck, "consistency")["ghg-total-1-to-4"]
    assert found["verdict"] == "violated"
    assert "左边为 219622.43" in found["reason"]["zh"]
    assert "left 219622.43" in found["reason"]["en"]


def test_an_event_and_the_claim_that_it_contradicts_are_named_with_their_places(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = policy({"kind": "record"})
    tree["evidence"]["news"] = {"document": "d", "place": "第 9 页", "kind": "public_disclosure"}
    claim = {"from": "2024-01-01", "to": "2024-12-31", "none": True, "evidence": ["e"]}
    tree["event_statements"] = [claim | {"kind": kind} for kind in ("work_injury", "occupational_disease")]
    tree["events"] = [{"kind": "work_injury", "date": "2024-06-01", "title": "手指压伤", "evidence": ["news"]}]
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    found = json.loads(esgcheck("spotcheck", tmp_path / "facts.json", *DAY, "--format", "json").stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "spotcheck.schema.json").read_text("utf-8"))).validate(found)
    item = next(item for item in found["items"] if item["about"] == "work_injury")
    assert [(event["date"], event["evidence"][0]["place"]) for event in item["events"]] == [("2024-06-01", "第 9 页")]
    assert [(claim["from"], claim["evidence"][0]["place"]) for claim in item["claims"]] == [("2024-01-01", "第 1 页")]
    for lang, told in (("zh", "声明没有（2024-01-01 至 2024-12-31）"), ("en", "none claimed, 2024-01-01 to 2024-12-31")):
        shown = esgcheck("spotcheck", tmp_path / "facts.json", *DAY, "--lang", lang).stdout.replace("\n     ", "")
        assert told in shown
        assert "手指压伤" in shown
        assert "第 9 页" in shown


# --- several standards --------------------------------------------------------------------------------------------


def test_one_fact_base_answers_every_standard(esgcheck: Esgcheck, packs: Packs) -> None:
    tree = json.loads(esgcheck(REAL, *DAY, "--pack", "all", "--format", "json").stdout)
    assert [judged["pack"] for judged in tree["packs"]] == list(packs)


def test_a_third_of_all_clauses_share_a_fact_with_another_pack(esgcheck: Esgcheck, packs: Packs) -> None:
    found = crosswalk(packs)
    every, sharing = (sum(share[place] for share in found.shares.values()) for place in (1, 0))
    assert sharing * 3 >= every
    tree = json.loads(esgcheck("rules", "crosswalk", "--format", "json").stdout)
    assert set(tree["packs"]) == set(packs)
    assert all(len(by_pack) > 1 for by_pack in tree["facts"].values())
    assert f"合计：{every} 条中 {sharing} 条" in esgcheck("rules", "crosswalk").stdout
