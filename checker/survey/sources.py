"""Where records come from: folders and files of any form, cut into tasks that are the same however the survey is run.

A task is a piece of the input that one process reads from its beginning; it yields blocks of records in the order of the input.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import polars as pl

from checker.errors import InputError, Place
from checker.load import SIZE_LIMIT
from checker.wording import problem

Form = Literal["json", "ndjson", "csv", "parquet"]
#: The forms of input by the ending of a file's name; each may be followed by one of :data:`PACKED`, but for Parquet.
FORMS: dict[str, Form] = {".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet"}
PACKED = (".gz", ".zst")
#: Where cells stand that have no column, and what stands where a column has no cell: such a row is damaged.
MORE, LESS = "more cells than columns", "fewer cells than columns"
#: How many records are judged at a time. Columns gain little from more, and memory grows with it.
BLOCK, BLOCK_OF_COLUMNS = 4_000, 5_000
#: A block of texts ends early after so many bytes.
BLOCK_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One file: the name by which its records are called, where it is, its form, and what tells whether it has changed."""

    name: str
    path: str
    form: Form
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Task:
    """Some files of the form ``json``, or a piece of one other file.

    ``start`` is a byte of an NDJSON file that is not packed, or a row of a Parquet file; the piece has ``length`` of them, or
    reaches to the end where that is not known. ``first`` is the number of its first record.
    """

    number: int
    form: Form
    sources: tuple[Source, ...]
    start: int = 0
    length: int | None = None
    first: int = 1


@dataclass(frozen=True)
class Block:
    """Records that are judged together, by name: texts, rows of text cells, or rows in typed columns.

    ``broken`` says why nothing can be read from the one record named on.
    """

    names: Sequence[str]
    texts: Sequence[bytes] = ()
    rows: Sequence[dict[str, str]] = ()
    frame: pl.DataFrame | None = None
    broken: str | None = None


def find_sources(inputs: Iterable[Path], besides: Iterable[Path] = ()) -> tuple[list[Source], list[str]]:
    """The files of some inputs, folders searched to their ends, in the order of their names; and those of no known form.

    What is ``besides``, files and folders, is no input: the result may stand among the records.

    Raises:
        InputError: an input does not exist or cannot be read, or there is nothing to survey.
    """
    inputs = list(inputs)
    excluded = {path.resolve() for path in besides}
    found: dict[str, Source] = {}
    others = []
    for root in inputs:
        try:
            paths = sorted(path for path in root.rglob("*") if path.is_file() and excluded.isdisjoint({path.resolve(), path.parent.resolve()})) if root.is_dir() else [root]
            for path in paths:
                inside = path.relative_to(root).as_posix() if root.is_dir() else path.name
                name = inside if len(inputs) == 1 else f"{root.as_posix()}/{inside}" if root.is_dir() else root.as_posix()
                form = _form(path)
                state = path.stat()
                if form is None:
                    others.append(name)
                else:
                    found[name] = Source(name, str(path.resolve()), form, state.st_size, state.st_mtime_ns)
        except FileNotFoundError:
            raise InputError([problem(Place(str(root)), "not_found")]) from None
        except OSError as error:
            raise InputError([problem(Place(str(root)), "not_readable", reason=error.strerror or str(error))]) from None
    if not found:
        raise InputError([problem(Place(", ".join(map(str, inputs))), "nothing_to_survey", forms=", ".join(FORMS))])
    return [found[name] for name in sorted(found)], sorted(others)


def _form(path: Path) -> Form | None:
    stem = path.name.removesuffix(path.suffix) if path.suffix in PACKED else path.name
    form = FORMS.get(Path(stem).suffix)
    return None if form == "parquet" and path.suffix in PACKED else form


