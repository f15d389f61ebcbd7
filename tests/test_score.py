"""Scores: exact, bounded, never widened by knowing more, and equal to a second, naive calculation from the YAML."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from checker import Packs, load_facts, load_packs
from checker.bounds import Range, decimal_of, ends
from checker.conditions import Compare, leaves
from checker.engines.reference import Reference
from checker.errors import InputError
from checker.facts import FactBase, Rating, Refinement
from checker.load import load_yaml
from checker.render.numbers import plain
from checker.score import Score, score
from tests.conftest import ROOT
from tests.small import DAY, base, rating

Esgcheck = Callable[..., Result]
WORKED = sorted(path for path in (ROOT / "fixtures" / "sme").iterdir() if path.name.startswith("total-"))
THREE = ROOT / "fixtures" / "sme" / "three-assessors"
PACK = load_packs()["sme-csr"]
assert PACK.scoring
assert PACK.scoring.scale
assert PACK.grading
SCALE = PACK.scoring.scale
GRADES = [grade.name for grade in PACK.grading.grades]
NUMBERS = {leaf.fact for clause in PACK.scored for leaf in leaves(clause.rule.condition) if isinstance(leaf, Compare)}
FACTS = sorted({fact for clause in PACK.scored for fact in clause.facts if fact not in clause.figures})


def scored(facts: FactBase) -> Score:
    situation = facts.situation(DAY)
    found = score(PACK, facts, situation, Reference(PACK.rules).run(situation))
    assert found
    return found


# --- what the source prints ---------------------------------------------------------------------------------------


def test_categories_and_total_are_as_printed() -> None:
    printed = {"5.1": 98, "5.2": 96, "5.3": 106, "5.4": 104, "5.5": 112, "5.6": 102, "5.7": 88, "5.8": 90, "5.9": 92, "5.10": 44, "5.11": 68}
    found = {chapter.number: chapter.points for chapter in PACK.chapters if chapter.points is not None}
    assert found == printed
    for number, points in printed.items():
        assert sum(clause.points or 0 for clause in PACK.scored if clause.chapter == number) == points, number
    assert len(PACK.scored) == 54
    assert PACK.scoring
    assert sum(clause.points or 0 for clause in PACK.scored) == PACK.scoring.full_marks == 1000


@pytest.mark.skipif(not (ROOT.parent / "shared" / "sources").is_dir(), reason="the source documents are not beside the checkout")
def test_points_and_names_are_those_of_table_3() -> None:
    text = (ROOT.parent / "shared" / "sources" / PACK.file).read_text("utf-8")
    table = [line.strip() for line in text[text.index("表 3 中小企业社会责任评分表"):].splitlines()]
    cells = [cell for cell in table if cell]
    for clause in PACK.scored:
        position = cells.index(clause.title.zh)
        assert cells[position + 1] == str(clause.points), clause.name
    lines = text.splitlines()
    for clause in PACK.clauses:
        line = lines[(clause.citation.line or 0) - 1]
        assert clause.kind != "indicator" or f"{clause.number}{clause.title.zh}：" in line, clause.name


def test_every_grade_is_as_printed() -> None:
    assert PACK.grading
    assert [(grade.name, grade.least, grade.most) for grade in PACK.grading.grades] == [
        ("AAA", 951, 1000), ("AA", 851, 950), ("A", 751, 850), ("BBB", 651, 750), ("BB", 551, 650), ("B", 351, 550), ("C", None, 350)]
    assert PACK.grading.unmarked == ("AAA", "C")


# --- worked examples ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", WORKED, ids=lambda folder: folder.name)
def test_worked_example(folder: Path, esgcheck: Esgcheck) -> None:
    expected = load_yaml(folder / "expect.yaml").data
    result = esgcheck(folder / "facts.json", "--format", "json")
    found = json.loads(result.stdout, parse_float=Decimal)["packs"][0]
    total = found["score"]["base"]["earned"]
    assert total["least"] == total["most"] == Decimal(str(expected["total"]))
    grade = found["score"]["grade"]
    assert grade["least"] == grade["most"] == expected["grade"]
    between = [[gap["lower"], gap["upper"]] for gap in grade["between"]]
    assert between == ([expected["between"]] if "between" in expected else [])
    assert found["eligibility"] == expected["screen"]


def test_three_assessors(esgcheck: Esgcheck) -> None:
    expected = load_yaml(THREE / "expect.yaml").data
    found = json.loads(esgcheck(THREE / "facts.json", "--format", "json").stdout, parse_float=Decimal)["packs"][0]
    assert exact(found["score"]["base"]["earned"]) == [Fraction(end) for end in expected["total"]]
    assert [found["score"]["grade"][end] for end in ("least", "most")] == expected["grade"]
    lines = {finding["clause"]: finding for finding in found["findings"]}
    for number, limits in expected["lines"].items():
        assert exact(lines[number]["score"]["earned"]) == [Fraction(end) for end in limits]
    assert lines["5.2.1"]["score"]["awaited"] == ["评审员丙"]
    assert [evidence["id"] for evidence in lines["5.1.4"]["evidence"]] == ["visit"]
    shown = esgcheck(THREE / "facts.json").stdout.replace("\n", "")
    assert "评审员甲 90 %、评审员乙 60–80 %、评审员丙 60–80 %；跨度 60–90 %，取平均" in shown
    assert "尚待 评审员丙 评分" in shown


def exact(bounds: Any) -> list[Fraction]:
    ends = bounds["fractions"] or bounds
    return [Fraction(ends["least"]), Fraction(ends["most"])]


def test_worked_examples_cover_every_limit() -> None:
    totals = {folder.name.removeprefix("total-") for folder in WORKED}
    for limit in (951, 851, 751, 651, 551, 351):
        assert {str(limit), f"{limit - 1}.5", str(limit - 1)} <= totals
    assert {"1000", "0"} <= totals


def test_the_report_says_why_a_total_between_two_ranges_takes_the_lower_grade(esgcheck: Esgcheck) -> None:
    shown = esgcheck(ROOT / "fixtures/sme/total-950.5/facts.json").stdout
    assert "总分 950.5 落在 AA（至 950）与 AAA（自 951）之间的空档，按较低的 AA 定级。" in shown
    assert "等级：AA（优秀企业）" in shown


# --- properties ---------------------------------------------------------------------------------------------------

RATIOS = st.integers(0, 100).map(lambda number: Decimal(number) / 100)
BANDS = st.sampled_from(SCALE.bands).map(lambda band: (band.least, band.most))
PARTIAL = st.dictionaries(st.sampled_from(list(SCALE.aspects)), st.sampled_from(SCALE.bands), min_size=1).map(SCALE.of_aspects)
JUDGEMENTS = RATIOS.map(lambda ratio: (ratio, ratio)) | BANDS | PARTIAL
VALUES = {path: st.integers(0, 2) if path in NUMBERS else st.booleans() for path in FACTS}


@st.composite
def companies(draw: st.DrawFn, *, whole: bool = False) -> FactBase:
    """Facts and ratings for some indicators, or for all of them."""
    chance = draw(st.floats(0.3, 1))
    values = {path: draw(VALUES[path]) for path in FACTS if whole or draw(st.floats(0, 1)) < chance}
    panel = draw(st.sampled_from([(), ("甲",), ("甲", "乙", "丙")])) if not whole else ("甲", "乙", "丙")
    ratings = []
    for clause in PACK.scored:
        for assessor in panel or ("甲",):
            if whole or draw(st.booleans()):
                least, most = draw(RATIOS.map(lambda ratio: (ratio, ratio)) if whole else JUDGEMENTS)
                ratings.append(rating(clause.name, least, most, assessor))
    return base(values, ratings, panel=panel)


def inside(narrow: Range, wide: Range) -> bool:
    return wide.least <= narrow.least <= narrow.most <= wide.most


def not_wider(after: Score, before: Score) -> None:
    assert inside(after.total, before.total)
    assert inside(after.supported, before.supported)
    tallies = zip((group.tallies.base for group in after.all_groups()), (group.tallies.base for group in before.all_groups()), strict=True)
    for now, then in (*zip(after.lines, before.lines, strict=True), *tallies):
        assert inside(now.earned, then.earned)
        assert inside(now.supported, then.supported)
    for now_standing, then_standing in ((after.standing, before.standing), (after.supported_standing, before.supported_standing)):
        assert now_standing
        assert then_standing
        possible = GRADES[GRADES.index(then_standing.most.name): GRADES.index(then_standing.least.name) + 1]
        assert {now_standing.least.name, now_standing.most.name} <= set(possible)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=companies())
def test_adding_a_fact_never_widens_the_bounds(data: st.DataObject, facts: FactBase) -> None:
    missing = [path for path in FACTS if path not in facts.facts]
    if missing:
        path = data.draw(st.sampled_from(missing))
        more = base({**facts.values, path: data.draw(VALUES[path])}, facts.ratings, panel=facts.panel)
        not_wider(scored(more), scored(facts))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=companies())
def test_adding_a_rating_never_widens_the_bounds(data: st.DataObject, facts: FactBase) -> None:
    """With a panel any member's rating; without one, of an indicator that nobody has rated."""
    given_already = {(found.clause, found.assessor) for found in facts.ratings}
    missing = [(clause.name, assessor) for clause in PACK.scored for assessor in facts.panel or ("甲",) if (clause.name, assessor) not in given_already]
    if missing:
        name, assessor = data.draw(st.sampled_from(missing))
        least, most = data.draw(JUDGEMENTS)
        more = replace(facts, ratings=(*facts.ratings, rating(name, least, most, assessor)))
        not_wider(scored(more), scored(facts))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), facts=companies())
