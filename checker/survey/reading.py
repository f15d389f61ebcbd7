"""One record into columns, the short way.

The shell of a record, its company, documents, evidence, events and ratings, is read by the builder of fact bases itself. Only
the facts, which are most of a record, take a shorter way here: values go straight into columns. Whatever this way does not
know for certain to be right makes the record *odd*, which is for the strict reader to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from checker.conditions import Value
from checker.errors import Problem
from checker.fact_files import FactsBuilder
from checker.facts import Company, Fact, FactBase, Rating, Statement
from checker.load import Document, TreePath
from checker.packs import Packs
from checker.situations import fits, plain
from checker.tree_reader import MONTH, TEXT_LIMIT
from checker.vocabulary import Word

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(MONTH)
#: Means of so many ratings are exact in columns, and ratings of so many decimal places; see :mod:`checker.survey.scores`.
RATINGS_AT_MOST, RATING_PLACES = 10, 6


#: What a shape raises that nobody thought of.
UNTHOUGHT = (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)


class OddError(Exception):
    """A record that the strict reader has to look at."""


@dataclass(frozen=True)
class Group:
    """A group of the vocabulary: its yes-or-no facts, all its facts, each with its column, and the groups in it."""

    booleans: dict[str, list[Value | None]] = field(default_factory=dict)
    words: dict[str, tuple[Word, list[Value | None]]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)


def groups_of(words: Mapping[str, Word], columns: Mapping[str, list[Value | None]]) -> Group:
    """The vocabulary as fact files nest it; a computed fact, which nobody may state, is in no group."""
    top = Group()
    for path, column in columns.items():
        *above, last = path.split(".")
        group = top
        for name in above:
            group = group.groups.setdefault(name, Group())
        group.words[last] = (words[path], column)
        if words[path].type == "boolean":
            group.booleans[last] = column
    return top


def _nowhere(_: TreePath) -> tuple[int, int]:
    return 0, 0


def _rated(facts: FactBase) -> Iterator[tuple[str, int, int, int, int]]:
    """The ratings of each clause: how many, how many more are awaited, and the sums of their ends in millionths."""
    of: dict[str, list[Rating]] = {}
    for rating in facts.ratings:
        of.setdefault(rating.clause, []).append(rating)
    for clause, ratings in of.items():
        awaited = len(set(facts.panel) - {rating.assessor for rating in ratings})
        ends = [sum(Decimal(end).scaleb(RATING_PLACES) for end in ends) for ends in zip(*((rating.least, rating.most) for rating in ratings), strict=True)]
        if len(ratings) + awaited > RATINGS_AT_MOST or any(end != int(end) for end in ends):
            raise OddError
        yield clause, len(ratings) + awaited, awaited, int(ends[0]), int(ends[1])
    if facts.refinements:
        raise OddError  # a mark beside a grade, and whether the grade takes one: rare, and a single company's business


class _Said(NamedTuple):
    """One statement of a fact: its value, or the reasons for having none; and its evidence."""

    value: Value | None
    missing: Sequence[str] = ()
    evidence: Sequence[str] = ()


@dataclass(frozen=True)
class Shape:
    """Where facts go, and of which ones more than a value is wanted.

    ``columns`` holds a list for each fact that may be stated, ``groups`` the same as fact files nest them. Of the facts in
    ``of_statements`` every statement is wanted where they differ, of those in ``of_evidence`` also where there is only one.
    """

    packs: Packs
    words: Mapping[str, Word]
    columns: Mapping[str, list[Value | None]]
    groups: Group
    of_statements: frozenset[str]
    of_evidence: frozenset[str]


class Reading(FactsBuilder):
    """A fact base without its facts; these go into the columns of an intake on the way, and what else is said of them beside."""

    def __init__(self, name: str, tree: Any, row: int, shape: Shape) -> None:
        super().__init__(Document(name, tree, "", _nowhere), shape.packs)
        self._row, self._shape = row, shape
        self.keys = self.answered = self.supported = 0
        self.noted: list[str] = []
        self._stated: list[tuple[Word, list[Value | None], list[_Said]]] = []

    # --- whatever is wrong is for the strict reader to say

    def record(self, found: Problem) -> None:
        """A problem makes the record odd; a warning does not."""
        if found.fatal:
            raise OddError

    def add(self, path: TreePath, code: str, /, *, fatal: bool = True, **words: Any) -> None:
        """The same, without looking for the place."""
        del path, code, words
        if fatal:
            raise OddError

    def mapping(self, tree: Any, path: TreePath, known: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> dict[str, Any]:
        """The tree as an object, its keys counted."""
        del path
        if type(tree) is not dict:
            raise OddError
        for key in tree if known else ():
            if key not in known:
                raise OddError
        for key in needed:
            if key not in tree:
                raise OddError
        self.keys += len(tree)
        return tree

    def _ratings(self, tree: Any, panel: tuple[str, ...]) -> Iterator[Rating]:
        if type(tree) is not list:
            raise OddError
        exact = [{key: exact_number(value) for key, value in entry.items()} for entry in tree]
        return super()._ratings(exact, panel)

    def account_for(self, keys: int | None) -> None:
        """Makes sure that as many keys were seen as the text has at most."""
        if keys is not None and self.keys != keys:
            raise OddError

    # --- facts

    def _facts(self, tree: Any, path: TreePath, found: dict[str, Fact]) -> None:
        del path, found
        self._walk(tree, self._shape.groups)

    def state(self, stated: Mapping[str, Any]) -> None:
        """Further statements, by the paths of their facts."""
        for path, entry in stated.items():
            word, column = self._shape.words[path], self._shape.columns[path]
            self._stated.append((word, column, [self._quick(word, one) for one in (entry if type(entry) is list and entry else [entry])]))

    def _walk(self, tree: Any, group: Group) -> None:
        if type(tree) is not dict:
            raise OddError
        row, booleans, groups = self._row, group.booleans, group.groups
        self.keys += len(tree)
        for key, value in tree.items():
            if value is True or value is False:
                booleans[key][row] = value  # no such fact, or none of this type, is a KeyError
                self.answered += 1
            elif key in groups:
                self._walk(value, groups[key])
            else:
                word, column = group.words[key]
                if type(value) is dict:
                    self._stated.append((word, column, [self._quick(word, value)]))
                elif type(value) is list and value:
                    self._stated.append((word, column, [self._quick(word, one) for one in value]))
                else:
                    column[row] = typed(word, value, None)
                    self.answered += 1

    def _quick(self, word: Word, entry: Any) -> _Said:
        """One statement of a fact."""
        if type(entry) is not dict:
            return _Said(typed(word, entry, None))
        self.keys += len(entry)
        value: Value | None = None
        missing: Sequence[str] = ()
        evidence: Sequence[str] = ()
        for key, part in entry.items():
            if key == "value":
                value = part if (part is True or part is False) and word.type == "boolean" else typed(word, part, entry.get("unit"))
            elif key == "evidence" and type(part) is list:
                evidence = part
                for name in part:
                    self._evidence[name]  # what is not there is a KeyError
            elif key == "missing":
                missing = part if type(part) is list else (part,)
                for reason in missing:
                    self._vocabulary.terms.missing_reasons[reason]
            else:
                self._aside(word, key, part)
        if (value is None) is (not missing):
            raise OddError
        return _Said(value, missing, evidence)

    def _aside(self, word: Word, key: str, part: Any) -> None:
        """What is said of a statement beside its value; only that there is a note is kept."""
        if key in ("to", "source", "note"):
            text(part)
            if key == "note":
                self.noted.append(word.path)
        elif key == "date":
            day(part)
        elif key != "unit" or part != ("%" if word.type == "ratio" else word.unit):
            raise OddError

    def _follow_industry(self, company: Company, facts: dict[str, Fact]) -> None:
        derived: dict[str, Fact] = {}
        super()._follow_industry(company, derived)
        stated = {word.path for word, _, _ in self._stated}
        facts.update({path: fact for path, fact in derived.items() if self._shape.columns[path][self._row] is None and path not in stated})

    def settled(self, facts: FactBase, as_of: date) -> dict[str, list[tuple[Any, ...]]]:
        """What the statements come to: values go into the columns, the rest is given back as lines of the long frames."""
        spoken: list[tuple[Any, ...]] = []
        said: list[tuple[Any, ...]] = []
        conflicts: list[tuple[Any, ...]] = []
        valid = {name: evidence for name, evidence in self._evidence.items() if evidence.valid(as_of)}
        lowest = next(iter(self._vocabulary.terms.assurance_levels))
        better = {name for name, evidence in valid.items() if evidence.assurance != lowest}
        of_statements, of_evidence = self._shape.of_statements, self._shape.of_evidence
        for word, column, statements in self._stated:
            path, first = word.path, statements[0]
            values: tuple[Value, ...] = () if first.value is None else (first.value,)
            if len(statements) > 1 or first.missing[1:]:
                fact = Fact(path, tuple(Statement(one.value, tuple(one.missing)) for one in statements))
                values = fact.values
                conflicts.extend((f"{conflict}:{path}",) for conflict in fact.conflicts)
            if len(values) == 1:
                column[self._row] = values[0]
            else:
                spoken.append((path, bool(values)))
            if values:
                self.answered += 1
                for one in statements:
                    if one.evidence and one.value is not None and not better.isdisjoint(one.evidence):
                        self.supported += 1
                        break
            if path in of_evidence or (len(values) > 1 and path in of_statements):
                said.extend((path, plain(one.value), list(one.evidence), [kind for name in one.evidence if name in valid and (kind := valid[name].kind)])
                            for one in statements if one.value is not None)
        return {"spoken": spoken, "said": said, "conflicts": conflicts, "rated": list(_rated(facts))}


# --- values --------------------------------------------------------------------------------------------------------------


def exact_number(value: Any) -> Any:
    """A binary fraction of at most fifteen digits as the decimal that was written; anything else as it is."""
    return Decimal(repr(value)) if type(value) is float else value


def typed(word: Word, value: Any, unit: Any) -> Value:
    """A value of JSON as a fact of its type.

    Raises:
        OddError: it is of another type, outside its limits, or does not fit a column.
    """
    return _READ[word.type](word, value, unit)


def _boolean(_: Word, value: Any, __: Any) -> Value:
    if type(value) is not bool:
        raise OddError
    return value


def _number(word: Word, value: Any, unit: Any) -> Value:
    found = exact_number(value)
    if type(found) is not int and not (isinstance(found, Decimal) and word.type != "integer"):
        raise OddError
    if word.type == "ratio" and unit == "%":
        found = Decimal(found).scaleb(-2)
    if (word.minimum is not None and found < word.minimum) or (word.maximum is not None and found > word.maximum) or not fits(found, word.type):
        raise OddError
    return found if word.type == "integer" else Decimal(found)


def _choice(word: Word, value: Any, _: Any) -> Value:
    if type(value) is not str or value not in (word.choices or {}):
        raise OddError
    return value


def text(value: Any) -> str:
    """A text with something in it, and not too much."""
    if type(value) is not str or not value.strip() or len(value) > TEXT_LIMIT:
        raise OddError
    return value


def day(value: Any) -> date:
    """A date."""
    if type(value) is not str or not _DAY.fullmatch(value):
        raise OddError
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise OddError from None


def _month(_: Word, value: Any, __: Any) -> Value:
    if type(value) is not str or not _MONTH.fullmatch(value):
        raise OddError
    return value


_READ: Mapping[str, Callable[[Word, Any, Any], Value]] = {
    "boolean": _boolean, "integer": _number, "number": _number, "ratio": _number, "choice": _choice,
    "date": lambda _, value, __: day(value), "month": _month, "text": lambda _, value, __: text(value),
}  # fmt: skip
