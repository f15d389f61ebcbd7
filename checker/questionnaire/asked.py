"""What a questionnaire asks: each fact once, however many clauses want it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from checker.packs import MODALITIES, Clause, Modality, Pack
from checker.vocabulary import Vocabulary, Word


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A fact with the clauses that ask for it and the strongest of their modalities; none where it is only stated."""

    word: Word
    clauses: tuple[str, ...]
    modality: Modality | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The facts in the order of the vocabulary, topic by topic; the kinds of events that are counted; the clauses to be rated; whether
    a grade may be refined.
    """

    facts: tuple[AskedFact, ...]
    events: tuple[str, ...]
    rated: tuple[Clause, ...]
    refined: bool


def asked(packs: Sequence[Pack], vocabulary: Vocabulary, *, stated: Collection[str] = ()) -> Asked:
    """What some packs ask, and beside it the facts that are stated already."""
    by_fact: dict[str, list[Clause]] = {}
    kinds: set[str] = set()
    for clause in (clause for pack in packs for clause in pack.clauses):
        for fact in clause.facts:
            by_fact.setdefault(fact, []).append(clause)
        kinds.update(kind for events in clause.events for kind in events.kinds)
    denied = (vocabulary.words[fact].denies for fact in by_fact)
    kinds.update(kind for events in denied if events for kind in events.kinds)
    facts = tuple(_asked(vocabulary.words[path], by_fact.get(path, [])) for path in vocabulary.words if path in by_fact or path in stated)
    rated = tuple(clause for pack in packs for clause in pack.scored
                  if not clause.scored_with and (clause.award.discretion if clause.award else pack.scoring and pack.scoring.scale))
    return Asked(facts, tuple(kind for kind in vocabulary.terms.event_kinds if kind in kinds), rated, any(pack.grading and pack.grading.marks for pack in packs))


def _asked(word: Word, clauses: list[Clause]) -> AskedFact:
    modalities = {clause.modality for clause in clauses}
    return AskedFact(word, tuple(clause.name for clause in clauses), next((modality for modality in MODALITIES if modality in modalities), None))
