"""Classes read off a printed table of thresholds, such as the official sizes of enterprises by industry.

A row of the table gives, for each class but the lowest, the least values that a company must have to be in it, all of
them; a company that falls short of one is in a lower class. To be in a class is a condition on the facts measured, so
that every engine judges it, and a missing figure leaves it unknown only where it could make a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from checker.conditions import All, Any, Compare, Node, Not, OneOf, normal
from checker.errors import Text

#: The least values of one class: fact and number, in the fact's own unit.
Thresholds = tuple[tuple[str, int | Decimal], ...]


@dataclass(frozen=True)
class Table:
    """Thresholds by row and class.

    ``by`` is the choice fact whose value names the row; ``classes`` rise; ``rows`` maps each row's name to the
    thresholds of its classes. For the rows of ``elsewhere`` other rules decide, which are not in the table: there the
    choice fact ``stated`` says the class. ``document`` is the table's source.
    """

    by: str
    classes: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Thresholds]]
    elsewhere: tuple[str, ...]
    stated: str | None
    document: Text
    source_note: Text

    def among(self, wanted: Iterable[str]) -> Node:
        """The condition that the class is one of those wanted, in negation normal form."""
        chosen = [index for index, name in enumerate(self.classes) if name in set(wanted)]
        rows = [All((OneOf(self.by, (row,)), self._within(thresholds, chosen))) for row, thresholds in self.rows.items()]
        if self.stated:
            named = tuple(self.classes[index] for index in chosen)
            rows.append(All((OneOf(self.by, self.elsewhere), OneOf(self.stated, named))))
        return normal(Any(tuple(rows)))

    def _within(self, thresholds: Mapping[str, Thresholds], chosen: list[int]) -> Node:
        """The condition that a company of this row is in one of the classes: runs of neighbours, each between two bounds."""
        runs = []
        for first in (index for index in chosen if index - 1 not in chosen):
            last = next(index for index in range(first, len(self.classes)) if index + 1 not in chosen)
            above = [_reached(thresholds[self.classes[first]])] if first else []
            below = [Not(_reached(thresholds[self.classes[last + 1]]))] if last + 1 < len(self.classes) else []
            runs.append(All((*above, *below)))
        return Any(tuple(runs))


def _reached(thresholds: Thresholds) -> Node:
    return All(tuple(Compare(fact, "at_least", least) for fact, least in thresholds))
