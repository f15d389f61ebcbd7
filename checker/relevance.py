"""What is still open: which unknown facts can make a difference to a condition, and which answers there are to each.

A condition is first reduced to what its known leaves leave open. An open fact makes a difference where, for some answers
to all the others, two answers to it give the condition different values; only such facts are worth asking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from checker.conditions import (
    All,
    Any,
    AsOf,
    Compare,
    Count,
    Disclosed,
    Leaf,
    Node,
    Not,
    Truth,
    Value,
    Verdict,
    VerdictIn,
    Whole,
    leaves,
    normal,
)
from checker.engines.reference import count_related, truth
from checker.situation import Situation
from checker.vocabulary import Vocabulary, Word

#: What a question can be about: a fact, by its path, or whether it is disclosed, the events of some counts (as the count
#: "at least 0"), a clause's verdict.
Open = str | Disclosed | Count | VerdictIn | Whole
#: One way in which an open question may turn out: the truth it gives to each leaf that asks it.
Outcome = tuple[tuple[Leaf, bool], ...]

TRUE, FALSE = All(()), Any(())


def residue(node: Node, situation: Situation, verdicts: Mapping[str, Verdict]) -> Node:
    """The condition with everything known taken out of it: ``TRUE``, ``FALSE``, or a condition on what is unknown."""
    return reduced(normal(node), lambda leaf: truth(leaf, situation, verdicts))


def open_questions(node: Node, as_of: date, vocabulary: Vocabulary) -> list[Open]:
    """What can make a difference to a residue, in the order in which it asks."""
    asked = list(dict.fromkeys(map(question_of, leaves(node))))
    outcomes = _outcomes(node, as_of, vocabulary)
    times = Counter(question_of(leaf) for leaf in set(leaves(node)))
    if all(times[question] == 1 and len(outcomes[question]) == 2 for question in asked) and _once(node):
        return asked
    return [question for question in asked if _matters(question, node, outcomes)]


def jointly_open(nodes: Sequence[Node], amount: Callable[[Sequence[bool]], object], as_of: date, vocabulary: Vocabulary,
                 *, alike: bool) -> list[Open]:
    """What can make a difference to an amount that several residues give together.

    Where they are ``alike`` the amount depends on how many of them are true in such a way that each can matter; then only
    where two of them ask one question can it be that neither does.
    """
    asked = {node: open_questions(node, as_of, vocabulary) for node in nodes}
    found = list(dict.fromkeys(question for questions in asked.values() for question in questions))
    if alike and sum(map(len, asked.values())) == len(found) and len(asked) == len(nodes):
        return found
    together = All(tuple(nodes))
    outcomes = _outcomes(together, as_of, vocabulary)

    def differ(first: Sequence[Node], second: Sequence[Node]) -> bool:
        following = next((question_of(leaf) for node in (*first, *second) for leaf in leaves(node)), None)
        if following is None:
            return amount([node == TRUE for node in first]) != amount([node == TRUE for node in second])
        return any(differ([_settled(node, outcome) for node in first], [_settled(node, outcome) for node in second])
                   for outcome in outcomes[following])

    def matters(question: Open) -> bool:
        variants = [[_settled(node, outcome) for node in nodes] for outcome in outcomes[question]]
        return any(differ(first, second) for first, second in pairwise(variants))

    return [question for question in found if matters(question)]


def question_of(leaf: Leaf) -> Open:
    """What a leaf asks about."""
    if isinstance(leaf, Count):
        return replace(leaf, operator="at_least", number=0)
    return leaf if isinstance(leaf, Disclosed | VerdictIn | Whole) else leaf.fact


def _outcomes(node: Node, as_of: date, vocabulary: Vocabulary) -> dict[Open, list[Outcome]]:
    """The outcomes of every question of a condition."""
    asking: dict[Open, list[Leaf]] = {}
    for leaf in dict.fromkeys(leaves(node)):
        asking.setdefault(question_of(leaf), []).append(leaf)
    return {question: list(outcomes_of(question, found, as_of, vocabulary)) for question, found in asking.items()}


def outcomes_of(question: Open, asking: Sequence[Leaf], as_of: date, vocabulary: Vocabulary) -> Iterator[Outcome]:
    """The ways in which an open question may turn out, as far as the leaves that ask it can tell them apart."""
    found: dict[Outcome, None] = {}
    if isinstance(question, Count):
        counts = [leaf for leaf in asking if isinstance(leaf, Count)]
        for number in range(max(count.number for count in counts) + 2):
            found[tuple((count, count_related(number, number, count.operator, count.number) is True) for count in counts)] = None
        yield from found
        return
    if not isinstance(question, str):
        yield ((asking[0], True),)
        yield ((asking[0], False),)
        return
    for value in answers(vocabulary.words[question], asking, as_of):
        situation = Situation({question: value}, {question: True}, (as_of, as_of), as_of)
        found[tuple((leaf, truth(leaf, situation, {}) is True) for leaf in asking)] = None
    yield from found


def answers(word: Word, asking: Sequence[Leaf], as_of: date) -> Iterator[Value]:
    """Values of a fact that stand for all it can have, as far as some leaves can tell them apart."""
    match word.type:
        case "boolean":
            yield from (True, False)
        case "choice":
            yield from word.choices or {}
        case "text" | "month":
            yield "…"
        case "date":
            constants = [as_of if isinstance(leaf.value, AsOf) else leaf.value for leaf in asking if isinstance(leaf, Compare)]
            days = [constant for constant in constants if isinstance(constant, date)]
            yield from sorted({day + timedelta(days=shift) for day in days or [as_of] for shift in (-1, 0, 1)})
        case _:
            yield from _numbers(word, asking)


def _numbers(word: Word, asking: Sequence[Leaf]) -> list[int | Decimal]:
    """The constants compared with, and numbers between, below and above them, within the limits of the fact."""
    constants = sorted({Decimal(leaf.value) for leaf in asking if isinstance(leaf, Compare) and isinstance(leaf.value, int | Decimal)})
    if not constants:
        constants = [Decimal(word.minimum if word.minimum is not None else 0)]
    step = Decimal(1)
    ends = [constants[0] - step, constants[-1] + step]
    between = [(left + right) / 2 for left, right in pairwise(constants)]
    if word.type == "integer":
        between = [near for constant in constants for near in (constant - 1, constant + 1)]
        constants = [constant for constant in constants if constant == constant.to_integral_value()]
    limits = [Decimal(limit) for limit in (word.minimum, word.maximum) if limit is not None]
    possible = {value for value in (*constants, *between, *ends, *limits)
                if (word.minimum is None or value >= word.minimum) and (word.maximum is None or value <= word.maximum)}
    return [int(value) if word.type == "integer" else value for value in sorted(possible)]


def _matters(question: Open, node: Node, outcomes: Mapping[Open, list[Outcome]]) -> bool:
    """Whether two answers can differ; if any two do, two neighbours in the list of answers do."""
    variants = [_settled(node, outcome) for outcome in outcomes[question]]
    return any(_differ(first, second, outcomes) for first, second in pairwise(variants))


def _differ(first: Node, second: Node, outcomes: Mapping[Open, list[Outcome]]) -> bool:
    """Whether some answers to what is open in two conditions give them different values."""
    if first == second:
        return False
    following = next((question_of(leaf) for leaf in (*leaves(first), *leaves(second))), None)
    if following is None:
        return True
    return any(_differ(_settled(first, outcome), _settled(second, outcome), outcomes) for outcome in outcomes[following])


def _settled(node: Node, outcome: Outcome) -> Node:
    known = dict(outcome)
    return reduced(node, known.get)


def reduced(node: Node, value: Callable[[Leaf], Truth]) -> Node:
    """A condition in negation normal form without the leaves whose value is known; ``value`` gives that of a leaf."""
    match node:
        case All(parts):
            return _joined(All, [reduced(part, value) for part in parts], TRUE, FALSE)
        case Any(parts):
            return _joined(Any, [reduced(part, value) for part in parts], FALSE, TRUE)
        case Not(part):
            assert not isinstance(part, All | Any | Not), "in negation normal form"
            known = value(part)
            return node if known is None else FALSE if known else TRUE
        case _:
            known = value(node)
            return node if known is None else TRUE if known else FALSE


def _joined(join: type[All | Any], parts: list[Node], neutral: Node, settling: Node) -> Node:
    if settling in parts:
        return settling
    left = [part for part in dict.fromkeys(parts) if part != neutral]
    return left[0] if len(left) == 1 else join(tuple(left))


def _once(node: Node) -> bool:
    """Whether no leaf stands twice."""
    found = list(leaves(node))
    return len(found) == len(set(found))
