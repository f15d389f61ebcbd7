"""A score as a table: every indicator with its points, its rating, what the facts allow, and what it earns."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from checker.errors import Text
from checker.render.layout import dressed, folded, padded, widest
from checker.render.numbers import percent, plain
from checker.render.view import View, clean
from checker.report import Eligibility
from checker.score import EXCESS_WORDS, ChapterScore, Range, Score, ScoreLine, Standing

ELIGIBILITY_WORDS: dict[Eligibility, Text] = {
    "eligible": Text("符合申请条件", "eligible to apply"),
    "not_eligible": Text("不符合申请条件，不能申请评级", "not eligible to apply for a rating"),
    "undetermined": Text("是否符合申请条件尚不能判定", "not yet known whether it is eligible to apply"),
}
_HEADINGS = (Text("分值", "points"), Text("评分", "rated"), Text("得分", "earned"), Text("事实允许", "allowed"), Text("有据得分", "supported"))

def ledger(score: Score, eligibility: Eligibility | None, view: View) -> Iterator[str]:
    """The lines of the table, the total, and the grade with everything that bears on it."""
    cells = {line.clause.name: _cells(line, view) for line in score.lines}
    totals = [_sum(part.worth, part.earned, part.supported) for part in score.chapters]
    total = _sum(score.full_marks, score.total, score.supported)
    headings = tuple(view.say(heading) for heading in _HEADINGS)
    widths = [widest(row[column] for row in (headings, total, *totals, *cells.values())) for column in range(len(headings))]
    room = view.width - sum(widths) - 2 * len(widths)
    yield ""
    yield dressed(padded(view.say(Text("得分", "Score")), room) + _columns(headings, widths), view, bold=True)
    for part in score.chapters:
        yield from _chapter(part, [line for line in score.lines if line.clause.chapter == part.chapter.number], cells, widths, room, view)
    yield dressed(padded(view.say(Text("总分", "Total")), room) + _columns(total, widths), view, bold=True)
    notes = [note for line in score.lines for note in _notes(line)]
    if score.unrated:
        notes.append(Text(f"有 {len(score.unrated)} 项指标尚未评分，按 0 分至满分计。", f"{len(score.unrated)} indicators are not rated yet; they count from nothing to all their points."))
    for note in notes:
        yield from folded(view.say(note), view.width)
    if score.standing:
        yield ""
        yield dressed(view.say(grade_text(score.standing)), view, bold=True)
        for note in (*_standing_notes(score.standing), *_support_notes(score), *_eligibility_notes(eligibility)):
            yield from folded(view.say(note), view.width)


def shown(bounds: Range) -> str:
    """A range of points: one number where it is known."""
    return plain(bounds.least) if bounds.least == bounds.most else f"{plain(bounds.least)}–{plain(bounds.most)}"


def line_text(line: ScoreLine) -> Text:
    """One indicator's arithmetic in a sentence."""
    parts = line.elements
    each = ratings_text(line)
    given = Text(f"{each.zh}，评分 {_ratio(line.rated)}", f"{each.en}: rated {_ratio(line.rated)}") if line.ratings else Text("尚未评分", "not rated yet")
    return Text(
        f"{given.zh}；要素 {parts.holding} 项成立、{parts.failing} 项不成立、{parts.unknown} 项未知，事实允许 {_ratio(line.allowed)}；"
        f"{plain(line.worth)} 分 × {_ratio(line.rated)} = {shown(line.earned)} 分，有据 {shown(line.supported)} 分",
        f"{given.en}; of its elements {parts.holding} hold, {parts.failing} do not, {parts.unknown} are unknown, so that {_ratio(line.allowed)} is allowed; "
        f"{plain(line.worth)} points × {_ratio(line.rated)} = {shown(line.earned)}, supported {shown(line.supported)}",
    )


def ratings_text(line: ScoreLine) -> Text:
    """Who rated the indicator how."""
    each = [f"{clean(rating.assessor)} {_ratio(Range(Fraction(rating.least), Fraction(rating.most)))}" for rating in line.ratings]
    return Text("、".join(each), ", ".join(each))


def grade_text(standing: Standing) -> Text:
    """The grade, or the least and the greatest it can be."""
    least, most = standing.name(standing.least), standing.name(standing.most)
    if standing.settled:
        return Text(f"等级：{least}（{standing.least.title.zh}）", f"Grade: {least} ({standing.least.title.en})")
    return Text(f"等级：{least} 至 {most}", f"Grade: {least} to {most}")


