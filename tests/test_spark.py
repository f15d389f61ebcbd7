"""A survey on a real Spark cluster (a master and two workers on this machine) is the survey of one machine, whoever fails in between."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from tests.conftest import ROOT

pl = pytest.importorskip("polars")
pyspark = pytest.importorskip("pyspark", reason="pip install -e .[spark] for these")
if not shutil.which("java") and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
#: Java that starts soon and does not run for long.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
#: A run that dies after its second task, as if its machine were switched off.
DIES = """
import contextlib, os, signal
from checker.cli import app, population
if __name__ == "__main__":
    population.progress = lambda lang: contextlib.nullcontext(lambda done, tasks, said: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None)
    app()
"""
#: A run in which the first process of an executor to have written a block dies before it says so. Spark ships this function.
LOSES_A_WORKER = """
import os, signal
from pathlib import Path
from checker.cli import app
from checker.survey import running, spark

def loses(order, folder, task):
    from checker.survey.spark import _run
    written, write = [], running._written
    def dies(path, content):
        if path.suffix == ".rejects" and not written:
            written.append(path)
            try:
                os.close(os.open(folder.parent / "died", os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return write(path, content)
            os.kill(os.getpid(), signal.SIGKILL)
        return write(path, content)
    running._written = dies
    try:
        return _run(order, folder, task)
    finally:
        running._written = write

spark._run = loses
app()
"""
#: A run whose executors have other rules than its driver.
OTHER_RULES = """
from dataclasses import replace
from checker.cli import app
from checker.survey import spark

def other(order, folder, task):
    from checker.survey.spark import _run
    return _run(replace(order, digest="0" * 64), folder, task)

spark._run = other
app()
"""
IMPATIENT = "from checker.cli import app; from checker.survey import spark; spark.PATIENCE = 3; app()"


class Cluster:
    """A standalone master and its workers, each a process of its own; they end with the ``with``."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.events = folder / "events"
        self.events.mkdir(parents=True)
        (folder / "conf").mkdir()
        (folder / "conf" / "spark-defaults.conf").write_text(
            f"spark.eventLog.enabled true\nspark.eventLog.dir file:{self.events}\nspark.eventLog.compress false\n"
            f"spark.driver.extraJavaOptions {QUICK}\nspark.executor.extraJavaOptions {QUICK}\n")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
        self.env |= {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_CONF_DIR": str(folder / "conf"), "PYTHONPATH": str(ROOT), "LANG": "en_GB.UTF-8",
                     "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": QUICK}
        self._workers = workers
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        port = free_port()
        self.master = f"spark://127.0.0.1:{port}"
        try:
            self._start("Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
            wait_for(lambda: "I have been elected leader" in self._said("Master-0"))
            for _ in range(self._workers):
                self._start("Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(self.folder / "work"), self.master)
            wait_for(lambda: self._said("Master-0").count("Registering worker") == self._workers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            process.terminate()
        for process in self._started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}-{len(self._started)}.log").open("wb") as log:
            self._started.append(subprocess.Popen([SPARK_CLASS, f"org.apache.spark.deploy.{name.lower()}.{name}", *arguments], env=self.env, stdout=log, stderr=log))

    def _said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def run(self, *arguments: object, code: str = "from checker.cli import app; app()", **env: str) -> subprocess.CompletedProcess[str]:
        # a file and not -c: processes of the local engine begin with the main module
        script = self.folder / "main.py"
        script.write_text(code if "__main__" in code else f"if __name__ == '__main__':\n{indented(code)}")
        return subprocess.run([sys.executable, script, "survey", *map(str, arguments)], env=self.env | env, cwd=self.folder, check=False, capture_output=True, text=True,
                              timeout=120)

    def spark(self, *arguments: object, code: str = "from checker.cli import app; app()") -> subprocess.CompletedProcess[str]:
        return self.run(*arguments, "--engine", "spark", "--master", self.master, code=code)

    def tasks(self) -> list[dict[str, Any]]:
        """Every attempt at a task so far, as Spark's own journal tells it."""
        found = []
        for path in sorted(self.events.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                found += [event for line in path.read_text("utf-8").splitlines() if (event := json.loads(line))["Event"] == "SparkListenerTaskEnd"]
        return found


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.strip().splitlines())


def free_port() -> int:
    with contextlib.closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(happened: Any) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "the cluster does not start"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    """Records of every form, in seven tasks; some are no records."""
    folder = tmp_path_factory.mktemp("population")
    for seed, form in enumerate(("parquet", "ndjson", "folder")):
        made = ["synth", "--companies", "100", "--years", "2", "--form", form, "--seed", str(seed), "-o", str(folder / form)]
        subprocess.run([sys.executable, "-c", "from checker.cli import app; app()", *made], cwd=ROOT, check=True, capture_output=True)
    whole = folder / "ndjson" / "filings" / "companies.ndjson"
    lines = whole.read_bytes().splitlines(keepends=True)
    lines[50:50] = [b'{"company": {}}\n', b"nothing\n"]
    for part in range(4):
        (whole.parent / f"part-{part}.ndjson").write_bytes(b"".join(lines[part::4]))
    whole.unlink()
    return [folder / form / "filings" for form in ("parquet", "ndjson", "folder")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster") / "c", workers=2) as started:
        yield started


@pytest.fixture(scope="module")
def here(population: Sequence[Path], cluster: Cluster) -> Path:
    """The survey on one machine."""
    done = cluster.run(*population, "-o", "here.parquet", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return cluster.folder / "here.parquet"


def refuse_difference(found: Path, expected: Path) -> None:
    table = pl.read_parquet(found)
    assert table.height >= 600
    assert table.equals(pl.read_parquet(expected))
    assert found.read_bytes() == expected.read_bytes()
    assert found.with_suffix(".rejects.ndjson").read_bytes() == expected.with_suffix(".rejects.ndjson").read_bytes()
    assert found.with_suffix(".rejects.ndjson").read_bytes().count(b"\n") == 2
    assert not found.with_name(found.stem + ".parts").exists()


def test_a_cluster_gives_every_verdict_score_and_grade_that_one_machine_gives(population: Sequence[Path], cluster: Cluster, here: Path) -> None:
    before = len(cluster.tasks())
    done = cluster.spark(*population, "-o", "spark.parquet")
    judged = pl.scan_parquet(here).select(pl.len()).collect().item()
    told = f"records {judged + 2} = judged {judged} + rejected 2 (why: spark.rejects.ndjson). Summary page: spark.html.\n"
    assert (done.returncode, done.stderr) == (0, told)
    assert done.stdout.startswith("Survey summary\n")
    refuse_difference(cluster.folder / "spark.parquet", here)
    tasks = cluster.tasks()[before:]
    assert len(tasks) == 7
    assert len({task["Task Info"]["Executor ID"] for task in tasks}) == 2  # both workers worked


def test_what_a_cluster_began_one_machine_ends(population: Sequence[Path], cluster: Cluster, here: Path) -> None:
    assert cluster.spark(*population, "-o", "begun.parquet", code=DIES).returncode == -9
    parts = cluster.folder / "begun.parts"
    assert len(list(parts.glob("*.done"))) >= 2
    done = cluster.run(*population, "-o", "begun.parquet", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    refuse_difference(cluster.folder / "begun.parquet", here)


def test_what_one_machine_began_a_cluster_ends_though_it_loses_a_worker(population: Sequence[Path], cluster: Cluster, here: Path) -> None:
    assert cluster.run(*population, "-o", "lost.parquet", "--jobs", "1", code=DIES).returncode == -9
    parts = cluster.folder / "lost.parts"
    assert len(list(parts.glob("*.done"))) == 2
    before = len(cluster.tasks())
    done = cluster.spark(*population, "-o", "lost.parquet", code=LOSES_A_WORKER)
    assert done.returncode == 0, done.stderr
    assert (cluster.folder / "died").exists()
    refuse_difference(cluster.folder / "lost.parquet", here)
    ends = [task["Task End Reason"]["Reason"] for task in cluster.tasks()[before:]]
    assert ends.count("Success") == 5  # what was done is not done again
    assert len(ends) > 5  # and one task was tried twice


def test_what_is_wrong_on_an_executor_is_said_in_one_message(population: Sequence[Path], cluster: Cluster) -> None:
    done = cluster.run(*population, "-o", "other.parquet", "--engine", "spark", code=OTHER_RULES)  # without a master: a session on this machine
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{socket.gethostname()}: rules: error: the rule files have changed during the survey. Put the rule files back, or start anew.\n"


def test_of_a_long_report_the_reason_is_said() -> None:
    from checker.survey.spark import _reason

    lost = "Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0 (TID 3) (10.0.0.7 executor 1): "
    raised = 'org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n  File "x.py", line 1, in y\n    z\nOSError: [Errno 28] No space left\n\n\tat a.b\n'
    assert _reason(lost + raised) == "OSError: [Errno 28] No space left"
    assert _reason(lost + "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)\n\tat a.b") == "Python worker exited unexpectedly (crashed)"
    assert _reason("Job 0 cancelled because SparkContext was shut down") == "Job 0 cancelled because SparkContext was shut down"


def test_two_that_write_one_file_do_not_meet(tmp_path: Path) -> None:
    from checker.survey.running import _whole

    with _whole(tmp_path / "block") as one:
        with _whole(tmp_path / "block") as other:
            one.write_bytes(b"the sa")
            other.write_bytes(b"the same")
        assert (tmp_path / "block").read_bytes() == b"the same"
        one.write_bytes(b"the same")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the same"]


def test_a_cluster_without_workers_is_not_waited_for(population: Sequence[Path], tmp_path: Path) -> None:
    with Cluster(tmp_path / "idle", workers=0) as idle:
        done = idle.spark(*population, "-o", "idle.parquet", code=IMPATIENT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{idle.master}: error: the cluster gave this survey no processor for 3 seconds. ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("master", "said"), [
    (f"spark://127.0.0.1:{free_port()}", "no Spark master answers here. Check the address"),
    ("spark://here", '"spark://here" is not the URL of a Spark master.'),
], ids=["nobody there", "no URL"])  # the port is another one in every process
def test_a_master_that_is_not_there_is_said_at_once(population: Sequence[Path], cluster: Cluster, master: str, said: str) -> None:
    began = time.monotonic()
    done = cluster.run(*population, "-o", "nowhere.parquet", "--engine", "spark", "--master", master)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert time.monotonic() - began < 30


def test_a_machine_without_java_is_told_so(population: Sequence[Path], cluster: Cluster) -> None:
    done = cluster.run(*population, "-o", "nojava.parquet", "--engine", "spark", JAVA_HOME=str(cluster.folder))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("Java: error: Spark does not start (")
    assert "install it, or say with JAVA_HOME where it is" in done.stderr
