"""Forms for other tools: each holds every finding once, says of none more than is known, and is what its standard says it is."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from junitparser import Error, Failure, JUnitXml, Skipped
from typer.testing import Result

from checker import Packs, check, load_facts
from checker.errors import Place
from checker.render.formats import FORMATS
from checker.render.formats.csv_ import COLUMNS, defused
from checker.render.view import View, clean
from checker.report import VERDICTS, Report
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
EXCHANGE = ("csv", "junit", "sarif", "oscal")
DAY = ("--as-of", "2025-06-30")
SME = ROOT / "fixtures/sme"
EVENT = SME / "ineligible-by-event/facts.json"
NET = ROOT / "fixtures/internet/yunshi/facts.json"
COMPANIES = [REAL, NET, EVENT, SME / "undetermined/facts.json", SME / "three-assessors/facts.json", SME / "total-350.5/facts.json"]
SARIF = Draft4Validator(json.loads((ROOT / "tests/published/sarif-2.1.0-rtm.5.json").read_text("utf-8")))
HOSTILE = "=1+1<script>alert(1)</script>]]>&amp;\"'\u202e\u200f{0}[x](http://evil)*_`#|\u0007\ufffe\U0001f4a5" + "很长" * 2_000


def oscal_model(tree: Any) -> Any:
    """The document as compliance-trestle reads it, whose models are made from NIST's schema."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own libraries, at import
        from trestle.oscal.assessment_results import Model
    return Model(**tree).assessment_results


def assert_valid(form: str, content: bytes) -> None:
    if form == "sarif":
        SARIF.validate(json.loads(content))
    elif form == "oscal":
        oscal_model(json.loads(content))
    elif form == "junit":
        assert len(JUnitXml.fromstring(content)) > 0
    else:
        assert len({len(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))}) == 1


def verdicts_in(form: str, content: bytes) -> list[tuple[str, str]]:
    """Clause and verdict of every finding, as a reader of the form would tell them."""
    if form == "csv":
        return [(row["id"], row["verdict"]) for row in table(content)]
    if form == "junit":
        return [(case.system_out.split(" ", 1)[0], case_verdict(case)) for suite in JUnitXml.fromstring(content) for case in suite]
    tree = json.loads(content)
    if form == "sarif":
        kinds = {"pass": "satisfied", "fail": "violated", "open": "unknown", "notApplicable": "not_applicable"}
        return [(result["ruleId"], kinds[result["kind"]]) for run in tree["runs"] for result in run["results"] if result["kind"] != "review"]
    return [(prop(each, "clause"), prop(each, "verdict")) for result in tree["assessment-results"]["results"] for each in result["observations"]]


def case_verdict(case: Any) -> str:
    if not case.result:
        return "satisfied"
    (result,) = case.result
    by_type = {"mandatory": "violated", "recommended": "violated", "permitted": "violated", "waived": "violated"}
    return by_type.get(result.type, result.type)


