"""A summary as a tree of plain values, for programs: codes and exact numbers, no words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from checker.bounds import decimal_of
from checker.conditions import Verdict
from checker.survey.restated import Restated
from checker.survey.summary import QUARTERS, ClauseCounts, Counts, Outlier, PackSummary, Summary

_COUNTED: tuple[Verdict, ...] = ("satisfied", "violated", "unknown", "not_applicable")


def summary_tree(summary: Summary) -> dict[str, Any]:
    """The summary as plain values; days as text, an industry section that is not known as an empty one."""
    return {
        "companies": summary.companies,
        "days": {day.isoformat(): number for day, number in summary.days.items()},
        "periods": [{"start": start.isoformat(), "end": end.isoformat(), "records": number} for (start, end), number in summary.periods.items()],
        "sections": dict(summary.section_records),
        "packs": [_pack(pack) for pack in summary.packs],
        "contradicted": {
            "records": summary.contradicted_records,
            "of": [{"conflict": line.conflict, "about": line.about, "records": line.records} for line in summary.contradicted],
        },
        "inconsistent": {"records": summary.inconsistent_records, "clauses": {line.clause.name: line.total.violated for line in summary.inconsistent}},
        "outliers": {
            "figures": summary.outliers.number,
            "records": summary.outliers.records,
            "facts": {word.path: number for word, number in summary.outliers.facts},
            "furthest": [_outlier(line) for line in summary.outliers.furthest],
            "peers_at_least": summary.outliers.peers.at_least,
            "distance_above": decimal_of(Fraction(summary.outliers.peers.above)),
        },
        "restated": [_restated(line) for line in summary.restated],
        "clauses": [_clause(line) for line in summary.clauses],
    }


def _pack(pack: PackSummary) -> dict[str, Any]:
    return {
        "pack": pack.pack.name,
        "records": pack.records,
        "companies": pack.companies,
        "sections": dict(pack.sections),
        "grades": {
            grades.basis: {"unsettled": grades.unsettled, **{row.grade.name: {"settled": row.settled, "at_least": row.at_least, "possible": row.possible} for row in grades.rows}}
            for grades in pack.grades
        },
        "scores": {
            scores.basis: {end: {f"{decimal_of(part):f}": _plain(value) for part, value in zip(QUARTERS, values, strict=True)}
                           for end, values in (("least", scores.least), ("most", scores.most))}
            for scores in pack.scores
        },
    }


def _clause(line: ClauseCounts) -> dict[str, Any]:
    return {"clause": line.clause.name, **_counts(line.total), "sections": {section: _counts(counts) for section, counts in line.sections.items() if counts.asked}}


def _counts(counts: Counts) -> dict[str, int]:
    return {verdict: counts.of(verdict) for verdict in _COUNTED} | {"not_asked": counts.not_asked}


def _outlier(line: Outlier) -> dict[str, Any]:
    return {"record": line.record, "company": line.company, "credit_code": line.credit_code, "section": line.section, "fact": line.word.path,
            "value": _short(line.value), "typical": line.typical, "peers": line.peers, "distance": line.distance}


def _restated(line: Restated) -> dict[str, Any]:
    start, end = line.period
    return {"company": line.company, "credit_code": line.credit_code, "period": {"start": start.isoformat(), "end": end.isoformat()}, "fact": line.word.path,
            "filings": [{"record": filing.record, "as_of": filing.as_of.isoformat(), "value": _short(filing.value)} for filing in line.filings]}


def _short(value: int | Decimal) -> int | Decimal:
    return _plain(value) if isinstance(value, Decimal) else value


def _plain(number: Decimal) -> Decimal:
    """A decimal without needless zeros."""
    return Decimal(f"{number.normalize():f}")
