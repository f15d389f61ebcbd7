"""What conditions are asked of: the typed facts of one company, its events, and the days that matter.

A situation is the small, settled extract of a fact base that every evaluator sees. It knows values and silence; evidence
explains a verdict and does not change one, but for the conditions that are about statements and their evidence.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from checker.conditions import Count, Truth, Value, Window


@dataclass(frozen=True, slots=True)
class Event:
    """A dated occurrence: its kind, and the choices that are known of it. A field that is absent is unknown."""

    kind: str
    on: date
    fields: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventStatement:
    """The claim that the events listed of one kind are all there were between two days, both included.

    ``none`` makes the stronger claim that there were none at all; an event recorded all the same contradicts it.
    """

    kind: str
    first: date
    last: date
    none: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a value: the evidence it names, and of which kinds that is."""

    value: Value
    evidence: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """One company as conditions see it.

    ``values`` holds the facts with one agreed value; ``disclosed`` says for every fact the company spoke of whether
    it gave a value (true) or a reason for having none (false). A fact in neither is silence.
    """

    values: Mapping[str, Value]
    disclosed: Mapping[str, bool]
    period: tuple[date, date]
    as_of: date
    events: tuple[Event, ...] = ()
    statements: tuple[EventStatement, ...] = ()
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)

    def window(self, window: Window) -> tuple[date, date]:
        """First and last day in which events count.

        The reporting period ends early where the day judged lies inside it: nothing after that day is known.
        """
        if window == "period":
            return self.period[0], min(self.period[1], self.as_of)
        first = date.min if window == "ever" else months_before(self.as_of, window) + timedelta(days=1)
        return first, self.as_of

    def count(self, node: Count) -> tuple[int, int | None]:
        """The least and the greatest number of events that can match; no greatest where the list may be incomplete."""
        return self.bounds(node, [self.matches(node, event) for event in self.events])

    def matches(self, node: Count, event: Event) -> Truth:
        """Whether an event is one of those counted; unknown where a field that matters is."""
        first, last = self.window(node.window)
        if event.kind not in node.kinds or not first <= event.on <= last:
            return False
        known = [event.fields[name] in choices if name in event.fields else None for name, choices in node.where]
        return False if False in known else None if None in known else True

    def bounds(self, node: Count, matches: Sequence[Truth]) -> tuple[int, int | None]:
        """What :meth:`count` gives, from whether each event matches.

        An event whose field is not known may match: it counts for the greatest number, not for the least.
        """
        first, last = self.window(node.window)
        least = matches.count(True)
        complete = all(self.covered(kind, first, last) for kind in node.kinds)
        return least, least + matches.count(None) if complete else None

    def covered(self, kind: str, first: date, last: date) -> bool:
        """Whether statements of completeness cover every day from ``first`` to ``last`` for this kind of event."""
        reached = first
        for statement in sorted(self.statements, key=lambda statement: statement.first):
            if statement.kind == kind and statement.first <= reached <= statement.last:
                if statement.last >= last:
                    return True
                reached = statement.last + timedelta(days=1)
        return reached > last


def months_before(day: date, months: int) -> date:
    """The same day ``months`` months earlier, or the last day of that month where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = max(index // 12, 1), index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
