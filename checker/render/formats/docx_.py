"""A report as a Word document: the working paper of an audit file, with room for whoever reviews it.

Headings are real ones, so that the navigation pane lists every clause; a finding is a small table that is not torn apart between pages.
The same report gives the same bytes on any day.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from checker.conditions import Verdict
from checker.errors import Text
from checker.render.drafting import draft
from checker.render.paper import Heading, Item, PackSheet, Paper, ScoreSheet
from checker.render.telling import ANSWERS, PARTS, REVIEW, SIGNED, WORDS, marked, pieces, restriction, told
from checker.render.view import View
from checker.report import Report

#: Latin and Chinese fonts that Word and WPS have everywhere.
_FONT, _EAST_ASIAN = "Calibri", "宋体"
_FILLS: dict[Verdict, str] = {"satisfied": "C6EFCE", "violated": "FFC7CE", "unknown": "FFEB9C", "not_applicable": "EDEDED"}
_HEAD = "E7EAF0"
#: What XML cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: How wide a table is, in millimetres, and the shares of the columns where the first is a title and numbers follow.
_WIDTH = 178
_TITLE_FIRST = (4, 2)


def render(report: Report, view: View) -> bytes:
    """The report as a Word document."""
    told_report = draft(report, view)
    writer = _Writer(told_report, view)
    writer.write()
    writer.sign(f"{view.say(PARTS['title'])} {told_report.company}", f"esgcheck {report.program}",
                datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC).replace(tzinfo=None))
    return _timeless(writer.saved())


def _timeless(content: bytes) -> bytes:
    """The document with no time of day in its archive."""
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            after.writestr(zipfile.ZipInfo(entry.filename), before.read(entry), zipfile.ZIP_DEFLATED)
    return changed.getvalue()


def _plain(said: str) -> str:
    """A text that XML can hold."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", said)


