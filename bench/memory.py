"""Whether the rule engine keeps memory: ``python bench/memory.py [companies]`` (100,000 unless said; some two minutes).

The same companies are evaluated in one process and only generated in another, the control. After the first tenth, in
which caches and pools fill, what the first grows beyond the second would be a leak. Linux only: it reads /proc.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import workload
from bench.peers import rete


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["measure"]:
        measure(arguments[1], int(arguments[2]))
        return 0
    number = int(arguments[0]) if arguments else 100_000
    print(f"{workload.CLAUSES} clauses, {number:,} companies; resident memory in MB")
    print(f"{'':<10}{'after 10 %':>12}{'after all':>12}{'growth':>10}")
    for name in ("control", "rete"):
        command = [sys.executable, __file__, "measure", name, str(number)]
        early, late = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
        print(f"{name:<10}{early:>12.1f}{late:>12.1f}{late - early:>10.2f}")
    return 0


def measure(name: str, number: int) -> None:
    """Print this process' resident memory in MB after a tenth of the companies, and after all."""
    evaluate = rete(workload.clauses())
    for place, company in enumerate(_companies(number)):
        if name == "rete":
            evaluate(company)
        else:
            workload.situation(company)
        if place == number // 10:
            print(_resident())
    print(_resident())


def _companies(number: int) -> Iterator[workload.Company]:
    for seed in range(number // 100):
        yield from workload.companies(100, seed)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
