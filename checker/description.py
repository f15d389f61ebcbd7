"""Conditions in words: a node without its parts, a whole condition, the events it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from checker.conditions import (
    Agreed,
    All,
    Arithmetic,
    AsOf,
    Compare,
    Count,
    Day,
    DayJudged,
    Disclosed,
    Evidenced,
    Figure,
    Holds,
    Node,
    Not,
    OneOf,
    Operator,
    Relation,
    Term,
    Verdict,
    VerdictIn,
    Whole,
)
from checker.conditions import Any as AnyOf
from checker.errors import Text
from checker.vocabulary import Vocabulary

#: With more choices than this, those left out are named if they are fewer.
MOST_NAMED = 6
SIGNS: dict[Operator, str] = {"equals": "=", "at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<"}
VERDICT_NAMES: dict[Verdict, Text] = {
    "satisfied": Text("满足", "satisfied"),
    "violated": Text("不满足", "violated"),
    "unknown": Text("未知", "unknown"),
    "not_applicable": Text("不适用", "not applicable"),
}


_JOINS: dict[type, Text] = {Not: Text("并非", "not"), All: Text("全部成立", "all of"), AnyOf: Text("任一成立", "any of")}


def describe(node: Node, vocabulary: Vocabulary) -> Text:
    """A node in words, without its parts."""
    if isinstance(node, Whole):
        return _describe_whole(node, vocabulary)
    match node:
        case Holds(fact):
            return vocabulary.words[fact].label
        case Compare(fact, operator, value):
            word = vocabulary.words[fact]
            unit = vocabulary.terms.units[word.unit] if word.unit else Text("", "")
            plain = percent_text(value) if word.type == "ratio" and isinstance(value, int | Decimal) else str(value)
            said = Text("判定日", "the day judged") if isinstance(value, AsOf) else Text(plain, plain)
            sign = SIGNS[operator]
            return Text(f"{word.label.zh} {sign} {said.zh} {unit.zh}".rstrip(), f"{word.label.en} {sign} {said.en} {unit.en}".rstrip())
        case OneOf(fact, choices):
            word = vocabulary.words[fact]
            named = [(word.choices or {}).get(code, Text(code, code)) for code in choices]
            return Text(f"{word.label.zh} 为 {'或'.join(name.zh for name in named)}",
                        f"{word.label.en} is {' or '.join(name.en for name in named)}")
        case Disclosed(fact):
            label = vocabulary.words[fact].label
            return Text(f"已披露：{label.zh}", f"disclosed: {label.en}")
        case Count():
            return _describe_count(node, vocabulary)
        case VerdictIn(clause, among):
            return Text(f"{clause} 为 {'或'.join(VERDICT_NAMES[verdict].zh for verdict in among)}",
                        f"{clause} is {' or '.join(VERDICT_NAMES[verdict].en for verdict in among)}")
        case Not() | All() | AnyOf():
            return _JOINS[type(node)]


def _describe_relation(node: Relation, vocabulary: Vocabulary) -> Text:
    left, right, sign = _term_text(node.left, vocabulary), _term_text(node.right, vocabulary), SIGNS[node.operator]
    give = f" ± {node.within}" if node.within else ""
    return Text(f"{left.zh} {sign} {right.zh}{give}", f"{left.en} {sign} {right.en}{give}")


_JOINTS: dict[str, str] = {"sum": " + ", "difference": " − ", "product": " × ", "quotient": " ÷ "}
_DAYS: dict[Day, Text] = {
    Day.PERIOD_START: Text("报告期首日", "first day of the period"),
    Day.PERIOD_END: Text("报告期末日", "last day of the period"),
    Day.AS_OF: Text("判定日", "the day judged"),
}


def _term_text(term: Term, vocabulary: Vocabulary, *, inside: bool = False) -> Text:
    match term:
        case Figure(fact):
            return vocabulary.words[fact].label
        case Day():
            return _DAYS[term]
        case Arithmetic(operation, parts):
            told, joint = [_term_text(part, vocabulary, inside=True) for part in parts], _JOINTS[operation]
            joined = Text(joint.join(part.zh for part in told), joint.join(part.en for part in told))
            return Text(f"（{joined.zh}）", f"({joined.en})") if inside else joined
        case _:
            return Text(str(term), str(term))


def percent_text(ratio: int | Decimal) -> str:
    """A ratio in per cent, exactly."""
    return f"{Decimal(ratio).scaleb(2).normalize():f} %"


def _describe_whole(node: Whole, vocabulary: Vocabulary) -> Text:
    match node:
        case Relation():
            return _describe_relation(node, vocabulary)
        case Agreed(fact):
            label = vocabulary.words[fact].label
            return Text(f"各处所述一致：{label.zh}", f"stated alike everywhere: {label.en}")
        case Evidenced(fact, kinds):
            label, named = vocabulary.words[fact].label, [vocabulary.terms.evidence_kinds[kind] for kind in kinds]
            return Text(f"{label.zh}，有{'或'.join(kind.zh for kind in named)}为证", f"{label.en}, evidenced by {' or '.join(kind.en for kind in named)}")
        case DayJudged(operator, day):
            return Text(f"判定日 {SIGNS[operator]} {day}", f"the day judged {SIGNS[operator]} {day}")


def phrase(node: Node, vocabulary: Vocabulary, *, inside: bool = False) -> Text:
    """A whole condition in words, in brackets where it stands inside another one."""
    match node:
        case All(parts) | AnyOf(parts):
            told = [phrase(part, vocabulary, inside=True) for part in parts]
            zh, en = ("且", " and ") if isinstance(node, All) else ("或", " or ")
            joined = Text(zh.join(part.zh for part in told), en.join(part.en for part in told))
            return Text(f"（{joined.zh}）", f"({joined.en})") if inside and len(told) > 1 else joined
        case Not(part):
            told_part = phrase(part, vocabulary)
            return Text(f"并非“{told_part.zh}”", f"not \"{told_part.en}\"")
        case _:
            return describe(node, vocabulary)


def events_text(node: Count, vocabulary: Vocabulary) -> Text:
    """Which events are counted, without how many."""
    terms = vocabulary.terms
    kinds = [terms.event_kinds[kind] for kind in node.kinds]
    fields = [_choices_text(codes, terms.event_fields[name].choices) for name, codes in node.where]
    named = {"period": Text("报告期内", "in the reporting period"), "ever": Text("历来", "ever")}
    months = Text(f"判定日前 {node.window} 个月内", f"in the {node.window} months up to the day judged")
    window = named.get(str(node.window), months)
    zh = f"（{'；'.join(name.zh for name in fields)}）" if fields else ""
    en = f" ({'; '.join(name.en for name in fields)})" if fields else ""
    return Text(f"{window.zh}{'、'.join(kind.zh for kind in kinds)}{zh}", f"{', '.join(kind.en for kind in kinds)}{en} {window.en}")


def _choices_text(codes: Sequence[str], choices: Mapping[str, Text]) -> Text:
    """Some choices by name; where they are most of them, those that are left out."""
    rest = [choices[code] for code in choices if code not in codes]
    if len(rest) < len(codes) and len(codes) > MOST_NAMED:
        return Text(f"除{'、'.join(name.zh for name in rest)}外", f"all but {', '.join(name.en for name in rest)}")
    return Text("、".join(choices[code].zh for code in codes), ", ".join(choices[code].en for code in codes))


def _describe_count(node: Count, vocabulary: Vocabulary) -> Text:
    events, sign = events_text(node, vocabulary), SIGNS[node.operator]
    return Text(f"{events.zh}事件数 {sign} {node.number}", f"number of events of {events.en} {sign} {node.number}")
