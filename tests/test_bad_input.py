"""Bad input gets exit 2 and one clear message with the place and the remedy; never a traceback, a hang or a crash."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from checker import InputError, Packs, check, load_facts
from tests.conftest import REAL, ROOT

BAD = sorted((ROOT / "fixtures" / "bad").iterdir())
Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30")


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_each_bad_file_has_its_message(folder: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = esgcheck("facts.json", *DAY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (folder / "message.txt").read_text("utf-8")


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_each_message_exists_in_english(folder: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = esgcheck("facts.json", *DAY, "--lang", "en")
    assert result.exit_code == 2
    assert "error: " in result.stderr
    assert "错误" not in result.stderr


def test_byte_order_mark_is_accepted(tmp_path: Path, esgcheck: Esgcheck) -> None:
    (tmp_path / "facts.json").write_bytes(b"\xef\xbb\xbf" + REAL.read_bytes())
    assert esgcheck(tmp_path / "facts.json", *DAY, "--fail-on", "never").exit_code == 0


def test_wrong_credit_code_is_a_warning(tmp_path: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    for code, warned in (("91110000600037341L", False), ("91110000600037341M", True), ("123", True)):
        tree["company"]["credit_code"] = code
        (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
        result = esgcheck(tmp_path / "facts.json", *DAY, "--fail-on", "never")
        assert result.exit_code == 0
        assert ("警告：统一社会信用代码" in result.stderr) is warned


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"facts":{"safety":{"policy":'])
def test_nesting_100_000_deep(tmp_path: Path, esgcheck: Esgcheck, opening: str) -> None:
    (tmp_path / "deep.json").write_text(opening * 100_000, "utf-8")
    result = esgcheck(tmp_path / "deep.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "deep.json" in result.stderr


def test_file_of_200_megabytes(tmp_path: Path, esgcheck: Esgcheck) -> None:
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(200_000_000)
    result = esgcheck(tmp_path / "large.json")
    assert result.exit_code == 2
    assert "超过 20 MB" in result.stderr


@pytest.mark.parametrize(
    "facts",
    [
        "{" + ",".join(f'"saftey{number}": true' for number in range(300_000)) + "}",
        "{" + ",".join('"safety": {}' for _ in range(300_000)) + "}",
        "{" + ",".join(f'"a{number}": 1e5' for number in range(300_000)) + "}",
        '{"safety": {"policy": {"established": [' + ",".join('"是"' for _ in range(300_000)) + "]}}}",
    ],
    ids=["unknown facts", "repeated keys", "exponents", "wrong types"],
)
def test_a_file_full_of_problems_is_given_up_in_time(tmp_path: Path, esgcheck: Esgcheck, facts: str) -> None:
    head = '{"company": {"name": "某公司"}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": '
    (tmp_path / "facts.json").write_text(head + facts + "}", "utf-8")
    result = esgcheck(tmp_path / "facts.json", *DAY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) <= 101
    assert "另有" in result.stderr


@pytest.mark.parametrize("name", ["missing.json", "folder/", "facts.json/inside.json", "nul\0.json"])
def test_what_is_no_file(tmp_path: Path, esgcheck: Esgcheck, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "facts.json").write_text("{}")
    result = esgcheck("check", f"{tmp_path}/{name}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "错误：" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path, esgcheck: Esgcheck) -> None:
    shutil.copy(REAL, tmp_path / "facts.json")
    (tmp_path / "facts.json").chmod(0)
    result = esgcheck(tmp_path / "facts.json")
    assert result.exit_code == 2
    assert "没有读取权限" in result.stderr


def test_no_permission_as_the_system_says_it(tmp_path: Path, esgcheck: Esgcheck, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(REAL, tmp_path / "facts.json")
    opened = Path.open

    def refuse(path: Path, mode: str = "r", **rest: object) -> object:
        if path == tmp_path / "facts.json":
            raise PermissionError(13, "Permission denied")
        return opened(path, mode, **rest)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    result = esgcheck(tmp_path / "facts.json")
    assert result.exit_code == 2
    assert "没有读取权限" in result.stderr


def test_terminal_controls_in_texts_steer_nothing(tmp_path: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads(REAL.read_text("utf-8"))
    tree["company"]["name"] = "甲\x1b[2J\x07[bold]乙[/bold] :smile:"
    for evidence in tree["evidence"].values():
        evidence["place"] = "\x1b]0;title\x07[red]x[/red]\n=1+1"
    (tmp_path / "facts.json").write_text(json.dumps(tree), "utf-8")
    result = esgcheck(tmp_path / "facts.json", *DAY, "--fail-on", "never")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "[bold]乙[/bold] :smile:" in result.stdout


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
KEYS = st.sampled_from(["company", "period", "facts", "documents", "evidence", "events", "event_statements", "panel", "ratings", "refinements", "as_of"])


@settings(max_examples=400, deadline=None)
@given(tree=JSON | st.dictionaries(KEYS, JSON, max_size=9))
def test_any_json_is_read_or_refused_with_a_place_in_the_file(tree: object, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("any") / "facts.json"
    file.write_text(json.dumps(tree), "utf-8")
    try:
        load_facts(file, packs)
    except InputError as error:
        lines = file.read_text("utf-8").count("\n") + 1
        assert error.problems
        assert all(0 <= found.place.line <= lines for found in error.problems)
        assert all(found.said.zh and found.said.en and found.remedy.zh and found.remedy.en for found in error.problems)


RATINGS = st.lists(st.dictionaries(
    st.sampled_from(["clause", "assessor", "ratio", "band", "aspects", "evidence", "note", "other"]),
    st.sampled_from(["sme-csr:5.1.1", "auto-csr:5.4.4.1", "甲", "80-100", 0.5, -1, 2, True, None, [], {}, {"results": "0-20"}, {"results": 1}, ["0-20"]]),
    max_size=6), max_size=3)
WHOLE = {"company": {"name": "甲", "traits": ["sme"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": {}}


@settings(max_examples=400, deadline=None)
@given(ratings=RATINGS | JSON, panel=st.lists(st.sampled_from(["甲", "乙", "", 1]), max_size=2), refinements=st.dictionaries(
    st.sampled_from(["sme-csr", "auto-csr", "x"]), JSON | st.fixed_dictionaries({"mark": st.sampled_from(["+", "-", "x", 1]), "by": st.just("甲")}), max_size=2))
def test_any_ratings_are_judged_or_refused(ratings: object, panel: object, refinements: object, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("any") / "facts.json"
    file.write_text(json.dumps({**WHOLE, "ratings": ratings, "panel": panel, "refinements": refinements}), "utf-8")
    try:
        report = check(load_facts(file, packs), packs)
    except InputError as error:
        assert error.problems
    else:
        assert all(finding.score is None or finding.score.earned.least <= finding.score.earned.most for finding in report.findings())


@settings(max_examples=400, deadline=None)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.text('{}[]":,01.eE-+\\u"ntf ', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("any") / "facts.json"
    file.write_bytes(content)
    with pytest.raises(InputError):
        load_facts(file, packs)
