"""A new standard needs no Python: a pack built in a folder of its own is found, validated and used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from checker import InputError, load_packs
from tests.conftest import ROOT

Esgcheck = Callable[..., Result]

VOCABULARY = """
topic: board
title: {zh: 董事会, en: Board}
facts:
  board.size:
    type: integer
    unit: person
    minimum: 0
    label: {zh: 董事人数, en: Board members}
    question: {zh: 董事会有多少人, en: How many members has the board}
    evidence: [record]
  board.chair_independent:
    type: boolean
    label: {zh: 董事长独立, en: Independent chair}
    question: {zh: 董事长是否独立, en: Is the chair independent}
    evidence: [record]
"""
PACK = """
pack: tiny
title: {zh: 小标准, en: Tiny standard}
source: {file: none.txt, sha256: "0000000000000000000000000000000000000000000000000000000000000000", edition: {zh: 一, en: one}}
applies_to: {traits: [automotive]}
"""
CHAPTER = """
chapter: "1"
title: {zh: 治理, en: Governance}
sections: [{section: "1.1", title: {zh: 董事会, en: Board}}]
clauses:
  - clause: "1.10"
    section: "1.1"
    kind: requirement
    modality: mandatory
    title: {zh: 董事会规模, en: Board size}
    statement: {zh: 董事不少于五人。, en: The board has at least five members.}
    source: {place: "1.10"}
    condition: {fact: board.size, at_least: 5}
  - clause: "1.9"
    section: "1.1"
    kind: requirement
    modality: recommended
    title: {zh: 独立, en: Independence}
    statement: {zh: 董事长宜独立。, en: The chair should be independent.}
    source: {place: "1.9"}
    condition: board.chair_independent
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "vocabulary/terms.yaml": (ROOT / "rules/vocabulary/terms.yaml").read_text("utf-8"),
        "vocabulary/board.yaml": VOCABULARY, "tiny/pack.yaml": PACK, "tiny/1-governance.yaml": CHAPTER,
    }
    for name, content in files.items():
        (tmp_path / "rules" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "rules" / name).write_text(content, "utf-8")
    facts = {"company": {"name": "某公司", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"},
             "facts": {"board": {"size": 4}}}
    (tmp_path / "facts.json").write_text(json.dumps(facts), "utf-8")
    return tmp_path


def test_it_is_used(folder: Path, esgcheck: Esgcheck) -> None:
    for _ in range(2):  # the second time from the cache
        result = esgcheck(folder / "facts.json", "--rules", folder / "rules", "--format", "json")
        assert result.exit_code == 1
        findings = json.loads(result.stdout)["packs"][0]["findings"]
        assert [(finding["id"], finding["verdict"]) for finding in findings] == [("tiny:1.10", "violated"), ("tiny:1.9", "unknown")]


def test_a_change_is_seen_at_once(folder: Path, esgcheck: Esgcheck) -> None:
    assert esgcheck(folder / "facts.json", "--rules", folder / "rules").exit_code == 1
    chapter = folder / "rules/tiny/1-governance.yaml"
    chapter.write_text(chapter.read_text("utf-8").replace("at_least: 5", "at_least: 4"), "utf-8")
    assert esgcheck(folder / "facts.json", "--rules", folder / "rules").exit_code == 0


def test_a_damaged_cache_entry_is_ignored(folder: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    before = esgcheck(folder / "facts.json", "--rules", folder / "rules").stdout
    (entry,) = (folder / "cache" / "esgcheck").iterdir()
    for damage in (b"", b"{}", entry.read_bytes()[:-9], entry.read_bytes().replace(b"at_least", b"at_most_")):
        entry.write_bytes(damage)
        assert esgcheck(folder / "facts.json", "--rules", folder / "rules").stdout == before


def test_no_cache_can_be_written(folder: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    assert esgcheck(folder / "facts.json", "--rules", folder / "rules").exit_code == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "said"),
    [
        ("tiny/1-governance.yaml", '"1.10"', "1.10", 6, "请加引号"),
        ("tiny/1-governance.yaml", "board.size, at_least", "board.sise, at_least", 13, "是否想写“board.size”"),
        ("tiny/1-governance.yaml", "at_least: 5", "at_lest: 5", 13, "是否想写“at_least”"),
        ("tiny/1-governance.yaml", "at_least: 5", "at_least: many", 13, "与一个数比较"),
        ("tiny/1-governance.yaml", "condition: board.chair_independent", "condition: board.size", 21, "与一个数比较"),
        ("tiny/1-governance.yaml", "modality: recommended", "modality: recomended", 17, "recomended"),
        ("tiny/1-governance.yaml", '"1.9"', '"1.10"', 14, "已在"),
        ("tiny/1-governance.yaml", "source: {place: \"1.9\"}", "", 14, "缺少“source”"),
        ("tiny/1-governance.yaml", "condition: board.chair_independent", "truncated: true\n    condition: board.chair_independent", 14, "source_note"),
        ("tiny/1-governance.yaml", "condition: board.chair_independent", 'condition: {clause: "1.8", verdict: [satisfied]}', 21, "没有条款“1.8”"),
        ("tiny/1-governance.yaml", "condition: board.chair_independent", 'condition: {clause: "1.9", verdict: [satisfied]}', None, "成环"),
        ("tiny/1-governance.yaml", "kind: requirement", "kind: requirement\n    kind: indicator", 9, "重复出现"),
        ("tiny/1-governance.yaml", "chapter: \"1\"", "chapter: &one \"1\"\nother: *one", None, "锚点"),
        ("tiny/1-governance.yaml", "chapter: \"1\"", "chapter: !!python/name:os.system 1", 2, "标签"),
        ("tiny/pack.yaml", "[automotive]", "[automotiv]", 5, "是否想写“automotive”"),
        ("vocabulary/board.yaml", "unit: person", "unit: persn", 6, "是否想写“person”"),
        ("vocabulary/board.yaml", "unit: person", "", 6, "缺少“unit”"),
        ("vocabulary/board.yaml", "board.chair_independent:", "board.size.large:", 13, "前缀"),
        ("vocabulary/board.yaml", "topic: board", "topic: bord", 6, "不属于主题"),
    ],
)
def test_a_mistake_has_its_line_and_its_remedy(folder: Path, file: str, old: str, new: str, line: int | None, said: str) -> None:
    path = folder / "rules" / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1 if "kind" in old else -1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_packs(folder / "rules")
    told = [problem.in_language("zh") for problem in caught.value.problems]
    assert any(said in message for message in told), told
    if line is not None:
        assert any(f"{path.name}:{line}:" in message and said in message for message in told), told


def test_all_problems_are_told_at_once(folder: Path) -> None:
    path = folder / "rules/tiny/1-governance.yaml"
    path.write_text(path.read_text("utf-8").replace("board.size,", "board.sise,").replace("board.chair_independent", "board.chair_indep"), "utf-8")
    with pytest.raises(InputError) as caught:
        load_packs(folder / "rules")
    assert [problem.code for problem in caught.value.problems] == ["unknown_fact", "unknown_fact"]


SCORED_PACK = PACK + """
scoring:
  full_marks: 10
  place: table 1
  aspects: {results: {zh: 结果, en: results}}
  bands:
    - {band: low, least: 0, most: 0.5, aspects: {results: {zh: 差, en: poor}}}
    - {band: high, least: 0.5, most: 1, aspects: {results: {zh: 好, en: good}}}
  ceilings:
    - {share_below: "1", most: 0.5}
grading:
  place: table 2
  grades:
    - {grade: pass, group: A, from: 6, to: 10, title: {zh: 合格, en: passed}}
    - {grade: fail, group: B, to: 5, title: {zh: 不合格, en: failed}}
  refinement: {marks: ["*"], not_for: [fail]}
"""
INDICATOR = """
  - clause: "2"
    kind: indicator
    modality: recommended
    points: 10
    section: "1.1"
    title: {zh: 指标, en: Indicator}
    statement: {zh: 董事长独立且董事会够大。, en: The chair is independent and the board is large enough.}
    source: {place: "2"}
    condition: {all: [board.chair_independent, {fact: board.scale, one_of: [large, middling]}]}
"""
SCALE = """
  board.members_listed:
    type: boolean
    denies: {events: [work_injury], during: ever}
    label: {zh: 名单, en: List}
    question: {zh: 有名单吗, en: Is there a list}
    evidence: [record]
  board.kind:
    type: choice
    by_industry: {A: one, B: two}
    choices: {one: {zh: 一, en: one}, two: {zh: 二, en: two}}
    label: {zh: 类型, en: Kind}
    question: {zh: 哪一类, en: Which kind}
    evidence: [record]
  board.scale:
    type: choice
    choices: {tiny: {zh: 微, en: tiny}, middling: {zh: 中, en: middling}, large: {zh: 大, en: large}}
    label: {zh: 规模, en: Scale}
    question: {zh: 什么规模, en: Which scale}
    evidence: [record]
    computed:
      document: {zh: 表, en: table}
      source_note: {zh: 无, en: none}
      by: board.kind
      classes: [tiny, middling, large]
      measures: {members: {fact: board.size}}
      rows:
        one: {middling: {members: 3}, large: {members: 9}}
        two: {middling: {members: 5}, large: {members: 20}}
"""


def refuses_with(rules: Path, file: str, old: str, new: str, said: str) -> None:
    """Asserts that a rules folder with this mistake is refused, and that a message about this file says this."""
    path = rules / file
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_packs(rules)
    told = [problem.in_language("zh") for problem in caught.value.problems]
    assert any(said in message and f"{path.name}:" in message for message in told), told


@pytest.fixture
def scored(folder: Path) -> Path:
    for name, content in {"vocabulary/board.yaml": VOCABULARY + SCALE[1:], "tiny/pack.yaml": SCORED_PACK, "tiny/1-governance.yaml": CHAPTER + INDICATOR[1:]}.items():
        (folder / "rules" / name).write_text(content, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("size", "industry", "ratio", "supported", "grades"),
    [(3, "A", 1, 10, ("pass*", "pass*")), (2, "A", 1, 5, ("pass*", "fail")), (4, "B", 0.55, 5, ("fail", "fail")), (5, "B01", 0.6, 6, ("pass*", "pass*"))],
)
def test_scores_grades_and_computed_facts_need_no_python(size: int, industry: str, ratio: float, supported: float, grades: tuple[str, str], scored: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads((scored / "facts.json").read_text("utf-8"))
    tree["company"]["industry"] = industry
    tree["facts"]["board"] = {"size": size, "chair_independent": True}
    tree["ratings"] = [{"clause": "tiny:2", "assessor": "甲", "ratio": ratio}]
    if grades[0] != "fail":
        tree["refinements"] = {"tiny": {"mark": "*", "by": "甲"}}
    (scored / "facts.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck(scored / "facts.json", "--rules", scored / "rules", "--format", "json", "--fail-on", "never")
    score = json.loads(result.stdout)["packs"][0]["score"]
    assert (score["base"]["earned"]["least"], score["base"]["supported"]["least"]) == (ratio * 10, supported)
    assert (score["grade"]["least"], score["supported_grade"]["least"]) == grades


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tiny/pack.yaml", "scoring:", "scorings:", "不认识的键“scorings”"),
        ("tiny/pack.yaml", "to: 10", "to: ten", "应为“数”"),
        ("tiny/pack.yaml", "from: 6, to: 10", "to: 10", "等级“pass”的范围"),
        ("tiny/pack.yaml", "to: 5", "to: 7", "等级“fail”的范围"),
        ("tiny/pack.yaml", "least: 0.5, most: 1", "least: 0.6, most: 1", "档次“high”"),
        ("tiny/pack.yaml", "least: 0, most: 0.5", "least: 0.5, most: 0.5", "档次“low”"),
        ("tiny/pack.yaml", "share_below: \"1\"", "share_below: many", "many"),
        ("tiny/1-governance.yaml", "points: 10\n    section", "section", "缺少“points”"),
        ("vocabulary/board.yaml", "events: [work_injury]", "events: [work_injuri]", "是否想写“work_injury”"),
        ("vocabulary/board.yaml", "A: one", "A: ones", "是否想写“one”"),
        ("vocabulary/board.yaml", "by: board.kind", "by: board.kinds", "是否想写“board.kind”"),
        ("vocabulary/board.yaml", "fact: board.size}", "fact: board.sizes}", "是否想写“board.size”"),
        ("vocabulary/board.yaml", "one: {middling", "none: {middling", "是否想写“one”"),
        ("vocabulary/board.yaml", "middling: {members: 3}, ", "", "缺少“middling”"),
        ("vocabulary/board.yaml", "large: {members: 9}", "large: {member: 9}", "是否想写“members”"),
        ("vocabulary/board.yaml", "        two: {middling: {members: 5}, large: {members: 20}}\n", "", "缺少“two”"),
    ],
)
def test_a_mistake_in_a_scheme_or_a_table_has_its_remedy(file: str, old: str, new: str, said: str, scored: Path) -> None:
    refuses_with(scored / "rules", file, old, new, said)


def test_points_without_scoring_are_refused(folder: Path) -> None:
    path = folder / "rules/tiny/1-governance.yaml"
    path.write_text(CHAPTER.replace("    modality: recommended", "    modality: recommended\n    points: 3"), "utf-8")
    with pytest.raises(InputError) as caught:
        load_packs(folder / "rules")
    assert [problem.code for problem in caught.value.problems] == ["points_without_scoring"]


AWARD_PACK = PACK + """
dimensions: [{dimension: X, title: {zh: 治理, en: Governance}}]
scoring:
  place: table 1
  not_applicable: full_marks
  incomplete: {zh: 缺表二。, en: Table 2 is missing.}
"""
AWARD_CHAPTER = CHAPTER.replace('chapter: "1"', 'chapter: "1"\ndimension: X') + "".join(f"""
  - clause: "{number}"
    kind: {kind}
    modality: recommended
    points: {points}
    section: "1.1"
    title: {{zh: 指标, en: Indicator}}
    statement: {{zh: 看细则。, en: See the award.}}
    source: {{place: "{number}"}}
    {rest}
""" for number, kind, points, rest in (
    ("2", "indicator", 3, "award: {highest: [{points: 1, when: {fact: board.size, at_least: 3}}, {points: 2.5, when: {fact: board.size, at_least: 5}}]}"),
    ("3", "indicator", 4, "award: {sum: [{points: 3, when: board.chair_independent}, {points: 3, when: {fact: board.size, at_least: 3}}]}"),
    ("4", "indicator", 2, "award: {assessor: {least: 1, most: 2}, when: board.chair_independent}"),
    ("5", "deduction", 8, "award: {each: [{points: 3, events: [work_injury], during: {months: 12}}, {points: 5, events: [product_recall], during: ever}]}"),
    ("6", "indicator", 2, "award: {sum: [{points: 1, when: board.chair_independent}, {points: 4, when: {fact: board.size, at_least: 9}}]}"),
    ("7", "indicator", 3, "award: {with: \"6\"}\n    condition: board.chair_independent"),
    ("8", "bonus", 1, "applies_if: board.chair_independent\n    condition: {fact: board.size, at_least: 4}"),
    ("9", "indicator", 6, "applies_if: {not: board.chair_independent}\n    condition: {fact: board.size, at_least: 40}"),
))


@pytest.fixture
def awarded(folder: Path) -> Path:
    for name, content in {"tiny/pack.yaml": AWARD_PACK, "tiny/1-governance.yaml": AWARD_CHAPTER}.items():
        (folder / "rules" / name).write_text(content, "utf-8")
    return folder


def test_every_form_of_award_needs_no_python(awarded: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads((awarded / "facts.json").read_text("utf-8"))
    tree["facts"]["board"] = {"size": 4, "chair_independent": True}
    tree["ratings"] = [{"clause": "tiny:4", "assessor": "甲", "points": 1.5}]
    tree["events"] = [{"kind": "work_injury", "date": "2025-06-30"}, {"kind": "work_injury", "date": "2024-07-01"}, {"kind": "work_injury", "date": "2024-06-30"},
                      {"kind": "product_recall", "date": "2001-01-01"}]
    tree["event_statements"] = [{"kind": kind, "to": "2025-06-30"} for kind in ("work_injury", "product_recall")]
    (awarded / "facts.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck(awarded / "facts.json", "--rules", awarded / "rules", "--as-of", "2025-06-30", "--format", "json", "--fail-on", "never")
    found = json.loads(result.stdout)["packs"][0]
    verdicts = {finding["clause"]: finding["verdict"] for finding in found["findings"]}
    assert {number: verdicts[number] for number in "23456789"} == {
        "2": "satisfied", "3": "satisfied", "4": "satisfied", "5": "violated", "6": "violated", "7": "satisfied", "8": "satisfied", "9": "not_applicable"}
    points = {finding["clause"]: finding["score"]["earned"]["most"] for finding in found["findings"] if finding["score"]}
    assert points == {"2": 1, "3": 4, "4": 1.5, "5": 8, "6": 1, "7": 1, "8": 1, "9": 6}
    assert found["score"]["base"]["points"] == 20
    assert found["score"]["base"]["earned"]["most"] == 13.5
    assert (found["score"]["bonus"]["earned"]["most"], found["score"]["deductions"]["earned"]["most"]) == (1, 8)
    assert (found["score"]["full_marks"], found["score"]["incomplete"]["en"]) == (None, "Table 2 is missing.")
    assert [group["number"] for group in found["score"]["groups"]] == ["X"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tiny/1-governance.yaml", 'with: "6"', 'with: "66"', "没有条款“66”"),
        ("tiny/1-governance.yaml", 'with: "6"', 'with: "8"', "不能与“8”合并评分"),
        ("tiny/1-governance.yaml", 'with: "6"', 'with: "7"', "不能与“7”合并评分"),
        ("tiny/1-governance.yaml", "{with: \"6\"}\n    condition: board.chair_independent", '{with: "6"}', "缺少“condition”"),
        ("tiny/1-governance.yaml", "events: [product_recall]", "events: [product_recal]", "是否想写“product_recall”"),
        ("tiny/1-governance.yaml", "when: board.chair_independent", "when: board.size", "与一个数比较"),
        ("tiny/1-governance.yaml", "{assessor: {least: 1, most: 2}, when: board.chair_independent}", "{assessor: {least: 1, most: 2}}", "when"),
        ("tiny/1-governance.yaml", "{least: 1, most: 2}", "{least: 2, most: 1}", "限度"),
        ("tiny/1-governance.yaml", "{least: 1, most: 2}", "{least: 1, most: 3}", "限度"),
        ("tiny/1-governance.yaml", "dimension: X", "dimension: Y", "“Y”不在可选值之内"),
        ("tiny/pack.yaml", "  incomplete: {zh: 缺表二。, en: Table 2 is missing.}\n", "", "full_marks"),
        ("tiny/pack.yaml", "full_marks\n", "half_marks\n", "full_marks"),
    ],
)
def test_a_mistake_in_an_award_has_its_remedy(file: str, old: str, new: str, said: str, awarded: Path) -> None:
    refuses_with(awarded / "rules", file, old, new, said)


RELATED = CHAPTER + """
  - clause: "2"
    kind: consistency
    modality: recommended
    section: "1.1"
    title: {zh: 人数, en: Size}
    statement: {zh: 人数相符。, en: The numbers agree.}
    source: {place: "2"}
    addressee: sme
    least_assurance: public_register
    condition:
      all:
        - relation: {left: {sum: [board.size, 1]}, at_least: {product: [board.size, 1]}, within: 0.5}
        - {agreed: board.size}
        - {evidenced: board.size, by: [official_filing]}
        - {as_of: {at_least: 2024-01-01}}
"""


def test_relations_addressees_and_assurance_need_no_python(folder: Path, esgcheck: Esgcheck) -> None:
    (folder / "rules/tiny/1-governance.yaml").write_text(RELATED, "utf-8")
    tree = json.loads((folder / "facts.json").read_text("utf-8"))
    tree["documents"] = {"d": {"title": "登记"}}
    for kind, evidenced in (("official_filing", "satisfied"), ("certificate", "unknown")):
        tree["evidence"] = {"e": {"document": "d", "place": "1", "kind": "official_filing"}, "f": {"document": "d", "place": "2", "kind": kind}}
        tree["facts"]["board"] = {"size": {"value": 5, "evidence": ["e", "f"] if kind == "official_filing" else ["f"]}}
        tree["company"]["traits"] = ["sme"]
        (folder / "facts.json").write_text(json.dumps(tree), "utf-8")
        result = esgcheck(folder / "facts.json", "--rules", folder / "rules", "--pack", "tiny", "--format", "json", "--fail-on", "never")
        (found,) = json.loads(result.stdout)["packs"][0]["findings"]
        assert (found["clause"], found["evidenced"]) == ("2", evidenced)
        assert found["verdict"] == ("satisfied" if kind == "official_filing" else "violated")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("left: {sum: [board.size, 1]}", "left: {sum: [board.sise, 1]}", "是否想写“board.size”"),
        ("left: {sum: [board.size, 1]}", "left: board.chair_independent", "board.chair_independent 的类型是 boolean"),
        ("left: {sum: [board.size, 1]}", "left: {day: as_of}", "一边是日期一边是数"),
        ("left: {sum: [board.size, 1]}", "left: {difference: [board.size]}", "difference"),
        ("at_least: {product: [board.size, 1]}, ", "", "2"),
        ("within: 0.5", "within: -1", "within"),
        ("agreed: board.size", "agreed: board.sise", "是否想写“board.size”"),
        ("by: [official_filing]", "by: [official_filling]", "是否想写“official_filing”"),
        ("at_least: 2024-01-01", "at_least: 2024", "2024"),
        ("addressee: sme", "addressee: sma", "是否想写“sme”"),
        ("least_assurance: public_register", "least_assurance: public", "“public”不在可选值之内"),
    ],
)
def test_a_mistake_in_a_relation_has_its_remedy(old: str, new: str, said: str, folder: Path) -> None:
    path = folder / "rules/tiny/1-governance.yaml"
    assert old in RELATED
    path.write_text(RELATED.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_packs(folder / "rules")
    told = [problem.in_language("zh") for problem in caught.value.problems]
    assert any(said in message and f"{path.name}:" in message for message in told), told
