"""What happens to companies: their events, what they claim about them, and the ratings that some were given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from checker.synth.ground import Bools, Ground, Ints, numbers, picked, stream
from checker.synth.population import Cell, Companies
from checker.synth.profile import PILLARS

#: How many years of events a statement of completeness speaks of.
YEARS_COVERED = 3


@dataclass(slots=True)
class Happenings:
    """The events of a block's companies, one after another, company by company.

    ``row``, ``kind`` and ``day`` (days since 1970) are those of each event, ``fields`` has a column for each field that events
    can have: the number of its choice, or -1 where it is not known or such events have none. ``complete`` says for which kinds a
    company states that its list is complete; ``denied`` lists claims of none that are made all the same.
    """

    row: Ints
    kind: Ints
    day: Ints
    fields: Ints
    shown: Bools
    complete: Bools
    denied: list[Cell] = field(default_factory=list)

    def add(self, row: int, kind: int, day: int, fields: Sequence[int]) -> None:
        """Add one event."""
        self.row, self.kind, self.day = np.append(self.row, row), np.append(self.kind, kind), np.append(self.day, day)
        self.fields = np.vstack([self.fields, np.array([fields], dtype=np.int64)])
        self.shown = np.append(self.shown, False)

    def in_order(self) -> None:
        """Sort the events by company and day."""
        order = np.lexsort((self.kind, self.day, self.row))
        self.row, self.kind, self.day = self.row[order], self.kind[order], self.day[order]
        self.fields, self.shown = self.fields[order], self.shown[order]

    def whose(self, ground: Ground, kinds: Iterable[str], where: Iterable[tuple[str, tuple[str, ...]]] = ()) -> Ints:
        """The rows of companies with an event of these kinds that is, or may be, one with such choices."""
        matching = np.isin(self.kind, [ground.event_kinds.index(kind) for kind in kinds if kind in ground.event_kinds])
        for name, choices in where:
            if name in ground.fields:
                known = list(ground.profile["events"]["fields"][name])
                codes = [-1, *(known.index(choice) for choice in choices if choice in known)]
                matching &= np.isin(self.fields[:, ground.fields.index(name)], codes)
        return np.unique(self.row[matching])


def draw_happenings(ground: Ground, seed: int, block: int, companies: Companies, years: Sequence[int]) -> Happenings:
    """The events of all these years up to the last one, and what is claimed on its last day."""
    tree = ground.profile["events"]
    kinds = tree["kinds"].values()
    better, larger, known, said, evidenced = numbers((tree["quality"], tree["size"], tree["field_known"], tree["statements"], tree["evidenced"]))
    pillars = [PILLARS.index(kind["pillar"]) for kind in kinds]
    rates = numbers(kind["rate"] for kind in kinds) * np.exp(-better * companies.quality[:, pillars] + larger * companies.quality[:, 3:])
    having = np.array([[name in kind["fields"] for name in ground.fields] for kind in kinds])
    weights = [list(choices.values()) for choices in tree["fields"].values()]
    found: list[tuple[Ints, Ints, Ints, Ints, Bools]] = []
    for year in years:
        numbers_of = stream(seed, block, f"events {year}").poisson(np.minimum(rates, 20))
        row, kind = (np.repeat(each.ravel(), numbers_of.ravel()) for each in np.indices(numbers_of.shape))
        chance = stream(seed, block, f"event fields {year}").random((len(row), 2 + 2 * len(ground.fields)))
        start = np.datetime64(f"{year}-01-01").astype(np.int64)
        codes = [np.where(having[kind, place] & (chance[:, 2 + 2 * place] < known), picked(weights[place], chance[:, 3 + 2 * place]), -1)
                 for place in range(len(ground.fields))]
        found.append((row, kind, start + (chance[:, 0] * 365).astype(np.int64), np.stack(codes, axis=1), chance[:, 1] < evidenced))
    complete = stream(seed, block, "event statements").random((len(companies.names), len(ground.event_kinds))) < said
    row, kind, day, fields, shown = (np.concatenate(parts) for parts in zip(*found, strict=True))
    happenings = Happenings(row, kind, day, fields, shown, complete)
    happenings.in_order()
    return happenings


def event_texts(ground: Ground, happenings: Happenings, has: Bools) -> list[tuple[int, str]]:
    """Each event as JSON, with its row."""
    choices = [list(codes) for codes in ground.profile["events"]["fields"].values()]
    proof = ground.kinds.index(ground.profile["planted"]["evidence"][1])
    days = happenings.day.astype("datetime64[D]").astype(str)
    found = []
    for row, kind, day, fields, shown in zip(happenings.row.tolist(), happenings.kind.tolist(), days.tolist(), happenings.fields.tolist(),
                                             happenings.shown.tolist(), strict=True):
        known = "".join(f',"{ground.fields[place]}":"{choices[place][code]}"' for place, code in enumerate(fields) if code >= 0)
        evidence = f',"evidence":["{ground.kinds[proof]}"]' if shown and has[row, proof] else ""
        found.append((row, f'{{"kind":"{ground.event_kinds[kind]}","date":"{day}"{known}{evidence}}}'))
    return found


def claim_texts(ground: Ground, happenings: Happenings, end: date, as_of: date) -> tuple[Ints, list[str], Ints]:
    """Statements on events as JSON: the row and the number of each, and the texts that the numbers stand for."""
    first = date(end.year - YEARS_COVERED + 1, 1, 1)
    window = f'"from":"{first}","to":"{as_of}"'
    texts = [f'{{"kind":"{kind}",{window}{claim}}}' for claim in ("", ',"none":true') for kind in ground.event_kinds]
    none = np.ones_like(happenings.complete)
    none[happenings.row, happenings.kind] = False
    complete = happenings.complete.copy()
    for cell in happenings.denied:
        none[cell] = complete[cell] = True
    row, kind = np.nonzero(complete)
    return row, texts, kind + len(ground.event_kinds) * none[row, kind]


def rating_texts(ground: Ground, seed: int, block: int, companies: Companies, year: int) -> Mapping[int, str]:
    """The ratings of those companies that were rated, as JSON by their row."""
    tree = ground.profile["ratings"]
    pack = ground.packs[tree["pack"]]
    scale = pack.scoring.scale if pack.scoring else None
    clauses = [clause.name for clause in pack.scored if clause.scored_with is None and clause.award is None] if scale else []
    rate, banded, mean, spread, better = numbers((tree["rate"], tree["banded"], tree["mean"], tree["spread"], tree["quality"]))
    chance = stream(seed, block, f"ratings {year}").random((len(companies.names), 2))
    noise = stream(seed, block, f"marks {year}").standard_normal((len(companies.names), len(clauses)))
    fitting = companies.traits[:, [trait in pack.traits for trait in ground.traits]].any(axis=1)
    rows = np.flatnonzero(fitting & (chance[:, 0] < rate))
    marks = np.clip(mean + better * companies.quality[rows, :3].mean(axis=1)[:, None] + spread * noise[rows], 0, 1)
    bands = scale.bands if scale else ()
    given = {}
    for row, marked in zip(rows.tolist(), np.rint(marks * 100).astype(np.int64).tolist(), strict=True):
        ways = [f'"band":"{bands[min(mark * len(bands) // 100, len(bands) - 1)].name}"' if chance[row, 1] < banded else f'"ratio":{_ratio(mark)}' for mark in marked]
        said = (f'{{"clause":"{clause}","assessor":"{tree["assessor"]}",{way}}}' for clause, way in zip(clauses, ways, strict=True))
        given[row] = f"[{','.join(said)}]"
    return given


def _ratio(hundredths: int) -> str:
    """Hundredths as JSON writes a decimal."""
    return "1" if hundredths == 100 else f"0.{hundredths:02}".rstrip("0") if hundredths else "0"
