"""A sample for inspection from the result of a survey: who is drawn, why and with which chance, and what that says of all.

The unit is the record: a company that filed for several years stands in the population as often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import polars as pl

from checker.errors import InputError, Place, Problem, Text
from checker.facts import FactBase
from checker.pack_files import load_packs
from checker.packs import Packs
from checker.sampling.again import Again
from checker.sampling.drawing import Chances, Unit, draw
from checker.sampling.estimate import Answer, Share, share
from checker.sampling.findings import load_findings
from checker.sampling.risk import SIZE_COLUMN, Part, Risk, load_risk, reasons, sizes_of, weighed
from checker.spotcheck import SpotCheck, spot_check
from checker.survey.asked import ABOUT, Asked
from checker.survey.output import beside, in_columns, read_told
from checker.survey.peers import load_peers
from checker.vocabulary import Vocabulary
from checker.wording import problem

By = Literal["industry", "region", "size", "pack"]
#: What strata can be made of, and the column that says so.
COLUMN_OF: Mapping[By, str] = {"industry": "section", "region": "region", "size": SIZE_COLUMN, "pack": "packs"}
#: A code of each of these, nothing where it is not known.
Codes = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Records that are alike: how many there are, how many can be expected in a sample, and how many were drawn."""

    codes: Codes
    population: int
    expected: Fraction
    drawn: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """One record of the sample: its row of :func:`checker.sampling.risk.weighed`, stratum, chance, and why it weighs what it does."""

    row: Mapping[str, Any]
    codes: Codes
    probability: Fraction
    reasons: Sequence[tuple[Part, int, Text]]

    @property
    def record(self) -> str:
        """The name of the record."""
        return str(self.row["record"])

    @property
    def inconsistent(self) -> bool:
        """Whether the survey found a contradiction, or a violated clause of consistency."""
        return bool(self.row["contradictions"] or self.row["inconsistencies"])


@dataclass(frozen=True)
class Drawing:
    """A sample, the weightiest first, and what it was drawn from.

    ``inconsistent`` is the share of records with a contradiction or a violated clause of consistency as the sample alone tells
    it, ``truly`` what the survey counted. ``warnings`` are for whoever drew it.
    """

    table: Path
    told: Mapping[str, Any]
    packs: Packs
    risk: Risk
    by: tuple[By, ...]
    seed: int
    size: int
    population: int
    certain: int
    strata: tuple[Stratum, ...]
    chosen: tuple[Chosen, ...]
    inconsistent: Share
    truly: int
    warnings: tuple[Problem, ...]

    def share(self, answers: Mapping[str, bool]) -> Share | None:
        """The share of the population for which the answer is yes, from those of records of the sample; see :func:`share`."""
        known = [Answer(one.probability, answers[one.record]) for one in self.chosen if one.record in answers]
        return share(known, self.population, self.certain, self.risk.confidence)

    def margins(self, place: int) -> list[Stratum]:
        """The strata added up by what stands in one place of :attr:`by`."""
        found: dict[str | None, list[Stratum]] = {}
        for stratum in self.strata:
            found.setdefault(stratum.codes[place], []).append(stratum)
        added = [Stratum((code,), sum(one.population for one in some), sum((one.expected for one in some), Fraction(0)), sum(one.drawn for one in some))
                 for code, some in found.items()]
        return sorted(added, key=lambda stratum: _rank(stratum.codes, (self.by[place],), self.packs.vocabulary))


def inspect(table: Path, size: int, seed: int, by: Sequence[By], rules: Path | None = None) -> Drawing:
    """Draw a sample from the table of a survey.

    Args:
        table: the result of a survey; the file that says what the survey was has to stand beside it.
        size: how many records, at least 1; where there are no more, all are taken.
        seed: the same one draws the same sample from the same records, in whatever order they stand.
        by: what strata are made of.
        rules: a folder of rules in place of those of the survey.

    Raises:
        InputError: the result cannot be read, or holds no record; the rules cannot be read.
    """
    told = read_told(table)
    folder = rules or (Path(told["rules"]) if told["rules"] else None)
    packs = load_packs(folder)
    asked = Asked(packs, told["only"])
    risk, peers = load_risk(packs.vocabulary, folder), load_peers(folder)
    with in_columns(table, asked.schema) as columns:
        if lacking := [name for name in (*ABOUT, SIZE_COLUMN) if name not in columns.collect_schema()]:
            raise InputError([problem(Place(str(table)), "not_a_survey", reason=", ".join(lacking))])
        frame = weighed(columns, asked, risk, peers)
    if not frame.height:
        raise InputError([problem(Place(str(table)), "nothing_to_sample")])
    changed = packs.digest != told["digest"]
    warnings = (problem(Place(str(beside(table, ".survey.json"))), "rules_since_survey", fatal=False),) if changed else ()
    by = tuple(dict.fromkeys(by))
    codes: list[Codes] = list(zip(*(frame[COLUMN_OF[name]].to_list() for name in by), strict=True)) if by else [()] * frame.height
    ranks = {code: _rank(code, by, packs.vocabulary) for code in set(codes)}
    order = {code: (place,) for place, code in enumerate(sorted(ranks, key=ranks.__getitem__))}
    units = [Unit(name, order[code], weight) for name, code, weight in zip(frame["record"].to_list(), codes, frame["weight"].to_list(), strict=True)]
    found, drawn = draw(units, size, seed)
    rows = frame[drawn].rows(named=True)
    chosen = [Chosen(row, codes[index], found.of(units[index].weight), reasons(row, packs.vocabulary)) for row, index in zip(rows, drawn, strict=True)]
    chosen.sort(key=lambda one: (-one.row["weight"], one.record))
    certain = sum(found.certain(unit.weight) for unit in units)
    inconsistent = share([Answer(one.probability, one.inconsistent) for one in chosen], frame.height, certain, risk.confidence)
    assert inconsistent is not None
    truly = frame.filter((pl.col("contradictions") > 0) | (pl.col("inconsistencies") > 0)).height
    strata = _strata(codes, units, found, drawn, order)
    return Drawing(table, told, packs, risk, by, seed, size, frame.height, certain, strata, tuple(chosen), inconsistent, truly, warnings)


