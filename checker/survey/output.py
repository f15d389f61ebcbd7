"""The result of a survey as files: the table in one of several forms, the rejects, and what the survey was.

The table has a row for every record that was judged, with the scores, and a column for every clause: the companies of a clause
are found by reading one column, the verdicts of a company in one row.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import simplejson
from simplejson import RawJSON

from checker.errors import InputError, Place
from checker.wording import problem

#: Rows of a Parquet row group: whoever reads one clause reads whole columns of so many companies.
ROW_GROUP = 100_000


def put_together(parts: Sequence[Path], schema: Mapping[str, Any], out: Path) -> pl.LazyFrame:
    """Put the parts together, in their order, as one Parquet file; gives its table.

    Raises:
        InputError: it cannot be written.
    """
    with _made_whole(out) as new:
        _all(parts, schema).sink_parquet(new, compression="zstd", row_group_size=ROW_GROUP, maintain_order=True)
    return pl.scan_parquet(out)


def write_table(whole: Path, out: Path) -> None:
    """Make the result from the Parquet file of :func:`put_together`, in the form that its name says.

    Raises:
        InputError: no such form, or it cannot be written.
    """
    with _made_whole(out) as new:
        FORMS[form_of(out)](whole, new)


@contextmanager
def _made_whole(out: Path) -> Iterator[Path]:
    """Where to write a file that is to be there as a whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    new = out.with_name(out.name + ".new")
    try:
        yield new
        new.replace(out)
    except OSError as error:
        raise InputError([problem(Place(str(out)), "not_writable", reason=error.strerror or str(error))]) from None


def form_of(out: Path) -> str:
    """The form of a result, by the ending of its name.

    Raises:
        InputError: there is no such form.
    """
    if out.suffix not in FORMS:
        raise InputError([problem(Place(str(out)), "output_form", ending=out.suffix, forms=", ".join(FORMS))])
    return out.suffix


def _all(parts: Sequence[Path], schema: Mapping[str, Any]) -> pl.LazyFrame:
    return pl.scan_parquet(list(parts)) if parts else pl.LazyFrame(schema=dict(schema))


def _parquet(whole: Path, out: Path) -> None:
    whole.replace(out)


def _csv(whole: Path, out: Path) -> None:
    pl.scan_parquet(whole).sink_csv(out, maintain_order=True)


def _duckdb(whole: Path, out: Path) -> None:
    import duckdb  # here, because it is needed for this form only

    out.unlink(missing_ok=True)
    with duckdb.connect(str(out)) as database:
        database.execute("CREATE TABLE companies AS SELECT * FROM read_parquet($1)", [str(whole)])


#: Every form of result, by the ending of its name.
FORMS: Mapping[str, Callable[[Path, Path], None]] = {".parquet": _parquet, ".csv": _csv, ".duckdb": _duckdb}


def write_rejects(parts: Sequence[Path], out: Path) -> None:
    """The rejects of all parts, a line each.

    Raises:
        InputError: they cannot be written.
    """
    with _made_whole(out) as new, new.open("wb") as stream:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, stream)


