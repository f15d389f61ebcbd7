"""A report for a terminal or a pipe: one row a clause, then the summary a reader scrolls down for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from checker.description import VERDICT_NAMES
from checker.disclosures import EXTENT_WORDS, EXTENTS
from checker.errors import Text
from checker.facts import Conflict
from checker.packs import Section
from checker.render.layout import COLOURS, FAINT, MARKS, MODALITY_NAMES, dressed, folded, note_of, padded, widest
from checker.render.ledger import ledger
from checker.render.numbers import percent
from checker.render.rows import rows, sides
from checker.render.view import View, clean
from checker.report import MODALITIES, VERDICTS, Finding, Judged, Report, conflict_text, disclosed_by_chapter


def render(report: Report, view: View) -> bytes:
    """The report as UTF-8 text, ``view.width`` columns wide, with ANSI colours only where the view wants them."""
    lines = [*_head(report, view)]
    for judged in report.packs:
        lines += _pack(judged, view)
    lines += _contradictions(report, view)
    lines += _closing(report, view)
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def join(rendered: Sequence[bytes]) -> bytes:
    """Several reports below one another."""
    return b"\n\n".join(rendered)


def _head(report: Report, view: View) -> Iterator[str]:
    first, last = report.period
    yield dressed(clean(report.company.name), view, bold=True)
    told = Text(
        f"报告期 {first} 至 {last} · 判定日 {report.as_of} · 求值 {report.engine}",
        f"period {first} to {last} · judged as of {report.as_of} · evaluated by {report.engine}",
    )
    yield dressed(view.say(told), view, FAINT)


def _pack(judged: Judged, view: View) -> Iterator[str]:
    pack = judged.pack
    yield ""
    yield dressed(f"{pack.name}  {view.say(pack.title)}", view, bold=True)
    elsewhere = Text(f"另有 {judged.elsewhere} 条以他方为对象，未判。", f"{judged.elsewhere} more clauses address somebody else and are not judged.")
    for said in (view.say(judged.reason), view.say(elsewhere) if judged.elsewhere else "", note_of(pack.source_note, view) if pack.source_note else ""):
        for line in folded(said, view.width) if said else ():
            yield dressed(line, view, FAINT)
    findings = view.listed(judged.findings)
    above = {part.number: part for part in pack.dimensions}
    for chapter in pack.chapters:
        inside = [finding for finding in findings if finding.clause.chapter == chapter.number]
        if inside:
            yield ""
            if chapter.dimension in above:
                dimension = above.pop(chapter.dimension)
                yield dressed(f"{dimension.number}  {view.say(dimension.title)}", view, bold=True)
            yield from _chapter(chapter, inside, view)
    yield from _extents(judged, view)
    if judged.score is not None:
        yield from ledger(judged.score, judged, view)
    yield ""
    yield from _summary(judged, view)
    for concluded in judged.conclusions:
        told = f"{view.say(concluded.conclusion.title)}{view.say(Text('：', ': '))}{view.say(VERDICT_NAMES[concluded.verdict])}"
        yield dressed(f"{MARKS[concluded.verdict]} {told}", view, COLOURS[concluded.verdict])


def _chapter(chapter: Section, findings: list[Finding], view: View) -> Iterator[str]:
    yield dressed(f"{chapter.number}  {view.say(chapter.title)}", view, bold=True)
    for section in chapter.sections:
        listed = [finding for finding in findings if finding.clause.section == section.number]
        if listed:
            yield dressed(f"{section.number}  {view.say(section.title)}", view, underline=True)
            yield from rows(listed, view)
    if not chapter.sections:
        yield from rows(findings, view)


def _extents(judged: Judged, view: View) -> Iterator[str]:
    """How much of each part was disclosed."""
    shares = disclosed_by_chapter(judged)
    if shares is None:
        return
    titles = {chapter.number: f"{chapter.number} {view.say(chapter.title)}" for chapter in judged.pack.chapters}
    ordered = [number for number in (*titles, None) if number in shares]
    headings = [view.say(EXTENT_WORDS[extent]) for extent in EXTENTS]
    share = view.say(Text("完整披露", "fully"))
    width = widest((*titles.values(), view.say(Text("披露程度", "Disclosed"))))
    yield ""
    yield dressed(padded(view.say(Text("披露程度", "Disclosed")), width) + "".join(f"  {heading}" for heading in (*headings, share)), view, bold=True)
    for number in ordered:
        counts = shares[number]
        cells = [*(str(counts[extent] or "·") for extent in EXTENTS), percent(Fraction(round(1000 * Fraction(counts["full"], sum(counts.values()))), 1000))]
        name = padded(titles[number] if number is not None else view.say(Text("合计", "Total")), width)
        row = "".join("  " + padded(cell, widest([heading]), right=True) for cell, heading in zip(cells, (*headings, share), strict=True))
        yield dressed(name + row, view, bold=number is None)


def _summary(judged: Judged, view: View) -> Iterator[str]:
    """Counts by chapter and modality."""
    headings = [f"{MARKS[verdict]} {view.say(VERDICT_NAMES[verdict])}" for verdict in VERDICTS]
    modality_width = widest(map(view.say, MODALITY_NAMES.values()))
    room = view.width - modality_width - sum(widest([heading]) + 2 for heading in headings) - 1
    total = view.say(Text("合计", "Total"))
    titles = [(folded(f"{chapter.number} {view.say(chapter.title)}", room), chapter.number) for chapter in judged.pack.chapters]
    width = widest(line for title, _ in titles for line in title)
    yield dressed(padded(view.say(Text("章", "Chapter")), width + 1 + modality_width) + "".join(f"  {heading}" for heading in headings), view, FAINT)
    for title, number in [*titles, ([total], None)]:
        for modality in MODALITIES:
            counts = judged.count(number, modality)
            if counts:
                cells = [dressed("  " + padded(str(counts[verdict] or "·"), widest([heading]), right=True), view,
                                 COLOURS[verdict] if counts[verdict] else FAINT) for verdict, heading in zip(VERDICTS, headings, strict=True)]
                name = padded(title.pop(0) if title else "", width)
                yield f"{dressed(name, view, bold=number is None)} {padded(view.say(MODALITY_NAMES[modality]), modality_width)}{''.join(cells)}"
        yield from title


def _contradictions(report: Report, view: View) -> Iterator[str]:
    """What is stated and cannot hold, by the way in which it cannot."""
    conflicts: dict[Conflict, dict[str, Text]] = {}
    bearing: dict[str, list[Finding]] = {}
    for finding in report.findings():
        for found in finding.conflicts:
            conflicts.setdefault(found.conflict, {})[found.about] = found.label
            bearing.setdefault(found.about, []).append(finding)
    title = Text("企业自身陈述中的矛盾：", "Contradictions in the company's own statements: ")
    for conflict, labels in conflicts.items():
        yield ""
        for line in folded(view.say(title) + view.say(conflict_text(conflict)), view.width):
            yield dressed(line, view, bold=True)
        for about, label in labels.items():
            first, *rest = folded(f"{view.say(label)}  {about}", view.width - 2)
            yield "  " + first
            told = folded(view.say(sides(about, bearing[about], report.vocabulary)), view.width - 4)
            for line in (*rest, *(told if told != [""] else ())):
                yield dressed("    " + line, view, FAINT)


def _closing(report: Report, view: View) -> Iterator[str]:
    """How the mandatory clauses stand, in a sentence, and where to go from here."""
    findings = list(report.findings())
    mandatory = [finding for finding in findings if finding.grade == "mandatory"]
    weighed, name = (mandatory, Text("强制", "mandatory")) if mandatory else (findings, Text("推荐", "recommended"))
    violated = [finding for finding in weighed if finding.verdict == "violated"]
    unknown = sum(finding.verdict == "unknown" for finding in weighed)
    asserted = sum(finding.asserted_only for finding in weighed)
    waived = sum(finding.waiver is not None for finding in violated)
    aside = Text(f"（其中已豁免 {waived} 条）", f" ({waived} of them waived)") if waived else Text("", "")
    outcome = Text(
        f"{name.zh}条款 {len(weighed)} 条：不满足 {len(violated)} 条{aside.zh}，无法判定 {unknown} 条"
        + (f"；满足而有效证据不足 {asserted} 条。" if asserted else "。"),
        f"{len(weighed)} {name.en} clauses: {len(violated)} violated{aside.en}, {unknown} undetermined"
        + (f"; {asserted} satisfied without sufficient valid evidence." if asserted else "."),
    )
    yield ""
    yield dressed(view.say(outcome), view, "red" if violated else None, bold=True)
    yield dressed(view.say(Text("逐条解释：esgcheck explain 事实文件 条款号", "For any clause: esgcheck explain FACTS CLAUSE")), view, FAINT)
