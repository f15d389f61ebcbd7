"""The command ``spotcheck``: what to verify on site, of one company or of a sample from a survey."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, get_args

import typer

from checker.cli.edges import day, engine_for, guarded, known, out, read_facts, tell, view_for, with_extra
from checker.cli.options import LANG, AsOfOption, EngineOption, FormOption, LangOption, PacksOption, RulesOption, translated
from checker.cli.progress import progress
from checker.errors import InputError, Place, Problem, Text
from checker.pack_files import load_packs
from checker.wording import problem

#: How many things to verify are listed: of one company, and of each company of a sample.
OF_ONE, OF_EACH = 20, 5
#: The endings of a survey's result; no fact file is called so.
RESULTS = (".parquet", ".csv", ".duckdb")


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=translated("现场抽查清单：先矛盾，再只凭自述的强制条款，再大额得分；每项附所问与应查的文件和位置。给普查结果和 --sample 时，先按风险抽取企业。",
                                "What to verify on site: contradictions, mandatory clauses that rest on assertion, large point values; each with the question and the place to open. With the result of a survey and --sample, companies are drawn by their risk first."))(spotcheck)


def spotcheck(
    facts: Annotated[str, typer.Argument(metavar="FACTS|SURVEY", help=translated("事实文件（JSON，- 为标准输入），或普查的结果表", "fact file (JSON, - for standard input), or the table of a survey"))],
    sample: Annotated[int | None, typer.Option("--sample", metavar="N", help=translated("从普查结果抽取几份填报", "how many records to draw from a survey"))] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="S", help=translated("抽样的随机种子；同一种子抽到同一样本；缺省为 1", "the seed of the sample; the same one draws the same sample; default 1"))] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAMES", help=translated("按什么分层：industry、region、size、pack，用逗号分开；缺省为 industry,region",
                                                                                  "what strata are made of: industry, region, size, pack, with commas; default industry,region"))] = None,
    findings: Annotated[Path | None, typer.Option("--findings", metavar="FILE", help=translated("样本的核查结果（CSV：record，confirmed 为 yes/no 或 是/否），据以推断全体",
                                                                                                 "what inspection of the sample found (CSV: record, confirmed as yes or no), to estimate the population"))] = None,
    table: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help=translated("把样本名单另存为 .csv 或 .parquet", "also write the list of the sample, as .csv or .parquet"))] = None,
    pack: PacksOption = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=translated(f"最多列出几项；缺省为 {OF_ONE}，样本中每家 {OF_EACH}",
                                                                                f"how many things to list at most; default {OF_ONE}, {OF_EACH} each of a sample"))] = None,
    as_of: AsOfOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    engine: EngineOption = None,
    rules: RulesOption = None,
) -> None:
    """List what to verify on site."""
    code = 0
    with guarded(lang):
        if sample is None:
            _refuse({"--seed": seed, "--by": by, "--findings": findings, "--out": table}, "sample_only")
            if facts.endswith(RESULTS):
                raise InputError([problem(Place(facts), "sample_wanted")])
            _of_one(facts, pack, limit or OF_ONE, as_of, format_, lang, engine, rules)
        else:
            _refuse({"--pack": pack, "--as-of": as_of}, "as_surveyed")
            code = _of_sample(Path(facts), sample, 1 if seed is None else seed, "industry,region" if by is None else by, findings, table, limit or OF_EACH, format_, lang, engine, rules)
    raise typer.Exit(code)


def _refuse(given: Mapping[str, object], why: str) -> None:
    """Options that do not go with the others."""
    found = [problem(Place(option), why, option=option) for option, value in given.items() if value is not None]
    if found:
        raise InputError(found)


def _of_one(facts: str, pack: list[str] | None, limit: int, as_of: str | None, format_: str, lang: str, engine: str | None, rules: Path | None) -> None:
    from checker.render import verifying
    from checker.spotcheck import spot_check

    on, packs = day(as_of), load_packs(rules)
    base = read_facts(facts, packs)
    found = spot_check(base, packs, only=pack or (), as_of=on, engine=engine_for(engine, lang))
    tell(found.report.warnings, lang)
    out(verifying.json(found, limit, base) if format_ == "json" else verifying.text(found, limit, base, packs.vocabulary, view_for(lang)))


def _of_sample(survey: Path, size: int, seed: int, by: str, findings: Path | None, table: Path | None, limit: int, format_: str, lang: str, engine: str | None,
               rules: Path | None) -> int:
    """Draw, tell, and give back the exit code: 2 where a record could not be read again."""
    with_extra("survey", "numpy", "polars", "orjson")
    from checker.render import sampling
    from checker.sampling.inspection import By, checked, confirmed, inspect
    from checker.survey.output import beside, list_form, write_list

    low = [problem(Place(option), "below_minimum", value=value, limit=least) for option, value, least in (("--sample", size, 1), ("--seed", seed, 0)) if value < least]
    if low:
        raise InputError(low)
    names = [known(name.strip(), get_args(By), "--by") for name in by.split(",")]
    strata: list[By] = sorted(names, key=names.index)  # type: ignore[arg-type]
    if table is not None:
        list_form(table)
        if table.resolve() in {path.resolve() for path in (survey, beside(survey, ".survey.json"))}:
            raise InputError([problem(Place(str(table)), "would_overwrite")])
    name = engine_for(engine, lang)
    with progress(lang) as waiting:
        waiting(0, None, Text("抽样", "drawing"))
        drawing = inspect(survey, size, seed, strata, rules)
    tell(drawing.warnings, lang)
    results = confirmed(drawing, findings) if findings else None
    if results and results.missing:
        tell([problem(Place(str(findings)), "findings_missing", fatal=False, missing=results.missing, number=len(drawing.chosen))], lang)
    if table is not None:
        write_list(sampling.table(drawing, results, lang), table)
    bad: list[Problem] = []

    def told(wrong: Problem) -> None:
        bad.append(wrong)
        tell([wrong], lang)

    found = checked(drawing, name, told)
    out(sampling.json(drawing, found, results, limit) if format_ == "json" else sampling.text(drawing, found, results, limit, view_for(lang)))
    return 2 if bad else 0
