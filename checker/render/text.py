"""A report for a terminal or a pipe: one row a clause, then the summary a reader scrolls down for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from checker.conditions import Verdict
from checker.errors import Text
from checker.facts import Conflict
from checker.language import VERDICT_NAMES
from checker.packs import Modality, Section
from checker.render.view import View, clean
from checker.report import MODALITIES, VERDICTS, Finding, Judged, Report, conflict_text

MODALITY_NAMES: dict[Modality, Text] = {
    "mandatory": Text("强制", "mandatory"),
    "recommended": Text("推荐", "recommended"),
    "permitted": Text("可选", "permitted"),
}
MARKS: dict[Verdict, str] = {"satisfied": "✓", "violated": "✗", "unknown": "?", "not_applicable": "–"}
STYLES: dict[Verdict, str] = {"satisfied": "green", "violated": "bold red", "unknown": "yellow", "not_applicable": "bright_black"}

#: What a line is never broken inside: an opening mark with what follows, a character or word with its closing marks.
_UNBREAKABLE = re.compile(r"\s*[（“〔「《]*(?:[\u2e80-\u9fff\uff00-\uff60]|[^\s\u2e80-\uff60]+|\S)[，。；：、）”〕」》！？…]*|\s+")

#: How many places of evidence a row names before it counts the rest.
PLACES_SHOWN = 3


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 text, ``view.width`` columns wide, with ANSI colours only where the view wants them."""
    console = console_for(view)
    _head(console, report, view)
    for judged in report.packs:
        _pack(console, judged, view)
    _closing(console, report, view)
    return written(console)


def join(rendered: Sequence[bytes]) -> bytes:
    """Several reports below one another."""
    return b"\n\n".join(rendered)


def console_for(view: View) -> Console:
    """A console that writes to memory, of the view's width and colours; neither emoji nor markup is read from texts."""
    return Console(
        file=io.StringIO(),
        width=view.width,
        force_terminal=view.colour,
        color_system="standard" if view.colour else None,
        emoji=False,
        markup=False,
        highlight=False,
        legacy_windows=False,
    )


def written(console: Console) -> bytes:
    """What was printed on a console from :func:`console_for`, without blanks at line ends."""
    stream = console.file
    assert isinstance(stream, io.StringIO)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines()).encode()


