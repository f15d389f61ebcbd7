"""What a survey comes to, in numbers: one frozen value from the table of its results.

Every number is a count, or a value that stands in the table, so it is exact; only what peers typically state is not. None of
it depends on the order of the rows. The table is read column by column, so that its size in memory does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Literal, TypeVar, cast

import polars as pl

from checker.bounds import Range
from checker.conditions import Verdict
from checker.errors import Text
from checker.facts import Conflict
from checker.packs import Clause, Modality, Pack
from checker.schemes import Grade
from checker.survey.asked import Asked
from checker.survey.peers import Peers, outliers
from checker.survey.restated import FILED, Refiled, Restated
from checker.survey.running import Tally
from checker.survey.scores import ENDS
from checker.vocabulary import Word

#: How many columns are read at a time: verdicts are a byte each, figures sixteen.
VERDICTS_AT_A_TIME, FIGURES_AT_A_TIME = 128, 16
#: How many of the outliers are named; the others are counted.
FURTHEST = 20
#: Which part of the values does not exceed each of the points of a distribution.
QUARTERS = (Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(1))

Basis = Literal["rated", "supported"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records have each verdict on a clause, and of how many it is not asked."""

    satisfied: int = 0
    violated: int = 0
    unknown: int = 0
    not_applicable: int = 0
    not_asked: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.satisfied + other.satisfied, self.violated + other.violated, self.unknown + other.unknown,
                      self.not_applicable + other.not_applicable, self.not_asked + other.not_asked)

    @property
    def asked(self) -> int:
        """Of how many it is asked."""
        return self.open + self.not_applicable

    @property
    def open(self) -> int:
        """How many it may mean: all of whom it is asked, without those it does not apply to."""
        return self.satisfied + self.violated + self.unknown

    @property
    def passed(self) -> Range | None:
        """The share that is satisfied: least if all that are unknown turn out violated, most if satisfied; nothing where nobody is meant.

        Where some of the unknown turn out not to apply, the share is between the two.
        """
        if not self.open:
            return None
        return Range(Fraction(self.satisfied, self.open), Fraction(self.satisfied + self.unknown, self.open))

    def of(self, verdict: Verdict) -> int:
        """How many have this verdict."""
        found: int = getattr(self, verdict)
        return found


