"""The columns evaluator never differs from the definition, on whatever companies and rules can be thought of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from checker import Packs
from checker.conditions import NODES, All, Arithmetic, Compare, Count, Figure, Holds, Relation, Rule, Value, leaves
from checker.engines import columns
from checker.engines.columns import Columns
from checker.engines.reference import Reference
from checker.load import Document
from checker.situation import Event, EventStatement, Said, Situation
from checker.situations import Situations, fits
from tests import test_agreement as anything
from tests.test_language import VERDICTS, VOCABULARY, _cases, _rules, _situation

WORDS = tuple(word for word in anything.WORDS if word.isprintable() or word in ("\x00", "\n\t\x1b", "\u202e"))
#: The type of each fact. A column has one type, as a fact of the vocabulary has.
TYPES = {word: ("boolean", "integer", "number", "date", "text")[place % 5] for place, word in enumerate(WORDS)}


def suits(fact: str, value: Value) -> bool:
    """Whether a value can stand in a fact's column."""
    match TYPES.get(fact):
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, date)
        case "text":
            return isinstance(value, str) and value in WORDS
        case "integer" | "number" as kind if isinstance(value, int | Decimal) and not isinstance(value, bool):
            if isinstance(value, Decimal) and (kind == "integer" or not value.is_finite() or abs(value.adjusted()) > 100):
                return False
            return fits(value, kind)
        case _:
            return False


def situation(chance: random.Random) -> Situation:
    """Any company whose facts have the types of :data:`TYPES`; statements fit values, unless the record overrules these."""
    asked = anything.situation(chance)
    values = {fact: value for fact, value in asked.values.items() if suits(fact, value)}
    for fact in TYPES:
        if fact not in values and chance.random() < 0.5:
            values[fact] = chance.choice([value for value in anything.VALUES if suits(fact, value)])
    said = {fact: stated for fact, listed in asked.said.items() if (stated := tuple(one for one in listed if suits(fact, one.value)))}
    said |= {fact: (Said(value),) for fact, value in values.items() if fact not in said}
    said = {fact: tuple(replace(one, value=values[fact]) for one in stated) if len({one.value for one in stated}) == 1 and fact in values else stated
            for fact, stated in said.items() if fact in values or len({one.value for one in stated}) > 1}
    disclosed = {fact: False for fact in TYPES if fact not in said and chance.random() < 0.4} | dict.fromkeys(said, True)
    for fact, kind in TYPES.items():
        if kind == "boolean" and chance.random() < 0.2:
            values[fact] = chance.random() < 0.5
        if kind == "boolean" and chance.random() < 0.1:
            values.pop(fact, None)
    events = tuple(replace(event, fields={name: code for name, code in event.fields.items() if name in WORDS and code in WORDS})
                   for event in asked.events if event.kind in WORDS)
    return replace(asked, values=values, said=said, disclosed=disclosed, events=events, statements=tuple(one for one in asked.statements if one.kind in WORDS))


def rule_set(chance: random.Random, size: int, levels: int = 3) -> list[Rule]:
    """Any rules, but for those that name what no JSON can hold."""
    return [rule for rule in anything.rule_set(chance, size, levels) if "\\ud" not in repr(rule)]


def differences(rules: Sequence[Rule], situations: Sequence[Situation], types: Mapping[str, str]) -> list[object]:
    found = Columns(rules).run(Situations.of(situations, types)).to_dicts()
    reference = Reference(rules)
    return [(rule, asked, ours[rule.name], theirs[rule.name]) for asked, ours in zip(situations, found, strict=True)
            for theirs in [reference.run(asked)] for rule in rules if ours[rule.name] != theirs[rule.name]]


def test_every_node_has_a_column() -> None:
    assert columns.COMPILES == NODES


@pytest.mark.parametrize(("document", "index"), _cases())
def test_case_of_the_language(document: Document, index: int) -> None:
    case = document.data["cases"][index]
    asked = _situation(case)
    types: dict[str, str] = {path: word.type for path, word in VOCABULARY.words.items()}
    types |= {fact: kind for fact, value in asked.values.items() if (kind := _kind(value)) != types[fact] and not (kind == "text" and types[fact] == "choice")}
    if any(isinstance(value, Decimal) and not fits(value, "number") for value in asked.values.values()):
        pytest.skip("no column holds this number; a survey judges such a company by definition")
    found = Columns(_rules(document, index, case)).run(Situations.of([asked], types))
    assert found["asked"].to_list() == [VERDICTS[case["expect"]]]


