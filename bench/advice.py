"""Wall time of the commands that advise, whole processes, beside the plain check. Run: python bench/advice.py"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

RUNS = 5
SME = Path(__file__).parent.parent / "fixtures" / "sme"
INTERNET = str(SME.parent / "internet" / "yunshi" / "facts.json")
ESGCHECK = str(Path(sys.executable).parent / "esgcheck")
COMMANDS = {
    "check, everything rated": ["check", str(SME / "total-950.5" / "facts.json")],
    "check, scored from facts": ["check", INTERNET],
    "ask, scored from facts": ["ask", INTERNET],
    "screen, undetermined": ["screen", str(SME / "undetermined" / "facts.json")],
    "ask, nearly nothing known": ["ask", str(SME / "eligible" / "facts.json")],
    "plan, 8 changes": ["plan", str(SME / "total-750.5" / "facts.json"), "--target", "AA"],
    "plan, 185 changes": ["plan", str(SME / "eligible" / "facts.json"), "--target", "AAA"],
    "compare, one company with itself a year on": ["compare", str(SME / "total-951" / "facts.json"), "-"],
}


def seconds(command: list[str]) -> float:
    """The wall time of one run; a second file for ``-`` is the first one a year earlier."""
    earlier = (SME / "total-751" / "facts.json").read_bytes().replace(b"2024-", b"2023-")
    start = time.perf_counter()
    subprocess.run([ESGCHECK, *command], input=earlier, capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Alternate the commands and print the median of each against the plain check."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    medians = {name: sorted(found)[RUNS // 2] for name, found in times.items()}
    base = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"{name:45} {median * 1000:7.0f} ms   x {median / base:.2f}")


if __name__ == "__main__":
    main()
