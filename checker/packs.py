"""Standard packs: the clauses of each source document, and how they are found by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from typing import Literal

from checker.awards import Award
from checker.conditions import Count, Node, Rule, facts_of, leaves
from checker.errors import InputError, Place, Text
from checker.schemes import Grading, Scoring
from checker.vocabulary import Vocabulary
from checker.wording import nearest, problem

Modality = Literal["mandatory", "recommended", "permitted"]
#: What people read for each, from the strongest.
MODALITIES: dict[Modality, Text] = {
    "mandatory": Text("强制", "mandatory"),
    "recommended": Text("推荐", "recommended"),
    "permitted": Text("可选", "permitted"),
}


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a clause stands in its source: the printed number or position, and the line of the source file."""

    file: str
    place: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered requirement, indicator or other item of a standard.

    ``name`` is the pack and the printed number (``auto-csr:5.4.4.1``). ``truncated`` says that the source is cut off
    inside the clause, so that only what is legible is checked. ``figures`` are facts shown with it that do not decide,
    ``computed`` those that the condition asks for and that are computed from others. ``points`` are what a scored clause
    can earn at most, ``award`` what earns them (there is none where assessors rate the clause on the pack's scale).
    ``scored_with`` is the number of another clause, where the source scores both in one merged cell. ``addressee`` is the
    trait of whom the clause binds, where that is not everybody the pack is for; ``least_assurance`` the least assurance of
    evidence that it accepts.
    """

    pack: str
    number: str
    chapter: str
    section: str
    kind: str
    modality: Modality
    title: Text
    statement: Text
    citation: Citation
    rule: Rule
    figures: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    source_note: Text | None = None
    truncated: bool = False
    points: Decimal | None = None
    award: Award | None = None
    scored_with: str | None = None
    addressee: str | None = None
    least_assurance: str | None = None

    @property
    def name(self) -> str:
        """The clause's id across all packs."""
        return self.rule.name

    @property
    def conditions(self) -> tuple[Node, ...]:
        """Everything the clause asks: when it applies, its condition, then what earns points."""
        gate = () if self.rule.applies_if is None else (self.rule.applies_if,)
        return (*gate, self.rule.condition, *(self.award.elements if self.award else ()))

    @property
    def events(self) -> tuple[Count, ...]:
        """The events the clause counts, whatever their number, each kind of count once."""
        counts = (leaf for node in self.conditions for leaf in leaves(node) if isinstance(leaf, Count))
        return tuple(dict.fromkeys(replace(count, operator="at_least", number=0) for count in counts))

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact the clause asks for or shows: those of its conditions, then its figures."""
        return tuple(dict.fromkeys((*(fact for node in self.conditions for fact in facts_of(node)), *self.figures)))


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A statement that rests on the verdicts of clauses instead of on facts."""

    title: Text
    rule: Rule

    @property
    def name(self) -> str:
        """The conclusion's id across all packs."""
        return self.rule.name


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the source, with its printed points, if any: a dimension of the pack, a chapter (``5.4``), or a section in
    it (``5.4.4``). ``dimension`` is that of a chapter, in a pack that has dimensions.
    """

    number: str
    title: Text
    source_note: Text | None
    sections: tuple[Section, ...] = ()
    points: Decimal | None = None
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """One source document as data. ``digest`` is the SHA-256 over its rule files, ``traits`` say whom it is for.

    ``file_digest`` is that of the source, where there is one. ``scoring`` and ``grading`` are there where the source scores its clauses and grades the total.
    """

    name: str
    title: Text
    file: str
    file_digest: str | None
    edition: Text
    source_note: Text | None
    traits: tuple[str, ...]
    chapters: tuple[Section, ...]
    clauses: tuple[Clause, ...]
    conclusions: tuple[Conclusion, ...]
    digest: str
    scoring: Scoring | None = None
    grading: Grading | None = None
    dimensions: tuple[Section, ...] = ()

    def addressed_to(self, traits: Collection[str]) -> Pack:
        """The pack as it binds somebody with these traits: the clauses that address one of them.

        Those that name no addressee are for the traits of the pack that no clause addresses, and for whoever asks for the pack
        without having any of its traits.
        """
        addressed = {clause.addressee for clause in self.clauses} & set(traits)
        general = not addressed or bool(set(self.traits) - {clause.addressee for clause in self.clauses} & set(traits))
        return replace(self, clauses=tuple(clause for clause in self.clauses if clause.addressee in addressed or (general and clause.addressee is None)))

    @property
    def preconditions(self) -> tuple[Clause, ...]:
        """The clauses that must be satisfied before anybody may apply."""
        return tuple(clause for clause in self.clauses if clause.kind == "precondition")

    @property
    def scored(self) -> tuple[Clause, ...]:
        """The clauses that earn points."""
        return tuple(clause for clause in self.clauses if clause.points is not None)

    @property
    def cells(self) -> tuple[tuple[Clause, ...], ...]:
        """The scored clauses, those together that the source scores in one merged cell, the one with the award first."""
        return tuple((clause, *(other for other in self.scored if other.scored_with == clause.number))
                     for clause in self.scored if clause.scored_with is None)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What an engine runs for this pack."""
        return (*(clause.rule for clause in self.clauses), *(conclusion.rule for conclusion in self.conclusions))


class Packs(Mapping[str, Pack]):
    """All packs of one folder by name, in the order of their names, and the vocabulary they share.

    ``traits`` are those of the companies each pack is for, ``digest`` is the SHA-256 of all rule files. A pack is built when it
    is first asked for.
    """

    def __init__(self, vocabulary: Vocabulary, traits: Mapping[str, tuple[str, ...]], build: Callable[[str], Pack], digest: str) -> None:
        self.vocabulary, self.traits, self.digest = vocabulary, traits, digest
        self._build = cache(build)

    def __getitem__(self, name: str) -> Pack:
        if name not in self.traits:
            raise KeyError(name)
        return self._build(name)

    def __contains__(self, name: object) -> bool:
        return name in self.traits

    def fitting(self, traits: Collection[str]) -> dict[str, str]:
        """The packs that are for somebody with these traits, by name, each with the first of its traits that is among them."""
        found = ((name, next((trait for trait in wanted if trait in traits), None)) for name, wanted in self.traits.items())
        return {name: trait for name, trait in found if trait is not None}

    def __iter__(self) -> Iterator[str]:
        return iter(self.traits)

    def __len__(self) -> int:
        return len(self.traits)

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Every clause of every pack by its id."""
        return {clause.name: clause for pack in self.values() for clause in pack.clauses}

    def pack(self, name: str) -> Pack:
        """The pack of that name.

        Raises:
            InputError: there is none; names the nearest.
        """
        if name not in self:
            listed = ", ".join(self)
            hint = nearest(name, self, Text(f"现有：{listed}。", f"There are: {listed}."))
            raise InputError([problem(Place("--pack"), "unknown_pack", pack=name, hint=hint)])
        return self[name]

    def clause(self, said: str) -> Clause:
        """The clause of that id, or of that bare number where only one pack has it.

        Raises:
            InputError: there is none, with the nearest; or several packs have that number.
        """
        here = Place("CLAUSE")
        found = [clause for clause in self.clauses.values() if said in (clause.name, clause.number)]
        if not found:
            known = [*self.clauses, *(clause.number for clause in self.clauses.values())]
            otherwise = Text("条款见 esgcheck rules list。", "See esgcheck rules list.")
            raise InputError([problem(here, "unknown_clause", clause=said, hint=nearest(said, known, otherwise))])
        if len(found) > 1:
            names = [clause.name for clause in found]
            raise InputError([problem(here, "ambiguous_clause", clause=said, choices=", ".join(names), example=names[0])])
        return found[0]
