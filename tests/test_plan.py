"""Plans: proven, minimal, the cheapest there is, and silent about what cannot be changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs, load_facts, load_packs
from checker.conditions import All, Holds, Node, Not
from checker.conditions import Any as AnyOf
from checker.engines.reference import Reference
from checker.errors import InputError
from checker.facts import FactBase, Rating
from checker.packs import Clause
from checker.plan import plan
from checker.plan.changes import Change, Improve, SetFact, applied
from checker.plan.search import Plan
from checker.score import score
from tests.conftest import REAL, ROOT
from tests.small import DAY, FLAGS, awarded, base, clause, pack, rating, vocabulary

Esgcheck = Callable[..., Result]
SME = ROOT / "fixtures" / "sme"
SCORING = load_packs()["sme-csr"].scoring
assert SCORING

LITERALS: st.SearchStrategy[Node] = st.sampled_from(FLAGS).flatmap(lambda path: st.sampled_from([Holds(path), Holds(path), Not(Holds(path))]))
NODES: st.SearchStrategy[Node] = st.recursive(
    LITERALS, lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(lambda parts: st.sampled_from([All(tuple(parts)), AnyOf(tuple(parts))])), max_leaves=5)
RATIOS = st.sampled_from([Decimal(0), Decimal("0.3"), Decimal("0.5"), Decimal(1)])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_set_of_changes_is_cheaper(data: st.DataObject) -> None:
    """Against every set of changes there is, in packs small enough to try them all."""
    gates = [clause(f"g{number}", node, kind="precondition") for number, node in enumerate(data.draw(st.lists(NODES, max_size=2)))]
    scored = [clause(f"s{number}", node, data.draw(st.sampled_from([10, 20, 35]))) for number, node in enumerate(data.draw(st.lists(NODES, max_size=2)))]
    scored += [awarded(f"a{number}", data.draw, NODES) for number in range(data.draw(st.integers(0 if scored else 1, 2)))]
    total = sum(int(found.points or 0) for found in scored)
    here = pack([*gates, *scored], SCORING, data.draw(st.integers(1, total)))
    values = data.draw(st.dictionaries(st.sampled_from(FLAGS), st.booleans()))
    facts = base(values, [rated(found, data.draw(RATIOS)) for found in scored if (found.award is None or found.award.discretion) and data.draw(st.booleans())])
    costs = data.draw(st.dictionaries(st.sampled_from([*FLAGS, *(found.name for found in scored)]), st.sampled_from([Fraction(1, 2), Fraction(2), Fraction(3)])))
    fixed = data.draw(st.lists(st.sampled_from(FLAGS), max_size=2, unique=True))
    words = vocabulary(fixed=fixed)
    found = plan(here, "good", facts, DAY, words, "reference", costs=costs)
    possible = [(cost, changes) for cost, changes in every_set(here, facts, fixed, costs) if reaches(here, facts, changes)]
    assert found.reachable is bool(possible)
    if possible:
        assert found.cost == min(cost for cost, _ in possible)
        proven(here, facts, found)
    else:
        assert found.after is None or found.after <= total


def rated(found: Clause, ratio: Decimal) -> Rating:
    """A rating on the scale, or points from 5 to 10 for an assessor's discretion."""
    return rating(found.name, ratio if found.award is None else 5 + 5 * ratio)


def every_set(here: Any, facts: FactBase, fixed: list[str], costs: dict[str, Fraction]) -> Iterator[tuple[Fraction, list[Change]]]:
    ways: list[list[tuple[Fraction, Change | None]]] = []
    for path in FLAGS:
        now = facts.values.get(path)
        free = path not in fixed or now is None
        ways.append([(Fraction(0), None), *((costs.get(path, Fraction(1)), SetFact(path, value, now)) for value in (True, False) if free and value is not now)])
    ways += [[(Fraction(0), None), (costs.get(found.name, Fraction(1)), Improve(found, Fraction(0), Fraction(1)))] for found in here.scored if not found.award]
    for picked in product(*ways):
        yield sum((cost for cost, _ in picked), Fraction(0)), [change for _, change in picked if change]


def reaches(here: Any, facts: FactBase, changes: list[Change]) -> bool:
    after = applied(facts, changes, DAY)
    situation = after.situation(DAY)
    verdicts = Reference(here.rules).run(situation)
    before, found = score(here, facts, situation, verdicts), score(here, after, situation, verdicts)
    assert before
    assert found
    improved = {change.clause.name for change in changes if isinstance(change, Improve)}
    points = sum(max(then.earned.least, now.supported.least) if now.clause.name in improved else now.earned.least
                 for then, now in zip(before.lines, found.lines, strict=True))
    met = all(verdicts[gate.name] == "satisfied" for gate in here.preconditions)
    return met and points >= here.grading.grades[0].least


def proven(here: Any, facts: FactBase, found: Plan) -> None:
    changes = [step.change for step in found.steps]
    assert reaches(here, facts, changes)
    for change in changes:
        assert not reaches(here, facts, [other for other in changes if other is not change])


def test_a_pack_that_shares_everything_is_given_up_in_time() -> None:
    """Forty indicators that ask eight of forty facts each: an exact search would remember 2^40 choices."""
    flags = [f"t.f{number}" for number in range(40)]
    scored = [clause(f"s{number}", All(tuple(Holds(flags[(number * 7 + step * (number % 5 + 3)) % 40]) for step in range(8))), 10) for number in range(40)]
    with pytest.raises(InputError) as caught:
        plan(pack(scored, SCORING, 300), "good", base({}), DAY, vocabulary(flags), "reference")
    assert [found.code for found in caught.value.problems] == ["plan_entangled"]


