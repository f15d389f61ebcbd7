"""Rules of shapes that hang, crash or mislead durable-rules when it is used directly; run by test_agreement.py."""

from __future__ import annotations

import random
from datetime import date

from checker.conditions import All, Any, Compare, Count, Holds, Node, Not, OneOf, Rule, Value, VerdictIn
from checker.engines.reference import Reference
from checker.engines.rete import Rete
from checker.situation import Event, EventStatement, Situation

PERIOD = date(2024, 1, 1), date(2024, 12, 31)
AS_OF = date(2025, 6, 30)
FLAGS = [f"flag.{number}" for number in range(3_000)]
YES: dict[str, Value] = dict.fromkeys(FLAGS, True)
NO: dict[str, Value] = dict.fromkeys(FLAGS, False)


def company(values: dict[str, Value], events: tuple[Event, ...] = ()) -> Situation:
    statements = (EventStatement("recall", date(2000, 1, 1), AS_OF),)
    return Situation(values, dict.fromkeys(values, True), PERIOD, AS_OF, events, statements)


def deep(levels: int) -> Node:
    node: Node = Holds(FLAGS[0])
    for level in range(1, levels):
        node = (All, Any)[level % 2]((Holds(FLAGS[level]), node, Not(Holds(FLAGS[level + 100]))))
    return node


def normal_form(join: type[All | Any], inner: type[All | Any], parts: int, width: int) -> Node:
    return join(tuple(inner(tuple(Holds(FLAGS[(part * 7 + n * 13) % 500]) for n in range(width))) for part in range(parts)))


def compared(number: int) -> Node:
    return All((Compare(f"number.{number}", "at_least", 1), Compare(f"number.{number}", "at_most", 3)))


FLAT = {join: join(tuple(map(Holds, FLAGS))) for join in (All, Any)}
KINDS = tuple(f"kind {number}" for number in range(300))
SHAPES: dict[str, list[Rule]] = {
    "3,000 parts in one row": [Rule(join.__name__, node) for join, node in FLAT.items()],
    "3,000 parts as the gate of their own negation": [Rule(join.__name__, Not(node), node) for join, node in FLAT.items()],
    "32 levels": [Rule("deep", deep(32), deep(31))],
    "2^40 ways to be true": [Rule("cnf", normal_form(All, Any, 40, 6))],
    "40 alternatives of 6": [Rule("dnf", normal_form(Any, All, 40, 6))],
    "300 rules that end on one fact": [Rule(f"same {n}", Holds(FLAGS[0])) for n in range(300)],
    "600 comparisons of one number": [Rule(f"above {n}", Compare("number.0", "at_least", n)) for n in range(600)],
    "600 numbers that one is equal to": [Rule(f"on {n}", Compare("number.0", "equals", n)) for n in range(600)],
    "2,000 numbers that one may be equal to": [Rule("any", Any(tuple(Compare("number.0", "equals", n) for n in range(2_000))))],
    "256 numbers with two tests each": [Rule(f"both {n}", compared(n)) for n in range(256)],
    "every other of 1,000 choices": [
        Rule("all", OneOf("choice", tuple(f"c{n}" for n in range(1_000)))),
        Rule("even", OneOf("choice", tuple(f"c{n}" for n in range(0, 1_000, 2)))),
        Rule("odd", Not(OneOf("choice", tuple(f"c{n}" for n in range(0, 1_000, 2))))),
    ],
    "a chain of 200 verdicts": [
        Rule("verdict 0", Holds(FLAGS[0])),
        *(Rule(f"verdict {n + 1}", Not(VerdictIn(f"verdict {n}", ("satisfied",))), Holds(FLAGS[n])) for n in range(200)),
    ],
    "every one of 1,000 verdicts": [
        *(Rule(f"clause {n}", Holds(FLAGS[n])) for n in range(1_000)),
        Rule("every", All(tuple(VerdictIn(f"clause {n}", ("satisfied",)) for n in range(1_000)))),
    ],
    "300 kinds of events in 12 windows": [
        *(Rule(f"{months}", Count(KINDS, (), months, "at_most", 3)) for months in range(1, 13)),
        Rule("odd", Count(("recall",), (("severity", KINDS[::2]), ("place", KINDS[::3])), "period", "equals", 5)),
        Rule("all", Count(("recall", *KINDS), (("severity", KINDS),), 36, "less_than", 5)),
    ],
}


def companies() -> list[Situation]:
    chance = random.Random(1)
    numbers: dict[str, Value] = {f"number.{n}": n % 6 for n in range(256)}
    events = tuple(
        Event(kind, date(2024, 1 + n % 12, 1), {"severity": KINDS[n], "place": KINDS[-n]} if n % 3 else {})
        for n, kind in enumerate((*KINDS[:20], *["recall"] * 20))
    )
    found = [company({}), company(YES | numbers, events), company(NO), company({"number.0": 599, "choice": "c77"})]
    for missing in (FLAGS[0], FLAGS[1_500], FLAGS[-1]):
        found += [company({flag: value for flag, value in plain.items() if flag != missing}) for plain in (YES, NO)]
        found += [company({**YES, missing: False, "choice": "c76"}), company({**NO, missing: True, "choice": "other"})]
    mixed = [{flag: chance.random() < 0.9 for flag in FLAGS if chance.random() < 0.98} for _ in range(8)]
    return [*found, *(company({**values, "number.0": chance.randrange(2_100)}) for values in mixed)]


def main() -> None:
    asked = companies()
    for name, rules in SHAPES.items():
        rete, reference = Rete(rules), Reference(rules)
        for place, situation in enumerate(asked):
            assert rete.run(situation) == reference.run(situation), (name, place)
    print("all right")


if __name__ == "__main__":
    main()