def test_raising_a_rating_never_lowers_score_or_grade(data: st.DataObject, facts: FactBase) -> None:
    if not facts.ratings:
        return
    chosen = data.draw(st.integers(0, len(facts.ratings) - 1))
    old = facts.ratings[chosen]
    least = data.draw(st.decimals(old.least, 1, places=2))
    most = data.draw(st.decimals(max(least, old.most), 1, places=2))
    ratings = [*facts.ratings]
    ratings[chosen] = rating(old.clause, least, most, old.assessor)
    before, after = scored(facts), scored(replace(facts, ratings=tuple(ratings)))
    for end in ("least", "most"):
        assert getattr(after.total, end) >= getattr(before.total, end)
        assert getattr(after.supported, end) >= getattr(before.supported, end)
        for now, then in ((after.standing, before.standing), (after.supported_standing, before.supported_standing)):
            assert GRADES.index(getattr(now, end).name) <= GRADES.index(getattr(then, end).name)


@settings(max_examples=40, deadline=None)
@given(facts=companies(whole=True))
def test_with_everything_known_the_ends_meet_at_the_naive_result(facts: FactBase) -> None:
    found = scored(facts)
    naive = {number: naive_points(tree, facts) for number, tree in TREES.items()}
    assert {line.clause.number: (line.earned, line.supported) for line in found.lines} == {
        number: (Range(earned, earned), Range(supported, supported)) for number, (earned, supported) in naive.items()}
    earned, supported = (sum(points[kind] for points in naive.values()) for kind in (0, 1))
    assert (found.total, found.supported) == (Range(earned, earned), Range(supported, supported))
    assert found.standing
    assert found.standing.settled


