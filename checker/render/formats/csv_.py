"""A report as CSV for spreadsheets and analysts: a row a finding, everything one filters by in a column of its own.

The one header row has stable English keys whatever the language of the texts, and codes stay codes (``violated``): a pivot table or a
script reads tomorrow's file as it read today's. UTF-8 with a byte-order mark, because Excel takes a file without one for the system's
old encoding.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from checker.bounds import decimal_of
from checker.conditions import asked_by
from checker.errors import Text
from checker.facts import Evidence
from checker.render.exchange import own_points, statement_text
from checker.render.view import View, clean
from checker.report import FactLine, Finding, Judged, Report, absence_text, event_text, value_text

BOM = "\ufeff"
#: What a spreadsheet takes for the beginning of a formula, also in the wide form of Chinese and Japanese keyboards.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 CSV; only findings that the view lists are in it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for judged in report.packs:
        for finding in view.listed(judged.findings):
            row = _Row(report, judged, finding, view)
            writer.writerow([defused(column(row)) for column in COLUMNS.values()])
    return (BOM + text.getvalue()).encode()


def join(rendered: Sequence[bytes]) -> bytes:
    """Several companies below one another, under one header."""
    return rendered[0] + b"".join(part.partition(b"\r\n")[2] for part in rendered[1:])


def defused(cell: str) -> str:
    """A cell on one line that no spreadsheet takes for a formula: a quotation mark says that it is text. Numbers stay numbers."""
    said = clean(cell)
    return "'" + said if _FORMULA.match(said) and not _NUMBER.fullmatch(said) else said


class _Row:
    """One finding with everything around it that its columns speak of."""

    def __init__(self, report: Report, judged: Judged, finding: Finding, view: View) -> None:
        self.report, self.judged, self.finding, self.clause, self.view = report, judged, finding, finding.clause, view

    def say(self, words: Text | None) -> str:
        return self.view.say(words) if words else ""

    def listed(self, told: Iterable[Text]) -> str:
        return self.say(Text("；", "; ")).join(self.say(each) for each in told)

    def lines(self, *, missing: bool) -> list[FactLine]:
        """The facts that settled the finding, those without a value or those with one; of the others nothing was asked."""
        settled = {fact for leaf, _ in self.finding.settled for fact in asked_by(leaf)} | set(self.finding.needs)
        return [line for line in self.finding.facts if line.word.path in settled and (line.judged is None) is missing]

    def points(self, end: Callable[..., Fraction]) -> str:
        line = own_points(self.finding)
        return "" if line is None else f"{decimal_of(end(line)):f}"


def _value(line: FactLine) -> Text:
    """A fact with the value that counted."""
    assert line.judged is not None
    said = value_text(line.judged, line.word, line.unit)
    return Text(f"{line.word.label.zh}：{said.zh}", f"{line.word.label.en}: {said.en}")


def _absence(line: FactLine, row: _Row) -> Text:
    """A fact without a value: why, and, where its sources differ, what each says."""
    why = absence_text(line.fact, row.report.vocabulary)
    stated = [statement_text(line.word.path, said, row.report) for said in line.fact.statements] if line.fact and len(line.fact.values) > 1 else []
    zh, en = " / ".join(said.zh for said in stated), " / ".join(said.en for said in stated)
    return Text(f"{line.word.label.zh}：{why.zh}" + (f"（{zh}）" if zh else ""), f"{line.word.label.en}: {why.en}" + (f" ({en})" if en else ""))


def _evidence(found: Evidence, row: _Row) -> Text:
    told = f"{row.report.documents[found.document]} {found.place}"
    return Text(told, told)


#: Key of a column -> what stands in it.
COLUMNS: dict[str, Callable[[_Row], str]] = {
    "company": lambda row: row.report.company.name,
    "credit_code": lambda row: row.report.company.credit_code or "",
    "industry": lambda row: row.report.company.industry or "",
    "period_start": lambda row: row.report.period[0].isoformat(),
    "period_end": lambda row: row.report.period[1].isoformat(),
    "as_of": lambda row: row.report.as_of.isoformat(),
    "pack": lambda row: row.clause.pack,
    "chapter": lambda row: row.clause.chapter,
    "section": lambda row: row.clause.section,
    "clause": lambda row: row.clause.number,
    "id": lambda row: row.clause.name,
    "title": lambda row: row.say(row.clause.title),
    "kind": lambda row: row.clause.kind,
    "modality": lambda row: row.clause.modality,
    "verdict": lambda row: row.finding.verdict,
    "evidenced": lambda row: row.finding.evidenced,
    "support": lambda row: row.finding.support or "",
    "disclosure": lambda row: row.finding.disclosure.extent if row.finding.disclosure else "",
    "reason": lambda row: row.say(row.finding.reason),
    "missing_facts": lambda row: " ".join(line.word.path for line in row.lines(missing=True)),
    "missing_told": lambda row: row.listed(_absence(line, row) for line in row.lines(missing=True)),
    "facts": lambda row: " ".join(line.word.path for line in row.lines(missing=False)),
    "facts_told": lambda row: row.listed(_value(line) for line in row.lines(missing=False)),
    "events": lambda row: row.listed(event_text(event, row.report.vocabulary) for event in row.finding.events),
    "conflicts": lambda row: " ".join(f"{found.about}:{found.conflict}" for found in row.finding.conflicts),
    "evidence": lambda row: row.listed(_evidence(found, row) for found in row.finding.evidence),
    "citation": lambda row: f"{row.clause.citation.file} {row.clause.citation.place}",
    "source_note": lambda row: row.say(row.clause.source_note),
    "points": lambda row: row.points(lambda line: line.worth),
    "earned_least": lambda row: row.points(lambda line: line.earned.least),
    "earned_most": lambda row: row.points(lambda line: line.earned.most),
    "supported_least": lambda row: row.points(lambda line: line.supported.least),
    "supported_most": lambda row: row.points(lambda line: line.supported.most),
    "scored_with": lambda row: row.finding.score.clause.name if row.finding.score and not own_points(row.finding) else "",
    "waived_until": lambda row: row.finding.waiver.expiry.isoformat() if row.finding.waiver else "",
    "waiver": lambda row: f"{row.finding.waiver.approver}: {row.finding.waiver.reason}" if row.finding.waiver else "",
    "facts_file": lambda row: row.report.facts,
    "facts_sha256": lambda row: row.report.facts_digest,
    "pack_sha256": lambda row: row.judged.pack.digest,
    "program": lambda row: f"esgcheck {row.report.program}",
}