def prop(tree: Any, name: str) -> str:
    return next((each["value"] for each in tree["props"] if each["name"] == name), "")


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def company(folder: Path, *, safety: Any = None, name: str = "facts.json", **changes: Any) -> Path:
    tree = {"company": {"name": "某公司", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "as_of": "2025-06-30",
            "facts": {"safety": safety or {"policy": {"established": False}}}, **changes}
    (folder / name).write_text(json.dumps(tree, ensure_ascii=False, indent=1), "utf-8")
    return folder / name


def hostile_company(text: str) -> dict[str, Any]:
    """A company with the text wherever a company has a word of its own."""
    tree = json.loads(EVENT.read_text("utf-8"))
    tree["company"]["name"] = text
    tree["events"][0]["title"] = text
    for document in tree["documents"].values():
        document["title"] = text
    for evidence in tree["evidence"].values():
        evidence |= {"place": text, "note": text, "figure": text}
    tree["facts"]["company"]["employees"] = [{"value": 180, "note": text, "source": text}, {"value": 190, "note": text}]
    return tree


def report_of(tree: Any, packs: Packs) -> Report:
    return check(load_facts(io.BytesIO(json.dumps(tree).encode()), packs, "<stdin>"), packs, as_of=date(2025, 6, 30))


def rendered(report: Report, form: str, **view: Any) -> bytes:
    return FORMATS[form].load()[0](report, View(**view))


@pytest.fixture
def waived(esgcheck: Esgcheck, tmp_path: Path) -> Callable[[str], bytes]:
    """A company of which one violated mandatory clause is waived, in some form."""
    waiver = {"clause": "sme-csr:P1.b", "reason": "事故责任已复核", "approver": "李四", "start": "2025-06-01", "expiry": "2025-06-30"}
    (tmp_path / "waivers.json").write_text(json.dumps({"waivers": [waiver]}), "utf-8")

    def run(form: str) -> bytes:
        result = esgcheck(EVENT, "--waivers", tmp_path / "waivers.json", "--format", form)
        assert result.exit_code == 0
        return result.stdout_bytes

    return run


# --- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", COMPANIES, ids=lambda file: file.parent.name)
@pytest.mark.parametrize("packs", [(), ("--pack", "all")], ids=["own", "all"])
def test_every_finding_is_there_once_with_its_verdict(file: Path, packs: tuple[str, ...], esgcheck: Esgcheck, tmp_path: Path) -> None:
    forms = {form: tmp_path / f"report{FORMATS[form].ending}" for form in ("json", *EXCHANGE)}
    esgcheck(file, *DAY, *packs, *(option for target in forms.values() for option in ("-o", target)))
    report = json.loads(forms["json"].read_bytes())
    expected = [(finding["id"], finding["verdict"]) for pack in report["packs"] for finding in pack["findings"]]
    for form in EXCHANGE:
        content = forms[form].read_bytes()
        assert_valid(form, content)
        assert verdicts_in(form, content) == expected, form


@pytest.mark.parametrize("only", ["violated,not_applicable", "not_applicable", "unknown"])
def test_only_what_the_view_lists(only: str, esgcheck: Esgcheck) -> None:
    for form in EXCHANGE:
        content = esgcheck(NET, "--pack", "all", "--only", only, "--format", form).stdout_bytes
        assert_valid(form, content)
        assert {verdict for _, verdict in verdicts_in(form, content)} == set(only.split(",")), form


@pytest.mark.parametrize("form", EXCHANGE)
def test_the_same_bytes_whichever_engine(form: str, esgcheck: Esgcheck) -> None:
    runs = {esgcheck(EVENT, "--pack", "all", "--format", form, "--engine", engine).stdout_bytes for engine in ("reference", "rete")}
    assert len(runs) == 1


@pytest.mark.parametrize("form", EXCHANGE)
@pytest.mark.parametrize("only", [frozenset(), frozenset({"violated"})])
def test_hostile_texts_are_only_texts(form: str, only: Any, packs: Packs) -> None:
    content = rendered(report_of(hostile_company(HOSTILE), packs), form, only=only)
    assert_valid(form, content)
    text = content.decode("utf-8")
    assert not set("\x07\u202e\u200f\ufffe") & set(text)
    if form == "junit":
        assert "<script>" not in text
    if form == "oscal":
        assert "\\\\<script\\\\>" in text, "Markdown that says just that"
    if form == "sarif":
        assert not re.search(r"[^\\]\]\(http", json.loads(text)["runs"][0]["results"][1]["message"]["text"]), "no link"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda text: text.strip() and "\0" not in text))
def test_whatever_a_company_writes_the_report_is_valid(text: str, packs: Packs) -> None:
    report = report_of(hostile_company(text), packs)
    for form in EXCHANGE:
        content = rendered(report, form, only=frozenset({"violated", "satisfied"}))
        assert_valid(form, content)
        assert len(verdicts_in(form, content)) == sum(finding.verdict in ("violated", "satisfied") for finding in report.findings())
        if form == "csv":
            row = next(row for row in table(content) if row["id"] == "sme-csr:P1.b")
            assert row["company"] == defused(text)
            assert all(clean(text) in row[column] for column in ("reason", "events", "evidence"))
        if form == "junit":
            (suite,) = JUnitXml.fromstring(content)
            assert next(each.value for each in suite.properties() if each.name == "company") == clean(text)