def write_record(told: Mapping[str, Any], summary: Mapping[str, Any], out: Path) -> None:
    """What the survey was, and what it came to, beside its table; the counts of each clause on a line of their own.

    Raises:
        InputError: it cannot be written.
    """
    lines = [f"{_json(name)}: {_json(value)}" for name, value in summary.items() if name != "clauses"]
    clauses = ",\n   ".join(map(_json, summary["clauses"]))
    lines.append(f'"clauses": [\n   {clauses}\n  ]' if clauses else '"clauses": []')
    whole = RawJSON("{\n  " + ",\n  ".join(lines) + "\n }")
    with _made_whole(out) as new:
        new.write_text(simplejson.dumps({**told, "summary": whole}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _json(tree: Any) -> str:
    said: str = simplejson.dumps(tree, ensure_ascii=False, use_decimal=True)
    return said


def write_page(page: bytes, out: Path) -> None:
    """A page beside the table.

    Raises:
        InputError: it cannot be written.
    """
    with _made_whole(out) as new:
        new.write_bytes(page)


#: How what belongs to a result ends: rejects, what was surveyed, the summary as a page, and the pieces while it is made.
BESIDE = (".rejects.ndjson", ".survey.json", ".html", ".parts")


def beside(out: Path, ending: str) -> Path:
    """A file that belongs to a result."""
    return out.with_name(out.name.removesuffix(out.suffix) + ending)


#: The forms of a list, by the ending of its name. The mark at the beginning of a text tells spreadsheets that it is UTF-8.
LISTS: Mapping[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": lambda frame, out: frame.with_columns(map(_for_spreadsheets, _named_by_companies(frame))).write_csv(out, include_bom=True),
    ".parquet": lambda frame, out: frame.write_parquet(out),
}


def _named_by_companies(frame: pl.DataFrame) -> list[str]:
    """The columns in which a company's own words stand."""
    return [name for name in ("name", "credit_code", "reasons") if name in frame.columns]


def _for_spreadsheets(column: str) -> pl.Expr:
    """A text that a spreadsheet would take for a formula, marked as text."""
    text = pl.col(column)
    return pl.when(text.str.contains(r"^[=+\-@\t\r]")).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def list_form(out: Path) -> str:
    """The form of a list, by the ending of its name.

    Raises:
        InputError: there is no such form.
    """
    if out.suffix not in LISTS:
        raise InputError([problem(Place(str(out)), "output_form", ending=out.suffix, forms=", ".join(LISTS))])
    return out.suffix


def write_list(frame: pl.DataFrame, out: Path) -> None:
    """A list as a file of the form that its name says, whole or not at all.

    Raises:
        InputError: no such form, or it cannot be written.
    """
    with _made_whole(out) as new:
        LISTS[list_form(out)](frame, new)


def read_table(out: Path) -> pl.LazyFrame:
    """The table of a result again.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    form = form_of(out)
    if not out.is_file():
        raise InputError([problem(Place(str(out)), "not_found")])
    try:
        table = pl.scan_parquet(out) if form == ".parquet" else pl.scan_csv(out, infer_schema=False) if form == ".csv" else _from_duckdb(out)
        table.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError([problem(Place(str(out)), "not_tabular", form=form, reason=str(error).splitlines()[0])]) from None
    return table


def _from_duckdb(out: Path) -> pl.LazyFrame:
    with tempfile.TemporaryDirectory() as folder:
        return pl.read_parquet(_copied(out, Path(folder))).lazy()


def _copied(out: Path, folder: Path) -> Path:
    """The table of a database as a Parquet file: DuckDB's own way to columns needs one more library."""
    import duckdb

    between = folder / "companies.parquet"
    try:
        with duckdb.connect(str(out), read_only=True) as database:
            database.table("companies").write_parquet(str(between))
    except duckdb.Error as error:
        raise InputError([problem(Place(str(out)), "not_tabular", form="DuckDB", reason=str(error).splitlines()[0])]) from None
    return between


@contextmanager
def in_columns(out: Path, schema: Mapping[str, Any]) -> Iterator[pl.LazyFrame]:
    """The columns of a result that are in ``schema``, in its types, whatever its form; verdicts are text.

    They can be read one by one, as often as needed: what is no Parquet is made so for as long as that takes.

    Raises:
        InputError: there is no such result, or it cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            table = pl.scan_parquet(_copied(out, Path(folder))) if form_of(out) == ".duckdb" and out.is_file() else read_table(out)
            table = _typed(table, schema)
            if form_of(out) == ".csv":
                between = Path(folder) / "companies.parquet"
                table.sink_parquet(between, compression="lz4", row_group_size=ROW_GROUP, maintain_order=True)
                table = pl.scan_parquet(between)
            yield table
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError([problem(Place(str(out)), "not_a_survey", reason=str(error).splitlines()[0])]) from None


def _typed(table: pl.LazyFrame, schema: Mapping[str, Any]) -> pl.LazyFrame:
    there = table.collect_schema()
    wanted = {name: pl.String() if isinstance(dtype, pl.Enum) else dtype for name, dtype in schema.items() if name in there}
    days = {name for name, dtype in wanted.items() if dtype == pl.Date and there[name] == pl.String}
    return table.select(pl.col(name).str.to_date("%Y-%m-%d") if name in days else pl.col(name) if there[name] == dtype else pl.col(name).cast(dtype)
                        for name, dtype in wanted.items())


def read_told(out: Path) -> dict[str, Any]:
    """What the survey was, from beside its table.

    Raises:
        InputError: it is not there, or is not what a survey writes.
    """
    path = beside(out, ".survey.json")
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError([problem(Place(str(path)), "not_a_survey", reason=getattr(error, "strerror", None) or str(error))]) from None
    lacking = [key for key in ("digest", "rules", "only", "rejected", "sources") if not isinstance(told, dict) or key not in told]
    if lacking:
        raise InputError([problem(Place(str(path)), "not_a_survey", reason=", ".join(lacking))])
    return dict(told)
