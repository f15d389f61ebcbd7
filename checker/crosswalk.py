"""Where one fact answers clauses of several standards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.packs import Clause, Packs


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The facts that several packs ask for, with their clauses by pack; and of each pack how many of its clauses share a fact
    with another pack, of how many.
    """

    facts: Mapping[str, Mapping[str, tuple[Clause, ...]]]
    shares: Mapping[str, tuple[int, int]]


def crosswalk(packs: Packs) -> Crosswalk:
    """The crosswalk of all packs; facts that are only shown do not count."""
    asked: dict[str, dict[str, list[Clause]]] = {}
    for clause in packs.clauses.values():
        for fact in deciding(clause):
            asked.setdefault(fact, {}).setdefault(clause.pack, []).append(clause)
    shared = {fact: {pack: tuple(clauses) for pack, clauses in by_pack.items()} for fact, by_pack in sorted(asked.items()) if len(by_pack) > 1}
    shares = {name: (sum(any(fact in shared for fact in deciding(clause)) for clause in pack.clauses), len(pack.clauses)) for name, pack in packs.items()}
    return Crosswalk(shared, shares)


def deciding(clause: Clause) -> tuple[str, ...]:
    """The facts that decide a clause."""
    return tuple(fact for fact in (*clause.computed, *clause.facts) if fact not in clause.figures)
