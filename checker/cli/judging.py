"""The commands that judge: ``check`` and ``explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.check import check
from checker.cli.edges import day, engine_for, guarded, out, read_facts, tell, view_for
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
from checker.cli.outputs import outputs, written
from checker.cli.progress import progress
from checker.conditions import Verdict
from checker.errors import InputError, Place, Text
from checker.evaluate import evaluate
from checker.pack_files import load_packs
from checker.render.formats import FORMATS
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
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="|".join(FORMATS), help=translated("输出格式（可重复，与 -o 依次配对）", "output format (repeatable, each paired with its -o)")),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option("-o", "--out", metavar="FILE", help=translated("写入文件，格式由 --format 或后缀决定；以 / 结尾为文件夹，每家企业一个文件；- 为标准输出（可重复）",
                                                                    "write to a file, in the format of --format or of its ending; a folder (ending in /) gets a file a company; - for standard output (repeatable)")),
    ] = None,
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
        wanted = outputs(format_ or (), to or (), facts, [path for path in (waivers, rules) if path])
        with progress(lang, long=len(facts) > 1) as told:
            for number, source in enumerate(facts):
                told(number, len(facts), Text("检查", "checking"))
                try:
                    report = check(read_facts(source, packs), packs, only=pack or (), as_of=on, engine=name, waivers=allowed)
                    _refuse_empty(report, view)
                except InputError as error:  # one bad file does not take the others with it
                    tell(error.problems, lang)
                    code = max(code, 2)
                    continue
                tell(report.warnings, lang)
                for output in wanted:
                    output.take(source, report, view)
                code = max(code, report.exit_code(fail_on, require_evidence=require_evidence))
        for output in wanted:
            output.deliver(facts)
        files = written(wanted, facts)
        if files:
            typer.echo(files.in_language(lang), err=True)
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
