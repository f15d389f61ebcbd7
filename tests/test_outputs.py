"""Several forms of a report in one run, each to its file; what does not pair up or cannot be written is told, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from checker.render.formats import FORMATS
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
DAY = ("--as-of", "2025-06-30", "--fail-on", "never")
RATED = ROOT / "fixtures/sme/three-assessors/facts.json"
OTHER = ROOT / "fixtures/sme/undetermined/facts.json"


def test_formats_and_files_pair_in_their_order(esgcheck: Esgcheck, tmp_path: Path) -> None:
    page, tree = tmp_path / "a.page", tmp_path / "b.tree"
    result = esgcheck(RATED, *DAY, "--format", "html", "-o", page, "--format", "json", "-o", tree, "--format", "text", "-o", "-", "--lang", "en")
    assert result.exit_code == 0, result.stderr
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(tree.read_text("utf-8"))["schema"].startswith("esgcheck-report/")
    assert result.stdout == esgcheck(RATED, *DAY, "--lang", "en").stdout
    assert result.stderr.splitlines()[-1] == f"written: {page}, {tree}."


@pytest.mark.parametrize("name", FORMATS)
def test_the_ending_tells_the_format(esgcheck: Esgcheck, tmp_path: Path, name: str) -> None:
    form = FORMATS[name]
    by_ending, by_name = tmp_path / f"report{form.ending}", tmp_path / "report"
    for result in (esgcheck(RATED, *DAY, "-o", by_ending), esgcheck(RATED, *DAY, "--format", name, "-o", by_name)):
        assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    assert by_ending.read_bytes() == by_name.read_bytes()
    assert len({form.ending for form in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_gets_a_file_for_each_company(esgcheck: Esgcheck, tmp_path: Path, name: str) -> None:
    form = FORMATS[name]
    result = esgcheck(RATED, OTHER, REAL, *DAY, "--format", name, "-o", f"{tmp_path}/new/")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    names = {"three-assessors-facts", "undetermined-facts", "kaisiman-2024"}
    assert {path.name for path in (tmp_path / "new").iterdir()} == {name + form.ending for name in names}
    assert (tmp_path / f"new/three-assessors-facts{form.ending}").read_bytes() == alone(esgcheck, name, tmp_path)


def alone(esgcheck: Esgcheck, name: str, folder: Path) -> bytes:
    target = folder / "alone"
    assert esgcheck(RATED, *DAY, "--format", name, "-o", target).exit_code == 0
    return target.read_bytes()


def test_several_companies_in_one_file_where_the_format_can_hold_them(esgcheck: Esgcheck, tmp_path: Path) -> None:
    for name, form in FORMATS.items():
        _, join = form.load()
        result = esgcheck(RATED, OTHER, *DAY, "--format", name, "-o", tmp_path / name)
        if join is None:
            assert (result.exit_code, result.stdout) == (2, "")
            assert "文件夹" in result.stderr
            assert not (tmp_path / name).exists()
        else:
            assert result.exit_code == 0, result.stderr
            assert len((tmp_path / name).read_bytes()) > len(alone(esgcheck, name, tmp_path))


def test_a_bad_file_does_not_take_the_others_with_it(esgcheck: Esgcheck, tmp_path: Path) -> None:
    result = esgcheck(RATED, tmp_path / "missing.json", OTHER, *DAY, "--format", "html", "-o", f"{tmp_path}/pages/")
    assert result.exit_code == 2
    assert "missing.json" in result.stderr
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {"three-assessors-facts.html", "undetermined-facts.html"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "json", "--format", "html"), "pair up"),
        (("--format", "json", "-o", "a.json", "-o", "b.json"), "pair up"),
        (("-o", "report.odt"), "does not tell which format"),
        (("-o", "report"), "does not tell which format"),
        (("-o", "same.html", "--format", "json", "-o", "./same.html", "--format", "html"), "two outputs"),
        (("--format", "json", "-o", "-", "--format", "text", "-o", "-"), "two outputs"),
        (("--format", "jsno", "-o", "x"), "json"),
        (("-o", "facts.json"), "take the place of this input"),
        (("-o", "there.html"), "cannot be written"),
        (("-o", "file/inside.html"), "cannot be written"),
        (("-o", "nul\0.html"), "cannot be written"),
    ],
)
def test_what_cannot_be(esgcheck: Esgcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(RATED, "facts.json")
    before = Path("facts.json").read_bytes()
    Path("file").write_text("")
    Path("there.html").mkdir()
    (tmp_path / "there.html/x").write_text("")
    result = esgcheck("facts.json", *DAY, *options, "--lang", "en", *(("--format", "html") if options == ("-o", "there.html") else ()))
    if options == ("-o", "there.html"):  # a folder, so its file goes inside
        assert (result.exit_code, (tmp_path / "there.html/facts.html").exists()) == (0, True)
        return
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert Path("facts.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"facts.json", "file", "there.html"}


def test_a_text_in_a_file_has_no_colours_and_the_width_of_a_page(esgcheck: Esgcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    esgcheck(RATED, *DAY, "-o", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text("utf-8") == esgcheck(RATED, *DAY).stdout


def test_an_unwritten_file_leaves_the_old_one(esgcheck: Esgcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = esgcheck(RATED, *DAY, "-o", target)
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert (target.read_text(), [path.name for path in tmp_path.iterdir()]) == ("old", ["report.html"])


def test_a_device_is_written_to_and_stays_one(esgcheck: Esgcheck) -> None:
    assert esgcheck(OTHER, *DAY, "--format", "json", "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


def test_what_is_read_beside_facts_is_not_overwritten_either(esgcheck: Esgcheck, tmp_path: Path) -> None:
    waivers = tmp_path / "w.json"
    waivers.write_text(json.dumps({"waivers": []}))
    result = esgcheck(RATED, *DAY, "--waivers", waivers, "--format", "json", "-o", waivers)
    assert (result.exit_code, json.loads(waivers.read_text())) == (2, {"waivers": []})
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    rule = tmp_path / "rules/sme-csr/pack.yaml"
    before = rule.read_bytes()
    result = esgcheck(RATED, *DAY, "--rules", tmp_path / "rules", "--format", "json", "-o", rule)
    assert (result.exit_code, rule.read_bytes()) == (2, before)


def test_nobody_foresees_where_a_file_is_made(esgcheck: Esgcheck, tmp_path: Path) -> None:
    victim, target = tmp_path / "victim", tmp_path / "r.html"
    victim.write_text("untouched")
    (tmp_path / f".r.html.{os.getpid()}").symlink_to(victim)
    target.write_text("old")
    target.chmod(0o640)
    assert esgcheck(RATED, *DAY, "-o", target).exit_code == 0
    assert (victim.read_text(), target.stat().st_mode & 0o777, target.is_symlink()) == ("untouched", 0o640, False)


def test_names_of_files_steer_no_terminal(esgcheck: Esgcheck, tmp_path: Path) -> None:
    path = tmp_path / "e\x1b]0;x\x07\nfake: error.json"
    path.write_text("{")
    result = esgcheck("check", path, *DAY)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "\x1b" not in result.stderr
    odd = tmp_path / "bad\udcff.json"
    shutil.copy(RATED, odd)
    for name in FORMATS:
        assert esgcheck("check", odd, *DAY, "--format", name, "-o", tmp_path / "out").exit_code == 0


def test_links_in_a_circle(esgcheck: Esgcheck, tmp_path: Path) -> None:
    (tmp_path / "a.html").symlink_to(tmp_path / "b.html")
    (tmp_path / "b.html").symlink_to(tmp_path / "a.html")
    result = esgcheck(RATED, *DAY, "-o", tmp_path / "a.html")
    assert result.exit_code in (0, 2), result.stderr