TREES = {tree["clause"]: tree for file in sorted((ROOT / "rules" / "sme-csr").glob("5.*.yaml")) for tree in load_yaml(file).data["clauses"]}


def naive_points(tree: Any, facts: FactBase) -> tuple[Fraction, Fraction]:
    """Appendix A by hand: the mean of the ratings, and the same held down to what the share of elements that hold allows."""
    condition = tree["condition"]
    elements = condition["all"] if isinstance(condition, dict) and "all" in condition else [condition]
    held = sum(naive_truth(element, facts) for element in elements)
    if held == 0:
        most = Fraction(20, 100)
    elif 2 * held < len(elements):
        most = Fraction(40, 100)
    elif 3 * held < 2 * len(elements):
        most = Fraction(60, 100)
    else:
        most = Fraction(80, 100) if held < len(elements) else Fraction(1)
    given_ratings = [Fraction(found.least) for found in facts.ratings if found.clause == f"sme-csr:{tree['clause']}"]
    mean = sum(given_ratings, Fraction(0)) / len(given_ratings)
    return mean * tree["points"], min(mean, most) * tree["points"]


def naive_truth(node: Any, facts: FactBase) -> bool:
    if isinstance(node, str):
        return facts.values[node] is True
    if "all" in node:
        return all(naive_truth(part, facts) for part in node["all"])
    if "any" in node:
        return any(naive_truth(part, facts) for part in node["any"])
    if "more_than" in node:
        return bool(facts.values[node["fact"]] > node["more_than"])  # type: ignore[operator]
    return bool(facts.values[node["fact"]] >= node["at_least"])  # type: ignore[operator]