@dataclass(frozen=True, slots=True)
class ClauseCounts:
    """The verdicts on one clause: of everybody, and by section of industry; a company of no known one is in section ``""``."""

    clause: Clause
    total: Counts
    sections: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class GradeCount:
    """How many records have a grade for certain, how many have it or a better one for certain, and how many can have."""

    grade: Grade
    settled: int
    at_least: int
    possible: int


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a pack, from the best to the worst; ``unsettled`` is how many records can still have one of several."""

    basis: Basis
    rows: tuple[GradeCount, ...]
    unsettled: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a pack: the points of :data:`QUARTERS` of their least and of their most."""

    basis: Basis
    least: tuple[Decimal, ...]
    most: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What comes of one pack: how many records of how many companies were judged by it, also by section, grades and scores."""

    pack: Pack
    records: int
    companies: int
    sections: Mapping[str, int]
    grades: tuple[Grades, ...]
    scores: tuple[Scores, ...]


@dataclass(frozen=True, slots=True)
class Contradicted:
    """In how many records something is stated that cannot hold: of one fact, or of one kind of events."""

    conflict: Conflict
    about: str
    label: Text
    records: int


@dataclass(frozen=True, slots=True)
class Outlier:
    """A figure that stands far off: ``typical`` is the median of the ``peers`` who state it, ``distance`` how far off it is."""

    record: str
    company: str
    credit_code: str | None
    section: str
    word: Word
    value: int | Decimal
    typical: Decimal
    peers: int
    distance: Decimal


@dataclass(frozen=True, slots=True)
class Outliers:
    """How many figures stand far off, in how many records, of which facts (most first), which furthest, and from what on."""

    number: int
    records: int
    facts: tuple[tuple[Word, int], ...]
    furthest: tuple[Outlier, ...]
    peers: Peers


@dataclass(frozen=True)
class Summary:
    """What a survey comes to.

    ``days`` and ``periods`` are counted in records. ``sections`` are the labels of those that occur, ``units`` those of figures.
    """

    tally: Tally
    companies: int
    days: Mapping[date, int]
    periods: Mapping[tuple[date, date], int]
    sections: Mapping[str, Text]
    section_records: Mapping[str, int]
    packs: tuple[PackSummary, ...]
    clauses: tuple[ClauseCounts, ...]
    contradicted: tuple[Contradicted, ...]
    contradicted_records: int
    inconsistent_records: int
    outliers: Outliers
    restated: tuple[Restated, ...]
    units: Mapping[str, Text]

    def pooled(self, pack: str) -> dict[str, Counts]:
        """All verdicts on the clauses of a pack together, by section."""
        found: dict[str, Counts] = {}
        for clause in self.clauses:
            if clause.clause.pack == pack:
                for section, counts in clause.sections.items():
                    found[section] = found.get(section, Counts()) + counts
        return found

    def most(self, verdict: Verdict, modalities: Sequence[Modality], number: int | None = None) -> list[ClauseCounts]:
        """The clauses of some modality that most often have a verdict, without those that nobody has it on.

        Checks of consistency are left out: they are told apart, and no gap of anybody.
        """
        found = [line for line in self.clauses if line.clause.modality in modalities and line.clause.kind != "consistency" and line.total.of(verdict)]
        return sorted(found, key=lambda line: (-line.total.of(verdict), line.clause.name))[:number]

    @cached_property
    def inconsistent(self) -> tuple[ClauseCounts, ...]:
        """The checks of consistency that are violated, most often first."""
        found = [line for line in self.clauses if line.clause.kind == "consistency" and line.total.violated]
        return tuple(sorted(found, key=lambda line: (-line.total.violated, line.clause.name)))

    @cached_property
    def conflicts(self) -> dict[Conflict, int]:
        """How many contradictions of each kind there are, the most frequent first."""
        found: Counter[Conflict] = Counter()
        for line in self.contradicted:
            found[line.conflict] += line.records
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def summarise(table: pl.LazyFrame, asked: Asked, tally: Tally, peers: Peers) -> Summary:
    """What a survey comes to.

    Args:
        table: its result, a row for each record that was judged, with the columns of ``asked.schema``.
        asked: what it asked.
        tally: what came of the records that came in.
        peers: how figures are compared with those of others.
    """
    terms = asked.packs.vocabulary.terms
    company = pl.coalesce("credit_code", pl.lit("name ") + pl.col("name")).alias("company")
    records = table.select("record", "name", "credit_code", company, "section", "packs", "period_start", "period_end", "as_of", "noted").with_row_index("row").collect()
    section_records = {section or "": number for section, number in records.group_by("section").len().iter_rows()}
    sections = {letter: terms.sections[letter] for letter in sorted(section_records) if letter}
    contradicted = _contradicted(table, asked)
    far, restated = _figures(table, asked, records, peers)
    return Summary(
        tally=tally,
        companies=records["company"].n_unique(),
        days=dict(records.group_by("as_of").len().sort("as_of").iter_rows()),
        periods={(start, end): number for start, end, number in records.group_by("period_start", "period_end").len().sort("period_start", "period_end").iter_rows()},
        sections=sections | ({"": Text("门类不明", "section not known")} if "" in section_records else {}),
        section_records=dict(sorted(section_records.items())),
        packs=tuple(_packs(table, asked, records)),
        clauses=tuple(_clauses(table, asked.clauses)),
        contradicted=contradicted,
        contradicted_records=_rows_where(table, pl.col("contradictions") > 0),
        inconsistent_records=_rows_where(table, pl.col("inconsistencies") > 0),
        outliers=far,
        restated=restated,
        units=terms.units,
    )


def _some(things: Sequence[T], number: int) -> Iterator[Sequence[T]]:
    """Things in order, so many at a time."""
    yield from (things[first : first + number] for first in range(0, len(things), number))


def _rows_where(table: pl.LazyFrame, condition: pl.Expr) -> int:
    found: int = table.select(condition.sum()).collect().item()
    return found


# --- verdicts ------------------------------------------------------------------------------------------------------------


def _clauses(table: pl.LazyFrame, clauses: Sequence[Clause]) -> Iterator[ClauseCounts]:
    """The verdicts on each clause, some clauses at a time."""
    verdicts: tuple[Verdict, ...] = ("satisfied", "violated", "unknown", "not_applicable")
    for some in _some(clauses, VERDICTS_AT_A_TIME):
        counted = [(pl.col(clause.name) == verdict).sum().alias(f"{clause.name} {verdict}") for clause in some for verdict in verdicts]
        rows = table.select("section", *(clause.name for clause in some)).group_by("section").agg(pl.len().alias("#"), *counted).collect().rows(named=True)
        for clause in some:
            found = {}
            for row in sorted(rows, key=lambda row: row["section"] or ""):
                of = {str(verdict): int(row[f"{clause.name} {verdict}"]) for verdict in verdicts}
                found[row["section"] or ""] = Counts(**of, not_asked=row["#"] - sum(of.values()))
            yield ClauseCounts(clause, sum(found.values(), Counts()), found)


# --- packs, grades, scores -------------------------------------------------------------------------------------------------


def _packs(table: pl.LazyFrame, asked: Asked, records: pl.DataFrame) -> Iterator[PackSummary]:
    """What comes of each pack; those that judged nobody, too, for that is worth knowing."""
    judged = records.group_by("packs", "section").len().rows()
    by = pl.col("packs").str.split(" ").alias("pack")
    companies = dict(records.lazy().select("company", "packs").unique().select("company", by).explode("pack").group_by("pack")
                     .agg(pl.col("company").n_unique()).collect().iter_rows())
    for name in asked.chosen:
        sections: Counter[str] = Counter()
        for packs, section, number in judged:
            if name in packs.split(" "):
                sections[section or ""] += number
        pack, ledger = asked.packs[name], asked.ledgers.get(name)
        scored = ledger.schema if ledger and sections else {}
        bases: tuple[tuple[Basis, str, str], ...] = (("rated", "score", "grade"), ("supported", "supported", "supported_grade"))
        yield PackSummary(
            pack, sections.total(), companies.get(name, 0), dict(sorted(sections.items())),
            tuple(_grades(table, pack, basis, f"{grade}.{name}") for basis, _, grade in bases if f"{grade}.{name}.least" in scored),
            tuple(_scores(table, basis, f"{score}.{name}") for basis, score, _ in bases if f"{score}.{name}.least" in scored),
        )


def _grades(table: pl.LazyFrame, pack: Pack, basis: Basis, column: str) -> Grades:
    """The grades that records have, and those they can have; the score that is least gives the worst of them."""
    assert pack.grading is not None
    least, most = (f"{column}.{end}" for end in ENDS)
    counted = table.select(pl.col(least).cast(pl.String), pl.col(most).cast(pl.String)).drop_nulls().group_by(least, most).len().collect().rows()
    names = [grade.name for grade in pack.grading.grades]
    surely, possibly, settled = Counter[str](), Counter[str](), Counter[str]()
    for worst, best, number in counted:
        surely[worst] += number
        possibly[best] += number
        settled[worst] += number if worst == best else 0
    better = zip(pack.grading.grades, accumulate(surely[name] for name in names), accumulate(possibly[name] for name in names), strict=True)
    return Grades(basis, tuple(GradeCount(grade, settled[grade.name], sure, possible) for grade, sure, possible in better), surely.total() - settled.total())


def _scores(table: pl.LazyFrame, basis: Basis, column: str) -> Scores:
    ends = [table.select(f"{column}.{end}").drop_nulls().collect().to_series().sort() for end in ENDS]
    return Scores(basis, *(tuple(_points_of(end)) for end in ends))


def _points_of(values: pl.Series) -> Iterator[Decimal]:
    """For each of the quarters the smallest value that so many do not exceed: one that occurs, and no mean of two."""
    for part in QUARTERS:
        above = -(-len(values) * part.numerator // part.denominator)
        yield values[max(above, 1) - 1]


# --- contradictions --------------------------------------------------------------------------------------------------------


def _contradicted(table: pl.LazyFrame, asked: Asked) -> tuple[Contradicted, ...]:
    counted = (table.select(pl.col("contradicted").drop_nulls().str.split("; ").explode().alias("what")).group_by("what").len()
               .sort("len", "what", descending=[True, False]).collect())
    found = []
    for what, number in counted.iter_rows():
        conflict, _, about = what.partition(":")
        found.append(Contradicted(cast(Conflict, conflict), about, _label(about, asked), number))
    return tuple(found)


def _label(about: str, asked: Asked) -> Text:
    """What a fact or a kind of events is called."""
    vocabulary = asked.packs.vocabulary
    return vocabulary.words[about].label if about in vocabulary.words else vocabulary.terms.event_kinds[about]


# --- figures ---------------------------------------------------------------------------------------------------------------


def _figures(table: pl.LazyFrame, asked: Asked, records: pl.DataFrame, peers: Peers) -> tuple[Outliers, tuple[Restated, ...]]:
    """The figures that stand far off, and those that are restated in silence, some facts at a time."""
    words = asked.packs.vocabulary.words
    refiled = Refiled(records.select(*FILED, "credit_code"))
    facts: Counter[str] = Counter()
    rows: set[int] = set()
    furthest: list[tuple[Decimal, str, str, Outlier]] = []
    for some in _some(asked.figures, FIGURES_AT_A_TIME):
        figures = table.select("section", *(f"figure.{fact}" for fact in some)).collect()
        refiled.look(figures, some)
        found = outliers(figures.lazy(), peers)
        facts.update(dict(found.group_by("fact").len().iter_rows()))
        rows.update(found["row"])
        furthest = sorted([*furthest, *_named(found, figures, records, words)], key=lambda entry: entry[:3])[:FURTHEST]
    listed = tuple((words[fact], number) for fact, number in sorted(facts.items(), key=lambda item: (-item[1], item[0])))
    return Outliers(facts.total(), len(rows), listed, tuple(entry[-1] for entry in furthest), peers), refiled.restated(words)


def _named(found: pl.DataFrame, figures: pl.DataFrame, records: pl.DataFrame, words: Mapping[str, Word]) -> Iterable[tuple[Decimal, str, str, Outlier]]:
    """The furthest of some outliers, each after what it is sorted by."""
    first = found.with_columns(records["record"][found["row"]].alias("record")).sort("distance", "record", "fact", descending=[True, False, False])
    for line in first.head(FURTHEST).iter_rows(named=True):
        row = records.row(line["row"], named=True)
        distance = Decimal(repr(line["distance"]))
        value = figures[f"figure.{line['fact']}"][line["row"]]
        yield -distance, line["record"], line["fact"], Outlier(
            line["record"], row["name"], row["credit_code"], row["section"], words[line["fact"]], value, Decimal(repr(line["typical"])), line["peers"], distance)
