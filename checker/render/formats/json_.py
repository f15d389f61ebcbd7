"""A report as JSON: complete, stable (``schemas/report.schema.json``), in both languages, byte for byte reproducible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from checker.bounds import decimal_of
from checker.conditions import facts_of
from checker.description import describe
from checker.disclosures import EXTENTS, Disclosure
from checker.engines.reference import Explanation
from checker.facts import Fact, Rating, Statement
from checker.lines import OnScale, ScoreLine
from checker.packs import Section
from checker.render.plain import bounds, company, dumps, event, evidence, place, problem, value, words
from checker.render.view import View
from checker.report import MODALITIES, VERDICTS, FactLine, Finding, Judged, Report, conflict_text, disclosed_by_chapter
from checker.score import Group, Score, Standing, Tallies, Tally
from checker.waivers import Waiver

#: Grows when something in the form of a report changes for its readers.
VERSION = "esgcheck-report/4"


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 JSON with a final line break; only findings that the view lists are in it."""
    return dumps(tree(report, view))


def join(rendered: Sequence[bytes]) -> bytes:
    """One report as an object; several as an array of such objects, in the order of the files."""
    return rendered[0] if len(rendered) == 1 else b"[\n" + b",\n".join(part.rstrip() for part in rendered) + b"\n]\n"


def tree(report: Report, view: View) -> dict[str, Any]:
    """The report as plain values: text, numbers, lists and mappings."""
    return {
        "schema": VERSION,
        "program": {"name": "esgcheck", "version": report.program},
        "facts": {"name": report.facts, "sha256": report.facts_digest},
        "company": company(report.company),
        "period": {"start": report.period[0].isoformat(), "end": report.period[1].isoformat()},
        "as_of": report.as_of.isoformat(),
        "engine": report.engine,
        "summary": _counts(list(report.findings())),
        "packs": [_judged(judged, report, view) for judged in report.packs],
        "documents": dict(report.documents),
        "waivers": [{"clause": waived.waiver.clause, **_waiver(waived.waiver), "effect": waived.effect} for waived in report.waivers],
        "warnings": [problem(warning) for warning in report.warnings],
    }


def _judged(judged: Judged, report: Report, view: View) -> dict[str, Any]:
    pack = judged.pack
    return {
        "pack": pack.name,
        "title": words(pack.title),
        "reason": words(judged.reason),
        "source": {"file": pack.file, "sha256": pack.file_digest, "edition": words(pack.edition)},
        "source_note": words(pack.source_note),
        "sha256": pack.digest,
        "eligibility": judged.eligibility,
        "elsewhere": judged.elsewhere,
        "disclosed": None if (shares := disclosed_by_chapter(judged)) is None else [
            {"chapter": number, "items": sum(counts.values()), **{extent: counts[extent] for extent in EXTENTS}} for number, counts in shares.items()],
        "score": None if judged.score is None else _score(judged.score),
        "chapters": [_chapter(chapter, judged) for chapter in pack.chapters],
        "conclusions": [
            {"id": concluded.conclusion.name, "title": words(concluded.conclusion.title), "verdict": concluded.verdict}
            for concluded in judged.conclusions
        ],
        "findings": [finding_tree(finding, report) for finding in view.listed(judged.findings)],
    }


def _chapter(chapter: Section, judged: Judged) -> dict[str, Any]:
    return {
        "chapter": chapter.number,
        "title": words(chapter.title),
        "source_note": words(chapter.source_note),
        "summary": {modality: _filled(judged.count(chapter.number, modality)) for modality in MODALITIES},
        "sections": [
            {"section": section.number, "title": words(section.title), "source_note": words(section.source_note)}
            for section in chapter.sections
        ],
    }


def finding_tree(finding: Finding, report: Report) -> dict[str, Any]:
    """One finding as plain values."""
    clause = finding.clause
    return {
        "id": clause.name,
        "clause": clause.number,
        "chapter": clause.chapter,
        "section": clause.section,
        "kind": clause.kind,
        "modality": clause.modality,
        "grade": finding.grade,
        "verdict": finding.verdict,
        "title": words(clause.title),
        "statement": words(clause.statement),
        "reason": words(finding.reason),
        "citation": {"file": clause.citation.file, "place": clause.citation.place, "line": clause.citation.line},
        "truncated": clause.truncated,
        "source_note": words(clause.source_note),
        "applies_if": None if finding.applies is None else _condition(finding.applies, report),
        "condition": _condition(finding.condition, report),
        "facts": [_fact_line(line, report) for line in finding.facts],
        "needs": list(finding.needs),
        "conflicts": [
            {"about": found.about, "label": words(found.label), "conflict": found.conflict, "text": words(conflict_text(found.conflict))}
            for found in finding.conflicts
        ],
        "evidence": [evidence(found, report.documents) for found in finding.evidence],
        "events": [event(happened) for happened in finding.events],
        "event_statements": [{"kind": said.kind, "from": None if said.first == date.min else said.first.isoformat(), "to": said.last.isoformat(), "none": said.none,
                              "evidence": list(said.evidence)} for said in finding.claims],
        "score": None if finding.score is None else _score_line(finding.score),
        "waiver": None if finding.waiver is None else _waiver(finding.waiver),
        "evidenced": finding.evidenced,
        "support": finding.support,
        "disclosure": None if finding.disclosure is None else _disclosure(finding.disclosure),
    }


