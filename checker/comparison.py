"""Reports side by side: one company over several periods, or several companies of one industry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from checker.bounds import Range
from checker.conditions import Value, Verdict
from checker.errors import InputError, Place, Problem, Text
from checker.facts import Company
from checker.packs import Clause, Pack
from checker.report import Finding, Judged, Report
from checker.score import Standing
from checker.vocabulary import Word
from checker.wording import problem

Kind = Literal["periods", "companies"]
#: What became of a clause or a fact from one period to the next.
Move = Literal["improved", "regressed", "moved", "same"]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """One clause in every report, in their order; ``moves`` and ``newly_contradicted`` from each report to the next."""

    clause: Clause
    verdicts: tuple[Verdict, ...]
    earned: tuple[Range | None, ...]
    moves: tuple[Move, ...]
    newly_contradicted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact whose value is not the same in every report; ``None`` where a report has none."""

    word: Word
    unit: Text | None
    values: tuple[Value | None, ...]


@dataclass(frozen=True, slots=True)
class PackRows:
    """One pack in every report: its clauses, and its total and grade, as rated and as supported by facts."""

    pack: Pack
    rows: tuple[ClauseRow, ...]
    totals: tuple[Range | None, ...]
    standings: tuple[Standing | None, ...]
    supported: tuple[Range | None, ...]
    supported_standings: tuple[Standing | None, ...]

    def counts(self, step: int) -> Counter[Move]:
        """How many clauses improved, regressed, moved or stayed, from report ``step`` to the next."""
        return Counter(row.moves[step] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several reports side by side. ``warnings`` are what makes them less comparable."""

    kind: Kind
    reports: tuple[Report, ...]
    packs: tuple[PackRows, ...]
    facts: tuple[FactRow, ...]
    warnings: tuple[Problem, ...]


def compare(reports: Sequence[Report], *, any_industry: bool = False) -> Comparison:
    """Put reports of one company in the order of their periods, or reports of several companies in the order given.

    Args:
        reports: at least two, judged by the same packs.
        any_industry: compare companies of different industries, too; a standard may forbid it (sme-csr 4.2 does).

    Raises:
        InputError: fewer than two, a mixture of both kinds, one company twice in one period, different industries, or no
            pack that all have in common.
    """
    if len(reports) < 2:
        raise InputError([problem(Place(reports[0].facts if reports else "compare"), "nothing_to_compare")])
    same = [_same_company(first.company, second.company) for first, second in combinations(reports, 2)]
    if any(same) and not all(same):
        raise InputError([problem(Place(reports[0].facts), "mixed_comparison")])
    if all(same):
        ordered = sorted(reports, key=lambda report: report.period)
        for first, second in pairwise(ordered):
            if first.period == second.period:
                raise InputError([problem(Place(second.facts), "same_period", start=second.period[0], end=second.period[1], other=first.facts)])
        warnings: list[Problem] = []
    else:
        ordered = list(reports)
        warnings = list(_industry_warnings(ordered, any_industry=any_industry))
    packs = _common_packs(ordered)
    return Comparison("periods" if all(same) else "companies", tuple(ordered), packs, tuple(_facts(ordered)), tuple(warnings))


def _same_company(first: Company, second: Company) -> bool:
    if first.credit_code and second.credit_code:
        return first.credit_code == second.credit_code
    return first.name == second.name


def _industry_warnings(reports: Sequence[Report], *, any_industry: bool) -> Iterator[Problem]:
    first = reports[0]
    for other in reports[1:]:
        alike = _same_industry(first.company.industry, other.company.industry)
        if alike is False and not any_industry:
            raise InputError([problem(Place(other.facts), "different_industry", industry=other.company.industry, other=first.company.industry, file=first.facts)])
        if alike is not True:
            yield problem(Place(other.facts), "industry_not_alike", fatal=False, industry=other.company.industry or "—", other=first.company.industry or "—")
        if other.period != first.period:
            yield problem(Place(other.facts), "period_not_alike", fatal=False, start=other.period[0], end=other.period[1])


def _same_industry(first: str | None, second: str | None) -> bool | None:
    """Whether two codes of GB/T 4754 are of one division (two digits); unknown where they do not say."""
    if not first or not second:
        return None
    parts = [re.fullmatch(r"([A-T]?)([0-9]*)", code) for code in (first, second)]
    (letter, digits), (other_letter, other_digits) = (found.groups() if found else ("", "") for found in parts)
    if digits and other_digits:
        return bool(digits[:2] == other_digits[:2])
    return False if letter and other_letter and letter != other_letter else None


def _common_packs(reports: Sequence[Report]) -> tuple[PackRows, ...]:
    judged = [{part.pack.name: part for part in report.packs} for report in reports]
    names = [name for name in judged[0] if all(name in parts for parts in judged)]
    if not names:
        raise InputError([problem(Place(reports[0].facts), "no_common_pack")])
    return tuple(_pack([parts[name] for parts in judged]) for name in names)


def _pack(parts: Sequence[Judged]) -> PackRows:
    rows = tuple(_row(findings) for findings in zip(*(part.findings for part in parts), strict=True))
    scores = [part.score for part in parts]
    return PackRows(
        pack=parts[0].pack,
        rows=rows,
        totals=tuple(score.total if score else None for score in scores),
        standings=tuple(score.standing if score else None for score in scores),
        supported=tuple(score.supported if score else None for score in scores),
        supported_standings=tuple(score.supported_standing if score else None for score in scores),
    )


def _row(findings: Sequence[Finding]) -> ClauseRow:
    return ClauseRow(
        clause=findings[0].clause,
        verdicts=tuple(finding.verdict for finding in findings),
        earned=tuple(finding.score.earned if finding.score else None for finding in findings),
        moves=tuple(_move(first, second) for first, second in pairwise(findings)),
        newly_contradicted=tuple(bool(set(_contradictions(second)) - set(_contradictions(first))) for first, second in pairwise(findings)),
    )


def _contradictions(finding: Finding) -> Iterator[tuple[str, str]]:
    """What does not hold together in a finding: facts stated in two ways or against the record, and ratings."""
    yield from ((found.about, found.conflict) for found in finding.conflicts)
    if finding.score and finding.score.excess:
        yield finding.clause.name, finding.score.excess


def _move(first: Finding, second: Finding) -> Move:
    verdict = _verdict_move(first.verdict, second.verdict)
    points = _points_move(first, second)
    if verdict == "same" or points in ("same", verdict):
        return points if verdict == "same" else verdict
    return "moved"


def _verdict_move(first: Verdict, second: Verdict) -> Move:
    if first == second:
        return "same"
    if "not_applicable" in (first, second):
        return "moved"
    if second == "satisfied":
        return "improved"
    return "regressed" if second == "violated" or first == "satisfied" else "moved"


def _points_move(first: Finding, second: Finding) -> Move:
    if first.score is None or second.score is None or first.score.earned == second.score.earned:
        return "same"
    before, after = first.score.earned, second.score.earned
    if first.clause.kind == "deduction":
        before, after = after, before  # the fewer points are taken off, the better
    if after.least >= before.most:
        return "improved"
    return "regressed" if after.most <= before.least else "moved"


def _facts(reports: Sequence[Report]) -> Iterator[FactRow]:
    """The facts of common clauses whose values differ."""
    lines = [{line.word.path: line for finding in report.findings() for line in finding.facts} for report in reports]
    for path, line in lines[0].items():
        if all(path in others for others in lines):
            values = tuple(others[path].judged for others in lines)
            if len(set(values)) > 1:
                yield FactRow(line.word, line.unit, values)
