"""Where records come from: folders and files of any form, cut into tasks that are the same however the survey is run.

A task is a piece of the input that one process reads from its beginning; it yields blocks of records in the order of the input.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, cast

import polars as pl

from checker.errors import InputError, Place
from checker.load import SIZE_LIMIT
from checker.wording import problem

T = TypeVar("T")
Form = Literal["json", "ndjson", "csv", "parquet"]
#: The forms of input by the ending of a file's name; each may be followed by one of :data:`PACKED`, but for Parquet.
FORMS: dict[str, Form] = {".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet"}
PACKED = (".gz", ".zst")
#: Where cells stand that have no column, what stands where a column has no cell, and what marks text in another encoding.
MORE, LESS, NOT_UTF8 = "more cells than columns", "fewer cells than columns", "not UTF-8"
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

    ``unread`` says of some of them, by their place in the block, why they could not be read.
    """

    names: Sequence[str]
    texts: Sequence[bytes] = ()
    rows: Sequence[dict[str, str]] = ()
    frame: pl.DataFrame | None = None
    unread: Mapping[int, str] = field(default_factory=dict)


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
        if not root.exists():
            raise InputError([problem(Place(str(root)), "not_found")])
        try:
            paths = sorted(path for path in _inside(root) if excluded.isdisjoint({path.resolve(), path.parent.resolve()})) if root.is_dir() else [root]
            for path in paths:
                inside = path.relative_to(root).as_posix() if root.is_dir() else path.name
                name = inside if len(inputs) == 1 else f"{root.as_posix()}/{inside}" if root.is_dir() else root.as_posix()
                form = _form(path) if path.is_file() or path == root else None
                if form is None:
                    others.append(name)
                else:
                    state = path.stat()
                    found[name] = Source(name, str(path.resolve()), form, state.st_size, state.st_mtime_ns)
        except OSError as error:
            raise InputError([problem(Place(str(error.filename or root)), "not_readable", reason=error.strerror or str(error))]) from None
    if not found:
        raise InputError([problem(Place(", ".join(map(str, inputs))), "nothing_to_survey", forms=", ".join(FORMS))])
    return [found[name] for name in sorted(found)], sorted(others)


def _inside(root: Path) -> Iterator[Path]:
    """Every file below a folder, also behind links, each folder once.

    Raises:
        OSError: a folder cannot be read.
    """
    seen: set[Path] = set()
    for folder, folders, files in os.walk(root, onerror=_raise, followlinks=True):
        here = Path(folder)
        if here.resolve() in seen:
            folders.clear()
            continue
        seen.add(here.resolve())
        yield from (here / name for name in files)


