"""Packs out of a rules folder, validated whole.

A pack is a folder with a ``pack.yaml``, its chapters beside it and its cases under ``tests/``. The folder is the
register: nothing else lists packs, and a new one needs no code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from checker import cache
from checker.awards import Award, build_award, condition_of, plain_award
from checker.conditions import Any as AnyOf
from checker.conditions import Node, Rule, in_stages
from checker.errors import InputError, Place, Problem, Text
from checker.language import Reader
from checker.load import Document, TreePath, load_yaml, shipped
from checker.packs import Citation, Clause, Conclusion, Pack, Packs, Section
from checker.schemes import build_grading, build_scoring, scheme_problems
from checker.validate import schema_problems
from checker.vocabulary import Vocabulary, build_vocabulary, not_a_choice, source_note, text
from checker.wording import nearest, problem

#: The folder beside the packs that holds no rules but profiles of populations (see :mod:`checker.synth.profile`).
POPULATION = "population"


def load_packs(folder: Path | str | None = None) -> Packs:
    """Every pack of a rules folder (by default the one that ships with the program), validated whole.

    Raises:
        InputError: every problem in any of the files, each with its line.
    """
    root = shipped("rules") if folder is None else Path(folder)
    found = (path for path in sorted(root.glob("*/*.yaml")) if path.parent.name != POPULATION)
    files = {path.relative_to(root).as_posix(): path for path in found}
    if not any(name.endswith("/pack.yaml") for name in files):
        raise InputError([problem(Place(str(root)), "no_packs")])
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    key = cache.key_of(digests)
    trees = cache.recall(key)
    if trees is None:
        documents = _validated({name: load_yaml(path) for name, path in files.items()})
    else:
        documents = {name: Document(str(files[name]), trees[name], digests[name], lambda _: (0, 0)) for name in files}
    packs = _packs(documents, cache.digest_of(digests), proven=trees is not None)
    if trees is None:
        cache.remember(key, {name: document.data for name, document in documents.items()})
    return packs


def _validated(documents: dict[str, Document]) -> dict[str, Document]:
    problems: list[Problem] = []
    for name, document in documents.items():
        problems.extend(schema_problems(document, _schema_of(name)))
    if problems:
        raise InputError(problems)
    return documents


def _schema_of(name: str) -> str:
    if name == "vocabulary/terms.yaml":
        return "terms"
    if name.startswith("vocabulary/"):
        return "vocabulary"
    return "pack" if name.endswith("/pack.yaml") else "chapter"


def _packs(documents: dict[str, Document], digest: str, *, proven: bool) -> Packs:
    """Packs from schema-valid documents; those that have proven to be good before are built as they are asked for.

    Raises:
        InputError: names that do not exist or exist twice, conditions that do not fit their facts.
    """
    problems: list[Problem] = []
    topics = [document for name, document in documents.items() if _schema_of(name) == "vocabulary"]
    vocabulary = build_vocabulary(documents["vocabulary/terms.yaml"], topics, problems, proven=proven)
    of_packs: dict[str, tuple[Document, list[Document]]] = {}
    for path, document in documents.items():
        folder, _, file = path.partition("/")
        if file == "pack.yaml":
            chapters = [other for name, other in documents.items() if name.startswith(folder + "/") and name != path]
            of_packs[document.data["pack"]] = document, chapters
    traits = {name: tuple(document.data["applies_to"]["traits"]) for name, (document, _) in of_packs.items()}
    packs = Packs(vocabulary, traits, lambda name: _PackBuilder(*of_packs[name], vocabulary, problems).build(), digest)
    if not proven:
        list(packs.values())
    if problems:
        raise InputError(problems)
    return packs


class _PackBuilder:
    """Builds one pack: first the names of all its clauses, then their conditions, which may refer to each other."""

    def __init__(self, document: Document, chapters: list[Document], vocabulary: Vocabulary, problems: list[Problem]) -> None:
        self._document = document
        self._tree = document.data
        self._name: str = self._tree["pack"]
        above = [None, *(part["dimension"] for part in self._tree.get("dimensions", []))]
        self._chapters = sorted(chapters, key=lambda chapter: _position(chapter.data, above))
        self._vocabulary = vocabulary
        self._problems = problems
        self._entries = list(self._clause_entries())
        self._cells: dict[str, list[Any]] = {}
        for _, entry, _ in self._entries:
            self._cells.setdefault(entry.get("award", {}).get("with", ""), []).append(entry)
        self._has_scale = "bands" in self._tree.get("scoring", {})
        problems.extend(self._cell_problems())

    def build(self) -> Pack:
        tree = self._tree
        terms = self._vocabulary.terms
        for index, trait in enumerate(tree["applies_to"]["traits"]):
            if trait not in terms.traits:
                place = self._document.place("applies_to", "traits", index)
                self._problems.append(not_a_choice(place, trait, terms.traits))
        files = sorted((document.name.rpartition("/")[2], document.digest) for document in (self._document, *self._chapters))
        pack = Pack(
            name=self._name,
            title=text(tree["title"]),
            file=tree["source"]["file"],
            file_digest=tree["source"].get("sha256"),
            edition=text(tree["source"]["edition"]),
            source_note=source_note(tree),
            traits=tuple(tree["applies_to"]["traits"]),
            chapters=tuple(self._section(document) for document in self._chapters),
            clauses=tuple(self._clause(document, entry, path) for document, entry, path in self._entries),
            conclusions=tuple(self._conclusions()),
            digest=hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in files).encode()).hexdigest(),
            scoring=build_scoring(tree["scoring"]) if "scoring" in tree else None,
            grading=build_grading(tree["grading"]) if "grading" in tree else None,
            dimensions=tuple(_heading(part, "dimension") for part in tree.get("dimensions", [])),
        )
        self._problems.extend(scheme_problems(self._document))
        try:
            in_stages(pack.rules)
        except ValueError as error:
            self._problems.append(problem(self._document.place(), "circle", names=str(error)))
        return pack

    def _clause_entries(self) -> Iterator[tuple[Document, Any, TreePath]]:
        """Every clause with its document and path, in the order of the source; a number used twice is a problem."""
        seen: dict[str, tuple[Document, TreePath]] = {}
        for document in self._chapters:
            tree = document.data
            known = [section["section"] for section in tree.get("sections", [])] or [tree["chapter"]]
            for index, entry in enumerate(tree["clauses"]):
                path: TreePath = ("clauses", index)
                if entry["clause"] in seen:
                    first, where = seen[entry["clause"]]
                    place = document.place(*path, "clause")
                    self._problems.append(problem(place, "repeated_name", name=entry["clause"], place=first.place(*where, "clause")))
                seen[entry["clause"]] = document, path
                section = _section_of(document, entry)
                if section not in known:
                    self._problems.append(not_a_choice(document.place(*path, "section"), section, tuple(known)))
                if "points" in entry and "scoring" not in self._tree:
                    self._problems.append(problem(document.place(*path, "points"), "points_without_scoring", pack=self._name))
                yield document, entry, path

    def _cell_problems(self) -> Iterator[Problem]:
        """Merged cells whose clauses do not fit together."""
        entries = {entry["clause"]: entry for _, entry, _ in self._entries}
        for document, entry, path in self._entries:
            other = entry.get("award", {}).get("with")
            if other is None:
                continue
            place = document.place(*path, "award", "with")
            if other not in entries:
                hint = nearest(other, entries, Text("请检查条款号。", "Check the number."))
                yield problem(place, "unknown_clause", clause=other, hint=hint)
            elif any(entry.get(key) != entries[other].get(key) for key in ("kind", "section", "applies_if")) or "with" in entries[other].get("award", {}):
                yield problem(place, "cell_mismatch", clause=entry["clause"], other=other)

    def _reader(self, document: Document) -> Reader:
        def resolve(said: str, path: TreePath) -> str | None:
            numbers = [entry["clause"] for _, entry, _ in self._entries]
            if said in numbers:
                return f"{self._name}:{said}"
            hint = nearest(said, numbers, Text("请检查条款号。", "Check the number."))
            self._problems.append(problem(document.place(*path), "unknown_clause", clause=said, hint=hint))
            return None

        def select(wanted: dict[str, str], path: TreePath) -> list[str]:
            found = [f"{self._name}:{entry['clause']}" for owner, entry, _ in self._entries if _selected(owner, entry, wanted)]
            if not found:
                self._problems.append(problem(document.place(*path), "nothing_selected"))
            return found

        return Reader(document, self._vocabulary, self._problems, resolve, select)

    def _clause(self, document: Document, entry: Any, path: TreePath) -> Clause:
        reader = self._reader(document)
        for index, figure in enumerate(entry.get("figures", [])):
            reader.fact(figure, (*path, "figures", index))
        applies_if = reader.condition(entry["applies_if"], (*path, "applies_if")) if "applies_if" in entry else None
        condition = reader.condition(entry["condition"], (*path, "condition")) if "condition" in entry else None
        award = self._award(entry, condition, reader, (*path, "award"))
        if condition is None:
            condition = condition_of(entry["award"], award) if award else AnyOf(())
        source = entry["source"]
        chapter = document.data
        return Clause(
            pack=self._name,
            number=entry["clause"],
            chapter=chapter["chapter"],
            section=_section_of(document, entry),
            kind=entry["kind"],
            modality=entry["modality"],
            title=text(entry["title"]),
            statement=text(entry["statement"]),
            citation=Citation(self._tree["source"]["file"], source["place"], source.get("line")),
            rule=Rule(f"{self._name}:{entry['clause']}", condition, applies_if),
            figures=tuple(entry.get("figures", ())),
            computed=tuple(reader.computed),
            source_note=source_note(entry),
            truncated=entry.get("truncated", False),
            points=Decimal(entry["points"]) if "points" in entry else None,
            award=award,
            scored_with=entry.get("award", {}).get("with"),
            addressee=self._code("addressee", self._vocabulary.terms.traits, document, entry, path),
            least_assurance=self._code("least_assurance", self._vocabulary.terms.assurance_levels, document, entry, path),
        )

    def _code(self, key: str, known: Mapping[str, Text], document: Document, entry: Any, path: TreePath) -> str | None:
        said: str | None = entry.get(key)
        if said is not None and said not in known:
            self._problems.append(not_a_choice(document.place(*path, key), said, known))
        return said

    def _award(self, entry: Any, condition: Node | None, reader: Reader, path: TreePath) -> Award | None:
        """What earns the points of a clause; nothing where it has none, where assessors rate it, or where another clause's
        award is its own, too.
        """
        if "points" not in entry or "with" in entry.get("award", {}):
            return None
        worth = Fraction(entry["points"]) + sum((Fraction(other.get("points", 0)) for other in self._cells.get(entry["clause"], ())), Fraction(0))
        if "award" in entry:
            return build_award(entry["award"], worth, reader, path)
        return None if self._has_scale or condition is None else plain_award(worth, condition, reader.words(condition))

    def _conclusions(self) -> Iterator[Conclusion]:
        for document in self._chapters:
            tree = document.data
            for index, entry in enumerate(tree.get("conclusions", [])):
                condition = self._reader(document).condition(entry["condition"], ("conclusions", index, "condition"))
                yield Conclusion(text(entry["title"]), Rule(f"{self._name}:{entry['conclusion']}", condition))

    def _section(self, document: Document) -> Section:
        tree = document.data
        known = tuple(part["dimension"] for part in self._tree.get("dimensions", []))
        if "dimension" in tree and tree["dimension"] not in known:
            self._problems.append(not_a_choice(document.place("dimension"), tree["dimension"], known))
        sections = tuple(_heading(part, "section") for part in tree.get("sections", []))
        return replace(_heading(tree, "chapter"), sections=sections, dimension=tree.get("dimension"))


def _heading(tree: Any, level: str) -> Section:
    return Section(tree[level], text(tree["title"]), source_note(tree), points=Decimal(tree["points"]) if "points" in tree else None)


def _selected(document: Document, entry: Any, wanted: dict[str, str]) -> bool:
    chapter = document.data
    having = {"chapter": chapter["chapter"], "section": _section_of(document, entry), "modality": entry["modality"]}
    return all(having[key] == value for key, value in wanted.items())


def _section_of(document: Document, entry: Any) -> str:
    """The section a clause stands in: its own, or the chapter itself."""
    section: str = entry.get("section", document.data["chapter"])
    return section


def _position(chapter: Any, dimensions: list[str | None]) -> tuple[Any, ...]:
    """Sorts chapters as the source has them: those above all dimensions, then dimension by dimension, by their numbers."""
    dimension = chapter.get("dimension")
    return dimensions.index(dimension) if dimension in dimensions else len(dimensions), _numeric(chapter["chapter"])


def _numeric(number: str) -> tuple[tuple[int, str], ...]:
    """Sorts 5.10 after 5.9: the parts of a printed number as numbers, words after them."""
    return tuple((int(part), "") if part.isdecimal() else (1_000_000, part) for part in number.split("."))