# --- ratings ------------------------------------------------------------------------------------------------------

ONE = PACK.scored[3]  # 5.1.4, 20 points, one element
FACT = ONE.facts[0]


def line(facts: FactBase) -> Any:
    return next(found for found in scored(facts).lines if found.clause is ONE)


def test_a_mean_of_three_is_exact() -> None:
    facts = base({FACT: True}, [rating(ONE.name, ratio, assessor=name) for name, ratio in (("甲", 1), ("乙", 1), ("丙", 0))])
    found = line(facts)
    assert found.earned == Range(Fraction(40, 3), Fraction(40, 3))
    assert found.spread == Range(Fraction(0), Fraction(1))


def test_a_band_is_a_range_and_the_aspects_make_the_lowest_band() -> None:
    bands = {band.name: band for band in SCALE.bands}
    all_three = {"results": bands["80-100"], "trend": bands["40-60"], "data": bands["60-80"]}
    assert SCALE.of_aspects(all_three) == (Decimal("0.4"), Decimal("0.6"))
    assert SCALE.of_aspects({"results": bands["60-80"]}) == (0, Decimal("0.8"))
    found = line(base({FACT: True}, [rating(ONE.name, Decimal("0.4"), Decimal("0.6"))]))
    assert found.earned == Range(Fraction(8), Fraction(12))


@pytest.mark.parametrize(
    ("value", "ratio", "excess", "supported"),
    [
        (True, "1", None, (20, 20)),
        (False, "0.2", None, (4, 4)),
        (False, "0.21", "exceeds_facts", (4, 4)),
        (None, "0.2", None, (4, 4)),
        (None, "0.9", "exceeds_support", (4, 18)),
    ],
)
def test_a_rating_above_what_the_facts_allow_is_a_contradiction(value: bool | None, ratio: str, excess: str | None, supported: tuple[int, int]) -> None:
    found = line(base({} if value is None else {FACT: value}, [rating(ONE.name, Decimal(ratio))]))
    assert found.excess == excess
    assert found.earned.least == found.earned.most == Fraction(ratio) * 20
    assert (found.supported.least, found.supported.most) == supported


def test_a_contradiction_is_told(esgcheck: Esgcheck, tmp_path: Path) -> None:
    tree = json.loads((ROOT / "fixtures/sme/total-1000/facts.json").read_text("utf-8"))
    tree["facts"]["governance"]["csr_strategy"]["performance_in_core_strategy"] = False
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    shown = esgcheck(tmp_path / "facts.json").stdout.replace("\n", "").replace(" ", "")
    assert "!5.1.4：评分高于事实所允许。要素0项成立、1项不成立、0项未知，允许20%；得分20，有据4。" in shown
    assert "等级：AAA" in shown
    assert "事实所能支持的总分：984，等级：AAA" in shown


