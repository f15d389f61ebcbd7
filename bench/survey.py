"""Populations: how fast, beside what is possible. ``python -m bench.survey`` prints the three comparisons side by side.

1. Generated clauses over Parquet, every verdict written: our evaluator, the fastest queries by hand, the rule engine.
2. All packs with scores over populations of 10,000 companies and more: time per company and memory.
3. JSON: our intake beside libraries that read the same files into the same columns.

Each measurement is the best of several turns in one run; machines are noisy, so look at the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from bench import workload
from checker import load_packs
from checker.conditions import All, Compare, Holds, Node, Not, OneOf, Rule
from checker.conditions import Any as AnyOf
from checker.engines.columns import VERDICTS, Columns
from checker.engines.rete import Rete

ROUNDS = 3


def best(turn: Callable[[], object]) -> float:
    """The shortest of several turns, in seconds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        turn()
        found.append(time.perf_counter() - start)
    return min(found)


# --- generated clauses ---------------------------------------------------------------------------------------------------


def clauses_over_parquet(companies: int, folder: Path) -> None:
    """Throughput of the same verdicts: ours, by hand in Polars and in DuckDB, and the rule engine on a few companies."""
    rules = workload.clauses()
    source, out = folder / "facts.parquet", folder / "verdicts.parquet"
    _facts(companies).write_parquet(source)
    codes = {"enum": lambda truth: pl.when(truth).then(_said("satisfied")).when(~truth).then(_said("violated")).otherwise(_said("unknown")),
             "boolean": lambda truth: truth}
    turns: dict[str, Callable[[], object]] = {
        "esgcheck, columns": lambda: Columns(rules).query(pl.scan_parquet(source)).sink_parquet(out)}
    for name, code in codes.items():
        expressions = [code(_polars(rule.condition)).alias(rule.name) for rule in rules]
        turns[f"Polars by hand, {name}"] = lambda expressions=expressions: pl.scan_parquet(source).select(expressions).sink_parquet(out)
    for name, form in {"enum": "CASE WHEN {0} THEN 'satisfied' WHEN NOT {0} THEN 'violated' ELSE 'unknown' END::verdict", "boolean": "{0}"}.items():
        columns = ", ".join(f'{form.format("(" + _sql(rule.condition) + ")")} AS "{rule.name}"' for rule in rules)
        turns[f"DuckDB by hand, {name}"] = lambda columns=columns: _duck(f"COPY (SELECT {columns} FROM '{source}') TO '{out}' (FORMAT parquet)")
    found = {name: companies / best(turn) for name, turn in turns.items()}
    found["rule engine (Rete)"] = alone = _rete(rules)
    found["rule engine, every core"] = alone * (os.cpu_count() or 1)  # reckoned: a process for each
    fastest = max(speed for name, speed in found.items() if "by hand" in name)
    print(f"\n{len(rules)} generated clauses over Parquet, {companies:,} companies, every verdict written ({os.cpu_count()} cores)")
    for name, speed in found.items():
        print(f"  {name:28} {speed:12,.0f} companies/s   {found['esgcheck, columns'] / speed:8.2f} x")
    print(f"  of the fastest by hand: {found['esgcheck, columns'] / fastest:.0%} (wanted: 80 %); of the rule engine: {found['esgcheck, columns'] / alone:,.0f} x (wanted: 100)")


def _facts(companies: int) -> pl.DataFrame:
    chance = np.random.default_rng(2)
    columns: dict[str, Any] = {"period.start": pl.repeat(workload.PERIOD[0], companies, eager=True), "as_of": pl.repeat(workload.AS_OF, companies, eager=True)}
    for name in workload.facts():
        drawn = {"b": lambda: pl.Series(chance.random(companies) < 0.7), "n": lambda: pl.Series(chance.integers(0, 101, companies)),
                 "c": lambda: pl.Series(np.array(workload.CHOICES)[chance.integers(0, len(workload.CHOICES), companies)])}[name[0]]()
        columns[name] = drawn.zip_with(pl.Series(chance.random(companies) >= workload.MISSING), pl.Series([None], dtype=drawn.dtype).new_from_index(0, companies))
    return pl.DataFrame(columns)


def _said(verdict: str) -> pl.Expr:
    return pl.lit(verdict, dtype=VERDICTS)


