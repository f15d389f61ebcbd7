"""What the benchmarks evaluate: generated clauses over facts of a few topics, and companies that leave facts out."""

from __future__ import annotations

import random
from datetime import date
from typing import get_args

from checker.conditions import All, Any, Compare, Holds, Node, Not, OneOf, Operator, Rule, Value
from checker.situation import Situation

CLAUSES = 400
FACTS = 500
MISSING = 0.2
TOPICS = 20
CHOICES = ("none", "partial", "planned", "full", "certified", "exempt")
OPERATORS: tuple[Operator, ...] = tuple(operator for operator in get_args(Operator) if operator != "equals")
PERIOD = date(2024, 1, 1), date(2024, 12, 31)
AS_OF = date(2025, 6, 30)

Company = dict[str, Value]


def facts() -> list[str]:
    """Their names: of 25 in a topic, 15 are booleans, 5 are numbers and 5 are choices."""
    kinds = "b" * 15 + "n" * 5 + "c" * 5
    return [f"{kinds[number % 25]}{number}" for number in range(FACTS)]


def clauses(seed: int = 1) -> list[Rule]:
    """Clauses of 2 to 8 leaves, nested as clauses are; nine leaves in ten ask for facts of the clause's own topic."""
    chance = random.Random(seed)
    names = facts()
    per_topic = FACTS // TOPICS
    found = []
    for number in range(CLAUSES):
        start = number * TOPICS // CLAUSES * per_topic
        topic = names[start : start + per_topic]
        found.append(Rule(f"clause {number}", _tree(chance, topic, names, chance.randint(2, 8))))
    return found


def companies(number: int, seed: int = 2) -> list[Company]:
    """Companies as flat facts: booleans, integers from 0 to 100, and choices."""
    chance = random.Random(seed)
    made = {"b": lambda: chance.random() < 0.7, "n": lambda: chance.randint(0, 100), "c": lambda: chance.choice(CHOICES)}
    return [{name: made[name[0]]() for name in facts() if chance.random() >= MISSING} for _ in range(number)]


def situation(company: Company) -> Situation:
    """The same company as our engines see it."""
    return Situation(company, dict.fromkeys(company, True), PERIOD, AS_OF)


def _tree(chance: random.Random, topic: list[str], names: list[str], leaves: int) -> Node:
    if leaves == 1:
        leaf = _leaf(chance, chance.choice(topic if chance.random() < 0.9 else names))
        return Not(leaf) if chance.random() < 0.1 else leaf
    sizes = [1] * min(leaves, chance.choice((2, 3, 4)))
    for _ in range(leaves - len(sizes)):
        sizes[chance.randrange(len(sizes))] += 1
    return chance.choice((All, All, Any))(tuple(_tree(chance, topic, names, size) for size in sizes))


def _leaf(chance: random.Random, fact: str) -> Node:
    match fact[0]:
        case "b":
            return Holds(fact)
        case "n":
            return Compare(fact, chance.choice(OPERATORS), chance.choice((10, 25, 50, 60, 80, 95)))
        case _:
            return OneOf(fact, tuple(chance.sample(CHOICES, 2)))
