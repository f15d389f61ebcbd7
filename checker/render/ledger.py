"""The table of a score for terminals: titles folded to the room there is, every cell to the right of its column."""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Text
from checker.render.layout import FAINT, dressed, folded, padded, widest
from checker.render.scores import ScoreRow, ScoreTable, grade_text, notes, score_table, standing_notes
from checker.render.view import View
from checker.report import Judged
from checker.score import Score


def ledger(score: Score, judged: Judged, view: View) -> Iterator[str]:
    """The lines of the table, the total, and the grade with everything that bears on it."""
    table = score_table(score, judged, view)
    layout = _Layout(table, view)
    yield ""
    yield dressed(layout.row(view.say(Text("得分", "Score")), table.headings), view, bold=True)
    for row in table.rows:
        if row.level == "dimension" or (row.level == "total" and score.scoring.full_marks is None):
            yield ""
        yield from layout.lines(row)
    for note in notes(score):
        yield from folded(view.say(note), view.width)
    if score.standing:
        yield ""
        yield dressed(view.say(grade_text(score.standing)), view, bold=True)
        for note in standing_notes(score, judged.eligibility):
            yield from folded(view.say(note), view.width)


class _Layout:
    """The widths of the columns, the room that they leave for titles, and how far the titles under each heading stand in."""

    def __init__(self, table: ScoreTable, view: View) -> None:
        self._view = view
        cells = (table.headings, *(row.cells for row in table.rows if row.level != "event"))
        self._widths = [widest(column) for column in zip(*cells, strict=True)]
        numbered = [(row.under, row.number) for row in table.rows if row.level == "line"]
        self._indents = {under: widest(number for other, number in numbered if other == under) + 3 for under, _ in numbered}
        self._room = view.width - sum(self._widths) - 2 * len(self._widths)

    def row(self, title: str, cells: tuple[str, ...]) -> str:
        """A title with its cells."""
        return padded(title, self._room) + "".join("  " + padded(cell, width, right=True) for cell, width in zip(cells, self._widths, strict=True))

    def lines(self, row: ScoreRow) -> Iterator[str]:
        """A row, its title folded."""
        view, indent = self._view, self._indents.get(row.under, 0)
        match row.level:
            case "line":
                first, *rest = folded(row.title, self._room - indent)
                told = self.row(f"  {padded(row.number, indent - 3)} {first}", row.cells)
                yield dressed(told, view, "red" if row.excess == "exceeds_facts" else "yellow" if row.excess else None)
                yield from (" " * indent + more for more in rest)
            case "event":
                first, *rest = folded(row.title, self._room - indent)
                yield dressed(self.row(" " * indent + first, row.cells), view, FAINT)
                yield from (dressed(" " * indent + more, view, FAINT) for more in rest)
            case "aside":
                yield self.row("  " + row.title, row.cells)
            case "total":
                yield dressed(self.row(row.title, row.cells), view, bold=True)
            case _:
                title, *rest = folded(f"{row.number}  {row.title}", self._room)
                yield dressed(self.row(title, row.cells), view, underline=row.level != "section", bold=row.level == "dimension")
                yield from (" " * (len(row.number) + 2) + more for more in rest)
