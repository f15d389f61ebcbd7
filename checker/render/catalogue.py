"""The rules themselves, for people who browse them and for programs: clauses and facts, without any company."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line
from rich.tree import Tree

from checker.bounds import decimal_of
from checker.conditions import All as AllOf
from checker.conditions import Any as AnyOf
from checker.conditions import Node, Not, asked_by
from checker.crosswalk import Crosswalk
from checker.description import describe, events_text
from checker.errors import Text
from checker.notes import Note
from checker.packs import Clause, Pack, Packs
from checker.render.console import console_for, paragraph, written
from checker.render.layout import KIND_NAMES, MODALITY_NAMES, note_of
from checker.render.numbers import plain
from checker.render.view import View
from checker.vocabulary import Vocabulary, Word


def clauses_json(packs: Iterable[Pack], _view: View) -> bytes:
    """The clauses as a JSON array, one object each, in both languages."""
    found = [
        {
            "id": clause.name,
            "pack": clause.pack,
            "clause": clause.number,
            "chapter": clause.chapter,
            "section": clause.section,
            "kind": clause.kind,
            "modality": clause.modality,
            "points": None if clause.points is None else str(clause.points),
            "award": None if clause.award is None else {
                "join": clause.award.join,
                "parts": [{"least": str(decimal_of(part.least)), "most": str(decimal_of(part.most)), "condition": part.words._asdict()} for part in clause.award.parts],
            },
            "scored_with": clause.scored_with,
            "title": clause.title._asdict(),
            "statement": clause.statement._asdict(),
            "truncated": clause.truncated,
            "source_note": clause.source_note._asdict() if clause.source_note else None,
            "citation": {"file": clause.citation.file, "place": clause.citation.place, "line": clause.citation.line},
            "facts": list(clause.facts),
        }
        for pack in packs
        for clause in pack.clauses
    ]
    return json.dumps(found, ensure_ascii=False, indent=2).encode() + b"\n"


def clauses_text(packs: Iterable[Pack], view: View) -> bytes:
    """The clauses as a table, pack by pack."""
    console = console_for(view)
    for pack in packs:
        told = Text(f"{len(pack.clauses)} 条", f"{len(pack.clauses)} clauses")
        console.print(Line(f"{pack.name}  {view.say(pack.title)}  ({view.say(told)})", style="bold"))
        rows = Table.grid(padding=(0, 1))
        rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True, justify="right")
        rows.add_column(overflow="fold")
        for clause in pack.clauses:
            cut = view.say(Text("〔原文截断〕", " [source cut off]")) if clause.truncated else ""
            title = Line(view.say(clause.title)).append(cut, style="bright_black")
            rows.add_row(clause.number, view.say(MODALITY_NAMES[clause.modality]), _points(clause, view), title)
        console.print(rows)
    return written(console)


def notes_json(found: Iterable[Note], _view: View) -> bytes:
    """Source notes as a JSON array, one object each, in both languages."""
    listed = [{"pack": note.pack, "about": note.about, "title": note.title._asdict(), "file": note.file, "place": note.place,
               "truncated": note.truncated, "note": note.note._asdict()} for note in found]
    return json.dumps(listed, ensure_ascii=False, indent=2).encode() + b"\n"


def notes_text(found: Iterable[Note], view: View) -> bytes:
    """Source notes for people: what each is about, where it stands, what it says."""
    console = console_for(view)
    listed = list(found)
    for note in listed:
        cut = view.say(Text("〔原文截断〕", " [source cut off]")) if note.truncated else ""
        console.print(Line(f"{note.about}  {view.say(note.title)}{cut}", style="bold", overflow="fold"))
        console.print(Line(f"{note.file} {note.place}", style="bright_black", overflow="fold"))
        paragraph(console, view.say(note.note), view)
        console.print()
    console.print(Line(view.say(Text(f"共 {len(listed)} 条。", f"{len(listed)} notes."))))
    return written(console)


def crosswalk_json(found: Crosswalk) -> bytes:
    """The crosswalk as JSON: the shared facts with their clauses, and the shares of clauses."""
    tree = {
        "facts": {fact: {pack: [clause.number for clause in clauses] for pack, clauses in by_pack.items()} for fact, by_pack in found.facts.items()},
        "packs": {name: {"clauses": total, "sharing": sharing} for name, (sharing, total) in found.shares.items()},
    }
    return json.dumps(tree, ensure_ascii=False, indent=2).encode() + b"\n"


def crosswalk_text(found: Crosswalk, packs: Packs, view: View) -> bytes:
    """The crosswalk for people: each shared fact with the clauses that it answers, then the shares."""
    console = console_for(view)
    for fact, by_pack in found.facts.items():
        console.print(Line(f"{view.say(packs.vocabulary.words[fact].label)}  ", style="bold", overflow="fold").append(fact, style="not bold bright_black"))
        for clauses in by_pack.values():
            paragraph(console, f"  {clauses[0].pack}: " + ", ".join(clause.number for clause in clauses), view, "bright_black")
    console.print()
    for name, (sharing, total) in found.shares.items():
        told = Text(f"{name}：{total} 条中 {sharing} 条与其他标准共用事实", f"{name}: {sharing} of {total} clauses share a fact with another pack")
        console.print(Line(view.say(told)))
    every, with_others = sum(total for _, total in found.shares.values()), sum(sharing for sharing, _ in found.shares.values())
    told = Text(f"合计：{every} 条中 {with_others} 条，共用事实 {len(found.facts)} 个", f"In all: {with_others} of {every}, {len(found.facts)} shared facts")
    console.print(Line(view.say(told), style="bold"))
    return written(console)


def clause_text(clause: Clause, vocabulary: Vocabulary, view: View) -> bytes:
    """Everything about one clause."""
    console = console_for(view)
    console.print(Line(f"{clause.name}  {view.say(clause.title)}", style="bold"))
    worth = f" · {_points(clause, view)}" if clause.points is not None else ""
    console.print(Line(f"{view.say(MODALITY_NAMES[clause.modality])} · {view.say(KIND_NAMES[clause.kind])}{worth} · {clause.citation.file} {clause.citation.place}", style="bright_black"))
    paragraph(console, view.say(clause.statement), view)
    if clause.source_note:
        paragraph(console, note_of(clause.source_note, view), view, "bright_black")
    for name, node in ((Text("适用前提", "Applies if"), clause.rule.applies_if), (Text("条件", "Condition"), clause.rule.condition)):
        if node is not None:
            console.print()
            console.print(Line(view.say(name), style="underline"))
            console.print(_branch(node, vocabulary, view))
    for line in _award(clause, view):
        console.print(line)
    if clause.facts:
        console.print()
        console.print(Line(view.say(Text("所问事实", "Facts asked for")), style="underline"))
        _facts(console, (vocabulary.words[path] for path in (*clause.computed, *clause.facts)), vocabulary, view)
    for number, events in enumerate(clause.events):
        if not number:
            console.print()
            console.print(Line(view.say(Text("所问事件", "Events asked for")), style="underline"))
        console.print(Line(" ".join(events.kinds), style="bold").append("".join(f" · {name}: {'|'.join(codes)}" for name, codes in events.where), style="not bold bright_black"))
        paragraph(console, "  " + view.say(events_text(events, vocabulary)), view)
    return written(console)


def _award(clause: Clause, view: View) -> Iterator[Line]:
    """What earns the points of a clause, part by part; nothing where its condition alone does."""
    award = clause.award
    if clause.scored_with:
        yield Line(view.say(Text(f"与 {clause.scored_with} 合并评分。", f"Scored together with {clause.scored_with}.")))
    if award is None or (award.elements == (clause.rule.condition,) and not award.discretion):
        return
    how = Text("相加", "added up") if award.join == "sum" else Text("取最高一项", "the best counts")
    yield Line()
    yield Line(view.say(Text(f"得分（{how.zh}，至多 {plain(award.worth)} 分）", f"Points ({how.en}, at most {plain(award.worth)})")), style="underline")
    listed = [part for part in award.parts if part.events is None]
    for part in listed:
        worth = plain(part.most) if not part.discretionary else f"{plain(part.least)}–{plain(part.most)}"
        who = Text("，由评审员定", ", as the assessor decides") if part.discretionary else Text("", "")
        yield Line(view.say(Text(f"{worth} 分{who.zh}：{part.words.zh}", f"{worth} points{who.en}: {part.words.en}")), overflow="fold")
    for points, events in dict.fromkeys((part.most, part.words_for_each) for part in award.parts if part.words_for_each):
        yield Line(view.say(Text(f"每起 {plain(points)} 分：{events.zh}", f"{plain(points)} points each: {events.en}")), overflow="fold")


def _points(clause: Clause, view: View) -> str:
    return "" if clause.points is None else view.say(Text(f"{clause.points} 分", f"{clause.points} points"))


def facts_text(words: Iterable[Word], vocabulary: Vocabulary, view: View) -> bytes:
    """Facts with type, unit and question."""
    console = console_for(view)
    _facts(console, words, vocabulary, view)
    return written(console)


def _facts(console: Console, words: Iterable[Word], vocabulary: Vocabulary, view: View) -> None:
    for word in words:
        unit = f" · {view.say(vocabulary.terms.units[word.unit])}" if word.unit else ""
        choices = " · " + "|".join(word.choices) if word.choices else ""
        kinds = view.say(Text("、", ", ")).join(view.say(vocabulary.terms.evidence_kinds[kind]) for kind in word.evidence)
        line = Line(word.path, style="bold").append(f"  {word.type}{unit}{choices}", style="not bold bright_black")
        line.append(f"\n  {view.say(word.question)}", style="not bold").append(view.say(Text(f"  〔{kinds}〕", f"  [{kinds}]")), style="not bold bright_black")
        console.print(line)
        if word.denies:
            told = Text(f"  记录在案的事件优先于声明：{describe(word.denies, vocabulary).zh}", f"  Recorded events overrule it: {describe(word.denies, vocabulary).en}")
            paragraph(console, view.say(told), view, "bright_black")
        if word.table:
            told = Text(f"  由{vocabulary.words[word.table.by].label.zh}等计算，不能填写。依据：{word.table.document.zh}", f"  Computed, never stated. Source: {word.table.document.en}")
            paragraph(console, view.say(told), view, "bright_black")
            paragraph(console, "  " + note_of(word.table.source_note, view), view, "bright_black")


def _branch(node: Node, vocabulary: Vocabulary, view: View) -> Tree:
    label = Line(view.say(describe(node, vocabulary)), overflow="fold")
    if not isinstance(node, AllOf | AnyOf | Not):
        label.append("".join(f"  {fact}" for fact in asked_by(node)), style="bright_black")
    tree = Tree(label, guide_style="bright_black")
    parts = node.parts if isinstance(node, AllOf | AnyOf) else (node.part,) if isinstance(node, Not) else ()
    for part in parts:
        tree.add(_branch(part, vocabulary, view))
    return tree
