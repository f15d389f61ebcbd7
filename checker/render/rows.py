"""Findings as rows: mark, number, modality and verdict in columns, and what is told of each beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from checker.description import VERDICT_NAMES
from checker.disclosures import EXTENT_WORDS, Disclosure
from checker.errors import Text
from checker.lines import EXCESS_WORDS
from checker.render.layout import COLOURS, FAINT, MARKS, MODALITY_NAMES, dressed, folded, padded, widest
from checker.render.view import View, clean
from checker.report import FactLine, Finding, event_text, value_text
from checker.situation import EventStatement
from checker.vocabulary import Vocabulary

#: How many places of evidence a row names before it counts the rest.
PLACES_SHOWN = 3


def rows(findings: list[Finding], view: View) -> Iterator[str]:
    """A row a finding: mark, number, modality and verdict in columns, and what is told of it beside them."""
    number = widest(finding.clause.number for finding in findings)
    modality, verdict = widest(map(view.say, MODALITY_NAMES.values())), widest(map(view.say, VERDICT_NAMES.values()))
    indent = " " * (1 + number + modality + verdict + 4)
    for finding in findings:
        colour = COLOURS[finding.verdict]
        columns = (
            dressed(MARKS[finding.verdict], view, colour),
            padded(finding.clause.number, number),
            padded(view.say(MODALITY_NAMES[finding.clause.modality]), modality),
            dressed(padded(view.say(VERDICT_NAMES[finding.verdict]), verdict), view, colour),
        )
        told = _told(finding, view, view.width - len(indent))
        yield f"{' '.join(columns)} {next(told)}"
        for line in told:
            yield indent + line


def _told(finding: Finding, view: View, room: int) -> Iterator[str]:
    """Title, reason and evidence of a finding, folded to the room there is."""
    cut = view.say(Text("〔原文截断〕", " [source cut off]")) if finding.clause.truncated else ""
    for line in folded(view.say(finding.clause.title) + cut, room):
        yield dressed(line, view, bold=True)
    yield from folded(view.say(finding.reason), room)
    for remark in remarks(finding):
        yield from folded(view.say(remark), room)
    if finding.evidence:
        places = [clean(evidence.place) for evidence in finding.evidence]
        more = len(places) - PLACES_SHOWN
        rest = Text(f" 等 {len(places)} 处", f" and {more} more") if more > 0 else Text("", "")
        basis = view.say(_basis(finding)) + "；".join(places[:PLACES_SHOWN]) + view.say(rest)
        for line in folded(basis, room):
            yield dressed(line, view, FAINT)


def remarks(finding: Finding) -> Iterator[Text]:
    """What is to be said of a finding beside its reason: extent, contradiction, weakness, waiver, computed facts."""
    if finding.disclosure:
        yield disclosure_text(finding.disclosure)
    if finding.score and finding.score.excess:
        why = EXCESS_WORDS[finding.score.excess]
        yield Text(f"矛盾：{why.zh}", f"Contradiction: {why.en}")
    if finding.asserted_only:
        yield weakness_text(finding)
    if finding.waiver:
        waiver = finding.waiver
        yield Text(f"已豁免至 {waiver.expiry}（{waiver.approver}）：{waiver.reason}", f"Waived until {waiver.expiry} ({waiver.approver}): {waiver.reason}")
    yield from (computed_text(fact) for fact in finding.facts if fact.role == "computed")


def weakness_text(finding: Finding) -> Text:
    """That valid evidence does not carry a satisfied finding, and for which facts it is missing."""
    labels = [line.word.label for line in finding.facts if line.word.path in finding.weak]
    zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
    return Text(f"有效证据不足：{zh or '事件声明'}", f"Not carried by valid evidence: {en or 'what is stated about events'}")


def _basis(finding: Finding) -> Text:
    """The word before the evidence, with its assurance where that is what a satisfied finding rests on."""
    level = finding.assurance
    return Text(f"依据（{level.zh}）：", f"Evidence ({level.en}): ") if level else Text("依据：", "Evidence: ")


def disclosure_text(found: Disclosure) -> Text:
    """How much of an item was disclosed, and what is missing."""
    extent = EXTENT_WORDS[found.extent]
    also = Text("，又称不涉及", ", and said not to apply") if found.also_not_applicable else Text("", "")
    told = Text(f"披露：{extent.zh}{also.zh}（{found.disclosed}/{found.elements}）", f"Disclosed: {extent.en}{also.en} ({found.disclosed}/{found.elements})")
    if found.extent != "partial":
        return told
    zh, en = "、".join(part.zh for part in found.missing), ", ".join(part.en for part in found.missing)
    return Text(f"{told.zh}；缺：{zh}", f"{told.en}; missing: {en}")


def computed_text(line: FactLine) -> Text:
    """What a computed fact came out as, or may still be."""
    choices, label = line.word.choices or {}, line.word.label
    if line.judged is not None:
        found = choices[str(line.judged)]
        return Text(f"{label.zh}（计算得出）：{found.zh}", f"{label.en} (computed): {found.en}")
    left = [choices[name] for name in line.possible]
    return Text(f"{label.zh}（计算得出）：尚不能确定，可能为{'、'.join(name.zh for name in left)}",
                f"{label.en} (computed): not yet known, possibly {', '.join(name.en for name in left)}")


def absence_of(missing: tuple[str, ...], vocabulary: Vocabulary) -> Text:
    """The reasons for having no value, in words."""
    reasons = [vocabulary.terms.missing_reasons[reason] for reason in missing]
    return Text("、".join(reason.zh for reason in reasons), ", ".join(reason.en for reason in reasons))


def sides(about: str, findings: Iterable[Finding], vocabulary: Vocabulary) -> Text:
    """Every side of a contradiction: what was stated of the fact, each with its evidence, what was stated about events, and the events."""
    told: dict[Text, None] = {}
    for finding in findings:
        for line in finding.facts:
            for said in line.fact.statements if line.fact and line.word.path == about else ():
                value = absence_of(said.missing, vocabulary) if said.value is None else value_text(said.value, line.word, line.unit)
                told[_cited(value, said.evidence)] = None
        if any(found.conflict == "denied_yet_recorded" and found.about == about for found in finding.conflicts):
            told |= {_cited(claim_text(claim, vocabulary), claim.evidence): None for claim in finding.claims}
            told |= {_cited(event_text(event, vocabulary), event.evidence): None for event in finding.events}
    return Text("；".join(each.zh for each in told), "; ".join(each.en for each in told))


def _cited(told: Text, names: tuple[str, ...]) -> Text:
    """Something with the ids of its evidence."""
    cited = f" [{', '.join(names)}]" if names else ""
    return Text(told.zh + cited, told.en + cited)


def claim_text(said: EventStatement, vocabulary: Vocabulary) -> Text:
    """What is stated of the events of a kind."""
    kind = vocabulary.terms.event_kinds[said.kind]
    first = Text("有记录以来", "the beginning") if said.first == date.min else Text(str(said.first), str(said.first))
    if said.none:
        return Text(f"称 {first.zh} 至 {said.last} 没有{kind.zh}", f"stated: no {kind.en} from {first.en} to {said.last}")
    return Text(f"称 {first.zh} 至 {said.last} 的{kind.zh}已全部列出", f"stated: every {kind.en} from {first.en} to {said.last} is listed")
