"""A report as SARIF 2.1.0: every finding points at the line and column of the facts that settled it.

One run a company. Clauses are rules of the driver, because there every consumer looks for them; the packs are taxonomies, for that is
what a standard with its chapters is, and each rule says under which heading it stands. A level says how bad a failure is, so it is
``none`` for whatever did not fail (SARIF 3.27.10). What contradicts itself is a result of its own, for a person to review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from checker.conditions import Verdict
from checker.description import VERDICT_NAMES
from checker.errors import Place, Problem, Text
from checker.facts import Conflict
from checker.packs import Clause, Pack
from checker.render.exchange import Witness, company_identity, identity, of_event, of_fact, run_identity, uri, witnesses
from checker.render.plain import bounds, dumps
from checker.render.view import View, clean
from checker.report import VERDICTS, Contradiction, Finding, Judged, Report, conflict_text
from checker.waivers import Waiver

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS: dict[Verdict, str] = {"satisfied": "pass", "violated": "fail", "unknown": "open", "not_applicable": "notApplicable"}
_MIME = {".json": "application/json", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 JSON; only findings that the view lists are among the results, rules are all of those judged."""
    return _log([_Run(report, view).tree()])


def join(rendered: Sequence[bytes]) -> bytes:
    """One log with a run a company."""
    import simplejson

    return _log([run for part in rendered for run in simplejson.loads(part, use_decimal=True)["runs"]])


def _log(runs: list[dict[str, Any]]) -> bytes:
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs})


def level_of(clause: Clause) -> str:
    """How bad it is to violate a clause."""
    return "error" if clause.modality == "mandatory" else "warning"


