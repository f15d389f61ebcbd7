"""What durable-rules can bear: bounded conditions, small rulesets, one short message at a time.

The extension module of durable-rules hangs, crashes or lies outside of measured bounds. This module is the only one
that calls it, and contains all of that: above it there are slots that hold small codes, and conditions on those codes.
It is driven directly, because ``durable.engine.Host`` and ``durable.lang`` start threads that never end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import prod
from operator import attrgetter, itemgetter
from typing import Literal

import durable_rules_engine as _native

_assert_fact = _native.assert_fact
_start_action = _native.start_action_for_state
_next_action = _native.complete_and_start_action
_retract_fact = _native.retract_fact

#: Tests that may wait on the matcher's stack for one message. It holds 64; beyond, nothing at all is evaluated.
PENDING_LIMIT = 60
#: How often one condition may fire for one message: every true branch of a disjunction fires on its own.
FIRINGS_LIMIT = 64
#: Conjunctions and disjunctions in one condition. A rule keeps 32 expressions, and each of these takes two.
GROUPS_LIMIT = 15
#: Tests in one ruleset. At 512 under one node the matcher never returns.
TESTS_LIMIT = 120
#: Properties in one message. At 255 the message is refused.
SLOTS_LIMIT = 200
#: Conclusions in one ruleset; about here rulesets are fastest, too. At 256 rules on one node, wrong rules fire.
CONCLUSIONS_LIMIT = 20
#: Property names are compared by a 32-bit hash; up to here no two of ours collide with each other or a reserved name.
NAMES_LIMIT = 1_000_000

# One state and one message, known by constants: states can neither be freed safely nor exceed 1,024 in a ruleset.
_MESSAGE = '{"sid":"1","id":"1"'
_RETRACTED = _MESSAGE + "}"
_HANDLED, _NOTHING_FIRES = 0, 1
_serial = count(1)


class EngineError(RuntimeError):
    """The rule engine broke a promise: an error of its own, or two conclusions that exclude each other."""


@dataclass(frozen=True, slots=True)
class Test:
    """When a rule fires, as the extension module reads it, and what that can cost there; see the limits above.

    ``slots`` are those it reads. It fires up to ``firings`` times for one message, and only if every test it needs is met:
    a test on a slot without a code is not met, whatever it asks.
    """

    text: str
    slots: frozenset[int]
    tests: int = 1
    groups: int = 0
    pending: int = 1
    firings: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """When something is true, and when it is false. Where neither fires it is unknown."""

    true: Test
    false: Test

    @property
    def tests(self) -> tuple[Test, Test]:
        """Both sides."""
        return self.true, self.false


def bearable(tests: Sequence[Test]) -> bool:
    """Whether one ruleset can hold rules that fire under these tests."""
    return (
        sum(test.pending for test in tests) <= PENDING_LIMIT
        and sum(test.tests for test in tests) <= TESTS_LIMIT
        and all(test.firings <= FIRINGS_LIMIT and test.groups <= GROUPS_LIMIT for test in tests)
    )


def _joined(join: Literal["$and", "$or"], tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    pending = sum(test.pending for test in tests)
    return Test(
        text=f'{{"{join}":[{",".join(test.text for test in tests)}]}}',
        slots=frozenset().union(*(test.slots for test in tests)),
        tests=sum(test.tests for test in tests),
        groups=sum(test.groups for test in tests) + 1,
        pending=pending if join == "$or" else pending - len(tests) + 1,
        firings=(sum if join == "$or" else prod)(test.firings for test in tests),
    )


@dataclass(frozen=True, slots=True)
class _Conclusion:
    """Under which tests a slot gets which code: code 0 under the first test, 1 under the second, and so on."""

    slot: int
    tests: tuple[Test, ...]
    level: int


class Network:
    """Slots that hold codes or nothing, and what follows for some slots from the codes in others.

    The codes of a slot are the integers from 0. Slots and conditions are declared first; the first run compiles.
    """

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._levels: list[int] = []
        self._conclusions: list[_Conclusion] = []
        self._lifted: dict[Condition, Condition] = {}
        given = self.slot(2)  # holds 1 in every run, see _blank
        #: True in every run: the conjunction of nothing.
        self.always = self.among(given, [(1, 1)])
        #: Neither true nor false in any run.
        self.unknown = Condition(self._in_ranges(given, []), self._in_ranges(given, []))

    def slot(self, size: int, level: int = 0) -> int:
        """A new slot for ``size`` codes.

        Raises:
            EngineError: there are too many.
        """
        if len(self._sizes) == NAMES_LIMIT:
            raise EngineError(f"more than {NAMES_LIMIT} slots")
        self._sizes.append(size)
        self._levels.append(level)
        return len(self._sizes) - 1

    def texts(self, slot: int) -> tuple[str, ...]:
        """What to put into a slot for each code; and last, at index -1, for no code."""
        return (*(f',"p{slot}":{code}' for code in range(self._sizes[slot])), "")

    def among(self, slot: int, ranges: Iterable[tuple[int, int]]) -> Condition:
        """The code in a slot lies in one of the ranges, first and last code included; unknown without a code."""
        size = self._sizes[slot]
        wanted: list[tuple[int, int]] = []
        for first, last in sorted((first, min(last, size - 1)) for first, last in ranges):
            if wanted and first <= wanted[-1][1] + 1:
                wanted[-1] = wanted[-1][0], max(last, wanted[-1][1])
            elif first <= last:
                wanted.append((first, last))
        ends = [-1, *(end for pair in wanted for end in pair), size]
        others = [(end + 1, start - 1) for end, start in zip(ends[::2], ends[1::2], strict=True) if end + 1 < start]
        condition = Condition(self._in_ranges(slot, wanted), self._in_ranges(slot, others))
        if bearable(condition.tests):
            return condition
        half = len(wanted) // 2
        return self.some([self.among(slot, wanted[:half]), self.among(slot, wanted[half:])])

    def _in_ranges(self, slot: int, ranges: list[tuple[int, int]]) -> Test:
        def test(operator: str, code: int) -> Test:
            return Test(f'{{"{operator}":{{"p{slot}":{code}}}}}', frozenset({slot}))

        greatest = self._sizes[slot] - 1
        alternatives: list[Test] = []
        for first, last in ranges:
            if first == last:
                alternatives.append(test("$eq", first))
            else:
                ends = [test("$gte", first)] if first or last == greatest else []
                alternatives.append(_joined("$and", [*ends, test("$lte", last)] if last < greatest else ends))
        return _joined("$or", alternatives) if alternatives else test("$lt", 0)

    def every(self, conditions: Sequence[Condition]) -> Condition:
        """The strong Kleene conjunction."""
        if not conditions:
            return self.always
        joined = Condition(
            _joined("$and", [condition.true for condition in conditions]),
            _joined("$or", [condition.false for condition in conditions]),
        )
        return joined if bearable(joined.tests) else self.every(self._fewer(conditions))

    def some(self, conditions: Sequence[Condition]) -> Condition:
        """The strong Kleene disjunction, by De Morgan's law."""
        return opposite(self.every([opposite(condition) for condition in conditions]))

    def _fewer(self, conditions: Sequence[Condition]) -> list[Condition]:
        """The same conjunction of fewer or lighter conditions: bearable groups, concluded in earlier rulesets."""
        groups: list[list[Condition]] = [[]]
        for condition in conditions:
            longer = [*groups[-1], condition]
            true = _joined("$and", [condition.true for condition in longer])
            false = _joined("$or", [condition.false for condition in longer])
            if groups[-1] and not bearable((true, false)):
                groups.append([])
            groups[-1].append(condition)
        return [self.lifted(self.every(group)) for group in groups]

    def lifted(self, condition: Condition) -> Condition:
        """The same condition as a test of one slot that an earlier ruleset fills."""
        if condition.true.tests == condition.false.tests == 1:
            return condition
        if condition not in self._lifted:
            slot = self.conclude(condition.false, condition.true)
            self._lifted[condition] = self.among(slot, [(1, 1)])
        return self._lifted[condition]

    def conclude(self, *tests: Test) -> int:
        """A new slot that gets code 0 where the first test fires, 1 where the second does, and so on.

        Raises:
            EngineError: one ruleset could not bear the tests; see :func:`bearable` and :meth:`lifted`.
        """
        if not bearable(tests):
            raise EngineError("a conclusion too heavy for one ruleset")
        level = 1 + max(self._levels[slot] for test in tests for slot in test.slots)
        slot = self.slot(len(tests), level)
        self._conclusions.append(_Conclusion(slot, tests, level))
        return slot

    @cached_property
    def _rulesets(self) -> list[_Ruleset]:
        packed: list[list[_Conclusion]] = []
        for conclusion in sorted(self._conclusions, key=attrgetter("level")):
            if not packed or not _together([*packed[-1], conclusion]):
                packed.append([])
            packed[-1].append(conclusion)
        return [
            _Ruleset(
                [
                    (test, conclusion.slot, text)
                    for conclusion in conclusions
                    for test, text in zip(conclusion.tests, self.texts(conclusion.slot), strict=False)
                ]
            )
            for conclusions in packed
        ]

    @cached_property
    def _blank(self) -> list[str]:
        return [self.texts(0)[1], *[""] * (len(self._sizes) - 1)]

    def blank(self) -> list[str]:
        """Slots without codes, to be filled with texts and given to :meth:`run`."""
        return self._blank.copy()

    def run(self, slots: list[str]) -> None:
        """Fill in whatever follows from what the slots hold.

        Raises:
            EngineError: durable-rules reports an error, or two conclusions that exclude each other fired.
        """
        for ruleset in self._rulesets:
            ruleset.run(slots)


