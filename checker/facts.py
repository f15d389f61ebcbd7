"""One company's fact base: what is stated about it, by whom, on what evidence, and why something is not stated.

A fact may be stated in several places. Statements are kept as they stand: where their values differ the fact has no
agreed value and is unknown, and whoever reads the finding sees both. A missing fact is never a false one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from checker.conditions import Count, Value
from checker.errors import Place, Problem
from checker.load import TreePath
from checker.situation import Event, EventStatement, Said, Situation
from checker.vocabulary import Terms
from checker.wording import problem

Conflict = Literal["different_values", "value_and_not_applicable", "not_applicable_and_delegated", "denied_yet_recorded"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One place's word on a fact: a value, or the reasons why there is none.

    ``evidence`` names entries of the fact base's evidence; ``to`` is whom the fact was delegated to. What nobody stated but
    follows from the file's own industry code is ``derived``, and needs no evidence. ``at`` is where in the file it stands.
    """

    value: Value | None
    missing: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    to: str | None = None
    source: str | None = None
    on: date | None = None
    note: str | None = None
    derived: bool = False
    at: TreePath = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with everything that was stated about it, in the order of the file."""

    path: str
    statements: tuple[Statement, ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """The different values that were stated."""
        return tuple(dict.fromkeys(said.value for said in self.statements if said.value is not None))

    @property
    def value(self) -> Value | None:
        """The one agreed value; nothing where none was stated or the values differ."""
        return self.values[0] if len(self.values) == 1 else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Every reason that was given for having no value."""
        return tuple(dict.fromkeys(reason for said in self.statements for reason in said.missing))

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence of all statements, each once."""
        return tuple(dict.fromkeys(name for said in self.statements for name in said.evidence))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """In which ways the statements cannot all hold."""
        found: list[Conflict] = []
        if len(self.values) > 1:
            found.append("different_values")
        if self.values and "not_applicable" in self.missing:
            found.append("value_and_not_applicable")
        if {"not_applicable", "delegated"} <= set(self.missing):
            found.append("not_applicable_and_delegated")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Company:
    """Who is judged. ``traits`` choose the packs; ``industry`` is a code of GB/T 4754."""

    name: str
    credit_code: str | None = None
    industry: str | None = None
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document and a place in it. ``kind`` is a code of the terms; ``figure`` is a number printed there, as text.

    ``assurance`` is how far it can be relied on, ``expires`` the last day on which it can.
    """

    name: str
    document: str
    place: str
    kind: str | None = None
    figure: str | None = None
    on: date | None = None
    note: str | None = None
    assurance: str = "asserted"
    expires: date | None = None

    def valid(self, as_of: date) -> bool:
        """Whether it has not expired by that day; the day of expiry itself still counts."""
        return self.expires is None or self.expires >= as_of


@dataclass(frozen=True, slots=True)
class Rating:
    """An assessor's judgement on a clause: a ratio from 0 to 1, exact or somewhere from ``least`` to ``most``, or points.

    It was given as a ``ratio``, as a ``band``, as the band answered in each of some ``aspects``, or, where the clause leaves
    an assessor discretion, as ``points``.
    """

    clause: str
    assessor: str
    least: int | Decimal
    most: int | Decimal
    ratio: int | Decimal | None = None
    band: str | None = None
    aspects: Mapping[str, str] = field(default_factory=dict)
    points: int | Decimal | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Refinement:
    """A mark that whoever grades gives to a pack's grade, such as "+", and who gave it."""

    pack: str
    mark: str
    by: str
    evidence: tuple[str, ...] = ()
    note: str | None = None