@pytest.mark.parametrize(("total", "shown"), [("850", "A+"), ("950", "AA+"), ("351", "B+")])
def test_a_refinement_marks_the_grade(total: str, shown: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    assert f"等级：{shown}（" in refined(total, esgcheck, tmp_path).stdout


@pytest.mark.parametrize("total", ["1000", "951", "0", "350"])
def test_a_refinement_of_the_best_and_the_worst_is_refused(total: str, esgcheck: Esgcheck, tmp_path: Path) -> None:
    result = refined(total, esgcheck, tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "refinements.sme-csr: 错误：等级" in result.stderr
    assert "不能用“+”微调" in result.stderr


def refined(total: str, esgcheck: Esgcheck, folder: Path) -> Result:
    tree = json.loads((ROOT / f"fixtures/sme/total-{total}/facts.json").read_text("utf-8"), parse_float=Decimal)
    tree["refinements"] = {"sme-csr": {"mark": "+", "by": "评审委员会"}}
    (folder / "facts.json").write_text(json.dumps(tree, default=float), "utf-8")
    return esgcheck(folder / "facts.json")


def test_a_refinement_of_an_open_grade_waits() -> None:
    facts = base({}, refinements={"sme-csr": Refinement("sme-csr", "+", "评审委员会")})
    standing = scored(facts).standing
    assert standing
    assert (standing.name(standing.least), standing.name(standing.most)) == ("C", "AAA")


def test_ratings_alone_make_the_score_and_support_none_of_it() -> None:
    found = scored(base({}, [rating(clause.name, 1) for clause in PACK.scored]))
    assert found.total == Range(Fraction(1000), Fraction(1000))
    assert found.supported == Range(Fraction(200), Fraction(1000))
    assert {line.excess for line in found.lines} == {"exceeds_support"}
    assert found.standing
    assert found.supported_standing
    assert (found.standing.least.name, found.supported_standing.least.name) == ("AAA", "C")


def test_a_panel_keeps_an_indicator_open_until_everybody_has_rated_it() -> None:
    facts = base({FACT: True}, [rating(ONE.name, 1, assessor="甲")], panel=("甲", "乙"))
    assert line(facts).earned == Range(Fraction(10), Fraction(20))
    assert line(facts).awaited == ("乙",)


def test_ratings_are_read_in_all_three_forms(packs: Packs, tmp_path: Path) -> None:
    tree = {
        "company": {"name": "甲"}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {},
        "ratings": [
            {"clause": "sme-csr:5.1.1", "assessor": "甲", "ratio": 0.35},
            {"clause": "sme-csr:5.1.1", "assessor": "乙", "band": "20-40"},
            {"clause": "sme-csr:5.1.2", "assessor": "甲", "aspects": {"results": "80-100", "trend": "60-80", "data": "80-100"}},
        ],
    }
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    found: tuple[Rating, ...] = load_facts(tmp_path / "facts.json", packs).ratings
    assert [(one.least, one.most) for one in found] == [
        (Decimal("0.35"), Decimal("0.35")), (Decimal("0.2"), Decimal("0.4")), (Decimal("0.6"), Decimal("0.8"))]


def test_a_refinement_of_a_grade_that_is_settled_is_an_input_error() -> None:
    facts = load_facts(ROOT / "fixtures/sme/total-1000/facts.json", load_packs())
    marked = replace(facts, refinements={"sme-csr": Refinement("sme-csr", "-", "委员会")})
    with pytest.raises(InputError):
        scored(marked)


@given(value=st.fractions(0, 1000) | st.decimals(0, 1000, places=6).map(Fraction))
def test_a_number_is_shown_exactly_or_said_to_be_rounded(value: Fraction) -> None:
    shown = decimal_of(value)
    if ends(value):
        assert Fraction(shown) == value
        assert not plain(value).startswith("≈")
    else:
        assert abs(Fraction(shown) - value) <= Fraction(1, 10**6)
        assert plain(value).startswith("≈")
