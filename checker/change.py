"""What would change a verdict: a small set of leaves that, once settled so, give a rule the verdict wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.conditions import All, Any, Leaf, Node, Not, Rule, Verdict
from checker.engines.reference import truth
from checker.situation import Situation


@dataclass(frozen=True, slots=True)
class Step:
    """A leaf and the value it would have to have."""

    leaf: Leaf
    wanted: bool


def steps_to(wanted: Verdict, rule: Rule, situation: Situation, verdicts: Mapping[str, Verdict]) -> tuple[Step, ...] | None:
    """A shortest list of steps after which the rule has the verdict wanted; nothing where none can lead there.

    Leaves count as independent of one another; steps that contradict each other are never put together.
    """
    condition = dict(rule.conditions()).get(wanted)
    found = None if condition is None else _shortest(condition, situation, verdicts)
    return None if found is None else tuple(found)


def _shortest(node: Node, situation: Situation, verdicts: Mapping[str, Verdict]) -> dict[Step, None] | None:
    """The steps that make a condition in negation normal form true, in the order of the condition."""
    if truth(node, situation, verdicts):
        return {}
    if isinstance(node, Any):
        ways = [way for part in node.parts if (way := _shortest(part, situation, verdicts)) is not None]
        return min(ways, key=len, default=None)
    if isinstance(node, All):
        together: dict[Step, None] = {}
        for part in node.parts:
            way = _shortest(part, situation, verdicts)
            if way is None:
                return None
            together |= way
        return None if any(Step(step.leaf, not step.wanted) in together for step in together) else together
    return {Step(node.part, False) if isinstance(node, Not) else Step(node, True): None}  # type: ignore[arg-type]
