"""The dictionary of facts: what can be known about a company, whichever standard asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from checker.errors import Place, Problem, Text
from checker.load import Document
from checker.wording import nearest, problem

FactType = Literal["boolean", "integer", "number", "ratio", "choice", "date", "text"]


@dataclass(frozen=True, slots=True)
class Word:
    """One fact as the vocabulary defines it.

    ``unit`` is a code of the terms (``None`` for a fact without one; a ratio has none and lies between 0 and 1),
    ``minimum`` and ``maximum`` are inclusive, ``choices`` maps each code of a choice to what people read.
    """

    path: str
    type: FactType
    label: Text
    question: Text
    evidence: tuple[str, ...]
    unit: str | None = None
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    choices: Mapping[str, Text] | None = None
    awaits: str | None = None


@dataclass(frozen=True, slots=True)
class EventField:
    """Something that may be known of an event: a choice, with what people read for each code."""

    label: Text
    choices: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that facts, events and companies are described with: code to what people read."""

    units: Mapping[str, Text]
    evidence_kinds: Mapping[str, Text]
    missing_reasons: Mapping[str, Text]
    event_kinds: Mapping[str, Text]
    event_fields: Mapping[str, EventField]
    traits: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All facts by path, their topics, and the terms."""

    words: Mapping[str, Word]
    topics: Mapping[str, Text]
    terms: Terms

    def unknown_fact(self, fact: str, place: Place) -> Problem:
        """The problem that there is no such fact, with the nearest one, or with an example where it is a group."""
        inside = [path for path in self.words if path.startswith(fact + ".")]
        if inside:
            return problem(place, "group_not_fact", fact=fact, example=inside[0])
        listed = Text("可用的事实见 esgcheck rules facts。", "See esgcheck rules facts for those there are.")
        groups = (path.rpartition(".")[0] for path in self.words)
        known = dict.fromkeys((*self.words, *groups, *self.topics))
        return problem(place, "unknown_fact", fact=fact, hint=nearest(fact, known, listed))


def text(tree: Any) -> Text:
    """A bilingual text from its tree."""
    return Text(tree["zh"], tree["en"])


def texts(tree: Any) -> dict[str, Text]:
    """Codes and their bilingual texts from a tree."""
    return {code: text(words) for code, words in tree.items()}


def build_terms(tree: Any) -> Terms:
    """The terms from their schema-valid tree."""
    fields = {name: EventField(text(field["label"]), texts(field["choices"])) for name, field in tree["event_fields"].items()}
    plain = ("units", "evidence_kinds", "missing_reasons", "event_kinds", "traits")
    return Terms(event_fields=fields, **{name: texts(tree[name]) for name in plain})


def build_vocabulary(terms: Document, topics: list[Document], problems: list[Problem]) -> Vocabulary:
    """The vocabulary from schema-valid documents; what is wrong between them is added to ``problems``."""
    vocabulary = Vocabulary(words := {}, titles := {}, build_terms(terms.data))
    places: dict[str, Place] = {}
    for document in topics:
        tree = document.data
        titles[tree["topic"]] = text(tree["title"])
        for path, entry in tree["facts"].items():
            word = _word(path, entry)
            problems.extend(_word_problems(word, tree["topic"], document, vocabulary, places))
            words[path] = word
            places[path] = document.place("facts", path)
    for path, place in places.items():
        steps = path.split(".")
        for length in range(1, len(steps)):
            beginning = ".".join(steps[:length])
            if beginning in words:
                problems.append(problem(place, "path_prefix", fact=beginning, other=path))
    return vocabulary


def _word(path: str, entry: Any) -> Word:
    ratio = entry["type"] == "ratio"
    return Word(
        path,
        entry["type"],
        text(entry["label"]),
        text(entry["question"]),
        tuple(entry["evidence"]),
        entry.get("unit"),
        0 if ratio else entry.get("minimum"),
        1 if ratio else entry.get("maximum"),
        texts(entry["choices"]) if "choices" in entry else None,
        entry.get("awaits"),
    )


def _word_problems(word: Word, topic: str, document: Document, vocabulary: Vocabulary, places: Mapping[str, Place]) -> list[Problem]:
    place = document.place("facts", word.path)
    found = []
    if word.path.split(".")[0] != topic:
        found.append(problem(place, "wrong_topic", fact=word.path, topic=topic))
    if word.path in places:
        found.append(problem(place, "repeated_name", name=word.path, place=places[word.path]))
    terms = vocabulary.terms
    for code, known in [(word.unit, terms.units), *((kind, terms.evidence_kinds) for kind in word.evidence)]:
        if code is not None and code not in known:
            found.append(not_a_choice(place, code, known))
    return found


def not_a_choice(place: Place, value: str, choices: Mapping[str, Text] | tuple[str, ...]) -> Problem:
    """The problem that a code is none of the choices, with the nearest of them."""
    listed = ", ".join(choices)
    return problem(place, "not_a_choice", value=value, choices=listed,
                   hint=nearest(value, choices, Text("请从中选择。", "Choose one of them.")))