def opposite(condition: Condition) -> Condition:
    """True where the condition is false, and false where it is true."""
    return Condition(condition.false, condition.true)


def _together(conclusions: Sequence[_Conclusion]) -> bool:
    tests = [test for conclusion in conclusions for test in conclusion.tests]
    return (
        len(conclusions) <= CONCLUSIONS_LIMIT
        and conclusions[0].level == conclusions[-1].level
        and bearable(tests)
        and len(frozenset().union(*(test.slots for test in tests))) <= SLOTS_LIMIT
    )


class _Ruleset:
    """A few rules in the extension module. It cannot be freed there: make it once and keep it."""

    def __init__(self, rules: Sequence[tuple[Test, int, str]]) -> None:
        # Names of two characters, because they are read off the front of a message once per firing.
        self._effects = {f"{number:02}": (slot, text) for number, (_, slot, text) in enumerate(rules)}
        texts = (f'"{number:02}":{{"all":[{{"m":{test.text}}}]}}' for number, (test, _, _) in enumerate(rules))
        self._definition = f"{{{','.join(texts)}}}"
        self._read = itemgetter(*sorted(frozenset().union(*(test.slots for test, _, _ in rules))))
        self._handle: int = self._made()
        self._clean = True

    def _made(self) -> int:
        try:
            handle: int = _native.create_ruleset(f"r{next(_serial)}", self._definition)
        except _native.error as error:
            raise EngineError(f"durable-rules refuses a ruleset: {error}") from error
        return handle

    def run(self, slots: list[str]) -> None:
        known = "".join(self._read(slots))
        if not known:
            return
        if not self._clean:  # whatever interrupted the last run, its firings must not appear in this one
            self._handle = self._made()
        self._clean = False
        try:
            self._drain(f"{_MESSAGE}{known}}}", slots)
        except _native.error as error:
            raise EngineError(f"durable-rules fails: {error}") from error
        self._clean = True

    def _drain(self, message: str, slots: list[str]) -> None:
        handle = self._handle
        code, state = _assert_fact(handle, message)
        if code == _NOTHING_FIRES:  # then nothing is stored either
            return
        started = _start_action(handle, state) if code == _HANDLED else None
        if started is None:
            raise EngineError(f"durable-rules answers {code} and fires nothing")
        fired = started[1]
        while fired is not None:
            slot, text = self._effects[fired[2:4]]
            if slots[slot] != text:
                if slots[slot]:
                    raise EngineError(f"two conclusions that exclude each other: {slots[slot]} and {text}")
                slots[slot] = text
            fired = _next_action(handle, state)
        _retract_fact(handle, _RETRACTED)  # only now: retracting what still has firings loses them