def _raise(error: OSError) -> None:
    raise error


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

    Where a file breaks off or turns out to be of another form, a last block says so in place of the records that could not be
    read.

    Raises:
        OSError: the system cannot read a file of many records at the moment.
    """
    match task.form:
        case "json":
            if not skip:
                contents = [_content(source) for source in task.sources]
                unread = {number: str(content) for number, content in enumerate(contents) if isinstance(content, Exception)}
                yield Block([source.name for source in task.sources], [b"" if isinstance(content, Exception) else content for content in contents], unread=unread)
        case "ndjson":
            yield from _lines(task, skip)
        case "csv":
            yield from _rows(task, skip)
        case "parquet":
            if not skip:
                yield _columns(task)


def _columns(task: Task) -> Block:
    (source,) = task.sources
    names = _numbered(source, task.first, task.length or 0)
    try:
        return Block(names, frame=pl.scan_parquet(source.path).slice(task.start, task.length).collect())
    except pl.exceptions.PolarsError as error:
        return Block(names, [b""] * len(names), unread=dict.fromkeys(range(len(names)), _told(error)))


def _lines(task: Task, skip: int) -> Iterator[Block]:
    (source,) = task.sources
    damage: list[str] = []
    with _reading(source) as stream:
        if task.length is not None:
            stream.seek(task.start)
        lines = _undamaged(stream if task.length is None else io.BytesIO(stream.read(task.length)), damage)
        number = task.first
        while texts := _some(lines):
            if skip:
                skip -= 1
            else:
                named = [(f"{source.name}:{number + index}", text) for index, text in enumerate(texts) if text.strip()]
                yield Block([name for name, _ in named], [text for _, text in named])
            number += len(texts)
    yield from _rest(source, number, damage)


def _some(lines: Iterable[bytes]) -> list[bytes]:
    texts, size = [], 0
    for line in lines:
        texts.append(line.rstrip(b"\r\n"))
        size += len(line)
        if len(texts) == BLOCK or size >= BLOCK_BYTES:
            break
    return texts


def _rows(task: Task, skip: int) -> Iterator[Block]:
    (source,) = task.sources
    damage: list[str] = []
    with _cells(source) as text:
        rows = _undamaged(csv.DictReader(text, restkey=MORE, restval=LESS, strict=True), damage)
        number = task.first + 1  # the first line is the header
        while some := list(islice(rows, BLOCK)):
            if skip:
                skip -= 1
            else:
                yield Block(_numbered(source, number, len(some)), rows=[_whole(row) for row in some])
            number += len(some)
    yield from _rest(source, number, damage)


def _undamaged(items: Iterable[T], damage: list[str]) -> Iterator[T]:
    """The items up to where they cannot be read any more; ``damage`` then says why."""
    try:
        yield from items
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk or the network, which may be back when the survey is run again
        damage.append(_told(error))


def _rest(source: Source, number: int, damage: list[str]) -> Iterator[Block]:
    """What takes the place of the records behind a damage."""
    for reason in damage:
        yield Block([f"{source.name}: after {number - 1}"], [b""], unread={0: reason})


def _told(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _zstd_error() -> type[Exception]:
    """What reading a damaged .zst file raises; nothing that is ever raised where they cannot be read at all."""
    try:
        from zstandard import ZstdError
    except ImportError:
        return csv.Error
    return ZstdError


#: What reading a file raises that is damaged, or of another form than its name says.
DAMAGE = (OSError, EOFError, csv.Error, zlib.error, UnicodeDecodeError, _zstd_error())


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """A row, marked where it has fewer cells than there are columns, or holds what is not UTF-8."""
    marks = {LESS: True} if LESS in row.values() else {}
    try:
        "".join(cell for cell in row.values() if isinstance(cell, str)).encode()
    except UnicodeEncodeError:
        marks[NOT_UTF8] = True
    return {**row, **marks} if marks else row


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
    except (*DAMAGE, pl.exceptions.PolarsError) as error:
        raise InputError([problem(Place(source.name), "not_tabular", form=source.form, reason=_told(error))]) from None


def _numbered(source: Source, first: int, number: int) -> list[str]:
    return [f"{source.name}:{first + index}" for index in range(number)]


def _content(source: Source) -> bytes | Exception:
    """The bytes of a file, or why it cannot be read."""
    try:
        with _reading(source) as stream:
            return stream.read(SIZE_LIMIT + 1)
    except DAMAGE as error:
        return error


@contextmanager
def _cells(source: Source) -> Iterator[IO[str]]:
    """A file of cells as text; a cell may be as long as a whole fact file. What is not UTF-8 stays, for :func:`_whole` to find."""
    csv.field_size_limit(SIZE_LIMIT)
    with _reading(source) as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="") as text:
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
        content = _content(source)
        if isinstance(content, bytes):
            yield 1, content
    elif source.form == "parquet":
        frame = pl.scan_parquet(source.path)
        for number in wanted:
            yield from ((number, row) for row in frame.slice(number - 1, 1).collect().iter_rows(named=True))
    else:
        with _reading(source) if source.form == "ndjson" else _cells(source) as stream:
            lines: Iterator[Any] = iter(stream) if source.form == "ndjson" else csv.DictReader(cast(IO[str], stream), restkey=MORE, restval=LESS)
            place = 1 if source.form == "ndjson" else 2  # the first line of a table is the header
            for number in wanted:
                record = next(islice(lines, number - place, None), None)
                place = number + 1
                if record is not None:
                    yield number, record
