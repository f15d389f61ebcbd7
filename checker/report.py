"""The result of a check as one frozen value: findings, conclusions, what they rest on, and its own exit code.

Every other form of a result is a view of this one. A verdict is settled before any of its words are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from checker.bounds import decimal_of
from checker.conditions import (
    Agreed,
    Compare,
    Count,
    Disclosed,
    Evidenced,
    Holds,
    Leaf,
    Node,
    Not,
    OneOf,
    Relation,
    Truth,
    Value,
    Verdict,
    asked_by,
)
from checker.conditions import All as AllOf
from checker.conditions import Any as AnyOf
from checker.description import describe, percent_text
from checker.disclosures import Disclosure, Extent, disclosure_of
from checker.engines.reference import Explanation, explain
from checker.engines.reference import truth as truth_of
from checker.errors import Place, Problem, Text
from checker.facts import Company, Conflict, Evidence, Fact, FactBase
from checker.lines import ScoreLine
from checker.packs import Clause, Conclusion, Modality, Pack
from checker.relations import failing_sides
from checker.score import Score
from checker.situation import Event, EventStatement, Situation
from checker.support import Support
from checker.vocabulary import Vocabulary, Word
from checker.waivers import Waived, Waiver

FailOn = Literal["mandatory", "recommended", "unknown", "never"]
Eligibility = Literal["eligible", "not_eligible", "undetermined"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MODALITIES: tuple[Modality, ...] = get_args(Modality)

#: How many facts a reason names before it counts the rest.
NAMED_IN_REASON = 4


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact of a finding: what the vocabulary calls it and what the company stated, if anything.

    ``role`` is ``decides`` for a fact of the condition or of the applicability, ``figure`` for one that is only shown,
    ``computed`` for one that is computed from others. ``judged`` is the value that counted: recorded events overrule a
    claim that there were none. ``possible`` holds what a computed choice may still be.
    """

    word: Word
    unit: Text | None
    fact: Fact | None
    role: Literal["decides", "figure", "computed"]
    judged: Value | None
    possible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something stated that cannot hold: a fact, by its path, or a claim of no events, by the code of their kind."""

    about: str
    label: Text
    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Finding:
    """A clause's verdict for one company, with its reason, its facts, the events that bear on it, and their evidence.

    ``applies`` and ``condition`` are the two conditions of the clause with the value of every node. ``settled`` are the leaves on
    which the verdict rests, each with its value, ``claims`` what is stated about events of the kinds that matter, ``weak`` the facts that a satisfied one rests on and whose evidence does not suffice.
    ``score`` is the clause's line in the ledger, where it earns points; ``waiver`` lets a violated clause pass. A disclosure
    item has how much of it was disclosed. ``evidenced`` is the verdict when only statements with evidence count, ``support`` the
    weakest assurance among the facts that settled a satisfied one, ``assurance`` the same in words.
    """

    clause: Clause
    verdict: Verdict
    reason: Text
    facts: tuple[FactLine, ...]
    evidence: tuple[Evidence, ...]
    conflicts: tuple[Contradiction, ...]
    needs: tuple[str, ...]
    events: tuple[Event, ...]
    score: ScoreLine | None
    waiver: Waiver | None
    evidenced: Verdict
    support: str | None
    assurance: Text | None
    applies: Explanation | None
    condition: Explanation
    settled: tuple[tuple[Leaf, Truth], ...]
    claims: tuple[EventStatement, ...]
    weak: tuple[str, ...]
    disclosure: Disclosure | None = None

    @property
    def asserted_only(self) -> bool:
        """Whether it is satisfied only because somebody says so."""
        return self.verdict == "satisfied" and self.evidenced != "satisfied"

    @property
    def grade(self) -> Modality:
        """How heavily the finding weighs: as binding as its clause."""
        return self.clause.modality


@dataclass(frozen=True, slots=True)
class Concluded:
    """A conclusion's verdict."""

    conclusion: Conclusion
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One pack as it was applied: why it was chosen and what it found. ``reason`` is the trait, or the option.

    ``elsewhere`` is how many of its clauses bind somebody else and are not judged.
    """

    pack: Pack
    reason: Text
    findings: tuple[Finding, ...]
    conclusions: tuple[Concluded, ...]
    score: Score | None
    elsewhere: int = 0

    @property
    def preconditions(self) -> tuple[Finding, ...]:
        """The findings on what must be so before anybody may apply."""
        return tuple(finding for finding in self.findings if finding.clause.kind == "precondition")

    @property
    def eligibility(self) -> Eligibility | None:
        """Whether the company may apply; nothing where the pack has no preconditions."""
        verdicts = {finding.verdict for finding in self.preconditions}
        if not verdicts:
            return None
        if "violated" in verdicts:
            return "not_eligible"
        return "undetermined" if "unknown" in verdicts else "eligible"

    def count(self, chapter: str | None = None, modality: Modality | None = None) -> Counter[Verdict]:
        """How many findings have each verdict, of one chapter and one modality or of all."""
        return Counter(
            finding.verdict
            for finding in self.findings
            if chapter in (None, finding.clause.chapter) and modality in (None, finding.clause.modality)
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a check found about one company. ``engine`` names the evaluator whose verdicts these are.

    ``program`` is the version of esgcheck, ``vocabulary`` the dictionary by which facts are told, ``place`` says where
    something stands in the file of facts, by its path.
    """

    facts: str
    facts_digest: str
    company: Company
    period: tuple[date, date]
    as_of: date
    engine: str
    program: str
    documents: Mapping[str, str]
    recorded: tuple[Event, ...]
    packs: tuple[Judged, ...]
    waivers: tuple[Waived, ...]
    warnings: tuple[Problem, ...]
    vocabulary: Vocabulary
    place: Callable[..., Place]

    def findings(self) -> Iterator[Finding]:
        """Every finding, pack by pack, in the order of the sources."""
        for judged in self.packs:
            yield from judged.findings

    def exit_code(self, fail_on: FailOn = "mandatory", *, require_evidence: bool = False) -> int:
        """0, or 1 where a finding is at or above ``fail_on``.

        From the heaviest: a violated mandatory clause (``mandatory``), any violated clause (``recommended``), also an
        undetermined one (``unknown``); with ``never`` always 0. A waived finding decides nothing. Where evidence is required, a
        mandatory clause that is satisfied only by assertion is a finding, too.
        """
        if fail_on == "never":
            return 0
        verdicts = ("violated", "unknown") if fail_on == "unknown" else ("violated",)
        grades = ("mandatory",) if fail_on == "mandatory" else MODALITIES
        counting = (finding for finding in self.findings() if finding.waiver is None)
        return int(any((finding.verdict in verdicts and finding.grade in grades)
                       or (require_evidence and finding.grade == "mandatory" and finding.asserted_only) for finding in counting))


