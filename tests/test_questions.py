"""Questions: only what can still change something is asked, and it does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs, load_packs
from checker.conditions import All, Holds, Node, Not, facts_of
from checker.conditions import Any as AnyOf
from checker.engines.reference import Reference
from checker.facts import FactBase
from checker.questions import questions
from checker.relevance import open_questions, residue
from checker.score import score
from tests.conftest import REAL, ROOT
from tests.small import DAY, FLAGS, awarded, base, clause, pack, rating, vocabulary

Esgcheck = Callable[..., Result]
SCORING = load_packs()["sme-csr"].scoring
assert SCORING
NODES: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(FLAGS).map(Holds),
    lambda inner: inner.map(Not) | st.lists(inner, min_size=1, max_size=3).flatmap(lambda parts: st.sampled_from([All(tuple(parts)), AnyOf(tuple(parts))])),
    max_leaves=7)


def completions(values: dict[str, bool]) -> list[dict[str, bool]]:
    missing = [path for path in FLAGS if path not in values]
    return [{**values, **dict(zip(missing, picked, strict=True))} for picked in product((True, False), repeat=len(missing))]


@settings(max_examples=300, deadline=None)
@given(node=NODES, values=st.dictionaries(st.sampled_from(FLAGS), st.booleans()))
def test_an_open_fact_is_one_that_can_make_a_difference(node: Node, values: dict[str, bool]) -> None:
    situation = base(values).situation(DAY)
    found = open_questions(residue(node, situation, {}), DAY, vocabulary())
    engine = Reference([clause("c", node).rule])
    pivotal = {
        path for whole in completions(values) for path in FLAGS if path not in values
        if engine.run(base(whole).situation(DAY)) != engine.run(base({**whole, path: not whole[path]}).situation(DAY))
    }
    assert set(found) == pivotal


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_exactly_the_facts_that_can_change_a_verdict_or_a_score_are_asked(data: st.DataObject) -> None:
    nodes = data.draw(st.lists(NODES, min_size=1, max_size=3))
    clauses = [clause(f"c{number}", node, *data.draw(st.sampled_from([(10,), (None, "requirement"), (None, "precondition")]))) for number, node in enumerate(nodes)]
    clauses += [awarded(f"a{number}", data.draw, NODES) for number in range(data.draw(st.integers(0, 2)))]
    scoring = replace(SCORING, inapplicable_earns=data.draw(st.booleans()))
    here = pack(clauses, scoring, 5)
    values = data.draw(st.dictionaries(st.sampled_from(FLAGS), st.booleans()))
    ratings = [rating(found.name, data.draw(st.sampled_from([5, 10] if found.award else [0, 1]))) for found in here.scored
               if (found.award is None or found.award.discretion) and data.draw(st.booleans())]
    facts = base(values, ratings)
    situation = facts.situation(DAY)
    asked = {question.word.path for question in questions([here], facts, situation, Reference(here.rules).run(situation), vocabulary()) if question.word}
    able = {
        path for whole in completions(values) for path in FLAGS if path not in values
        if outcome(here, base(whole, ratings)) != outcome(here, base({**whole, path: not whole[path]}, ratings))
    }
    assert asked == able


def outcome(here: Any, facts: FactBase) -> Any:
    situation = facts.situation(DAY)
    verdicts = Reference(here.rules).run(situation)
    ledger = score(here, facts, situation, verdicts)
    assert ledger
    return verdicts, [(line.earned, line.supported, line.excess) for line in ledger.lines]


def test_gates_come_first_and_then_grades_points_and_mandatory_clauses(packs: Packs) -> None:
    here = packs["sme-csr"]
    facts = base({})
    situation = facts.situation(DAY)
    asked = questions([here, packs["auto-csr"]], facts, situation, Reference([*here.rules, *packs["auto-csr"].rules]).run(situation), packs.vocabulary)
    weights = [question.weight() for question in asked]
    assert weights == sorted(weights)
    gates = [bool(question.gates) for question in asked]
    assert gates == sorted(gates, reverse=True)
    assert all(question.clauses for question in asked)


def test_a_company_that_told_everything_is_asked_nothing_about_indicators(packs: Packs, esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck("ask", ROOT / "fixtures/sme/total-1000/facts.json", "--limit", "500", "--format", "json").stdout)
    assert all(question["fact"].startswith("assessment.") for question in tree["questions"])
    assert tree["not_listed"] == 0


def test_a_fact_of_a_settled_clause_is_not_asked(packs: Packs, esgcheck: Esgcheck, tmp_path: Path) -> None:
    """Large for certain: what the total assets are no longer matters to the scope."""
    tree = {"company": {"name": "甲", "industry": "C36", "traits": ["sme"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"},
            "facts": {"company": {"employees": 5000, "revenue": 900000000}}}
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    found = json.loads(esgcheck("ask", tmp_path / "facts.json", "--limit", "500", "--format", "json").stdout)
    paths = {question["fact"] for question in found["questions"]}
    assert not {path for path in paths if path and path.startswith("company.")}


def test_the_json_follows_its_schema(esgcheck: Esgcheck) -> None:
    validator = Draft202012Validator(json.loads((ROOT / "schemas" / "questions.schema.json").read_text("utf-8")))
    for file in (REAL, ROOT / "fixtures/sme/undetermined/facts.json"):
        validator.validate(json.loads(esgcheck("ask", file, "--as-of", "2025-06-30", "--format", "json").stdout))


def test_the_real_company_is_asked_for_what_it_left_out(esgcheck: Esgcheck) -> None:
    shown = esgcheck("ask", REAL, "--as-of", "2025-06-30", "--limit", "3").stdout
    assert "为何问：" in shown
    assert shown.count("目前：") == 3


def test_facts_of_a_question_belong_to_its_clauses(packs: Packs) -> None:
    here = packs["sme-csr"]
    situation = base({}).situation(DAY)
    for question in questions([here], base({}), situation, Reference(here.rules).run(situation), packs.vocabulary):
        assert question.word
        for found in question.clauses:
            gate = () if found.rule.applies_if is None else facts_of(found.rule.applies_if)
            assert question.word.path in (*gate, *facts_of(found.rule.condition))
        assert set(question.settles) <= set(question.clauses)
