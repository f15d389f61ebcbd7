"""Questions for terminals and for programs: what to ask, why, and what the answer settles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from checker.bounds import decimal_of
from checker.errors import Text
from checker.facts import FactBase
from checker.packs import Clause
from checker.questions import Question
from checker.render.layout import FAINT, dressed, folded
from checker.render.numbers import plain
from checker.render.plain import company, dumps, event, words
from checker.render.view import View, clean

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-questions/1"
#: How many clauses a line names before it counts the rest.
CLAUSES_SHOWN = 6


def text(asked: Sequence[Question], left: int, facts: FactBase, as_of: date, view: View) -> bytes:
    """The questions as UTF-8 text; ``left`` more were not listed."""
    lines = [dressed(clean(facts.company.name), view, bold=True)]
    if not asked:
        lines.append(view.say(Text("没有问题可问：缺失的事实都不会再改变任何结果。", "Nothing to ask: no missing fact can change anything any more.")))
    else:
        total = len(asked) + left
        told = Text(f"判定日 {as_of} · 还有 {total} 个事实可能改变结果，先问这 {len(asked)} 个",
                    f"as of {as_of} · {total} missing facts can still change something; these {len(asked)} first")
        lines.append(dressed(view.say(told), view, FAINT))
    for number, question in enumerate(asked, 1):
        lines += question_lines(number, question, view)
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def json(asked: Sequence[Question], left: int, facts: FactBase, as_of: date) -> bytes:
    """The questions as JSON (``schemas/questions.schema.json``)."""
    return dumps({
        "schema": VERSION,
        "facts": {"name": facts.name, "sha256": facts.digest},
        "company": company(facts.company),
        "as_of": as_of.isoformat(),
        "questions": [question_tree(question) for question in asked],
        "not_listed": left,
    })


def question_tree(question: Question) -> dict[str, Any]:
    """One question as plain values."""
    word = question.word
    return {
        "fact": word.path if word else None,
        "type": word.type if word else None,
        "label": words(question.label),
        "question": words(question.question),
        "evidence": list(word.evidence) if word else [],
        "missing": words(question.missing),
        "events": [event(happened) for happened, _ in question.events],
        "gates": [clause.name for clause in question.gates],
        "grades": list(question.grades),
        "points": decimal_of(question.points),
        "settles": [clause.name for clause in question.settles],
        "clauses": [clause.name for clause in question.clauses],
    }


def question_lines(number: int, question: Question, view: View) -> Iterator[str]:
    """One question as lines: the question, the fact, why it is asked, what it settles."""
    indent = " " * (len(str(number)) + 2)
    room = view.width - len(indent)
    first, *rest = folded(view.say(question.question), room)
    yield ""
    yield f"{number}. " + dressed(first, view, bold=True)
    yield from (indent + dressed(line, view, bold=True) for line in rest)
    about = [question.word.path if question.word else view.say(question.label), view.say(Text(f"目前：{question.missing.zh}", f"so far: {question.missing.en}"))]
    for said in (" · ".join(about), view.say(_why(question)), view.say(_settles(question))):
        yield from (indent + dressed(line, view, FAINT) for line in folded(said, room))
    for _, told in question.events:
        line = Text(f"记录在案、尚缺信息：{told.zh}", f"on record and incomplete: {told.en}")
        yield from (indent + part for part in folded(view.say(line), room))


def _why(question: Question) -> Text:
    zh, en = [], []
    if question.gates:
        zh.append(f"决定能否申请（{_names(question.gates).zh}）")
        en.append(f"decides whether to apply ({_names(question.gates).en})")
    if question.grades:
        zh.append(f"可排除等级 {'、'.join(question.grades)}")
        en.append(f"can rule out grade {', '.join(question.grades)}")
    if question.points:
        zh.append(f"牵动 {plain(question.points)} 分")
        en.append(f"bears on {plain(question.points)} points")
    mandatory = sum(clause.modality == "mandatory" for clause in question.clauses)
    zh.append(f"强制条款 {mandatory} 条、其他条款 {len(question.clauses) - mandatory} 条")
    en.append(f"{mandatory} mandatory and {len(question.clauses) - mandatory} other clauses")
    return Text("为何问：" + "；".join(zh), "Why: " + "; ".join(en))


def _settles(question: Question) -> Text:
    also = [clause for clause in question.clauses if clause not in question.settles]
    zh, en = [], []
    if question.settles:
        zh.append(f"单凭回答即可判定：{_names(question.settles).zh}")
        en.append(f"an answer can settle: {_names(question.settles).en}")
    if also:
        zh.append(f"影响：{_names(also).zh}")
        en.append(f"bears on: {_names(also).en}")
    return Text("；".join(zh), "; ".join(en))


def _names(clauses: Sequence[Clause]) -> Text:
    named = [clause.name for clause in clauses[:CLAUSES_SHOWN]]
    more = len(clauses) - len(named)
    return Text("、".join(named) + (f" 等 {len(clauses)} 条" if more else ""), ", ".join(named) + (f" and {more} more" if more else ""))
