"""The closed condition language: its nodes, and what can be done to them without any facts.

A condition is a tree of frozen nodes. The leaves ask about one fact, a count of events or another clause's verdict;
``All``, ``Any`` and ``Not`` join them. Truth has three values (strong Kleene logic): true, false, and unknown, which
is ``None`` in Python. There is no code in data, and no node that Python's own truth could leak into: ``True`` is not 1
and ``"5"`` is not 5, because every value is typed by the vocabulary before a condition sees it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Literal, assert_never

Truth = bool | None
Value = bool | int | Decimal | date | str
Verdict = Literal["satisfied", "violated", "unknown", "not_applicable"]
Operator = Literal["equals", "at_least", "at_most", "more_than", "less_than"]
#: In which time events count: the reporting period, so many months up to the day judged, or at any time up to it.
Window = int | Literal["period", "ever"]

#: How deep conditions may nest. Rule engines recurse; no clause of a written standard comes near it.
DEPTH_LIMIT = 32


class AsOf(Enum):
    """The day that is judged, as the right side of a date comparison; its value is known only at evaluation."""

    AS_OF = "as_of"


AS_OF = AsOf.AS_OF


@dataclass(frozen=True, slots=True)
class Holds:
    """The boolean fact is true."""

    fact: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A number or a date stands in this relation to a constant (for dates also to the day judged)."""

    fact: str
    operator: Operator
    value: int | Decimal | date | AsOf


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice is one of these codes."""

    fact: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A value was given. False where the fact base says why there is none; unknown where it is silent."""

    fact: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of some kinds, with some choices in their fields, fall into a window; compared with a number.

    A window of months ends with the day judged: the day itself is inside, the same day so many months earlier is not.
    No event after the day judged counts.
    """

    kinds: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    window: Window
    operator: Operator
    number: int


@dataclass(frozen=True, slots=True)
class VerdictIn:
    """The verdict of another clause is one of these; unknown while that clause is."""

    clause: str
    among: tuple[Verdict, ...]


class Day(Enum):
    """A day that only a situation knows, in a relation of dates."""

    PERIOD_START = "period_start"
    PERIOD_END = "period_end"
    AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a fact, in a relation: a number or a date."""

    fact: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Numbers put together: a sum or product of all, the first less the second, the first divided by the second."""

    operation: Operation
    parts: tuple[Term, ...]


Operation = Literal["sum", "difference", "product", "quotient"]
#: What stands on a side of a relation.
Term = Figure | Arithmetic | int | Decimal | Day


@dataclass(frozen=True, slots=True)
class Relation:
    """Figures of the company stand in this relation to one another, give or take ``within``.

    Unknown as long as one is missing, and where something is divided by nothing. Where a fact is stated differently in
    several places the relation is asked of every source that gives its own figures, and has to hold for each.
    """

    left: Term
    operator: Operator
    right: Term
    within: int | Decimal = 0


@dataclass(frozen=True, slots=True)
class Agreed:
    """Every statement of the fact gives the same value; unknown where none gives any."""

    fact: str


@dataclass(frozen=True, slots=True)
class Evidenced:
    """A stated value has evidence of one of these kinds; unknown where no value is stated."""

    fact: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayJudged:
    """The day judged stands in this relation to a day. Never unknown."""

    operator: Operator
    day: date


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is false, false where it is true."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """False as soon as one part is false; true when every part is true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True as soon as one part is true; false when every part is false."""

    parts: tuple[Node, ...]


#: Leaves that are settled as a whole: between facts, about statements, about the day judged.
Whole = Relation | Agreed | Evidenced | DayJudged
Leaf = Holds | Compare | OneOf | Disclosed | Count | VerdictIn | Whole
Node = Leaf | Not | All | Any

#: Every node class of the language. Each engine declares the same set, so a new node cannot be forgotten anywhere.
NODES: frozenset[type] = frozenset(
    {Holds, Compare, OneOf, Disclosed, Count, VerdictIn, Relation, Agreed, Evidenced, DayJudged, Not, All, Any})


@dataclass(frozen=True, slots=True)
class Rule:
    """What an engine runs: a condition with a name, and the condition under which it applies at all.

    Where ``applies_if`` is false the verdict is ``not_applicable``; where it is unknown the verdict is ``unknown``,
    because a verdict never changes once it is settled; where it is true (or absent) the condition decides.
    """

    name: str
    condition: Node
    applies_if: Node | None = None

    def conditions(self) -> Iterator[tuple[Verdict, Node]]:
        """Each settled verdict with the condition, in negation normal form, under which it is reached."""
        gate = () if self.applies_if is None else (self.applies_if,)
        yield "satisfied", normal(All((*gate, self.condition)))
        yield "violated", normal(All((*gate, Not(self.condition))))
        if self.applies_if is not None:
            yield "not_applicable", normal(Not(self.applies_if))


def in_stages(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in layers, each asking only for verdicts of earlier layers, in their own order inside a layer.

    Raises:
        ValueError: two rules have one name, or rules ask for each other's verdicts in a circle; the message names them.
    """
    known = {rule.name for rule in rules}
    if len(known) != len(rules):
        raise ValueError(", ".join(sorted(name for name, times in Counter(rule.name for rule in rules).items() if times > 1)))
    wants = {rule.name: _verdicts_wanted(rule) & known for rule in rules}
    settled: set[str] = set()
    waiting = list(rules)
    stages: list[list[Rule]] = []
    while waiting:
        stage = [rule for rule in waiting if wants[rule.name] <= settled]
        if not stage:
            raise ValueError(" -> ".join(rule.name for rule in waiting))
        stages.append(stage)
        settled.update(rule.name for rule in stage)
        waiting = [rule for rule in waiting if rule.name not in settled]
    return stages


