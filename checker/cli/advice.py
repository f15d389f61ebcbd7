"""The commands that advise: ``screen``, ``plan``, ``ask`` and ``compare``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from checker.check import check, chosen_packs
from checker.cli.edges import day, engine_for, guarded, known, out, read_facts, tell, view_for
from checker.cli.options import (
    LANG,
    AsOfOption,
    EngineOption,
    FactsArgument,
    FormOption,
    LangOption,
    PackOption,
    PacksOption,
    RulesOption,
    translated,
)
from checker.cli.progress import progress
from checker.errors import InputError, Place, Text
from checker.evaluate import evaluate
from checker.facts import FactBase
from checker.pack_files import load_packs
from checker.packs import Pack, Packs
from checker.wording import problem


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=translated("筛查能否申请评级：退出码 0 符合，1 不符合，3 尚不能判定。",
                                "Screen whether the company may apply: exit 0 eligible, 1 not eligible, 3 undetermined."))(screen)
    app.command(help=translated("给出达到目标等级（或申请条件）代价最小的一组变化。",
                                "Find the cheapest set of changes that reaches a grade (or eligibility)."))(plan)
    app.command(help=translated("下一步该问什么：缺失而仍能改变结果的事实，重要的在前。",
                                "What to ask next: missing facts that can still change something, the weightiest first."))(ask)
    app.command(help=translated("比较同一企业的各期，或同行业的几家企业。",
                                "Compare one company over several periods, or several companies of one industry."))(compare)


def screen(
    facts: FactsArgument,
    pack: PacksOption = None,
    as_of: AsOfOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Screen one company."""
    with guarded(lang):
        from checker.render import eligibility
        from checker.screening import screen as screened

        on, packs = day(as_of), load_packs(rules)
        found = screened(read_facts(facts, packs), packs, only=pack or (), as_of=on, engine=engine_for(engine, lang))
        tell(found.report.warnings, lang)
        out(eligibility.json(found) if format_ == "json" else eligibility.text(found, view_for(lang)))
        code = found.exit_code
    raise typer.Exit(code)


def plan(
    facts: FactsArgument,
    target: Annotated[str, typer.Option("--target", metavar="GRADE", help=translated("目标等级，如 AA；eligible 为符合申请条件", "the grade to reach, such as AA; eligible: to be allowed to apply"))],
    pack: PackOption = None,
    costs: Annotated[
        Path | None,
        typer.Option("--costs", metavar="FILE", help=translated("各项变化的成本（JSON 或 YAML：costs，事实或指标 → 数）；未列的为 1",
                                                                "what changes cost (JSON or YAML: costs, fact or indicator to number); 1 where not listed")),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="NAME", help=translated("不能改变的事实，或不能提高的指标（可重复）", "a fact that cannot be changed, or an indicator that cannot be improved (repeatable)")),
    ] = None,
    as_of: AsOfOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Plan the way to a target; exit 1 where it is out of reach."""
    with guarded(lang):
        from checker.plan import ELIGIBLE
        from checker.plan import plan as planned
        from checker.plan.costs import load_costs, named
        from checker.render import planning

        on, packs = day(as_of), load_packs(rules)
        base = read_facts(facts, packs)
        goal = _goal(base, packs, pack)
        grades = [grade.name for grade in goal.grading.grades] if goal.grading else []
        choices = [*grades, *([ELIGIBLE] if goal.preconditions else [])]
        known(target, choices, "--target")
        prices: dict[str, Fraction] = load_costs(costs, packs) if costs else {}
        kept = [named(name, Place("--keep"), packs) for name in keep or ()]
        chosen_day = on or base.day
        with progress(lang) as told:
            told(0, None, Text("求解", "searching"))
            found = planned(goal, target, base, chosen_day, packs.vocabulary, engine_for(engine, lang), costs=prices, keep=kept)
        tell((*base.warnings, *base.event_warnings(chosen_day, packs.vocabulary.terms)), lang)
        out(planning.json(found, base, packs.vocabulary) if format_ == "json" else planning.text(found, base, packs.vocabulary, view_for(lang)))
    raise typer.Exit(0 if found.reachable else 1)


def _goal(facts: FactBase, packs: Packs, name: str | None) -> Pack:
    """The pack to plan for: the one named, or the only one among those that apply (or there are) with something to reach."""
    goals = [pack for pack in packs.values() if pack.grading or pack.preconditions]
    listed = ", ".join(pack.name for pack in goals)
    if name is None:
        fitting = [pack for pack in goals if set(pack.traits) & set(facts.company.traits)] or goals
        if len(fitting) != 1:
            raise InputError([problem(Place("--pack"), "no_goal", pack=", ".join(pack.name for pack in fitting), packs=listed)])
        return fitting[0]
    pack = packs.pack(name)
    if pack not in goals:
        raise InputError([problem(Place("--pack"), "no_goal", pack=name, packs=listed)])
    return pack


def ask(
    facts: FactsArgument,
    pack: PacksOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=translated("最多列出几个问题", "how many questions to list at most"))] = 10,
    as_of: AsOfOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """List the next best questions."""
    with guarded(lang):
        from checker.questions import questions
        from checker.render import asking

        on, packs = day(as_of), load_packs(rules)
        base = read_facts(facts, packs)
        chosen = [found for found, _ in chosen_packs(base, packs, pack or ())]
        chosen_day = on or base.day
        situation = base.situation(chosen_day)
        verdicts = evaluate([rule for found in chosen for rule in found.rules], situation, engine_for(engine, lang))
        asked = questions(chosen, base, situation, verdicts, packs.vocabulary)
        tell((*base.warnings, *base.event_warnings(chosen_day, packs.vocabulary.terms)), lang)
        first, left = asked[:limit], max(len(asked) - limit, 0)
        out(asking.json(first, left, base, chosen_day) if format_ == "json" else asking.text(first, left, base, chosen_day, view_for(lang)))


def compare(
    facts: Annotated[list[str], typer.Argument(metavar="FACTS...", help=translated("两个或更多事实文件", "two or more fact files"))],
    pack: PacksOption = None,
    any_industry: Annotated[bool, typer.Option("--any-industry", help=translated("行业不同也比较", "compare companies of different industries, too"))] = False,
    as_of: AsOfOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """Put several reports side by side."""
    with guarded(lang):
        from checker.comparison import compare as compared
        from checker.render import comparing

        on, packs = day(as_of), load_packs(rules)
        name = engine_for(engine, lang)
        reports = []
        with progress(lang) as told:
            for number, source in enumerate(facts):
                told(number, len(facts), Text("检查", "checking"))
                reports.append(check(read_facts(source, packs), packs, only=pack or (), as_of=on, engine=name))
        found = compared(reports, any_industry=any_industry)
        for report in reports:
            tell(report.warnings, lang)
        tell(found.warnings, lang)
        out(comparing.json(found) if format_ == "json" else comparing.text(found, view_for(lang)))