class _Run:
    """One report on its way to a run."""

    def __init__(self, report: Report, view: View) -> None:
        self.report, self.view = report, view
        self.clauses = {finding.clause.name: index for index, finding in enumerate(report.findings())}
        self.listed = view.listed(report.findings())
        found = ((contradiction, finding) for finding in self.listed for contradiction in finding.conflicts)
        self.contradictions: dict[Contradiction, list[Finding]] = {}
        for contradiction, finding in found:
            self.contradictions.setdefault(contradiction, []).append(finding)
        self.conflicts = {conflict: len(self.clauses) + index
                          for index, conflict in enumerate(dict.fromkeys(contradiction.conflict for contradiction in self.contradictions))}

    def say(self, words: Text) -> dict[str, str]:
        """Words as a message, in which braces and links would mean something."""
        return {"text": literal(self.view.say(words))}

    def tree(self) -> dict[str, Any]:
        report = self.report
        company, period = report.company, f"{report.period[0]}--{report.period[1]}"
        return {
            "tool": {"driver": self._driver()},
            "automationDetails": {
                "id": f"esgcheck/{clean(company_identity(report)).replace('/', ' ')}/{period}",
                "guid": identity("run", *run_identity(report), self.view.lang, *sorted(self.view.only)),
                "correlationGuid": identity("company", company_identity(report)),
            },
            "invocations": [{
                "executionSuccessful": True,
                "toolExecutionNotifications": [self._notification(warning) for warning in report.warnings],
            }],
            "language": "zh-CN" if self.view.lang == "zh" else "en-US",
            "columnKind": "unicodeCodePoints",
            "artifacts": [self._artifact()],
            "taxonomies": [self._taxonomy(judged) for judged in report.packs],
            "results": [*(self._result(finding) for finding in self.listed),
                        *(self._contradiction(found, findings) for found, findings in self.contradictions.items())],
            "properties": {
                "company": clean(company.name), "credit_code": clean(company.credit_code or ""), "period": period, "as_of": report.as_of.isoformat(),
                "verdicts": {verdict: sum(finding.verdict == verdict for finding in report.findings()) for verdict in VERDICTS},
            },
        }

    # --- what was checked by -------------------------------------------------------------------------------------

    def _driver(self) -> dict[str, Any]:
        return {
            "name": "esgcheck",
            "version": self.report.program,
            "rules": [*(self._rule(finding.clause, judged.pack) for judged in self.report.packs for finding in judged.findings),
                      *map(self._conflict, self.conflicts)],
            "supportedTaxonomies": [_taxonomy_of(judged.pack) for judged in self.report.packs],
        }

    def _rule(self, clause: Clause, pack: Pack) -> dict[str, Any]:
        headings = [chapter.number for chapter in pack.chapters]
        note = clause.source_note
        source = Text(f"出处：{clause.citation.file} {clause.citation.place}" + (f"。注：{note.zh}" if note else ""),
                      f"Source: {clause.citation.file} {clause.citation.place}" + (f". Note: {note.en}" if note else ""))
        rule: dict[str, Any] = {
            "id": clause.name,
            "shortDescription": self.say(clause.title),
            "fullDescription": self.say(clause.statement),
            "help": self.say(source),
            "defaultConfiguration": {"level": level_of(clause)},
            "properties": {"pack": clause.pack, "number": clause.number, "chapter": clause.chapter, "section": clause.section, "kind": clause.kind,
                           "modality": clause.modality, "truncated": clause.truncated, "tags": list(dict.fromkeys((clause.pack, clause.kind, clause.modality)))},
        }
        if clause.chapter in headings:
            where = {"id": clause.chapter, "index": headings.index(clause.chapter), "toolComponent": _taxonomy_of(pack)}
            rule["relationships"] = [{"target": where, "kinds": ["superset"]}]
        return rule

    def _conflict(self, conflict: Conflict) -> dict[str, Any]:
        return {"id": f"contradiction/{conflict}", "shortDescription": self.say(conflict_text(conflict)), "defaultConfiguration": {"level": "none"}}

    def _taxonomy(self, judged: Judged) -> dict[str, Any]:
        pack = judged.pack
        return {
            **_taxonomy_of(pack),
            "fullName": self.view.say(pack.title),
            "shortDescription": self.say(pack.edition),
            "taxa": [{"id": chapter.number, "shortDescription": self.say(chapter.title)} for chapter in pack.chapters],
            "properties": {"sha256": pack.digest, "source": pack.file, "source_sha256": pack.file_digest, "reason": self.view.say(judged.reason),
                           "eligibility": judged.eligibility},
        }

    # --- what was found ------------------------------------------------------------------------------------------

    def _result(self, finding: Finding) -> dict[str, Any]:
        clause = finding.clause
        found, *others = witnesses(finding, self.report)
        verdict = VERDICT_NAMES[finding.verdict]
        result: dict[str, Any] = {
            "ruleId": clause.name,
            "ruleIndex": self.clauses[clause.name],
            "kind": KINDS[finding.verdict],
            "level": level_of(clause) if finding.verdict == "violated" else "none",
            "message": self.say(Text(f"{clause.title.zh}：{verdict.zh}。{finding.reason.zh}", f"{clause.title.en}: {verdict.en}. {finding.reason.en}")),
            "locations": [self._location(found)],
            "relatedLocations": [self._location(other) | {"id": index} for index, other in enumerate(others)],
            "partialFingerprints": {"companyClause/v1": identity("finding", company_identity(self.report), clause.name)},
            "properties": self._properties(finding),
        }
        return result | self._suppressed(finding.waiver)

    def _properties(self, finding: Finding) -> dict[str, Any]:
        evidence = [clean(f"{self.report.documents[found.document]} {found.place}") for found in finding.evidence]
        return {
            "verdict": finding.verdict, "modality": finding.clause.modality, "evidenced": finding.evidenced, "support": finding.support,
            "needs": list(finding.needs), "evidence": evidence,
            "disclosure": finding.disclosure.extent if finding.disclosure else None,
            "earned": bounds(finding.score.earned) if finding.score else None,
            "scored_with": [clause.name for clause in finding.score.clauses] if finding.score else [],
        }

    def _contradiction(self, found: Contradiction, findings: list[Finding]) -> dict[str, Any]:
        """Something stated that cannot hold, at each place that says it; a person has to find out which is true."""
        first, *others = self._sides(found, findings)
        why, names = conflict_text(found.conflict), [finding.clause.name for finding in findings]
        listed = ", ".join(names)
        result: dict[str, Any] = {
            "ruleId": f"contradiction/{found.conflict}",
            "ruleIndex": self.conflicts[found.conflict],
            "kind": "review",
            "level": "none",
            "message": self.say(Text(f"{found.label.zh}：{why.zh}。涉及条款：{listed}", f"{found.label.en}: {why.en}. Clauses: {listed}")),
            "locations": [self._location(first)],
            "relatedLocations": [self._location(other) | {"id": index} for index, other in enumerate(others)],
            "partialFingerprints": {"companyClause/v1": identity("contradiction", company_identity(self.report), found.about, found.conflict)},
            "properties": {"about": found.about, "conflict": found.conflict, "clauses": names},
        }
        return result | self._suppressed(None)

    def _sides(self, found: Contradiction, findings: list[Finding]) -> Iterator[Witness]:
        """The statements that cannot all hold, and the recorded events where these are one side."""
        if found.about in self.report.vocabulary.words:
            yield from of_fact(found.about, findings[0], self.report)
        else:
            yield Witness(found.about, found.label, Text("", ""), self.report.place("event_statements"), stated=False)
        if found.conflict == "denied_yet_recorded":
            bearing = findings[0].events
            yield from (of_event(index, self.report) for index, event in enumerate(self.report.recorded) if any(event is each for each in bearing))

    def _suppressed(self, waiver: Waiver | None) -> dict[str, Any]:
        """What waives a result. All results of a run say that, if only that nothing does, or none does (SARIF 3.27.23)."""
        return {"suppressions": [_suppression(waiver)] if waiver else []} if self.report.waivers else {}

    def _notification(self, warning: Problem) -> dict[str, Any]:
        return {
            "descriptor": {"id": warning.code},
            "level": "warning",
            "message": self.say(Text(f"{warning.said.zh}{warning.remedy.zh}", f"{warning.said.en} {warning.remedy.en}")),
            "locations": [{"physicalLocation": _physical(warning.place)}],
        }

    # --- where ---------------------------------------------------------------------------------------------------

    def _artifact(self) -> dict[str, Any]:
        found: dict[str, Any] = {"location": {"uri": uri(self.report.facts)}, "roles": ["analysisTarget"], "hashes": {"sha-256": self.report.facts_digest}}
        mime = _MIME.get(PurePath(self.report.facts).suffix.lower())
        return found | ({"mimeType": mime} if mime else {})

    def _location(self, witness: Witness) -> dict[str, Any]:
        place = witness.place
        physical = _physical(place)
        physical["artifactLocation"]["index"] = 0
        found = {"physicalLocation": physical, "message": self.say(witness.told)}
        name = place.inside if place.sheet else place.path
        return found | ({"logicalLocations": [{"fullyQualifiedName": clean(name)}]} if name else {})


def _taxonomy_of(pack: Pack) -> dict[str, str]:
    """How a pack is referred to: by its GUID, as an index would mean an extension of the tool (SARIF 3.54.2)."""
    return {"name": pack.name, "guid": identity("pack", pack.name)}


def _suppression(waiver: Waiver) -> dict[str, Any]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": clean(waiver.reason),
        "location": {"physicalLocation": _physical(waiver.place)},
        "properties": {"approver": clean(waiver.approver), "start": waiver.start.isoformat(), "expiry": waiver.expiry.isoformat()},
    }


def _physical(place: Place) -> dict[str, Any]:
    """A place in a file of text; a workbook has no lines, so that only the file is named."""
    found: dict[str, Any] = {"artifactLocation": {"uri": uri(place.file)}}
    if place.line and not place.sheet:
        found["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    return found


def literal(said: str) -> str:
    """A text as a message that says just that: doubled braces are no placeholders, escaped brackets no link (SARIF 3.11.5, 3.11.6)."""
    said = said.replace("{", "{{").replace("}", "}}")
    return re.sub(r"([\\\[\]])", r"\\\1", said) if "](" in said else said
