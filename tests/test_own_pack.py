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
