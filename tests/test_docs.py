"""The docs say what the program does: commands, options, exit codes, nodes; their examples run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import typer
from typer.testing import Result

from checker.cli import app
from checker.engines import ENGINES
from checker.language import OPERATORS
from checker.load import load_yaml
from checker.render.formats import FORMATS
from checker.render.layout import KIND_NAMES
from tests.conftest import REAL, ROOT

Esgcheck = Callable[..., Result]
USING = (ROOT / "docs" / "using.md").read_text("utf-8")
WRITING = (ROOT / "docs" / "writing-rules.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_and_option_is_documented() -> None:
    def walk(command: object, words: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            assert f"{words} {name}" in USING, f"{words} {name}"
            walk(inner, f"{words} {name}")
        for parameter in getattr(command, "params", []):
            for option in parameter.opts:
                if option.startswith("--"):
                    assert f"`{option}" in USING, option

    walk(typer.main.get_command(app), "esgcheck")


def test_every_exit_code_verdict_format_and_engine_is_documented() -> None:
    for word in ("| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 70 |", "`satisfied`", "`violated`", "`unknown`", "`not_applicable`", *FORMATS, *ENGINES):
        assert word in USING, word


def test_every_key_of_the_language_and_of_a_clause_is_documented() -> None:
    chapter = json.loads((ROOT / "schemas" / "chapter.schema.json").read_text("utf-8"))
    keys = {*chapter["$defs"]["clause"]["properties"], *chapter["properties"]} - {"points"}
    for word in (*keys, *OPERATORS, "one_of", "disclosed", "count", "clause", "every", "all", "any", "not", "missing", "event_statements"):
        assert word in WRITING, word


def test_every_kind_of_clause_has_its_name() -> None:
    chapter = json.loads((ROOT / "schemas" / "chapter.schema.json").read_text("utf-8"))
    assert set(chapter["$defs"]["clause"]["properties"]["kind"]["enum"]) == set(KIND_NAMES)


def test_the_readme_shows_a_finding_as_it_is(esgcheck: Esgcheck) -> None:
    shown = re.search(r"## A finding\n\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    assert shown[1].rstrip() in esgcheck(REAL, "--as-of", "2025-06-30").stdout


def test_the_readme_shows_a_rating_as_it_is(esgcheck: Esgcheck) -> None:
    section = README.partition("## A rating")[2].partition("## A score from facts")[0]
    shown = esgcheck(ROOT / "fixtures/sme/total-950.5/facts.json").stdout
    blocks = re.findall(r"```\n(.*?)\n```", section, re.DOTALL)
    assert len(blocks) == 2
    assert all(block in shown for block in blocks)


def test_the_readme_shows_a_deduction_as_it_is(esgcheck: Esgcheck) -> None:
    shown = re.search(r"## A score from facts\n.*?```\n(.*?)```", README, re.DOTALL)
    assert shown
    assert shown[1].rstrip() in esgcheck(ROOT / "fixtures/internet/yunshi/facts.json").stdout


def test_the_readme_shows_a_spot_check_as_it_is(esgcheck: Esgcheck) -> None:
    shown = re.search(r"## A spot-check\n.*?```\n(.*?)```", README, re.DOTALL)
    assert shown
    assert shown[1].rstrip() in esgcheck("spotcheck", REAL, "--as-of", "2025-06-30").stdout


def test_the_fact_base_of_the_readme_is_one(esgcheck: Esgcheck, tmp_path: Path) -> None:
    example = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert example
    (tmp_path / "facts.json").write_text(example[1], "utf-8")
    result = esgcheck(tmp_path / "facts.json", "--as-of", "2025-06-30")
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_python_of_the_readme_runs() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example
    names: dict[str, object] = {}
    exec(example[1].replace('"fixtures/', f'"{ROOT}/fixtures/'), names)
    assert names["unknown"]


def test_the_yaml_of_the_guide_is_yaml(tmp_path: Path) -> None:
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", WRITING, re.DOTALL)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(example, "utf-8")
        assert load_yaml(file).data


def test_files_that_the_docs_link_to_exist() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
