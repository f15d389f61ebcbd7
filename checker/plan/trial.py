"""A plan on trial: the company judged with all of its changes, and without each single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from checker.evaluate import evaluate
from checker.facts import FactBase
from checker.packs import Clause, Pack
from checker.plan.changes import Change, Improve, applied
from checker.score import Score, score


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a plan: its cost, the points that would be lost without it, the preconditions that it clears."""

    change: Change
    cost: Fraction
    points: Fraction
    clears: tuple[Clause, ...]


class UnprovenError(Exception):
    """A plan did not stand its trial: our bug, never a plan."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a fact base amounts to: the preconditions not satisfied, the score as rated, and the least points of it.

    A rating that a plan improves counts only as far as the facts allow: nobody can promise more.
    """

    unmet: tuple[Clause, ...]
    score: Score | None
    points: Fraction


class Trial:
    """Judges a company with and without changes."""

    def __init__(self, pack: Pack, target: str, facts: FactBase, as_of: date, engine: str) -> None:
        self.pack, self.target, self.facts, self.as_of, self._engine = pack, target, replace(facts, refinements={}), as_of, engine
        grade = next((grade for grade in pack.grading.grades if grade.name == target), None) if pack.grading else None
        self.needed = Fraction(grade.least or 0) if grade else None
        self.situation = facts.situation(as_of)
        self.verdicts = evaluate(pack.rules, self.situation, engine)
        self.now = self.with_changes(())

    def with_changes(self, changes: Sequence[Change]) -> Judged:
        """What the company amounts to after these changes."""
        facts = applied(self.facts, changes, self.as_of)
        situation = facts.situation(self.as_of)
        verdicts = evaluate(self.pack.rules, situation, self._engine)
        unmet = tuple(clause for clause in self.pack.preconditions if verdicts[clause.name] in ("violated", "unknown"))
        found = score(self.pack, facts, situation, verdicts)
        improved = {change.clause.name: change.before for change in changes if isinstance(change, Improve)}
        lines = found.base_lines if found else ()
        points = sum((max(line.supported.least, improved[line.clause.name] * line.worth) if line.clause.name in improved else line.earned.least
                      for line in lines), Fraction(0))
        return Judged(unmet, found, points)

    def reached(self, judged: Judged) -> bool:
        """Whether that is the target."""
        return not judged.unmet and judged.points >= (self.needed or 0)

    def steps(self, changes: Sequence[Change], cost: Callable[[Change], Fraction]) -> tuple[Step, ...]:
        """The changes as steps, proven: with all of them the target is reached, and without any one it is not.

        Raises:
            UnprovenError: it is not so.
        """
        done = self.with_changes(changes)
        if not self.reached(done):
            raise UnprovenError(f"the plan to {self.target} does not reach it")
        steps = []
        for change in changes:
            without = self.with_changes([other for other in changes if other is not change])
            if self.reached(without):
                raise UnprovenError(f"the plan to {self.target} does not need {change}")
            clears = tuple(clause for clause in without.unmet if clause not in done.unmet)
            steps.append(Step(change, cost(change), done.points - without.points, clears))
        return tuple(sorted(steps, key=lambda step: (not step.clears, -step.points)))
