"""The cheapest way to a grade, or to eligibility: which indicators to improve, which facts to establish.

The search is exact (see :mod:`checker.plan.frontier`), and its result is not believed but tried: the plan is applied to the
fact base and judged like any other, and then once more without each of its changes, which has to miss the target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from checker.errors import InputError, Place
from checker.facts import FactBase
from checker.packs import Pack
from checker.plan.frontier import EntangledError
from checker.plan.search import Plan, Search
from checker.plan.trial import Trial
from checker.vocabulary import Vocabulary
from checker.wording import problem

#: The target of being allowed to apply, beside the names of the grades.
ELIGIBLE = "eligible"


def plan(pack: Pack, target: str, facts: FactBase, as_of: date, vocabulary: Vocabulary, engine: str,
         *, costs: Mapping[str, Fraction] | None = None, keep: Iterable[str] = ()) -> Plan:
    """The cheapest plan to a grade of the pack, or to ``eligible``; a grade takes eligibility, too.

    Args:
        pack: a pack with grades, or at least with preconditions.
        target: the name of one of its grades, or ``eligible``.
        facts: the company as it is.
        as_of: the day to judge on.
        vocabulary: the dictionary of facts.
        engine: the evaluator.
        costs: what a change costs, by fact or clause, more than nothing; without it one.
        keep: facts that are not to be changed, and clauses whose rating is not to be improved.

    Raises:
        InputError: the clauses share so many open facts that an exact search would take too long.
    """
    try:
        return Search(Trial(pack, target, facts, as_of, engine), vocabulary, costs or {}, frozenset(keep)).solved()
    except EntangledError:
        raise InputError([problem(Place("--target"), "plan_entangled", pack=pack.name)]) from None
