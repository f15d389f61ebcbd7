"""The cases beside every pack hold, in every engine, and leave no clause and no fact unproven."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from checker import Packs, load_facts, load_packs
from checker.conditions import All, DayJudged, Leaf, Node, Not, Verdict, facts_of, leaves, normal
from checker.conditions import Any as AnyOf
from checker.engines.reference import Reference
from checker.evaluate import engine_here, evaluate
from checker.facts import FactBase
from checker.load import load_yaml
from checker.relevance import open_questions
from checker.score import score
from checker.situation import Situation
from checker.validate import schema_problems
from tests.conftest import REAL, ROOT

SOURCES = ROOT.parent / "shared" / "sources"
FILES = sorted((ROOT / "rules").glob("*/tests/*.yaml"))
CASES = [
    pytest.param(document.data["pack"], case, id=f"{document.data['pack']}/{'+'.join(case.get('expect', case.get('points')))}-{index}")
    for document in map(load_yaml, FILES)
    for index, case in enumerate(document.data["cases"])
]
PACKS = load_packs()


def stated(value: Any, evidence: dict[str, Any]) -> Any:
    """A statement of a case as one of a fact file; the evidence that it names is added to the file's."""
    if not isinstance(value, dict) or "value" not in value:
        return value
    names = [value["evidence"]] if "evidence" in value else []
    for name in names:
        evidence[name] = {"document": "case", "place": name, **({"kind": value["kind"]} if "kind" in value else {})}
    return {"value": value["value"], "evidence": names}