def disclosed_by_chapter(judged: Judged) -> dict[str | None, Counter[Extent]] | None:
    """How many disclosure items of each chapter, and in all (under ``None``), were disclosed how far; nothing without any."""
    found: dict[str | None, Counter[Extent]] = {}
    for finding in judged.findings:
        if finding.disclosure:
            for number in (finding.clause.chapter, None):
                found.setdefault(number, Counter())[finding.disclosure.extent] += 1
    return found or None


def judge(pack: Pack, reason: Text, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict],
          vocabulary: Vocabulary, score: Score | None, waivers: Mapping[str, Waiver], support: Support, *, elsewhere: int = 0) -> Judged:
    """What one pack finds, given the settled verdicts of its rules, its score, and the waivers that count, by clause."""
    lines = {clause.name: line for line in score.lines for clause in line.clauses} if score else {}
    findings = (_finding(clause, facts, situation, verdicts, vocabulary, lines.get(clause.name), waivers.get(clause.name), support)
                for clause in pack.clauses)
    conclusions = (Concluded(conclusion, verdicts[conclusion.name]) for conclusion in pack.conclusions)
    return Judged(pack, reason, tuple(findings), tuple(conclusions), score, elsewhere)


def _finding(clause: Clause, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict],
             vocabulary: Vocabulary, score: ScoreLine | None, waiver: Waiver | None, support: Support) -> Finding:
    verdict = verdicts[clause.name]
    lines = (*(_computed_line(path, situation, verdicts, vocabulary) for path in clause.computed),
             *(_fact_line(path, clause, facts, situation, vocabulary) for path in clause.facts))
    stated = [line.fact for line in lines if line.fact is not None]
    asked = _events_asked(clause, facts)
    events = tuple(event for event in situation.events if any(situation.matches(node, event) is not False for node in asked))
    claims = tuple(said for said in facts.statements if any(said.kind in node.kinds for node in asked))
    ratings = score.ratings if score else ()
    names = dict.fromkeys(name for source in (stated, events, claims, ratings) for each in source for name in each.evidence)
    conflicts = (*(Contradiction(path, vocabulary.words[path].label, conflict) for path in clause.facts for conflict in conflicts_of(path, facts, situation)),
                 *(Contradiction(kind, vocabulary.terms.event_kinds[kind], "denied_yet_recorded") for kind in _denied_kinds(clause, facts, situation)))
    rule = clause.rule
    applies = None if rule.applies_if is None else explain(rule.applies_if, situation, verdicts)
    condition = explain(rule.condition, situation, verdicts)
    settled = list(deciding_leaves(condition if applies is None or applies.truth else applies))
    carrying = [fact for leaf, _ in settled for fact in asked_by(leaf)] if verdict == "satisfied" else []
    level = support.level(carrying)
    return Finding(
        clause=clause,
        verdict=verdict,
        reason=_reason(verdict, settled, conflicts, events, facts, situation, vocabulary),
        facts=lines,
        evidence=tuple(facts.evidence[name] for name in names),
        conflicts=conflicts,
        needs=tuple(dict.fromkeys(fact for leaf, truth in settled if truth is None for fact in asked_by(leaf) if fact not in situation.values)),
        events=events,
        score=score,
        waiver=waiver,
        evidenced=support.of(clause).verdicts[clause.name],
        support=level,
        assurance=vocabulary.terms.assurance_levels[level] if level else None,
        applies=applies,
        condition=condition,
        settled=tuple(settled),
        claims=claims,
        weak=support.weak(carrying, clause),
        disclosure=disclosure_of(clause, facts, situation, verdicts, vocabulary) if clause.kind == "disclosure" else None,
    )