def plan(sources: Sequence[Source]) -> list[Task]:
    """The tasks of a survey, which depend on nothing but the input.

    Raises:
        InputError: a file cannot be read, or is not of the form that its name says.
    """
    cut: list[tuple[Form, tuple[Source, ...], int, int | None, int]] = []
    files = [source for source in sources if source.form == "json"]
    cut += [("json", tuple(files[first : first + BLOCK]), 0, None, 1) for first in range(0, len(files), BLOCK)]
    for source in sources:
        if source.form == "parquet":
            height = _height(source)
            cut += [("parquet", (source,), start, min(BLOCK_OF_COLUMNS, height - start), start + 1) for start in range(0, height, BLOCK_OF_COLUMNS)]
        elif source.form == "ndjson" and not source.path.endswith(PACKED):
            cut += [("ndjson", (source,), start, length, first) for start, length, first in _pieces(source)]
        elif source.form != "json":
            cut.append((source.form, (source,), 0, None, 1))
    return [Task(number, *piece) for number, piece in enumerate(cut)]


def _height(source: Source) -> int:
    try:
        return int(pl.scan_parquet(source.path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError([problem(Place(source.name), "not_tabular", form="Parquet", reason=str(error).splitlines()[0])]) from None


def _pieces(source: Source) -> Iterator[tuple[int, int, int]]:
    """Pieces of an NDJSON file: first byte, bytes, number of the first line. Each ends with a line."""
    start = position = lines = 0
    first = 1
    with _opened(source) as stream:
        for line in stream:
            position += len(line)
            lines += 1
            if lines == BLOCK or position - start >= BLOCK_BYTES:
                yield start, position - start, first
                start, first, lines = position, first + lines, 0
    if position > start:
        yield start, position - start, first


def blocks(task: Task, skip: int = 0) -> Iterator[Block]:
    """The records of a task, a block at a time, without the first ``skip`` blocks.

    Where a file breaks off or turns out to be of another form, the last block says so, and names the record that could not be
    read.

    Raises:
        OSError: the system cannot read a file at the moment.
    """
    last = "of the blocks before" if skip else str(task.first - 1)
    try:
        for block in _blocks(task, skip):
            yield block
            last = block.names[-1].rpartition(":")[2]
    except (OSError, EOFError, csv.Error, zlib.error, pl.exceptions.PolarsError, _zstd_error()) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk or the network, which may be back when the survey is run again
        yield Block([f"{task.sources[0].name}: after {last}"], broken=str(error).partition("\n")[0] or type(error).__name__)


def _zstd_error() -> type[Exception]:
    """What reading a damaged .zst file raises; nothing that is ever raised where they cannot be read at all."""
    try:
        from zstandard import ZstdError
    except ImportError:
        return csv.Error
    return ZstdError


def _blocks(task: Task, skip: int) -> Iterator[Block]:
    match task.form:
        case "json":
            if not skip:
                yield Block([source.name for source in task.sources], texts=[_content(source) for source in task.sources])
        case "ndjson":
            yield from _lines(task, skip)
        case "csv":
            yield from _rows(task, skip)
        case "parquet":
            (source,) = task.sources
            frame = pl.scan_parquet(source.path).slice(task.start, task.length).collect()
            if not skip:
                yield Block(_numbered(source, task.first, frame.height), frame=frame)


def _lines(task: Task, skip: int) -> Iterator[Block]:
    (source,) = task.sources
    with _reading(source) as stream:
        if task.length is not None:
            stream.seek(task.start)
        piece = stream if task.length is None else io.BytesIO(stream.read(task.length))
        number = task.first
        while texts := _some(piece):
            if skip:
                skip -= 1
            else:
                named = [(f"{source.name}:{number + index}", text) for index, text in enumerate(texts) if text.strip()]
                yield Block([name for name, _ in named], texts=[text for _, text in named])
            number += len(texts)


def _some(stream: IO[bytes]) -> list[bytes]:
    texts, size = [], 0
    for line in stream:
        texts.append(line.rstrip(b"\r\n"))
        size += len(line)
        if len(texts) == BLOCK or size >= BLOCK_BYTES:
            break
    return texts


def _rows(task: Task, skip: int) -> Iterator[Block]:
    (source,) = task.sources
    with _cells(source, errors="replace") as text:
        reader = csv.DictReader(text, restkey=MORE, restval=LESS, strict=True)
        number = task.first + 1  # the first line is the header
        while rows := list(islice(reader, BLOCK)):
            if skip:
                skip -= 1
            else:
                yield Block(_numbered(source, number, len(rows)), rows=[_whole(row) for row in rows])
            number += len(rows)


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """A row, marked where it has fewer cells than there are columns."""
    return {**row, LESS: True} if LESS in row.values() else row


def columns_of(source: Source) -> list[str]:
    """The names of the columns of a file that has some.

    Raises:
        InputError: it cannot be read as such a file.
    """
    try:
        if source.form == "parquet":
            return list(pl.read_parquet_schema(source.path))
        with _cells(source) as text:
            return next(csv.reader(text, strict=True), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError) as error:
        raise InputError([problem(Place(source.name), "not_tabular", form=source.form, reason=str(error).splitlines()[0])]) from None


def _numbered(source: Source, first: int, number: int) -> list[str]:
    return [f"{source.name}:{first + index}" for index in range(number)]


def _content(source: Source) -> bytes:
    """The bytes of a file; nothing where it cannot be read any more, which the strict reader then says."""
    try:
        with _reading(source) as stream:
            return stream.read(SIZE_LIMIT + 1)
    except (OSError, EOFError):
        return b""


@contextmanager
def _cells(source: Source, errors: str = "strict") -> Iterator[IO[str]]:
    """A file of cells as text; a cell may be as long as a whole fact file."""
    csv.field_size_limit(SIZE_LIMIT)
    with _reading(source) as stream, io.TextIOWrapper(stream, "utf-8-sig", errors=errors, newline="") as text:
        yield text


def _opened(source: Source) -> IO[bytes]:
    """A file that is not packed.

    Raises:
        InputError: it cannot be opened.
    """
    try:
        return Path(source.path).open("rb")
    except OSError as error:
        raise InputError([problem(Place(source.name), "not_readable", reason=error.strerror or str(error))]) from None


def _reading(source: Source) -> IO[bytes]:
    path = Path(source.path)
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if path.suffix == ".zst":
        from zstandard import ZstdDecompressor  # here, because few files are packed so

        opened: IO[bytes] = io.BufferedReader(ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True))
        return opened
    return path.open("rb")


def record_of(sources: Sequence[Source], name: str) -> tuple[Source, int] | None:
    """The source that a record's name points to, and the number of the record in it."""
    for source in sources:
        if name == source.name:
            return source, 1
        if name.startswith(source.name + ":") and name.removeprefix(source.name + ":").isdigit():
            return source, int(name.removeprefix(source.name + ":"))
    return None


def read_records(source: Source, numbers: Iterable[int]) -> Iterator[tuple[int, Any]]:
    """Some records again, their texts or rows, in the order of their numbers; those that are not there are left out."""
    wanted = sorted(set(numbers))
    if source.form == "json":
        yield 1, _content(source)
    elif source.form == "parquet":
        frame = pl.scan_parquet(source.path)
        for number in wanted:
            yield from ((number, row) for row in frame.slice(number - 1, 1).collect().iter_rows(named=True))
    else:
        with _reading(source) if source.form == "ndjson" else _cells(source, errors="replace") as stream:
            lines: Iterator[Any] = iter(stream) if source.form == "ndjson" else csv.DictReader(cast(IO[str], stream), restkey=MORE, restval=LESS)
            place = 1 if source.form == "ndjson" else 2  # the first line of a table is the header
            for number in wanted:
                record = next(islice(lines, number - place, None), None)
                place = number + 1
                if record is not None:
                    yield number, record