def _strata(codes: Sequence[Codes], units: Sequence[Unit], found: Chances, drawn: Sequence[int], order: Mapping[Codes, Any]) -> tuple[Stratum, ...]:
    population, certain, lots, chosen = Counter(codes), Counter[Codes](), Counter[Codes](), Counter(codes[index] for index in drawn)
    for code, unit in zip(codes, units, strict=True):
        if found.certain(unit.weight):
            certain[code] += 1
        else:
            lots[code] += unit.weight
    each = Fraction(found.lots, found.total) if found.total else Fraction(0)
    return tuple(Stratum(code, population[code], certain[code] + lots[code] * each, chosen[code]) for code in order)


def _rank(codes: Codes, by: Sequence[By], vocabulary: Vocabulary) -> tuple[tuple[int, str], ...]:
    """Where a stratum stands: as its codes stand in the vocabulary, what is not known last."""
    known = {"industry": vocabulary.terms.sections, "region": vocabulary.terms.regions, "size": sizes_of(vocabulary), "pack": {}}
    places = [list(known[name]) for name in by]
    return tuple((len(place) + 1, "") if code is None else (place.index(code), "") if code in place else (len(place), code)
                 for code, place in zip(codes, places, strict=True))


def in_words(name: By, code: str | None, vocabulary: Vocabulary) -> Text:
    """What a code of a stratum means."""
    if code is None:
        return Text("不明", "not known")
    known: Mapping[str, Text] = {"industry": vocabulary.terms.sections, "region": vocabulary.terms.regions,
                                 "size": sizes_of(vocabulary), "pack": {}}[name]
    label = known.get(code)
    return Text(f"{code} {label.zh}", f"{code} {label.en}") if label and name != "size" else label or Text(code, code)


@dataclass(frozen=True, slots=True)
class Checked:
    """What to verify of a record of the sample, or the problems why that cannot be said."""

    chosen: Chosen
    facts: FactBase | None = None
    found: SpotCheck | None = None
    problems: tuple[Problem, ...] = ()


def checked(drawing: Drawing, engine: str | None, told: Callable[[Problem], None]) -> Iterator[Checked]:
    """Every record of a sample, read again, with what to verify, one at a time.

    Args:
        drawing: the sample.
        engine: the evaluator.
        told: told every problem of reading a record again, once for a file.
    """
    again = Again(drawing.told["sources"], {one.record: one.row["digest"] for one in drawing.chosen})
    heard: set[Problem] = set()
    for one in drawing.chosen:
        try:
            facts = again.facts(one.record, drawing.packs)
            yield Checked(one, facts, spot_check(facts, drawing.packs, only=tuple(drawing.told["only"]), as_of=one.row["as_of"], engine=engine))
        except InputError as error:
            for found in error.problems:
                if found not in heard:
                    told(found)
            heard.update(error.problems)
            yield Checked(one, problems=error.problems)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the inspectors found, by record, and said of the population; ``missing`` records of the sample have no finding yet."""

    findings: Mapping[str, bool]
    share: Share
    missing: int


def confirmed(drawing: Drawing, path: Path) -> Confirmed:
    """The share of the population that inspection would confirm, by the findings of a file.

    Raises:
        InputError: the file cannot be read, names records that are not in the sample, or too few to say anything.
    """
    findings = load_findings(path, [one.record for one in drawing.chosen])
    found = drawing.share(findings)
    if found is None:
        raise InputError([problem(Place(str(path)), "findings_too_few")])
    return Confirmed(findings, found, len(drawing.chosen) - len(findings))
