"""The rule engine: the condition language compiled for durable-rules, a Rete matcher written in C.

Rete never sees a fact as it is, only a small integer for what the rules want to know of it: whether it is true, which
of the choices mentioned it is, where it lies among the constants it is compared with. A relation between facts, or a
question about statements, is answered before Rete sees it, and is true or false there. So no exponent, length, hash or
type of a value can reach it, and comparisons are exact. What is unknown is left out. Every condition is compiled twice,
when it is true and when it is false; where neither fires it is unknown, as strong Kleene logic has it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from sys import maxsize
from threading import Lock
from typing import Generic, NamedTuple, TypeVar, assert_never

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
    Value,
    Verdict,
    VerdictIn,
    Whole,
    Window,
    in_stages,
    leaves,
    normal,
)
from checker.engines._durable import Condition, Network, Test, bearable, opposite
from checker.engines.reference import count_related, is_nan
from checker.relations import whole_truth
from checker.situation import Situation

#: The node classes this engine compiles.
COMPILES = NODES

#: The settled verdicts, each at its code.
_SETTLED: tuple[Verdict, ...] = ("violated", "satisfied", "not_applicable")

_Ordered = TypeVar("_Ordered", int | Decimal, date)


class Rete:
    """Rules ready to run; see :mod:`checker.engines` for what every engine promises.

    Equal rules share one compiled program in a process, for what is compiled can never be freed. Threads may share an
    instance, too: they take turns.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._program = _program(tuple(rules))

    def run(self, situation: Situation) -> dict[str, Verdict]:
        """The verdict of every rule for one company, by the rule's name.

        Raises:
            EngineError: durable-rules reports an error, or concludes both a verdict and another one.
        """
        with self._program.turn:
            return self._program.run(situation)


@cache
def _program(rules: tuple[Rule, ...]) -> _Program:
    return _Program(rules)


