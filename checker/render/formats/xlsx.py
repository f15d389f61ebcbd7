"""A report as a workbook: the working paper of an audit file, with empty columns for whoever reviews it.

Whatever comes from a file of facts is written as text and as nothing else: no cell is a formula or a link. A number is one only
where it is exact in a spreadsheet, too. The same report gives the same bytes on any day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from checker.cells import CELL_LIMIT, DIGITS, Texts, height, length
from checker.conditions import Verdict
from checker.errors import Text
from checker.render.drafting import draft
from checker.render.paper import Heading, Item, PackSheet, Paper
from checker.render.telling import ANSWERS, NAMES, PARTS, REVIEW, SIGNED, WORDS, marked, pieces, restriction, told
from checker.render.view import View
from checker.report import Report

#: How many line breaks a cell holds.
BREAKS = 253
#: How many characters of a company's name the head of a printed page has; the whole head may have 255.
HEAD = 80

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FONTS = {"zh": "Microsoft YaHei", "en": "Calibri"}
_FILLS: dict[Verdict, str] = {"satisfied": "#C6EFCE", "violated": "#FFC7CE", "unknown": "#FFEB9C", "not_applicable": "#EDEDED"}
_NUMBER = re.compile(r"[+−-]?\d+(\.\d+)?")
_NARROW = 5

Cell = str | Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, how wide it is, and whether a reviewer fills it in."""

    name: str
    width: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row; ``verdict`` colours the cell at ``tinted``, ``strong`` is the row of a sum or a heading."""

    cells: tuple[Cell, ...]
    verdict: Verdict | None = None
    strong: bool = False


def render(report: Report, view: View) -> bytes:
    """The report as a workbook."""
    told_report = draft(report, view)
    stream, texts = BytesIO(), Texts()
    day = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC).replace(tzinfo=None)
    with Workbook(stream, _OPTIONS) as book:
        book.set_properties({"title": f"{view.say(PARTS['title'])} {told_report.company}", "author": f"esgcheck {report.program}", "created": day})
        _Writer(book, told_report, view, str(report.as_of), texts).write()
    return texts.restored(stream.getvalue())


def fitted(said: str, view: View) -> str:
    """A text that fits into a cell; where it does not, it is cut and says so."""
    if length(said) <= CELL_LIMIT:
        return said
    mark = view.say(Text(f"…〔已截断，全文 {len(said)} 字〕", f"… [cut off here; {len(said)} characters in all]"))
    return said.encode("utf-16-le")[:2 * (CELL_LIMIT - length(mark))].decode("utf-16-le", "ignore") + mark


def number(said: str) -> Cell:
    """An exact number as a number; ranges, percentages, rounded and long ones stay text."""
    if _NUMBER.fullmatch(said) and sum(map(str.isdigit, said)) <= DIGITS:
        return Decimal(said.replace("−", "-"))
    return said


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Workbook, told_report: Paper, view: View, day: str, texts: Texts) -> None:
        self._book, self._paper, self._view, self._day, self._texts = book, told_report, view, day, texts
        base = {"font_name": _FONTS[view.lang], "font_size": 10, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF"}
        self._plain = self._format(base)
        self._strong = self._format({**base, "bold": True, "bg_color": "#F2F2F2"})
        self._head = self._format({**base, "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "valign": "vcenter"})
        self._title = self._format({"font_name": base["font_name"], "font_size": 16, "bold": True})
        self._empty = self._format({**base, "bg_color": "#FFFDF2", "border_color": "#7F7F7F"})
        self._date = self._format({**base, "bg_color": "#FFFDF2", "border_color": "#7F7F7F", "num_format": "yyyy-mm-dd"})
        self._tints = {verdict: self._format({**base, "bg_color": fill}) for verdict, fill in _FILLS.items()}

    def _format(self, looks: dict[str, object]) -> Format:
        return self._book.add_format(looks)

    def write(self) -> None:
        """All sheets."""
        self._summary()
        self._counts()
        self._findings()
        self._facts()
        self._scores()
        self._evidence()
        self._table("contradictions", self._columns(contradiction=30, about=34, path=34, value=60),
                    [Row(found) for found in self._paper.contradictions])
        self._table("notes", self._columns(about=26, title=40, text=90), [Row(note) for note in self._paper.notes])
        self._table("waivers", self._columns(kind=12, text=120), [
            *(Row((self._say(PARTS["waiver"]), said)) for said in self._paper.waivers),
            *(Row((self._say(PARTS["warning"]), said)) for said in self._paper.warnings)])

    # --- the sheets --------------------------------------------------------------------------------------------------------

    def _summary(self) -> None:
        """Who was judged, on what, by what, with what outcome; in two columns, so that long lines keep their height."""
        sheet = self._sheet("summary")
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, self._say(PARTS["title"]), self._title)
        rows = [(self._say(WORDS["company"]), self._paper.company), *self._paper.facts]
        rows += [(self._say(WORDS["outcome"]), sentence) for sentence in self._paper.outcome]
        limited = restriction(self._view)
        rows += [(self._say(PARTS["findings"]), limited)] if limited else []
        rows += [(self._say(WORDS["legend"]), self._say(Text("；", "; ")).join(f"{mark} {word}" for _, mark, word in self._paper.verdicts))]
        rows += [row for pack in self._paper.packs for row in self._pack(pack)]
        rows += [(f"{self._say(WORDS['document'])} {name}", title) for name, title in self._paper.documents]
        for place, (name, value) in enumerate(rows, 2):
            sheet.set_row(place, height([(name, 30), (value, 100)]))
            self._put(sheet, place, 0, name, self._strong)
            self._put(sheet, place, 1, value, self._plain)
        for place, (signed, day) in enumerate(SIGNED, 3 + len(rows)):
            self._put(sheet, place, 0, self._say(signed), self._strong)
            sheet.write_blank(place, 1, None, self._date if day else self._empty)

    def _pack(self, pack: PackSheet) -> Iterable[tuple[str, str]]:
        yield f"{self._say(WORDS['pack'])} {pack.name}", f"{pack.title}{self._say(Text('：', ': '))}{pack.reason}"
        yield from ((f"{pack.name} {name}", value) for name, value in pack.source)
        yield from ((pack.name, remark) for remark in pack.remarks)
        yield from ((pack.name, said) for _, said in pack.conclusions)
        if pack.score:
            said = (*(name for name, _ in pack.score.picture.bars), *([pack.score.grade] if pack.score.grade else []), *pack.score.notes)
            yield from ((f"{pack.name} {self._say(PARTS['scores'])}", line) for line in said)

    def _counts(self) -> None:
        """How many findings of each chapter and modality have each verdict, and how much of it was disclosed."""
        words = [f"{mark} {word}" for _, mark, word in self._paper.verdicts]
        extents = next((pack.extents[0][1:] for pack in self._paper.packs if pack.extents), ())
        columns = [*self._columns(pack=18, chapter=44, modality=12), *(Column(word, 12) for word in (*words, self._say(WORDS["total"]), *extents))]
        rows = []
        for pack in self._paper.packs:
            blank = ("",) * len(extents)
            rows += [Row((pack.name, row.chapter, row.modality, *map(Decimal, row.numbers), Decimal(sum(row.numbers)), *blank), strong=row.total)
                     for row in pack.counts]
            rows += [Row((pack.name, chapter, pack.extents[0][0], *("",) * (1 + len(words)), *map(number, numbers)))
                     for chapter, *numbers in pack.extents[1:]]
        self._table("counts", columns, rows)

    def _findings(self) -> None:
        """A row a finding, and beside it the columns of the reviewer."""
        wide = {"statement": 22, "reason": 26, "needs": 12, "facts": 26, "evidence": 22, "score": 15, "remarks": 16, "note": 20}
        columns = [*self._columns(pack=8, chapter=11, number=10, title=14, kind=6, modality=6, verdict=8, points=9),
                   *(Column(self._say(name), wide.get(key, 11)) for key, name in NAMES.items()),
                   *(Column(self._say(name), width, empty=True) for name, width in zip(REVIEW.values(), (7, 14, 16, 8, 10), strict=True))]
        rows = [Row(self._finding(item, chapter), item.verdict) for pack in self._paper.packs for chapter in pack.chapters
                for item in chapter.all_items()]
        sheet = self._table("findings", columns, rows, tinted=6, frozen=4)
        sheet.set_paper(8)  # A3: two dozen columns on A4 are too small to read
        first = next(place for place, column in enumerate(columns) if column.empty)
        sheet.data_validation(1, first, len(rows), first, {
            "validate": "list", "source": [self._say(answer) for answer in ANSWERS],
            "error_title": self._say(REVIEW["agreed"]), "error_message": " / ".join(map(self._say, ANSWERS))})

    def _finding(self, item: Item, chapter: Heading) -> tuple[Cell, ...]:
        begin = item.pack, f"{chapter.number} {chapter.title}", item.number, item.title, item.kind, item.modality_word, marked(item), item.points
        return (*begin, *(self._lines(part.lines) for part in told(item, self._view)))

    def _facts(self) -> None:
        """A row a statement: what was stated of which fact, for which finding, on which evidence, and where."""
        columns = self._columns(pack=14, number=12, verdict=11, fact=34, path=34, role=12, value=24, id=12, in_file=30)
        columns.append(Column(self._say(NAMES["remarks"]), 24))
        rows = []
        for pack in self._paper.packs:
            for item in pack.all_items():
                for fact in item.facts:
                    begin = item.pack, item.number, marked(item), fact.label, fact.path, fact.role
                    rows += [Row((*begin, said.value, ", ".join(said.evidence), said.place, self._lines(said.remarks)), item.verdict) for said in fact.stated]
                    rows += [] if fact.stated else [Row((*begin, self._say(WORDS["not_told"]), "", "", ""), item.verdict)]
        self._table("facts", columns, rows, tinted=2)

    def _scores(self) -> None:
        """The ledger of each pack that has one; columns that a pack does without are empty in its rows."""
        tables = [(pack.name, pack.score.table) for pack in self._paper.packs if pack.score]
        headings = list(dict.fromkeys(heading for _, table in sorted(tables, key=lambda each: -len(each[1].headings)) for heading in table.headings))
        levels = {level: self._say(name) for level, name in _LEVELS.items()}
        rows = []
        for name, table in tables:
            for row in table.rows:
                cells = dict(zip(table.headings, row.cells, strict=True))
                rows.append(Row((name, levels[row.level], row.number, row.title, *(number(cells.get(heading, "")) for heading in headings)),
                                strong=row.level not in ("line", "event")))
        self._table("scores", [*self._columns(pack=14, level=10, number=12, title=60), *(Column(heading, 14) for heading in headings)], rows)

    def _evidence(self) -> None:
        found = pieces(self._paper)
        details = [name for name, _ in found[0][0].details] if found else []
        columns = [*self._columns(id=12, document=30, place=40), *(Column(name, 16) for name in details), *self._columns(clauses=50)]
        self._table("evidence", columns, [Row((proof.name, proof.document, proof.place, *(value for _, value in proof.details), ", ".join(clauses)))
                                          for proof, clauses in found])

    # --- what sheets are made of -------------------------------------------------------------------------------------------

    def _table(self, part: str, columns: Sequence[Column], rows: Sequence[Row], *, tinted: int = -1, frozen: int = 0) -> Worksheet:
        """A sheet with a row of headings that stays in sight, is repeated on each page, and filters."""
        sheet = self._sheet(part)
        filled = len([column for column in columns if not column.empty])
        blank = [bool(rows) and place < filled and not any(row.cells[place] != "" for row in rows) for place in range(len(columns))]
        widths = [min(column.width, _NARROW) if narrow else column.width for column, narrow in zip(columns, blank, strict=True)]
        sheet.set_row(0, height((column.name, width) for column, width in zip(columns, widths, strict=True)))
        for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.set_column(place, place, width)
            self._put(sheet, 0, place, column.name, self._head)
        for line, row in enumerate(rows, 1):
            sheet.set_row(line, height((str(cell), width) for cell, width in zip(row.cells, widths, strict=False)))
            looks = self._strong if row.strong else self._plain
            for place, cell in enumerate(row.cells):
                self._put(sheet, line, place, cell, self._tints[row.verdict] if row.verdict and place == tinted else looks)
            for place in range(filled, len(columns)):
                sheet.write_blank(line, place, None, self._date if place == len(columns) - 1 else self._empty)
        if not rows:
            sheet.write_string(1, 0, self._say(WORDS["none"]), self._plain)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        sheet.freeze_panes(1, frozen)
        sheet.repeat_rows(0)
        return sheet

    def _sheet(self, part: str) -> Worksheet:
        """An empty sheet, set up to be printed on A4 across."""
        sheet: Worksheet = self._book.add_worksheet(self._say(PARTS[part]))
        company = self._paper.company if len(self._paper.company) <= HEAD else self._paper.company[:HEAD - 1] + "…"
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.7, 0.6)
        sheet.set_header(f"&L{company.replace('&', '&&')}&C&A&R{self._day}")
        sheet.set_footer("&C&P / &N")
        return sheet

    def _put(self, sheet: Worksheet, row: int, column: int, cell: Cell, looks: Format) -> None:
        if isinstance(cell, Decimal):
            sheet.write_number(row, column, cell, looks)
        elif cell:
            sheet.write_string(row, column, self._texts.safe(fitted(cell, self._view)), looks)
        else:
            sheet.write_blank(row, column, None, looks)

    def _columns(self, **widths: int) -> list[Column]:
        return [Column(self._say(WORDS[name]), width) for name, width in widths.items()]

    def _lines(self, lines: Sequence[str]) -> str:
        return ("\n" if len(lines) <= BREAKS else self._say(Text("；", "; "))).join(lines)

    def _say(self, words: Text) -> str:
        return self._view.say(words)


_LEVELS = {
    "dimension": Text("维度", "dimension"),
    "chapter": Text("章", "chapter"),
    "section": Text("节", "section"),
    "line": Text("评分项", "line"),
    "event": Text("事件", "event"),
    "aside": Text("加减分", "aside"),
    "total": Text("总分", "total"),
}