class _Statements(Mapping[str, tuple[Said, ...]]):
    """The statements of values as conditions see them, made as they are asked for: few conditions are about statements.

    Evidence that has expired by the day judged shows nothing.
    """

    def __init__(self, facts: Mapping[str, Fact], evidence: Mapping[str, Evidence], as_of: date) -> None:
        self._facts, self._evidence, self._as_of = facts, evidence, as_of

    def __getitem__(self, path: str) -> tuple[Said, ...]:
        return tuple(Said(said.value, said.evidence, self._kinds(said.evidence)) for said in self._facts[path].statements if said.value is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def _kinds(self, names: tuple[str, ...]) -> tuple[str, ...]:
        valid = (self._evidence[name] for name in names if name in self._evidence and self._evidence[name].valid(self._as_of))
        return tuple(dict.fromkeys(evidence.kind for evidence in valid if evidence.kind))


@dataclass(frozen=True)
class FactBase:
    """Everything one file says about one company in one period.

    ``documents`` maps a document's id to its title. ``digest`` is the SHA-256 of the file. ``warnings`` are problems
    that do not stop a check. ``as_of`` is the day the file itself asks to be judged on, if it does. ``panel`` names
    everybody who is to rate each indicator, where the file says so. ``denials`` are the facts of the vocabulary that claim
    that there were no events of some kind. ``place`` says where something stands in the file, by its path.
    """

    name: str
    digest: str
    company: Company
    period: tuple[date, date]
    as_of: date | None
    facts: Mapping[str, Fact]
    documents: Mapping[str, str]
    evidence: Mapping[str, Evidence]
    events: tuple[Event, ...] | None
    statements: tuple[EventStatement, ...]
    ratings: tuple[Rating, ...]
    panel: tuple[str, ...]
    refinements: Mapping[str, Refinement]
    denials: Mapping[str, Count]
    place: Callable[..., Place]
    warnings: tuple[Problem, ...]

    @property
    def day(self) -> date:
        """The day to judge on unless somebody names another: the file's own, or today."""
        return self.as_of or date.today()

    @cached_property
    def values(self) -> dict[str, Value]:
        """The facts with one agreed value."""
        return {path: fact.value for path, fact in self.facts.items() if fact.value is not None}

    def situation(self, as_of: date) -> Situation:
        """What conditions are asked of on that day.

        A claim that there were no events is worth nothing where one is recorded, whether it was made by a statement on
        events or by a fact: the statement then covers nothing, and the fact is false.
        """
        believed = tuple(said for said in self.statements if not (said.none and self.recorded(said, as_of)))
        disclosed = {path: bool(fact.values) for path, fact in self.facts.items()}
        stated = Situation(self.values, disclosed, self.period, as_of, self.events or (), believed, _Statements(self.facts, self.evidence, as_of))
        denied = {path: self._denied(path, events, stated) for path, events in self.denials.items()}
        values = self.values | {path: value for path, value in denied.items() if value is not None}
        for path, value in denied.items():
            if value is None:
                values.pop(path, None)
        return replace(stated, values=values)

    def _denied(self, path: str, events: Count, stated: Situation) -> bool | None:
        """The value of a fact that claims that there were no such events, from what is stated and what is recorded."""
        least, most = stated.count(events)
        claimed = self.values.get(path)
        if least or claimed is False:
            return False
        if any(stated.matches(events, event) is None for event in stated.events):
            return None  # an event that may be such a one: nobody can say before its field is known
        return True if claimed or most == 0 else None

    def denied_events(self, path: str, as_of: date) -> list[Event]:
        """The recorded events that a fact denies, and those that may be such events."""
        situation = Situation({}, {}, self.period, as_of)
        return [event for event in self.events or () if situation.matches(self.denials[path], event) is not False]

    def recorded(self, said: EventStatement, as_of: date) -> list[Event]:
        """The recorded events that a statement speaks of."""
        last = min(said.last, as_of)
        return [event for event in self.events or () if event.kind == said.kind and said.first <= event.on <= last]

    def event_warnings(self, as_of: date, terms: Terms) -> list[Problem]:
        """What the recorded events say against the day judged and against claims that there were none."""
        found = []
        for index, event in enumerate(self.events or ()):
            if event.on > as_of:
                place = self.place("events", index)
                found.append(problem(place, "event_after_as_of", fatal=False, date=event.on, as_of=as_of))
        for index, said in enumerate(self.statements):
            recorded = self.recorded(said, as_of)
            if said.none and recorded:
                found.append(problem(self.place("event_statements", index), "claimed_none", fatal=False, first=said.first,
                                     last=said.last, kind=terms.event_kinds[said.kind], number=len(recorded)))
        return found
