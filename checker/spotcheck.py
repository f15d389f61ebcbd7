"""What to verify on site: contradictions first, then claims with nothing behind them, then large point values.

Among contradictions those of figures and of the record come before what is said not to apply and handed to the parent at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from checker.check import check
from checker.errors import Text
from checker.facts import Conflict, FactBase
from checker.packs import Clause, Packs
from checker.report import FactLine, Finding, Report, conflict_text
from checker.support import level_of_fact

#: Why something is on the list, in the order of the list: statements that cannot all hold, figures and claims that do not fit
#: together, a mandatory clause that rests on assertion, points that do.
Reason = Literal["contradiction", "inconsistency", "asserted_mandatory", "asserted_points"]


@dataclass(slots=True)
class Item:
    """One thing to verify: why, by which question, on which statements, for which clauses and points."""

    reason: Reason
    about: str
    title: Text
    why: Text
    question: Text
    facts: tuple[FactLine, ...]
    clauses: list[Clause] = field(default_factory=list)
    points: Fraction = Fraction(0)
    conflict: Conflict | None = None


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
    fitting = [name for name, traits in packs.traits.items() if set(traits) & set(facts.company.traits)]
    report = check(facts, packs, only=[*(only or fitting), *always], as_of=as_of, engine=engine)
    contradictions = list(_contradictions(report))
    hard = [item for item in contradictions if item.conflict != "not_applicable_and_delegated"]
    soft = [item for item in contradictions if item not in hard]
    return SpotCheck(report, (*hard, *_inconsistencies(report), *soft, *_asserted(report, facts, packs), *_points(report)))


def _contradictions(report: Report) -> Iterator[Item]:
    """Statements of one fact that cannot all hold, and claims that the record contradicts, each once."""
    found: dict[tuple[str, str], Item] = {}
    for finding in report.findings():
        lines = {line.word.path: line for line in finding.facts}
        for conflict in finding.conflicts:
            line = lines.get(conflict.about)
            question = line.word.question if line else Text(f"“{conflict.label.zh}”究竟有没有发生？", f"Did any \"{conflict.label.en}\" happen or not?")
            item = found.setdefault((conflict.about, conflict.conflict), Item(
                "contradiction", conflict.about, conflict.label, conflict_text(conflict.conflict), question, (line,) if line else (),
                conflict=conflict.conflict))
            item.clauses.append(finding.clause)
    yield from sorted(found.values(), key=lambda item: -len(item.clauses))


def _inconsistencies(report: Report) -> Iterator[Item]:
    for finding in report.findings():
        if finding.clause.kind == "consistency" and finding.verdict == "violated":
            clause = finding.clause
            yield Item("inconsistency", clause.name, clause.title, finding.reason, clause.statement, finding.facts, [clause])


def _asserted(report: Report, facts: FactBase, packs: Packs) -> Iterator[Item]:
    """The facts on which mandatory clauses rest by assertion only, those for most clauses first."""
    terms = packs.vocabulary.terms
    lowest = next(iter(terms.assurance_levels), "")
    found: dict[str, Item] = {}
    for finding in report.findings():
        if finding.grade != "mandatory" or not finding.asserted_only:
            continue
        for line in finding.facts:
            if line.role == "decides" and line.fact and line.fact.values and level_of_fact(line.fact, facts, report.as_of, terms) == lowest:
                why = Text("强制条款只凭自述而满足", "a mandatory clause is satisfied by assertion only")
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
