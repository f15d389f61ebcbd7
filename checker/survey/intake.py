"""Records into columns: every record is checked as a fact file is, and what is unusual is left to the strict reader.

What :mod:`checker.survey.reading` finds odd is not taken in: the strict reader then says what is wrong with it, or, where nothing is,
the company is judged as a single one. So a doubt costs time and never a verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import polars as pl

from checker.conditions import Agreed, Evidenced, Node, Relation, Value, asked_by, leaves
from checker.packs import Packs
from checker.situations import AS_OF, CLAIMS, COLUMN_TYPES, END, EVENTS, ROW, SAID, SPOKEN, START
from checker.survey.reading import UNTHOUGHT, OddError, Reading, Shape, groups_of
from checker.survey.tabular import SHELL as SHELL_COLUMNS
from checker.survey.tabular import checked, is_row, keys_in, parsed, tree_of, tree_of_record

#: What strict reading refuses or what another reader of JSON could change in silence: a number of sixteen digits or more, or
#: with an exponent.
SUSPICIOUS = r"[:\[,]\s*-?(?:[0-9][0-9.]{15}|[0-9.]+[eE])"
#: What every key of JSON ends with; something in a text may look the same, so there are at least as many as there are keys.
KEY = r'"\s*:'
CLAIMS_MADE: Mapping[str, Any] = {**CLAIMS, "none": pl.Boolean()}
CONFLICTS: Mapping[str, Any] = {"row": ROW, "conflict": pl.String()}
RATED: Mapping[str, Any] = {"row": ROW, "clause": pl.String(), "number": pl.Int64(), "awaited": pl.Int64(), "least": pl.Int64(), "most": pl.Int64()}
SHELL: Mapping[str, Any] = {
    "record": pl.String(), "digest": pl.String(), "name": pl.String(), "credit_code": pl.String(), "industry": pl.String(),
    "traits": pl.String(), START: pl.Date(), END: pl.Date(), AS_OF: pl.Date(), "answered": pl.Int64(), "supported": pl.Int64(), "noted": pl.String(),
}  # fmt: skip


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
        self._as_of, self._today = as_of, today
        self._words = {path: packs.vocabulary.words[path] for path in packs.vocabulary.words}
        self._columns: dict[str, list[Value | None]] = {path: [None] * capacity for path, word in self._words.items() if word.table is None}
        whole = [leaf for node in asked for leaf in leaves(node) if isinstance(leaf, Agreed | Evidenced | Relation)]
        self._shape = Shape(
            packs, self._words, self._columns, groups_of(self._words, self._columns),
            of_statements=frozenset(fact for leaf in whole for fact in asked_by(leaf)),
            of_evidence=frozenset(leaf.fact for leaf in whole if isinstance(leaf, Evidenced)),
        )
        self._fields = tuple(packs.vocabulary.terms.event_fields)
        self._clear()

    def _clear(self) -> None:
        self._given: pl.DataFrame | None = None
        self._shell: list[tuple[Any, ...]] = []
        self._long: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ("events", "claims", "spoken", "said", "conflicts", "rated")}

    def take(self, name: str, content: bytes, keys: int) -> None:
        """Take in a record, the bytes of a fact file, in which nothing is :data:`SUSPICIOUS`, and which has at most so many keys
        (see :data:`KEY`).

        Raises:
            OddError: the strict reader has to look at it; nothing of it was taken in.
        """
        try:
            tree = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise OddError from None
        digest = hashlib.sha256(content).hexdigest()
        if not is_row(tree):
            self.take_tree(name, digest, tree, keys=keys)
        elif keys_in(tree) == keys:
            self.take_tree(name, digest, tree_of_record(tree, self._words))
        else:
            raise OddError

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
            stated = parsed(row.pop("statements", None) or {})
            try:
                if doubtful[number] or type(stated) is not dict or any(path in given and given[path][number] for path in stated):
                    raise OddError  # noqa: TRY301  # what is stated twice has to be compared
                self.take_tree(names[number], None, tree_of(row, {}), stated=stated)
                kept.append(number)
            except (OddError, *UNTHOUGHT):
                odd.append(number)
        self._given = pl.DataFrame([column for column, _ in facts])[kept]
        return odd

    def take_tree(self, name: str, digest: str | None, tree: Any, *, keys: int | None = None, stated: Mapping[str, Any] | None = None) -> None:
        """Take in a record that was read already.

        Where it is said how many ``keys`` its text has at most, so many have to be seen: then no key stands there twice, and
        nothing looks like a key that is none. ``stated`` are further statements, by the paths of their facts.

        Raises:
            OddError: the strict reader has to look at it; nothing of it was taken in.
        """
        row = len(self._shell)
        reading = Reading(name, tree, row, self._shape)
        try:
            facts = reading.build()
            reading.state(stated or {})
            lines = reading.settled(facts, self._as_of or facts.as_of or self._today)
            reading.account_for(keys)
        except (OddError, *UNTHOUGHT):
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
