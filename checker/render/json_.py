"""A report as JSON: complete, stable (``schemas/report.schema.json``), in both languages, byte for byte reproducible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from checker.errors import Problem, Text
from checker.facts import Evidence, Fact, Rating, Statement
from checker.packs import Section
from checker.render.numbers import decimal_of, ends
from checker.render.view import View
from checker.report import MODALITIES, VERDICTS, FactLine, Finding, Judged, Report, conflict_text
from checker.score import Range, Score, ScoreLine, Standing
from checker.situation import Event
from checker.waivers import Waiver

#: Grows when something in the form of a report changes for its readers.
VERSION = "esgcheck-report/2"


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 JSON with a final line break; only findings that the view lists are in it."""
    import simplejson  # the standard json module cannot write a Decimal exactly

    return simplejson.dumps(tree(report, view), ensure_ascii=False, indent=2, use_decimal=True).encode() + b"\n"


def join(rendered: Sequence[bytes]) -> bytes:
    """One report as an object; several as an array of such objects, in the order of the files."""
    return rendered[0] if len(rendered) == 1 else b"[\n" + b",\n".join(part.rstrip() for part in rendered) + b"\n]\n"


def tree(report: Report, view: View) -> dict[str, Any]:
    """The report as plain values: text, numbers, lists and mappings."""
    return {
        "schema": VERSION,
        "facts": {"name": report.facts, "sha256": report.facts_digest},
        "company": {
            "name": report.company.name,
            "credit_code": report.company.credit_code,
            "industry": report.company.industry,
            "traits": list(report.company.traits),
        },
        "period": {"start": report.period[0].isoformat(), "end": report.period[1].isoformat()},
        "as_of": report.as_of.isoformat(),
        "engine": report.engine,
        "summary": _counts(list(report.findings())),
        "packs": [_judged(judged, report, view) for judged in report.packs],
        "documents": dict(report.documents),
        "waivers": [{"clause": waived.waiver.clause, **_waiver(waived.waiver), "effect": waived.effect} for waived in report.waivers],
        "warnings": [_problem(problem) for problem in report.warnings],
    }


def _judged(judged: Judged, report: Report, view: View) -> dict[str, Any]:
    pack = judged.pack
    return {
        "pack": pack.name,
        "title": _text(pack.title),
        "reason": _text(judged.reason),
        "source": {"file": pack.file, "sha256": pack.file_digest, "edition": _text(pack.edition)},
        "source_note": _text(pack.source_note),
        "sha256": pack.digest,
        "eligibility": judged.eligibility,
        "score": None if judged.score is None else _score(judged.score),
        "chapters": [_chapter(chapter, judged) for chapter in pack.chapters],
        "conclusions": [
            {"id": concluded.conclusion.name, "title": _text(concluded.conclusion.title), "verdict": concluded.verdict}
            for concluded in judged.conclusions
        ],
        "findings": [_finding(finding, report) for finding in view.listed(judged.findings)],
    }


def _chapter(chapter: Section, judged: Judged) -> dict[str, Any]:
    return {
        "chapter": chapter.number,
        "title": _text(chapter.title),
        "source_note": _text(chapter.source_note),
        "summary": {modality: _filled(judged.count(chapter.number, modality)) for modality in MODALITIES},
        "sections": [
            {"section": section.number, "title": _text(section.title), "source_note": _text(section.source_note)}
            for section in chapter.sections
        ],
    }


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
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
        "title": _text(clause.title),
        "statement": _text(clause.statement),
        "reason": _text(finding.reason),
        "citation": {"file": clause.citation.file, "place": clause.citation.place, "line": clause.citation.line},
        "truncated": clause.truncated,
        "source_note": _text(clause.source_note),
        "facts": [_fact_line(line) for line in finding.facts],
        "needs": list(finding.needs),
        "conflicts": [
            {"fact": path, "conflict": conflict, "text": _text(conflict_text(conflict))} for path, conflict in finding.conflicts
        ],
        "evidence": [_evidence(evidence, report) for evidence in finding.evidence],
        "events": [_event(event) for event in finding.events],
        "score": None if finding.score is None else _score_line(finding.score),
        "waiver": None if finding.waiver is None else _waiver(finding.waiver),
    }


