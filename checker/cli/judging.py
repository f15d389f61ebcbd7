"""The commands that judge: ``check`` and ``explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.check import check
from checker.cli.edges import day, engine_for, guarded, known, out, read_facts, tell, view_for
from checker.cli.options import (
    LANG,
    AsOfOption,
    ClauseArgument,
    EngineOption,
    FactsArgument,
    LangOption,
    PacksOption,
    RulesOption,
    translated,
)
from checker.conditions import Verdict
from checker.errors import InputError, Place
from checker.evaluate import evaluate
from checker.pack_files import load_packs
from checker.render import FORMATS, renderer
from checker.render.view import View
from checker.report import VERDICTS, FailOn, Report
from checker.vocabulary import not_a_choice
from checker.waivers import load_waivers
from checker.wording import problem


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(name="check", help=translated("检查一个或多个事实文件（- 为标准输入）。", "Check one or more fact files (- for standard input)."))(check_command)
    app.command(help=translated("解释一个条款：条件树上每个节点的值、事实与证据，以及怎样会改变判定。",
                                "Explain one clause: the condition tree with each value, fact and evidence, and what would change the verdict."))(explain)


def check_command(
    facts: Annotated[list[str], typer.Argument(metavar="FACTS...", help=translated("事实文件（JSON 或 Excel 问卷）", "fact files (JSON, or questionnaires in Excel)"))],
    pack: PacksOption = None,
    as_of: AsOfOption = None,
    fail_on: Annotated[
        FailOn,
        typer.Option("--fail-on", help=translated("何时以 1 退出：mandatory 强制条款不满足；recommended 任一条款不满足；unknown 还包括无法判定；never 从不",
                                             "exit 1 on: mandatory = a violated mandatory clause; recommended = any violated clause; "
                                             "unknown = also an undetermined one; never")),
    ] = "mandatory",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="VERDICT", help=translated("只列出这些判定：" + "、".join(VERDICTS), "list only these verdicts: " + ", ".join(VERDICTS))),
    ] = None,
    waivers: Annotated[
        Path | None,
        typer.Option("--waivers", metavar="FILE", help=translated("豁免文件（JSON 或 YAML）；被豁免的条款判定不变，但不影响退出码",
                                                                  "waivers (JSON or YAML); a waived clause keeps its verdict and does not decide the exit code")),
    ] = None,
    require_evidence: Annotated[
        bool,
        typer.Option("--require-evidence", help=translated("只凭自述而满足的强制条款也算发现（以 1 退出）", "a mandatory clause satisfied only by assertion is a finding, too (exit 1)")),
    ] = False,
    format_: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help=translated("输出格式", "output format"))] = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Check fact files; the worst exit code of any of them is the exit code."""
    code = 0
    with guarded(lang):
        on, view = day(as_of), view_for(lang, _verdicts(only))
        packs = load_packs(rules)
        name = engine_for(engine, lang)
        allowed = load_waivers(waivers) if waivers else ()
        render, join = renderer(known(format_, FORMATS, "--format"))
        rendered = []
        for source in facts:
            try:
                report = check(read_facts(source, packs), packs, only=pack or (), as_of=on, engine=name, waivers=allowed)
                _refuse_empty(report, view)
            except InputError as error:  # one bad file does not take the others with it
                tell(error.problems, lang)
                code = max(code, 2)
                continue
            tell(report.warnings, lang)
            rendered.append(render(report, view))
            code = max(code, report.exit_code(fail_on, require_evidence=require_evidence))
        if rendered:
            out(join(rendered))
    raise typer.Exit(code)


def explain(
    facts: FactsArgument,
    clause: ClauseArgument,
    as_of: AsOfOption = None,
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Explain the verdict of one clause."""
    with guarded(lang):
        from checker.render import explanation

        on, packs = day(as_of), load_packs(rules)
        wanted = packs.clause(clause)
        base = read_facts(facts, packs)
        report = check(base, packs, only=[wanted.pack], as_of=on, engine=engine_for(engine, lang))
        finding = next((finding for finding in report.findings() if finding.clause is wanted), None)
        if finding is None:
            raise InputError([problem(Place("CLAUSE"), "addressed_elsewhere", clause=wanted.name, trait=wanted.addressee)])
        situation = base.situation(report.as_of)
        verdicts = evaluate(packs[wanted.pack].rules, situation, report.engine)
        tell(report.warnings, lang)
        out(explanation.render(finding, base, situation, verdicts, packs.vocabulary, view_for(lang)))


def _verdicts(only: list[str] | None) -> frozenset[Verdict]:
    asked = [name.strip() for said in only or () for name in said.split(",")]
    wrong = [not_a_choice(Place("--only"), name, VERDICTS) for name in asked if name not in VERDICTS]
    if wrong:
        raise InputError(wrong)
    return frozenset(verdict for verdict in VERDICTS if verdict in asked)


def _refuse_empty(report: Report, view: View) -> None:
    """A check that shows nothing must not look like a success."""
    if not view.listed(report.findings()):
        raise InputError([problem(Place(report.facts), "nothing_shown", only=", ".join(sorted(view.only)))])
