"""What to verify on site: contradictions first, then claims with nothing behind them, then large point values.

Among contradictions those of figures and of the record come before what is said not to apply and handed to the parent at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from checker.check import check
from checker.conditions import Agreed, asked_by
from checker.errors import Text
from checker.facts import Conflict, FactBase
from checker.packs import Clause, Packs
from checker.report import FactLine, Finding, Report, conflict_text
from checker.situation import Event, EventStatement

#: Why something is on the list, in the order of the list: statements that cannot all hold, figures and claims that do not fit
#: together, what is said not to apply and handed to the parent at once, a mandatory clause that rests on assertion, points that do.
Reason = Literal["contradiction", "inconsistency", "two_reasons", "asserted_mandatory", "asserted_points"]


@dataclass(slots=True)
class Item:
    """One thing to verify: why, by which question, on which statements and events, for which clauses and points."""

    reason: Reason
    about: str
    title: Text
    why: Text
    question: Text
    facts: tuple[FactLine, ...]
    clauses: list[Clause] = field(default_factory=list)
    points: Fraction = Fraction(0)
    events: tuple[Event, ...] = ()
    claims: tuple[EventStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """The list, the weightiest first, and the report it was taken from."""

    report: Report
    items: tuple[Item, ...]


def spot_check(facts: FactBase, packs: Packs, *, only: Sequence[str] = (), as_of: date | None = None, engine: str | None = None) -> SpotCheck:
    """What to verify about one company.

    Without ``only`` the packs for the company's traits are used; packs that are for nobody in particular always are.

    Raises:
        InputError: as :func:`checker.check.check` does.
        DisagreementError: the two evaluators differ.
    """
    always = [name for name, traits in packs.traits.items() if not traits]
    report = check(facts, packs, only=[*(only or packs.fitting(facts.company.traits)), *always], as_of=as_of, engine=engine)
    contradictions = list(_contradictions(report))
    hard = [item for item in contradictions if item.reason == "contradiction"]
    listed = {item.about for item in hard}
    soft = [item for item in contradictions if item.reason == "two_reasons" and item.about not in listed]
    return SpotCheck(report, (*hard, *_inconsistencies(report, listed), *soft, *_asserted(report), *_points(report)))


def _contradictions(report: Report) -> Iterator[Item]:
    """Statements of one fact that cannot all hold, and claims that the record contradicts, each once."""
    found: dict[tuple[str, str], Item] = {}
    for finding in report.findings():
        lines = {line.word.path: line for line in finding.facts}
        for conflict in finding.conflicts:
            line = lines.get(conflict.about)
            recorded = conflict.conflict == "denied_yet_recorded"
            question = line.word.question if line else Text(f"“{conflict.label.zh}”究竟有没有发生？", f"Did any \"{conflict.label.en}\" happen or not?")
            item = found.setdefault((conflict.about, conflict.conflict), Item(
                _REASONS.get(conflict.conflict, "contradiction"), conflict.about, conflict.label, conflict_text(conflict.conflict), question,
                (line,) if line else (),
                events=tuple(event for event in finding.events if recorded and (line or event.kind == conflict.about)),
                claims=tuple(claim for claim in finding.claims if recorded and claim.none and (line or claim.kind == conflict.about))))
            item.clauses.append(finding.clause)
    yield from sorted(found.values(), key=lambda item: -len(item.clauses))


_REASONS: dict[Conflict, Reason] = {"not_applicable_and_delegated": "two_reasons"}


def _inconsistencies(report: Report, listed: Collection[str]) -> Iterator[Item]:
    """The rules of consistency that are violated, but for those that only say again which statements of a fact differ."""
    for finding in report.findings():
        if finding.clause.kind != "consistency" or finding.verdict != "violated":
            continue
        asked = {fact for leaf, _ in finding.settled for fact in asked_by(leaf)}
        if finding.settled and all(isinstance(leaf, Agreed) and leaf.fact in listed for leaf, _ in finding.settled):
            continue
        clause = finding.clause
        lines = tuple(line for line in finding.facts if line.word.path in asked)
        yield Item("inconsistency", clause.name, clause.title, finding.reason, clause.statement, lines, [clause], events=finding.events, claims=finding.claims)


def _asserted(report: Report) -> Iterator[Item]:
    """The facts that mandatory clauses rest on without sufficient evidence, those for most clauses first."""
    found: dict[str, Item] = {}
    for finding in report.findings():
        if finding.grade != "mandatory" or not finding.asserted_only:
            continue
        for line in finding.facts:
            if line.word.path in finding.weak:
                why = Text("强制条款满足，有效证据却不足", "a mandatory clause is satisfied without sufficient valid evidence")
                item = found.setdefault(line.word.path, Item("asserted_mandatory", line.word.path, line.word.label, why, line.word.question, (line,)))
                item.clauses.append(finding.clause)
    yield from sorted(found.values(), key=lambda item: -len(item.clauses))


def _points(report: Report) -> Iterator[Item]:
    """Scored clauses by the points that rest on assertion only."""
    items = []
    for finding in report.findings():
        line = finding.score
        if line and line.clause is finding.clause:
            at_stake = line.supported.least - line.evidenced.least
            if at_stake > 0:
                items.append(_item_of_points(finding, at_stake))
    yield from sorted(items, key=lambda item: -item.points)


def _item_of_points(finding: Finding, at_stake: Fraction) -> Item:
    clause = finding.clause
    why = Text("得分只凭自述", "points rest on assertion only")
    return Item("asserted_points", clause.name, clause.title, why, clause.statement, finding.facts, [clause], at_stake)