def _event(event: Event) -> dict[str, Any]:
    return {"kind": event.kind, "date": _plain(event.on), "fields": dict(event.fields), "title": event.title, "evidence": list(event.evidence)}


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {"reason": waiver.reason, "approver": waiver.approver, "start": _plain(waiver.start), "expiry": _plain(waiver.expiry)}


def _score(score: Score) -> dict[str, Any]:
    standing = score.standing
    return {
        "full_marks": decimal_of(score.full_marks),
        "total": _range(score.total),
        "unrated": len(score.unrated),
        "grade": None if standing is None else _standing(standing),
        "chapters": [
            {"chapter": line.chapter.number, "title": _text(line.chapter.title), "points": decimal_of(line.worth), "earned": _range(line.earned)}
            for line in score.chapters
        ],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    refinement = standing.refinement
    return {
        "least": standing.name(standing.least),
        "most": standing.name(standing.most),
        "least_title": _text(standing.least.title),
        "most_title": _text(standing.most.title),
        "refinement": None if refinement is None else {"mark": refinement.mark, "by": refinement.by, "evidence": list(refinement.evidence), "note": refinement.note},
        "between": [{"total": decimal_of(gap.total), "lower": gap.lower.name, "upper": gap.upper.name} for gap in standing.gaps],
    }


def _score_line(line: ScoreLine) -> dict[str, Any]:
    return {
        "points": decimal_of(line.worth),
        "ratings": [_rating(rating) for rating in line.ratings],
        "awaited": list(line.awaited),
        "rated": _range(line.rated),
        "spread": None if line.spread is None else _range(line.spread),
        "elements": {"holding": line.elements.holding, "failing": line.elements.failing, "unknown": line.elements.unknown},
        "allowed": _range(line.allowed),
        "counted": _range(line.counted),
        "earned": _range(line.earned),
        "contradiction": line.excess,
    }


def _range(bounds: Range) -> dict[str, Any]:
    """Both ends as decimals; ``fractions`` has them exactly where one of the decimals is rounded."""
    exact = ends(bounds.least) and ends(bounds.most)
    fractions = None if exact else {"least": str(bounds.least), "most": str(bounds.most)}
    return {"least": decimal_of(bounds.least), "most": decimal_of(bounds.most), "fractions": fractions}


def _fact_line(line: FactLine) -> dict[str, Any]:
    fact: Fact | None = line.fact
    return {
        "path": line.word.path,
        "label": _text(line.word.label),
        "role": line.role,
        "type": line.word.type,
        "unit": line.word.unit,
        "value": None if fact is None else _plain(fact.value),
        "judged": _plain(line.judged),
        "possible": list(line.possible),
        "missing": [] if fact is None else list(fact.missing),
        "conflicts": [] if fact is None else list(fact.conflicts),
        "statements": [] if fact is None else [_statement(said) for said in fact.statements],
    }


def _statement(said: Statement) -> dict[str, Any]:
    return {
        "value": _plain(said.value),
        "missing": list(said.missing),
        "to": said.to,
        "evidence": list(said.evidence),
        "source": said.source,
        "date": _plain(said.on),
        "note": said.note,
    }


def _evidence(evidence: Evidence, report: Report) -> dict[str, Any]:
    return {
        "id": evidence.name,
        "document": evidence.document,
        "title": report.documents[evidence.document],
        "place": evidence.place,
        "kind": evidence.kind,
        "figure": evidence.figure,
        "date": _plain(evidence.on),
        "note": evidence.note,
    }


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "assessor": rating.assessor,
        "ratio": rating.ratio,
        "band": rating.band,
        "aspects": dict(rating.aspects),
        "least": rating.least,
        "most": rating.most,
        "evidence": list(rating.evidence),
        "note": rating.note,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "code": problem.code,
        "place": {"file": place.file, "line": place.line, "column": place.column, "path": place.path},
        "said": _text(problem.said),
        "remedy": _text(problem.remedy),
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


def _text(words: Text | None) -> dict[str, str] | None:
    return None if words is None else {"zh": words.zh, "en": words.en}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