def _polars(node: Node) -> pl.Expr:
    """What somebody would write by hand: plain operators, which have the same three values."""
    match node:
        case Holds(fact):
            return pl.col(fact)
        case Compare(fact, operator, value):
            column = pl.col(fact)
            return {"at_least": column >= value, "at_most": column <= value, "more_than": column > value, "less_than": column < value, "equals": column == value}[operator]
        case OneOf(fact, choices):
            return pl.col(fact).is_in(list(choices))
        case Not(part):
            return ~_polars(part)
        case All(parts):
            return pl.all_horizontal(map(_polars, parts))
        case AnyOf(parts):
            return pl.any_horizontal(map(_polars, parts))
        case _:
            raise TypeError(node)


def _sql(node: Node) -> str:
    match node:
        case Holds(fact):
            return f'"{fact}"'
        case Compare(fact, operator, value):
            sign = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "equals": "="}[operator]
            return f'"{fact}" {sign} {value}'
        case OneOf(fact, choices):
            return f'"{fact}" IN ({", ".join(repr(choice) for choice in choices)})'
        case Not(part):
            return f"NOT ({_sql(part)})"
        case All(parts):
            return "(" + " AND ".join(map(_sql, parts)) + ")"
        case AnyOf(parts):
            return "(" + " OR ".join(map(_sql, parts)) + ")"
        case _:
            raise TypeError(node)


def _duck(query: str) -> None:
    with duckdb.connect() as database:
        database.execute("SET preserve_insertion_order = true")
        database.execute("CREATE TYPE verdict AS ENUM ('violated', 'satisfied', 'unknown')")
        database.execute(query)


def _rete(rules: Sequence[Rule], number: int = 300) -> float:
    engine = Rete(rules)
    situations = [workload.situation(company) for company in workload.companies(number)]
    return number / best(lambda: [engine.run(situation) for situation in situations])


# --- packs ---------------------------------------------------------------------------------------------------------------


def packs_over_populations(sizes: Sequence[int], folder: Path) -> None:
    """All packs with scores over synthetic populations: seconds, time per company, memory of all processes together."""
    print(f"\nAll packs with scores, from Parquet, summary included ({os.cpu_count()} cores)")
    first = None
    for size in sizes:
        filings = folder / f"population {size}"
        _command("synth", "--companies", size, "--seed", 1, "--form", "parquet", "-o", filings)
        start = time.perf_counter()
        memory = _command("survey", filings / "filings", "-o", folder / f"verdicts {size}.parquet", "--pack", "all")
        took = time.perf_counter() - start
        first = first or took / size
        print(f"  {size:>10,} companies {took:9.1f} s {took / size * 1e6:9.0f} us/company   {took / size / first:5.2f} of the smallest   {memory / 1e9:5.2f} GB at most together")


def _command(*arguments: object) -> int:
    """Run a command; gives the greatest memory that it and its children had at one time, in bytes."""
    line = [sys.executable, "-c", "from checker.cli import app; app()", *map(str, arguments)]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while running.poll() is None:
        most = max(most, sum(_resident(pid) for pid in (running.pid, *_children(running.pid))))
        time.sleep(0.05)
    if running.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}: exit {running.returncode}")
    return most


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


# --- JSON ----------------------------------------------------------------------------------------------------------------


def json_into_columns(companies: int, folder: Path) -> None:
    """Records of a synthetic population from NDJSON: values and evidence of every fact as columns, two processes or threads."""
    filings = folder / "json"
    _command("synth", "--companies", companies, "--seed", 1, "--form", "ndjson", "-o", filings)
    source = filings / "filings" / "companies.ndjson"
    words = [path for path, word in load_packs().vocabulary.words.items() if word.table is None]
    turns: dict[str, Callable[[], object]] = {
        "esgcheck, intake": lambda: _intake(source),
        "DuckDB, facts as JSON": lambda: _duck_json(source, words, split=False),
        "DuckDB, values and evidence": lambda: _duck_json(source, words, split=True),
        "orjson, loads alone": lambda: _orjson(source),
    }
    found = {name: companies / best(turn) for name, turn in turns.items()}
    ours = found["esgcheck, intake"]
    print(f"\nNDJSON, {companies:,} fact files of {source.stat().st_size / companies:,.0f} bytes, into columns ({os.cpu_count()} cores)")
    for name, speed in found.items():
        print(f"  {name:28} {speed:12,.0f} records/s   {ours / speed:8.2f} x")
    print(f"  of the fastest library into the same columns: {ours / found['DuckDB, values and evidence']:.0%} (wanted: 50 %)")