def _fact_line(path: str, clause: Clause, facts: FactBase, situation: Situation, vocabulary: Vocabulary) -> FactLine:
    word = vocabulary.words[path]
    unit = vocabulary.terms.units[word.unit] if word.unit else None
    figure = path in clause.figures
    return FactLine(word, unit, facts.facts.get(path), "figure" if figure else "decides", situation.values.get(path))


def _computed_line(path: str, situation: Situation, verdicts: Mapping[str, Verdict], vocabulary: Vocabulary) -> FactLine:
    word = vocabulary.words[path]
    assert word.table is not None
    truths = {name: truth_of(word.table.among([name]), situation, verdicts) for name in word.table.classes}
    value = next((name for name, truth in truths.items() if truth), None)
    possible = () if value else tuple(name for name, truth in truths.items() if truth is None)
    return FactLine(word, None, None, "computed", value, possible)


def _events_asked(clause: Clause, facts: FactBase) -> list[Count]:
    """The events that bear on a clause: those that it counts, and those that one of its facts denies."""
    return list(clause.events) + [facts.denials[path] for path in clause.facts if path in facts.denials]


def conflicts_of(path: str, facts: FactBase, situation: Situation) -> Iterator[Conflict]:
    """In which ways what is stated of a fact cannot hold, together or against the events on record."""
    fact = facts.facts.get(path)
    if fact is not None:
        yield from fact.conflicts
    if path in facts.denials and situation.values.get(path) is False:
        denied = facts.denials[path]
        claimed = any(said.none and said.kind in denied.kinds and facts.recorded(said, situation.as_of) for said in facts.statements)
        if claimed or (fact is not None and fact.value is True):
            yield "denied_yet_recorded"


def _denied_kinds(clause: Clause, facts: FactBase, situation: Situation) -> list[str]:
    """The kinds of events that a clause counts, of which it is stated that there were none and one is recorded."""
    counts = clause.events
    counted = [event for event in situation.events if any(situation.matches(node, event) is not False for node in counts)]
    denied = (event.kind for event in counted for said in facts.statements
              if said.none and said.kind == event.kind and said.first <= event.on <= said.last)
    return list(dict.fromkeys(denied))


def deciding_leaves(explanation: Explanation) -> Iterator[tuple[Leaf, Truth]]:
    """The leaves that settled a condition's value, from left to right."""
    node: Node = explanation.node
    if isinstance(node, AllOf | AnyOf | Not):
        for part in explanation.parts:
            if part.decided:
                yield from deciding_leaves(part)
    else:
        yield node, explanation.truth


def _fact_of(leaf: Leaf) -> str | None:
    return leaf.fact if isinstance(leaf, Holds | Compare | OneOf | Disclosed | Agreed | Evidenced) else None


# --- sentences ----------------------------------------------------------------------------------------------------

_CONFLICTS: dict[Conflict, Text] = {
    "different_values": Text("不同出处的数值不一致", "its sources give different values"),
    "value_and_not_applicable": Text("既有陈述又称不涉及", "it is stated and also said not to apply"),
    "not_applicable_and_delegated": Text("既称不涉及又称交由母公司，二者不能并存",
                                         "it is said not to apply and also handed to the parent; both cannot hold"),
    "denied_yet_recorded": Text("自称没有，却有记录在案的事件；按记录判定", "it is claimed that there was none, yet an event is on record, which counts"),
}


def conflict_text(conflict: Conflict) -> Text:
    """In which way statements of one fact cannot all hold, in words."""
    return _CONFLICTS[conflict]