def _kind(value: Value) -> str:
    """The type of the column that a value needs."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | Decimal) else "date" if isinstance(value, date) else "text"


@pytest.mark.parametrize("seed", range(12))
def test_thousands_of_conditions_on_thousands_of_companies(seed: int) -> None:
    chance = random.Random(seed)
    rules = rule_set(chance, 100)
    situations = [situation(chance) for _ in range(80)]
    assert differences(rules, situations, TYPES) == []
    assert set(Counter(verdict for asked in situations for verdict in Reference(rules).run(asked).values())) == {"satisfied", "violated", "unknown", "not_applicable"}


@pytest.mark.parametrize("seed", range(3))
def test_large_conditions(seed: int) -> None:
    chance = random.Random(1_000 + seed)
    assert differences(rule_set(chance, 10, levels=6), [situation(chance) for _ in range(60)], TYPES) == []


# --- the packs -----------------------------------------------------------------------------------------------------------


def of_the_vocabulary(chance: random.Random, packs: Packs, counts: Sequence[Count], known: float) -> Situation:
    """Any company that answers the packs' own questions, with values around their thresholds."""
    words = packs.vocabulary.words
    values: dict[str, Value] = {}
    for path, word in words.items():
        if word.table is None and chance.random() < known:
            values[path] = _value(chance, word)
    said = {fact: (Said(value, ("e1",), (chance.choice(list(packs.vocabulary.terms.evidence_kinds)),)) if chance.random() < 0.3 else Said(value),)
            for fact, value in values.items()}
    for fact in chance.sample(sorted(values), 20 if len(values) > 20 else 0):
        other = _value(chance, words[fact])
        if other != values[fact]:
            said[fact] = (Said(values.pop(fact), ("e1",)), Said(other, ("e2",)))
    disclosed = dict.fromkeys(said, True) | {path: False for path in words if path not in said and chance.random() < 0.2}
    fields = packs.vocabulary.terms.event_fields
    day = date(2025, 6, 30)
    events = tuple(Event(chance.choice(chance.choice(counts).kinds), day - timedelta(chance.randint(-30, 1500)),
                         {name: chance.choice(list(field.choices)) for name, field in fields.items() if chance.random() < 0.6})
                   for _ in range(chance.choice((0, 0, 2, 6))))
    kinds = list(packs.vocabulary.terms.event_kinds)
    statements = tuple(EventStatement(kind, day - timedelta(chance.randint(300, 2000)), day - timedelta(chance.choice((0, 0, 10)))) for kind in kinds if chance.random() < 0.6)
    return Situation(values, disclosed, (date(2024, 1, 1), date(2024, 12, 31)), day, events, statements, said)


def _value(chance: random.Random, word: Any) -> Value:
    match word.type:
        case "boolean":
            return chance.random() < 0.7
        case "choice":
            return chance.choice(list(word.choices))
        case "date":
            return date(2024, 1, 1) + timedelta(chance.randint(-400, 500))
        case "integer":
            return chance.choice((0, 1, 2, 3, 5, 10, 50, 100, 300, 1000))
        case "ratio":
            return Decimal(chance.randint(0, 100)) / 100
        case "number":
            return Decimal(chance.choice((0, 1, 50, 100, 219_614, 40_000_000))) + Decimal(chance.randint(0, 9999)) / 1000
        case "month":
            return f"2024-{chance.randint(1, 12):02}"
        case _:
            return chance.choice(("ISO14001", "ISO 14064-3", "甲"))


@pytest.mark.parametrize("seed", range(3))
def test_every_pack_on_generated_companies(packs: Packs, seed: int) -> None:
    chance = random.Random(seed)
    rules = [rule for pack in packs.values() for rule in pack.rules]
    counts = [leaf for rule in rules for leaf in leaves(rule.condition) if isinstance(leaf, Count)]
    situations = [of_the_vocabulary(chance, packs, counts, known) for known in (0.1, 0.5, 0.9, 1.0) for _ in range(25)]
    types = {path: word.type for path, word in packs.vocabulary.words.items() if word.table is None}
    assert differences(rules, situations, types) == []


def test_sixteen_hundred_clauses() -> None:
    chance = random.Random(5)
    rules = rule_set(chance, 1_650)[:1_600]
    assert differences(rules, [situation(chance) for _ in range(10)], TYPES) == []


