"""Rules and schemas are found from a wheel, from an editable install, and from any directory."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REAL, ROOT

RUN = "import sys, checker; print(checker.__file__); from checker.cli import app; app()"


def run(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, str(REAL), "--as-of", "2025-06-30", "--format", "json", "--lang", "zh"]
    environment = {"PYTHONPATH": path, "XDG_CACHE_HOME": str(folder), "PATH": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_carries_rules_and_schemas(unpacked: Path) -> None:
    for folder in ("rules", "schemas"):
        shipped = {path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*.*")}
        assert shipped == {path.relative_to(unpacked / "checker/_data" / folder) for path in (unpacked / "checker/_data" / folder).rglob("*.*")}


def test_wheel_and_checkout_give_the_same_report(unpacked: Path, tmp_path: Path) -> None:
    wheel, checkout = run(tmp_path, str(unpacked)), run(tmp_path, str(ROOT))
    assert (wheel.returncode, checkout.returncode) == (0, 0), wheel.stderr
    where, _, report = wheel.stdout.partition("\n")
    assert where.startswith(str(unpacked))
    assert report == checkout.stdout.partition("\n")[2]
