"""A report as OSCAL assessment results: what governance tools of the OSCAL family read. One document a company, one result a pack.

A finding of OSCAL has to be satisfied or not. An undetermined clause is therefore ``not-satisfied`` for the reason ``other`` and says so
in its remarks and its property ``verdict``: a conclusion that nobody could draw is never the good one. Of a clause that does not apply
neither state is true, so that it has no finding: it stands among the excluded controls, and its observation tells why. Every clause has
exactly one observation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checker.bounds import decimal_of
from checker.conditions import Verdict
from checker.errors import Text
from checker.facts import Evidence
from checker.packs import Clause
from checker.render.exchange import NAMESPACE, Witness, company_identity, identity, own_points, run_identity, uri, witnesses
from checker.render.plain import dumps
from checker.render.view import View, clean
from checker.report import Finding, Judged, Report
from checker.waivers import Waiver

OSCAL_VERSION = "1.2.1"
#: What each verdict that is a conclusion becomes: the state of the objective, and the reason.
STATES: dict[Verdict, tuple[str, str]] = {"satisfied": ("satisfied", "pass"), "violated": ("not-satisfied", "fail"), "unknown": ("not-satisfied", "other")}
_UNKNOWN = Text("未知：事实不足，尚无结论；不是“不满足”。", "Unknown: the facts do not tell. No conclusion was drawn; this does not say that the clause is violated.")
#: What is spelled out in an identifier. NIST allows letters of all scripts, its readers do not all of them.
_NO_TOKEN = re.compile(r"[^A-Za-z0-9.\-]")
#: What Markdown, in which OSCAL writes its texts, would take for more than itself.
_MARKUP = frozenset("\\`*_[]<>{}^~#&|")
#: The beginning of what would be a list.
_LIST = re.compile(r"^(?:([0-9]+)(?=[.)](?:\s|$))|(?=[-+]))")


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 JSON; only findings that the view lists are in it, and packs that have some."""
    return dumps({"assessment-results": _Document(report, view).tree()})


def token(name: str) -> str:
    """A clause's id as an identifier of OSCAL, which knows no colon: an underscore stands for it, what else is not allowed is spelled out."""
    pack, _, number = name.partition(":")
    return f"{pack}_" + _NO_TOKEN.sub(lambda letter: f"_x{ord(letter[0]):x}_", number)