class TestExactness:
    """Where a column engine would round, overflow or guess."""

    def verdicts(self, condition: Any, **facts: int | Decimal | date | bool) -> str:
        types = {name: "boolean" if isinstance(value, bool) else "date" if isinstance(value, date) else "number" for name, value in facts.items()}
        asked = Situation({**facts}, dict.fromkeys(facts, True), (date(2024, 1, 1), date(2024, 12, 31)), date(2025, 6, 30),
                          said={name: (Said(value),) for name, value in facts.items()})
        (found,) = Columns([Rule("r", condition)]).run(Situations.of([asked], types)).to_dicts()
        assert found["r"] == Reference([Rule("r", condition)]).run(asked)["r"]
        return str(found["r"])

    def test_a_constant_finer_than_any_column(self) -> None:
        assert self.verdicts(Compare("a", "at_least", Decimal("0.10000000001")), a=Decimal("0.1")) == "violated"
        assert self.verdicts(Compare("a", "at_most", Decimal("0.10000000001")), a=Decimal("0.1")) == "satisfied"
        assert self.verdicts(Compare("a", "equals", Decimal("0.10000000001")), a=Decimal("0.1")) == "violated"
        assert self.verdicts(Compare("a", "less_than", Decimal("0.10000000001")), a=Decimal("0.1")) == "satisfied"
        assert self.verdicts(Compare("a", "more_than", Decimal("0.09999999999")), a=Decimal("0.1")) == "satisfied"

    def test_a_constant_larger_than_any_column(self) -> None:
        assert self.verdicts(Compare("a", "less_than", 10**60), a=Decimal(1)) == "satisfied"
        assert self.verdicts(Compare("a", "at_most", -(10**60)), a=Decimal(1)) == "violated"

    @pytest.mark.parametrize("size", [1, 10**6, 10**12, 10**17, 10**27])
    def test_products_and_quotients_of_any_size(self, size: int) -> None:
        product, quotient = (Arithmetic(operation, (Figure("a"), Figure("b"))) for operation in ("product", "quotient"))
        for a, b in ((Decimal(size), Decimal(3)), (Decimal(size), Decimal(size)), (Decimal("0.3333"), Decimal(size)), (Decimal("0.0000000001"), Decimal(size))):
            for relation in (Relation(product, "equals", Figure("c")), Relation(quotient, "equals", Figure("c")), Relation(quotient, "at_most", Figure("c"), Decimal("0.005"))):
                for c in (a * b, a / b if a % b == 0 else Decimal(1), Decimal(0)):
                    if fits(c, "number"):
                        self.verdicts(relation, a=a, b=b, c=c)

    @pytest.mark.parametrize("above", [Figure("a"), 1, Decimal("0.5")])
    @pytest.mark.parametrize("below", ["-2", "2", "-0.25", "0", "0.0001"])
    def test_quotients_by_what_is_negative_small_or_nothing(self, above: Any, below: str) -> None:
        quotient = Arithmetic("quotient", (above, Figure("b")))
        for operator in ("at_least", "at_most", "equals", "more_than", "less_than"):
            for c in ("0", "-0.5", "0.5", "-4", "10000"):
                self.verdicts(Relation(quotient, operator, Figure("c")), a=Decimal(1), b=Decimal(below), c=Decimal(c))
                self.verdicts(Relation(Figure("c"), operator, quotient, Decimal("0.1")), a=Decimal(1), b=Decimal(below), c=Decimal(c))

    def test_quotients_on_both_sides(self) -> None:
        for b, c in (("2", "2"), ("2", "2.0001"), ("-2", "2")):
            self.verdicts(Relation(Arithmetic("quotient", (1, Figure("b"))), "at_least", Arithmetic("quotient", (1, Figure("c")))), b=Decimal(b), c=Decimal(c))

    def test_a_sum_to_the_last_place(self) -> None:
        total = Relation(Arithmetic("sum", (Figure("a"), Figure("b"))), "equals", Figure("c"))
        assert self.verdicts(total, a=Decimal("0.1"), b=Decimal("0.2"), c=Decimal("0.3")) == "satisfied"
        assert self.verdicts(total, a=Decimal("0.1"), b=Decimal("0.2"), c=Decimal("0.3000000001")) == "violated"

    def test_a_rule_called_like_a_fact(self) -> None:
        (found,) = Columns([Rule("a", All((Holds("a"),)))]).run(
            Situations.of([Situation({"a": True}, {"a": True}, (date(2024, 1, 1), date(2024, 12, 31)), date(2025, 6, 30))], {"a": "boolean"})).to_dicts()
        assert found == {"a": "satisfied"}