class _Program:
    """Compiled rules: the codes to ask of a situation, and the network that concludes verdicts from them."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.turn = Lock()
        self._network = network = Network()
        ordered = [_normal(rule) for stage in in_stages(rules) for rule in stage]
        asked = _Asked(node for rule in ordered for node in (rule.applies_if, rule.condition) if node is not None)
        self._holds = {fact: _YesNo(network) for fact in asked.holds}
        self._choices = {fact: _Choices(network, choices) for fact, choices in asked.choices.items()}
        self._numbers = {fact: _Numbers(network, constants) for fact, constants in asked.numbers.items()}
        self._dates = {fact: _Dates(network, constants) for fact, constants in asked.dates.items()}
        self._as_of = {fact: _AgainstDay(network) for fact in asked.as_of}
        self._disclosed = {fact: _YesNo(network) for fact in asked.disclosed}
        self._counts = {count: _YesNo(network) for count in asked.counts}
        self._whole = {leaf: _YesNo(network) for leaf in asked.whole}
        self._patterns = _Patterns(dict.fromkeys(map(_pattern, asked.counts)))
        self._facts: list[tuple[str, int, Callable[[Value], str]]] = [
            (fact, scale.slot, scale.text)
            for scales in (self._holds, self._choices, self._numbers, self._dates)
            for fact, scale in scales.items()
        ]
        self._verdicts: dict[str, _Settled] = {}
        for rule in ordered:
            self._verdicts[rule.name] = _Settled(network, network.conclude(*self._outcomes(rule)))
        self._results = [(name, scale.slot, scale.verdicts) for name, scale in self._verdicts.items()]

    def run(self, situation: Situation) -> dict[str, Verdict]:
        slots = self._network.blank()
        values = situation.values
        for fact, slot, text in self._facts:
            value = values.get(fact)
            if value is not None:
                slots[slot] = text(value)
        for fact, said in self._disclosed.items():
            slots[said.slot] = said.text(situation.disclosed.get(fact))
        for fact, day in self._as_of.items():
            slots[day.slot] = day.text(values.get(fact), situation.as_of)
        matches = self._patterns.matches(situation)
        for count, reached in self._counts.items():
            least, most = situation.bounds(count, matches[_pattern(count)])
            slots[reached.slot] = reached.text(count_related(least, most, count.operator, count.number))
        for leaf, answer in self._whole.items():
            slots[answer.slot] = answer.text(whole_truth(leaf, situation))
        self._network.run(slots)
        return {name: verdicts[slots[slot]] for name, slot, verdicts in self._results}

    def _outcomes(self, rule: Rule) -> Sequence[Test]:
        """When the rule gets which verdict, in the order of ``_SETTLED``."""
        holds = self._condition(rule.condition)
        if rule.applies_if is None:
            return holds.false, holds.true
        applies = self._condition(rule.applies_if)
        outcomes = self._gated(applies, holds)
        if not bearable(outcomes):
            outcomes = self._gated(self._network.lifted(applies), self._network.lifted(holds))
        return outcomes

    def _gated(self, applies: Condition, holds: Condition) -> Sequence[Test]:
        violated = self._network.every([applies, opposite(holds)]).true
        satisfied = self._network.every([applies, holds]).true
        return violated, satisfied, applies.false

    def _condition(self, node: Node) -> Condition:
        if isinstance(node, Whole):
            return self._whole[node].yes
        match node:
            case Holds(fact):
                return self._holds[fact].yes
            case Disclosed(fact):
                return self._disclosed[fact].yes
            case Count():
                return self._counts[node].yes
            case OneOf(fact, choices):
                return self._choices[fact].one_of(choices)
            case Compare():
                return self._comparison(node)
            case VerdictIn(clause, among):
                settled = self._verdicts.get(clause)  # none: the verdict of a rule that is not there
                return settled.one_of(among) if settled else self._network.unknown
            case Not(part):
                return opposite(self._condition(part))
            case All(parts):
                return self._network.every([self._condition(part) for part in parts])
            case Any(parts):
                return self._network.some([self._condition(part) for part in parts])
            case _:
                assert_never(node)

    def _comparison(self, node: Compare) -> Condition:
        constant = node.value
        if isinstance(constant, AsOf):
            return self._as_of[node.fact].related(node.operator)
        if isinstance(constant, date):
            return self._dates[node.fact].related(node.operator, constant)
        return self._network.unknown if is_nan(constant) else self._numbers[node.fact].related(node.operator, constant)


def _normal(rule: Rule) -> Rule:
    return Rule(rule.name, normal(rule.condition), None if rule.applies_if is None else normal(rule.applies_if))


class _Asked:
    """What the rules want to know of each fact: the choices and constants they mention, each in one fixed order."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.holds: dict[str, None] = {}
        self.choices: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.numbers: defaultdict[str, dict[int | Decimal, None]] = defaultdict(dict)
        self.dates: defaultdict[str, dict[date, None]] = defaultdict(dict)
        self.as_of: dict[str, None] = {}
        self.disclosed: dict[str, None] = {}
        self.counts: dict[Count, None] = {}
        self.whole: dict[Whole, None] = {}
        for leaf in (leaf for node in nodes for leaf in leaves(node)):
            if isinstance(leaf, Whole):
                self.whole[leaf] = None
                continue
            match leaf:
                case Holds(fact):
                    self.holds[fact] = None
                case Disclosed(fact):
                    self.disclosed[fact] = None
                case Count():
                    self.counts[leaf] = None
                case OneOf(fact, choices):
                    self.choices[fact] |= dict.fromkeys(choices)
                case Compare(fact, _, constant):
                    if isinstance(constant, AsOf):
                        self.as_of[fact] = None
                    elif isinstance(constant, date):
                        self.dates[fact][constant] = None
                    elif not is_nan(constant):
                        self.numbers[fact][constant] = None
                case VerdictIn():
                    pass
                case _:
                    assert_never(leaf)


class _Scale:
    """A slot, and the code of a value in it, as the text that a message says it with; no text where there is none."""

    def __init__(self, network: Network, slot: int) -> None:
        self.network = network
        self.slot = slot
        self.texts = network.texts(slot)


