"""A fact file, and what is asked beside it, as a workbook that people fill in: drop-downs, ranges, prompts, ready to print.

Nothing is protected: people have to add rows for a second statement, more evidence and more events, and a protected sheet lets them
do so only by halves. What they change by mistake is found by reading.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from checker.cells import CELL_LIMIT, DIGITS, Texts, height, length
from checker.errors import InputError, Place, Text, letters
from checker.packs import MODALITIES, Packs
from checker.questionnaire.asked import Asked, AskedFact
from checker.questionnaire.canonical import stated
from checker.questionnaire.sheets import INSTRUCTIONS, ITEMS, LISTS, YES_NO, Column, Item, Sheet, joined, sheets, shown
from checker.questionnaire.words import asked_by, form, instructions, prompt
from checker.vocabulary import Terms, Word
from checker.wording import problem

#: Dates before the leap day of 1900, which Excel invented, are written as text.
_FIRST_DAY = date(1900, 3, 1)
#: Rows with borders below the last entry, and how far down drop-downs reach.
_BLANK_ROWS, _LISTED_ROWS = 30, 2_000
#: How high a row of one line is, in points.
_ONE_LINE = 16

Row = Mapping[str, Any]


def write_questionnaire(tree: Mapping[str, Any], wanted: Asked, packs: Packs, lang: str, name: str) -> bytes:
    """The workbook ``name`` of a fact file in its canonical form, with a row for everything wanted; the same bytes for the same input.

    Raises:
        InputError: something is too long for a cell.
    """
    book = _Book(packs, lang, name)
    book.instruct()
    every = sheets(packs)
    rows: dict[str, list[Row]] = {
        "company": list(_company(tree, wanted, lang)),
        "evidence": [{"id": [key], **entry, "document": [entry["document"]]} for key, entry in tree.get("evidence", {}).items()],
        "documents": [{"id": [key], **entry} for key, entry in tree.get("documents", {}).items()],
        "events": tree.get("events", []),
        "event_statements": _statements(tree.get("event_statements", []), wanted),
        "ratings": list(_ratings(tree.get("ratings", []), wanted, packs, lang)),
        "refinements": [{"pack": key, **entry} for key, entry in tree.get("refinements", {}).items()],
    }
    for_assessors = {"ratings": bool(wanted.rated), "refinements": wanted.refined}
    for key, sheet in every.items():
        if key == "facts":
            book.facts(sheet, list(_facts(tree["facts"], wanted, packs, lang)))
        elif rows[key] or for_assessors.get(key, True):
            book.table(sheet, rows[key])
    return book.finished()


# --- rows ---------------------------------------------------------------------------------------------------------


def _company(tree: Mapping[str, Any], wanted: Asked, lang: str) -> Iterator[Row]:
    for item in ITEMS:
        inside: Any = tree
        for step in item.path.split("."):
            inside = inside.get(step) if inside else None
        answers = [*(inside or []), None] if item.several else [inside]
        if item.path == "panel" and wanted.rated:
            answers += [None] * max(0, 3 - len(answers))
        for answer in answers:
            yield {"item": item.label.in_language(lang), "value": answer, "explanation": item.explanation.in_language(lang), "path": item.path, "as": item}


def _facts(tree: Any, wanted: Asked, packs: Packs, lang: str) -> Iterator[tuple[AskedFact, Row]]:
    """A row for every fact that is asked, and for each further statement of one."""
    vocabulary = packs.vocabulary
    known = stated(tree, vocabulary)
    kinds = vocabulary.terms.evidence_kinds
    for fact in wanted.facts:
        word = fact.word
        about = {
            "question": word.question.in_language(lang),
            "form": form(word).in_language(lang),
            "unit": _unit(word, vocabulary.terms, lang),
            "wanted": Text("、", ", ").in_language(lang).join(kinds[kind].in_language(lang) for kind in word.evidence),
            "clauses": asked_by(fact.clauses).in_language(lang),
            "modality": MODALITIES[fact.modality].in_language(lang) if fact.modality else None,
            "topic": vocabulary.topics[word.path.split(".")[0]].in_language(lang),
            "path": word.path,
        }
        for said in known.get(word.path, [{}]):
            percent = {"value": f"{said['value']}%"} if said.get("unit") == "%" and word.type == "ratio" else {}
            yield fact, {**said, **about, **percent}


def _unit(word: Word, terms: Terms, lang: str) -> str | None:
    return "%" if word.type == "ratio" else terms.units[word.unit].in_language(lang) if word.unit else None


def _statements(said: Sequence[Row], wanted: Asked) -> list[Row]:
    """The statements there are, and a row to fill in for every kind of event that is counted."""
    return [*said, *({"kind": kind} for kind in wanted.events if kind not in {statement["kind"] for statement in said})]


def _ratings(said: Sequence[Row], wanted: Asked, packs: Packs, lang: str) -> Iterator[Row]:
    """The ratings there are in their own order, then a row for every clause that nobody has rated."""
    rated = {rating["clause"] for rating in said}
    for rating in (*said, *({"clause": clause.name} for clause in wanted.rated if clause.name not in rated)):
        clause = packs.clauses[rating["clause"]]
        yield {**rating, "title": clause.title.in_language(lang), "worth": clause.points}


# --- the workbook -------------------------------------------------------------------------------------------------


class _Book:
    """A workbook in the making."""

    def __init__(self, packs: Packs, lang: str, name: str) -> None:
        import xlsxwriter  # here, because only questionnaires need it

        self._packs, self._lang, self._name = packs, lang, name
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, {"in_memory": True})
        self._book.set_properties({"title": self._say("社会责任与 ESG 问卷", "ESG questionnaire"), "created": datetime(1980, 1, 1)})
        self._texts = Texts()
        self._heights: dict[tuple[str, int], int] = {}
        self._lists: dict[tuple[str, ...], str] = {}
        self._listed: list[tuple[str, ...]] = []
        plain = {"font_size": 10, "valign": "top", "text_wrap": True}
        boxed = {**plain, "border": 1, "border_color": "#A6A6A6"}
        numbers = {"text": "@", "date": "yyyy-mm-dd", "share": "0.00%", "number": "General"}
        self._formats = {
            **{kind: self._book.add_format({**boxed, "num_format": number, "locked": False}) for kind, number in numbers.items()},
            **{f"open {kind}": self._book.add_format({**plain, "num_format": number, "locked": False}) for kind, number in numbers.items()},
            "shown": self._book.add_format({**boxed, "bg_color": "#EAF1F8"}),
            "path": self._book.add_format({**boxed, "bg_color": "#F2F2F2", "font_color": "#7F7F7F", "font_size": 8}),
            "head": self._book.add_format({**boxed, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "valign": "vcenter"}),
            "topic": self._book.add_format({**boxed, "text_wrap": False, "bold": True, "bg_color": "#BDD7EE"}),
            "title": self._book.add_format({"bold": True, "font_size": 14}),
            "heading": self._book.add_format({"bold": True, "font_size": 11, "valign": "top"}),
            "line": self._book.add_format(plain),
        }

    def _say(self, zh: str, en: str) -> str:
        return Text(zh, en).in_language(self._lang)

    def instruct(self) -> None:
        """The first sheet: how to fill in the others."""
        page = self._added(INSTRUCTIONS)
        page.set_column(0, 0, 24)
        page.set_column(1, 1, 96)
        terms = self._packs.vocabulary.terms
        for row, (heading, line) in enumerate(instructions(terms)):
            page.write_string(row, 0, heading.in_language(self._lang), self._formats["title" if row == 0 else "heading"])
            page.write_string(row, 1, line.in_language(self._lang), self._formats["line"])
            page.set_row(row, max(24 if row == 0 else 0, height([(heading.in_language(self._lang), 24), (line.in_language(self._lang), 96)])))

    def table(self, sheet: Sheet, rows: Sequence[Row]) -> None:
        """A sheet with a row for each entry and blank ones below."""
        page = self._begun(sheet)
        for number, row in enumerate(rows, 1):
            item: Item | None = row.get("as")
            for place, column in enumerate(sheet.columns):
                as_item = Column(column.key, column.heading, column.width, item.kind, column.choices) if item and column.kind == "value" else column
                self._put(page, sheet, number, place, as_item, _of(row, column.key))
                if item and column.kind == "value":
                    self._validate(page, as_item, [(number, number)], place)
        below = len(rows) + 1
        if sheet.key != "company":
            for number in range(below, below + _BLANK_ROWS):
                for place, column in enumerate(sheet.columns):
                    page.write_blank(number, place, None, self._format(column))
            for place, column in enumerate(sheet.columns):
                self._validate(page, column, [(1, below + _LISTED_ROWS)], place)

    def facts(self, sheet: Sheet, rows: Sequence[tuple[AskedFact, Row]]) -> None:
        """The sheet of the questions, topic by topic."""
        page = self._begun(sheet)
        number = 0
        alike: dict[object, tuple[Word, list[int]]] = {}
        values = next(place for place, column in enumerate(sheet.columns) if column.kind == "value")
        for topic, part in groupby(rows, key=lambda each: each[1]["topic"]):
            number += 1
            page.write_string(number, 0, topic, self._formats["topic"])
            for place in range(1, len(sheet.columns)):
                page.write_blank(number, place, None, self._formats["topic"])
            for fact, row in part:
                number += 1
                for place, column in enumerate(sheet.columns):
                    self._put(page, sheet, number, place, _as_fact(column, fact.word), row.get(column.key))
                word = fact.word
                same = (word.type, word.minimum, word.maximum, tuple(word.choices or ()))
                alike.setdefault(same, (word, []))[1].append(number)
        for word, numbers in alike.values():
            self._validate_fact(page, word, _runs(numbers), values)
        for place, column in enumerate(sheet.columns):
            if column.kind != "value":
                self._validate(page, column, [(1, number + _LISTED_ROWS)], place)
        page.autofilter(0, 0, number, len(sheet.columns) - 1)
        shown_last = next(place for place, column in enumerate(sheet.columns) if column.key == "note")
        page.print_area(0, 0, number, shown_last)

    def finished(self) -> bytes:
        """The bytes of the workbook."""
        page = self._added(LISTS)
        page.hide()
        for place, labels in enumerate(self._listed):
            for row, label in enumerate(labels):
                page.write_string(row, place, label)
        self._book.worksheets()[1].activate()
        self._book.close()
        return self._texts.restored(self._bytes.getvalue())

    # --- sheets

    def _added(self, title: Text) -> Any:
        page = self._book.add_worksheet(title.in_language(self._lang))
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer("&L&A&R&P / &N")
        return page

    def _begun(self, sheet: Sheet) -> Any:
        page = self._added(sheet.title)
        page.repeat_rows(0)
        page.freeze_panes(1, 1)
        page.set_row(0, 30)
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width, self._formats.get(f"open {_written_as(column)}"))
            page.write_string(0, place, column.heading.in_language(self._lang), self._formats["head"])
        return page

    def _format(self, column: Column) -> Any:
        return self._formats["shown" if column.kind in ("shown", "unit") else "path" if column.kind == "path" else _written_as(column)]

    # --- cells

    def _put(self, page: Any, sheet: Sheet, row: int, place: int, column: Column, said: Any) -> None:
        content, style = self._worded(column, said), self._format(column)
        if content is None:
            page.write_blank(row, place, None, style)
        elif isinstance(content, date):
            page.write_datetime(row, place, datetime(content.year, content.month, content.day), style)
        elif isinstance(content, str):
            if length(content) > CELL_LIMIT:
                at = Place(self._name, row + 1, place + 1, sheet=sheet.title.in_language(self._lang))
                raise InputError([problem(at, "too_long_for_cell", length=length(content), limit=CELL_LIMIT)])
            page.write_string(row, place, self._texts.safe(content), style)
            needed = height([(content, column.width)])
            if needed > self._heights.get((sheet.key, row), _ONE_LINE):  # lower rows are left to the program that opens it
                self._heights[sheet.key, row] = needed
                page.set_row(row, needed)
        else:
            page.write_number(row, place, content, style)

    def _worded(self, column: Column, said: Any) -> str | int | Decimal | date | None:
        """What stands in the cell for what the fact file says."""
        if said is None:
            return None
        match column.kind:
            case "choice":
                return shown(column.choices, self._lang)[said]
            case "reasons":
                labels = shown(column.choices, self._lang)
                return joined(labels[reason] for reason in (said if isinstance(said, list) else [said]))
            case "names" | "id":
                return joined(said)
            case "yes":
                return YES_NO["yes" if said else "no"].in_language(self._lang)
            case "date":
                day = date.fromisoformat(said)
                return day if day >= _FIRST_DAY else str(said)
            case _ if isinstance(said, int | Decimal):
                digits = Decimal(said).as_tuple().digits
                return said if len(digits) <= DIGITS else format(Decimal(said), "f")
            case _:
                return str(said)

    # --- drop-downs, ranges and prompts

    def _validate(self, page: Any, column: Column, rows: Sequence[tuple[int, int]], place: int) -> None:
        """What may stand in a column; lists may be left where several names go into one cell."""
        rule: dict[str, Any]
        match column.kind:
            case "choice" | "reasons" if not column.choices:
                return
            case "choice" | "reasons":
                labels = tuple(shown(column.choices, self._lang).values())
                rule = {"validate": "list", "source": self._list(labels), "error_type": "warning" if column.kind == "reasons" else "stop"}
            case "yes":
                rule = {"validate": "list", "source": self._list(tuple(label.in_language(self._lang) for label in YES_NO.values()))}
            case "date":
                rule = {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1)}
            case "share":
                rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
            case "number":
                rule = {"validate": "decimal", "criteria": ">=", "value": -1_000_000}
            case _:
                return
        self._add_rule(page, rule, prompt(column.kind), rows, place)

    def _validate_fact(self, page: Any, word: Word, rows: Sequence[tuple[int, int]], place: int) -> None:
        rule: dict[str, Any]
        match word.type:
            case "boolean":
                rule = {"validate": "list", "source": self._list(tuple(label.in_language(self._lang) for label in YES_NO.values()))}
            case "choice":
                rule = {"validate": "list", "source": self._list(tuple(shown(word.choices or {}, self._lang).values()))}
            case "date":
                rule = {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1)}
            case "month":
                rule = {"validate": "length", "criteria": "==", "value": len("2024-08")}
            case "text":
                rule = {"validate": "length", "criteria": "<=", "value": 10_000}
            case kind:
                least, most = (-(10**15) if word.minimum is None else word.minimum), word.maximum
                between = {"criteria": ">=", "value": least} if most is None else {"criteria": "between", "minimum": least, "maximum": most}
                rule = {"validate": "integer" if kind == "integer" else "decimal", **between}
        self._add_rule(page, rule, form(word), rows, place)

    def _add_rule(self, page: Any, rule: Mapping[str, Any], said: Text, rows: Sequence[tuple[int, int]], place: int) -> None:
        words = said.in_language(self._lang)
        (first, last), *others = rows
        page.data_validation(first, place, last, place, {
            **rule,
            "input_title": self._say("如何作答", "How to answer"), "input_message": words,
            "error_title": self._say("不是可用的答案", "Not an answer"), "error_message": words,
            "other_cells": [[begin, place, end, place] for begin, end in others],
        })

    def _list(self, labels: tuple[str, ...]) -> str:
        """Where a list stands on the hidden sheet."""
        if labels not in self._lists:
            self._listed.append(labels)
            column = letters(len(self._listed))
            self._lists[labels] = f"='{LISTS.in_language(self._lang)}'!${column}$1:${column}${len(labels)}"
        return self._lists[labels]


def _of(row: Row, key: str) -> Any:
    """What a row says at a key; ``aspects.results`` stands in a group."""
    inside: Any = row
    for step in key.split("."):
        inside = inside.get(step) if inside else None
    return inside


def _written_as(column: Column) -> str:
    return column.kind if column.kind in ("date", "share", "number") else "text"


def _as_fact(column: Column, word: Word) -> Column:
    """The column of answers as it is for one fact."""
    if column.kind != "value":
        return column
    match word.type:
        case "boolean":
            return Column(column.key, column.heading, column.width, "yes")
        case "choice":
            return Column(column.key, column.heading, column.width, "choice", word.choices or {})
        case "date":
            return Column(column.key, column.heading, column.width, "date")
        case "ratio":
            return Column(column.key, column.heading, column.width, "share")
        case "integer" | "number":
            return Column(column.key, column.heading, column.width, "number")
        case _:
            return Column(column.key, column.heading, column.width)


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as ranges."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
