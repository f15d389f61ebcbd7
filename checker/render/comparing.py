"""A comparison for terminals and for programs: one company over its periods, or several companies side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.comparison import ClauseRow, Comparison, Move, PackRows
from checker.conditions import Value
from checker.errors import Text
from checker.render.layout import FAINT, MARKS, dressed, folded, padded, widest
from checker.render.plain import bounds, company, dumps, problem, value, words
from checker.render.scores import grade_text, shown
from checker.render.view import View
from checker.report import value_text
from checker.score import Standing
from checker.vocabulary import Word

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-comparison/1"
MOVE_NAMES: dict[Move, Text] = {
    "improved": Text("进步", "improved"),
    "regressed": Text("退步", "regressed"),
    "moved": Text("变动", "moved"),
    "same": Text("不变", "unchanged"),
}
_ARROWS: dict[Move, str] = {"improved": "↑", "regressed": "↓", "moved": "~", "same": " "}
_COLOURS: dict[Move, str | None] = {"improved": "green", "regressed": "red", "moved": "yellow", "same": None}


def text(comparison: Comparison, view: View) -> bytes:
    """The comparison as UTF-8 text: of periods what moved, of companies every clause on which they differ."""
    lines = [*_head(comparison, view)]
    for pack in comparison.packs:
        lines += _pack(pack, comparison, view)
    lines += _facts(comparison, view)
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def json(comparison: Comparison) -> bytes:
    """The comparison as JSON (``schemas/comparison.schema.json``)."""
    return dumps({
        "schema": VERSION,
        "kind": comparison.kind,
        "reports": [
            {
                "facts": {"name": report.facts, "sha256": report.facts_digest},
                "company": company(report.company),
                "period": {"start": report.period[0].isoformat(), "end": report.period[1].isoformat()},
                "as_of": report.as_of.isoformat(),
            }
            for report in comparison.reports
        ],
        "packs": [_pack_tree(pack) for pack in comparison.packs],
        "facts": [{"path": row.word.path, "label": words(row.word.label), "unit": words(row.unit), "values": [value(said) for said in row.values]}
                  for row in comparison.facts],
        "warnings": [problem(warning) for warning in comparison.warnings],
    })


def _pack_tree(pack: PackRows) -> dict[str, Any]:
    return {
        "pack": pack.pack.name,
        "totals": [None if total is None else bounds(total) for total in pack.totals],
        "grades": [_grades(standing) for standing in pack.standings],
        "supported": [None if total is None else bounds(total) for total in pack.supported],
        "supported_grades": [_grades(standing) for standing in pack.supported_standings],
        "clauses": [
            {
                "id": row.clause.name,
                "title": words(row.clause.title),
                "verdicts": list(row.verdicts),
                "earned": [None if earned is None else bounds(earned) for earned in row.earned],
                "moves": list(row.moves),
                "newly_contradicted": list(row.newly_contradicted),
            }
            for row in pack.rows
        ],
    }


def _grades(standing: Standing | None) -> dict[str, str] | None:
    return None if standing is None else {"least": standing.name(standing.least), "most": standing.name(standing.most)}


def _head(comparison: Comparison, view: View) -> Iterator[str]:
    title = Text("纵向比较：同一企业的各期", "One company over its periods") if comparison.kind == "periods" else Text("横向比较：同行业企业", "Companies of one industry")
    yield dressed(view.say(title), view, bold=True)
    for letter, report in zip(_letters(), comparison.reports, strict=False):
        first, last = report.period
        told = Text(f"{letter}  {report.company.name}  {first} 至 {last}", f"{letter}  {report.company.name}  {first} to {last}")
        yield from folded(view.say(told), view.width)


def _pack(pack: PackRows, comparison: Comparison, view: View) -> Iterator[str]:
    yield ""
    yield dressed(f"{pack.pack.name}  {view.say(pack.pack.title)}", view, bold=True)
    for letter, total, standing, supported in zip(_letters(), pack.totals, pack.standings, pack.supported, strict=False):
        if total is not None and supported is not None:
            grade = view.say(grade_text(standing)) if standing else ""
            facts = view.say(Text(f"（有据 {shown(supported)}）", f" (supported {shown(supported)})")) if supported != total else ""
            yield f"{letter}  {shown(total)}{facts}  {grade}"
    periods = comparison.kind == "periods"
    for step in range(len(comparison.reports) - 1) if periods else ():
        counts = pack.counts(step)
        told = "、".join(f"{MOVE_NAMES[move].zh} {counts[move]}" for move in MOVE_NAMES), ", ".join(f"{counts[move]} {MOVE_NAMES[move].en}" for move in MOVE_NAMES)
        yield view.say(Text(f"{chr(65 + step)} → {chr(66 + step)}：{told[0]}", f"{chr(65 + step)} → {chr(66 + step)}: {told[1]}"))
    differing = [row for row in pack.rows if len(set(row.verdicts)) > 1 or len(set(row.earned)) > 1 or any(row.newly_contradicted)]
    if not differing:
        return
    yield ""
    number = widest(row.clause.number for row in differing)
    cells = {row.clause.name: [_cell(row, index) for index in range(len(comparison.reports))] for row in differing}
    widths = [max(widest(row[index] for row in cells.values()), 1) for index in range(len(comparison.reports))]
    room = view.width - number - 2 - sum(width + 2 for width in widths) - 3
    heading = " " * (number + 2 + room) + "".join("  " + padded(letter, width) for letter, width in zip(_letters(), widths, strict=False))
    yield dressed(heading, view, FAINT)
    for row in differing:
        yield from _row(row, cells[row.clause.name], number, room, widths, view, periods=periods)


def _row(row: ClauseRow, cells: list[str], number: int, room: int, widths: list[int], view: View, *, periods: bool) -> Iterator[str]:
    first, *rest = folded(view.say(row.clause.title), room)
    columns = "".join("  " + padded(cell, width) for cell, width in zip(cells, widths, strict=True))
    moves = "".join(_ARROWS[move] for move in row.moves) if periods else ""
    notable: tuple[Move, ...] = ("regressed", "moved", "improved")
    worst: Move = next((move for move in notable if move in row.moves), "same") if periods else "same"
    mark = "!" if periods and any(row.newly_contradicted) else ""
    yield dressed(f"{padded(row.clause.number, number)}  {padded(first, room)}{columns} {moves}{mark}", view, _COLOURS[worst])
    for line in rest:
        yield " " * (number + 2) + line
    if mark:
        yield " " * (number + 2) + view.say(Text("新出现矛盾", "newly contradicted"))


def _cell(row: ClauseRow, index: int) -> str:
    earned = row.earned[index]
    return MARKS[row.verdicts[index]] + (f" {shown(earned)}" if earned is not None else "")


def _facts(comparison: Comparison, view: View) -> Iterator[str]:
    if not comparison.facts:
        return
    yield ""
    yield dressed(view.say(Text("事实的差异", "Facts that differ")), view, bold=True)
    for row in comparison.facts:
        told = " | ".join(view.say(_value(said, row.word, row.unit)) for said in row.values)
        yield from folded(f"{view.say(row.word.label)}  {told}", view.width)


def _value(said: Value | None, word: Word, unit: Text | None) -> Text:
    return Text("未知", "unknown") if said is None else value_text(said, word, unit)


def _letters() -> Iterator[str]:
    yield from map(chr, range(ord("A"), ord("Z") + 1))
    yield from (str(number) for number in range(27, 10_000))


