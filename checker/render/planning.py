"""A plan for terminals and for programs: the steps to a target, each with what it takes and what it gains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.bounds import decimal_of
from checker.description import SIGNS, events_text
from checker.errors import Text
from checker.facts import FactBase
from checker.plan import ELIGIBLE
from checker.plan.changes import Change, Improve, ListEvents, SetFact
from checker.plan.search import Plan
from checker.plan.trial import Step
from checker.render.layout import FAINT, dressed, folded
from checker.render.numbers import percent, plain
from checker.render.plain import company, dumps, number, value, words
from checker.render.view import View, clean
from checker.report import value_text
from checker.vocabulary import Vocabulary

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-plan/1"


def text(found: Plan, facts: FactBase, vocabulary: Vocabulary, view: View) -> bytes:
    """The plan as UTF-8 text."""
    lines = [dressed(clean(facts.company.name), view, bold=True), *_head(found, view)]
    for position, step in enumerate(found.steps, 1):
        lines += _step(position, step, vocabulary, view)
    for obstacle in found.obstacles:
        clause = obstacle.clause
        labels = [vocabulary.words[path].label if path in vocabulary.words else Text(path, path) for path in obstacle.facts]
        told = Text(f"✗ {clause.name} {clause.title.zh}：无法改变的是{'、'.join(label.zh for label in labels)}",
                    f"✗ {clause.name} {clause.title.en}: cannot be changed: {', '.join(label.en for label in labels)}")
        lines += folded(view.say(told), view.width)
    if found.steps:
        proof = Text("已验证：全部完成即达到目标，少做任何一项都达不到。", "Proven: with all of it the target is reached, without any one step it is not.")
        lines += ["", *(dressed(line, view, FAINT) for line in folded(view.say(proof), view.width))]
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def json(found: Plan, facts: FactBase, vocabulary: Vocabulary) -> bytes:
    """The plan as JSON (``schemas/plan.schema.json``)."""
    return dumps({
        "schema": VERSION,
        "facts": {"name": facts.name, "sha256": facts.digest},
        "company": company(facts.company),
        "pack": found.pack.name,
        "target": found.target,
        "reachable": found.reachable,
        "needed": number(found.needed),
        "before": number(found.before),
        "after": number(found.after),
        "cost": decimal_of(found.cost),
        "steps": [_step_tree(step, vocabulary) for step in found.steps],
        "obstacles": [{"clause": obstacle.clause.name, "facts": list(obstacle.facts)} for obstacle in found.obstacles],
    })


def _head(found: Plan, view: View) -> Iterator[str]:
    goal = Text("符合申请条件", "eligibility to apply") if found.target == ELIGIBLE else Text(f"等级 {found.target}", f"grade {found.target}")
    if found.needed is not None and found.before is not None:
        goal = Text(f"{goal.zh}（至少 {plain(found.needed)} 分）", f"{goal.en} (at least {plain(found.needed)} points)")
    yield dressed(view.say(Text(f"{found.pack.name} · 目标：{goal.zh}", f"{found.pack.name} · target: {goal.en}")), view, FAINT)
    scored = found.before is not None and found.needed is not None
    before = Text(f"现在至少 {plain(found.before)} 分", f"At least {plain(found.before)} points now") if scored and found.before is not None else Text("", "")
    if not found.reachable:
        most = Text(f"，做到一切可做的至多 {plain(found.after)} 分", f", at most {plain(found.after)} with everything that can be done") if found.after is not None and scored else Text("", "")
        yield dressed(view.say(Text(f"达不到目标。{before.zh}{most.zh}", f"The target is out of reach. {before.en}{most.en}")), view, "red", bold=True)
    elif not found.steps:
        yield dressed(view.say(Text(f"已经达到目标，无须改变。{before.zh}", f"The target is reached already. {before.en}")), view, "green", bold=True)
    else:
        after = Text(f"，完成后至少 {plain(found.after)} 分", f", at least {plain(found.after)} after it") if found.after is not None and scored else Text("", "")
        told = Text(f"{len(found.steps)} 项变化，成本 {plain(found.cost)}。{before.zh}{after.zh}", f"{len(found.steps)} change{'s' * (len(found.steps) > 1)} at a cost of {plain(found.cost)}. {before.en}{after.en}")
        yield dressed(view.say(told), view, bold=True)


def _step(position: int, step: Step, vocabulary: Vocabulary, view: View) -> Iterator[str]:
    indent = " " * (len(str(position)) + 2)
    room = view.width - len(indent)
    what, how = _told(step.change, vocabulary)
    first, *rest = folded(view.say(what), room)
    yield ""
    yield f"{position}. " + dressed(first, view, bold=True)
    yield from (indent + dressed(line, view, bold=True) for line in rest)
    gains = [Text(f"+{plain(step.points)} 分", f"+{plain(step.points)} points")] if step.points else []
    gains += [Text(f"满足 {clause.name} {clause.title.zh}", f"clears {clause.name} {clause.title.en}") for clause in step.clears]
    gains.append(Text(f"成本 {plain(step.cost)}", f"cost {plain(step.cost)}"))
    told = Text(" · ".join((how.zh, *(gain.zh for gain in gains))), " · ".join((how.en, *(gain.en for gain in gains))))
    yield from (indent + dressed(line, view, FAINT) for line in folded(view.say(told), room))


def _told(change: Change, vocabulary: Vocabulary) -> tuple[Text, Text]:
    """What to do, and from what to what."""
    match change:
        case SetFact(path, wanted, before, supposed, limits):
            word = vocabulary.words[path]
            unit = vocabulary.terms.units[word.unit] if word.unit else None
            to = value_text(wanted, word, unit)
            if limits:
                parts = [(SIGNS[operator], value_text(limit, word, unit)) for operator, limit in limits]
                to = Text("、".join(f"{sign} {said.zh}" for sign, said in parts), ", ".join(f"{sign} {said.en}" for sign, said in parts))
            now = Text("未知", "unknown") if before is None else value_text(before, word, unit)
            verb = Text("改变", "Change") if before is not None else Text("查明（不能选择，须是如此）", "Find out (it cannot be chosen, and has to be so)") if supposed else Text("证明", "Show")
            return Text(f"{verb.zh}：{word.label.zh}", f"{verb.en}: {word.label.en}"), Text(f"{path}：{now.zh} → {to.zh}", f"{path}: {now.en} → {to.en}")
        case ListEvents(events):
            told = events_text(events, vocabulary)
            return Text(f"列全事件：{told.zh}", f"List all events: {told.en}"), Text("event_statements", "event_statements")
        case Improve(clause, before_ratio, to_ratio):
            what = Text(f"提高评分：{clause.number} {clause.title.zh}", f"Improve: {clause.number} {clause.title.en}")
            return what, Text(f"{percent(before_ratio)} → {percent(to_ratio)}", f"{percent(before_ratio)} → {percent(to_ratio)}")


def _step_tree(step: Step, vocabulary: Vocabulary) -> dict[str, Any]:
    change = step.change
    tree: dict[str, Any] = {"what": words(_told(change, vocabulary)[0]), "fact": None, "clause": None, "events": None, "from": None, "to": None, "supposed": False, "limits": {}}
    match change:
        case SetFact(path, wanted, before, supposed, limits):
            tree |= {"kind": "fact", "fact": path, "from": value(before), "to": value(wanted), "supposed": supposed,
                     "limits": {operator: value(limit) for operator, limit in limits}}
        case ListEvents(events):
            tree |= {"kind": "events", "events": list(events.kinds)}
        case Improve(clause, before_ratio, to_ratio):
            tree |= {"kind": "rating", "clause": clause.name, "from": decimal_of(before_ratio), "to": decimal_of(to_ratio)}
    return tree | {"cost": decimal_of(step.cost), "points": decimal_of(step.points), "clears": [clause.name for clause in step.clears]}