def value_text(value: Value, word: Word, unit: Text | None) -> Text:
    """A typed value as people read it, with its unit."""
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if word.type == "choice":
        return (word.choices or {})[str(value)]
    if word.type == "ratio" and isinstance(value, int | Decimal):
        return Text(percent_text(value), percent_text(value))
    said = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return Text(f"{said} {unit.zh}", f"{said} {unit.en}") if unit else Text(said, said)


def absence_text(fact: Fact | None, vocabulary: Vocabulary) -> Text:
    """Why a fact has no value, in words."""
    if fact is None:
        return Text("未提及", "not mentioned")
    if "different_values" in fact.conflicts:
        return _CONFLICTS["different_values"]
    if not fact.missing:  # stated, and yet not believed
        return Text("有记录在案的事件缺少所需信息，尚不能认定", "a recorded event lacks what would settle it")
    return _listed([vocabulary.terms.missing_reasons[reason] for reason in fact.missing])


def event_text(event: Event, vocabulary: Vocabulary) -> Text:
    """An event in words: its day, its kind, what is known of it, its title."""
    terms = vocabulary.terms
    known = [terms.event_fields[name].choices[code] for name, code in event.fields.items()]
    kind = terms.event_kinds[event.kind]
    zh, en = "、".join((kind.zh, *(field.zh for field in known))), ", ".join((kind.en, *(field.en for field in known)))
    return Text(f"{event.on} {zh}" + (f"（{event.title}）" if event.title else ""), f"{event.on} {en}" + (f" ({event.title})" if event.title else ""))


def _reason(verdict: Verdict, settled: list[tuple[Leaf, Truth]], conflicts: tuple[Contradiction, ...],
            events: tuple[Event, ...], facts: FactBase, situation: Situation, vocabulary: Vocabulary) -> Text:
    asked = Counter(_fact_of(leaf) for leaf in dict.fromkeys(leaf for leaf, truth in settled if truth is None))
    told: dict[Text, list[Text]] = {}
    for wanted in (True, False, None):
        for leaf, truth in settled:
            if truth is wanted:
                name = _fact_of(leaf)
                several = truth is None and name is not None and asked[name] > 1
                words = vocabulary.words[name or ""].label if several else _told(leaf, situation, vocabulary)
                told.setdefault(_heading(leaf, truth, facts, vocabulary), []).append(words)
    groups = [_after(heading, _listed(list(dict.fromkeys(leaves)))) for heading, leaves in told.items()]
    if verdict == "not_applicable":
        groups.insert(0, Text("条款以某种情形为前提", "the clause presupposes something"))
    if events:
        groups.append(_after(Text("记录在案", "on record"), _listed([event_text(event, vocabulary) for event in events])))
    for conflict in dict.fromkeys(found.conflict for found in conflicts):
        labels = [found.label for found in conflicts if found.conflict == conflict]
        why = _CONFLICTS[conflict]
        groups.append(_after(Text(f"矛盾（{why.zh}）", f"contradiction ({why.en})"), _listed(labels)))
    zh, en = "；".join(group.zh for group in groups), "; ".join(group.en for group in groups)
    return Text(zh + "。", en[:1].upper() + en[1:] + ".")


def _told(leaf: Leaf, situation: Situation, vocabulary: Vocabulary) -> Text:
    """A leaf in words, and what the two sides come to where figures do not fit together."""
    words = describe(leaf, vocabulary)
    sides = failing_sides(leaf, situation) if isinstance(leaf, Relation) else None
    if sides is None:
        return words
    left, right = (str(side) if isinstance(side, date) else f"{decimal_of(side):f}" for side in sides)
    return Text(f"{words.zh}（左边为 {left}，右边为 {right}）", f"{words.en} (left {left}, right {right})")


def _heading(leaf: Leaf, truth: Truth, facts: FactBase, vocabulary: Vocabulary) -> Text:
    """Under which words a leaf stands in a reason: that it holds, that it does not, or why nobody can say."""
    if truth is not None:
        return Text("成立", "holds") if truth else Text("不成立", "does not hold")
    name = _fact_of(leaf)
    if name is not None:
        return absence_text(facts.facts.get(name), vocabulary)
    if isinstance(leaf, Count):
        return Text("事件清单未提供或不完整", "no list of events, or not a complete one")
    if isinstance(leaf, Relation):
        return Text("数字不全", "a figure is missing")
    return Text("尚无判定", "not yet determined")


def _after(heading: Text, told: Text) -> Text:
    return Text(f"{heading.zh}：{told.zh}", f"{heading.en}: {told.en}")


def _listed(parts: list[Text]) -> Text:
    named, rest = parts[:NAMED_IN_REASON], len(parts) - NAMED_IN_REASON
    zh, en = "、".join(part.zh for part in named), ", ".join(part.en for part in named)
    return Text(f"{zh}等 {len(parts)} 项", f"{en} and {rest} more") if rest > 0 else Text(zh, en)

