"""The reference evaluator: the definition of the language, one short case per node.

It is the oracle of the tests, the second opinion of every check, the explainer, and the whole evaluator on machines
where the rule engine cannot be built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from checker.conditions import (
    NODES,
    All,
    Any,
    AsOf,
    Compare,
    Count,
    Disclosed,
    Holds,
    Node,
    Not,
    OneOf,
    Operator,
    Rule,
    Truth,
    Verdict,
    VerdictIn,
    Whole,
    in_stages,
)
from checker.relations import whole_truth
from checker.situation import Situation

#: The node classes this engine evaluates.
COMPILES = NODES


@dataclass(frozen=True, slots=True)
class Explanation:
    """A condition with its value and the explanations of its parts; ``decided`` marks the parts that settled it."""

    node: Node
    truth: Truth
    parts: tuple[Explanation, ...] = ()
    decided: bool = True


class Reference:
    """Rules ready to run; see :mod:`checker.engines` for what every engine promises."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [rule for stage in in_stages(rules) for rule in stage]

    def run(self, situation: Situation) -> dict[str, Verdict]:
        """The verdict of every rule for one company, by the rule's name."""
        verdicts: dict[str, Verdict] = {}
        for rule in self._rules:
            verdicts[rule.name] = verdict(rule, situation, verdicts)
        return verdicts


def verdict(rule: Rule, situation: Situation, verdicts: Mapping[str, Verdict]) -> Verdict:
    """The verdict of one rule, given those of the rules it asks for."""
    applies = True if rule.applies_if is None else truth(rule.applies_if, situation, verdicts)
    if applies is False:
        return "not_applicable"
    holds = truth(rule.condition, situation, verdicts) if applies else None
    return "unknown" if holds is None else "satisfied" if holds else "violated"


def truth(node: Node, situation: Situation, verdicts: Mapping[str, Verdict]) -> Truth:
    """The value of a condition in strong Kleene logic."""
    if isinstance(node, Whole):
        return whole_truth(node, situation)
    match node:
        case Holds(fact):
            value = situation.values.get(fact)
            return value if isinstance(value, bool) else None
        case Compare(fact, operator, constant):
            value = situation.values.get(fact)
            if value is None or isinstance(value, bool | str):
                return None
            return _related(value, operator, situation.as_of if isinstance(constant, AsOf) else constant)
        case OneOf(fact, choices):
            value = situation.values.get(fact)
            return value in choices if isinstance(value, str) else None
        case Disclosed(fact):
            return situation.disclosed.get(fact)
        case Count(_, _, _, operator, number):
            return count_related(*situation.count(node), operator, number)
        case VerdictIn(clause, among):
            found = verdicts.get(clause, "unknown")
            return None if found == "unknown" else found in among
        case Not(part):
            value = truth(part, situation, verdicts)
            return None if value is None else not value
        case All(parts):
            return _joined([truth(part, situation, verdicts) for part in parts], settles=False)
        case Any(parts):
            return _joined([truth(part, situation, verdicts) for part in parts], settles=True)
        case _:
            assert_never(node)


def explain(node: Node, situation: Situation, verdicts: Mapping[str, Verdict]) -> Explanation:
    """The condition with the value of every node, down to the leaves, marking what settled each join."""
    value = truth(node, situation, verdicts)
    if isinstance(node, Not):
        return Explanation(node, value, (explain(node.part, situation, verdicts),))
    if not isinstance(node, All | Any):
        return Explanation(node, value)
    parts = tuple(explain(part, situation, verdicts) for part in node.parts)
    marked = tuple(Explanation(part.node, part.truth, part.parts, part.truth is value) for part in parts)
    return Explanation(node, value, marked)


def _joined(values: Sequence[Truth], *, settles: bool) -> Truth:
    if settles in values:
        return settles
    return None if None in values else not settles


def _related(left: int | Decimal | date, operator: Operator, right: int | Decimal | date) -> Truth:
    if isinstance(left, date) is not isinstance(right, date) or is_nan(left) or is_nan(right):
        return None
    match operator:
        case "equals":
            return left == right
        case "at_least":
            return left >= right  # type: ignore[operator]  # both are dates or both are numbers, see above
        case "at_most":
            return left <= right  # type: ignore[operator]
        case "more_than":
            return left > right  # type: ignore[operator]
        case "less_than":
            return left < right  # type: ignore[operator]


def is_nan(value: object) -> bool:
    """Whether this is the decimal "not a number", which stands in no relation to anything: unknown, not an error."""
    return isinstance(value, Decimal) and value.is_nan()


def count_related(least: int, most: int | None, operator: Operator, number: int) -> Truth:
    """Whether every number from ``least`` to ``most`` stands in the relation, none does, or only some do."""
    if operator == "equals":
        if least == most == number:
            return True
        return False if number < least or (most is not None and number > most) else None
    at_least = _related(least, operator, number)
    at_most = _related(most, operator, number) if most is not None else operator in ("at_least", "more_than")
    return at_least if at_least == at_most else None