def _intake(source: Path) -> None:
    """Takes the file in as a survey does, in as many processes as there are cores, and judges nothing."""
    code = (
        "import sys; from pathlib import Path; from concurrent.futures import ProcessPoolExecutor; from multiprocessing import get_context; from bench.survey import taken; "
        "from checker.survey.sources import find_sources, plan\n"
        "if __name__ == '__main__':\n"
        "    tasks = plan(find_sources([Path(sys.argv[1])])[0])\n"
        "    with ProcessPoolExecutor(2, get_context('fork')) as pool: list(pool.map(taken, tasks))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(source)], check=True, env={**os.environ, "POLARS_MAX_THREADS": "1"})


def taken(task: Any) -> int:
    """One task taken in; how many records that were."""
    import gc

    from checker.survey.asked import Asked
    from checker.survey.intake import KEY, SUSPICIOUS, Intake
    from checker.survey.sources import BLOCK, blocks

    packs = load_packs()
    intake = Intake(packs, Asked(packs).conditions, None, date(2026, 1, 1), BLOCK)
    number = 0
    gc.disable()
    for block in blocks(task):
        texts = pl.Series([text.decode() for text in block.texts])
        assert not texts.str.contains(SUSPICIOUS).sum()
        for name, text, keys in zip(block.names, block.texts, texts.str.count_matches(KEY).to_list(), strict=True):
            intake.take(name, text, keys)
        number += intake.batch().shell.height
    return number


def _duck_json(source: Path, words: Sequence[str], *, split: bool) -> None:
    """An explicit schema in which every fact is JSON; its value and its evidence taken out of that, where they are wanted."""
    tree: dict[str, Any] = {}
    for path in words:
        *groups, last = path.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[last] = "JSON"

    def written(node: Any) -> str:
        return node if isinstance(node, str) else "STRUCT(" + ", ".join(f'"{key}" {written(part)}' for key, part in node.items()) + ")"

    schema = {"company": 'STRUCT("name" VARCHAR, credit_code VARCHAR, industry VARCHAR, traits VARCHAR[])', "period": 'STRUCT("start" DATE, "end" DATE)', "as_of": "DATE",
              "facts": written(tree), "documents": "JSON", "evidence": "JSON", "events": "JSON", "event_statements": "JSON", "ratings": "JSON"}
    columns = "{" + ", ".join(f"{key}: '{kind}'" for key, kind in schema.items()) + "}"
    leaves = [(path, "facts." + ".".join(f'"{step}"' for step in path.split("."))) for path in words]
    wanted = ", ".join(f"CASE WHEN json_type({leaf}) = 'OBJECT' THEN {leaf}->'value' ELSE {leaf} END AS \"{path}\", {leaf}->'evidence' AS \"{path} evidence\"" for path, leaf in leaves) \
        if split else ", ".join(f'{leaf} AS "{path}"' for path, leaf in leaves)
    with duckdb.connect() as database:
        shell = "company, period, as_of, documents, evidence, events, event_statements, ratings"
        database.sql(f"SELECT {shell}, {wanted} FROM read_json('{source}', format = 'newline_delimited', columns = {columns})").to_arrow_table()


def _orjson(source: Path) -> None:
    import orjson

    with source.open("rb") as stream:
        for line in stream:
            orjson.loads(line)


def main() -> None:
    """Run the comparisons."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", choices=["clauses", "packs", "json"])
    asked.add_argument("--companies", type=int, default=100_000, help="for the generated clauses")
    asked.add_argument("--sizes", default="10000,100000", help="populations for the packs; 10000,100000,1000000 takes a quarter of an hour")
    asked.add_argument("--json", type=int, default=20_000, help="fact files for JSON")
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if said.only in (None, "clauses"):
            clauses_over_parquet(said.companies, Path(folder))
        if said.only in (None, "json"):
            json_into_columns(said.json, Path(folder))
        if said.only in (None, "packs"):
            packs_over_populations([int(size) for size in said.sizes.split(",")], Path(folder))
    print(json.dumps({"polars": pl.__version__, "duckdb": duckdb.__version__, "python": sys.version.split()[0]}))


if __name__ == "__main__":
    main()
