"""Surveys beyond one machine: the tasks of a survey on the executors of a Spark cluster.

What is shipped is the task and not the data. A task names some files and a piece of them; the executor that gets it reads that
piece from storage that all machines share, judges it with the very columns that :func:`checker.survey.running.local` uses, and
leaves the blocks in the workshop, from which the driver puts the result together. Spark decides who does which task and tries
again where a machine is lost; so a survey comes out the same, byte for byte, and one begun here can be finished there.

Two other ways were not taken. Conditions as Spark SQL would be a third evaluator to keep in agreement, and a slow one: 16,000
companies a second where Polars judges 490,000 on the same two processors. ``mapInArrow`` over ``spark.read.parquet`` would send
every record through the JVM, could read neither folders of fact files nor strict NDJSON, would need pyarrow on every machine, and
would cut the input as Spark likes: then block files would not be those of another run, and no run could be resumed by another.

A task can be tried twice, even by two at once, when Spark gives up a machine that is still alive. That does no harm: files become
visible as a whole, both write the same bytes, and whoever comes later begins after the last finished block.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NoReturn

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway

from checker.errors import InputError, Place
from checker.survey.blocks import BlockJudge
from checker.survey.running import Executor, Order, Tally, Workshop, judge_for
from checker.survey.sources import Task
from checker.version import VERSION
from checker.wording import problem

#: A session on this machine, with all its processors; tasks are tried as often as on a cluster.
HERE = "local[*,4]"
#: How many seconds a master may take to answer, a cluster may leave a survey without a processor, and a finished file may take to
#: be seen by the driver (network storage remembers for a while that a file was not there).
ANSWER, PATIENCE, SEEN = 10, 120, 60
#: How many seconds between two looks at what is done.
LOOK = 0.2
#: Settings of every session. Each process has one thread for its columns, as Spark runs one process for each processor.
SETTINGS = {
    "spark.app.name": "esgcheck survey",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.ui.enabled": "false",  # no web server for the time of a survey; the master's page shows it anyway
    "spark.ui.showConsoleProgress": "false",
}


def spark(master: str | None) -> Executor:
    """A Spark cluster, by the URL of its master; without one a session on this machine.

    Further settings are taken from where Spark always takes them: ``spark-defaults.conf`` in ``SPARK_CONF_DIR``, and
    ``PYSPARK_SUBMIT_ARGS``. What Spark says goes to ``spark.log`` in the folder of the survey, which stays if it fails.
    """

    def run(tasks: Sequence[Task], order: Order, folder: Path) -> Iterator[Tally]:
        if not tasks:
            return
        folder = folder.resolve()
        with ThreadPoolExecutor(1) as thread, _session(master or HERE, folder / "spark.log") as context:
            found = thread.submit(context.parallelize(tasks, len(tasks)).map(partial(_run, order, folder)).collect)
            yield from _as_done(context, tasks, Workshop(folder), found)

    return run


def _as_done(context: SparkContext, tasks: Sequence[Task], workshop: Workshop, found: Future[list[Tally | InputError]]) -> Iterator[Tally]:
    """The tallies in the order of the tasks, as soon as they are in the workshop.

    Raises:
        InputError: an executor could not do its task, none was given, or what they did is not to be seen here.
    """
    busy = time.monotonic()
    for task in tasks:
        while (tally := workshop.done(task)) is None and not found.done():
            wait([found], LOOK)
            busy = time.monotonic() if _anybody_works(context) else busy
            if time.monotonic() - busy > PATIENCE:
                raise InputError([problem(Place(str(context.master)), "spark_idle", seconds=PATIENCE)])
        if tally is None:
            _refuse_failures(found.result())
            tally = _seen(workshop, task)
        yield tally
    _refuse_failures(found.result())


def _anybody_works(context: SparkContext) -> bool:
    tracker = context.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    return any(stage is not None and stage.numActiveTasks for stage in stages)


def _refuse_failures(results: Sequence[Tally | InputError]) -> None:
    problems = [found for result in results if isinstance(result, InputError) for found in result.problems]
    if problems:
        raise InputError(sorted(set(problems), key=lambda found: found.place))


def _seen(workshop: Workshop, task: Task) -> Tally:
    """What a task that was done came to; were it left out because it is not seen, the table would lack its companies."""
    end = time.monotonic() + SEEN
    while (tally := workshop.done(task)) is None:
        if time.monotonic() > end:
            raise InputError([problem(Place(str(workshop.folder)), "not_shared")])
        time.sleep(LOOK)
    return tally


# --- on an executor ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _judge(order: Order) -> BlockJudge:
    """What judges is made once in every process of an executor, and kept for its next task."""
    return judge_for(order)


def _run(order: Order, folder: Path, task: Task) -> Tally | InputError:
    """Do a task; what is wrong with this machine is a result, as trying again would not help, and the user is told in our words."""
    try:
        _refuse_other(order, folder, task)
        return Workshop(folder).run(task, _judge(order))
    except InputError as error:
        name = socket.gethostname()
        return InputError(replace(found, place=replace(found.place, file=f"{name}: {found.place.file}")) for found in error.problems)


def _refuse_other(order: Order, folder: Path, task: Task) -> None:
    """Make sure that this machine has the driver's program and sees its files: one that is not there would pass for a bad record."""
    if order.version != VERSION:
        raise InputError([problem(Place("esgcheck"), "other_program", here=VERSION, there=order.version)])
    if not (folder / "survey.json").is_file():
        raise InputError([problem(Place(str(folder)), "not_shared")])
    for source in task.sources:
        path = Path(source.path)
        if not path.is_file() or path.stat().st_size != source.size:
            raise InputError([problem(Place(source.path), "not_shared")])


