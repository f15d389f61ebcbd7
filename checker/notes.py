"""What is unclear in the sources and how each pack reads it: every source note there is, in one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checker.errors import Text
from checker.packs import Pack
from checker.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Note:
    """One source note: what it is about (a clause's id, a heading, the scoring ...), where that stands, and the note."""

    pack: str | None
    about: str
    title: Text
    file: str
    place: str
    note: Text
    truncated: bool = False


def notes(packs: Iterable[Pack], vocabulary: Vocabulary) -> Iterator[Note]:
    """The notes of some packs in the order of their sources, then those on tables that facts are computed from."""
    listed = list(packs)
    for pack in listed:
        yield from _notes_of(pack)
    asked = {path for pack in listed for clause in pack.clauses for path in clause.computed}
    for path in sorted(asked):
        word = vocabulary.words[path]
        assert word.table is not None
        yield Note(None, path, word.label, word.table.document.zh, path, word.table.source_note)


def _notes_of(pack: Pack) -> Iterator[Note]:
    for about, title, place, said, truncated in (*_about_the_pack(pack), *_about_its_parts(pack)):
        if said:
            yield Note(pack.name, about, title, pack.file, place, said, truncated)


#: What a note is about, its title, its place in the source, the note, and whether the source is cut off there.
_Row = tuple[str, Text, str, Text | None, bool]


def _about_the_pack(pack: Pack) -> Iterator[_Row]:
    yield pack.name, pack.title, pack.edition.zh, pack.source_note, False
    if pack.scoring:
        scoring = pack.scoring
        yield f"{pack.name} scoring", Text("评分办法", "scoring"), scoring.place, scoring.source_note, False
        yield f"{pack.name} scoring.incomplete", Text("缺失部分", "what is missing"), scoring.place, scoring.incomplete, True
    if pack.grading:
        yield f"{pack.name} grading", Text("等级", "grades"), pack.grading.place, pack.grading.source_note, False


def _about_its_parts(pack: Pack) -> Iterator[_Row]:
    above = {part.number: part for part in pack.dimensions}
    for chapter in pack.chapters:
        first = [above.pop(chapter.dimension)] if chapter.dimension in above else []
        for heading in (*first, chapter, *chapter.sections):
            yield f"{pack.name} {heading.number}", heading.title, heading.number, heading.source_note, False
        for clause in pack.clauses:
            if clause.chapter == chapter.number:
                yield clause.name, clause.title, clause.citation.place, clause.source_note, clause.truncated