class _YesNo(_Scale):
    """0 for false, 1 for true."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, network.slot(2))
        self.yes = network.among(self.slot, [(1, 1)])

    def text(self, value: Value | None) -> str:
        return self.texts[value] if isinstance(value, bool) else ""


class _Choices(_Scale):
    """1, 2, 3 ... for the choices that rules mention; 0 for all others."""

    def __init__(self, network: Network, mentioned: Iterable[str]) -> None:
        self._codes = {choice: code for code, choice in enumerate(mentioned, 1)}
        super().__init__(network, network.slot(len(self._codes) + 1))

    def text(self, value: Value) -> str:
        return self.texts[self._codes.get(value, 0)] if isinstance(value, str) else ""

    def one_of(self, choices: Iterable[str]) -> Condition:
        return self.network.among(self.slot, [(self._codes[choice], self._codes[choice]) for choice in choices])


class _Ranks(_Scale, Generic[_Ordered]):
    """1, 3, 5 ... for the constants that rules compare with, in their order; even numbers for what lies between."""

    def __init__(self, network: Network, constants: Iterable[_Ordered]) -> None:
        self._constants: list[_Ordered] = sorted(constants)
        super().__init__(network, network.slot(2 * len(self._constants) + 1))

    def related(self, operator: Operator, constant: _Ordered) -> Condition:
        return self.network.among(self.slot, [_range(operator, _rank(self._constants, constant))])


class _Numbers(_Ranks[int | Decimal]):
    def text(self, value: Value) -> str:
        if isinstance(value, bool | str | date) or is_nan(value):
            return ""
        return self.texts[_rank(self._constants, value)]


class _Dates(_Ranks[date]):
    def text(self, value: Value) -> str:
        return self.texts[_rank(self._constants, value)] if isinstance(value, date) else ""


class _AgainstDay(_Scale):
    """The same with one constant that only a situation knows: the day judged."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, network.slot(3))

    def text(self, value: Value | None, day: date) -> str:
        return self.texts[_rank([day], value)] if isinstance(value, date) else ""

    def related(self, operator: Operator) -> Condition:
        return self.network.among(self.slot, [_range(operator, 1)])


def _rank(constants: Sequence[_Ordered], value: _Ordered) -> int:
    place = bisect_left(constants, value)
    return 2 * place + (place < len(constants) and constants[place] == value)


def _range(operator: Operator, rank: int) -> tuple[int, int]:
    match operator:
        case "equals":
            return rank, rank
        case "at_least":
            return rank, maxsize
        case "at_most":
            return 0, rank
        case "more_than":
            return rank + 1, maxsize
        case "less_than":
            return 0, rank - 1


class _Settled(_Scale):
    """A slot that the network fills: the verdict of a rule, coded by its place in ``_SETTLED``."""

    def __init__(self, network: Network, slot: int) -> None:
        super().__init__(network, slot)
        self.verdicts: dict[str, Verdict] = {**dict(zip(self.texts, _SETTLED, strict=False)), "": "unknown"}

    def one_of(self, among: Iterable[Verdict]) -> Condition:
        codes = [_SETTLED.index(verdict) for verdict in among if verdict in _SETTLED]
        return self.network.among(self.slot, [(code, code) for code in codes])


class _Pattern(NamedTuple):
    """What makes an event count: its kind, the choices in its fields, and a window of time."""

    kinds: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    window: Window


def _pattern(count: Count) -> _Pattern:
    return _Pattern(count.kinds, count.where, count.window)


class _Patterns:
    """A network that sees one event at a time and concludes which patterns it matches."""

    def __init__(self, patterns: Iterable[_Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._network = network = Network()
        self._kinds = _Choices(network, dict.fromkeys(kind for pattern in self._patterns for kind in pattern.kinds))
        self._windows = {pattern.window: _YesNo(network) for pattern in self._patterns}
        fields: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for name, choices in (field for pattern in self._patterns for field in pattern.where):
            fields[name] |= dict.fromkeys(choices)
        self._fields = {name: _Choices(network, choices) for name, choices in fields.items()}
        self._outcomes: list[tuple[_Pattern, int, dict[str, Truth]]] = []
        for pattern in self._patterns:
            matching = self._matching(pattern)
            slot = network.conclude(matching.false, matching.true)
            no, yes, _ = network.texts(slot)
            self._outcomes.append((pattern, slot, {no: False, yes: True, "": None}))

    def _matching(self, pattern: _Pattern) -> Condition:
        fields = [self._fields[name].one_of(choices) for name, choices in pattern.where]
        return self._network.every([self._kinds.one_of(pattern.kinds), self._windows[pattern.window].yes, *fields])

    def matches(self, situation: Situation) -> dict[_Pattern, list[Truth]]:
        """Whether each event of the situation matches, for each pattern."""
        windows = [(scale, *situation.window(window)) for window, scale in self._windows.items()]
        found: dict[_Pattern, list[Truth]] = {pattern: [] for pattern in self._patterns}
        for event in situation.events if self._patterns else ():
            slots = self._network.blank()
            slots[self._kinds.slot] = self._kinds.text(event.kind)
            for scale, first, last in windows:
                slots[scale.slot] = scale.text(first <= event.on <= last)
            for name, choices in self._fields.items():
                if name in event.fields:
                    slots[choices.slot] = choices.text(event.fields[name])
            self._network.run(slots)
            for pattern, slot, truths in self._outcomes:
                found[pattern].append(truths[slots[slot]])
        return found