def company(pack: str, case: dict[str, Any], folder: Path) -> FactBase:
    """The case as a fact file, read like any other: what a case may say, a company may say."""
    nested: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    for path, value in case.get("facts", {}).items():
        *groups, last = path.split(".")
        inside = nested
        for group in groups:
            inside = inside.setdefault(group, {})
        inside[last] = [stated(one, evidence) for one in value] if isinstance(value, list) else stated(value, evidence)
    tree = {
        "company": {"name": case["name"], **{key: case[key] for key in ("industry",) if key in case}},
        "period": case.get("period", {"start": "2024-01-01", "end": "2024-12-31"}),
        "as_of": case.get("as_of", date(2025, 6, 30)),
        "facts": nested,
        "documents": {"case": {"title": "case"}},
        "evidence": evidence,
        "ratings": [{**rating, "clause": f"{pack}:{rating['clause']}"} for rating in case.get("ratings", [])],
        **{key: case[key] for key in ("events", "event_statements") if key in case},
    }
    file = folder / "case.json"
    file.write_text(json.dumps(tree, default=lambda value: float(value) if hasattr(value, "scaleb") else str(value)), "utf-8")
    return load_facts(file, PACKS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_case_files_follow_their_schema(file: Path) -> None:
    assert not schema_problems(load_yaml(file), "pack-test")


@pytest.mark.parametrize(("pack", "case"), CASES)
def test_case(pack: str, case: dict[str, Any], tmp_path: Path) -> None:
    facts = company(pack, case, tmp_path)
    situation = facts.situation(facts.day)
    verdicts = evaluate(PACKS[pack].rules, situation, engine_here()[0])
    found = {number: verdicts[f"{pack}:{number}"] for number in case.get("expect", {})}
    assert found == case.get("expect", {}), case["name"]
    if "points" in case:
        ledger = score(PACKS[pack], facts, situation, verdicts)
        assert ledger
        earned = {clause.number: line.supported for line in ledger.lines for clause in line.clauses}
        expected = {number: said if isinstance(said, list) else [said, said] for number, said in case["points"].items()}
        assert {number: [earned[number].least, earned[number].most] for number in expected} == {
            number: [Fraction(least), Fraction(most)] for number, (least, most) in expected.items()}, case["name"]


@pytest.mark.parametrize("name", PACKS)
def test_every_clause_has_a_case_for_every_verdict_it_can_have(name: str) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for parameter in CASES:
        pack, case = parameter.values
        if pack == name:
            for number, verdict in case.get("expect", {}).items():
                seen[f"{name}:{number}"].add(verdict)
    for clause in PACKS[name].clauses:
        wanted: set[Verdict] = {"satisfied", "violated", "unknown"}
        if clause.rule.applies_if is not None:
            wanted.add("not_applicable")
        assert wanted <= seen[clause.name], clause.name


@pytest.mark.parametrize("file", sorted((ROOT / "rules").glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_rule_files_are_yaml_for_every_reader(file: Path) -> None:
    """A plain text that ends with a question mark inside braces is YAML for libyaml and an error for others."""
    assert not re.search(r": [^\"'\n]*\?\}", file.read_text("utf-8"))


def test_every_fact_used_exists_and_every_fact_defined_is_used() -> None:
    used = {fact for clause in PACKS.clauses.values() for fact in (*clause.facts, *clause.computed)}
    words = PACKS.vocabulary.words
    assert used <= set(words)
    waiting = {path for path, word in words.items() if word.awaits and word.awaits not in PACKS}
    assert set(words) - used == waiting, "a fact is used, or awaits a pack that does not exist yet"


def test_every_leaf_of_a_condition_can_matter() -> None:
    """A leaf that changes nothing, whatever the others are, would be a fact asked for in vain."""
    chance = random.Random(5)
    for clause in (clause for clause in PACKS.clauses.values() if not clause.computed):
        for node in clause.conditions:
            asked = list(dict.fromkeys(leaves(node)))
            if len(asked) == len(list(leaves(node))):
                continue  # where every leaf stands once, each can matter
            idle = set(asked)
            for _ in range(4_000):
                density = chance.choice((0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95))
                known = {leaf: chance.random() < density for leaf in asked}
                now = two_valued(node, known)
                idle -= {leaf for leaf in idle if two_valued(node, known | {leaf: not known[leaf]}) is not now}
                if not idle:
                    break
            assert not idle, f"{clause.name}: {idle}"


def test_every_award_with_parts_has_a_case_with_points() -> None:
    cased = {f"{pack}:{number}" for pack, case in (parameter.values for parameter in CASES) for number in case.get("points", {})}
    for clause in PACKS.clauses.values():
        assert clause.award is None or clause.name in cased, clause.name


def test_every_fact_of_a_computed_condition_can_matter() -> None:
    """A table asks one fact in many rows, so that leaves cannot be true independently; here facts are varied instead."""
    for clause in PACKS.clauses.values():
        if clause.computed:
            node = normal(clause.rule.condition)
            assert set(open_questions(node, date(2025, 6, 30), PACKS.vocabulary)) == set(facts_of(node)), clause.name


def two_valued(node: Node, known: dict[Leaf, bool]) -> bool:
    match node:
        case All(parts):
            return all(two_valued(part, known) for part in parts)
        case AnyOf(parts):
            return any(two_valued(part, known) for part in parts)
        case Not(part):
            return not two_valued(part, known)
        case _:
            return known[node]


def test_nothing_is_settled_without_facts() -> None:
    """A fact that is absent violates nothing and excuses from nothing; only what is not due yet does not apply."""
    blank = Situation({}, {}, (date(2024, 1, 1), date(2024, 12, 31)), date(2025, 6, 30))
    for pack in PACKS.values():
        due = {clause.name for clause in pack.clauses for node in clause.conditions for leaf in leaves(node) if isinstance(leaf, DayJudged)}
        verdicts = Reference(pack.rules).run(blank)
        assert {verdict for name, verdict in verdicts.items() if name not in due} <= {"unknown"}
        assert {verdicts[name] for name in due} <= {"unknown", "not_applicable"}


def test_automotive_clauses_are_all_there() -> None:
    clauses = PACKS["auto-csr"].clauses
    assert len(clauses) == 70
    assert sum(clause.modality == "mandatory" for clause in clauses) == 38
    assert sum(clause.modality == "recommended" for clause in clauses) == 32


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source documents are not beside the checkout")
def test_automotive_clauses_stand_where_they_say_in_the_source() -> None:
    lines = (SOURCES / PACKS["auto-csr"].file).read_text("utf-8").splitlines()
    numbered = (re.match(r"\s*(5\.\d+\.\d+\.\d+)\u3000", line) for line in lines)
    printed = {found[1] for found in numbered if found}
    assert printed == {clause.number for clause in PACKS["auto-csr"].clauses}
    for clause in PACKS["auto-csr"].clauses:
        assert clause.citation.line is not None
        number, _, sentence = lines[clause.citation.line - 1].strip().partition("\u3000")
        assert number == clause.number
        assert clause.truncated == (not sentence.endswith("。")), clause.name
        said = {"应": "mandatory", "宜": "recommended"}
        first = next(said[character] for character in sentence if character in said)
        assert clause.modality == first, clause.name


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source documents are not beside the checkout")
def test_no_sentence_of_the_source_is_copied() -> None:
    for clause in PACKS["auto-csr"].clauses:
        lines = (SOURCES / clause.citation.file).read_text("utf-8").splitlines()
        sentence = lines[(clause.citation.line or 1) - 1].strip().partition("\u3000")[2]
        for words in (clause.title.zh, clause.statement.zh):
            longest = max(
                (end - start for start in range(len(words)) for end in range(start + 1, len(words) + 1) if words[start:end] in sentence),
                default=0,
            )
            assert longest <= 16, f"{clause.name}: {longest} characters in a row"


def test_events_judge_one_clause_and_clauses_judge_a_conclusion() -> None:
    """The main job wants event rules and chained rules; without one of each the engine would never be asked."""
    kinds = {type(leaf).__name__ for pack in PACKS.values() for rule in pack.rules
             for node in filter(None, (rule.condition, rule.applies_if)) for leaf in leaves(node)}
    assert {"Count", "VerdictIn", "Holds"} <= kinds


def test_real_company_has_the_figures_of_its_report(packs: Packs) -> None:
    facts = load_facts(REAL, packs)
    stated = {f"{said.value:f}".rstrip("0") if isinstance(said.value, Decimal) else str(said.value) for fact in facts.facts.values() for said in fact.statements if type(said.value) is not bool}
    for figure in ("399", "19", "15", "6639.56", "18930.7", "18938.7", "792.93", "193251.24", "219614.43", "503", "508"):
        assert figure in stated, figure
    assert {"2680000", "1300000"} <= stated
    used = {name for fact in facts.facts.values() for name in fact.evidence}
    used |= {name for said in facts.statements for name in said.evidence}
    assert used == set(facts.evidence), "every piece of evidence supports something"
    assert all(said.evidence for fact in facts.facts.values() for said in fact.statements), "every statement has evidence"
