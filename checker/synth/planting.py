"""Contradictions planted on purpose, and the answer key: which record, of which kind, about what."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from checker.synth.ground import PLACES, Floats, Ground, numbers, stream
from checker.synth.happenings import Happenings
from checker.synth.population import Records
from checker.synth.settling import break_apart, tied_figures


@dataclass(frozen=True, slots=True)
class Answer:
    """One contradiction that was planted: in which row, of which kind, and about which fact, kind of events or clause.

    ``also`` names facts that it makes contradictory, too; ``detail`` says what was done.
    """

    row: int
    kind: str
    about: str
    also: tuple[str, ...] = ()
    detail: str = ""


class Planting:
    """Plants contradictions in the records of one block and year, each kind in its share of them.

    ``before`` runs before everything is made to fit together and ``after`` runs afterwards; ``answers`` is the key.
    """

    def __init__(self, ground: Ground, records: Records, happenings: Happenings, seed: int, block: int) -> None:
        self._ground, self._records, self._happenings = ground, records, happenings
        self._planted: Mapping[str, Any] = ground.profile["planted"]
        rates = self._planted["rates"]
        self._kinds = list(rates)
        chance = stream(seed, block, f"planting {records.year}").random((len(records), len(rates), 3))
        self._rows = {kind: np.flatnonzero(chance[:, place, 0] < numbers([rates[kind]])[0]).tolist() for place, kind in enumerate(rates)}
        self._chance: Floats = chance[:, :, 1:]
        self._relations = [relation for relation in (*ground.profile["sums"], *ground.profile["at_most"]) if "clause" in relation]
        self._broken: list[tuple[int, Mapping[str, Any]]] = []
        self._claimed: list[tuple[int, str]] = []
        self.answers: list[Answer] = []

    def before(self) -> None:
        """State the figures that will not fit, and record the events that will be denied."""
        for row in self._rows["does_not_add_up"]:
            relation = self._pick("does_not_add_up", row, self._relations)
            for path in tied_figures(relation):
                self._state(row, self._ground.index[path])
            self._broken.append((row, relation))
        for row in self._rows["denied_by_statement"]:
            self._deny_by_statement(row)
        for row in self._rows["denied_by_fact"]:
            self._deny_by_fact(row)
        if self._happenings.denied or self._claimed:
            self._happenings.in_order()

    def after(self) -> None:
        """Break what fitted, claim what did not happen to be so, and say things twice."""
        for row, relation in self._broken:
            self.answers.append(Answer(row, "does_not_add_up", relation["clause"], (break_apart(self._ground, self._records, row, relation),)))
        for row, path in self._claimed:
            self._state(row, self._ground.index[path])
            self._records.truth[row, self._ground.index[path]] = True
        for row in self._rows["outlier"]:
            self._outlie(row)
        for kind, make in (("different_values", self._two_values), ("value_and_not_applicable", self._value_and_none), ("not_applicable_and_delegated", self._two_reasons)):
            for row in self._rows[kind]:
                self._say(kind, row, make)
        self.answers.sort(key=lambda answer: answer.row)

    # --- each kind ---------------------------------------------------------------------------------------------------------

    def _deny_by_statement(self, row: int) -> None:
        """A claim that there were no such events, beside one of them."""
        ground = self._ground
        kind = self._pick("denied_by_statement", row, np.flatnonzero(self._records.companies.counted[row]).tolist())
        self._happenings.add(row, kind, self._day(row, "denied_by_statement"), [-1] * len(ground.fields))
        self._happenings.denied.append((row, kind))
        name = ground.event_kinds[kind]
        also = tuple(path for path, count in ground.denials.items() if name in count.kinds and self._records.companies.asked[row, ground.index[path]])
        self.answers.append(Answer(row, "denied_yet_recorded", name, also, "event_statement"))

    def _deny_by_fact(self, row: int) -> None:
        """A fact that denies events, beside one of them."""
        ground = self._ground
        denials = [path for path in ground.denials if self._records.companies.asked[row, ground.index[path]]
                   and any(kind in ground.event_kinds for kind in ground.denials[path].kinds)]
        if not denials:
            return
        path = self._pick("denied_by_fact", row, denials)
        count = ground.denials[path]
        kind = next(ground.event_kinds.index(kind) for kind in count.kinds if kind in ground.event_kinds)
        wanted = dict(count.where)
        known = ground.profile["events"]["fields"]
        fields = [next((list(known[name]).index(choice) for choice in wanted.get(name, ()) if choice in known[name]), -1) for name in ground.fields]
        self._happenings.add(row, kind, self._day(row, "denied_by_fact"), fields)
        self._claimed.append((row, path))
        self.answers.append(Answer(row, "denied_yet_recorded", path, (), "fact"))

    def _outlie(self, row: int) -> None:
        """A figure many times that of like companies."""
        ground, records = self._ground, self._records
        fact = ground.index[self._pick("outlier", row, self._planted["figures"])]
        column = ground.column[fact]
        self._state(row, fact)
        usual = max(int(records.typical[row, column]), 10 ** PLACES[ground.words[fact].type])
        records.values[row, column] = usual * self._planted["outlier_factor"]
        self.answers.append(Answer(row, "outlier", ground.words[fact].path, (), f"typical {self.spelled(fact, usual)}"))

    def _say(self, kind: str, row: int, make: Callable[[int, int], str]) -> None:
        """Say one of the facts that are asked for and tied to nothing in a way that cannot hold."""
        ground, records = self._ground, self._records
        free = [fact for fact in np.flatnonzero(records.companies.asked[row] & records.given[row]).tolist()
                if fact not in ground.tied and (row, fact) not in records.said]
        if free:
            fact = self._pick(kind, row, free)
            records.has[row, [ground.kinds.index(name) for name in self._planted["evidence"]]] = True
            records.said[row, fact] = make(row, fact)
            self.answers.append(Answer(row, kind, ground.words[fact].path))

    def _two_values(self, row: int, fact: int) -> str:
        one, other = self._planted["evidence"]
        return (f'[{{"value":{self.value(row, fact)},"evidence":["{one}"]}},'
                f'{{"value":{self.another(row, fact)},"evidence":["{other}"]}}]')

    def _value_and_none(self, row: int, fact: int) -> str:
        return f'[{{"value":{self.value(row, fact)},"evidence":["{self._planted["evidence"][0]}"]}},{{"missing":"not_applicable"}}]'

    def _two_reasons(self, row: int, fact: int) -> str:  # noqa: ARG002  # as the others
        return f'{{"missing":["not_applicable","delegated"],"to":{json.dumps(self._ground.profile["to"], ensure_ascii=False)}}}'

    # --- what they share -----------------------------------------------------------------------------------------------------

    def _pick(self, kind: str, row: int, among: list[Any]) -> Any:
        """One of several, by the record's own chance."""
        return among[int(self._chance[row, self._kinds.index(kind), 0] * len(among))]

    def _day(self, row: int, kind: str) -> int:
        start = int(np.datetime64(self._records.start, "D").astype(np.int64))
        return start + int(self._chance[row, self._kinds.index(kind), 1] * 365)

    def _state(self, row: int, fact: int) -> None:
        """Make a fact stated, without evidence."""
        self._records.given[row, fact] = True
        self._records.reason[row, fact] = self._records.kind[row, fact] = -1

    def value(self, row: int, fact: int) -> str:
        """What is said of a fact, as JSON."""
        if self._ground.boolean[fact]:
            return "true" if self._records.truth[row, fact] else "false"
        return self.spelled(fact, int(self._records.values[row, self._ground.column[fact]]))

    def another(self, row: int, fact: int) -> str:
        """Some other value of the same fact, as JSON."""
        if self._ground.boolean[fact]:
            return "false" if self._records.truth[row, fact] else "true"
        word, value = self._ground.words[fact], int(self._records.values[row, self._ground.column[fact]])
        match word.type:
            case "choice":
                return self.spelled(fact, (value + 1) % len(word.choices or ()))
            case "text":
                return json.dumps(f"{json.loads(self.spelled(fact, value))}（另一说法）", ensure_ascii=False)
            case "ratio":
                return self.spelled(fact, value - 1000 if value > 5000 else value + 1000)
            case "integer" | "number":
                return self.spelled(fact, value * 6 // 5 + 10 ** PLACES[word.type])
            case _:
                return self.spelled(fact, value - 1)

    def spelled(self, fact: int, value: int) -> str:
        """A value that is no yes or no, as JSON."""
        return spelled(self._ground, fact, [value])[0]


def spelled(ground: Ground, fact: int, values: list[int]) -> list[str]:
    """Values of a fact that is no boolean, as JSON."""
    word = ground.words[fact]
    match word.type:
        case "choice" | "text":
            labels = [json.dumps(label, ensure_ascii=False) for label in ground.labels(word)]
            return [labels[value] for value in values]
        case "date":
            return [f'"{day}"' for day in np.array(values, dtype="datetime64[D]").astype(str).tolist()]
        case "month":
            return [f'"{value // 12:04}-{value % 12 + 1:02}"' for value in values]
        case _:
            scale = 10 ** PLACES[word.type]
            return [f"{value // scale}.{value % scale:0{PLACES[word.type]}}".rstrip("0") if value % scale else str(value // scale) for value in values]
