"""The command line: arguments in, exit code out. Nothing else prints, exits or reads a locale.

Exit codes: 0 nothing at or above ``--fail-on``, 1 such a finding, 2 bad input or usage, 70 an internal error.
Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from checker.check import check
from checker.conditions import Verdict
from checker.engines import ENGINES
from checker.errors import DisagreementError, InputError, Place, Problem, Text
from checker.evaluate import engine_here, evaluate
from checker.fact_files import load_facts
from checker.facts import FactBase
from checker.load import stdin
from checker.packs import Packs, load_packs
from checker.render import FORMATS, renderer
from checker.render.view import View
from checker.report import VERDICTS, FailOn, Report
from checker.vocabulary import not_a_choice
from checker.wording import problem

#: How many problems of one run are printed before the rest is counted.
PROBLEMS_SHOWN = 100

Lang = Literal["zh", "en"]


def locale_language() -> Lang:
    """``"en"`` where the environment's locale is an English one, else ``"zh"``."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "en" if named.lower().startswith("en") else "zh"


LANG = locale_language()


def _help(zh: str, en: str) -> str:
    return Text(zh, en).in_language(LANG)


class _Group(TyperGroup):
    """``esgcheck FACTS`` means ``esgcheck check FACTS``: what is no command and looks like an input is one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {name for option in self.params for name in option.opts} | set(ctx.help_option_names)
        if args and args[0].startswith("-") and args[0] != "-" and args[0].partition("=")[0] not in own:
            args = ["check", *args]
        return list(super().parse_args(ctx, args))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        first = args[0]
        if first in self.commands:
            if len(args) == 1 and first == "check" and Path(first).exists():
                _tell([problem(Place(first), "file_and_command", fatal=False, name=first)], LANG)
        elif first == "-" or "." in first or "/" in first or os.sep in first or Path(first).exists():
            args = ["check", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Group,
    name="esgcheck",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=_help("按成文的 ESG 与社会责任标准，逐条检查一家企业的事实。esgcheck FACTS 即 esgcheck check FACTS。",
               "Checks a company's facts against written ESG standards, clause by clause. "
               "esgcheck FACTS means esgcheck check FACTS."),
)
rules_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=_help("浏览标准包、条款与事实词表。", "Browse packs, clauses and the vocabulary of facts.")
)
app.add_typer(rules_app, name="rules")

LangOption = Annotated[Lang, typer.Option("--lang", help=_help("语言", "language"))]
RulesOption = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help=_help("规则目录，替代随附的规则", "a rules folder in place of the shipped one"))
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE",
                 help=_help("判定日，如 2025-06-30；缺省用事实文件的 as_of，再缺省用今天",
                            "the day to judge on, such as 2025-06-30; default: the file's as_of, else today")),
]
PackOption = Annotated[
    list[str] | None,
    typer.Option("--pack", metavar="NAME", help=_help("只用这些标准包（可重复；all 为全部）；缺省按企业特征选择",
                                                      "only these packs (repeatable; all for every one); default: by the company's traits")),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", metavar="|".join(ENGINES),
                 help=_help("求值器；缺省为 rete，每次都由 reference 复核", "evaluator; default rete, always confirmed by reference")),
]


@app.callback(invoke_without_command=True)
def _top(
    show_version: Annotated[bool, typer.Option("--version", help=_help("显示版本", "show the version"))] = False,
) -> None:
    if show_version:
        from importlib.metadata import version  # here, because it takes as long to import as a tenth of a check

        typer.echo(f"esgcheck {version('esgcheck')}")
        raise typer.Exit


@app.command(name="check", help=_help("检查一个或多个事实文件（- 为标准输入）。", "Check one or more fact files (- for standard input)."))
def check_command(
    facts: Annotated[list[str], typer.Argument(metavar="FACTS...", help=_help("事实文件（JSON）", "fact files (JSON)"))],
    pack: PackOption = None,
    as_of: AsOfOption = None,
    fail_on: Annotated[
        FailOn,
        typer.Option("--fail-on", help=_help("何时以 1 退出：mandatory 强制条款不满足；recommended 任一条款不满足；unknown 还包括无法判定；never 从不",
                                             "exit 1 on: mandatory = a violated mandatory clause; recommended = any violated clause; "
                                             "unknown = also an undetermined one; never")),
    ] = "mandatory",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="VERDICT", help=_help("只列出这些判定：" + "、".join(VERDICTS), "list only these verdicts: " + ", ".join(VERDICTS))),
    ] = None,
    format_: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help=_help("输出格式", "output format"))] = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Check fact files; the worst exit code of any of them is the exit code."""
    code = 0
    with _guarded(lang):
        day, view = _day(as_of), _view(lang, _verdicts(only))
        packs = load_packs(rules)
        name = _engine(engine, lang)
        render, join = renderer(_known(format_, FORMATS, "--format"))
        rendered = []
        for source in facts:
            try:
                report = check(_load(source, packs), packs, only=pack or (), as_of=day, engine=name)
                _refuse_empty(report, view)
            except InputError as error:  # one bad file does not take the others with it
                _tell(error.problems, lang)
                code = max(code, 2)
                continue
            _tell(report.warnings, lang)
            rendered.append(render(report, view))
            code = max(code, report.exit_code(fail_on))
        if rendered:
            _out(join(rendered))
    raise typer.Exit(code)


