"""Where commands touch the world: files and streams in, results and problems out, exceptions to exit codes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer

from checker.conditions import Verdict
from checker.engines import ENGINES
from checker.errors import DisagreementError, InputError, Place, Problem, Text
from checker.evaluate import engine_here
from checker.fact_files import load_facts
from checker.facts import FactBase
from checker.load import stdin
from checker.packs import Packs
from checker.render.view import View, clean
from checker.vocabulary import not_a_choice
from checker.wording import problem

#: How many problems of one run are printed before the rest is counted.
PROBLEMS_SHOWN = 100


@contextmanager
def guarded(lang: str) -> Iterator[None]:
    """Turns what can go wrong into one message and its exit code."""
    try:
        yield
    except InputError as error:
        tell(error.problems, lang)
        raise typer.Exit(2) from None
    except BrokenPipeError:  # the reader has seen enough; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        typer.echo(Text("已中断。", "interrupted.").in_language(lang), err=True)
        raise typer.Exit(130) from None
    except Exception as error:
        if os.environ.get("ESGCHECK_DEBUG"):
            raise
        told = str(error) if isinstance(error, DisagreementError) else f"{type(error).__name__}: {error}"
        typer.echo(Text(f"内部错误，未出报告：{told}", f"internal error, no report: {told}").in_language(lang), err=True)
        raise typer.Exit(70) from None


def tell(problems: Iterable[Problem], lang: str) -> None:
    """Print problems on standard error, a line each."""
    told = [clean(found.in_language(lang)) for found in problems]
    for line in told[:PROBLEMS_SHOWN]:
        typer.echo(line, err=True)
    if len(told) > PROBLEMS_SHOWN:
        more = len(told) - PROBLEMS_SHOWN
        typer.echo(Text(f"……另有 {more} 个问题。", f"... and {more} more problems.").in_language(lang), err=True)


def out(content: bytes) -> None:
    """Write a result to standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write(target: Path, content: bytes, *, folder: bool = False) -> None:
    """Write a result to a file: whole, or not at all; where a ``folder`` was asked for, that is made, too.

    Raises:
        InputError: it cannot be written there.
    """
    try:
        if target.exists() and not target.is_file():  # a device or a pipe: it is written to, never replaced
            target.write_bytes(content)
            return
        if folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
        handle, beside = tempfile.mkstemp(dir=target.parent)  # a new file of a name that nobody can foresee
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(beside).chmod(mode)
            Path(beside).replace(target)
        finally:
            Path(beside).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError([problem(Place(str(target)), "not_writable", reason=reason)]) from None


def _umask() -> int:
    """What new files are not permitted; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def names_of(sources: Sequence[str]) -> list[str]:
    """A name for what each source becomes in a folder: that of its file, with as many of its folders as tell it from the others."""
    parts = [("stdin",) if source == "-" else Path(source).absolute().with_suffix("").parts for source in sources]
    ends = [Counter(each[-depth:] for each in parts) for depth in range(1, max(map(len, parts)) + 1)]
    own = (next((each[-depth:] for depth, found in enumerate(ends, 1) if found[each[-depth:]] == 1), each) for each in parts)
    same = [found for found in parts if ends[-1][found] > 1] if parts else []
    return [Path(source).name if each in same else "-".join(each).replace(os.sep, "") for source, each in zip(sources, own, strict=True)]


def read_facts(source: str, packs: Packs) -> FactBase:
    """The fact base of a file, or of standard input where its name is ``-``."""
    return load_facts(stdin(), packs, "<stdin>") if source == "-" else load_facts(Path(source), packs, clean(source))


def day(said: str | None) -> date | None:
    """The day that ``--as-of`` names."""
    try:
        return None if said is None else date.fromisoformat(said if len(said) == len("2024-12-31") else "")
    except ValueError:
        raise InputError([problem(Place("--as-of"), "bad_as_of", said=said)]) from None


def known(name: str, table: Iterable[str], option: str) -> str:
    """A name that is in a table.

    Raises:
        InputError: it is not; names the nearest.
    """
    if name not in table:
        raise InputError([not_a_choice(Place(option), name, tuple(table))])
    return name


def with_extra(extra: str, *modules: str) -> None:
    """Makes sure that modules are there which only an extra of the installation brings.

    Raises:
        InputError: some are not; names the extra.
    """
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise InputError([problem(Place("esgcheck"), "extra_missing", modules=", ".join(missing), extra=extra)])


def view_for(lang: str, only: frozenset[Verdict] = frozenset()) -> View:
    """How to show results here: as wide and as colourful as the terminal, plain in a pipe."""
    terminal = sys.stdout.isatty()
    width = min(max(shutil.get_terminal_size().columns, 60), 120) if terminal else 80
    return View(str(lang), only, width, terminal and "NO_COLOR" not in os.environ)


def engine_for(wanted: str | None, lang: str) -> str:
    """The evaluator to use; one line tells where it is not the one wanted, and how to get that."""
    name, why = engine_here(wanted and known(wanted, ENGINES, "--engine"))
    if why is not None:
        remedy = "CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject pip install --force-reinstall --no-cache-dir --no-deps durable-rules"
        tell([problem(Place("esgcheck"), "engine_missing", fatal=False, reason=why.splitlines()[0], remedy=remedy)], lang)
    return name
