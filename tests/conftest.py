"""What several tests use: the command as a user runs it, and packs loaded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker import Packs, load_packs
from checker.cli import app

ROOT = Path(__file__).parent.parent
REAL = ROOT / "fixtures" / "kaisiman-2024.json"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "ESGCHECK_DEBUG"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def packs() -> Packs:
    return load_packs()


@pytest.fixture
def esgcheck() -> Callable[..., Result]:
    """Runs the command in this process: ``esgcheck(*arguments, input=...)``."""

    def run(*arguments: object, input: bytes | str | None = None) -> Result:  # noqa: A002  # the runner's own name
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)

    return run
