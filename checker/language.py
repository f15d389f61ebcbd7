"""The surface of the condition language: from the trees of rule files to conditions.

The shape of a tree is its schema's business; here names are resolved and types are compared with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from checker.conditions import (
    AS_OF,
    DEPTH_LIMIT,
    Agreed,
    All,
    Arithmetic,
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
    depth,
)
from checker.conditions import Any as AnyOf
from checker.description import phrase
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
        named = next((key for key in self._named if key in tree), None)
        return self._named[named](tree, path) if named else self._joined(tree, path)

    @property
    def _named(self) -> dict[str, Callable[[Any, TreePath], Node]]:
        """How to read what each key opens; a key of a later line may stand inside one of an earlier line."""
        return {"count": self._count, "fact": self._comparison, "clause": self._verdict_in, "every": self._every, "disclosed": self._disclosed,
                "relation": self._relation, "agreed": self._agreed, "evidenced": self._evidenced, "as_of": self._day_judged}

    def _joined(self, tree: Any, path: TreePath) -> Node:
        for key, join in (("all", All), ("any", AnyOf)):
            if key in tree:
                parts = [self._node(part, (*path, key, index)) for index, part in enumerate(tree[key])]
                return join(tuple(parts))
        return Not(self._node(tree["not"], (*path, "not")))

    def _disclosed(self, tree: Any, path: TreePath) -> Node:
        self.fact(tree["disclosed"], (*path, "disclosed"))
        return Disclosed(tree["disclosed"])

    def _agreed(self, tree: Any, path: TreePath) -> Node:
        self.fact(tree["agreed"], (*path, "agreed"))
        return Agreed(tree["agreed"])

    def _verdict_in(self, tree: Any, path: TreePath) -> Node:
        clause = self.resolve(tree["clause"], (*path, "clause"))
        return VerdictIn(clause, tuple(tree["verdict"])) if clause else _UNREADABLE

    def _every(self, tree: Any, path: TreePath) -> Node:
        among: tuple[Verdict, ...] = tuple(tree["verdict"])
        return All(tuple(VerdictIn(clause, among) for clause in self.select(tree["every"], (*path, "every"))))

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
            case "text", "one_of" if all(isinstance(text, str) for text in value):
                return OneOf(name, tuple(value))
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

    def _relation(self, tree: Any, path: TreePath) -> Node:
        tree, path = tree["relation"], (*path, "relation")
        operator = next((key for key in OPERATORS if key in tree), None)
        if operator is None:
            self._add(path, "missing_key", key="equals")
            return _UNREADABLE
        sides = {key: self._term(tree[key], (*path, key)) for key in ("left", operator)}
        if {is_date for _, is_date in sides.values()} == {True, False}:
            self._add(path, "relation_mixed")
        return Relation(sides["left"][0], operator, sides[operator][0], tree.get("within", 0))

    def _term(self, tree: Any, path: TreePath) -> tuple[Term, bool]:
        """A side of a relation, and whether it is a date."""
        if isinstance(tree, str):
            word = self.fact(tree, path)
            if word is not None and word.type not in ("integer", "number", "ratio", "date"):
                self._mistyped(word, path)
            return Figure(tree), word is not None and word.type == "date"
        if isinstance(tree, dict) and "day" in tree:
            return Day(tree["day"]), True
        if isinstance(tree, dict):
            ((operation, inner),) = tree.items()
            parts = [self._term(part, (*path, operation, index)) for index, part in enumerate(inner)]
            if any(is_date for _, is_date in parts):
                self._add(path, "relation_mixed")
            return Arithmetic(operation, tuple(part for part, _ in parts)), False
        return tree, False

    def _evidenced(self, tree: Any, path: TreePath) -> Node:
        self.fact(tree["evidenced"], (*path, "evidenced"))
        known = self.vocabulary.terms.evidence_kinds
        self.problems.extend(not_a_choice(self.document.place(*path, "by"), kind, known) for kind in tree["by"] if kind not in known)
        return Evidenced(tree["evidenced"], tuple(tree["by"]))

    def _day_judged(self, tree: Any, path: TreePath) -> Node:
        ((operator, day),) = tree["as_of"].items()
        if not isinstance(day, date):
            self._add(path, "impossible_date", said=day)
            return _UNREADABLE
        return DayJudged(operator, day)

    def _mistyped(self, word: Word, path: TreePath) -> None:
        by_type = {
            "boolean": Text("直接写事实名，或用 equals: true。", "Write the fact alone, or equals: true."),
            "choice": Text("用 equals 或 one_of。", "Use equals or one_of."),
            "date": Text("与日期或 as_of 比较。", "Compare it with a date or as_of."),
            "month": Text("年月只能用 disclosed 或 agreed。", "A month can only be asked for with disclosed or agreed."),
            "text": Text("文字只能用 disclosed 或 one_of。", "Text can only be asked for with disclosed or one_of."),
        }
        hint = by_type.get(word.type, Text("与一个数比较。", "Compare it with a number."))
        self._add(path, "condition_type", fact=word.path, type=word.type, hint=hint)

    def _add(self, path: TreePath, code: str, /, **words: Any) -> None:
        self.problems.append(problem(self.document.place(*path), code, **words))
