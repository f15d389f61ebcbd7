"""The internet-company guide: what the source prints, scores from facts, and a worked company reckoned by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from checker import Packs, load_facts, load_packs
from checker.bounds import Range
from checker.conditions import Compare, Count, Value, facts_of, leaves
from checker.engines.reference import Reference
from checker.facts import FactBase, Rating
from checker.lines import OnAward
from checker.load import load_yaml
from checker.score import Score, score
from checker.situation import Event, EventStatement
from tests.conftest import ROOT
from tests.small import DAY, base

Esgcheck = Callable[..., Result]
PACKS = load_packs()
PACK = PACKS["internet-esg"]
WORDS = PACKS.vocabulary.words
SIMPLIFIED = ROOT.parent / "shared" / "sources" / "002_simplified.txt"
TREES = {tree["clause"]: tree for file in sorted((ROOT / "rules" / "internet-esg").glob("*.yaml")) if file.name != "pack.yaml"
         for tree in load_yaml(file).data["clauses"]}


def scored(facts: FactBase) -> Score:
    situation = facts.situation(DAY)
    found = score(PACK, facts, situation, Reference(PACK.rules).run(situation))
    assert found
    return found


# --- what the source prints ---------------------------------------------------------------------------------------


def test_items_and_points_are_counted_as_printed() -> None:
    by_dimension = {chapter.number: chapter.dimension for chapter in PACK.chapters}
    found: dict[tuple[str | None, str], list[Decimal]] = {}
    for clause in PACK.scored:
        found.setdefault((by_dimension[clause.chapter], clause.kind), []).append(clause.points or Decimal(0))
    items = {dimension: (len(points), sum(points)) for (dimension, kind), points in found.items() if kind == "indicator"}
    assert items == {"E": (45, 100), "S": (40, 100), "G": (37, 77)}
    assert {dimension: len(points) for (dimension, kind), points in found.items() if kind == "bonus"} == {"E": 4, "S": 7, "G": 11}
    assert {dimension: len(points) for (dimension, kind), points in found.items() if kind == "deduction"} == {"S": 4}


def test_headings_add_up_as_printed() -> None:
    for chapter in PACK.chapters:
        inside = [clause for clause in PACK.scored if clause.chapter == chapter.number and clause.kind == "indicator"]
        cut_off = any(clause.truncated for clause in PACK.clauses if clause.chapter == chapter.number)
        for section in chapter.sections:
            if section.points is not None and not cut_off:
                assert sum(clause.points or 0 for clause in inside if clause.section == section.number) == section.points, section.number
        if chapter.points is not None and not cut_off:
            assert sum(clause.points or 0 for clause in inside) == chapter.points, chapter.number
    printed = {chapter.number: chapter.points for chapter in PACK.chapters if chapter.points is not None}
    assert printed == {"S3": 10, "S5": 10, "S7": 20, "G1": 10, "G2": 20, "G3": 25, "G4": 20, "G5": 15}
    assert sum(points for number, points in printed.items() if number.startswith("G")) == 90


@pytest.mark.skipif(not SIMPLIFIED.is_file(), reason="the source documents are not beside the checkout")
def test_every_printed_number_of_points_is_in_the_pack_in_its_order() -> None:
    """All "(N分)" of the three tables, headings and items, one after the other."""
    text = SIMPLIFIED.read_text("utf-8")
    tables = text[text.index("环境维度评估指标一级指标二级指标三级指标评分细则"):]
    printed = [Decimal(found) for found in re.findall(r"\((\d+(?:\.\d+)?)分\)", tables)]
    assert list(in_the_order_of_the_source()) == printed
    for heading in (part for chapter in PACK.chapters for part in (chapter, *chapter.sections) if part.points is not None):
        assert f"{heading.title.zh}({heading.points}分)" in tables, heading.number


def in_the_order_of_the_source() -> Iterator[Decimal]:
    for chapter in PACK.chapters:
        if chapter.dimension is None:
            continue
        for heading in (chapter, *chapter.sections):
            if heading.points is not None:
                yield heading.points
            yield from (clause.points for clause in PACK.clauses if clause.section == heading.number and clause.points is not None)


@pytest.mark.skipif(not SIMPLIFIED.is_file(), reason="the source documents are not beside the checkout")
def test_no_sentence_of_the_source_is_copied() -> None:
    text = SIMPLIFIED.read_text("utf-8")
    for clause in PACK.clauses:
        for words in (clause.title.zh, clause.statement.zh):
            for start in range(len(words) - 18):
                assert words[start: start + 19] not in text, f"{clause.name}: {words[start: start + 19]}"


def test_the_pack_says_what_is_missing_and_claims_no_total_and_no_grade() -> None:
    assert PACK.scoring
    assert PACK.scoring.full_marks is None
    assert PACK.scoring.incomplete
    assert PACK.grading is None
    cut = [clause for clause in PACK.clauses if clause.truncated]
    assert [(clause.number, clause.points) for clause in cut] == [("G5.1.2", None)]


def test_a_satisfied_item_earns_something_and_a_violated_one_never_all() -> None:
    """For every item and every combination of answers that its conditions can tell apart, as far as they are few."""
    for clause in PACK.scored:
        if clause.award is None:
            continue
        for values in combinations(clause.name):
            facts = base(values)
            situation = facts.situation(DAY)
            verdict = Reference(PACK.rules).run(situation)[clause.name]
            line = next(line for line in scored(facts).lines if line.clause is clause)
            if verdict == "satisfied" and clause.kind != "deduction":
                assert line.supported.most > 0, (clause.name, values)
            if verdict == "violated":
                assert line.supported.least < line.worth, (clause.name, values)


def combinations(name: str) -> Iterator[dict[str, Value]]:
    clause = PACK.clauses[[found.name for found in PACK.clauses].index(name)]
    facts = sorted({fact for node in clause.conditions for fact in facts_of(node)})
    choices = {fact: list(values_of(fact)) for fact in facts}
    chosen = [{}] if facts else []
    for fact in facts[:7]:
        chosen = [{**values, fact: value} for values in chosen for value in choices[fact]]
    yield from chosen[:200]


def values_of(fact: str) -> Iterator[Value]:
    word = WORDS[fact]
    if word.type == "boolean":
        yield from (True, False)
    elif word.type == "choice":
        yield from word.choices or {}
    else:
        constants = sorted({leaf.value for clause in PACK.clauses for node in clause.conditions for leaf in leaves(node)
                            if isinstance(leaf, Compare) and leaf.fact == fact}, key=str)
        step = 1 if word.type == "integer" else Decimal("0.001")
        for constant in constants:
            assert isinstance(constant, int | Decimal)
            yield from (constant - step, constant, constant + step)


# --- bounds -------------------------------------------------------------------------------------------------------

FACTS = sorted({fact for clause in PACK.scored for fact in clause.facts if fact not in clause.figures})
VALUES = {fact: st.sampled_from(sorted({value for value in values_of(fact) if not isinstance(value, int | Decimal) or value >= 0}, key=str)) for fact in FACTS}
KINDS = sorted({kind for clause in PACK.scored for node in clause.conditions for leaf in leaves(node) if isinstance(leaf, Count) for kind in leaf.kinds})
TOPICS = sorted(PACKS.vocabulary.terms.event_fields["topic"].choices)
EVENTS = st.builds(Event, st.sampled_from(KINDS), st.dates(date(2024, 1, 1), date(2025, 12, 31)),
                   st.fixed_dictionaries({}, optional={"topic": st.sampled_from(TOPICS), "media": st.sampled_from(["central", "provincial", "municipal"])}))
STATEMENTS = st.builds(lambda kind: EventStatement(kind, date.min, DAY), st.sampled_from(KINDS))
DISCRETION = [clause for clause in PACK.scored if clause.award and clause.award.discretion]


@st.composite
def companies(draw: st.DrawFn, *, whole: bool = False) -> FactBase:
    chance = draw(st.floats(0.2, 1))
    values = {fact: draw(VALUES[fact]) for fact in FACTS if whole or draw(st.floats(0, 1)) < chance}
    events = draw(st.lists(EVENTS if not whole else EVENTS.filter(lambda event: len(event.fields) == 2), max_size=6))
    statements = [EventStatement(kind, date.min, DAY) for kind in KINDS] if whole else draw(st.lists(STATEMENTS, max_size=4))
    ratings = [Rating(clause.name, "甲", points, points, points=points) for clause in DISCRETION if whole or draw(st.booleans())
               for points in [draw(points_for(clause))]]
    return base(values, ratings, events=tuple(events), statements=tuple(statements))


def points_for(clause: Any) -> st.SearchStrategy[Decimal]:
    part = clause.award.discretion
    return st.decimals(int(part.least), int(part.most), places=1)


def inside(narrow: Range, wide: Range) -> bool:
    return wide.least <= narrow.least <= narrow.most <= wide.most


def not_wider(after: Score, before: Score) -> None:
    for now, then in zip(after.lines, before.lines, strict=True):
        assert inside(now.supported, then.supported), now.number
        assert inside(now.earned, then.earned), now.number
    for now_group, then_group in zip(after.all_groups(), before.all_groups(), strict=True):
        assert inside(now_group.tallies.base.supported, then_group.tallies.base.supported), now_group.heading.number


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=companies())
def test_adding_a_fact_never_widens_the_bounds(data: st.DataObject, facts: FactBase) -> None:
    missing = [fact for fact in FACTS if fact not in facts.facts]
    if missing:
        fact = data.draw(st.sampled_from(missing))
        more = base({**facts.values, fact: data.draw(VALUES[fact])}, facts.ratings, events=facts.events, statements=facts.statements)
        not_wider(scored(more), scored(facts))


@settings(max_examples=60, deadline=None)
@given(facts=companies(), statement=STATEMENTS)
def test_completing_a_list_of_events_never_widens_the_bounds(facts: FactBase, statement: EventStatement) -> None:
    more = base(facts.values, facts.ratings, events=facts.events, statements=(*facts.statements, statement))
    not_wider(scored(more), scored(facts))


@settings(max_examples=60, deadline=None)
@given(facts=companies())
def test_bounds_keep_inside_what_a_line_is_worth(facts: FactBase) -> None:
    for line in scored(facts).lines:
        assert 0 <= line.supported.least <= line.supported.most <= line.worth
        assert 0 <= line.earned.least <= line.earned.most <= line.worth


@settings(max_examples=40, deadline=None)
@given(facts=companies(whole=True))
def test_with_everything_known_the_ends_meet_at_the_naive_result(facts: FactBase) -> None:
    found = scored(facts)
    for line in found.lines:
        assert line.supported.known, line.number
        assert line.supported.least == naive_points(line.clause.number, facts), line.number


def naive_points(number: str, facts: FactBase) -> Fraction:
    """The award read once more from the YAML, the plain way."""
    tree = TREES[number]
    cell = [other for other in TREES.values() if other["clause"] == number or other.get("award", {}).get("with") == number]
    worth = sum((Fraction(other["points"]) for other in cell), Fraction(0))
    if "applies_if" in tree and not naive_truth(tree["applies_if"], facts):
        return worth if tree["kind"] == "indicator" else Fraction(0)
    award = tree.get("award", {"sum": [{"points": worth, "when": tree.get("condition")}]})
    if "assessor" in award:
        given_points = next(Fraction(rating.least) for rating in facts.ratings if rating.clause == f"internet-esg:{number}")
        return given_points if naive_truth(award["when"], facts) else Fraction(0)
    if "each" in award:
        return min(worth, sum((Fraction(entry["points"]) * naive_count(entry, facts) for entry in award["each"]), Fraction(0)))
    earned = [Fraction(part["points"]) for part in award.get("sum", award.get("highest")) if naive_truth(part["when"], facts)]
    return min(worth, (sum(earned, Fraction(0)) if "sum" in award else max(earned, default=Fraction(0))))


def naive_count(entry: Any, facts: FactBase) -> int:
    assert entry["during"] == {"months": 12}
    return sum(event.kind in entry["events"] and date(2024, 6, 30) < event.on <= DAY
               and all(event.fields[name] in among for name, among in entry.get("where", {}).items()) for event in facts.events or ())


def naive_truth(node: Any, facts: FactBase) -> bool:
    if isinstance(node, str):
        return facts.values[node] is True
    if "all" in node or "any" in node:
        return (all if "all" in node else any)(naive_truth(part, facts) for part in node.get("all", node.get("any")))
    if "not" in node:
        return not naive_truth(node["not"], facts)
    if "count" in node:
        return naive_count(node["count"], facts) <= node["at_most"]
    value: Any = facts.values[node["fact"]]
    (key, wanted), = ((key, wanted) for key, wanted in node.items() if key != "fact")
    return {"at_least": lambda: value >= wanted, "at_most": lambda: value <= wanted, "less_than": lambda: value < wanted,
            "more_than": lambda: value > wanted, "equals": lambda: value == wanted, "one_of": lambda: value in wanted}[key]()


# --- a company worked out by hand ---------------------------------------------------------------------------------

YUNSHI = ROOT / "fixtures" / "internet" / "yunshi"


def both(value: Any) -> list[Fraction]:
    return [Fraction(str(end)) for end in (value if isinstance(value, list) else [value, value])]


def ends_of(bounds: Any) -> list[Fraction]:
    return [Fraction(bounds["least"]), Fraction(bounds["most"])]


def test_every_item_of_the_worked_company_earns_what_the_hand_says(esgcheck: Esgcheck) -> None:
    expected = load_yaml(YUNSHI / "expect.yaml").data
    result = esgcheck(YUNSHI / "facts.json", "--format", "json")
    found = json.loads(result.stdout, parse_float=Decimal)["packs"][0]
    points = {finding["clause"]: ends_of(finding["score"]["supported"]) for finding in found["findings"] if finding["score"]}
    assert points == {number: both(value) for number, value in expected["points"].items()}
    assert set(points) == {clause.number for clause in PACK.scored}
    for group in found["score"]["groups"]:
        said = expected["dimensions"][group["number"]]
        assert {name: ends_of(group[name]["supported"]) for name in said} == {name: both(value) for name, value in said.items()}
    total = expected["total"]
    assert {name: ends_of(found["score"][name]["supported"]) for name in ("base", "bonus", "deductions")} == {
        name: both(total[name]) for name in ("base", "bonus", "deductions")}
    assert found["score"]["base"]["points"] == total["legible"]
    assert found["score"]["full_marks"] is None
    assert found["score"]["grade"] is None


def test_every_form_of_scoring_is_in_the_worked_company() -> None:
    facts = load_facts(YUNSHI / "facts.json", PACKS)
    lines = scored(facts).lines
    awards = {line.number: line.basis for line in lines if isinstance(line.basis, OnAward)}
    assert any(basis.award.join == "highest" for basis in awards.values())
    assert any(sum(part.most for part in basis.award.parts) > basis.award.worth and basis.award.join == "sum" for basis in awards.values())
    assert any(line.granted for line in lines)
    assert any(len(line.clauses) > 1 for line in lines)
    assert any(line.unrated for line in lines)
    assert any(line.ratings for line in lines)
    assert any(sum(points.most for _, points in line.events if points) > line.worth for line in lines), "a deduction over its cap"
    assert any(not line.supported.known for line in lines)


def test_every_event_has_its_line_and_its_citation(esgcheck: Esgcheck) -> None:
    shown = esgcheck(YUNSHI / "facts.json").stdout
    table = shown[shown.index("S2.D1 减分项"):]
    assert "数据中心冷却水超标排放被罚款" in shown[shown.rindex("E4.1.1"):shown.rindex("E4.1.2")]
    assert "废旧设备违规贮存" not in shown[shown.rindex("E4  环境负面事件"):], "older than twelve months"
    for title, points, place in (("包装供应商欠薪案败诉", "−3", "民事判决书 第 102 号"), ("包装供应商超时加班被罚款", "−5", "供应商处罚 第 2 号"),
                                 ("印刷供应商废气超标被罚款", "−5", "供应商处罚 第 5 号")):
        row = next(line for line in table.splitlines() if title in line)
        assert row.split()[-1] == points
        assert f"[{place[:3]}" in row, "the place may go on in the next line"
    assert "配送延误" not in table[table.index("S4.D1"):table.index("S5 ")], "a municipal paper does not count"
    tree = json.loads(esgcheck(YUNSHI / "facts.json", "--format", "json").stdout)
    finding = next(finding for finding in tree["packs"][0]["findings"] if finding["clause"] == "S2.D1")
    places = {evidence["id"]: evidence["place"] for evidence in finding["evidence"]}
    assert [(entry["points"]["least"], [places[name] for name in entry["event"]["evidence"]]) for entry in finding["score"]["events"]] == [
        (3, ["民事判决书 第 102 号"]), (5, ["供应商处罚 第 2 号"]), (5, ["供应商处罚 第 5 号"])]
    warned = esgcheck(YUNSHI / "facts.json").stderr
    assert "没有“数据安全事件（含网络宕机、数据泄露）”事件，却记录了 1 起" in warned


def test_a_claim_of_none_that_the_record_contradicts_stands_in_the_finding(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck(YUNSHI / "facts.json", "--format", "json").stdout)
    finding = next(finding for finding in tree["packs"][0]["findings"] if finding["clause"] == "S7.4.3")
    assert finding["verdict"] == "violated"
    assert [(found["about"], found["conflict"]) for found in finding["conflicts"]] == [("data_security_incident", "denied_yet_recorded")]
    assert "矛盾（自称没有，却有记录在案的事件；按记录判定）：数据安全事件（含网络宕机、数据泄露）" in finding["reason"]["zh"]
    shown = esgcheck(YUNSHI / "facts.json").stdout
    assert "企业自身陈述中的矛盾：自称没有，却有记录在案的事件；按记录判定" in shown


def test_an_event_after_the_day_judged_is_told_and_not_counted(esgcheck: Esgcheck) -> None:
    result = esgcheck(YUNSHI / "facts.json", "--as-of", "2025-02-28", "--format", "json")
    tree = json.loads(result.stdout)
    points = {finding["clause"]: finding["score"]["supported"] for finding in tree["packs"][0]["findings"] if finding["score"]}
    assert points["S4.D1"]["least"] == 0, "the penalty of 5 March 2025 has not happened yet"
    assert points["E4.1.1"]["most"] == 0, "that of 10 February has"
    assert "2025-03-05 晚于判定日 2025-02-28，未计入" in result.stderr


def test_a_merged_cell_is_one_line_that_names_its_clauses(esgcheck: Esgcheck) -> None:
    shown = esgcheck(YUNSHI / "facts.json").stdout
    assert "G3.1.1–G3.1.3" in shown
    explained = esgcheck("explain", YUNSHI / "facts.json", "G3.1.2").stdout
    assert "G3.1.1、G3.1.2、G3.1.3 合并评分" in explained
    assert "至多 10 分：得 8 分" in explained


def test_what_is_missing_is_said_and_nothing_is_claimed(esgcheck: Esgcheck) -> None:
    shown = esgcheck(YUNSHI / "facts.json").stdout
    assert "不给出三个维度的总分" in shown.replace("\n", "")
    assert "等级：" not in shown
    assert "加分、减分与基础分分列，未相抵。" in shown
    assert "标题印 15 分" in shown


def test_facts_are_asked_for_what_they_may_earn(esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck("ask", YUNSHI / "facts.json", "--limit", "100", "--format", "json").stdout)
    asked = {question["fact"] or question["label"]["zh"]: question for question in tree["questions"]}
    assert asked["environment.e_waste.recovery_disclosed_regularly"]["points"] == 1.5
    media = [question for name, question in asked.items() if "媒体负面报道" in name]
    assert [(question["clauses"], question["points"]) for question in media] == [(["internet-esg:S3.D1", "internet-esg:S4.D1", "internet-esg:S7.D1"], 25)]
    assert "resources.renewable.electricity_share" not in asked


def test_two_assessors_are_averaged_and_the_panel_waits(tmp_path: Path) -> None:
    tree = json.loads((YUNSHI / "facts.json").read_text("utf-8"))
    tree["panel"] = ["评估员甲", "评估员乙", "评估员丙"]
    tree["ratings"].append({"clause": "internet-esg:E1.2.1", "assessor": "评估员乙", "points": 2})
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    line = next(line for line in scored(load_facts(tmp_path / "facts.json", PACKS)).lines if line.number == "E1.2.1")
    assert line.supported == Range(Fraction(45, 30), Fraction(55, 30))
    assert line.awaited == ("评估员丙",)
    assert line.spread == Range(Fraction(3, 2), Fraction(2))


@pytest.mark.parametrize(("value", "supported", "excess"), [(False, (0, 0), "exceeds_facts"), (None, (0, Fraction(3, 2)), "exceeds_support")])
def test_points_given_for_what_the_facts_deny_are_a_contradiction(value: bool | None, supported: tuple[Any, Any], excess: str) -> None:
    facts = base({} if value is None else {"environment.green_operation.measures_taken": value},
                 [Rating("internet-esg:E1.2.1", "甲", Decimal("1.5"), Decimal("1.5"), points=Decimal("1.5"))])
    line = next(line for line in scored(facts).lines if line.number == "E1.2.1")
    assert line.excess == excess
    assert line.earned == Range(Fraction(3, 2), Fraction(3, 2))
    assert (line.supported.least, line.supported.most) == supported


def test_as_long_as_it_is_open_whether_an_item_applies_full_marks_are_possible() -> None:
    facts = base({"labour.new_forms.injury_protection_provided": False})
    line = next(line for line in scored(facts).lines if line.number == "S1.1.3")
    assert line.supported == Range(Fraction(0), Fraction(5, 2))


# --- notes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("about", "words"), [("S4.B1", "3 分"), ("S1.B1", "6"), ("G2.1.5", "3%"), ("E1.1.2", "1.35"), ("S2.D1", "每次"), ("G5.1.2", "")])
def test_notes_tell_where_the_source_contradicts_itself(about: str, words: str, esgcheck: Esgcheck) -> None:
    notes = {note["about"]: note for note in json.loads(esgcheck("rules", "notes", "--pack", "internet-esg", "--format", "json").stdout)}
    assert words.replace(" ", "") in notes[f"internet-esg:{about}"]["note"]["zh"].replace(" ", "").replace("％", "%")
    assert notes[f"internet-esg:{about}"]["note"]["en"]


def test_notes_of_all_packs_are_in_one_list(esgcheck: Esgcheck, packs: Packs) -> None:
    notes = json.loads(esgcheck("rules", "notes", "--format", "json").stdout)
    assert {note["pack"] for note in notes} == {*packs, None}
    about = {note["about"] for note in notes}
    assert {clause.name for clause in packs.clauses.values() if clause.source_note} <= about
    assert {"internet-esg scoring.incomplete", "internet-esg G", "sme-csr grading", "company.size_class"} <= about
    shown = esgcheck("rules", "notes", "--lang", "en").stdout
    assert shown.rstrip().endswith(f"{len(notes)} notes.")
