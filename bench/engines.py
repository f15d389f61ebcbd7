"""Peers side by side: ``python bench/engines.py`` prints how long each takes for a clause of a company.

Needs the packages of the optional dependencies ``bench``; a peer that is not installed is left out and named. Identical
verdicts are a precondition of a row: an engine that answers differently is reported instead of timed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import workload
from bench.peers import PEERS, Evaluate
from bench.workload import Company
from checker.engines.reference import Reference

#: How long one engine is timed for in one round, in seconds; the best of the rounds counts.
SECONDS, ROUNDS = 0.5, 5
CHECKED = 200


def main() -> int:
    rules, companies = workload.clauses(), workload.companies(CHECKED)
    oracle = Reference(rules)
    expected = [oracle.run(workload.situation(company)) for company in companies]
    evaluators: dict[str, Evaluate] = {}
    notes: list[str] = []
    for name, peer in PEERS.items():
        try:
            evaluate = peer(rules)
        except ImportError as error:
            notes.append(f"{name}: not installed ({error})")
            continue
        wrong = sum(evaluate(company) != verdicts for company, verdicts in zip(companies, expected, strict=True))
        if wrong:
            notes.append(f"{name}: NOT TIMED, other verdicts than the reference for {wrong} of {len(companies)} companies")
        else:
            evaluators[name] = evaluate
    best = timed(evaluators, companies)
    unit = best["esgcheck rete"]
    print(f"{len(rules)} clauses, {workload.FACTS} facts, {workload.MISSING:.0%} of them missing; one company at a time")
    print(f"{'engine':<24}{'µs per clause':>14}{'companies/s':>14}{'times Rete':>12}")
    for name, seconds in sorted(best.items(), key=lambda item: item[1]):
        print(f"{name:<24}{seconds / len(rules) * 1e6:>14.2f}{1 / seconds:>14,.0f}{seconds / unit:>12.1f}")
    for note in notes:
        print(note)
    return 1 if any("NOT TIMED" in note for note in notes) else 0


def timed(evaluators: dict[str, Evaluate], companies: Sequence[Company]) -> dict[str, float]:
    """Seconds a company by engine, the best of rounds in which the engines take turns."""
    best = dict.fromkeys(evaluators, float("inf"))
    for _ in range(ROUNDS):
        for name, evaluate in evaluators.items():
            done, start = 0, perf_counter()
            while (spent := perf_counter() - start) < SECONDS:
                evaluate(companies[done % len(companies)])
                done += 1
            best[name] = min(best[name], spent / done)
    return best


if __name__ == "__main__":
    sys.exit(main())