@pytest.mark.parametrize("target", ["AAA", "AA", "A", "BBB", "BB", "B", "C", "eligible"])
def test_every_target_from_a_file_with_no_ratings(target: str, packs: Packs) -> None:
    here = packs["sme-csr"]
    facts = load_facts(SME / "eligible" / "facts.json", packs)
    found = plan(here, target, facts, DAY, packs.vocabulary, "reference")
    assert found.reachable
    assert bool(found.steps) is (target not in ("C", "eligible"))
    points = [step.points for step in found.steps]
    assert points == sorted(points, reverse=True)


def test_the_plan_of_a_rated_company(esgcheck: Esgcheck) -> None:
    """750.5 points, 14 the most that any indicator still lacks: 100.5 points take eight of them, the last not in full."""
    result = esgcheck("plan", SME / "total-750.5" / "facts.json", "--target", "AA", "--format", "json")
    tree = json.loads(result.stdout, parse_float=Decimal)
    Draft202012Validator(json.loads((ROOT / "schemas" / "plan.schema.json").read_text("utf-8"))).validate(json.loads(result.stdout))
    assert (result.exit_code, tree["reachable"], len(tree["steps"])) == (0, True, 8)
    assert tree["before"] == Decimal("750.5")
    assert 851 <= tree["after"] < Decimal("851.2")
    assert {step["kind"] for step in tree["steps"]} == {"rating"}


def test_a_cost_turns_the_plan_elsewhere(esgcheck: Esgcheck, tmp_path: Path) -> None:
    facts = SME / "total-950.5" / "facts.json"
    (first,) = json.loads(esgcheck("plan", facts, "--target", "AAA", "--format", "json").stdout)["steps"]
    (tmp_path / "costs.yaml").write_text(f'costs: {{"{first["clause"]}": 7.5}}', "utf-8")
    (other,) = json.loads(esgcheck("plan", facts, "--target", "AAA", "--costs", tmp_path / "costs.yaml", "--format", "json").stdout)["steps"]
    assert other["clause"] != first["clause"]
    kept = json.loads(esgcheck("plan", facts, "--target", "AAA", "--keep", first["clause"], "--format", "json").stdout)["steps"]
    assert first["clause"] not in [step["clause"] for step in kept]


def test_what_is_on_record_cannot_be_changed(esgcheck: Esgcheck) -> None:
    for case in ("ineligible-by-event", "ineligible-by-declaration"):
        result = esgcheck("plan", SME / case / "facts.json", "--target", "eligible")
        assert result.exit_code == 1
        assert "达不到目标" in result.stdout
        assert "sme-csr:P1.b" in result.stdout


def test_a_gate_is_part_of_the_way_to_a_grade(packs: Packs) -> None:
    facts = load_facts(SME / "undetermined" / "facts.json", packs)
    found = plan(packs["sme-csr"], "C", base({**facts.values, "safety.accident.no_serious_accident": True}), DAY, packs.vocabulary, "reference")
    assert found.reachable
    cleared = {clause.number for step in found.steps for clause in step.clears}
    assert {"1", "P1.c"} <= cleared


def test_what_is_not_known_and_cannot_be_chosen_is_to_be_found_out(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck("plan", REAL, "--as-of", "2025-06-30", "--target", "eligible", "--format", "json").stdout)
    Draft202012Validator(json.loads((ROOT / "schemas" / "plan.schema.json").read_text("utf-8"))).validate(tree)
    steps = {step["fact"]: step for step in tree["steps"]}
    assert steps["company.size_industry"]["supposed"]
    assert steps["company.revenue"]["limits"].keys() == {"less_than"}
    assert not steps["governance.ethics.observed"]["supposed"]


def test_a_target_that_is_reached_needs_nothing(esgcheck: Esgcheck) -> None:
    result = esgcheck("plan", SME / "total-851" / "facts.json", "--target", "AA")
    assert result.exit_code == 0
    assert "已经达到目标，无须改变" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "AAAA"], "AAAA"),
        (["--target", "AA", "--pack", "auto-csr"], "没有可规划的目标"),
        (["--target", "AA", "--keep", "sme-csr:5.1.99"], "既不是事实也不是评分指标"),
    ],
)
def test_what_cannot_be_planned_is_an_error(arguments: list[str], said: str, esgcheck: Esgcheck) -> None:
    result = esgcheck("plan", SME / "total-851" / "facts.json", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('costs: {"sme-csr:5.1.1": 0}', "成本必须大于零"),
        ('costs: {"sme-csr:5.1.1": -1}', "成本必须大于零"),
        ('costs: {"sme-csr:5.1.1": many}', "应为“数”"),
        ('costs: {"sme-csr:5.11.1x": 2}', "是否想写“sme-csr:5.11.1”"),
        ("prices: {}", "不认识的键“prices”"),
    ],
)
def test_bad_costs_have_their_place(content: str, said: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    (tmp_path / "costs.yaml").write_text(content, "utf-8")
    result = esgcheck("plan", SME / "total-851" / "facts.json", "--target", "AAA", "--costs", tmp_path / "costs.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "costs.yaml:1:" in result.stderr
    assert said in result.stderr