def _chapter(part: ChapterScore, lines: list[ScoreLine], cells: dict[str, tuple[str, ...]], widths: list[int], room: int, view: View) -> Iterator[str]:
    title = padded(f"{part.chapter.number}  {view.say(part.chapter.title)}", room)
    yield dressed(title + _columns(_sum(part.worth, part.earned, part.supported), widths), view, underline=True)
    indent = widest(line.clause.number for line in lines) + 3
    for line in lines:
        first, *rest = folded(view.say(line.clause.title), room - indent)
        number = padded(line.clause.number, indent - 3)
        row = padded(f"  {number} {first}", room) + _columns(cells[line.clause.name], widths)
        yield dressed(row, view, "red" if line.excess == "exceeds_facts" else "yellow" if line.excess else None)
        for more in rest:
            yield " " * indent + more


def _cells(line: ScoreLine, view: View) -> tuple[str, ...]:
    rated = _ratio(line.rated) if line.ratings else view.say(Text("未评", "–"))
    return plain(line.worth), rated, shown(line.earned), _ratio(line.allowed) + ("!" if line.excess else ""), shown(line.supported)


def _sum(worth: Fraction, earned: Range, supported: Range) -> tuple[str, ...]:
    return plain(worth), "", shown(earned), "", shown(supported)


def _ratio(bounds: Range) -> str:
    return percent(bounds.least) if bounds.least == bounds.most else f"{plain(bounds.least * 100)}–{percent(bounds.most)}"


def _columns(cells: tuple[str, ...], widths: list[int]) -> str:
    return "".join("  " + padded(cell, width, right=True) for cell, width in zip(cells, widths, strict=True))


def _notes(line: ScoreLine) -> Iterator[Text]:
    """What a row cannot say: several assessors, those still to come, and ratings above what the facts allow."""
    number = line.clause.number
    if line.spread is not None:
        each, spread = ratings_text(line), _ratio(line.spread)
        yield Text(f"{number}：{each.zh}；跨度 {spread}，取平均。", f"{number}: {each.en}; they spread over {spread} and are averaged.")
    if line.awaited and line.ratings:
        yield Text(f"{number}：尚待 {'、'.join(line.awaited)} 评分。", f"{number}: still to be rated by {', '.join(line.awaited)}.")
    if line.excess:
        parts = line.elements
        why = EXCESS_WORDS[line.excess]
        yield Text(
            f"! {number}：{why.zh}。要素 {parts.holding} 项成立、{parts.failing} 项不成立、{parts.unknown} 项未知，允许 {_ratio(line.allowed)}；"
            f"得分 {shown(line.earned)}，有据 {shown(line.supported)}。",
            f"! {number}: {why.en}. Of its elements {parts.holding} hold, {parts.failing} do not, {parts.unknown} are unknown; "
            f"{_ratio(line.allowed)} is allowed; {shown(line.earned)} points, {shown(line.supported)} of them supported.",
        )


def _standing_notes(standing: Standing) -> Iterator[Text]:
    for gap in standing.gaps:
        lower, upper = gap.lower, gap.upper
        yield Text(f"总分 {plain(gap.total)} 落在 {lower.name}（至 {lower.most}）与 {upper.name}（自 {upper.least}）之间的空档，按较低的 {lower.name} 定级。",
                   f"The total {plain(gap.total)} lies between {lower.name} (up to {lower.most}) and {upper.name} (from {upper.least}); the lower one counts.")
    if standing.refinement:
        mark = standing.refinement
        yield Text(f"“{mark.mark}”由 {mark.by} 给出；{'、'.join(standing.unmarked)} 不作微调。", f"\"{mark.mark}\" was given by {mark.by}; {', '.join(standing.unmarked)} take no mark.")


def _support_notes(score: Score) -> Iterator[Text]:
    """How far the facts carry the score, where that is less than the ratings say."""
    standing = score.supported_standing
    if standing and score.supported != score.total:
        grade = grade_text(standing)
        yield Text(f"事实所能支持的总分：{shown(score.supported)}，{grade.zh}。", f"Supported by facts: {shown(score.supported)} points. {grade.en}.")


def _eligibility_notes(eligibility: Eligibility | None) -> Iterator[Text]:
    if eligibility:
        words = ELIGIBILITY_WORDS[eligibility]
        yield Text(f"申请条件：{words.zh}。", f"Preconditions: {words.en}.")
