"""A block of records to rows and rejects: in columns, and by definition for whatever the columns do not take."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

import polars as pl

from checker.errors import InputError, Place, Problem
from checker.fact_files import build_facts
from checker.facts import FactBase
from checker.load import Document, load_json
from checker.packs import Packs
from checker.survey.asked import Asked
from checker.survey.intake import KEY, SUSPICIOUS, Intake
from checker.survey.judging import Judge
from checker.survey.reading import UNTHOUGHT, OddError
from checker.survey.sources import BLOCK, BLOCK_OF_COLUMNS, Block
from checker.survey.tabular import is_row, tree_of, tree_of_record
from checker.wording import problem


@dataclass(frozen=True)
class Rejected:
    """A record that could not be judged, and why."""

    record: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Judged:
    """What a block came to: a row for each record judged, in the order of the records, and the rejects.

    ``singly`` is how many records the columns did not take and that were judged by definition.
    """

    rows: pl.DataFrame
    rejects: tuple[Rejected, ...]
    singly: int


class BlockJudge:
    """Judges blocks of records; made once in every process."""

    def __init__(self, packs: Packs, only: tuple[str, ...], as_of: date | None, today: date) -> None:
        self._packs, self._as_of, self._today = packs, as_of, today
        self._asked = Asked(packs, only)
        self._judge = Judge(self._asked)
        self._intakes: dict[int, Intake] = {}

    def judged(self, block: Block) -> Judged:
        """The rows and rejects of a block; every record is in one of them."""
        intake = self._intake(BLOCK if block.frame is None else BLOCK_OF_COLUMNS)
        with _no_rest():
            odd = self._taken(intake, block)
        try:
            kept = [number for number in range(len(block.names)) if number not in odd]
            rows = self._judge.rows(intake.batch()).with_columns(pl.Series("#order", kept, pl.UInt32))
        except Exception:  # noqa: BLE001  # something in these records that columns cannot hold: no reason to lose one, and told by ``singly``
            self._intakes.clear()
            odd, rows = set(range(len(block.names))), self._judge.frame([]).with_columns(pl.Series("#order", [], pl.UInt32))
        singly, rejects = [], []
        for number in sorted(odd):
            if number in block.unread:
                rejects.append(Rejected(block.names[number], (problem(Place(block.names[number]), "not_readable", reason=block.unread[number]),)))
                continue
            try:
                facts = self._strictly(block, number)
                singly.append((number, self._judge.row(block.names[number], facts, self._as_of, self._today)))
            except InputError as error:
                rejects.append(Rejected(block.names[number], tuple(found for found in error.problems if found.fatal)))
            except Exception as error:  # noqa: BLE001  # our bug, and no reason to lose a million other records
                told = problem(Place(block.names[number]), "not_judged", reason=f"{type(error).__name__}: {error}")
                rejects.append(Rejected(block.names[number], (told,)))
        if singly:
            one_by_one = self._judge.frame(row for _, row in singly).with_columns(pl.Series("#order", [number for number, _ in singly], pl.UInt32))
            rows = pl.concat([rows, one_by_one]).sort("#order")
        return Judged(rows.drop("#order"), tuple(rejects), len(singly))

    def _intake(self, capacity: int) -> Intake:
        if capacity not in self._intakes:
            self._intakes = {capacity: Intake(self._packs, self._asked.conditions, self._as_of, self._today, capacity)}
        return self._intakes[capacity]

    def _taken(self, intake: Intake, block: Block) -> set[int]:
        """Takes in what the columns take; gives back the odd ones."""
        if block.frame is not None:
            return set(intake.take_frame(block.names, block.frame))
        odd = set()
        texts = pl.Series([text.decode("utf-8", "replace") for text in block.texts], dtype=pl.String)
        suspicious = texts.str.contains(SUSPICIOUS).to_list() or [False] * len(block.names)
        keys = texts.str.count_matches(KEY).to_list()
        for number, name in enumerate(block.names):
            try:
                if number in block.unread or suspicious[number]:
                    odd.add(number)
                elif block.rows:
                    intake.take_tree(name, None, tree_of(block.rows[number], self._words))
                else:
                    intake.take(name, block.texts[number], keys[number])
            except (OddError, *UNTHOUGHT):
                odd.add(number)
        return odd

    @property
    def _words(self) -> Mapping[str, Any]:
        return self._packs.vocabulary.words

    def _strictly(self, block: Block, number: int) -> FactBase:
        """The fact base of a record by the strict reader.

        Raises:
            InputError: what is wrong with it.
        """
        name = block.names[number]
        if block.texts:
            return facts_of_text(name, block.texts[number], self._packs)
        row = block.rows[number] if block.rows else block.frame.row(number, named=True) if block.frame is not None else {}
        return facts_of_row(name, row, self._packs)


@contextmanager
def _no_rest() -> Iterator[None]:
    """No search for garbage while very many objects are made that all stay: it would take as long as making them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def facts_of_text(name: str, text: bytes, packs: Packs) -> FactBase:
    """The fact base of a record of JSON, which is a fact file or a row of vocabulary columns.

    Raises:
        InputError: what is wrong with it.
    """
    document = load_json(BytesIO(text), name)
    if is_row(document.data):
        document = replace(document, data=tree_of_record(document.data, packs.vocabulary.words), find=lambda _: (0, 0))
    return build_facts(document, packs)


def facts_of_row(name: str, row: Mapping[str, Any], packs: Packs) -> FactBase:
    """The fact base of a row of vocabulary columns.

    Raises:
        InputError: what is wrong with it.
    """
    return build_facts(Document(name, tree_of(row, packs.vocabulary.words), "", lambda _: (0, 0)), packs)
