#!/usr/bin/env python3
"""Set up esgcheck in a virtual environment and run one of its commands there. Needs Python 3.11 or newer, and no more.

    python3 bootstrap.py esgcheck fixtures/kaisiman-2024.json
    python3 bootstrap.py pytest

The environment is made at the first call (.venv, or the folder that the variable ESGCHECK_VENV names) and brought up
to date when pyproject.toml changes. Any command but esgcheck also gets the development tools. The rule engine
durable-rules exists as source only and needs a C compiler and the Python headers; where it cannot be built, everything
else is installed and esgcheck says in one line which evaluator it uses instead.
"""

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: durable-rules 2.0.28 calls a function that Python 3.13 dropped; its replacement takes the same arguments.
COMPATIBLE = "-DPyEval_CallObject=PyObject_CallObject"


def main(command: list[str]) -> int:
    if not command:
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):
        print(f"esgcheck needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    folder = Path(os.environ.get("ESGCHECK_VENV", HERE / ".venv")).resolve()
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    extra = "" if command[0] == "esgcheck" else "[dev]"
    done = folder / f"esgcheck{extra}.installed"
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes()).hexdigest()
    if not done.exists() or done.read_text() != wanted:
        print(f"esgcheck: installing into {folder} ...", file=sys.stderr)
        if not (folder / "pyvenv.cfg").exists():
            venv.create(folder, with_pip=True)
        if not install(binaries / "python", extra):
            return 1
        done.write_text(wanted)
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", "")])
    program = binaries / (command[0] + (".exe" if os.name == "nt" else ""))
    return subprocess.call([program if program.exists() else command[0], *command[1:]], env=os.environ | {"PATH": path})


def install(python: Path, extra: str) -> bool:
    """Everything, or everything but the rule engine where that cannot be built."""
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    flags = " ".join(filter(None, [os.environ.get("CPPFLAGS"), COMPATIBLE]))
    environment = os.environ | {"CPPFLAGS": flags}
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["dev"] if extra else [])
    engine = [name for name in wanted if name.startswith("durable-rules")]
    others = [name for name in wanted if name not in engine]
    if subprocess.call([*pip, *others]) != 0 or subprocess.call([*pip, "--no-deps", "--editable", str(HERE)]) != 0:
        print("esgcheck: installation failed; see pip's message above.", file=sys.stderr)
        return False
    built = subprocess.run([*pip, *engine], env=environment, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        print("esgcheck: the rule engine durable-rules could not be built (it needs a C compiler and the Python headers); "
              "going on without it.", file=sys.stderr)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
