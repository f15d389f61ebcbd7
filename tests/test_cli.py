"""The command as a user runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len
from typer.testing import Result

from checker import Packs, check, load_facts, load_packs
from checker.conditions import Verdict
from checker.engines.reference import Reference
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30")
NEVER = ("--fail-on", "never")


def written(folder: Path, safety: dict[str, Any], **rest: Any) -> Path:
    """A fact file for an automotive company with some facts of the topic safety."""
    tree = {"company": {"name": "某公司", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"},
            "facts": {"safety": safety}, **rest}
    (folder / "facts.json").write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
    return folder / "facts.json"


@pytest.fixture
def violating(tmp_path: Path) -> Path:
    """Violates the mandatory clause 5.4.4.1: there is no safety policy."""
    return written(tmp_path, {"policy": {"established": False}})


@pytest.fixture
def violating_recommended(tmp_path: Path) -> Path:
    """Violates only recommended clauses."""
    return written(tmp_path, {}, facts={"labour": {"leisure": {"activities_organised": False}}})


def test_facts_alone_mean_check(esgcheck: Esgcheck) -> None:
    alone = esgcheck(REAL, *DAY)
    assert alone.stdout == esgcheck("check", REAL, *DAY).stdout
    assert alone.stdout == esgcheck(*DAY, REAL).stdout
    assert "凯斯曼秦皇岛汽车零部件制造有限公司" in alone.stdout


def test_standard_input(esgcheck: Esgcheck) -> None:
    piped = esgcheck("-", *DAY, input=REAL.read_bytes())
    assert piped.stdout == esgcheck(REAL, *DAY).stdout


def test_every_clause_is_in_the_text_once(esgcheck: Esgcheck, packs: Packs) -> None:
    words = [word for line in esgcheck(REAL, *DAY).stdout.splitlines() for word in line.split()[1:2] if line[:1] in "✓✗?–"]
    for clause in packs["auto-csr"].clauses:
        assert words.count(clause.number) == 1, clause.number


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_fits_80_columns_without_colours_in_a_pipe(esgcheck: Esgcheck, lang: str) -> None:
    text = esgcheck(REAL, *DAY, "--lang", lang).stdout
    assert "\x1b" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= 80


def test_english_report_has_no_chinese_of_ours(esgcheck: Esgcheck, tmp_path: Path) -> None:
    facts = written(tmp_path, {"policy": {"established": True}}, company={"name": "A", "traits": ["automotive"]})
    for result in (esgcheck(facts, *DAY, "--lang", "en"), esgcheck("explain", facts, "5.4.4.1", *DAY, "--lang", "en"),
                   esgcheck("rules", "list", "--pack", "auto-csr", "--lang", "en"), esgcheck("rules", "show", "5.4.4.1", "--lang", "en")):
        assert result.exit_code == 0
        assert not [character for character in result.stdout if "\u4e00" <= character <= "\u9fff"]


def test_language_follows_the_locale(tmp_path: Path) -> None:
    def first(locale: str) -> str:
        environment = {"LC_ALL": locale, "PATH": "", "XDG_CACHE_HOME": str(tmp_path)}
        run = [sys.executable, "-c", "from checker.cli import app; app()", str(REAL), *DAY, *NEVER]
        return subprocess.run(run, env=environment, capture_output=True, check=True).stdout.decode()

    assert "报告期" in first("zh_CN.UTF-8")
    assert "报告期" in first("C")
    assert "period 2024-01-01" in first("en_US.UTF-8")


def test_json_follows_its_schema(esgcheck: Esgcheck, violating: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))
    for facts in (REAL, violating):
        report = json.loads(esgcheck(facts, *DAY, "--format", "json").stdout)
        Draft202012Validator(schema).validate(report)
        assert len(report["packs"][0]["findings"]) == 70


def test_json_is_the_same_byte_for_byte(esgcheck: Esgcheck) -> None:
    runs = {esgcheck(REAL, *DAY, "--format", "json", "--engine", engine).stdout.replace('"reference"', '"rete"') for engine in ("reference", "rete") * 2}
    assert len(runs) == 1


def test_json_carries_the_digests(esgcheck: Esgcheck, packs: Packs) -> None:
    import hashlib

    report = json.loads(esgcheck(REAL, *DAY, "--format", "json").stdout)
    assert report["facts"]["sha256"] == hashlib.sha256(REAL.read_bytes()).hexdigest()
    assert report["packs"][0]["sha256"] == packs["auto-csr"].digest


def test_both_sides_of_a_contradiction_are_shown(esgcheck: Esgcheck) -> None:
    report = json.loads(esgcheck(REAL, *DAY, "--format", "json").stdout)
    findings = {finding["clause"]: finding for finding in report["packs"][0]["findings"]}
    both = findings["5.8.2.1"]
    assert {conflict["conflict"] for conflict in both["conflicts"]} >= {"not_applicable_and_delegated"}
    assert both["verdict"] == "unknown"
    assert "二者不能并存" in both["reason"]["zh"]
    category = next(fact for fact in findings["5.7.3.1"]["facts"] if fact["path"] == "climate.ghg.category_2")
    assert sorted(said["value"] for said in category["statements"]) == [18930.7, 18938.7]
    assert category["conflicts"] == ["different_values"]


@pytest.mark.parametrize(
    ("fail_on", "code"), [("mandatory", 1), ("recommended", 1), ("unknown", 1), ("never", 0)]
)
def test_exit_code_with_a_violated_mandatory_clause(esgcheck: Esgcheck, violating: Path, fail_on: str, code: int) -> None:
    assert esgcheck(violating, *DAY, "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize(
    ("fail_on", "code"), [("mandatory", 0), ("recommended", 1), ("unknown", 1), ("never", 0)]
)
def test_exit_code_with_a_violated_recommended_clause(esgcheck: Esgcheck, violating_recommended: Path, fail_on: str, code: int) -> None:
    result = esgcheck(violating_recommended, *DAY, "--fail-on", fail_on)
    assert "不满足" in result.stdout
    assert result.exit_code == code


def test_exit_code_with_nothing_but_unknowns(esgcheck: Esgcheck, tmp_path: Path) -> None:
    facts = written(tmp_path, {})
    assert esgcheck(facts, *DAY, "--fail-on", "recommended").exit_code == 0
    assert esgcheck(facts, *DAY, "--fail-on", "unknown").exit_code == 1


def test_only_some_verdicts(esgcheck: Esgcheck, violating: Path) -> None:
    report = json.loads(esgcheck(violating, *DAY, "--only", "violated", "--format", "json").stdout)
    assert {finding["verdict"] for finding in report["packs"][0]["findings"]} == {"violated"}
    assert sum(report["summary"]["mandatory"].values()) == 38, "the summary still counts everything"
    both = json.loads(esgcheck(violating, *DAY, "--only", "violated,unknown", "--format", "json").stdout)
    assert {finding["verdict"] for finding in both["packs"][0]["findings"]} == {"violated", "unknown"}


def test_a_check_that_shows_nothing_is_no_success(esgcheck: Esgcheck, tmp_path: Path) -> None:
    result = esgcheck(written(tmp_path, {}), *DAY, "--only", "violated")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "筛选后没有任何发现" in result.stderr


def test_several_files_and_the_worst_exit_code(esgcheck: Esgcheck, violating: Path, tmp_path: Path) -> None:
    result = esgcheck(violating, tmp_path / "missing.json", REAL, *DAY, "--format", "json")
    assert result.exit_code == 2
    assert "missing.json" in result.stderr
    assert [report["company"]["name"] for report in json.loads(result.stdout)] == ["某公司", "凯斯曼秦皇岛汽车零部件制造有限公司"]
    assert esgcheck(violating, REAL, *DAY).exit_code == 1


def test_pack_by_name_whatever_the_traits(esgcheck: Esgcheck, tmp_path: Path) -> None:
    facts = written(tmp_path, {}, company={"name": "某公司"})
    assert esgcheck(facts, *DAY).exit_code == 2
    for name in ("auto-csr", "all"):
        result = esgcheck(facts, *DAY, "--pack", name)
        assert result.exit_code == 0
        assert "由 --pack 指定" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pack", "auto-crs"), "是否想写“auto-csr”"),
        (("--only", "violatd"), "是否想写“violated”"),
        (("--format", "jsno"), "是否想写“json”"),
        (("--engine", "retee"), "是否想写“rete”"),
        (("--as-of", "2025-02-30"), "不是有效日期"),
        (("--as-of", "20250630"), "不是有效日期"),
        (("--rules", "/nowhere"), "目录里没有标准包"),
    ],
)
def test_wrong_options(esgcheck: Esgcheck, arguments: tuple[str, str], said: str) -> None:
    result = esgcheck(REAL, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_as_of_decides_from_option_then_file_then_today(esgcheck: Esgcheck, tmp_path: Path) -> None:
    facts = written(tmp_path, {}, as_of="2025-03-31")
    assert json.loads(esgcheck(facts, "--format", "json").stdout)["as_of"] == "2025-03-31"
    assert json.loads(esgcheck(facts, *DAY, "--format", "json").stdout)["as_of"] == "2025-06-30"


def test_event_after_the_day_judged_is_reported_and_not_counted(esgcheck: Esgcheck, tmp_path: Path) -> None:
    events = [{"kind": "work_injury", "date": "2024-08-01"}]
    said = [{"kind": kind, "from": "2024-01-01", "to": "2024-12-31"} for kind in ("work_injury", "occupational_disease")]
    facts = written(tmp_path, {}, events=events, event_statements=said)
    verdicts = {}
    for day in ("2024-07-31", "2024-08-01"):
        result = esgcheck(facts, "--as-of", day, "--format", "json")
        findings = json.loads(result.stdout)["packs"][0]["findings"]
        verdicts[day] = next(finding["verdict"] for finding in findings if finding["clause"] == "5.4.4.8")
        assert ("未计入" in result.stderr) is (day == "2024-07-31")
    assert verdicts == {"2024-07-31": "not_applicable", "2024-08-01": "unknown"}


def test_a_recorded_event_contradicts_the_claim_of_none(esgcheck: Esgcheck, tmp_path: Path) -> None:
    said = [{"kind": kind, "from": "2024-01-01", "to": "2024-12-31", "none": True} for kind in ("work_injury", "occupational_disease")]
    facts = written(tmp_path, {}, events=[{"kind": "work_injury", "date": "2024-08-01"}], event_statements=said)
    result = esgcheck(facts, *DAY)
    assert "两者不能同时成立" in result.stderr


def test_disagreement_of_the_evaluators_is_an_internal_error(esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("durable_rules_engine", exc_type=ImportError)
    honest = Reference.run

    def lying(self: Reference, situation: Any) -> dict[str, Verdict]:
        return honest(self, situation) | {"auto-csr:5.4.4.1": "satisfied"}

    monkeypatch.setattr(Reference, "run", lying)
    result = esgcheck(REAL, *DAY, "--engine", "rete")
    assert (result.exit_code, result.stdout) == (70, "")
    assert "auto-csr:5.4.4.1" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bug_of_ours_is_one_line_and_exit_70(esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.cli.judging.check", lambda *_, **__: 1 / 0)
    result = esgcheck(REAL, *DAY)
    assert (result.exit_code, result.stdout) == (70, "")
    assert "ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_the_rule_engine_everything_else_works_and_one_line_says_so(esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    for module in [name for name in sys.modules if name.startswith("checker.engines") and name.endswith(("rete", "_durable"))]:
        monkeypatch.delitem(sys.modules, module)
    result = esgcheck(REAL, *DAY)
    assert result.exit_code == 0
    assert "求值 reference" in result.stdout
    assert len(result.stderr.splitlines()) == 1
    assert "durable-rules" in result.stderr
    assert "pip install" in result.stderr


def test_explain_shows_the_tree_and_what_would_change_it(esgcheck: Esgcheck, violating: Path) -> None:
    result = esgcheck("explain", violating, "auto-csr:5.4.4.1", *DAY)
    assert result.exit_code == 0
    assert "✗ 已制定职业健康安全方针  safety.policy.established = 否" in result.stdout
    assert "变为“满足”" in result.stdout
    assert result.stdout == esgcheck("explain", violating, "5.4.4.1", *DAY).stdout


def test_what_explain_proposes_changes_the_verdict(packs: Packs) -> None:
    """Each proposal, applied as facts, is proven by evaluating it again, for every clause whose steps are plain facts."""
    from dataclasses import replace
    from datetime import date

    from checker.change import steps_to
    from checker.conditions import Holds

    facts = load_facts(REAL, packs)
    before = facts.situation(date(2025, 6, 30))
    rules = packs["auto-csr"].rules
    verdicts = Reference(rules).run(before)
    proven = 0
    for clause in packs["auto-csr"].clauses:
        for wanted in ("satisfied", "violated", "not_applicable"):
            steps = steps_to(wanted, clause.rule, before, verdicts)
            if verdicts[clause.name] == wanted or not steps or not all(isinstance(step.leaf, Holds) for step in steps):
                continue
            values = before.values | {step.leaf.fact: step.wanted for step in steps if isinstance(step.leaf, Holds)}
            assert Reference(rules).run(replace(before, values=values))[clause.name] == wanted
            for left_out in steps:
                fewer = before.values | {step.leaf.fact: step.wanted for step in steps if step is not left_out and isinstance(step.leaf, Holds)}
                assert Reference(rules).run(replace(before, values=fewer))[clause.name] != wanted
            proven += 1
    assert proven > 70


@pytest.mark.parametrize("said", ["5.4.4.99", "auto-csr:5.4.4", "nothing"])
def test_explain_an_unknown_clause(esgcheck: Esgcheck, said: str) -> None:
    result = esgcheck("explain", REAL, said)
    assert result.exit_code == 2
    assert f"没有条款“{said}”" in result.stderr


def test_rules_list_as_json(esgcheck: Esgcheck) -> None:
    clauses = json.loads(esgcheck("rules", "list", "--format", "json").stdout)
    assert len(clauses) == 70 + 72 + 45 + 177 + 130 + 73
    assert {"id", "pack", "clause", "kind", "modality", "points", "title"} <= set(clauses[0])
    ids = [clause["id"] for clause in clauses]
    assert ids[69:71] == ["auto-csr:5.10.4.2", "citic-esg:1.1.1"]
    assert ids[-1] == "sme-csr:P10"


def test_rules_show_facts_and_schema(esgcheck: Esgcheck) -> None:
    assert "safety.policy.established" in esgcheck("rules", "show", "5.4.4.1").stdout
    assert "safety.policy.established" in esgcheck("rules", "facts", "safety.policy").stdout
    assert "climate" not in esgcheck("rules", "facts", "safety").stdout
    assert esgcheck("rules", "facts", "saftey").exit_code == 2
    assert esgcheck("rules", "schema").stdout.encode() == (ROOT / "schemas" / "facts.schema.json").read_bytes()


def test_library_mirrors_the_command(esgcheck: Esgcheck) -> None:
    from datetime import date

    from checker.render.formats import FORMATS
    from checker.render.view import View

    packs = load_packs()
    report = check(load_facts(REAL, packs), packs, as_of=date(2025, 6, 30))
    assert FORMATS["json"].load()[0](report, View()).decode() == esgcheck(REAL, *DAY, "--format", "json").stdout


def test_version_and_help(esgcheck: Esgcheck) -> None:
    assert esgcheck("--version").stdout.startswith("esgcheck ")
    for command in ((), ("check",), ("explain",), ("rules",), ("rules", "list"), ("rules", "show"), ("rules", "facts"), ("rules", "schema")):
        assert esgcheck(*command, "--help").exit_code == 0


def english_company(folder: Path, **changes: object) -> Path:
    """A company with events, contradictions, several assessors and gaps, named in English throughout."""
    tree = json.loads((ROOT / "fixtures/sme/three-assessors/facts.json").read_text("utf-8"))
    tree |= {"company": {"name": "Acme", "industry": "C33", "traits": ["sme"]}, "panel": ["A", "B", "C"],
             "documents": {"notes": {"title": "notes"}}, "evidence": {"visit": {"document": "notes", "place": "p. 2"}},
             "refinements": {"sme-csr": {"mark": "+", "by": "committee"}},
             "events": [{"kind": "production_safety_accident", "date": "2023-01-01", "severity": "major"}, {"kind": "work_injury", "date": "2024-01-01"}]}
    for rating, assessor in zip(tree["ratings"], "ABCAB", strict=True):
        rating["assessor"] = assessor
    tree["facts"]["finance"]["tax"]["paid_lawfully"] = {"missing": "declined"}
    tree["facts"]["labour"]["union"]["established"] = False
    del tree["facts"]["company"]["revenue"]
    tree |= changes
    file = folder / f"{len(list(folder.iterdir()))}.json"
    file.write_text(json.dumps(tree), "utf-8")
    return file


@pytest.mark.parametrize(
    "command",
    [["check"], ["screen"], ["plan", "--target", "AA"], ["plan", "--target", "eligible"], ["ask", "--limit", "400"], ["compare"],
     ["explain", "auto-csr:5.4.4.1"]],
    ids=" ".join,
)
def test_english_has_no_chinese_in_it(command: list[str], esgcheck: Esgcheck, tmp_path: Path) -> None:
    name, *options = command
    files = [english_company(tmp_path)]
    if name == "compare":
        files.append(english_company(tmp_path, period={"start": "2023-01-01", "end": "2023-12-31"}, events=[]))
    result = esgcheck(name, *files, *options, "--lang", "en")
    assert result.exit_code in (0, 1, 3)
    lines = [line for line in (result.stdout + result.stderr).splitlines() if not line.startswith("Source: ")]
    assert not [line for line in lines if re.search(r"[\u3000-\u9fff\uff00-\uffef]", line)]
