"""How far a company's statements are supported: the assurance of their evidence, and what is left when only supported ones count.

A statement is as good as its best evidence that has not expired by the day judged; without any it is only asserted. Events on
record always count: nobody records a penalty in one's own favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from checker.conditions import Verdict
from checker.engines.reference import Reference
from checker.facts import Fact, FactBase
from checker.packs import Clause, Pack
from checker.situation import Situation
from checker.vocabulary import Terms


def level_of(names: Iterable[str], facts: FactBase, as_of: date, terms: Terms) -> str:
    """The highest assurance of some evidence that has not expired; the lowest level where there is none."""
    levels = list(terms.assurance_levels)
    found = (facts.evidence[name] for name in names)
    valid = [levels.index(evidence.assurance) for evidence in found if evidence.valid(as_of)]
    return levels[max(valid, default=0)]


def level_of_fact(fact: Fact, facts: FactBase, as_of: date, terms: Terms) -> str:
    """The assurance of a fact's value: that of its best statement."""
    return level_of((name for said in fact.statements if said.value is not None for name in said.evidence), facts, as_of, terms)


def supported_only(facts: FactBase, least: str, as_of: date, terms: Terms) -> FactBase:
    """The fact base with only those facts whose best statement, and those claims about events that reach this level.

    A fact stays or goes with all its statements: what contradicts a supported one is no less of a contradiction for being
    unsupported. What a company admits against itself stays. So a verdict on what is left is the verdict on all, or unknown.
    """

    def stays(path: str, fact: Fact) -> bool:
        admitted = path in facts.denials and False in fact.values
        derived = any(said.derived for said in fact.statements)
        return not fact.values or admitted or derived or terms.at_least(level_of_fact(fact, facts, as_of, terms), least)

    kept = {path: fact for path, fact in facts.facts.items() if stays(path, fact)}
    claims = tuple(said for said in facts.statements if terms.at_least(level_of(said.evidence, facts, as_of, terms), least))
    return replace(facts, facts=kept, statements=claims)


@dataclass(frozen=True, slots=True)
class Evidenced:
    """What one level of assurance leaves: the situation, and the verdicts in it."""

    situation: Situation
    verdicts: Mapping[str, Verdict]


class Support:
    """What is left of the verdicts on some packs when every clause asks for the assurance it says, or at least for a record."""

    def __init__(self, facts: FactBase, packs: Iterable[Pack], as_of: date, terms: Terms) -> None:
        self._facts, self._as_of, self._terms = facts, as_of, terms
        self._rules = [rule for pack in packs for rule in pack.rules]
        self._found: dict[str, Evidenced] = {}

    def least(self, clause: Clause) -> str:
        """The least assurance that counts for a clause: its own, or the lowest above an assertion."""
        levels = list(self._terms.assurance_levels)
        return clause.least_assurance or levels[min(1, len(levels) - 1)]

    def of(self, clause: Clause) -> Evidenced:
        """What counts for a clause."""
        least = self.least(clause)
        if least not in self._found:
            situation = supported_only(self._facts, least, self._as_of, self._terms).situation(self._as_of)
            self._found[least] = Evidenced(situation, Reference(self._rules).run(situation))
        return self._found[least]

    def weak(self, paths: Iterable[str], clause: Clause) -> tuple[str, ...]:
        """Those facts with a value that do not count for a clause, each once."""
        left = self.of(clause).situation.disclosed
        return tuple(path for path in dict.fromkeys(paths) if path in self._facts.facts and path not in left)

    def level(self, paths: Iterable[str]) -> str | None:
        """The weakest assurance among some facts with a value; nothing without any."""
        levels = list(self._terms.assurance_levels)
        stated = (self._facts.facts[path] for path in paths if path in self._facts.facts and self._facts.facts[path].values)
        found = [levels.index(level_of_fact(fact, self._facts, self._as_of, self._terms)) for fact in stated]
        return levels[min(found)] if found else None