@pytest.mark.parametrize("form", EXCHANGE)
def test_english_has_no_chinese_in_it(form: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    file = company(tmp_path, company={"name": "Acme", "traits": ["automotive"]})
    text = esgcheck(file, "--lang", "en", "--format", form).stdout.replace("zh-CN", "")
    assert not [character for character in text if "\u4e00" <= character <= "\u9fff"]


def test_several_companies_in_one_file_or_a_folder(esgcheck: Esgcheck, tmp_path: Path) -> None:
    files = (EVENT, NET)
    for form in ("csv", "junit", "sarif"):
        both = esgcheck(*files, "--format", form).stdout_bytes
        assert_valid(form, both)
        assert verdicts_in(form, both) == [found for file in files for found in verdicts_in(form, esgcheck(file, "--format", form).stdout_bytes)]
    refused = esgcheck(*files, "--format", "oscal")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "文件夹" in refused.stderr
    esgcheck(*files, "--format", "oscal", "-o", f"{tmp_path}/out/")
    assert len(list((tmp_path / "out").glob("*.oscal.json"))) == 2


def test_one_company_twice_stays_two(esgcheck: Esgcheck) -> None:
    for form in ("csv", "junit", "sarif"):
        both = esgcheck(EVENT, EVENT, "--format", form).stdout_bytes
        assert len(verdicts_in(form, both)) == 2 * len(verdicts_in(form, esgcheck(EVENT, "--format", form).stdout_bytes)), form


def test_the_ending_tells_the_form(esgcheck: Esgcheck, tmp_path: Path) -> None:
    for form in EXCHANGE:
        target = tmp_path / f"report{FORMATS[form].ending}"
        esgcheck(EVENT, "-o", target)
        assert_valid(form, target.read_bytes())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_whose_name_is_no_text(packs: Packs) -> None:
    report = replace(report_of(json.loads(EVENT.read_text("utf-8")), packs), facts="\udcff 文件.json")
    for form in EXCHANGE:
        assert_valid(form, rendered(report, form))


# --- SARIF --------------------------------------------------------------------------------------------------------


def offset(text: str, region: Any) -> int:
    return sum(map(len, text.splitlines(keepends=True)[: region["startLine"] - 1])) + region["startColumn"] - 1


def reached(tree: Any, path: list[str]) -> tuple[Any, int]:
    """What stands at a path, or the nearest thing around it, and how many steps led there."""
    for number, step in enumerate(path):
        if isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, dict) and step in tree:
            tree = tree[step]
        else:
            return tree, number
    return tree, len(path)


@pytest.mark.parametrize("file", COMPANIES, ids=lambda file: file.parent.name)
def test_regions_hold_the_facts(file: Path, esgcheck: Esgcheck) -> None:
    text = file.read_text("utf-8")
    (run,) = json.loads(esgcheck(file, *DAY, "--pack", "all", "--format", "sarif").stdout)["runs"]
    stated = 0
    for result in run["results"]:
        assert len(result["locations"]) == 1
        for location in (*result["locations"], *result["relatedLocations"]):
            path = [step for logical in location.get("logicalLocations", []) for step in logical["fullyQualifiedName"].split(".")]
            found, _ = json.JSONDecoder().raw_decode(text, offset(text, location["physicalLocation"]["region"]))
            expected, steps = reached(json.loads(text), path)
            assert found == expected, path
            stated += steps == len(path) > 1
    assert stated >= len(json.loads(text)["facts"])


def test_a_violated_clause_points_at_what_violates_it(esgcheck: Esgcheck, tmp_path: Path) -> None:
    file = company(tmp_path, safety={"policy": {"established": {"value": False, "note": "没有"}}})
    (run,) = json.loads(esgcheck(file, "--format", "sarif").stdout)["runs"]
    result = next(result for result in run["results"] if result["ruleId"] == "auto-csr:5.4.4.1")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert '"established": {' in file.read_text("utf-8").splitlines()[region["startLine"] - 1]
    assert (result["kind"], result["level"]) == ("fail", "error")