def _condition(explained: Explanation, report: Report) -> dict[str, Any]:
    """A condition with the value of every node, and whether the value above it rests on it."""
    node = explained.node
    return {
        "text": words(describe(node, report.vocabulary)),
        "value": explained.truth,
        "decides": explained.decided,
        "facts": [] if explained.parts else list(facts_of(node)),
        "parts": [_condition(part, report) for part in explained.parts],
    }


def _disclosure(found: Disclosure) -> dict[str, Any]:
    return {
        "extent": found.extent,
        "elements": found.elements,
        "disclosed": found.disclosed,
        "missing": [words(element) for element in found.missing],
        "also_not_applicable": found.also_not_applicable,
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {"reason": waiver.reason, "approver": waiver.approver, "start": value(waiver.start), "expiry": value(waiver.expiry)}


def _score(score: Score) -> dict[str, Any]:
    standing, full_marks = score.standing, score.scoring.full_marks
    return {
        "full_marks": full_marks,
        "incomplete": words(score.scoring.incomplete),
        **_tallies(score.tallies),
        "grade": None if standing is None else _standing(standing),
        "supported_grade": None if score.supported_standing is None else _standing(score.supported_standing),
        "unrated": len(score.unrated),
        "groups": [_group(group) for group in score.groups],
    }


def _tallies(tallies: Tallies) -> dict[str, Any]:
    """What some lines amount to: the base score, and bonuses and deductions beside it, where there are any."""
    aside = {"bonus": tallies.bonus, "deductions": tallies.deductions}
    return {"base": _tally(tallies.base), **{name: None if tally is None else _tally(tally) for name, tally in aside.items()}}


def _tally(tally: Tally) -> dict[str, Any]:
    return {"points": decimal_of(tally.worth), "earned": bounds(tally.earned), "supported": bounds(tally.supported), "evidenced": bounds(tally.evidenced)}


def _group(group: Group) -> dict[str, Any]:
    return {
        "level": group.level,
        "number": group.heading.number,
        "title": words(group.heading.title),
        "printed_points": group.heading.points,
        **_tallies(group.tallies),
        "groups": [_group(inner) for inner in group.groups],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    refinement = standing.refinement
    return {
        "least": standing.name(standing.least),
        "most": standing.name(standing.most),
        "least_title": words(standing.least.title),
        "most_title": words(standing.most.title),
        "refinement": None if refinement is None else {"mark": refinement.mark, "by": refinement.by, "evidence": list(refinement.evidence), "note": refinement.note},
        "between": [{"total": decimal_of(gap.total), "lower": gap.lower.name, "upper": gap.upper.name} for gap in standing.gaps],
    }


def _score_line(line: ScoreLine) -> dict[str, Any]:
    scale = line.basis if isinstance(line.basis, OnScale) else None
    return {
        "clauses": [clause.name for clause in line.clauses],
        "points": decimal_of(line.worth),
        "ratings": [_rating(rating) for rating in line.ratings],
        "awaited": list(line.awaited),
        "spread": None if line.spread is None else bounds(line.spread),
        "earned": bounds(line.earned),
        "supported": bounds(line.supported),
        "evidenced": bounds(line.evidenced),
        "contradiction": line.excess,
        "granted": line.granted,
        "scale": None if scale is None else {
            "rated": bounds(scale.rated),
            "elements": {"holding": line.truths.count(True), "failing": line.truths.count(False), "unknown": line.truths.count(None)},
            "allowed": bounds(scale.allowed(line.truths)),
        },
        "award": None if isinstance(line.basis, OnScale) else {
            "join": line.basis.award.join,
            "parts": [{"least": decimal_of(part.least), "most": decimal_of(part.most), "condition": words(part.words), "holds": holds}
                      for part, holds in line.parts()],
        },
        "events": [{"event": event(happened), "points": None if points is None else bounds(points)} for happened, points in line.events],
    }


def _fact_line(line: FactLine, report: Report) -> dict[str, Any]:
    fact: Fact | None = line.fact
    return {
        "path": line.word.path,
        "label": words(line.word.label),
        "role": line.role,
        "type": line.word.type,
        "unit": line.word.unit,
        "value": None if fact is None else value(fact.value),
        "judged": value(line.judged),
        "possible": list(line.possible),
        "missing": [] if fact is None else list(fact.missing),
        "conflicts": [] if fact is None else list(fact.conflicts),
        "statements": [] if fact is None else [_statement(said, report) for said in fact.statements],
    }


def _statement(said: Statement, report: Report) -> dict[str, Any]:
    return {
        "value": value(said.value),
        "missing": list(said.missing),
        "to": said.to,
        "evidence": list(said.evidence),
        "source": said.source,
        "date": value(said.on),
        "note": said.note,
        "place": place(report.place(*said.at)),
    }


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "assessor": rating.assessor,
        "ratio": rating.ratio,
        "band": rating.band,
        "aspects": dict(rating.aspects),
        "points": rating.points,
        "least": rating.least,
        "most": rating.most,
        "evidence": list(rating.evidence),
        "note": rating.note,
    }


def _counts(findings: list[Finding]) -> dict[str, dict[str, int]]:
    return {
        modality: {
            verdict: sum(finding.verdict == verdict and finding.clause.modality == modality for finding in findings)
            for verdict in VERDICTS
        }
        for modality in MODALITIES
    }


def _filled(counts: Any) -> dict[str, int]:
    return {verdict: counts[verdict] for verdict in VERDICTS}
