"""The surface of the condition language: from the trees of rule files to conditions, and from conditions to words.

The shape of a tree is its schema's business; here names are resolved and types are compared with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from checker.conditions import (
    AS_OF,
    DEPTH_LIMIT,
    All,
    AsOf,
    Compare,
    Count,
    Disclosed,
    Holds,
    Node,
    Not,
    OneOf,
    Operator,
    Verdict,
    VerdictIn,
    depth,
)
from checker.conditions import Any as AnyOf
from checker.errors import Problem, Text
from checker.load import Document, TreePath
from checker.vocabulary import Vocabulary, Word, event_pattern, event_pattern_problems, not_a_choice
from checker.wording import problem

OPERATORS: tuple[Operator, ...] = get_args(Operator)

#: Stands for a condition that could not be read; a problem was recorded, so it is never evaluated.
_UNREADABLE = AnyOf(())


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the conditions of one document; every problem is added to ``problems``.

    ``resolve`` turns a clause as written into the ids of the clauses meant, ``select`` the mapping of an ``every``;
    both return nothing and record a problem of their own where there is none. ``computed`` collects the computed facts
    that conditions ask for: what they ask is put in terms of the facts that these are computed from.
    """

    document: Document
    vocabulary: Vocabulary
    problems: list[Problem] = field(default_factory=list)
    resolve: Callable[[str, TreePath], str | None] = lambda _clause, _path: None
    select: Callable[[dict[str, str], TreePath], list[str]] = lambda _selection, _path: []
    computed: dict[str, None] = field(default_factory=dict)

    def condition(self, tree: Any, path: TreePath) -> Node:
        """The condition at ``path``; its tree is valid against the schema."""
        node = self._node(tree, path)
        if depth(node) > DEPTH_LIMIT:
            self._add(path, "condition_depth", limit=DEPTH_LIMIT)
        return node

    def fact(self, name: str, path: TreePath) -> Word | None:
        """The word of that name, or nothing and a problem."""
        word = self.vocabulary.words.get(name)
        if word is None:
            self.problems.append(self.vocabulary.unknown_fact(name, self.document.place(*path)))
        return word

    def words(self, node: Node) -> Text:
        """A whole condition in words; nothing where it could not be read."""
        return Text("", "") if self.problems else phrase(node, self.vocabulary)

    def _node(self, tree: Any, path: TreePath) -> Node:
        if isinstance(tree, str):
            return self._holds(tree, path)
        for key, join in (("all", All), ("any", AnyOf)):
            if key in tree:
                parts = [self._node(part, (*path, key, index)) for index, part in enumerate(tree[key])]
                return join(tuple(parts))
        if "not" in tree:
            return Not(self._node(tree["not"], (*path, "not")))
        if "disclosed" in tree:
            self.fact(tree["disclosed"], (*path, "disclosed"))
            return Disclosed(tree["disclosed"])
        if "count" in tree:
            return self._count(tree, path)
        if "clause" in tree:
            clause = self.resolve(tree["clause"], (*path, "clause"))
            return VerdictIn(clause, tuple(tree["verdict"])) if clause else _UNREADABLE
        if "every" in tree:
            among: tuple[Verdict, ...] = tuple(tree["verdict"])
            return All(tuple(VerdictIn(clause, among) for clause in self.select(tree["every"], (*path, "every"))))
        return self._comparison(tree, path)

    def _holds(self, name: str, path: TreePath) -> Node:
        word = self.fact(name, path)
        if word is not None and word.type != "boolean":
            self._mistyped(word, path)
        return Holds(name)

    def _comparison(self, tree: dict[str, Any], path: TreePath) -> Node:
        name = tree["fact"]
        word = self.fact(name, (*path, "fact"))
        if word is None:
            return _UNREADABLE
        key, value = next((key, value) for key, value in tree.items() if key != "fact")
        here = (*path, key)
        match word.type, key:
            case "boolean", "equals" if isinstance(value, bool):
                return Holds(name) if value else Not(Holds(name))
            case "choice", "one_of" | "equals":
                wanted = value if isinstance(value, list) else [value]
                return self._choice(word, wanted, here)
            case "integer" | "number" | "ratio", _ if key in OPERATORS and type(value) in (int, Decimal):
                return Compare(name, key, value)
            case "date", _ if key in OPERATORS and (isinstance(value, date) or value == "as_of"):
                return Compare(name, key, AS_OF if value == "as_of" else value)
            case _:
                self._mistyped(word, here)
                return _UNREADABLE

    def _choice(self, word: Word, wanted: list[Any], path: TreePath) -> Node:
        choices = word.choices or {}
        for code in wanted:
            if code not in choices:
                self.problems.append(not_a_choice(self.document.place(*path), str(code), choices))
        if word.table is not None:
            self.computed.setdefault(word.path)
            return word.table.among(wanted)
        return OneOf(word.path, tuple(wanted))

    def _count(self, tree: Any, path: TreePath) -> Node:
        count = tree["count"]
        self.problems.extend(event_pattern_problems(count, self.document, (*path, "count"), self.vocabulary.terms))
        operator = next((key for key in OPERATORS if key in tree), None)
        if operator is None:
            self._add(path, "missing_key", key="at_most")
            return _UNREADABLE
        return Count(*event_pattern(count), operator, tree[operator])

    def _mistyped(self, word: Word, path: TreePath) -> None:
        by_type = {
            "boolean": Text("直接写事实名，或用 equals: true。", "Write the fact alone, or equals: true."),
            "choice": Text("用 equals 或 one_of。", "Use equals or one_of."),
            "date": Text("与日期或 as_of 比较。", "Compare it with a date or as_of."),
            "text": Text("文字只能用 disclosed。", "Text can only be asked for with disclosed."),
        }
        hint = by_type.get(word.type, Text("与一个数比较。", "Compare it with a number."))
        self._add(path, "condition_type", fact=word.path, type=word.type, hint=hint)

    def _add(self, path: TreePath, code: str, /, **words: Any) -> None:
        self.problems.append(problem(self.document.place(*path), code, **words))


#: With more choices than this, those left out are named if they are fewer.
MOST_NAMED = 6
SIGNS: dict[Operator, str] = {"equals": "=", "at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<"}
VERDICT_NAMES: dict[Verdict, Text] = {
    "satisfied": Text("满足", "satisfied"),
    "violated": Text("不满足", "violated"),
    "unknown": Text("未知", "unknown"),
    "not_applicable": Text("不适用", "not applicable"),
}


def describe(node: Node, vocabulary: Vocabulary) -> Text:
    """A node in words, without its parts."""
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
            named = [(word.choices or {})[code] for code in choices]
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
        case Not():
            return Text("并非", "not")
        case All():
            return Text("全部成立", "all of")
        case AnyOf():
            return Text("任一成立", "any of")


def percent_text(ratio: int | Decimal) -> str:
    """A ratio in per cent, exactly."""
    return f"{Decimal(ratio).scaleb(2).normalize():f} %"


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