def test_levels_are_for_failures_only(esgcheck: Esgcheck) -> None:
    for file in (NET, EVENT):
        (run,) = json.loads(esgcheck(file, "--pack", "all", "--format", "sarif").stdout)["runs"]
        rules = run["tool"]["driver"]["rules"]
        seen = Counter()
        for result in run["results"]:
            rule = rules[result["ruleIndex"]]
            assert rule["id"] == result["ruleId"]
            seen[result["kind"], result["level"]] += 1
            if result["kind"] == "fail":
                assert result["level"] == rule["defaultConfiguration"]["level"] == {"mandatory": "error"}.get(rule["properties"]["modality"], "warning")
            else:
                assert result["level"] == "none"
        assert {"pass", "fail", "open", "review"} <= {kind for kind, _ in seen}
        assert len({rule["id"] for rule in rules}) == len(rules)


def test_rules_stand_under_their_headings(esgcheck: Esgcheck) -> None:
    (run,) = json.loads(esgcheck(EVENT, "--pack", "all", "--format", "sarif").stdout)["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        for relation in rule.get("relationships", []):
            target = relation["target"]
            (taxonomy,) = (each for each in run["taxonomies"] if each["guid"] == target["toolComponent"]["guid"])
            assert (taxonomy["name"], taxonomy["taxa"][target["index"]]["id"]) == (rule["properties"]["pack"], target["id"])
    assert sum("relationships" in rule for rule in run["tool"]["driver"]["rules"]) > 400


def test_waivers_are_suppressions(waived: Callable[[str], bytes]) -> None:
    (run,) = json.loads(waived("sarif"))["runs"]
    SARIF.validate({"version": "2.1.0", "runs": [run]})
    assert all("suppressions" in result for result in run["results"])
    (result,) = (result for result in run["results"] if result["suppressions"])
    assert (result["ruleId"], result["kind"], result["level"]) == ("sme-csr:P1.b", "fail", "error")
    assert result["suppressions"][0] | {"location": 0} == {"kind": "external", "status": "accepted", "justification": "事故责任已复核", "location": 0,
                                                           "properties": {"approver": "李四", "start": "2025-06-01", "expiry": "2025-06-30"}}


def test_contradictions_are_for_review(esgcheck: Esgcheck) -> None:
    (run,) = json.loads(esgcheck(REAL, *DAY, "--format", "sarif").stdout)["runs"]
    report = json.loads(esgcheck(REAL, *DAY, "--format", "json").stdout)
    expected = {(found["about"], found["conflict"]) for finding in report["packs"][0]["findings"] for found in finding["conflicts"]}
    reviews = [result for result in run["results"] if result["kind"] == "review"]
    assert {(result["properties"]["about"], result["properties"]["conflict"]) for result in reviews} == expected
    assert len(reviews) == len(expected)
    both = next(result for result in reviews if result["properties"]["about"] == "climate.ghg.category_2")
    lines = REAL.read_text("utf-8").splitlines()
    places = [place["physicalLocation"]["region"]["startLine"] for place in (*both["locations"], *both["relatedLocations"])]
    assert len(set(places)) == len(places) >= 2
    assert {"18930.7", "18938.7"} <= {found for place in places for found in re.findall(r"1893[08]\.7", "\n".join(lines[place - 1 : place + 2]))}


def test_fingerprints_stay_when_lines_move(esgcheck: Esgcheck, tmp_path: Path) -> None:
    def fingerprints(file: Path) -> set[str]:
        (run,) = json.loads(esgcheck(file, "--format", "sarif").stdout)["runs"]
        found = [result["partialFingerprints"]["companyClause/v1"] for result in run["results"]]
        assert len(set(found)) == len(found)
        return set(found)

    moved = tmp_path / "moved.json"
    moved.write_text("\n\n" + EVENT.read_text("utf-8"), "utf-8")
    assert fingerprints(EVENT) == fingerprints(moved)
    assert not fingerprints(EVENT) & fingerprints(company(tmp_path))


@pytest.mark.parametrize(("name", "address"), [("企业 甲.json", "%E4%BC%81%E4%B8%9A%20%E7%94%B2.json"), ("a:b#c?d%e.json", "a%3Ab%23c%3Fd%25e.json")])
def test_addresses_are_encoded(name: str, address: str, esgcheck: Esgcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = company(tmp_path, name=name)
    monkeypatch.chdir(tmp_path)
    for said, expected in ((Path(name), address), (file, f"file://{tmp_path}/{address}")):
        (run,) = json.loads(esgcheck(said, "--format", "sarif").stdout)["runs"]
        assert run["artifacts"][0]["location"]["uri"] == expected
        assert {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]} == {expected}
        resources = json.loads(esgcheck(said, "--format", "oscal").stdout)["assessment-results"]["back-matter"]["resources"]
        assert expected in [link["href"] for resource in resources for link in resource.get("rlinks", [])]
    (run,) = json.loads(esgcheck("-", "--format", "sarif", input=file.read_bytes()).stdout)["runs"]
    assert run["artifacts"][0]["location"]["uri"] == "%3Cstdin%3E"


def test_warnings_are_notifications(esgcheck: Esgcheck) -> None:
    (run,) = json.loads(esgcheck(NET, "--format", "sarif").stdout)["runs"]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (told["descriptor"]["id"], told["level"], told["locations"][0]["physicalLocation"]["region"]["startLine"]) == ("claimed_none", "warning", 48)


def test_workbooks_have_cells_and_no_lines(packs: Packs) -> None:
    report = report_of(json.loads(EVENT.read_text("utf-8")), packs)
    report = replace(report, place=lambda *path: Place("事实.xlsx", 7, 28, ".".join(map(str, path)), sheet="环境"))
    tree = json.loads(rendered(report, "sarif"))
    SARIF.validate(tree)
    for result in tree["runs"][0]["results"]:
        location = result["locations"][0]
        assert "region" not in location["physicalLocation"]
        assert location["logicalLocations"] == [{"fullyQualifiedName": "环境!AB7"}]
    evidence = json.loads(rendered(report, "oscal"))["assessment-results"]["results"][0]["observations"][0]["relevant-evidence"][0]
    assert prop(evidence, "place") == "环境!AB7"


# --- JUnit --------------------------------------------------------------------------------------------------------


def test_nothing_but_a_satisfied_clause_passes(esgcheck: Esgcheck) -> None:
    content = esgcheck(NET, "--pack", "all", "--format", "junit").stdout_bytes
    modalities = {row["id"]: row["modality"] for row in table(esgcheck(NET, "--pack", "all", "--format", "csv").stdout_bytes)}
    wanted = {"satisfied": [], "violated": [Failure], "unknown": [Error], "not_applicable": [Skipped]}
    counted = Counter()
    for suite in JUnitXml.fromstring(content):
        for case in suite:
            clause, verdict = case.system_out.split(" ", 1)[0], case_verdict(case)
            counted[verdict] += 1
            assert [type(result) for result in case.result] == wanted[verdict]
            if verdict == "violated":
                assert case.result[0].type == modalities[clause]
            assert case.classname.startswith(clause.partition(":")[0] + ".")
    root = JUnitXml.fromstring(content)
    assert (root.tests, root.failures, root.errors, root.skipped) == (
        counted.total(), counted["violated"], counted["unknown"], counted["not_applicable"])
    assert set(counted) == set(VERDICTS)


def test_a_waived_case_is_skipped_and_says_so(waived: Callable[[str], bytes]) -> None:
    (case,) = (case for suite in JUnitXml.fromstring(waived("junit")) for case in suite if case.result and case.result[0].type == "waived")
    assert isinstance(case.result[0], Skipped)
    assert case.result[0].message == "已豁免至 2025-06-30（李四）：事故责任已复核"
    assert "sme-csr:P1.b · 不满足" in case.system_out


def test_cases_tell_reason_facts_and_evidence(esgcheck: Esgcheck) -> None:
    (case,) = (case for suite in JUnitXml.fromstring(esgcheck(EVENT, "--format", "junit").stdout_bytes) for case in suite
               if case.name.startswith("P1.b "))
    for told in ("2023-05-18 生产安全事故、重大（料仓坍塌）", "未出现过严重生产安全事故：是 [", "facts.json:31:43", "依据：", "出处：001_f2cd732f8e216e58.txt"):
        assert told in case.system_out, told


def test_xml_is_the_same_without_lxml(esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    from xml.etree import ElementTree as ET

    import junitparser.junitparser as library

    made = esgcheck(EVENT, NET, "--format", "junit").stdout_bytes
    for etree in (ET, pytest.importorskip("lxml.etree")):
        monkeypatch.setattr(library, "etree", etree)
        assert esgcheck(EVENT, NET, "--format", "junit").stdout_bytes == made


# --- OSCAL --------------------------------------------------------------------------------------------------------


def test_undetermined_is_never_satisfied_and_inapplicable_is_no_finding(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck(NET, "--pack", "all", "--format", "oscal").stdout)
    states = {"satisfied": ("satisfied", "pass"), "violated": ("not-satisfied", "fail"), "unknown": ("not-satisfied", "other")}
    seen = set()
    for result in oscal_model(tree).results:
        assert result.reviewed_controls.control_selections
    for result in tree["assessment-results"]["results"]:
        selection = result["reviewed-controls"]["control-selections"][0]
        excluded = {control["control-id"] for control in selection.get("exclude-controls", [])}
        verdicts = {each["uuid"]: prop(each, "verdict") for each in result["observations"]}
        for finding in result.get("findings", []):
            (observation,) = (each["observation-uuid"] for each in finding["related-observations"])
            status = finding["target"]["status"]
            assert (status["state"], status["reason"]) == states[verdicts[observation]]
            assert prop(finding, "verdict") == verdicts.pop(observation)
            assert finding["target"]["target-id"].removesuffix(".obj") not in excluded
            seen.add((status["state"], status["reason"]))
        assert set(verdicts.values()) <= {"not_applicable"}
        assert len(excluded) == len(verdicts)
    assert seen == set(states.values())


def test_every_reference_leads_somewhere(esgcheck: Esgcheck, waived: Callable[[str], bytes]) -> None:
    for content in (esgcheck(REAL, *DAY, "--pack", "all", "--format", "oscal").stdout_bytes, waived("oscal")):
        text = content.decode()
        defined = re.findall(r'"uuid": "([^"]+)"', text)
        assert len(set(defined)) == len(defined)
        assert set(re.findall(r'(?:"#|-uuid": ")([0-9a-f-]{36})"', text)) <= set(defined)
        tree = json.loads(text)["assessment-results"]
        parts = {part["id"] for each in tree["local-definitions"]["objectives-and-methods"] for part in each["parts"]}
        assert {finding["target"]["target-id"] for result in tree["results"] for finding in result["findings"]} <= parts
        assert tree["metadata"]["last-modified"] == "2025-06-30T00:00:00Z"


def test_a_waiver_is_an_accepted_risk_of_a_clause_that_stays_violated(waived: Callable[[str], bytes]) -> None:
    (result,) = json.loads(waived("oscal"))["assessment-results"]["results"]
    (risk,) = result["risks"]
    assert (risk["status"], risk["statement"], risk["deadline"], prop(risk, "approver")) == ("deviation-approved", "事故责任已复核", "2025-06-30T23:59:59Z", "李四")
    (finding,) = (each for each in result["findings"] if each.get("related-risks"))
    assert (prop(finding, "clause"), finding["target"]["status"]["state"]) == ("sme-csr:P1.b", "not-satisfied")
    assert finding["related-risks"] == [{"risk-uuid": risk["uuid"]}]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=8), min_size=2, max_size=2, unique=True))