# --- the session -------------------------------------------------------------------------------------------------------


@contextmanager
def _session(master: str, log: Path) -> Iterator[SparkContext]:
    """A connection to the cluster for as long as it is needed; whatever Spark says becomes one message.

    Raises:
        InputError: Java is missing, the master does not answer, or Spark gave up.
    """
    addresses = _addresses(master)
    if addresses and not any(map(_answers, addresses)):
        raise InputError([problem(Place(master), "spark_unreachable")])
    if master.startswith("local") or any(host in ("127.0.0.1", "localhost") for host, _ in addresses):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # what stays on this machine needs no network
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf(loadDefaults=False).setMaster(master).setAll(list(SETTINGS.items()))
    try:
        context = SparkContext(conf=conf, gateway=_gateway(conf, log))
        try:
            yield context
        finally:
            context.stop()
    except PySparkException as error:
        if error.getCondition() == "JAVA_GATEWAY_EXITED":
            raise InputError([problem(Place("Java"), "spark_start", reason=_last_line(log))]) from None
        _give_up(master, str(error), log)
    except Py4JJavaError as error:
        _give_up(master, str(error.java_exception.getMessage()), log)
    except Py4JError as error:
        _give_up(master, str(error), log)


def _gateway(conf: SparkConf, log: Path) -> Any:
    """The JVM, with what it says in a file; one in a process."""
    running = SparkContext._gateway  # noqa: SLF001  # PySpark keeps it, and would otherwise leave a second one idle
    if running is not None:
        return running
    with log.open("ab") as stream:
        return launch_gateway(conf, {"stdout": stream, "stderr": stream})


def _addresses(master: str) -> list[tuple[str, int]]:
    """Host and port of each master of a standalone cluster."""
    if not master.startswith("spark://"):
        return []
    pairs = [address.rpartition(":") for address in master.removeprefix("spark://").split(",")]
    if not all(host and port.isdigit() for host, _, port in pairs):
        raise InputError([problem(Place("--master"), "bad_master", said=master)])
    return [(host.strip("[]"), int(port)) for host, _, port in pairs]


def _answers(address: tuple[str, int]) -> bool:
    """Whether somebody listens there; Spark itself would try for a minute."""
    try:
        with socket.create_connection(address, ANSWER):
            return True
    except (OSError, OverflowError):
        return False


def _give_up(master: str, said: str, log: Path) -> NoReturn:
    raise InputError([problem(Place(master), "spark_failed", reason=_reason(said), log=log)]) from None


def _reason(said: str) -> str:
    """What matters of a long report: the error that a Python traceback ends with, or else the one that the first line ends with."""
    lines = said.strip().splitlines() or [""]
    begun = next((number for number, line in enumerate(lines) if line.rstrip().endswith("Traceback (most recent call last):")), None)
    if begun is not None:
        lines = [line for line in lines[begun + 1 :] if line.strip() and not line[0].isspace()] or lines
        return lines[0].strip()
    return lines[0].strip().rpartition("Exception: ")[2]


def _last_line(log: Path) -> str:
    with log.open(encoding="utf-8", errors="replace") as stream:
        lines = [line.strip() for line in stream if line.strip()]
    return lines[-1] if lines else "Java"
