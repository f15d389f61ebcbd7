"""A report in words, as documents tell it: everything a reader may want of it, in one language, whatever it is printed on.

Pages, working papers and tables are made from this one value (:mod:`checker.render.drafting` writes it), so that they cannot tell
different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.conditions import Verdict
from checker.packs import Modality
from checker.render.pictures import Bar, Scale
from checker.render.scores import ScoreTable


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of a fact: its value or why there is none, its evidence by id, and where in the file of facts it stands."""

    value: str
    evidence: tuple[str, ...]
    remarks: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of a finding with everything stated of it; ``conflicts`` says in which ways that cannot all hold."""

    label: str
    path: str
    role: str
    decides: bool
    stated: tuple[Stated, ...]
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence: document, place, and what is known of it; ``details`` are names and values, the same for every piece."""

    name: str
    document: str
    place: str
    details: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a condition: its value, coded like a verdict and in a word, the node in words, what is stated of its facts, and whether the value above rests on it."""

    value: Verdict
    mark: str
    word: str
    text: str
    stated: tuple[str, ...]
    decides: bool
    parts: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A finding in words; the codes of verdict and modality beside their names, for whoever sorts by them."""

    name: str
    number: str
    pack: str
    chapter: str
    section: str
    title: str
    statement: str
    kind: str
    modality: Modality
    modality_word: str
    verdict: Verdict
    verdict_word: str
    mark: str
    reason: str
    remarks: tuple[str, ...]
    citation: str
    note: str
    truncated: str
    waived: bool
    applies: Branch | None
    condition: Branch
    facts: tuple[FactRow, ...]
    needs: tuple[str, ...]
    contradictions: tuple[str, ...]
    evidence: tuple[Proof, ...]
    events: tuple[str, ...]
    claims: tuple[str, ...]
    score: tuple[str, ...]
    points: str

    @property
    def code(self) -> str:
        """The clause's id as a name that pages can link to."""
        return self.name.replace(":", "-")


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many findings of a chapter and a modality have each verdict; ``total`` is the row of a whole pack."""

    chapter: str
    modality: str
    numbers: tuple[int, ...]
    bar: Bar
    total: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter or section of the source with the findings under it; ``above`` is the title of the dimension that begins here."""

    number: str
    title: str
    note: str
    items: tuple[Item, ...]
    sections: tuple[Heading, ...] = ()
    above: str = ""

    def all_items(self) -> Iterator[Item]:
        """The findings under it, those of its sections, too."""
        yield from self.items
        for section in self.sections:
            yield from section.all_items()


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """A score: its table, the bounds on a scale with the limits of the grades, the grade, and what is to be said of it."""

    table: ScoreTable
    picture: Scale
    grade: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackSheet:
    """What one pack found. ``extents`` is how much was disclosed: headings, then a row for each chapter and the total."""

    name: str
    title: str
    reason: str
    remarks: tuple[str, ...]
    source: tuple[tuple[str, str], ...]
    counts: tuple[CountRow, ...]
    extents: tuple[tuple[str, ...], ...]
    score: ScoreSheet | None
    chapters: tuple[Heading, ...]
    conclusions: tuple[tuple[Verdict, str], ...]

    def all_items(self) -> Iterator[Item]:
        """Its findings in the order of the source."""
        for chapter in self.chapters:
            yield from chapter.all_items()


@dataclass(frozen=True, slots=True)
class Paper:
    """A report in words. ``facts`` tells who was judged, on what, by what: names and values. ``outcome`` is the first thing to read."""

    company: str
    outcome: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    verdicts: tuple[tuple[Verdict, str, str], ...]
    modalities: tuple[tuple[Modality, str], ...]
    packs: tuple[PackSheet, ...]
    contradictions: tuple[tuple[str, str, str, str], ...]
    waivers: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[tuple[str, str, str], ...]
    documents: tuple[tuple[str, str], ...]