def test_identifiers_are_tokens_and_stay_apart(numbers: list[str]) -> None:
    from checker.render.formats.oscal import token

    ids = [token(f"sme-csr:{number}") for number in numbers]
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9._\-]*", each) for each in ids)


def test_markdown_says_just_that() -> None:
    from checker.render.formats.oscal import marked

    texts = ("- x", "+x", "1. x", "2) x", "5.4.3.3 x", "1", "a_b*c", "  x", "-", "#x", "a - b", "2023-05-18 x")
    assert [marked(said) for said in texts] == [
        "\\- x", "\\+x", "1\\. x", "2\\) x", "5.4.3.3 x", "1", "a\\_b\\*c", "x", "\\-", "\\#x", "a - b", "2023-05-18 x"]


# --- CSV ----------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(r"\A\s*[=+\-@\t\r].*\Z"))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = defused(text)
    written = io.StringIO()
    csv.writer(written).writerow([cell, "x"])
    assert next(csv.reader(io.StringIO(written.getvalue(), newline=""))) == [cell, "x"]
    assert not re.match(r"\s*[=+@\t\r]", cell)
    assert not cell.startswith("-") or re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell)
    assert cell.removeprefix("'").isprintable()


def test_numbers_stay_numbers() -> None:
    assert [defused(cell) for cell in ("-1", "-1.50", "12", "-1-1", "+1", "－1", "@x", "-", " =x")] == [
        "-1", "-1.50", "12", "'-1-1", "'+1", "'－1", "'@x", "'-", "' =x"]


