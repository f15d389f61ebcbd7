"""The dictionary of facts: what can be known about a company, whichever standard asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from checker.conditions import Count, Window
from checker.errors import Place, Problem, Text
from checker.load import Document, TreePath
from checker.tables import Table
from checker.wording import nearest, problem

#: Blanks between Chinese characters or their punctuation.
_BETWEEN_CHINESE = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uff60，。；：、]) +(?=[\u2e80-\u9fff\uff00-\uff60“‘《（])")

FactType = Literal["boolean", "integer", "number", "ratio", "choice", "date", "month", "text"]


@dataclass(frozen=True, slots=True)
class Word:
    """One fact as the vocabulary defines it.

    ``unit`` is a code of the terms (``None`` for a fact without one; a ratio has none and lies between 0 and 1),
    ``minimum`` and ``maximum`` are inclusive, ``choices`` maps each code of a choice to what people read.

    ``fixed`` marks what a company cannot change. A boolean fact that ``denies`` claims that this count is "at most 0":
    recorded events overrule it. A choice fact with a ``table`` is computed and never stated; one with ``by_industry``
    follows, unless it is stated, from the company's industry code by its longest prefix.
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
    fixed: bool = False
    denies: Count | None = None
    table: Table | None = None
    by_industry: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class EventField:
    """Something that may be known of an event: a choice, with what people read for each code."""

    label: Text
    choices: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that facts, events and companies are described with: code to what people read.

    ``assurance_levels`` are listed from the least to the most, ``assurance_of`` is the level of each kind of evidence.
    ``sections`` are those of GB/T 4754 by letter, ``section_of_division`` leads there from the first two digits of an industry
    code; ``regions`` are the provinces by the first two digits of GB/T 2260.
    """

    units: Mapping[str, Text]
    evidence_kinds: Mapping[str, Text]
    missing_reasons: Mapping[str, Text]
    event_kinds: Mapping[str, Text]
    event_fields: Mapping[str, EventField]
    traits: Mapping[str, Text]
    assurance_levels: Mapping[str, Text] = field(default_factory=dict)
    assurance_of: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, Text] = field(default_factory=dict)
    section_of_division: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, Text] = field(default_factory=dict)

    def at_least(self, level: str, least: str) -> bool:
        """Whether a level of assurance is no lower than another one."""
        levels = list(self.assurance_levels)
        return levels.index(level) >= levels.index(least)

    def section(self, industry: str | None) -> str | None:
        """The section that an industry code is in; its letter, where it begins with one."""
        return None if not industry else industry[0] if industry[0] in self.sections else self.section_of_division.get(industry[:2])

    def region(self, credit_code: str | None) -> str | None:
        """The province where a company is registered: the third and fourth digit of its unified social credit code (GB 32100)."""
        return credit_code[2:4] if credit_code and credit_code[2:4] in self.regions else None


class Words(Mapping[str, Word]):
    """Facts by path, built from their schema-valid trees as they are asked for: a check needs a few of very many."""

    def __init__(self) -> None:
        self.trees: dict[str, Any] = {}
        self._built: dict[str, Word] = {}

    def __getitem__(self, path: str) -> Word:
        if path not in self._built:
            self._built[path] = _word(path, self.trees[path])
        return self._built[path]

    def __contains__(self, path: object) -> bool:
        return path in self.trees

    def __iter__(self) -> Iterator[str]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.trees)


@dataclass(frozen=True)
class Vocabulary:
    """All facts by path, their topics, and the terms."""

    words: Mapping[str, Word]
    topics: Mapping[str, Text]
    terms: Terms

    def having(self, key: Literal["denies", "by_industry", "table"]) -> tuple[Word, ...]:
        """The facts that have something few have."""
        return self._rare[key]

    @cached_property
    def _rare(self) -> dict[str, tuple[Word, ...]]:
        """The facts that have something few have, by what it is; those without are not even built."""
        trees = self.words.trees if isinstance(self.words, Words) else None
        keys = {"denies": "denies", "by_industry": "by_industry", "table": "computed"}
        return {attribute: tuple(word for path in self.words if trees is None or key in trees[path]
                                 for word in [self.words[path]] if getattr(word, attribute))
                for attribute, key in keys.items()}

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
    """A bilingual text from its tree. Folded lines of YAML leave a blank between two Chinese characters; it is dropped."""
    zh = tree["zh"]
    return Text(_BETWEEN_CHINESE.sub("", zh) if " " in zh else zh, tree["en"])


def texts(tree: Any) -> dict[str, Text]:
    """Codes and their bilingual texts from a tree."""
    return {code: text(words) for code, words in tree.items()}


def source_note(tree: Any) -> Text | None:
    """The note on the source of something, if it has one."""
    return text(tree["source_note"]) if "source_note" in tree else None


def build_terms(tree: Any) -> Terms:
    """The terms from their schema-valid tree."""
    fields = {name: EventField(text(field["label"]), texts(field["choices"])) for name, field in tree["event_fields"].items()}
    sections = tree["industry_sections"]
    divisions = {f"{division:02}": letter for letter, section in sections.items() for first, last in [section["divisions"].split("-")]
                 for division in range(int(first), int(last) + 1)}
    plain = ("units", "evidence_kinds", "missing_reasons", "event_kinds", "traits", "assurance_levels")
    return Terms(event_fields=fields, assurance_of=tree["assurance_of"], sections=texts(sections), section_of_division=divisions,
                 regions=texts(tree["regions"]), **{name: texts(tree[name]) for name in plain})


def build_vocabulary(terms: Document, topics: list[Document], problems: list[Problem], *, proven: bool = False) -> Vocabulary:
    """The vocabulary from schema-valid documents; what is wrong between them is added to ``problems``, unless they have proven
    to be good before.
    """
    vocabulary = Vocabulary(words := Words(), titles := {}, build_terms(terms.data))
    if proven:
        for document in topics:
            titles[document.data["topic"]] = text(document.data["title"])
            words.trees |= document.data["facts"]
        return vocabulary
    problems.extend(_assurance_problems(terms))
    owners: dict[str, Document] = {}
    for document in topics:
        tree = document.data
        titles[tree["topic"]] = text(tree["title"])
        for path, entry in tree["facts"].items():
            words.trees[path] = entry
            problems.extend(_word_problems(words[path], tree["topic"], document, vocabulary, owners))
            owners[path] = document
            problems.extend(_reference_problems(path, entry, document, vocabulary.terms))
    for document in topics:
        for path, entry in document.data["facts"].items():
            problems.extend(_table_problems(path, entry, document, words))
    for path, document in owners.items():
        steps = path.split(".")
        for length in range(1, len(steps)):
            beginning = ".".join(steps[:length])
            if beginning in words:
                problems.append(problem(document.place("facts", path), "path_prefix", fact=beginning, other=path))
    return vocabulary


def _assurance_problems(terms: Document) -> Iterator[Problem]:
    """Kinds of evidence without a level, and levels that do not exist."""
    tree = terms.data
    yield from (problem(terms.place("assurance_of"), "missing_key", key=kind) for kind in tree["evidence_kinds"] if kind not in tree["assurance_of"])
    for kind, level in tree["assurance_of"].items():
        if level not in tree["assurance_levels"]:
            yield not_a_choice(terms.place("assurance_of", kind), level, tuple(tree["assurance_levels"]))


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
        entry.get("fixed", False),
        Count(*event_pattern(entry["denies"]), "at_most", 0) if "denies" in entry else None,
        _table(entry["computed"]) if "computed" in entry else None,
        entry.get("by_industry"),
    )


def event_pattern(tree: Any) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...], Window]:
    """Which events are counted, from a schema-valid tree: their kinds, the choices in their fields, the window."""
    during = tree["during"]
    where = tuple((name, tuple(choices)) for name, choices in tree.get("where", {}).items())
    return tuple(tree["events"]), where, during["months"] if isinstance(during, dict) else during


def event_pattern_problems(tree: Any, document: Document, path: TreePath, terms: Terms) -> Iterator[Problem]:
    """Kinds, fields and choices of events that do not exist."""
    for kind in tree["events"]:
        if kind not in terms.event_kinds:
            yield not_a_choice(document.place(*path, "events"), kind, terms.event_kinds)
    for name, choices in tree.get("where", {}).items():
        place = document.place(*path, "where", name)
        if name not in terms.event_fields:
            yield not_a_choice(place, name, tuple(terms.event_fields))
        else:
            known = terms.event_fields[name].choices
            yield from (not_a_choice(place, code, known) for code in choices if code not in known)


def _table(tree: Any) -> Table:
    measures = tree["measures"]

    def thresholds(bounds: Any) -> tuple[tuple[str, int | Decimal], ...]:
        return tuple((measures[name]["fact"], least * measures[name].get("times", 1)) for name, least in bounds.items()
                     if name in measures)

    elsewhere = tree.get("elsewhere", {"rows": [], "fact": None})
    return Table(
        tree["by"],
        tuple(tree["classes"]),
        {row: {name: thresholds(classes.get(name, {})) for name in tree["classes"][1:]} for row, classes in tree["rows"].items()},
        tuple(elsewhere["rows"]),
        elsewhere["fact"],
        text(tree["document"]),
        text(tree["source_note"]),
    )


def _reference_problems(path: str, entry: Any, document: Document, terms: Terms) -> Iterator[Problem]:
    here: TreePath = ("facts", path)
    if "denies" in entry:
        yield from event_pattern_problems(entry["denies"], document, (*here, "denies"), terms)
    for prefix, choice in entry.get("by_industry", {}).items():
        if choice not in entry["choices"]:
            yield not_a_choice(document.place(*here, "by_industry", prefix), choice, tuple(entry["choices"]))


def _table_problems(path: str, entry: Any, document: Document, words: Mapping[str, Word]) -> Iterator[Problem]:
    """Facts and classes that a table names and that do not exist, or that a row leaves out."""
    if "computed" not in entry:
        return
    tree = entry["computed"]
    here: TreePath = ("facts", path, "computed")
    rows = words[tree["by"]].choices if tree["by"] in words else None
    if rows is None:
        yield not_a_choice(document.place(*here, "by"), tree["by"], tuple(words))
        return
    for name, measure in tree["measures"].items():
        if measure["fact"] not in words or words[measure["fact"]].type not in ("integer", "number"):
            yield not_a_choice(document.place(*here, "measures", name), measure["fact"], tuple(words))
    for row, classes in tree["rows"].items():
        if row not in rows:
            yield not_a_choice(document.place(*here, "rows", row), row, rows)
        yield from _row_problems(classes, tree, document, (*here, "rows", row))
    yield from (not_a_choice(document.place(*here, "classes"), name, tuple(entry["choices"]))
                for name in tree["classes"] if name not in entry["choices"])
    covered = {*tree["rows"], *tree.get("elsewhere", {"rows": []})["rows"]}
    yield from (problem(document.place(*here, "rows"), "missing_key", key=row) for row in rows if row not in covered)


def _row_problems(classes: Any, tree: Any, document: Document, path: TreePath) -> Iterator[Problem]:
    """Classes that a row leaves out or that do not exist, and measures that do not."""
    above_lowest = tree["classes"][1:]
    yield from (problem(document.place(*path), "missing_key", key=name) for name in above_lowest if name not in classes)
    for name, bounds in classes.items():
        if name not in above_lowest:
            yield not_a_choice(document.place(*path, name), name, tuple(above_lowest))
        yield from (not_a_choice(document.place(*path, name), measure, tuple(tree["measures"]))
                    for measure in bounds if measure not in tree["measures"])


def _word_problems(word: Word, topic: str, document: Document, vocabulary: Vocabulary, owners: Mapping[str, Document]) -> Iterator[Problem]:
    here: TreePath = ("facts", word.path)
    if word.path.split(".")[0] != topic:
        yield problem(document.place(*here), "wrong_topic", fact=word.path, topic=topic)
    if word.path in owners:
        yield problem(document.place(*here), "repeated_name", name=word.path, place=owners[word.path].place(*here))
    terms = vocabulary.terms
    for code, known in [(word.unit, terms.units), *((kind, terms.evidence_kinds) for kind in word.evidence)]:
        if code is not None and code not in known:
            yield not_a_choice(document.place(*here), code, known)


def not_a_choice(place: Place, value: str, choices: Mapping[str, Text] | tuple[str, ...]) -> Problem:
    """The problem that a code is none of the choices, with the nearest of them."""
    listed = ", ".join(choices)
    return problem(place, "not_a_choice", value=value, choices=listed,
                   hint=nearest(value, choices, Text("请从中选择。", "Choose one of them.")))
