"""A survey from its tasks to its result: judged by processes side by side, kept piece by piece, and never twice.

Every block of records that was judged is a file of its own until all are there; a survey that was killed finds them again. The
result is put together from these files in the order of the tasks, so it does not depend on who judged which block, or when.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing import get_context, parent_process
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from threading import Thread
from typing import Any
from uuid import uuid4

from checker.errors import InputError, Place
from checker.pack_files import load_packs
from checker.survey.blocks import BlockJudge, Rejected
from checker.survey.sources import Task, blocks
from checker.wording import problem


@dataclass(frozen=True)
class Order:
    """What a survey was asked for: everything that its result depends on, but for the records themselves.

    ``rules`` is the folder of the rules, or nothing for those that ship with the program; ``digest`` is that of their files.
    """

    rules: str | None
    digest: str
    only: tuple[str, ...]
    as_of: str | None
    today: str
    version: str


@dataclass(frozen=True)
class Tally:
    """How many records of a task came in, were judged, were rejected, and were judged singly; and in how many blocks."""

    judged: int = 0
    rejected: int = 0
    singly: int = 0
    blocks: int = 0

    @property
    def records(self) -> int:
        """How many came in."""
        return self.judged + self.rejected

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.judged + other.judged, self.rejected + other.rejected, self.singly + other.singly, self.blocks + other.blocks)


#: Runs tasks somewhere and hands over the tally of each as it is done.
Executor = Callable[[Sequence[Task], Order, Path], Iterable[Tally]]


class Workshop:
    """The folder in which a survey keeps what is done until all is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, order: Order, tasks: Sequence[Task]) -> tuple[Order, bool]:
        """Begin, or go on where an earlier run of the same survey was cut short; gives back its order, and whether it did.

        An earlier run judged as of its own day, and so does this one.

        Raises:
            InputError: there is an unfinished survey of something else, or the folder cannot be written.
        """
        said = self.folder / "survey.json"
        mine = {"order": asdict(order), "input": _fingerprint(tasks)}
        try:
            if said.exists():
                theirs = json.loads(said.read_text("utf-8"))
                if {**theirs, "order": {**theirs["order"], "today": order.today}} != json.loads(json.dumps(mine)):
                    raise InputError([problem(Place(str(self.folder)), "other_survey")])
                return Order(**{**theirs["order"], "only": tuple(theirs["order"]["only"])}), True
            self.folder.mkdir(parents=True, exist_ok=True)
            _written(said, json.dumps(mine).encode())
        except OSError as error:
            raise InputError([problem(Place(str(self.folder)), "not_writable", reason=error.strerror or str(error))]) from None
        return order, False

    def done(self, task: Task) -> Tally | None:
        """What a task came to, if it is done."""
        return self._tally(f"{task.number:06}.done")

    def _tally(self, name: str) -> Tally | None:
        path = self.folder / name
        return Tally(**json.loads(path.read_text("utf-8"))) if path.exists() else None

    def run(self, task: Task, judge: BlockJudge) -> Tally:
        """Do what is left of a task."""
        found: list[Tally] = []
        while (before := self._tally(f"{task.number:06}-{len(found):06}.json")) is not None:
            found.append(before)
        for block in blocks(task, skip=len(found)):
            name = f"{task.number:06}-{len(found):06}"
            judged = judge.judged(block)
            with _whole(self.folder / f"{name}.parquet") as new:
                judged.rows.write_parquet(new, compression="lz4")
            _written(self.folder / f"{name}.rejects", b"".join(map(_line, judged.rejects)))
            tally = Tally(judged.rows.height, len(judged.rejects), judged.singly, 1)
            _written(self.folder / f"{name}.json", json.dumps(asdict(tally)).encode())
            found.append(tally)
        total = sum(found, Tally())
        _written(self.folder / f"{task.number:06}.done", json.dumps(asdict(total)).encode())
        return total

    def parts(self, tasks: Iterable[Task], ending: str) -> list[Path]:
        """The files of all blocks, in the order of the records."""
        return [self.folder / f"{task.number:06}-{block:06}.{ending}" for task in tasks if (tally := self.done(task)) for block in range(tally.blocks)]

    def close(self) -> None:
        """Everything is put together; nothing of this is needed any more."""
        shutil.rmtree(self.folder)


def _fingerprint(tasks: Sequence[Task]) -> str:
    """What the tasks are made of, in short: names, sizes and times of the files."""
    told = hashlib.sha256()
    for task in tasks:
        told.update(json.dumps(asdict(task)).encode())
    return told.hexdigest()


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name for a file until it is written as a whole. It is nobody else's: on a cluster two may try the same task at once."""
    new = path.with_name(f"{path.name}.{uuid4().hex}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _written(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    with _whole(path) as new:
        new.write_bytes(content)


def _line(rejected: Rejected) -> bytes:
    told = {"record": rejected.record, "problems": [
        {"code": found.code, "place": str(found.place), "zh": found.in_language("zh"), "en": found.in_language("en")} for found in rejected.problems]}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


# --- on this machine ---------------------------------------------------------------------------------------------------

_judge: BlockJudge | InputError | None = None


def local(jobs: int) -> Executor:
    """So many processes on this machine, each with one thread for its columns; one job is done in this process."""

    def run(tasks: Sequence[Task], order: Order, folder: Path) -> Iterator[Tally]:
        if jobs == 1 or len(tasks) <= 1:
            judge = judge_for(order)
            yield from (Workshop(folder).run(task, judge) for task in tasks)
            return
        with _one_thread(), ProcessPoolExecutor(min(jobs, len(tasks)), get_context("spawn"), _prepare, (order,)) as pool:
            yield from pool.map(_run, tasks, [folder] * len(tasks))

    return run


def judge_for(order: Order) -> BlockJudge:
    """What judges by an order.

    Raises:
        InputError: the rules are not those that the order was made for.
    """
    packs = load_packs(order.rules)
    if packs.digest != order.digest:
        raise InputError([problem(Place(order.rules or "rules"), "other_rules")])
    return BlockJudge(packs, order.only, date.fromisoformat(order.as_of) if order.as_of else None, date.fromisoformat(order.today))


def _prepare(order: Order) -> None:
    global _judge  # noqa: PLW0603  # one for each process
    signal(SIGINT, SIG_IGN)  # whoever interrupts a survey tells the parent, and that ends this process
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        _judge = judge_for(order)
    except InputError as error:  # to be told by whoever is given a task; a pool only says that it is broken
        _judge = error


def _end_with_parent() -> None:
    """A survey that is killed leaves nobody behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(task: Task, folder: Path) -> Tally:
    if isinstance(_judge, InputError):
        raise _judge
    assert _judge is not None
    return Workshop(folder).run(task, _judge)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that are started in here use one thread for their columns."""
    name = "POLARS_MAX_THREADS"
    before: Any = os.environ.copy().get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
