"""A filled-in questionnaire to the tree that a JSON fact file has, with a cell as the place of everything in it.

What a person writes is turned into codes and typed values here, and no more: whether names, types, units and ranges are right is
for the builder of fact bases to say, as with JSON.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from checker.errors import InputError, Place, Problem, Text, letters
from checker.load import DIGIT_LIMIT, PLAIN_NUMBER, PROBLEM_LIMIT, Document, TreePath
from checker.packs import Packs
from checker.questionnaire.sheets import (
    INSTRUCTIONS,
    ITEMS,
    LISTS,
    NO,
    YES,
    YES_NO,
    Column,
    Item,
    Sheet,
    codes,
    parted,
    sheets,
    shown,
)
from checker.vocabulary import Vocabulary, Word
from checker.wording import nearest, problem
from checker.workbooks import Content, Grid, Odd, read_workbook

#: The row of headings is among the first so many: people put titles above tables.
_HEADINGS_WITHIN = 10
#: The sheets that every questionnaire has; without one its answers would be lost in silence.
_NEEDED = ("facts", "company", "evidence", "documents", "events", "event_statements")
#: Integers have no more digits than Excel keeps.
_SAFE_DIGITS = 15
_SLASHED = re.compile(r"([0-9]{4})[/.年]([0-9]{1,2})[/.月]([0-9]{1,2})日?")


def read_questionnaire(content: bytes, name: str, packs: Packs) -> tuple[Document, tuple[Problem, ...]]:
    """The fact file that a workbook amounts to, and what is wrong with its cells.

    Raises:
        InputError: it is no workbook that can be read (see :mod:`checker.workbooks`), or no questionnaire.
    """
    reader = _Reader(packs, name)
    tree = reader.tree(read_workbook(content, name))
    return Document(name, tree, hashlib.sha256(content).hexdigest(), reader.find), tuple(reader.problems)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row that says something: its cells by the key of their column, and the number of each column."""

    sheet: Sheet
    place: Place
    cells: Mapping[str, Content]
    columns: Mapping[str, int]

    def at(self, key: str) -> Place:
        """The place of one of its cells."""
        return Place(self.place.file, self.place.line, self.columns.get(key, 0), sheet=self.place.sheet)


