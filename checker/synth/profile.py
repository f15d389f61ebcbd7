"""The profile of a population: every number about the companies that are invented, as data with its names checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from checker.errors import InputError, Problem
from checker.load import Document, TreePath, load_yaml, shipped
from checker.pack_files import POPULATION
from checker.packs import Packs
from checker.validate import schema_problems
from checker.vocabulary import Vocabulary, Word, not_a_choice

#: A company's qualities: a normal number each, with mean 0 and variance 1.
Pillar = Literal["environment", "social", "governance"]
PILLARS: tuple[Pillar, ...] = ("environment", "social", "governance")

@dataclass(frozen=True, slots=True)
class Profile:
    """A population as data. ``tree`` is valid against ``schemas/synth.schema.json``, and its names exist; ``digest`` is the
    SHA-256 of its file.
    """

    tree: Mapping[str, Any]
    digest: str

    def __getitem__(self, key: str) -> Any:
        return self.tree[key]

    def spec(self, word: Word) -> Mapping[str, Any]:
        """How a fact is drawn: what is said of it by name, else by the last part of its name, else by its unit, over what
        holds for its type.
        """
        endings = [ending for ending in self.tree["by_ending"] if word.path.endswith((f".{ending}", f"_{ending}"))] if word.type == "boolean" else []
        said = self.tree["facts"].get(word.path)
        if said is None and endings:
            said = self.tree["by_ending"][max(endings, key=len)]
        if said is None and word.unit and word.type in ("integer", "number"):
            said = self.tree["by_unit"].get(word.unit)
        default = self.tree["defaults"].get(word.type, {})
        return said if said and "median" in said else {**default, **(said or {})}

    def pillar(self, path: str) -> Pillar:
        """Which quality decides what a company says of a fact."""
        topic = path.partition(".")[0]
        return next(pillar for pillar in PILLARS if topic in self.tree["quality"]["pillars"][pillar])

    @property
    def tied(self) -> frozenset[str]:
        """The facts that something ties to other facts, to events, to evidence or to peers."""
        return frozenset(fact for fact, _ in _facts_of(self.tree))


def load_profile(packs: Packs, folder: Path | None = None) -> Profile:
    """The profile of a rules folder, or the shipped one where that folder has none.

    Raises:
        InputError: every problem of the file, each with its line.
    """
    own = None if folder is None else folder / POPULATION / "synth.yaml"
    document = load_yaml(own if own is not None and own.is_file() else shipped("rules") / POPULATION / "synth.yaml")
    problems = schema_problems(document, "synth")
    if not problems:
        problems = [*_names(document, packs)]
    if problems:
        raise InputError(problems)
    return Profile(document.data, document.digest)


def _facts_of(tree: Mapping[str, Any]) -> Iterator[tuple[str, TreePath]]:
    """Every fact that something ties to something else, with its place."""
    for key in ("employees", "revenue", "assets"):
        yield tree["size"][key], ("size", key)
    for section, keys in (("sums", ("total",)), ("at_most", ("least", "most")), ("quotients", ("ratio",)), ("implies", ("where", "also")), ("claims", ("fact",))):
        for index, entry in enumerate(tree[section]):
            yield from ((entry[key], (section, index, key)) for key in keys)
            yield from ((fact, (section, index, key)) for key in ("parts", "over", "under") for fact in entry.get(key, ()))
    yield from ((fact, ("shown", fact)) for fact in tree["shown"])
    yield from ((fact, ("planted", "figures", index)) for index, fact in enumerate(tree["planted"]["figures"]))


def _names(document: Document, packs: Packs) -> Iterator[Problem]:
    """Names of facts, clauses, packs and codes of the terms that do not exist."""
    tree, vocabulary, terms = document.data, packs.vocabulary, packs.vocabulary.terms
    named = [*_facts_of(tree), *((fact, ("facts", fact)) for fact in tree["facts"])]
    yield from (vocabulary.unknown_fact(fact, document.place(*path)) for fact, path in named if fact not in vocabulary.words)
    codes: list[tuple[str, Any, TreePath]] = [
        *((entry["trait"], terms.traits, ("traits", index)) for index, entry in enumerate(tree["traits"])),
        (tree["otherwise_trait"], terms.traits, ("otherwise_trait",)),
        (tree["ratings"]["pack"], tuple(packs), ("ratings", "pack")),
        *((unit, terms.units, ("by_unit", unit)) for unit in tree["by_unit"]),
        *((reason, terms.missing_reasons, ("missing", "reasons")) for reason in tree["missing"]["reasons"]),
        *((kind, terms.evidence_kinds, ("evidence", "kinds", kind)) for kind in tree["evidence"]["kinds"]),
        *((kind["document"], tuple(tree["evidence"]["documents"]), ("evidence", "kinds", name)) for name, kind in tree["evidence"]["kinds"].items()),
        *((kind, tuple(tree["evidence"]["kinds"]), ("shown", fact)) for fact, kind in tree["shown"].items()),
        *((kind, tuple(tree["evidence"]["kinds"]), ("planted", "evidence")) for kind in tree["planted"]["evidence"]),
        *((kind, terms.event_kinds, ("events", "kinds", kind)) for kind in tree["events"]["kinds"]),
        *((field, tuple(tree["events"]["fields"]), ("events", "kinds", name)) for name, kind in tree["events"]["kinds"].items() for field in kind["fields"]),
        *((field, tuple(terms.event_fields), ("events", "fields", field)) for field in tree["events"]["fields"]),
        *((kind, tuple(tree["events"]["kinds"]), ("claims", index, "events")) for index, claim in enumerate(tree["claims"]) for kind in claim["events"]),
        *((entry["clause"], tuple(packs.clauses), (section, index, "clause"))
          for section in ("sums", "at_most") for index, entry in enumerate(tree[section]) if "clause" in entry),
        *((topic, tuple(name for names in tree["quality"]["pillars"].values() for name in names), ("quality", "pillars")) for topic in vocabulary.topics),
    ]
    yield from (not_a_choice(document.place(*path), code, known) for code, known, path in codes if code not in known)
    yield from _choices(document, vocabulary)


def _choices(document: Document, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Codes of choices that the vocabulary does not have."""
    fields = vocabulary.terms.event_fields
    for name, weights in document.data["events"]["fields"].items():
        known = fields[name].choices if name in fields else weights
        yield from (not_a_choice(document.place("events", "fields", name), code, known) for code in weights if code not in known)
    for fact, spec in document.data["facts"].items():
        known = (vocabulary.words[fact].choices or {}) if fact in vocabulary.words else {}
        yield from (not_a_choice(document.place("facts", fact), code, known) for code in spec.get("weights", {}) if known and code not in known)
