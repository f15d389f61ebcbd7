"""Long work tells how far it has come on a terminal, and nothing in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REAL

COMMAND = [sys.executable, "-c", "from checker.cli import app; app()"]
LONG = {
    "check": ("check", str(REAL), str(REAL), "--as-of", "2025-06-30", "--fail-on", "never", "--lang", "en", "--format", "json"),
    "compare": ("compare", str(REAL), str(REAL), "--as-of", "2025-06-30", "--lang", "en"),
}


def on_a_terminal(arguments: tuple[str, ...], folder: Path) -> str:
    """What a run writes to its standard error, which is a terminal."""
    ours, theirs = pty.openpty()
    with (folder / "out").open("wb") as out:
        running = subprocess.Popen([*COMMAND, *arguments], stdout=out, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})
        os.close(theirs)
        told = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            told += piece
        running.wait()
    os.close(ours)
    return told.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("command", LONG)
def test_progress_on_a_terminal_and_silence_in_a_pipe(command: str, tmp_path: Path) -> None:
    told = on_a_terminal(LONG[command], tmp_path)
    assert "checking" in told
    assert "/2" in told
    piped = subprocess.run([*COMMAND, *LONG[command]], capture_output=True, text=True, check=False)
    assert "checking" not in piped.stderr
    assert "\x1b" not in piped.stderr + piped.stdout
    assert (tmp_path / "out").read_text("utf-8") == piped.stdout
