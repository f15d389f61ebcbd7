"""What would change a verdict: the fewest leaves that, once settled so, give a rule the verdict wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from checker.conditions import All, Any, Leaf, Node, Not, Rule, Verdict, leaves
from checker.engines.reference import truth
from checker.situation import Situation

#: The search gives up after so many steps; no clause of a written standard comes near it.
SEARCH_LIMIT = 50_000


@dataclass(frozen=True, slots=True)
class Step:
    """A leaf and the value it would have to have."""

    leaf: Leaf
    wanted: bool


def steps_to(wanted: Verdict, rule: Rule, situation: Situation, verdicts: Mapping[str, Verdict]) -> tuple[Step, ...] | None:
    """The shortest list of steps after which the rule has the verdict wanted, the first one in the order of the rule.

    Leaves count as independent of one another, and what is left alone keeps its value. Nothing where no steps lead to
    the verdict.
    """
    condition = dict(rule.conditions()).get(wanted)
    if condition is None:
        return None
    search = _Search(situation, verdicts)
    for budget in range(search.least(condition, {}), len(set(leaves(condition))) + 1):
        found = search.settle((condition,), {}, budget)
        if found is not None:
            return tuple(Step(leaf, value) for leaf, value in found.items() if search.cost(leaf, value=value))
    return None


class _Search:
    """Depth first over the alternatives of a condition in negation normal form, within a budget of steps."""

    def __init__(self, situation: Situation, verdicts: Mapping[str, Verdict]) -> None:
        self._situation = situation
        self._verdicts = verdicts
        self._left = SEARCH_LIMIT

    def settle(self, wanted: tuple[Node, ...], assumed: dict[Leaf, bool], budget: int) -> dict[Leaf, bool] | None:
        """Values of leaves that make every wanted condition true, at no more new steps than the budget.

        ``assumed`` holds what the way relies on so far, also what is so already: the next step must not undo it.
        """
        self._left -= 1
        if not wanted:
            return assumed
        if self._left < 0 or self._least_of(wanted, assumed) > budget:
            return None
        node, *rest = wanted
        if isinstance(node, All):
            return self.settle((*node.parts, *rest), assumed, budget)
        if isinstance(node, Any):
            ways = sorted(node.parts, key=lambda part: self.least(part, assumed))
            return next((found for part in ways if (found := self.settle((part, *rest), assumed, budget)) is not None), None)
        leaf, value = _literal(node)
        if leaf in assumed:
            return self.settle(tuple(rest), assumed, budget) if assumed[leaf] is value else None
        return self.settle(tuple(rest), assumed | {leaf: value}, budget - self.cost(leaf, value=value))

    def least(self, node: Node, assumed: Mapping[Leaf, bool]) -> int:
        """A number of new steps without which the condition cannot become true."""
        if isinstance(node, All):
            return self._least_of(node.parts, assumed)
        if isinstance(node, Any):
            return min((self.least(part, assumed) for part in node.parts), default=0)
        leaf, value = _literal(node)
        return 0 if assumed.get(leaf) is value else self.cost(leaf, value=value)

    def _least_of(self, parts: tuple[Node, ...], assumed: Mapping[Leaf, bool]) -> int:
        """The same for several conditions at once; steps add up where no leaf stands in two of them."""
        steps = [self.least(part, assumed) for part in parts]
        return sum(steps) if _apart(parts) else max(steps, default=0)

    def cost(self, leaf: Leaf, *, value: bool) -> int:
        """One step, or none where the leaf has that value already."""
        return int(truth(leaf, self._situation, self._verdicts) is not value)


@cache
def _apart(parts: tuple[Node, ...]) -> bool:
    asked = [leaf for part in parts for leaf in set(leaves(part))]
    return len(asked) == len(set(asked))


def _literal(node: Node) -> tuple[Leaf, bool]:
    """A leaf, or the negation of one, as the leaf and the value wanted of it."""
    if isinstance(node, Not):
        assert not isinstance(node.part, Not | All | Any), "in negation normal form"
        return node.part, False
    assert not isinstance(node, All | Any)
    return node, True