def test_the_header_is_the_same_in_every_language(esgcheck: Esgcheck) -> None:
    for lang in ("zh", "en"):
        content = esgcheck(EVENT, NET, "--lang", lang, "--format", "csv").stdout_bytes
        assert content.startswith(b'\xef\xbb\xbf"company",')
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert rows[0] == list(COLUMNS)
        assert rows.count(rows[0]) == 1
        assert content.count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize("file", [NET, SME / "total-950.5/facts.json", SME / "three-assessors/facts.json"], ids=lambda file: file.parent.name)
def test_points_can_be_added_up(file: Path, esgcheck: Esgcheck) -> None:
    report = json.loads(esgcheck(file, "--format", "json").stdout, parse_float=Decimal, parse_int=Decimal)
    rows = table(esgcheck(file, "--format", "csv").stdout_bytes)
    for pack in report["packs"]:
        base = [row for row in rows if row["pack"] == pack["pack"] and row["kind"] == "indicator" and row["points"]]
        for end in ("least", "most"):
            assert sum(Decimal(row[f"earned_{end}"]) for row in base) == pack["score"]["base"]["earned"][end]
        assert sum(Decimal(row["points"]) for row in base) == pack["score"]["base"]["points"]


def test_a_row_has_what_an_analyst_filters_by(esgcheck: Esgcheck, waived: Callable[[str], bytes]) -> None:
    (row,) = (row for row in table(waived("csv")) if row["id"] == "sme-csr:P1.b")
    assert (row["verdict"], row["modality"], row["kind"], row["chapter"], row["clause"]) == ("violated", "mandatory", "precondition", "P", "P1.b")
    assert (row["waived_until"], row["waiver"]) == ("2025-06-30", "李四: 事故责任已复核")
    assert "safety.accident.no_serious_accident:denied_yet_recorded" in row["conflicts"]
    missing = table(esgcheck(REAL, *DAY, "--format", "csv").stdout_bytes)[0]
    assert "labour.disabled.employed" in missing["missing_facts"].split()
    assert "有残障员工：未提及" in missing["missing_told"]
    assert {row["verdict"] for row in table(waived("csv"))} <= set(VERDICTS)


# --- where the schema comes from, and what all this costs who does not ask for it -------------------------------------


def test_the_published_schema_is_as_it_was_published() -> None:
    import hashlib

    folder = ROOT / "tests/published"
    readme = (folder / "README.md").read_text("utf-8")
    for file in folder.glob("*.json"):
        assert f"| `{file.name}` " in readme
        assert hashlib.sha256(file.read_bytes()).hexdigest() in readme


def test_a_plain_check_loads_none_of_it() -> None:
    import subprocess

    code = ("import sys; from checker.cli import app; app(['check', sys.argv[1], '--as-of', '2025-06-30'], standalone_mode=False);"
            "print(*sorted({'junitparser', 'trestle', 'checker.render.exchange'} & set(sys.modules)), file=sys.stderr)")
    run = subprocess.run([sys.executable, "-c", code, str(REAL)], cwd=ROOT, capture_output=True, check=True)
    assert run.stderr.strip() == b""
