"""The command ``synth``: a population to practise on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from checker.cli.edges import guarded, with_extra
from checker.cli.options import LANG, LangOption, RulesOption, translated
from checker.cli.progress import progress
from checker.errors import InputError, Place, Text
from checker.pack_files import load_packs
from checker.version import VERSION
from checker.wording import problem

#: A population has no more companies than there are numbers for their credit codes.
MOST = 100_000_000
#: More years would begin before there were credit codes.
MOST_YEARS = 30


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=translated("生成一批虚构企业的事实文件，其中埋有矛盾，并附答案，供练习、测试和演示。",
                                "Make the fact files of invented companies, with contradictions planted and their answer key, to practise, test and show."))(synth)


def synth(
    companies: Annotated[int, typer.Option("--companies", metavar="N", help=translated("企业数", "how many companies"))],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help=translated("写入的目录（新的或空的）", "the folder to write, new or empty"))],
    seed: Annotated[int, typer.Option("--seed", metavar="S", help=translated("随机种子；同一种子得到同一批企业", "the seed; the same one gives the same companies"))] = 1,
    form: Annotated[
        Literal["folder", "ndjson", "parquet"],
        typer.Option("--form", help=translated("folder 每份一个文件，ndjson 每行一份，parquet 为列", "folder: a file each; ndjson: a line each; parquet: columns")),
    ] = "folder",
    years: Annotated[int, typer.Option("--years", metavar="K", help=translated("每家企业连续填报几年", "for how many consecutive years each company files"))] = 1,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Write a population."""
    with guarded(lang):
        _within("--companies", companies, 1, MOST)
        _within("--seed", seed, 0, None)
        _within("--years", years, 1, MOST_YEARS)
        with_extra("survey", "numpy", "polars")
        from checker.synth.profile import load_profile
        from checker.synth.writing import write_population

        packs = load_packs(rules)
        with progress(lang) as told:
            made = write_population(out, load_profile(packs, rules), packs, count=companies, seed=seed, years=years, form=form, version=VERSION,
                                    told=lambda done, of: told(done, of, Text("生成", "writing")))
        planted = sum(made["planted"].values())
        typer.echo(Text(f"{out}：{made['records']} 份填报，埋有矛盾 {planted} 处（见 answers.csv）。",
                        f"{out}: {made['records']} records with {planted} planted contradictions (see answers.csv).").in_language(lang))


def _within(option: str, value: int, least: int, most: int | None) -> None:
    if value < least:
        raise InputError([problem(Place(option), "below_minimum", value=value, limit=least)])
    if most is not None and value > most:
        raise InputError([problem(Place(option), "above_maximum", value=value, limit=most)])
