"""The house keeps its shape: imports point down, equals do not know each other, and only the edge touches the world."""

from __future__ import annotations

import ast
from pathlib import Path

from checker.conditions import NODES
from checker.engines import ENGINES
from checker.render.formats import FORMATS
from tests.conftest import ROOT

#: From the top; a module imports only what stands further down.
FLOORS = [
    "cli", "cli.advice", "cli.inspecting", "cli.judging", "cli.population", "cli.questionnaire", "cli.rules", "cli.synth", "cli.outputs", "cli.edges", "cli.progress", "cli.options",
    "render.explanation", "render.catalogue", "render.eligibility", "render.asking", "render.planning", "render.comparing", "render.sampling", "render.surveying", "render.verifying", "render.formats.text",
    "render.formats.json_", "render.formats.html_", "render.formats.xlsx", "render.formats.docx_", "render.formats.markdown", "render.formats.csv_", "render.formats.junit", "render.formats.sarif", "render.formats.oscal", "render.exchange", "render.telling", "render.drafting", "render.paper", "render.rows", "render.ledger", "render.scores", "render.pages", "render.pictures", "render.console", "render.layout", "render.formats", "render.plain", "render.view", "render.numbers", "render",
    "sampling.inspection", "sampling.again", "sampling.findings", "sampling.estimate", "sampling.drawing", "sampling.risk", "sampling",
    "survey", "survey.summary_tree", "survey.summary", "survey.restated", "survey.peers", "survey.spark", "survey.running", "survey.output", "survey.blocks", "survey.judging", "survey.asked", "survey.scores", "survey.beliefs", "survey.intake", "survey.reading", "survey.tabular", "survey.sources",
    "engines.columns", "engines._integers", "situations",
    "spotcheck", "screening", "comparison", "check", "plan", "plan.search", "plan.trial", "plan.changes", "plan.frontier", "plan.costs", "questions", "relevance",
    "report", "disclosures", "change", "contract", "waivers", "score", "lines", "support", "evaluate", "engines.rete", "engines._durable", "engines.reference", "engines",
    "synth.writing", "synth.refiling", "synth.columns", "synth.planting", "synth.settling", "synth.happenings", "synth.population", "synth.ground", "synth.profile", "synth",
    "questionnaire.writing", "fact_files", "questionnaire.reading", "questionnaire.canonical", "questionnaire.asked", "questionnaire.words", "questionnaire.sheets", "questionnaire", "tree_reader", "facts", "notes", "crosswalk", "pack_files", "packs", "cache", "schemes", "awards", "bounds", "language", "description", "relations", "situation", "vocabulary", "tables", "conditions",
    "cells", "workbooks", "sheet_copy", "validate", "load", "wording", "errors", "version",
]  # fmt: skip


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted((ROOT / "checker").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "checker").with_suffix("").parts).removesuffix(".__init__")
        if name != "__init__":
            found[name] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module) -> set[str]:
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    named |= {f"{node.module}.{name.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
              for name in node.names if f"{node.module}.{name.name}".removeprefix("checker.") in FLOORS}
    return {name.removeprefix("checker.") for name in named if name.startswith("checker.")}


def test_imports_point_down() -> None:
    found = modules()
    assert set(found) == set(FLOORS)
    for name, tree in found.items():
        for other in imported(tree) - {name}:
            if name == "render.formats" and other == "render.view":
                continue  # the face hands the view's type on
            assert FLOORS.index(other) > FLOORS.index(name), f"{name} imports {other}, which stands above it"


def test_equals_do_not_know_each_other() -> None:
    found = modules()
    for table in (ENGINES.values(), (form.module for form in FORMATS.values())):
        names = {target.partition(":")[0].removeprefix("checker.") for target in table}
        for name in names:
            others = (names - {name}) - ({"engines.reference"} if name.startswith("engines") else set())
            assert not imported(found[name]) & others, name


def test_the_folder_of_formats_is_their_table() -> None:
    inside = {name for name in modules() if name.startswith("render.formats.")}
    assert inside == {form.module.removeprefix("checker.") for form in FORMATS.values()}


def test_every_engine_declares_every_node() -> None:
    from checker.engines import reference

    assert reference.COMPILES == NODES


def test_only_the_command_line_prints_and_exits() -> None:
    for name, tree in modules().items():
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if not name.startswith("cli"):
            assert not called & {"print", "sys.exit", "exit", "typer.echo", "os.environ.get", "os.getenv"}, name
        assert not called & {"eval", "exec", "pickle.loads", "yaml.load", "float"}, f"{name}: no code in data, no binary floating point"


def test_only_loading_and_the_cache_read_files() -> None:
    for name, tree in modules().items():
        called = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        if name not in ("load", "cache", "pack_files", "validate", "cli.edges", "survey.output", "survey.running"):
            assert not called & {"read_text", "read_bytes", "write_text", "write_bytes"}, name


def test_findings_are_made_in_one_place() -> None:
    makers = {name for name, tree in modules().items() for node in ast.walk(tree)
              if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Finding", "Report")}
    assert makers == {"report", "check"}


def test_every_room_is_read_in_one_sitting() -> None:
    for path in sorted(Path(ROOT / "checker").rglob("*.py")):
        assert len(path.read_text("utf-8").splitlines()) <= 480, path