def _verdicts_wanted(rule: Rule) -> set[str]:
    gate = () if rule.applies_if is None else leaves(rule.applies_if)
    return {leaf.clause for leaf in (*gate, *leaves(rule.condition)) if isinstance(leaf, VerdictIn)}


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves of a condition, from left to right, each as often as it stands there."""
    if isinstance(node, All | Any):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def facts_of(node: Node) -> tuple[str, ...]:
    """The facts a condition asks about, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(fact for leaf in leaves(node) for fact in asked_by(leaf)))


def asked_by(leaf: Leaf) -> tuple[str, ...]:
    """The facts that a leaf asks about."""
    match leaf:
        case Holds(fact) | Compare(fact) | OneOf(fact) | Disclosed(fact) | Agreed(fact) | Evidenced(fact):
            return (fact,)
        case Relation(left, _, right):
            return tuple(dict.fromkeys((*figures(left), *figures(right))))
        case Count() | VerdictIn() | DayJudged():
            return ()


def figures(term: Term) -> Iterator[str]:
    """The facts in a term, from left to right."""
    if isinstance(term, Figure):
        yield term.fact
    elif isinstance(term, Arithmetic):
        for part in term.parts:
            yield from figures(part)


def depth(node: Node) -> int:
    """How many levels a condition has; a leaf has one."""
    if isinstance(node, All | Any):
        return 1 + max(map(depth, node.parts), default=0)
    return 1 + depth(node.part) if isinstance(node, Not) else 1


_OPPOSITE: dict[Operator, Operator] = {
    "at_least": "less_than",
    "less_than": "at_least",
    "at_most": "more_than",
    "more_than": "at_most",
}


@cache
def normal(node: Node) -> Node:
    """The same condition in negation normal form, flat: ``Not`` stands only before leaves, no ``All`` directly in an
    ``All`` and no ``Any`` in an ``Any``. Kleene logic keeps every value: negation, De Morgan's laws and associativity
    hold in it for unknown parts, too.
    """
    match node:
        case All(parts):
            return _flat(All, [normal(part) for part in parts])
        case Any(parts):
            return _flat(Any, [normal(part) for part in parts])
        case Not(part):
            return _negated(part)
        case _:
            return node


def _negated(node: Node) -> Node:
    match node:
        case Not(part):
            return normal(part)
        case All(parts):
            return _flat(Any, [_negated(part) for part in parts])
        case Any(parts):
            return _flat(All, [_negated(part) for part in parts])
        case Compare(fact, operator, value) if operator in _OPPOSITE:
            return Compare(fact, _OPPOSITE[operator], value)
        case Count(kinds, where, window, operator, number) if operator in _OPPOSITE:
            return Count(kinds, where, window, _OPPOSITE[operator], number)
        case DayJudged(operator, day) if operator in _OPPOSITE:
            return DayJudged(_OPPOSITE[operator], day)
        case Holds() | Compare() | OneOf() | Disclosed() | Count() | VerdictIn() | Relation() | Agreed() | Evidenced() | DayJudged():
            return Not(node)
        case _:
            assert_never(node)


def _flat(join: type[All | Any], parts: list[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, join) else (part,))
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else join(distinct)
