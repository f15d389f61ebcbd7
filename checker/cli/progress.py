"""How far long work has come: one line on a terminal that goes when the work is done; silence in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checker.errors import Text

#: Called with how much is done, of how much (nothing where nobody knows), and what is being done.
Told = Callable[[int, int | None, Text], None]


@contextmanager
def progress(lang: str, *, long: bool = True) -> Iterator[Told]:
    """Something to tell progress to, heard where the work is long; problems told meanwhile stand above its line."""
    if not long or not sys.stderr.isatty():
        yield lambda _done, _of, _said: None
        return
    from rich.console import Console  # here, because a run in a pipe shows nothing
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as line:
        task = line.add_task("", total=None)
        yield lambda done, of, said: line.update(task, completed=done, total=of, description=said.in_language(lang))