def folded(said: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` columns, broken between any two Chinese characters and between words.

    Rich breaks at spaces only, which leaves ragged Chinese lines. No line begins with a closing mark.
    """
    lines, line, used = [], "", 0
    for part in _UNBREAKABLE.findall(said):
        size = cell_len(part)
        if used + size > width and line:
            lines.append(line.rstrip())
            line, used = "", 0
            part = part.lstrip()
            size = cell_len(part)
        line, used = line + part, used + size
    return [*lines, line]


def paragraph(console: Console, said: str, view: View, style: str = "") -> None:
    """Print a text over the whole width."""
    console.print(Line("\n".join(folded(said, view.width)), style=style), soft_wrap=True)


def note_of(note: Text, view: View) -> str:
    """A note on the source, said to be one."""
    return view.say(Text("注：", "Note: ")) + view.say(note)


def _head(console: Console, report: Report, view: View) -> None:
    first, last = report.period
    console.print(Line(clean(report.company.name), style="bold"))
    told = Text(
        f"报告期 {first} 至 {last} · 判定日 {report.as_of} · 求值 {report.engine}",
        f"period {first} to {last} · judged as of {report.as_of} · evaluated by {report.engine}",
    )
    console.print(Line(view.say(told), style="bright_black"))


def _pack(console: Console, judged: Judged, view: View) -> None:
    pack = judged.pack
    console.print()
    console.print(Line(f"{pack.name}  {view.say(pack.title)}", style="bold"))
    console.print(Line(view.say(judged.reason), style="bright_black"))
    if pack.source_note:
        paragraph(console, note_of(pack.source_note, view), view, "bright_black")
    findings = view.listed(judged.findings)
    for chapter in pack.chapters:
        inside = [finding for finding in findings if finding.clause.chapter == chapter.number]
        if inside:
            console.print()
            console.print(Line(f"{chapter.number}  {view.say(chapter.title)}", style="bold"))
            for section in chapter.sections:
                _section(console, section, [finding for finding in inside if finding.clause.section == section.number], view)
    console.print()
    _summary(console, judged, view)
    _conclusions(console, judged, view)


def _section(console: Console, section: Section, findings: list[Finding], view: View) -> None:
    """A row a finding: mark, number, modality and verdict in columns, and what is told of it beside them."""
    if not findings:
        return
    number = max(len(finding.clause.number) for finding in findings)
    widths = (1, number, _width(view, MODALITY_NAMES.values()), _width(view, VERDICT_NAMES.values()))
    indent = sum(widths) + len(widths)
    rows = Line(f"{section.number}  {view.say(section.title)}", style="underline")
    for finding in findings:
        style = STYLES[finding.verdict]
        columns = (MARKS[finding.verdict], finding.clause.number, view.say(MODALITY_NAMES[finding.clause.modality]),
                   view.say(VERDICT_NAMES[finding.verdict]))
        rows.append("\n", style="not underline")
        for said, width, dressed in zip(columns, widths, (style, "", "", style), strict=True):
            rows.append(said + " " * (width - cell_len(said) + 1), style=f"not underline {dressed}")
        for line, (said, dressed) in enumerate(_told(finding, view, view.width - indent)):
            rows.append("\n" + " " * indent if line else "", style="not underline")
            rows.append(said, style=f"not underline {dressed}")
    console.print(rows, soft_wrap=True)


def _width(view: View, names: Iterable[Text]) -> int:
    return max(cell_len(view.say(name)) for name in names)


def _told(finding: Finding, view: View, room: int) -> Iterator[tuple[str, str]]:
    """Title, reason and evidence of a finding, line by line with its style, folded to the room there is."""
    cut = view.say(Text("〔原文截断〕", " [source cut off]")) if finding.clause.truncated else ""
    told = [(view.say(finding.clause.title) + cut, "bold"), (view.say(finding.reason), "")]
    if finding.evidence:
        places = [clean(evidence.place) for evidence in finding.evidence]
        more = len(places) - PLACES_SHOWN
        rest = Text(f" 等 {len(places)} 处", f" and {more} more") if more > 0 else Text("", "")
        basis = view.say(Text("依据：", "Evidence: ")) + "；".join(places[:PLACES_SHOWN]) + view.say(rest)
        told.append((basis, "bright_black"))
    for said, style in told:
        for line in folded(said, room):
            yield line, style


def _summary(console: Console, judged: Judged, view: View) -> None:
    """Counts by chapter and modality."""
    present = [modality for modality in MODALITIES if judged.count(modality=modality)]
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bright_black")
    table.add_column(view.say(Text("章", "Chapter")), overflow="fold")
    table.add_column("")
    for verdict in VERDICTS:
        table.add_column(f"{MARKS[verdict]} {view.say(VERDICT_NAMES[verdict])}", justify="right", no_wrap=True)
    rows = [(f"{chapter.number} {view.say(chapter.title)}", chapter.number) for chapter in judged.pack.chapters]
    for title, number in [*rows, (view.say(Text("合计", "Total")), None)]:
        for modality in present:
            counts = judged.count(number, modality)
            if counts:
                cells = [Line(str(counts[verdict] or "·"), style=STYLES[verdict] if counts[verdict] else "bright_black") for verdict in VERDICTS]
                table.add_row(Line(title, style="bold" if number is None else ""), view.say(MODALITY_NAMES[modality]), *cells)
                title = ""
    console.print(table)


def _conclusions(console: Console, judged: Judged, view: View) -> None:
    for concluded in judged.conclusions:
        told = f"{view.say(concluded.conclusion.title)}{view.say(Text('：', ': '))}{view.say(VERDICT_NAMES[concluded.verdict])}"
        console.print(Line(f"{MARKS[concluded.verdict]} {told}", style=STYLES[concluded.verdict]))


def _closing(console: Console, report: Report, view: View) -> None:
    conflicts: dict[Conflict, dict[str, Text]] = {}
    for finding in report.findings():
        labels = {line.word.path: line.word.label for line in finding.facts}
        for path, conflict in finding.conflicts:
            conflicts.setdefault(conflict, {})[path] = labels[path]
    for conflict, facts in conflicts.items():
        console.print()
        title = Text("企业自身陈述中的矛盾：", "Contradiction in the company's own statements: ")
        console.print(Line(f"{view.say(title)}{view.say(conflict_text(conflict))}", style="bold"))
        for path, label in facts.items():
            console.print(Padding(Line(view.say(label)).append(f"  {path}", style="bright_black"), (0, 0, 0, 2)))
    console.print()
    console.print(Line(view.say(_outcome(report)), style="bold red" if report.exit_code() else "bold"))
    hint = Text("逐条解释：esgcheck explain 事实文件 条款号", "For any clause: esgcheck explain FACTS CLAUSE")
    console.print(Line(view.say(hint), style="bright_black"))


def _outcome(report: Report) -> Text:
    """How the mandatory clauses stand, in a sentence."""
    mandatory = [finding.verdict for finding in report.findings() if finding.grade == "mandatory"]
    violated, unknown = mandatory.count("violated"), mandatory.count("unknown")
    return Text(
        f"强制条款 {len(mandatory)} 条：不满足 {violated} 条，无法判定 {unknown} 条。",
        f"{len(mandatory)} mandatory clauses: {violated} violated, {unknown} undetermined.",
    )
