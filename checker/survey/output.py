"""The result of a survey as files: the table in one of several forms, the rejects, and what the survey was.

The table has a row for every record that was judged, with the scores, and a column for every clause: the companies of a clause
are found by reading one column, the verdicts of a company in one row.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
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
    try:
        _all(parts, schema).sink_parquet(out, compression="zstd", row_group_size=ROW_GROUP, maintain_order=True)
    except OSError as error:
        raise InputError([problem(Place(str(out)), "not_writable", reason=error.strerror or str(error))]) from None
    return pl.scan_parquet(out)


def write_table(whole: Path, out: Path) -> None:
    """Make the result from the Parquet file of :func:`put_together`, in the form that its name says.

    Raises:
        InputError: no such form, or it cannot be written.
    """
    new = out.with_name(out.name + ".new")
    try:
        FORMS[form_of(out)](whole, new)
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
    """The rejects of all parts, a line each."""
    with out.open("wb") as stream:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, stream)


def write_record(told: Mapping[str, Any], summary: Mapping[str, Any], out: Path) -> None:
    """What the survey was, and what it came to, beside its table; the counts of each clause on a line of their own."""
    lines = [f"{_json(name)}: {_json(value)}" for name, value in summary.items() if name != "clauses"]
    clauses = ",\n   ".join(map(_json, summary["clauses"]))
    lines.append(f'"clauses": [\n   {clauses}\n  ]' if clauses else '"clauses": []')
    whole = RawJSON("{\n  " + ",\n  ".join(lines) + "\n }")
    out.write_text(simplejson.dumps({**told, "summary": whole}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _json(tree: Any) -> str:
    said: str = simplejson.dumps(tree, ensure_ascii=False, use_decimal=True)
    return said


def write_page(page: bytes, out: Path) -> None:
    """A page beside the table.

    Raises:
        InputError: it cannot be written.
    """
    try:
        out.write_bytes(page)
    except OSError as error:
        raise InputError([problem(Place(str(out)), "not_writable", reason=error.strerror or str(error))]) from None


def beside(out: Path, ending: str) -> Path:
    """A file that belongs to a result."""
    return out.with_name(out.name.removesuffix(out.suffix) + ending)


def read_table(out: Path) -> pl.LazyFrame:
    """The table of a result again.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if not out.is_file():
        raise InputError([problem(Place(str(out)), "not_found")])
    if form_of(out) == ".parquet":
        return pl.scan_parquet(out)
    if form_of(out) == ".csv":
        return pl.scan_csv(out, infer_schema=False)
    import duckdb

    with duckdb.connect(str(out), read_only=True) as database:
        found: pl.DataFrame = database.sql("SELECT * FROM companies").pl()
    return found.lazy()
