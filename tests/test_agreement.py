"""Two engines never differ: the rule engine against the reference evaluator, on whatever can be thought of."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.conditions import (
    AS_OF,
    NODES,
    Agreed,
    All,
    Arithmetic,
    Compare,
    Count,
    Day,
    DayJudged,
    Disclosed,
    Evidenced,
    Figure,
    Holds,
    Node,
    Not,
    OneOf,
    Operator,
    Relation,
    Rule,
    Term,
    Value,
    Verdict,
    VerdictIn,
)
from checker.conditions import Any as AnyOf
from checker.engines import ENGINES
from checker.engines.reference import Reference
from checker.situation import Event, EventStatement, Said, Situation

pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed here", exc_type=ImportError)

from checker.engines import _durable
from checker.engines.rete import Rete

OPERATORS: tuple[Operator, ...] = get_args(Operator)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

#: Words that a parser, a hash table or a C string could trip over, as names of facts and events and as choices.
WORDS = (
    "a.b", "p1", "id", "sid", "m", "$and", "$forward", "$s", "", " ", "\x00", "\n\t\x1b", 'quo"te', "back\\slash", "\\",
    "{}", '","p0":1', "\ud800", "\udfff\ud800", "环境管理体系", "企業", "\u202e", "👩‍👩‍👧", "é", "e\u0301", "1", "true", "null",
    "footing_spacing_gross_24", "exit_area_unit_8", "x" * 70_000, "x" * 70_000 + "y", "x" * 4_464,
)  # fmt: skip
NUMBERS: tuple[int | Decimal, ...] = (
    0, 1, -1, 2, 5, 2**31, 2**63 - 1, 2**63, 2**63 + 1, -(2**63), -(2**64), 10**400, 10**400 + 1, -(10**400),
    Decimal("0.1"), Decimal("0.10"), Decimal("0.30000000000000004"), Decimal("1E-7"), Decimal("1E+20"), 10**20, Decimal("1.0"),
    Decimal("-0"), Decimal("1E-400"), Decimal("1E+400"), Decimal("1E+9999"), Decimal("9" * 400), Decimal("0." + "3" * 400),
    Decimal("Infinity"), Decimal("-Infinity"), Decimal("NaN"),
)  # fmt: skip
DATES = (
    date.min, date(2023, 2, 28), date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2024, 6, 30), date(2024, 12, 31),
    date(2025, 6, 29), date(2025, 6, 30), date(2025, 7, 1), date.max,
)  # fmt: skip
VALUES: tuple[Value, ...] = (True, False, *NUMBERS, *DATES, *WORDS)


def some(chance: random.Random, pool: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(chance.sample(pool, chance.randint(0, most)))


def leaf(chance: random.Random, clauses: Sequence[str]) -> Node:
    """Any leaf; every fact may be asked in every way, whatever its value is."""
    fact = chance.choice(WORDS)
    if chance.random() < 0.2:
        return whole(chance)
    match chance.randrange(8 if clauses else 7):
        case 0:
            return Holds(fact)
        case 1:
            return Compare(fact, chance.choice(OPERATORS), chance.choice(NUMBERS))
        case 2:
            return Compare(fact, chance.choice(OPERATORS), chance.choice(DATES))
        case 3:
            return Compare(fact, chance.choice(OPERATORS), AS_OF)
        case 4:
            return OneOf(fact, some(chance, WORDS, 4))
        case 5:
            return Disclosed(fact)
        case 6:
            where = tuple(
                (name, some(chance, WORDS[:12], 5)) for name in chance.sample(WORDS[:4], chance.choice((0, 0, 1, 1, 2)))
            )
            window = chance.choice(("period", "ever", 0, 1, 12, 36))
            return Count(some(chance, WORDS[:6], 3), where, window, chance.choice(OPERATORS), chance.randint(-1, 4))
        case _:
            return VerdictIn(chance.choice(clauses), tuple(chance.sample(VERDICTS, chance.randint(0, 3))))


def whole(chance: random.Random) -> Node:
    """A leaf between facts, about statements, or about the day judged."""
    match chance.randrange(4):
        case 0:
            return Relation(term(chance, 2), chance.choice(OPERATORS), term(chance, 1), chance.choice((0, Decimal("0.01"), 5)))
        case 1:
            return Agreed(chance.choice(WORDS))
        case 2:
            return Evidenced(chance.choice(WORDS), some(chance, WORDS[:6], 3))
        case _:
            return DayJudged(chance.choice(OPERATORS), chance.choice(DATES))


def term(chance: random.Random, levels: int) -> Term:
    if levels and chance.random() < 0.4:
        operation = chance.choice(("sum", "product", "difference", "quotient"))
        return Arithmetic(operation, tuple(term(chance, levels - 1) for _ in range(2)))
    return chance.choice((Figure(chance.choice(WORDS)), Figure(chance.choice(WORDS)), chance.choice(list(Day)), 0, 5, Decimal("0.1")))


def tree(chance: random.Random, clauses: Sequence[str], levels: int) -> Node:
    """Any condition."""
    if levels == 0 or chance.random() < 0.25:
        return leaf(chance, clauses)
    if chance.random() < 0.2:
        return Not(tree(chance, clauses, levels - 1))
    width = chance.choice((0, 1, 2, 2, 3, 3, 4, 7))
    return chance.choice((All, AnyOf))(tuple(tree(chance, clauses, levels - 1) for _ in range(width)))


def rule_set(chance: random.Random, size: int, levels: int = 3) -> list[Rule]:
    """Rules in any order, each asking only for verdicts of rules made before it, or of one that is not there."""
    names = [f"{number}{chance.choice(WORDS[:25])}" for number in range(size)]
    rules = []
    for number, name in enumerate(names):
        clauses = [*names[max(number - 8, 0) : number], "not there"]
        gate = tree(chance, clauses, 1) if chance.random() < 0.25 else None
        rules.append(Rule(name, tree(chance, clauses, levels), gate))
    chance.shuffle(rules)
    return rules


def situation(chance: random.Random) -> Situation:
    """Any company: values of any type under any name, events in and out of every window, statements with gaps."""
    known = chance.choice((0.2, 0.8, 1.0))
    favoured = chance.choice((VALUES, (True, False), NUMBERS, DATES, WORDS))
    values = {fact: chance.choice(favoured) for fact in WORDS if chance.random() < known}
    disclosed = {fact: fact in values for fact in WORDS if fact in values or chance.random() < 0.5}
    start = chance.choice(DATES[2:5])
    as_of = chance.choice(DATES[1:-1])
    events = tuple(
        Event(
            chance.choice(WORDS[:6]),
            chance.choice((*DATES, as_of, as_of + timedelta(1), as_of - timedelta(365))),
            {name: chance.choice(WORDS[:12]) for name in WORDS[:4] if chance.random() < 0.7},
        )
        for _ in range(chance.choice((0, 0, 1, 3, 8)))
    )
    statements = tuple(
        EventStatement(chance.choice(WORDS[:6]), *sorted(chance.choices(DATES[:-1], k=2)))
        for _ in range(chance.choice((0, 3, 20)))
    )
    said = {fact: tuple(Said(stated, some(chance, WORDS[:4], 2), some(chance, WORDS[:6], 2)) for stated in (value, *chance.sample(VALUES, chance.choice((0, 0, 1)))))
            for fact, value in values.items()}
    values = {fact: value for fact, value in values.items() if len({(type(one.value), one.value) for one in said[fact]}) == 1 or chance.random() < 0.5}
    return Situation(values, disclosed, (start, start + timedelta(365)), as_of, events, statements, said)


def differences(rules: Sequence[Rule], situations: Sequence[Situation]) -> list[object]:
    rete, reference = Rete(rules), Reference(rules)
    found: list[object] = []
    for asked in situations:
        ours, theirs = rete.run(asked), reference.run(asked)
        assert list(ours) == list(theirs)
        found += [(rule, asked, ours[rule.name]) for rule in rules if ours[rule.name] != theirs[rule.name]]
    return found


@pytest.mark.parametrize("seed", range(20))
def test_thousands_of_conditions_on_thousands_of_companies(seed: int) -> None:
    chance = random.Random(seed)
    rules = rule_set(chance, 80)
    situations = [situation(chance) for _ in range(80)]
    assert differences(rules, situations) == []  # 20 * 80 * 80 pairs
    seen = {verdict for asked in situations for verdict in Reference(rules).run(asked).values()}
    assert seen == set(VERDICTS)


@pytest.mark.parametrize("seed", range(4))
def test_large_conditions(seed: int) -> None:
    chance = random.Random(1_000 + seed)
    assert differences(rule_set(chance, 8, levels=6), [situation(chance) for _ in range(60)]) == []


_SEEDS = st.integers(0, 2**32 - 1)
_BATCH = rule_set(random.Random(7), 80)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.dictionaries(
        st.sampled_from(WORDS),
        st.one_of(
            st.booleans(), st.integers(), st.decimals(allow_nan=None), st.dates(), st.text(max_size=20), st.sampled_from(VALUES)
        ),
    ),
    disclosed=st.dictionaries(st.sampled_from(WORDS), st.booleans()),
    rest=_SEEDS,
)
def test_any_values(values: dict[str, Value], disclosed: dict[str, bool], rest: int) -> None:
    asked = replace(situation(random.Random(rest)), values=values, disclosed=disclosed)
    assert differences(_BATCH, [asked]) == []


_LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Holds, st.sampled_from("abc")),
    st.builds(Compare, st.sampled_from("abn"), st.sampled_from(OPERATORS), st.sampled_from((0, 1, Decimal("1.5")))),
    st.builds(Disclosed, st.sampled_from("abc")),
)
_TREES = st.recursive(
    _LEAVES,
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.builds(All, st.lists(parts, max_size=5).map(tuple)),
        st.builds(AnyOf, st.lists(parts, max_size=5).map(tuple)),
    ),
    max_leaves=40,
)


@settings(max_examples=100, deadline=None)
@given(condition=_TREES, gate=st.none() | _TREES)
def test_any_condition_on_every_combination_of_its_facts(condition: Node, gate: Node | None) -> None:
    possible: dict[str, tuple[Value | None, ...]] = {
        "a": (None, True, False), "b": (None, True, 1), "c": (None, False, True), "n": (None, 0, Decimal("1.2"), 2),
    }  # fmt: skip
    days = (DATES[3], DATES[6])
    combinations: list[dict[str, Value]] = [{}]
    for fact, choices in possible.items():
        combinations = [{**others, **({} if value is None else {fact: value})} for others in combinations for value in choices]
    situations = [Situation(values, dict.fromkeys(values, True), days, DATES[8]) for values in combinations]
    assert differences([Rule("r", condition, gate)], situations) == []


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_compiles_every_node(name: str) -> None:
    module = import_module(ENGINES[name].partition(":")[0])
    assert module.COMPILES == NODES


def test_equal_rules_share_what_can_never_be_freed() -> None:
    # A seed without the decimal "not a number" among its constants: that equals nothing, and no pack can hold one.
    rules, again = rule_set(random.Random(7), 10), rule_set(random.Random(7), 10)
    assert rules == again
    assert Rete(rules)._program is Rete(again)._program


def test_the_same_company_gets_the_same_verdicts_every_time() -> None:
    chance = random.Random(11)
    rules = rule_set(chance, 40)
    rete, situations = Rete(rules), [situation(chance) for _ in range(10)]
    first = [rete.run(asked) for asked in situations]
    chance.shuffle(order := list(range(10)))
    assert all(rete.run(situations[place]) == first[place] for place in order * 3)
    assert [Rete(rules[::-1]).run(asked) for asked in situations] == first


def test_threads_take_turns() -> None:
    chance = random.Random(13)
    rules = rule_set(chance, 40)
    rete, reference = Rete(rules), Reference(rules)
    situations = [situation(chance) for _ in range(16)]
    expected = [reference.run(asked) for asked in situations]
    wrong: list[int] = []

    def work(offset: int) -> None:
        for step in range(64):
            place = (step * 5 + offset) % len(situations)
            if rete.run(situations[place]) != expected[place]:
                wrong.append(place)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


class TestFaults:
    """What goes wrong inside of the rule engine comes out as an error of ours and never as a verdict."""

    yes = Situation({"a": True}, {}, (DATES[3], DATES[6]), DATES[8])
    no = replace(yes, values={"a": False})

    def test_an_interrupted_run_leaves_nothing_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rete = Rete([Rule("interrupted", Holds("a"))])
        with monkeypatch.context() as patch:
            patch.setattr(_durable, "_next_action", _raise_interrupt)
            with pytest.raises(KeyboardInterrupt):
                rete.run(self.yes)
        assert rete.run(self.no) == {"interrupted": "violated"}
        assert rete.run(self.yes) == {"interrupted": "satisfied"}

    def test_an_error_of_the_extension_module_is_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rete = Rete([Rule("failing", Holds("a"))])
        with monkeypatch.context() as patch:
            patch.setattr(_durable, "_MESSAGE", '{"sid":"1","id":1e-07,"x":1e+20')
            with pytest.raises(_durable.EngineError, match="error code"):
                rete.run(self.yes)
        assert rete.run(self.yes) == {"failing": "satisfied"}

    def test_an_answer_that_is_not_expected_is_a_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rete = Rete([Rule("silent", Holds("a"))])
        with monkeypatch.context() as patch:
            patch.setattr(_durable, "_start_action", lambda _handle, _state: None)
            with pytest.raises(_durable.EngineError, match="fires nothing"):
                rete.run(self.yes)
        assert rete.run(self.no) == {"silent": "violated"}

    def test_two_verdicts_at_once_are_a_fault(self) -> None:
        network = _durable.Network()
        fact = network.slot(2)
        true = network.among(fact, [(1, 1)]).true
        network.conclude(true, true)
        slots = network.blank()
        slots[fact] = network.texts(fact)[1]
        with pytest.raises(_durable.EngineError, match="exclude each other"):
            network.run(slots)

    def test_a_conclusion_too_heavy_for_a_ruleset_is_refused(self) -> None:
        network = _durable.Network()
        light = [network.among(network.slot(2), [(1, 1)]).true for _ in range(_durable.PENDING_LIMIT + 1)]
        with pytest.raises(_durable.EngineError, match="too heavy"):
            network.conclude(*light)


def _raise_interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_no_two_property_names_share_a_hash() -> None:
    reserved = ("id", "sid", "m", "all", "any", "$s", "$m", "$i", "$forward", "$and", "$or", "$eq", "$neq", "$lt", "$lte", "$gt",
                "$gte", "$ex", "$nex", "$mt", "$imt", "$iall", "$iany", "$add", "$sub", "$mul", "$div", "$l", "$r")  # fmt: skip
    names = [*reserved, *(f"p{number}" for number in range(100_000))]
    assert len(set(map(_fnv1a, names))) == len(names)


def _fnv1a(name: str) -> int:
    found = 2_166_136_261
    for byte in name.encode():
        found = (found ^ byte) * 16_777_619 & 0xFFFFFFFF
    return found


SHAPES = Path(__file__).with_name("shapes.py")


def test_nasty_shapes_end_and_are_right() -> None:
    """In a process of its own, because what they provoke in durable-rules is a hang or a crash."""
    ended = subprocess.run([sys.executable, SHAPES], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "all right"
