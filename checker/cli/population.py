"""The command on populations: ``survey``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from checker.cli.edges import day, guarded, out, view_for, with_extra
from checker.cli.options import LANG, AsOfOption, LangOption, PacksOption, RulesOption, translated
from checker.cli.progress import progress
from checker.errors import InputError, Place, Text
from checker.wording import problem

if TYPE_CHECKING:
    from checker.survey import Survey
    from checker.survey.running import Executor


def add_to(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=translated("普查：按标准判定许多企业的填报，得到每家企业每个条款的判定、得分和等级，以及汇总。",
                                "Survey a population: every company's verdict on every clause, scores and grades, and a summary."))(survey)


def survey(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help=translated("文件夹或文件：事实文件 .json，.ndjson，.csv，.parquet，可用 .gz 或 .zst 压缩",
                                                                                    "folders or files: fact files .json, .ndjson, .csv, .parquet, packed as .gz or .zst if you like"))],
    table: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help=translated("结果表：.parquet、.csv 或 .duckdb", "the table of results: .parquet, .csv or .duckdb"))],
    pack: PacksOption = None,
    as_of: AsOfOption = None,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", help=translated("同时用几个进程；缺省为处理器数", "how many processes; default: one for each processor"))] = None,
    engine: Annotated[Literal["local", "spark"], typer.Option("--engine", help=translated("在本机或 Spark 集群上运行", "on this machine or on a Spark cluster"))] = "local",
    master: Annotated[str | None, typer.Option("--master", metavar="URL", help=translated("Spark 主节点，如 spark://host:7077", "the Spark master, such as spark://host:7077"))] = None,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Survey a population."""
    with guarded(lang):
        with_extra("survey", "numpy", "polars", "orjson")
        from checker.render import surveying
        from checker.survey import survey as run_survey
        from checker.survey.output import write_page

        if jobs is not None and jobs < 1:
            raise InputError([problem(Place("--jobs"), "below_minimum", value=jobs, limit=1)])
        with progress(lang) as told:
            found = run_survey(inputs, table, _executor(engine, master, jobs or os.cpu_count() or 1), rules=rules, only=pack or (), as_of=day(as_of),
                               progress=lambda tally, done, tasks: told(done, tasks, Text(f"普查，填报 {tally.records}", f"surveying, {tally.records} records")))
        view = view_for(lang)
        write_page(surveying.page(found.summary, view), found.page)
        out(surveying.text(found.summary, view))
        typer.echo(_told(found).in_language(lang), err=True)


def _executor(engine: str, master: str | None, jobs: int) -> Executor:
    if engine == "local":
        if master is not None:
            raise InputError([problem(Place("--master"), "master_without_spark")])
        from checker.survey.running import local

        return local(jobs)
    with_extra("spark", "pyspark")
    from checker.survey.spark import spark

    return spark(master)


def _told(found: Survey) -> Text:
    """Where every record went."""
    tally, files = found.tally, len(found.skipped)
    zh = f"填报 {tally.records} = 已判定 {tally.judged} + 退回 {tally.rejected}（原因见 {found.rejects}）。" + (f"另有 {files} 个其他类型的文件未读。" if files else "") + f"汇总网页：{found.page}。"
    en = f"records {tally.records} = judged {tally.judged} + rejected {tally.rejected} (why: {found.rejects})." + (f" {files} files of other kinds were not read." if files else "") + f" Summary page: {found.page}."
    return Text(zh, en)
