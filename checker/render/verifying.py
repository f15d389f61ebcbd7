"""A spot-check list for terminals and for programs: what to ask, and which document and place to open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from checker.bounds import decimal_of
from checker.errors import Text
from checker.facts import FactBase
from checker.render.layout import FAINT, dressed, folded
from checker.render.numbers import plain
from checker.render.plain import company, dumps, event, evidence, problem, value, words
from checker.render.view import View, clean
from checker.report import FactLine, absence_text, event_text, value_text
from checker.spotcheck import Item, Reason, SpotCheck
from checker.vocabulary import Vocabulary

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-spotcheck/1"
#: How many statements of an item are shown before the rest is counted.
STATEMENTS_SHOWN = 12
#: How many clauses it names.
CLAUSES_SHOWN = 6
_HEADINGS: dict[Reason, Text] = {
    "contradiction": Text("不能同时成立的陈述", "Statements that cannot all hold"),
    "inconsistency": Text("对不上的数字与声明", "Figures and claims that do not fit together"),
    "two_reasons": Text("既称不涉及又称交由母公司", "Said not to apply and also handed to the parent"),
    "asserted_mandatory": Text("强制条款只凭自述", "Mandatory clauses that rest on assertion"),
    "asserted_points": Text("得分只凭自述", "Points that rest on assertion"),
}
_NO_EVIDENCE = Text("未附证据", "no evidence")


def text(found: SpotCheck, limit: int, facts: FactBase, vocabulary: Vocabulary, view: View) -> bytes:
    """The list as UTF-8 text."""
    shown = found.items[:limit]
    told = Text(f"判定日 {found.report.as_of} · 抽查 {len(found.items)} 项，列出 {len(shown)} 项", f"as of {found.report.as_of} · {len(found.items)} things to verify, {len(shown)} listed")
    lines = [dressed(clean(found.report.company.name), view, bold=True), dressed(view.say(told), view, FAINT), *listed(found, limit, facts, vocabulary, view)]
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def listed(found: SpotCheck, limit: int, facts: FactBase, vocabulary: Vocabulary, view: View) -> Iterator[str]:
    """The first ``limit`` things of a list as lines, under their headings, and how many more there are."""
    reason = None
    for number, item in enumerate(found.items[:limit], 1):
        if item.reason != reason:
            reason = item.reason
            yield from ("", dressed(view.say(_HEADINGS[reason]), view, bold=True, underline=True))
        yield from _item(number, item, facts, vocabulary, view)
    if left := max(len(found.items) - limit, 0):
        yield from ("", view.say(Text(f"另有 {left} 项，见 --limit。", f"{left} more; see --limit.")))
    if not found.items:
        yield view.say(Text("没有需要抽查的事项。", "Nothing to verify."))


def json(found: SpotCheck, limit: int, facts: FactBase) -> bytes:
    """The list as JSON (``schemas/spotcheck.schema.json``)."""
    return dumps(tree(found, limit, facts))


def tree(found: SpotCheck, limit: int, facts: FactBase) -> dict[str, Any]:
    """The list as plain values."""
    report = found.report
    return {
        "schema": VERSION,
        "facts": {"name": report.facts, "sha256": report.facts_digest},
        "company": company(report.company),
        "as_of": report.as_of.isoformat(),
        "items": [_tree(item, facts) for item in found.items[:limit]],
        "not_listed": max(len(found.items) - limit, 0),
        "warnings": [problem(warning) for warning in report.warnings],
    }


def _item(number: int, item: Item, facts: FactBase, vocabulary: Vocabulary, view: View) -> Iterator[str]:
    indent = " " * (len(str(number)) + 2)
    room = view.width - len(indent)
    first, *rest = folded(view.say(item.title), room)
    yield ""
    yield f"{number}. " + dressed(first, view, bold=True)
    yield from (indent + dressed(line, view, bold=True) for line in rest)
    points = Text(f" · 牵动 {plain(item.points)} 分", f" · {plain(item.points)} points") if item.points else Text("", "")
    ask = Text(f"问：{item.question.zh}", f"Ask: {item.question.en}")
    clauses = ", ".join(clause.name for clause in item.clauses[:CLAUSES_SHOWN]) + (" …" if len(item.clauses) > CLAUSES_SHOWN else "")
    for told in (view.say(ask), f"{view.say(item.why)}{view.say(points)}"):
        yield from (indent + line for line in folded(told, room))
    yield from (indent + dressed(line, view, FAINT) for line in folded(clauses, room))
    statements = [*(said for line in item.facts for said in _statements(line, facts, vocabulary)), *_happened(item, facts, vocabulary)]
    for said in statements[:STATEMENTS_SHOWN]:
        yield from (indent + "  " + line for line in folded(view.say(said), room - 2))
    if len(statements) > STATEMENTS_SHOWN:
        more = len(statements) - STATEMENTS_SHOWN
        yield indent + "  " + view.say(Text(f"另有 {more} 处陈述", f"and {more} more statements"))


def _statements(line: FactLine, facts: FactBase, vocabulary: Vocabulary) -> Iterator[Text]:
    """Each statement with the document and place to open, or what to ask for where it names none."""
    label = line.word.label
    for said in line.fact.statements if line.fact else ():
        stated = value_text(said.value, line.word, line.unit) if said.value is not None else absence_text(line.fact, vocabulary)
        kinds = [vocabulary.terms.evidence_kinds[kind] for kind in line.word.evidence]
        wanted = Text(f"未附证据，可索取：{'、'.join(kind.zh for kind in kinds)}", f"no evidence; ask for: {', '.join(kind.en for kind in kinds)}")
        yield _with_place(Text(f"{label.zh} = {stated.zh}", f"{label.en} = {stated.en}"), said.evidence, facts, wanted)


def _happened(item: Item, facts: FactBase, vocabulary: Vocabulary) -> Iterator[Text]:
    """What is claimed about events, and those on record, each with the document and place to open."""
    for claim in item.claims:
        kind = vocabulary.terms.event_kinds[claim.kind]
        span = Text(f"截至 {claim.last}", f"up to {claim.last}") if claim.first == date.min else Text(f"{claim.first} 至 {claim.last}", f"{claim.first} to {claim.last}")
        told = Text(f"声明没有（{span.zh}）：{kind.zh}", f"none claimed, {span.en}: {kind.en}") if claim.none else \
            Text(f"声明清单完整（{span.zh}）：{kind.zh}", f"list claimed to be complete, {span.en}: {kind.en}")
        yield _with_place(told, claim.evidence, facts)
    for happened in item.events:
        yield _with_place(event_text(happened, vocabulary), happened.evidence, facts)


def _with_place(told: Text, names: Sequence[str], facts: FactBase, without: Text = _NO_EVIDENCE) -> Text:
    """What is told, with the documents and places of its evidence, or what to say without any."""
    found = [facts.evidence[name] for name in names]
    where = "；".join(f"{clean(facts.documents[evidence.document])} {clean(evidence.place)}" for evidence in found)
    shown = Text(where, where) if where else without
    return Text(f"{told.zh} 〔{shown.zh}〕", f"{told.en} [{shown.en}]")


def _proof(names: Sequence[str], facts: FactBase) -> list[dict[str, Any]]:
    return [evidence(facts.evidence[name], facts.documents) for name in names]


def _tree(item: Item, facts: FactBase) -> dict[str, Any]:
    return {
        "reason": item.reason,
        "about": item.about,
        "title": words(item.title),
        "why": words(item.why),
        "question": words(item.question),
        "events": [event(happened) | {"evidence": _proof(happened.evidence, facts)} for happened in item.events],
        "claims": [
            {"kind": claim.kind, "from": None if claim.first == date.min else value(claim.first), "to": value(claim.last), "none": claim.none,
             "evidence": _proof(claim.evidence, facts)}
            for claim in item.claims
        ],
        "clauses": [clause.name for clause in item.clauses],
        "points": decimal_of(item.points),
        "statements": [
            {"fact": line.word.path, "value": value(said.value), "missing": list(said.missing),
             "evidence": _proof(said.evidence, facts)}
            for line in item.facts if line.fact for said in line.fact.statements
        ],
    }
