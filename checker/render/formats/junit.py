"""A report as JUnit XML: what continuous integration shows. A suite a pack, a case a clause.

A violated clause fails, whether it binds or recommends (its type says which): a pass that is none would be worse than a red line
too many, and the exit code, not the colour, is the gate. An undetermined one is an error, in JUnit's words a test that could not be
carried out: "skipped" would put it beside what does not apply, which nobody needs to look at. Only what does not apply and what was
waived is skipped.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from checker.description import VERDICT_NAMES
from checker.errors import Text
from checker.render.exchange import own_points, witnesses
from checker.render.layout import KIND_NAMES, MODALITY_NAMES
from checker.render.numbers import plain
from checker.render.rows import computed_text, disclosure_text, weakness_text
from checker.render.view import View, clean
from checker.report import Finding, Judged, Report

if TYPE_CHECKING:
    from junitparser import JUnitXml, TestCase, TestSuite


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 XML; only findings that the view lists are in it."""
    from junitparser import JUnitXml  # only whoever asks for this form waits for it

    whole = JUnitXml("esgcheck")
    for judged in report.packs:
        whole.append(_suite(judged, report, view))
    return _written(whole)


def join(rendered: Sequence[bytes]) -> bytes:
    """The suites of all companies after one another; two that are equal stay two."""
    from junitparser import JUnitXml

    whole = JUnitXml("esgcheck")
    for part in rendered:
        whole.extend(JUnitXml.fromstring(part))
    return _written(whole)


def _suite(judged: Judged, report: Report, view: View) -> TestSuite:
    from junitparser import TestSuite

    suite = TestSuite(f"{clean(report.company.name)} · {view.say(judged.pack.title)}")
    suite.timestamp = f"{report.as_of}T00:00:00"
    for name, said in _properties(judged, report, view):
        if said:
            suite.add_property(name, clean(said))
    suite.add_testcases([_case(finding, report, view) for finding in view.listed(judged.findings)])
    return suite


def _properties(judged: Judged, report: Report, view: View) -> Iterator[tuple[str, str]]:
    company, pack, score = report.company, judged.pack, judged.score
    yield from (("company", company.name), ("credit_code", company.credit_code or ""), ("period", f"{report.period[0]}/{report.period[1]}"),
                ("as_of", report.as_of.isoformat()), ("facts", report.facts), ("facts_sha256", report.facts_digest),
                ("pack", pack.name), ("edition", view.say(pack.edition)), ("pack_sha256", pack.digest), ("program", f"esgcheck {report.program}"))
    if judged.eligibility:
        yield "eligibility", judged.eligibility
    if score:
        earned, standing = score.tallies.base.earned, score.standing
        yield from (("score_least", plain(earned.least)), ("score_most", plain(earned.most)))
        if standing:
            yield from (("grade_least", standing.name(standing.least)), ("grade_most", standing.name(standing.most)))


def _case(finding: Finding, report: Report, view: View) -> TestCase:
    from junitparser import TestCase

    clause = finding.clause
    case = TestCase(f"{clean(clause.number)} {view.say(clause.title)}", classname=clean(f"{clause.pack}.{clause.chapter}"))
    result = _result(finding, view)
    if result is not None:
        case.result = [result]
    case.system_out = "\n".join(_told(finding, report, view))
    return case


def _result(finding: Finding, view: View) -> Any:
    """What the case came out as; nothing for one that passes."""
    from junitparser import Error, Failure, Skipped

    reason, waiver = view.say(finding.reason), finding.waiver
    if waiver:
        told = Text(f"已豁免至 {waiver.expiry}（{waiver.approver}）：{waiver.reason}", f"Waived until {waiver.expiry} ({waiver.approver}): {waiver.reason}")
        return Skipped(view.say(told), "waived")
    if finding.verdict == "violated":
        return Failure(reason, finding.clause.modality)
    if finding.verdict == "unknown":
        return Error(reason, "unknown")
    return Skipped(reason, "not_applicable") if finding.verdict == "not_applicable" else None


def _told(finding: Finding, report: Report, view: View) -> Iterator[str]:
    """Everything about a finding, a line each."""
    clause, points = finding.clause, own_points(finding)
    heads = (VERDICT_NAMES[finding.verdict], MODALITY_NAMES[clause.modality], KIND_NAMES[clause.kind])
    yield " · ".join((clause.name, *map(view.say, heads)))
    yield view.say(clause.statement)
    yield view.say(finding.reason)
    for witness in witnesses(finding, report):
        yield f"{view.say(witness.told)} [{clean(str(witness.place))}]"
    if finding.disclosure:
        yield view.say(disclosure_text(finding.disclosure))
    if finding.asserted_only:
        yield view.say(weakness_text(finding))
    yield from (view.say(computed_text(line)) for line in finding.facts if line.role == "computed")
    for found in finding.evidence:
        yield view.say(Text("依据：", "Evidence: ")) + clean(f"{report.documents[found.document]} {found.place}")
    if points:
        yield view.say(Text(f"得分：{plain(points.earned.least)} 至 {plain(points.earned.most)} / {plain(points.worth)}",
                            f"Points: {plain(points.earned.least)} to {plain(points.earned.most)} of {plain(points.worth)}"))
    yield view.say(Text("出处：", "Source: ")) + clean(f"{clause.citation.file} {clause.citation.place}")
    if clause.source_note:
        yield view.say(Text("注：", "Note: ")) + view.say(clause.source_note)


def _written(whole: JUnitXml) -> bytes:
    """The suites counted, as bytes that are the same whether or not lxml is installed, which junitparser then uses."""
    from xml.etree import ElementTree as ET

    whole.update_statistics()
    tree = ET.ElementTree(ET.fromstring(whole.tostring()))  # noqa: S314  # our own words
    ET.indent(tree)
    found = io.BytesIO()
    tree.write(found, encoding="utf-8", xml_declaration=True)
    return found.getvalue() + b"\n"
