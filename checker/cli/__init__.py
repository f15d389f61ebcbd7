"""The command line: arguments in, exit code out. Nothing else prints, exits or reads a locale.

Exit codes: 0 nothing at or above ``--fail-on``, 1 such a finding, 2 bad input or usage, 3 undetermined (screening), 70 an
internal error. Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from checker.cli import advice, inspecting, judging, population, questionnaire, rules, synth
from checker.cli.edges import tell
from checker.cli.options import LANG, translated
from checker.errors import Place
from checker.version import VERSION
from checker.wording import problem


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
                tell([problem(Place(first), "file_and_command", fatal=False, name=first)], LANG)
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
    help=translated("按成文的 ESG 与社会责任标准，逐条检查一家企业的事实。esgcheck FACTS 即 esgcheck check FACTS。",
                    "Checks a company's facts against written ESG standards, clause by clause. "
                    "esgcheck FACTS means esgcheck check FACTS."),
)


@app.callback(invoke_without_command=True)
def _top(
    show_version: Annotated[bool, typer.Option("--version", help=translated("显示版本", "show the version"))] = False,
) -> None:
    if show_version:
        typer.echo(f"esgcheck {VERSION}")
        raise typer.Exit


judging.add_to(app)
advice.add_to(app)
inspecting.add_to(app)
questionnaire.add_to(app)
rules.add_to(app)
population.add_to(app)
synth.add_to(app)