class _Reader:
    """Reads sheet by sheet; remembers where everything in the tree stood, and every problem."""

    def __init__(self, packs: Packs, name: str) -> None:
        self.problems: list[Problem] = []
        self._vocabulary: Vocabulary = packs.vocabulary
        self._sheets = sheets(packs)
        self._name = name
        self._places: dict[TreePath, Place] = {}
        self._columns: dict[str, dict[str, int]] = {}
        self._codes: dict[int, dict[str, str]] = {}

    def find(self, path: TreePath) -> tuple[int, int, str]:
        """Row, column and sheet of what stands at a path, or of the nearest thing around it."""
        while path and path not in self._places:
            path = path[:-1]
        place = self._places.get(path, Place(self._name))
        return place.line, place.column, place.sheet

    def tree(self, grids: Iterable[Grid]) -> dict[str, Any]:
        """The tree of the fact file."""
        found = self._recognised(grids)
        for key in _NEEDED:
            if key not in found:
                raise InputError([problem(Place(self._name), "not_questionnaire", sheet=self._sheets[key].title)])
        rows = {key: list(self._rows(self._sheets[key], grid)) for key, grid in found.items()}
        tree: dict[str, Any] = {"company": {}, "period": {}}
        self._shell(rows["company"], tree)
        self._missing_items(found["company"], tree)
        tree["facts"] = self._facts(rows["facts"])
        for key in ("documents", "evidence"):
            tree[key] = self._named(rows.get(key, []), key, "id")
        for key in ("events", "event_statements", "ratings"):
            tree[key] = [self._entry(row, (key, index)) for index, row in enumerate(rows.get(key, []))]
        self._check_denials(rows.get("event_statements", []), tree)
        tree["refinements"] = self._named(rows.get("refinements", []), "refinements", "pack")
        return {key: part for key, part in tree.items() if part or key in ("company", "period", "facts")}

    def _check_denials(self, rows: list[_Row], tree: Mapping[str, Any]) -> None:
        """Whoever says that something did happen has to list it; without, the statement would say that nothing did."""
        recorded = {event.get("kind") for event in tree["events"]}
        for row, said in zip(rows, tree["event_statements"], strict=True):
            if said.get("none") is False and said.get("kind") not in recorded:
                self._add(row.at("none"), "happened_not_listed", sheet=self._sheets["events"].title)

    # --- sheets, headings, rows

    def _recognised(self, grids: Iterable[Grid]) -> dict[str, Grid]:
        titles = {form.casefold(): key for key, sheet in self._sheets.items() for form in sheet.title}
        ours = {form.casefold() for title in (INSTRUCTIONS, LISTS) for form in title}
        found: dict[str, Grid] = {}
        for grid in grids:
            title, place = grid.title.strip().casefold(), Place(self._name, sheet=grid.title)
            key = titles.get(title)
            if key is None:
                if grid.rows and title not in ours:
                    self.problems.append(problem(place, "sheet_ignored", fatal=False))
            elif key in found:
                self.problems.append(problem(place, "sheet_twice", sheet=found[key].title))
            else:
                found[key] = grid
        return found

    def _rows(self, sheet: Sheet, grid: Grid) -> Iterator[_Row]:
        """The rows below the headings that say something."""
        head, columns = self._headings(sheet, grid)
        self._columns[sheet.key] = columns
        here = Place(self._name, sheet=grid.title)
        keys = {number: key for key, number in columns.items()}
        kinds = {column.key: column.kind for column in sheet.columns}
        strange: set[int] = set()
        self._check_merged(grid, head, keys.keys(), here)
        for number, cells in grid.rows.items():
            if number <= head:
                continue
            for column in sorted(cells.keys() - keys.keys() - strange):
                strange.add(column)
                heading = grid.rows.get(head, {}).get(column) or letters(column)
                at = Place(here.file, number, column, sheet=here.sheet)
                self.problems.append(problem(at, "column_ignored", fatal=False, column=heading))
            said = {keys[column]: content for column, content in cells.items() if column in keys and kinds[keys[column]] != "shown"}
            if said.keys() - set(sheet.given):
                yield _Row(sheet, Place(here.file, number, sheet=here.sheet), said, columns)

    def _check_merged(self, grid: Grid, head: int, columns: Collection[int], here: Place) -> None:
        """Only the first of merged cells holds something: the others would be taken for empty."""
        for top, left, bottom, right in grid.merged:
            if bottom > head and any(left <= column <= right for column in columns) and any(number in grid.rows for number in range(max(top, head + 1), min(bottom, max(grid.rows, default=0)) + 1)):
                self._add(Place(here.file, top, left, sheet=here.sheet), "merged_cells", last=f"{letters(right)}{bottom}")

    def _headings(self, sheet: Sheet, grid: Grid) -> tuple[int, dict[str, int]]:
        """The row of the headings, and the column of each that is there."""
        known = {form.strip().casefold(): column.key for column in sheet.columns for form in column.heading}
        for number, cells in sorted(grid.rows.items())[:_HEADINGS_WITHIN]:
            columns: dict[str, int] = {}
            twice: list[Problem] = []
            for column, content in sorted(cells.items()):
                key = known.get(content.strip().casefold()) if isinstance(content, str) else None
                if key in columns:
                    twice.append(problem(Place(self._name, number, column, sheet=grid.title), "heading_twice", column=content))
                elif key is not None:
                    columns[key] = column
            if columns.keys() >= set(sheet.needed):
                self.problems += twice
                gone = [column.heading for column in sheet.columns if column.key not in columns and column.kind not in ("shown", "unit")]
                self.problems += [problem(Place(self._name, number, sheet=grid.title), "heading_missing", fatal=False, column=heading) for heading in gone]
                return number, columns
        if grid.rows:
            wanted = [column.heading for column in sheet.columns if column.key in sheet.needed]
            listed = Text("、".join(heading.zh for heading in wanted), ", ".join(heading.en for heading in wanted))
            self.problems.append(problem(Place(self._name, sheet=grid.title), "no_headings", columns=listed))
        return max(grid.rows, default=0), {}

    # --- the parts of the tree

    def _shell(self, rows: list[_Row], tree: dict[str, Any]) -> None:
        """Company, period, day judged and panel out of rows that name what they say."""
        items = {form.strip().casefold(): item for item in ITEMS for form in (item.path, *item.label)}
        places: dict[str, Place] = {}
        for row in rows:
            said = row.cells.get("path", "")
            item = items.get(said.strip().casefold()) if isinstance(said, str) else None
            if item is None:
                self._add(row.at("path"), "row_without_key", column=self._heading(row.sheet, "path"))
                continue
            if item.path in places and not item.several:
                self._add(row.at("value"), "repeated_name", name=item.label, place=places[item.path])
            places[item.path] = row.at("value")
            self._item(item, row, tree)
        if "period.end" in places:
            self._places[("period",)] = places["period.end"]

    def _missing_items(self, grid: Grid, tree: Mapping[str, Any]) -> None:
        """Tells of items that have to be filled in and are not; without headings that is all there is to tell."""
        columns = self._columns["company"]
        if not columns:
            self._places |= dict.fromkeys([("company",), ("period",)], Place(self._name, sheet=grid.title))
            return
        for item in ITEMS:
            group, _, key = item.path.rpartition(".")
            if item.needed and key not in tree[group]:
                row = next((number for number, cells in grid.rows.items() if cells.get(columns.get("path", 0)) == item.path), 0)
                at = Place(self._name, row, columns.get("value", 0) if row else 0, sheet=grid.title)
                self._places[group,] = at  # where the builder will miss it, too
                self._add(at, "not_filled_in", column=item.label)

    def _item(self, item: Item, row: _Row, tree: dict[str, Any]) -> None:
        group, _, key = item.path.rpartition(".")
        into = tree[group] if group else tree
        value = self._of_kind(row.cells["value"], Column("value", item.label, 0, item.kind, self._vocabulary.terms.traits), row.at("value"))
        path: TreePath = tuple(item.path.split("."))
        if item.several:
            into.setdefault(key, []).append(value)
            path = (*path, len(into[key]) - 1)
        else:
            into[key] = value
        self._places[path] = row.at("value")

    def _facts(self, rows: list[_Row]) -> dict[str, Any]:
        said: dict[str, list[_Row]] = {}
        for row in rows:
            path = row.cells.get("path")
            if path is None:
                self._add(row.at("path"), "row_without_key", column=self._heading(row.sheet, "path"))
            elif not isinstance(path, str) or path.strip() not in self._vocabulary.words:
                self._record(self._vocabulary.unknown_fact(str(path).strip(), row.at("path")))
            else:
                said.setdefault(path.strip(), []).append(row)
        tree: dict[str, Any] = {}
        for fact, each in said.items():
            *groups, last = fact.split(".")
            inside = tree
            for group in groups:
                inside = inside.setdefault(group, {})
            where: TreePath = ("facts", *groups, last)
            statements = [self._statement(self._vocabulary.words[fact], row, where if len(each) == 1 else (*where, index))
                          for index, row in enumerate(each)]
            inside[last] = statements[0] if len(each) == 1 else statements
        return tree

    def _statement(self, word: Word, row: _Row, path: TreePath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "unit" in row.cells:
            unit = row.cells["unit"]
            units = self._vocabulary.terms.units
            forms = ("%", "％") if word.type == "ratio" else (word.unit, *units[word.unit]) if word.unit else ()
            if (unit.strip() if isinstance(unit, str) else unit) not in forms:
                found["unit"] = self._text(unit, row.at("unit"))
        if "value" in row.cells:
            found |= self._value(word, row.cells["value"], row.at("value"))
        found |= self._entry(row, path, skip=("path", "unit", "value"))
        if ("value" in row.cells) is ("missing" in row.cells):
            self._add(row.at("value"), "answer_and_reason" if "value" in row.cells else "no_answer")
        self._places |= {path: row.at("value"), (*path, "value"): row.at("value"), (*path, "unit"): row.at("unit")}
        return found

    def _value(self, word: Word, content: Content, at: Place) -> dict[str, Any]:
        """The value of a fact, with its unit where a share was written as text with a sign of per cent."""
        match word.type:
            case "boolean":
                return {"value": self._yes(content, at)}
            case "choice":
                return {"value": self._code(content, word.choices or {}, at)}
            case "date":
                return {"value": self._day(content, at)}
            case "month":
                return {"value": content.isoformat()[:7] if isinstance(content, date) else self._text(content, at).strip()}
            case "text":
                return {"value": self._text(content, at)}
            case _:
                percent = _percent(content) if word.type == "ratio" else None
                if percent is not None:
                    return {"value": self._number(percent, at), "unit": "%"}
                number = self._number(content, at)
                if word.type == "ratio" and isinstance(number, int | Decimal) and number > 1:
                    self._add(at, "percent_wanted", said=number)
                return {"value": number}

    def _named(self, rows: list[_Row], key: str, column: str) -> dict[str, Any]:
        """Entries by their names."""
        found: dict[str, Any] = {}
        for row in rows:
            kind = next(each for each in row.sheet.columns if each.key == column)
            if column not in row.cells:
                self._add(row.at(column), "row_without_key", column=self._heading(row.sheet, column))
                continue
            name = str(self._of_kind(row.cells[column], kind, row.at(column)))
            if name in found:
                self._add(row.at(column), "repeated_name", name=name, place=self._places[key, name])
                continue
            found[name] = self._entry(row, (key, name), skip=(column,))
        return found

    def _entry(self, row: _Row, path: TreePath, skip: tuple[str, ...] = ()) -> dict[str, Any]:
        """Whatever a row says, by the keys of its columns; ``aspects.results`` goes into a group."""
        found: dict[str, Any] = {}
        for column in row.sheet.columns:
            if column.key in row.cells and column.key not in skip:
                *groups, last = column.key.split(".")
                inside = found
                for group in groups:
                    inside = inside.setdefault(group, {})
                inside[last] = self._of_kind(row.cells[column.key], column, row.at(column.key))
                self._places[*path, *groups, last] = row.at(column.key)
        first = next(column.key for column in row.sheet.columns if column.key in row.columns)
        blank = [key for key in row.sheet.needed if key not in row.cells and key not in skip]
        self._places[path] = row.at(blank[0] if blank else first)
        for key in blank:
            self._add(row.at(key), "not_filled_in", column=self._heading(row.sheet, key))
        return found

    # --- single cells

    def _of_kind(self, content: Content, column: Column, at: Place) -> Any:
        match column.kind:
            case "choice":
                return self._code(content, column.choices, at)
            case "reasons":
                return [self._code(reason, column.choices, at) for reason in parted(self._text(content, at))]
            case "names":
                return parted(self._text(content, at))
            case "id":
                return self._id(content, at)
            case "yes":
                return self._yes(content, at)
            case "date":
                return self._day(content, at)
            case "share":
                percent = _percent(content)
                number = self._number(content if percent is None else percent, at)
                return Decimal(number).scaleb(-2) if percent is not None and isinstance(number, int | Decimal) else number
            case "number":
                return self._number(content, at)
            case _:
                return self._text(content, at)

    def _text(self, content: Content, at: Place) -> str:
        """A text; the digits of a whole number stand for themselves."""
        if isinstance(content, str):
            return content
        if isinstance(content, Odd):
            return self._odd(content, at)
        plain = isinstance(content, int) and not isinstance(content, bool) and len(str(abs(content))) <= _SAFE_DIGITS
        if not plain:
            found = Text("真假值", "true or false") if isinstance(content, bool) else Text("日期", "a date") if isinstance(content, date) else Text("数", "a number")
            self._add(at, "format_as_text", found=found)
        return str(content)

    def _id(self, content: Content, at: Place) -> str:
        names = parted(self._text(content, at))
        if len(names) != 1:
            self._add(at, "one_name", number=len(names))
        return names[0] if names else ""

    def _yes(self, content: Content, at: Place) -> Any:
        if isinstance(content, bool):
            return content
        said = self._odd(content, at) if isinstance(content, Odd) else str(content)
        plain = said.strip().casefold()
        if plain in YES or plain in NO:
            return plain in YES
        if not isinstance(content, Odd):
            self._not_a_choice(said, YES_NO, at)
        return said

    def _code(self, content: Content, choices: Mapping[str, Text], at: Place) -> str:
        """The code of what was chosen; a code that is none stays as it was written."""
        if isinstance(content, Odd):
            return self._odd(content, at)
        said = str(content).strip()
        known = self._codes.setdefault(id(choices), codes(choices))
        code = known.get(said.casefold())
        if code is None:
            self._not_a_choice(said, choices, at)
        return code or said

    def _not_a_choice(self, said: str, choices: Mapping[str, Text], at: Place) -> None:
        zh, en = (shown(choices, lang) for lang in ("zh", "en"))
        hint = nearest(said, [*zh.values(), *en.values()], Text("请从下拉列表中选择。", "Choose from the drop-down list."))
        self._add(at, "not_a_choice", value=said, choices=Text("、".join(zh.values()), ", ".join(en.values())), hint=hint)

    def _day(self, content: Content, at: Place) -> Any:
        if isinstance(content, Odd):
            return self._odd(content, at)
        if isinstance(content, date):
            return content.isoformat()
        said = str(content).strip()
        slashed = _SLASHED.fullmatch(said)
        if slashed:
            with suppress(ValueError):
                return date(*map(int, slashed.groups())).isoformat()
        return said

    def _number(self, content: Content, at: Place) -> Any:
        if isinstance(content, Odd):
            return self._odd(content, at)
        if isinstance(content, str):
            said = content.strip()
            if not PLAIN_NUMBER.fullmatch(said):
                self._add(at, "not_a_number", said=said[:40])
                return said
            digits = said
        elif isinstance(content, bool | date):
            return str(content)
        else:
            digits = format(Decimal(content), "f")
        if len(digits) > DIGIT_LIMIT:
            self._add(at, "too_many_digits", digits=len(digits.strip("-")), limit=DIGIT_LIMIT)
            return digits
        return Decimal(digits) if "." in digits else int(digits)

    def _odd(self, content: Odd, at: Place) -> str:
        if content.kind == "moment":
            self._add(at, "impossible_date", said=content.said)
        else:
            self._add(at, "formula_cell" if content.kind == "formula" else "error_cell", said=content.said)
        return content.said

    def _heading(self, sheet: Sheet, key: str) -> Text:
        return next(column.heading for column in sheet.columns if column.key == key)

    def _add(self, at: Place, code: str, **words: Any) -> None:
        self._record(problem(at, code, **words))

    def _record(self, found: Problem) -> None:
        """Records a problem; after :data:`~checker.load.PROBLEM_LIMIT` of them the file is given up."""
        self.problems.append(found)
        if len(self.problems) >= PROBLEM_LIMIT:
            raise InputError([*self.problems, problem(Place(self._name), "too_many_problems", limit=PROBLEM_LIMIT)])


def _percent(content: Content) -> str | None:
    """What stands before a per cent sign; nothing where there is none."""
    said = content.strip() if isinstance(content, str) else ""
    return said[:-1].rstrip() if said.endswith(("%", "％")) else None