class _Writer:
    """Writes one document from front to back."""

    def __init__(self, told_report: Paper, view: View) -> None:
        self._paper, self._view = told_report, view
        self._document: Any = Document()
        self._set_up()

    def write(self) -> None:
        """Everything, in the order in which it is read."""
        self._heading(self._paper.company, 0)
        self._line(self._say(PARTS["title"]), style="Subtitle")
        for sentence in self._paper.outcome:
            self._line(sentence, style="List Bullet")
        self._table([(name, value) for name, value in self._paper.facts])
        self._table([(self._say(name), "") for name, _ in SIGNED])
        limited = restriction(self._view)
        if limited:
            self._line(limited)
        self._heading(self._say(PARTS["summary"]), 1)
        for pack in self._paper.packs:
            self._summary(pack)
        self._contradictions()
        for pack in self._paper.packs:
            self._findings(pack)
        self._evidence()
        self._closing()

    # --- the parts ---------------------------------------------------------------------------------------------------------

    def _summary(self, pack: PackSheet) -> None:
        """How many findings of each chapter and modality have each verdict, and the score."""
        self._heading(f"{pack.title} ({pack.name})", 2)
        for said in (pack.reason, *pack.remarks):
            self._line(said)
        head = [self._say(WORDS["chapter"]), self._say(WORDS["modality"]), *(f"{mark} {word}" for _, mark, word in self._paper.verdicts)]
        self._table([(row.chapter, row.modality, *map(str, row.numbers)) for row in pack.counts], head, _TITLE_FIRST)
        if pack.extents:
            self._table(pack.extents[1:], pack.extents[0], _TITLE_FIRST)
        for _, said in pack.conclusions:
            self._line(said)
        if pack.score:
            self._score(pack.score)

    def _score(self, score: ScoreSheet) -> None:
        for said in (*([score.grade] if score.grade else []), *(name for name, _ in score.picture.bars)):
            self._line(said, bold=True)
        for said in score.notes:
            self._line(said)
        rows = [(f"{row.number} {row.title}".strip(), *row.cells) for row in score.table.rows]
        self._table(rows, [self._say(WORDS["number"]), *score.table.headings], (7, 2))

    def _contradictions(self) -> None:
        if self._paper.contradictions:
            self._heading(self._say(PARTS["contradictions"]), 1)
            self._table([(label, about, how, sides) for how, label, about, sides in self._paper.contradictions],
                        [self._say(WORDS[name]) for name in ("about", "path", "contradiction", "value")], (3, 3, 3, 5))

    def _findings(self, pack: PackSheet) -> None:
        if not pack.chapters:
            return
        self._heading(f"{self._say(PARTS['findings'])}{self._say(Text('：', ': '))}{pack.title}", 1)
        for chapter in pack.chapters:
            if chapter.above:
                self._heading(chapter.above, 2)
            self._chapter(chapter, 2)

    def _chapter(self, chapter: Heading, level: int) -> None:
        self._heading(f"{chapter.number} {chapter.title}", level)
        if chapter.note:
            self._line(chapter.note, italic=True)
        for item in chapter.items:
            self._finding(item)
        for section in chapter.sections:
            self._chapter(section, 3)

    def _finding(self, item: Item) -> None:
        """A heading for the navigation pane, what is told, and the reviewer's fields, in one block."""
        self._heading(f"{item.number} {item.title}", 4)
        verdict = f"{marked(item)} · {item.modality_word} · {item.kind}" + (f" · {item.points}" if item.points else "")
        rows = [(self._say(WORDS["verdict"]), verdict)]
        rows += [(part.name, "\n".join(part.lines)) for part in told(item, self._view) if any(part.lines)]
        answers = "   ".join(f"☐ {self._say(answer)}" for answer in ANSWERS)
        rows += [(self._say(name), answers if key == "agreed" else "") for key, name in REVIEW.items()]
        self._table(rows, together=True, tints={0: _FILLS[item.verdict]})

    def _evidence(self) -> None:
        found = pieces(self._paper)
        if found:
            self._heading(self._say(PARTS["evidence"]), 1)
            rows = [(proof.name, proof.document, proof.place, "; ".join(proof.remarks), ", ".join(clauses)) for proof, clauses in found]
            self._table(rows, [self._say(WORDS[name]) for name in ("id", "document", "place", "text", "clauses")], (2, 4, 5, 5, 5))

    def _closing(self) -> None:
        """Notes on the sources, waivers, warnings, digests."""
        if self._paper.notes:
            self._heading(self._say(PARTS["notes"]), 1)
            self._table(self._paper.notes, [self._say(WORDS[name]) for name in ("about", "title", "text")], (2, 3, 7))
        if self._paper.waivers or self._paper.warnings:
            self._heading(self._say(PARTS["waivers"]), 1)
            for said in (*self._paper.waivers, *self._paper.warnings):
                self._line(said, style="List Bullet")
        self._heading(self._say(PARTS["documents"]), 1)
        for name, title in self._paper.documents:
            self._line(f"[{name}] {title}", style="List Bullet")
        for pack in self._paper.packs:
            self._table([(f"{pack.name} {name}", value) for name, value in pack.source])

    # --- what documents are made of ----------------------------------------------------------------------------------------

    def _heading(self, said: str, level: int) -> None:
        self._document.add_heading(_plain(said), level)

    def _line(self, said: str, *, style: str | None = None, bold: bool = False, italic: bool = False) -> None:
        run = self._document.add_paragraph(style=style).add_run(_plain(said))
        run.bold, run.italic = bold or None, italic or None

    def _table(self, rows: Sequence[Sequence[str]], head: Sequence[str] = (), shares: Sequence[int] = (1, 5), *, together: bool = False,
               tints: dict[int, str] | None = None) -> None:
        """A table; without headings its first column names what stands beside it. ``shares`` are the widths of its columns, the last one
        for all that follow; ``together`` keeps it on one page where one is enough.

        It is built from XML elements: python-docx looks a cell up by walking the table, which takes minutes for a thousand findings.
        """
        if not rows:
            return
        table = self._document.add_table(0, len(rows[0]), style="Table Grid")
        table.autofit = False
        parts = [shares[min(place, len(shares) - 1)] for place in range(len(rows[0]))]
        widths = [_WIDTH * part // sum(parts) for part in parts]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for row in (head,) if head else ():
            made = _row(row, widths, fills=[_HEAD] * len(row), bold=True)
            properties = made.get_or_add_trPr()
            properties.append(OxmlElement("w:tblHeader"))
            table._tbl.append(made)  # noqa: SLF001  # see above
        for place, row in enumerate(rows):
            fills = [_HEAD if not head and column == 0 else (tints or {}).get(place, "") if column == 1 else "" for column in range(len(row))]
            table._tbl.append(_row(row, widths, fills=fills, keep=together and place < len(rows) - 1))  # noqa: SLF001
        self._document.add_paragraph().paragraph_format.space_after = Pt(0)

    def _say(self, words: Text) -> str:
        return self._view.say(words)

    # --- the document itself -----------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        """A4, fonts for both scripts, the language, and what stands on every page."""
        section = self._document.sections[0]
        section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(16)
        section.top_margin = section.bottom_margin = Mm(18)
        for style in self._document.styles:
            if style.type is not None and hasattr(style, "font") and style.name in _STYLES:
                style.font.name, style.font.color.rgb = _FONT, RGBColor(0x1B, 0x1F, 0x24)
                fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
                fonts.set(qn("w:eastAsia"), _EAST_ASIAN)
                for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                    fonts.attrib.pop(qn(theme), None)
        normal = self._document.styles["Normal"]
        normal.font.size, normal.paragraph_format.space_after = Pt(9.5), Pt(3)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-GB")
        language.set(qn("w:eastAsia"), "zh-CN")
        normal.element.get_or_add_rPr().append(language)
        section.header.paragraphs[0].text = _plain(self._paper.company)
        footer = section.footer.paragraphs[0]
        for part in ("PAGE", " / ", "NUMPAGES"):
            _field(footer, part) if part.isalpha() else footer.add_run(part)

    def sign(self, title: str, author: str, day: datetime) -> None:
        """What the document says of itself."""
        properties = self._document.core_properties
        properties.title, properties.author, properties.last_modified_by = _plain(title)[:255], author, author
        properties.created = properties.modified = day
        properties.comments = ""

    def saved(self) -> bytes:
        """The document as bytes."""
        stream = BytesIO()
        self._document.save(stream)
        return stream.getvalue()


_STYLES = ("Normal", "Title", "Subtitle", "List Bullet", "Heading 1", "Heading 2", "Heading 3", "Heading 4")


def _row(cells: Iterable[str], widths: Sequence[int], *, fills: Sequence[str], bold: bool = False, keep: bool = False) -> Any:
    """A row of a table that is not torn apart between pages; ``keep`` holds it on the page of the next one."""
    row = OxmlElement("w:tr")
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for said, width, fill in zip(cells, widths, fills, strict=True):
        cell = OxmlElement("w:tc")
        properties = OxmlElement("w:tcPr")
        properties.append(_element("w:tcW", w=str(Mm(width).twips), type="dxa"))
        if fill:
            properties.append(_element("w:shd", val="clear", color="auto", fill=fill))
        cell.append(properties)
        for line in _plain(said).split("\n"):
            cell.append(_paragraph(line, bold=bold, keep=keep))
        row.append(cell)
    return row


def _paragraph(said: str, *, bold: bool, keep: bool) -> Any:
    paragraph = OxmlElement("w:p")
    properties = OxmlElement("w:pPr")
    if keep:
        properties.append(OxmlElement("w:keepNext"))
    properties.append(_element("w:spacing", after="20"))
    paragraph.append(properties)
    run = OxmlElement("w:r")
    if bold:
        looks = OxmlElement("w:rPr")
        looks.append(OxmlElement("w:b"))
        run.append(looks)
    text = OxmlElement("w:t")
    text.text = said
    text.set(qn("xml:space"), "preserve")
    run.append(text)
    paragraph.append(run)
    return paragraph


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _field(paragraph: Any, instruction: str) -> None:
    """A field that Word fills in, such as the number of the page."""
    field = _element("w:fldSimple", instr=instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001  # python-docx has no fields of its own
