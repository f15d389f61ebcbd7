"""How a clause earns points from facts alone, as its pack says it: steps, sums, an assessor's discretion, events.

An award is a list of parts, each with a condition. Parts that hold are added up, or the best of them counts, and never
more than the clause is worth. The more of the conditions hold, the more is earned, so that a part whose condition is
unknown makes a range: without it, and with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from checker.bounds import Range, best, decimal_of, total
from checker.conditions import All, Compare, Count, Node, OneOf, Truth
from checker.conditions import Any as AnyOf
from checker.description import events_text
from checker.errors import Text
from checker.language import Reader
from checker.load import TreePath
from checker.vocabulary import event_pattern, event_pattern_problems
from checker.wording import problem

#: How the parts of an award make its points.
Join = Literal["sum", "highest"]


@dataclass(frozen=True, slots=True)
class Part:
    """Points for one condition: so many, or at the assessor's discretion anything from ``least`` to ``most``.

    ``words`` say the condition. ``events`` is what a part for each event counts, in ``words_for_each``; the ``condition`` is
    then that there are so many of them.
    """

    least: Fraction
    most: Fraction
    condition: Node
    words: Text
    events: Count | None = None
    words_for_each: Text | None = None

    @property
    def discretionary(self) -> bool:
        """Whether an assessor decides how many points it is."""
        return self.least != self.most


@dataclass(frozen=True, slots=True)
class Award:
    """What a clause earns: its parts, how they are joined, and the most it can come to (``worth``)."""

    worth: Fraction
    join: Join
    parts: tuple[Part, ...]

    @property
    def elements(self) -> tuple[Node, ...]:
        """The conditions of the parts."""
        return tuple(part.condition for part in self.parts)

    @property
    def discretion(self) -> Part | None:
        """The part that an assessor decides, if there is one."""
        return next((part for part in self.parts if part.discretionary), None)

    def earned(self, truths: Sequence[Truth], rated: Range | None) -> Range:
        """The points, given the value of each part's condition and what assessors gave for a discretionary part."""
        found = [_points(part, truth, rated) for part, truth in zip(self.parts, truths, strict=True)]
        points = total(found) if self.join == "sum" else best(found)
        return points.at_most(Range.exactly(self.worth))


def _points(part: Part, truth: Truth, rated: Range | None) -> Range:
    points = rated if rated is not None and part.discretionary else Range(part.least, part.most)
    return Range(points.least if truth is True else Fraction(0), Fraction(0) if truth is False else points.most)


def plain_award(worth: Fraction, condition: Node, words: Text) -> Award:
    """All the points where a condition holds, none where it does not."""
    return Award(worth, "sum", (Part(worth, worth, condition, words),))


def build_award(tree: Any, worth: Fraction, reader: Reader, path: TreePath) -> Award:
    """The award of a clause worth so many points from its schema-valid tree; names that do not exist are problems."""
    if "assessor" in tree:
        limits = tree["assessor"]
        if not limits["least"] < limits["most"] <= worth:
            reader.problems.append(problem(reader.document.place(*path, "assessor"), "discretion_limits", worth=decimal_of(worth)))
        return Award(worth, "sum", (_part(Fraction(limits["least"]), Fraction(limits["most"]), tree["when"], reader, (*path, "when")),))
    if "each" in tree:
        return Award(worth, "sum", tuple(part for index, entry in enumerate(tree["each"])
                                         for part in _for_each(entry, worth, reader, (*path, "each", index))))
    join: Join = "sum" if "sum" in tree else "highest"
    parts = []
    for index, entry in enumerate(tree[join]):
        points = Fraction(entry["points"])
        parts.append(_part(points, points, entry["when"], reader, (*path, join, index, "when")))
    return Award(worth, join, tuple(parts))


def _part(least: Fraction, most: Fraction, tree: Any, reader: Reader, path: TreePath) -> Part:
    condition = reader.condition(tree, path)
    return Part(least, most, condition, reader.words(condition))


def _for_each(tree: Any, worth: Fraction, reader: Reader, path: TreePath) -> list[Part]:
    """A part for the first event, for the second, and so on, until the points are used up."""
    reader.problems.extend(event_pattern_problems(tree, reader.document, path, reader.vocabulary.terms))
    points, pattern = Fraction(tree["points"]), event_pattern(tree)
    events = Count(*pattern, "at_least", 1)
    counts = [Count(*pattern, "at_least", number) for number in range(1, ceil(worth / points) + 1)]
    told = events_text(events, reader.vocabulary) if not reader.problems else None
    return [Part(points, points, count, reader.words(count), events, told) for count in counts]


def condition_of(tree: Any, award: Award) -> Node:
    """When a clause that states no condition of its own is satisfied: steps, where one is reached; a sum, where every part
    holds; points for events, where there are none.
    """
    if "each" in tree:
        patterns = dict.fromkeys(part.events for part in award.parts if part.events)
        return _joined(All, [Count(events.kinds, events.where, events.window, "at_most", 0) for events in patterns])
    if award.join == "sum":
        return _joined(All, list(dict.fromkeys(part for node in award.elements for part in _demands(node))))
    return _joined(AnyOf, [node for node in award.elements if not any(_implies(node, other) and node != other for other in award.elements)])


def _demands(node: Node) -> tuple[Node, ...]:
    """What a condition asks for, all of it."""
    return node.parts if isinstance(node, All) else (node,)


def _implies(step: Node, lower: Node) -> bool:
    """Whether a step is plainly reached only where a lower one is: it demands the same or more, thing by thing."""
    return all(any(_at_least_as_much(demand, wanted) for demand in _demands(step)) for wanted in _demands(lower))


def _at_least_as_much(demand: Node, wanted: Node) -> bool:
    match demand, wanted:
        case Compare(fact, "at_least", int() | Decimal() as value), Compare(other, "at_least", int() | Decimal() as least) if fact == other:
            return value >= least
        case Compare(fact, "at_most", int() | Decimal() as value), Compare(other, "at_most", int() | Decimal() as most) if fact == other:
            return value <= most
        case OneOf(fact, choices), OneOf(other, among) if fact == other:
            return set(choices) <= set(among)
        case _:
            return demand == wanted


def _joined(join: type[All | AnyOf], parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else join(tuple(parts))