class _Document:
    """One report on its way to a document."""

    def __init__(self, report: Report, view: View) -> None:
        self.report, self.view = report, view
        self.midnight = f"{report.as_of}T00:00:00Z"
        self.company = self.uuid("company")
        self.listed = [(judged, found) for judged in report.packs if (found := view.listed(judged.findings))]

    def uuid(self, *parts: str) -> str:
        """A name for something in this company's assessment of this period, the same in every revision of it."""
        return identity("oscal", company_identity(self.report), f"{self.report.period[0]}/{self.report.period[1]}", *parts)

    def say(self, words: Text) -> str:
        """Words as Markdown that says just that."""
        return marked(self.view.say(words))

    def tree(self) -> dict[str, Any]:
        report = self.report
        title = Text(f"{report.company.name} 逐条检查结果", f"{report.company.name}: findings clause by clause")
        return {
            "uuid": identity("oscal", *run_identity(report), self.view.lang, *sorted(self.view.only)),
            "metadata": {
                "title": self.say(title),
                "last-modified": self.midnight,
                "version": f"{report.as_of}-{report.facts_digest[:12]}",
                "oscal-version": OSCAL_VERSION,
                "props": props(program=f"esgcheck {report.program}", **{"as-of": report.as_of.isoformat(),
                               "period-start": report.period[0].isoformat(), "period-end": report.period[1].isoformat()}),
                "parties": [{"uuid": self.company, "type": "organization", "name": filled(report.company.name),
                             **_some("props", props(**{"credit-code": report.company.credit_code, "industry": report.company.industry}))}],
            },
            "import-ap": {"href": f"#{self.uuid('plan')}"},
            "local-definitions": {"objectives-and-methods": [self._objective(finding.clause) for _, found in self.listed for finding in found]},
            "results": [self._result(judged, found) for judged, found in self.listed],
            "back-matter": {"resources": list(self._resources())},
        }

    def _objective(self, clause: Clause) -> dict[str, Any]:
        """What a clause asks for, as there is no catalog to look it up in."""
        note = {"remarks": self.say(clause.source_note)} if clause.source_note else {}
        part = {"id": f"{token(clause.name)}.obj", "name": "assessment-objective", "title": self.say(clause.title), "prose": self.say(clause.statement)}
        return {
            "control-id": token(clause.name),
            "description": marked(clean(f"{clause.citation.file} {clause.citation.place}")),
            "props": props(clause=clause.name, chapter=clause.chapter, section=clause.section, kind=clause.kind, modality=clause.modality),
            "parts": [part],
        } | note

    def _result(self, judged: Judged, found: list[Finding]) -> dict[str, Any]:
        pack, apart = judged.pack, [finding.clause for finding in found if finding.verdict == "not_applicable"]
        concluded = [finding for finding in found if finding.verdict in STATES]
        selection = {"include-controls": [_control(finding.clause) for finding in found], **_some("exclude-controls", list(map(_control, apart)))}
        return {
            "uuid": self.uuid("result", pack.name),
            "title": self.say(pack.title),
            "description": self.say(judged.reason),
            "start": self.midnight,
            "end": self.midnight,
            "props": props(pack=pack.name, sha256=pack.digest, eligibility=judged.eligibility, **_score(judged)),
            "links": [{"href": f"#{self.uuid('pack', pack.name)}", "rel": "reference"}],
            "local-definitions": {"assessment-assets": self._assets(pack.name)},
            "reviewed-controls": {"control-selections": [selection]},
            "observations": [self._observation(finding) for finding in found],
            **_some("risks", [self._risk(finding, finding.waiver) for finding in found if finding.waiver]),
            **_some("findings", [self._finding(finding) for finding in concluded]),
        }

    def _assets(self, pack: str) -> dict[str, Any]:
        """The program as the tool of the assessment."""
        tool = {"uuid": self.uuid("tool", pack), "type": "software", "title": "esgcheck", "description": f"esgcheck {self.report.program}",
                "status": {"state": "operational"}}
        platform = {"uuid": self.uuid("platform", pack), "title": "esgcheck", "uses-components": [{"component-uuid": tool["uuid"]}]}
        return {"components": [tool], "assessment-platforms": [platform]}

    def _origins(self, finding: Finding) -> list[dict[str, Any]]:
        return [{"actors": [{"type": "tool", "actor-uuid": self.uuid("tool", finding.clause.pack)}]}]

    def _observation(self, finding: Finding) -> dict[str, Any]:
        clause = finding.clause
        seen = [*(self._fact(witness) for witness in witnesses(finding, self.report)), *map(self._evidence, finding.evidence)]
        return {
            "uuid": self.uuid("observation", clause.name),
            "title": self._title(clause),
            "description": self.say(finding.reason),
            "props": [*self._props(finding), *(props(conflict=f"{found.about} {found.conflict}")[0] for found in finding.conflicts)],
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "origins": self._origins(finding),
            "subjects": [{"subject-uuid": self.company, "type": "party"}],
            "relevant-evidence": seen,
            "collected": self.midnight,
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        clause, (state, reason) = finding.clause, STATES[finding.verdict]
        status = {"state": state, "reason": reason} | ({"remarks": self.say(_UNKNOWN)} if finding.verdict == "unknown" else {})
        risk = [{"risk-uuid": self.uuid("risk", clause.name)}] if finding.waiver else []
        return {
            "uuid": self.uuid("finding", clause.name),
            "title": self._title(clause),
            "description": self.say(finding.reason),
            "props": self._props(finding),
            "origins": self._origins(finding),
            "target": {"type": "objective-id", "target-id": f"{token(clause.name)}.obj", "title": self.say(clause.title), "status": status},
            "related-observations": [{"observation-uuid": self.uuid("observation", clause.name)}],
            **_some("related-risks", risk),
        }

    def _risk(self, finding: Finding, waiver: Waiver) -> dict[str, Any]:
        """A waiver: the clause stays violated, and somebody with the authority to do so accepts that until a day."""
        clause = finding.clause
        return {
            "uuid": self.uuid("risk", clause.name),
            "title": self._title(clause),
            "description": self.say(finding.reason),
            "statement": marked(clean(waiver.reason)) or "-",
            "props": props(clause=clause.name, approver=waiver.approver, start=waiver.start.isoformat(), expiry=waiver.expiry.isoformat()),
            "status": "deviation-approved",
            "origins": self._origins(finding),
            "deadline": f"{waiver.expiry}T23:59:59Z",
            "related-observations": [{"observation-uuid": self.uuid("observation", clause.name)}],
        }

    def _title(self, clause: Clause) -> str:
        return marked(clean(clause.number)) + " " + self.say(clause.title)

    def _props(self, finding: Finding) -> list[dict[str, str]]:
        clause, points = finding.clause, own_points(finding)
        worth = {"points": points.worth, "earned-least": points.earned.least, "earned-most": points.earned.most} if points else {}
        return props(clause=clause.name, verdict=finding.verdict, evidenced=finding.evidenced, modality=clause.modality, kind=clause.kind,
                     disclosure=finding.disclosure.extent if finding.disclosure else None, waived="yes" if finding.waiver else None,
                     **{name: f"{decimal_of(value):f}" for name, value in worth.items()})

    def _fact(self, witness: Witness) -> dict[str, Any]:
        """A fact or an event, with its place in the facts."""
        place = witness.place
        return {
            "href": f"#{self.uuid('facts')}",
            "description": self.say(witness.told),
            "props": props(about=witness.about, stated="yes" if witness.stated else "no", place=place.inside, path=place.path),
        }

    def _evidence(self, found: Evidence) -> dict[str, Any]:
        told = f"{self.report.documents[found.document]} {found.place}" + (f" {found.figure}" if found.figure else "")
        return {
            "href": f"#{self.uuid('document', found.document)}",
            "description": marked(clean(told)),
            "props": props(evidence=found.name, kind=found.kind, assurance=found.assurance,
                           date=found.on.isoformat() if found.on else None, expires=found.expires.isoformat() if found.expires else None),
        }

    def _resources(self) -> Iterator[dict[str, Any]]:
        """The plan, the facts, the standards and the documents that are spoken of."""
        report = self.report
        plan = Text("没有另立的评估计划：所用标准包的全部条款即为计划。", "There is no assessment plan of its own: the clauses of the packs applied are the plan.")
        yield {"uuid": self.uuid("plan"), "title": self.say(Text("评估计划", "Assessment plan")), "description": self.say(plan),
               "props": props(**{f"sha256-of-{judged.pack.name}": judged.pack.digest for judged in report.packs}),
               "rlinks": [{"href": f"#{self.uuid('pack', judged.pack.name)}"} for judged in report.packs]}
        yield {"uuid": self.uuid("facts"), "title": marked(filled(report.facts)), "description": self.say(Text("事实库", "The fact base")),
               "rlinks": [{"href": uri(report.facts), "hashes": [{"algorithm": "SHA-256", "value": report.facts_digest}]}]}
        for judged in report.packs:
            pack = judged.pack
            yield {"uuid": self.uuid("pack", pack.name), "title": self.say(pack.title), "props": props(sha256=pack.digest, **{"source-sha256": pack.file_digest}),
                   "citation": {"text": marked(filled(f"{self.view.say(pack.title)} {self.view.say(pack.edition)} {pack.file}"))}}
        for name, title in report.documents.items():
            yield {"uuid": self.uuid("document", name), "title": marked(filled(title)), "props": props(document=name), "citation": {"text": marked(filled(title))}}


def _control(clause: Clause) -> dict[str, str]:
    return {"control-id": token(clause.name)}


def _score(judged: Judged) -> dict[str, str]:
    """The score and the grade of a pack, both ends."""
    score = judged.score
    if score is None:
        return {}
    earned, standing = score.tallies.base.earned, score.standing
    grades = {"grade-least": standing.name(standing.least), "grade-most": standing.name(standing.most)} if standing else {}
    return {"score-least": f"{decimal_of(earned.least):f}", "score-most": f"{decimal_of(earned.most):f}", **grades}


def props(**said: str | None) -> list[dict[str, str]]:
    """Properties in our own namespace; what is empty is left out, for OSCAL has no empty value."""
    cleaned = {name: clean(value).strip() for name, value in said.items() if value}
    return [{"name": name, "ns": NAMESPACE, "value": value} for name, value in cleaned.items() if value]


def filled(said: str) -> str:
    """A text on one line where OSCAL takes none that is empty."""
    return clean(said).strip() or "-"


def marked(said: str) -> str:
    """A text as Markdown that says just that."""
    escaped = "".join("\\" + character if character in _MARKUP else character for character in said.strip())
    return _LIST.sub(r"\1\\", escaped)


def _some(name: str, parts: list[Any]) -> dict[str, Any]:
    """A list under its name, where it has anything in it: OSCAL knows no empty lists."""
    return {name: parts} if parts else {}
