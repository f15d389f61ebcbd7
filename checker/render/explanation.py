"""One clause for one company, as a tree: every node with its value, its facts and evidence, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Console
from rich.text import Text as Line
from rich.tree import Tree

from checker.change import Step, steps_to
from checker.conditions import Agreed, Compare, Disclosed, Evidenced, Holds, OneOf, Relation, Rule, Truth, Verdict, asked_by
from checker.description import VERDICT_NAMES, describe
from checker.engines.reference import Explanation, explain
from checker.errors import Text
from checker.facts import FactBase
from checker.render.console import console_for, paragraph, written
from checker.render.layout import COLOURS, MARKS, MODALITY_NAMES, note_of
from checker.render.rows import absence_of, claim_text, computed_text, weakness_text
from checker.render.scores import line_text
from checker.render.view import View, clean
from checker.report import VERDICTS, Finding, absence_text, conflict_text, event_text, value_text
from checker.situation import Situation
from checker.vocabulary import Vocabulary

#: With more parts than this, only those of a node are shown that settled its value.
PARTS_SHOWN = 8
_MARK: dict[Truth, Verdict] = {True: "satisfied", False: "violated", None: "unknown"}


def render(
    finding: Finding, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict], vocabulary: Vocabulary, view: View
) -> bytes:
    """The explanation of one finding as UTF-8 text."""
    clause = finding.clause
    console = console_for(view)
    console.print(Line(f"{clause.name}  {view.say(clause.title)}", style="bold"))
    head = f"{view.say(MODALITY_NAMES[clause.modality])} · {MARKS[finding.verdict]} {view.say(VERDICT_NAMES[finding.verdict])}"
    console.print(Line(head, style=COLOURS[finding.verdict]))
    if finding.asserted_only:
        paragraph(console, view.say(weakness_text(finding)), view)
    paragraph(console, view.say(clause.statement), view)
    source = Text(f"出处：{clause.citation.file} {clause.citation.place}", f"Source: {clause.citation.file} {clause.citation.place}")
    line = Text(f" 第 {clause.citation.line} 行", f", line {clause.citation.line}") if clause.citation.line else Text("", "")
    console.print(Line(view.say(source) + view.say(line), style="bright_black"))
    if clause.source_note:
        paragraph(console, note_of(clause.source_note, view), view, "bright_black")
    for name, node in ((Text("适用前提", "Applies if"), clause.rule.applies_if), (Text("条件", "Condition"), clause.rule.condition)):
        if node is not None:
            console.print()
            console.print(Line(view.say(name), style="underline"))
            console.print(_branch(explain(node, situation, verdicts), finding, facts, situation.as_of, vocabulary, view))
    for fact in finding.facts:
        if fact.role == "computed":
            console.print()
            console.print(Line(view.say(computed_text(fact))))
    _events(console, finding, facts, situation.as_of, vocabulary, view)
    if finding.score:
        console.print()
        console.print(Line(view.say(Text("得分", "Score")), style="underline"))
        for sentence in line_text(finding.score):
            paragraph(console, view.say(sentence), view)
    _figures(console, finding, facts, situation.as_of, vocabulary, view)
    _changes(console, clause.rule, finding.verdict, situation, verdicts, vocabulary, view)
    return written(console)


def _branch(explanation: Explanation, finding: Finding, facts: FactBase, as_of: date, vocabulary: Vocabulary, view: View) -> Tree:
    mark = _MARK[explanation.truth]
    node = explanation.node
    label = Line(f"{MARKS[mark]} {view.say(describe(node, vocabulary))}", style=COLOURS[mark], overflow="fold")
    tree = Tree(label, guide_style="bright_black")
    if isinstance(node, Holds | Compare | OneOf | Disclosed | Agreed | Evidenced):
        _state(tree, node.fact, finding, facts, as_of, vocabulary, view)
    elif isinstance(node, Relation):
        for fact in asked_by(node):
            inner = tree.add(Line(view.say(vocabulary.words[fact].label), overflow="fold"))
            _state(inner, fact, finding, facts, as_of, vocabulary, view)
    parts = explanation.parts
    shown = parts if len(parts) <= PARTS_SHOWN else [part for part in parts if part.decided]
    for part in shown:
        tree.add(_branch(part, finding, facts, as_of, vocabulary, view))
    if len(shown) < len(parts):
        more = len(parts) - len(shown)
        tree.add(Line(view.say(Text(f"另有 {more} 项不影响结果", f"and {more} more that decide nothing")), style="bright_black"))
    return tree


def _state(tree: Tree, path: str, finding: Finding, facts: FactBase, as_of: date, vocabulary: Vocabulary, view: View) -> None:
    """Adds what the company stated of a fact, and where: in the same line, or below where there are several statements."""
    word, fact = vocabulary.words[path], facts.facts.get(path)
    unit = vocabulary.terms.units[word.unit] if word.unit else None
    told = [] if fact else [view.say(absence_text(None, vocabulary))]
    for said in fact.statements if fact else ():
        value = absence_of(said.missing, vocabulary) if said.value is None else value_text(said.value, word, unit)
        told.append(view.say(value) + _places(said.evidence, facts, as_of, view) + (f" {clean(said.note)}" if said.note else ""))
    label = tree.label
    assert isinstance(label, Line)
    label.append(f"  {path}" + (f" = {told[0]}" if len(told) == 1 else ""), style="not bold bright_black")
    for line in told if len(told) > 1 else ():
        tree.add(Line(f"= {line}", style="bright_black", overflow="fold"))
    for conflict in (found.conflict for found in finding.conflicts if found.about == path):
        tree.add(Line(f"! {view.say(conflict_text(conflict))}", style="bold"))


def _places(names: Sequence[str], facts: FactBase, as_of: date, view: View) -> str:
    """Where evidence stands: the document, too, where the file names several; and that it has expired, where it has."""
    told = []
    for found in (facts.evidence[name] for name in names):
        place = f"{clean(facts.documents[found.document])} {clean(found.place)}" if len(facts.documents) > 1 else clean(found.place)
        expired = Text(f"（{found.expires} 到期，已失效）", f" (expired on {found.expires})")
        told.append(place if found.valid(as_of) else place + view.say(expired))
    return f" [{'；'.join(told)}]" if told else ""


def _events(console: Console, finding: Finding, facts: FactBase, as_of: date, vocabulary: Vocabulary, view: View) -> None:
    for said in finding.claims:
        paragraph(console, view.say(claim_text(said, vocabulary)) + _places(said.evidence, facts, as_of, view), view)
    if finding.events:
        console.print()
        console.print(Line(view.say(Text("记录在案的事件", "Events on record")), style="underline"))
    for event in finding.events:
        paragraph(console, view.say(event_text(event, vocabulary)) + _places(event.evidence, facts, as_of, view), view)


def _figures(console: Console, finding: Finding, facts: FactBase, as_of: date, vocabulary: Vocabulary, view: View) -> None:
    shown = [line.word.path for line in finding.facts if line.role == "figure"]
    if shown:
        console.print()
        console.print(Line(view.say(Text("相关数据（不影响判定）", "Figures (they decide nothing)")), style="underline"))
    for path in shown:
        tree = Tree(Line(view.say(vocabulary.words[path].label), overflow="fold"), guide_style="bright_black")
        _state(tree, path, finding, facts, as_of, vocabulary, view)
        console.print(tree)


def _changes(console: Console, rule: Rule, now: Verdict, situation: Situation, verdicts: Mapping[str, Verdict],
             vocabulary: Vocabulary, view: View) -> None:
    """The shortest way to each verdict that the clause does not have."""
    console.print()
    console.print(Line(view.say(Text("怎样会改变判定", "What would change the verdict")), style="underline"))
    for wanted in VERDICTS:
        steps = None if wanted in (now, "unknown") else steps_to(wanted, rule, situation, verdicts)
        if steps:
            heading = Text(f"变为“{VERDICT_NAMES[wanted].zh}”：", f"to be {VERDICT_NAMES[wanted].en}: ")
            told = view.say(Text("、", ", ")).join(_step(step, vocabulary, view) for step in steps)
            console.print(Line(f"{MARKS[wanted]} {view.say(heading)}{told}", style=COLOURS[wanted]))


def _step(step: Step, vocabulary: Vocabulary, view: View) -> str:
    told = describe(step.leaf, vocabulary)
    return view.say(told if step.wanted else Text(f"并非“{told.zh}”", f"not \"{told.en}\""))