@app.command(help=_help("解释一个条款：条件树上每个节点的值、事实与证据，以及怎样会改变判定。",
                        "Explain one clause: the condition tree with each value, fact and evidence, and what would change the verdict."))
def explain(
    facts: Annotated[str, typer.Argument(metavar="FACTS", help=_help("事实文件（JSON，- 为标准输入）", "fact file (JSON, - for standard input)"))],
    clause: Annotated[str, typer.Argument(metavar="CLAUSE", help=_help("条款，如 auto-csr:5.4.4.1 或 5.4.4.1", "clause, such as auto-csr:5.4.4.1 or 5.4.4.1"))],
    as_of: AsOfOption = None,
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Explain the verdict of one clause."""
    with _guarded(lang):
        from checker.render import explanation

        day, packs = _day(as_of), load_packs(rules)
        wanted = packs.clause(clause)
        base = _load(facts, packs)
        report = check(base, packs, only=[wanted.pack], as_of=day, engine=_engine(engine, lang))
        finding = next(finding for finding in report.findings() if finding.clause is wanted)
        situation = base.situation(report.as_of)
        verdicts = evaluate(packs[wanted.pack].rules, situation, report.engine)
        _tell(report.warnings, lang)
        _out(explanation.render(finding, base, situation, verdicts, packs.vocabulary, _view(lang)))


@rules_app.command("list", help=_help("列出条款。", "List the clauses."))
def rules_list(
    pack: PackOption = None,
    format_: Annotated[Literal["text", "json"], typer.Option("--format", help=_help("输出格式", "output format"))] = "text",
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List the clauses of all packs or of some."""
    with _guarded(lang):
        from checker.render import catalogue

        packs = load_packs(rules)
        chosen = [packs.pack(name) for name in (pack or packs) if name != "all"] or list(packs.values())
        make = catalogue.clauses_json if format_ == "json" else catalogue.clauses_text
        _out(make(chosen, _view(lang)))


@rules_app.command("show", help=_help("显示一个条款的全部内容。", "Show everything about one clause."))
def rules_show(
    clause: Annotated[str, typer.Argument(metavar="CLAUSE", help=_help("条款，如 auto-csr:5.4.4.1 或 5.4.4.1", "clause, such as auto-csr:5.4.4.1 or 5.4.4.1"))],
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Show one clause: statement, source, condition, and the facts it asks for."""
    with _guarded(lang):
        from checker.render import catalogue

        packs = load_packs(rules)
        _out(catalogue.clause_text(packs.clause(clause), packs.vocabulary, _view(lang)))


@rules_app.command("facts", help=_help("列出事实词表：每个事实的类型、单位与问题。", "List the vocabulary: every fact with its type, unit and question."))
def rules_facts(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help=_help("只列此主题或前缀", "only this topic or prefix"))] = None,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List the facts there are."""
    with _guarded(lang):
        from checker.render import catalogue

        vocabulary = load_packs(rules).vocabulary
        words = [word for path, word in vocabulary.words.items() if f"{path}.".startswith(f"{topic or ''}".rstrip(".") + ("." if topic else ""))]
        if not words:
            raise InputError([vocabulary.unknown_fact(topic or "", Place("TOPIC"))])
        _out(catalogue.facts_text(words, vocabulary, _view(lang)))


@rules_app.command("schema", help=_help("输出事实文件的 JSON Schema，由词表生成。", "Print the JSON Schema of fact files, made from the vocabulary."))
def rules_schema(lang: LangOption = LANG, rules: RulesOption = None) -> None:
    """Print the contract of fact files."""
    with _guarded(lang):
        from checker.contract import facts_schema

        _out(facts_schema(load_packs(rules)))


# --- the edges ----------------------------------------------------------------------------------------------------


@contextmanager
def _guarded(lang: str) -> Iterator[None]:
    """Turns what can go wrong into one message and its exit code."""
    try:
        yield
    except InputError as error:
        _tell(error.problems, lang)
        raise typer.Exit(2) from None
    except BrokenPipeError:  # the reader has seen enough; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except Exception as error:
        if os.environ.get("ESGCHECK_DEBUG"):
            raise
        told = str(error) if isinstance(error, DisagreementError) else f"{type(error).__name__}: {error}"
        typer.echo(Text(f"内部错误，未出报告：{told}", f"internal error, no report: {told}").in_language(lang), err=True)
        raise typer.Exit(70) from None


def _tell(problems: Iterable[Problem], lang: str) -> None:
    told = [found.in_language(lang) for found in problems]
    for line in told[:PROBLEMS_SHOWN]:
        typer.echo(line, err=True)
    if len(told) > PROBLEMS_SHOWN:
        more = len(told) - PROBLEMS_SHOWN
        typer.echo(Text(f"……另有 {more} 个问题。", f"... and {more} more problems.").in_language(lang), err=True)


def _out(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _load(source: str, packs: Packs) -> FactBase:
    return load_facts(stdin(), packs, "<stdin>") if source == "-" else load_facts(Path(source), packs)


def _day(said: str | None) -> date | None:
    try:
        return None if said is None else date.fromisoformat(said if len(said) == len("2024-12-31") else "")
    except ValueError:
        raise InputError([problem(Place("--as-of"), "bad_as_of", said=said)]) from None


def _known(name: str, table: Iterable[str], option: str) -> str:
    if name not in table:
        raise InputError([not_a_choice(Place(option), name, tuple(table))])
    return name


def _verdicts(only: list[str] | None) -> frozenset[Verdict]:
    asked = [name.strip() for said in only or () for name in said.split(",")]
    wrong = [not_a_choice(Place("--only"), name, VERDICTS) for name in asked if name not in VERDICTS]
    if wrong:
        raise InputError(wrong)
    return frozenset(verdict for verdict in VERDICTS if verdict in asked)


def _view(lang: str, only: frozenset[Verdict] = frozenset()) -> View:
    terminal = sys.stdout.isatty()
    width = min(max(shutil.get_terminal_size().columns, 60), 120) if terminal else 80
    return View(str(lang), only, width, terminal and "NO_COLOR" not in os.environ)


def _engine(wanted: str | None, lang: str) -> str:
    """The evaluator to use; one line tells where it is not the one wanted, and how to get that."""
    name, why = engine_here(wanted and _known(wanted, ENGINES, "--engine"))
    if why is not None:
        remedy = "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --force-reinstall --no-cache-dir --no-deps durable-rules"
        _tell([problem(Place("esgcheck"), "engine_missing", fatal=False, reason=why.splitlines()[0], remedy=remedy)], lang)
    return name


def _refuse_empty(report: Report, view: View) -> None:
    """A check that shows nothing must not look like a success."""
    if not view.listed(report.findings()):
        raise InputError([problem(Place(report.facts), "nothing_shown", only=", ".join(sorted(view.only)))])
