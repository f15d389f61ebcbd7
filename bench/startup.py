"""User CPU of the whole command on the real company, against importing its libraries alone. Run: python bench/startup.py"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

RUNS = 15
FACTS = Path(__file__).parent.parent / "fixtures" / "kaisiman-2024.json"
PEERS = {
    "import typer, yaml, jsonschema, durable_rules_engine": [sys.executable, "-c", "import typer, yaml, jsonschema, durable_rules_engine"],
    "esgcheck kaisiman-2024.json": [str(Path(sys.executable).parent / "esgcheck"), str(FACTS), "--as-of", "2025-06-30", "--fail-on", "never"],
}


def user_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, capture_output=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> None:
    """Alternate the two, so that noise meets both, and print the medians and their ratio."""
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    for _ in range(RUNS):
        for name, command in PEERS.items():
            times[name].append(user_seconds(command))
    medians = {name: sorted(found)[RUNS // 2] for name, found in times.items()}
    base = min(medians.values())
    for name, median in medians.items():
        print(f"{name:55} {median * 1000:7.1f} ms user   x {median / base:.2f}")


if __name__ == "__main__":
    main()
