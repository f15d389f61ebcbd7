"""Records into columns: every record is checked as a fact file is, and what is unusual is left to the strict reader.

The shell of a record, its company, documents, evidence, events and ratings, is read by the builder of fact bases itself. Only
the facts, which are most of a record, take a shorter way here: values go straight into columns. Whatever this way does not
know for certain to be right makes the record *odd*: the strict reader then says what is wrong with it, or, where nothing is,
the company is judged as a single one. So a doubt costs time and never a verdict.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
import polars as pl

from checker.conditions import Agreed, Evidenced, Node, Relation, Value, asked_by, leaves
from checker.errors import Problem
from checker.fact_files import FactsBuilder
from checker.facts import Company, Fact, FactBase, Rating, Statement
from checker.load import Document, TreePath
from checker.packs import Packs
from checker.situations import AS_OF, CLAIMS, COLUMN_TYPES, END, EVENTS, ROW, SAID, SPOKEN, START, fits, plain
from checker.survey.tabular import SHELL as SHELL_COLUMNS
from checker.survey.tabular import checked, parsed, tree_of
from checker.tree_reader import MONTH, TEXT_LIMIT
from checker.vocabulary import Word

#: What strict reading refuses or what another reader of JSON could change in silence: a number of sixteen digits or more, or
#: with an exponent.
SUSPICIOUS = r"[:\[,]\s*-?(?:[0-9][0-9.]{15}|[0-9.]+[eE])"
_KEY = re.compile(rb'"\s*:')
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(MONTH)
#: Means of so many ratings are exact in columns, and ratings of so many decimal places; see :mod:`checker.survey.scores`.
RATINGS_AT_MOST, RATING_PLACES = 10, 6

CLAIMS_MADE: Mapping[str, Any] = {**CLAIMS, "none": pl.Boolean()}
CONFLICTS: Mapping[str, Any] = {"row": ROW, "conflict": pl.String()}
RATED: Mapping[str, Any] = {"row": ROW, "clause": pl.String(), "number": pl.Int64(), "awaited": pl.Int64(), "least": pl.Int64(), "most": pl.Int64()}
SHELL: Mapping[str, Any] = {
    "record": pl.String(), "digest": pl.String(), "name": pl.String(), "credit_code": pl.String(), "industry": pl.String(),
    "traits": pl.String(), START: pl.Date(), END: pl.Date(), AS_OF: pl.Date(), "answered": pl.Int64(), "supported": pl.Int64(), "noted": pl.String(),
}  # fmt: skip


class OddError(Exception):
    """A record that the strict reader has to look at."""


@dataclass(frozen=True)
class Batch:
    """Records in columns, as they were stated.

    ``shell`` says who each record is of, ``facts`` has a column for each fact. ``events``, ``claims``, ``spoken`` and ``said``
    are as in :class:`checker.situations.Situations`, before a claim that there were no events is held against the record.
    ``conflicts`` are statements of one fact that cannot all hold, ``rated`` the ratings of each clause: how many there are or
    are awaited, and the sums of what was given, in millionths.
    """

    shell: pl.DataFrame
    facts: pl.DataFrame
    events: pl.DataFrame
    claims: pl.DataFrame
    spoken: pl.DataFrame
    said: pl.DataFrame
    conflicts: pl.DataFrame
    rated: pl.DataFrame


class Intake:
    """Takes in records one after another, and gives them back as a batch.

    Args:
        packs: the packs, for their vocabulary and their rated clauses.
        asked: the conditions that will be asked, which decide what has to be known of statements.
        as_of: the day to judge on, whatever the records say; without it a record's own day, and without that ``today``.
        capacity: how many records a batch holds at most.
    """

    def __init__(self, packs: Packs, asked: Iterable[Node], as_of: date | None, today: date, capacity: int) -> None:
        self.packs, self._as_of, self._today, self.capacity = packs, as_of, today, capacity
        words = packs.vocabulary.words
        self._words = {path: words[path] for path in words}
        self._columns: dict[str, list[Value | None]] = {path: [None] * capacity for path, word in self._words.items() if word.table is None}
        self.groups = _groups(self._words, self._columns)
        whole = [leaf for node in asked for leaf in leaves(node) if isinstance(leaf, Agreed | Evidenced | Relation)]
        self.of_statements = frozenset(fact for leaf in whole for fact in asked_by(leaf))
        self.of_evidence = frozenset(leaf.fact for leaf in whole if isinstance(leaf, Evidenced))
        self._fields = tuple(packs.vocabulary.terms.event_fields)
        self._clear()

    def _clear(self) -> None:
        self._given: pl.DataFrame | None = None
        self._shell: list[tuple[Any, ...]] = []
        self._long: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ("events", "claims", "spoken", "said", "conflicts", "rated")}

    def take(self, name: str, content: bytes) -> None:
        """Take in a record, the bytes of a fact file, in which nothing is :data:`SUSPICIOUS`.

        Raises:
            OddError: the strict reader has to look at it; nothing of it was taken in.
        """
        try:
            tree = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise OddError from None
        self.take_tree(name, hashlib.sha256(content).hexdigest(), tree, content)

    def take_frame(self, names: Sequence[str], frame: pl.DataFrame) -> list[int]:
        """Take in rows of vocabulary columns in the types that columns have, as a batch of their own; gives back the odd ones,
        by their number.
        """
        facts = [checked(path, frame[path], word) for path, word in self._words.items() if path in frame.columns]
        wrong = pl.Series([False]).new_from_index(0, frame.height)
        for _, bad in facts:
            wrong |= bad
        doubtful = wrong.to_list()
        odd, kept = [], []
        given = {column.name: column.is_not_null().to_list() for column, _ in facts}
        for number, row in enumerate(frame.select(name for name in SHELL_COLUMNS if name in frame.columns).iter_rows(named=True)):
            stated = parsed(row.pop("statements", None)) or {}
            try:
                if doubtful[number] or any(path in given and given[path][number] for path in stated):
                    raise OddError  # noqa: TRY301  # what is stated twice has to be compared
                self.take_tree(names[number], None, tree_of(row, {}), stated=stated)
                kept.append(number)
            except OddError:
                odd.append(number)
        self._given = pl.DataFrame([column for column, _ in facts])[kept]
        return odd

    def take_tree(self, name: str, digest: str | None, tree: Any, content: bytes = b"", stated: Mapping[str, Any] | None = None) -> None:
        """Take in a record that was read already; where its text is given, every key in it has to be accounted for.

        ``stated`` are further statements, by the paths of their facts.

        Raises:
            OddError: the strict reader has to look at it; nothing of it was taken in.
        """
        row = len(self._shell)
        reading = _Reading(name, tree, row, self)
        try:
            facts = reading.build()
            reading.state(stated or {})
            lines = reading.settled(facts, self._as_of or facts.as_of or self._today)
            reading.account_for_keys(content)
        except (OddError, ValueError, TypeError, AttributeError, KeyError, IndexError):  # the last: a shape that nobody thought of
            for column in self._columns.values():
                column[row] = None
            raise OddError from None
        for path, fact in facts.facts.items():  # what follows from the company's industry
            self._columns[path][row] = fact.value
        for frame, found in lines.items():
            self._long[frame].extend((row, *line) for line in found)
        if facts.events:
            self._long["events"].extend((row, event.kind, event.on, *(event.fields.get(field) for field in self._fields)) for event in facts.events)
        self._long["claims"].extend((row, said.kind, said.first, said.last, said.none) for said in facts.statements)
        company = facts.company
        self._shell.append((name, digest, company.name, company.credit_code, company.industry, ";".join(company.traits),
                            *facts.period, self._as_of or facts.as_of or self._today, reading.answered + len(facts.facts), reading.supported,
                            "; ".join(sorted(set(reading.noted))) or None))

    def word(self, path: str) -> tuple[Word, list[Value | None]]:
        """A fact with its column."""
        return self._words[path], self._columns[path]

    def value(self, path: str, row: int) -> Value | None:
        """What stands in the column of a fact."""
        return self._columns[path][row]

    def __len__(self) -> int:
        return len(self._shell)

    def batch(self) -> Batch:
        """Everything taken in since the last batch."""
        height = len(self._shell)
        columns = {path: pl.Series(path, column[:height], COLUMN_TYPES[self._words[path].type], strict=True) for path, column in self._columns.items()}
        empty = [None] * height
        for column in self._columns.values():
            column[:height] = empty
        shell = pl.DataFrame(self._shell, SHELL, orient="row")
        for given in () if self._given is None else self._given:
            # What follows from the company's industry gives way to what is stated.
            both = given.is_not_null() & columns[given.name].is_not_null()
            shell = shell.with_columns(pl.col("answered") + given.is_not_null().cast(pl.Int64) - both.cast(pl.Int64))
            columns[given.name] = given.zip_with(given.is_not_null(), columns[given.name])
        schemas: dict[str, Mapping[str, Any]] = {"events": {**EVENTS, **{name: pl.String() for name in self._fields}}, "claims": CLAIMS_MADE,
                                                 "spoken": SPOKEN, "said": SAID, "conflicts": CONFLICTS, "rated": RATED}
        frames = {name: pl.DataFrame(lines, schemas[name], orient="row") for name, lines in self._long.items()}
        self._clear()
        return Batch(shell, pl.DataFrame(list(columns.values())), **frames)


@dataclass(frozen=True)
class _Group:
    """A group of the vocabulary: its yes-or-no facts, all its facts, each with its column, and the groups in it."""

    booleans: dict[str, list[Value | None]] = field(default_factory=dict)
    words: dict[str, tuple[Word, list[Value | None]]] = field(default_factory=dict)
    groups: dict[str, _Group] = field(default_factory=dict)


def _groups(words: Mapping[str, Word], columns: Mapping[str, list[Value | None]]) -> _Group:
    """The vocabulary as fact files nest it; a computed fact, which nobody may state, is in no group."""
    top = _Group()
    for path, column in columns.items():
        *above, last = path.split(".")
        group = top
        for name in above:
            group = group.groups.setdefault(name, _Group())
        group.words[last] = (words[path], column)
        if words[path].type == "boolean":
            group.booleans[last] = column
    return top


def _nowhere(_: TreePath) -> tuple[int, int]:
    return 0, 0


def _keys(content: bytes) -> Iterator[int]:
    """How many keys a text of JSON has at most, by ever closer looks."""
    yield content.count(b":")
    yield content.count(b'":') - content.count(b'\\":')
    yield len(_KEY.findall(content))


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


class _Reading(FactsBuilder):
    """A fact base without its facts; these go into the columns of an intake on the way, and what else is said of them beside."""

    def __init__(self, name: str, tree: Any, row: int, intake: Intake) -> None:
        super().__init__(Document(name, tree, "", _nowhere), intake.packs)
        self._row, self._intake = row, intake
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
        exact = [{key: exact_number(value) for key, value in entry.items()} for entry in tree]
        return super()._ratings(exact, panel)

    def account_for_keys(self, content: bytes) -> None:
        """Makes sure that every key in the text was seen: no key stands there twice, and nothing looks like one that is none."""
        if content and all(self.keys != keys for keys in _keys(content)):
            raise OddError

    # --- facts

    def _facts(self, tree: Any, path: TreePath, found: dict[str, Fact]) -> None:
        del path, found
        self._walk(tree, self._intake.groups)

    def state(self, stated: Mapping[str, Any]) -> None:
        """Further statements, by the paths of their facts."""
        for path, entry in stated.items():
            word, column = self._intake.word(path)
            self._stated.append((word, column, [self._quick(word, one) for one in (entry if type(entry) is list and entry else [entry])]))

    def _walk(self, tree: Any, group: _Group) -> None:
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
        facts.update({path: fact for path, fact in derived.items() if self._intake.value(path, self._row) is None and path not in stated})

    def settled(self, facts: FactBase, as_of: date) -> dict[str, list[tuple[Any, ...]]]:
        """What the statements come to: values go into the columns, the rest is given back as lines of the long frames."""
        spoken: list[tuple[Any, ...]] = []
        said: list[tuple[Any, ...]] = []
        conflicts: list[tuple[Any, ...]] = []
        valid = {name: evidence for name, evidence in self._evidence.items() if evidence.valid(as_of)}
        lowest = next(iter(self._vocabulary.terms.assurance_levels))
        better = {name for name, evidence in valid.items() if evidence.assurance != lowest}
        of_statements, of_evidence = self._intake.of_statements, self._intake.of_evidence
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
