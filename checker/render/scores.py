"""A score in rows and sentences, whatever they are shown on: every line with its points and what it earns, sums, notes, the grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from checker.bounds import Range
from checker.conditions import Verdict
from checker.errors import Text
from checker.lines import EXCESS_WORDS, Excess, OnScale, ScoreLine
from checker.render.layout import KIND_NAMES, MARKS
from checker.render.numbers import percent, plain
from checker.render.view import View, clean
from checker.report import Eligibility, Judged
from checker.score import ASIDE, Group, Score, Standing, Tallies, Tally

ELIGIBILITY_WORDS: dict[Eligibility, Text] = {
    "eligible": Text("符合申请条件", "eligible to apply"),
    "not_eligible": Text("不符合申请条件，不能申请评级", "not eligible to apply for a rating"),
    "undetermined": Text("是否符合申请条件尚不能判定", "not yet known whether it is eligible to apply"),
}
_SCALE_HEADINGS = (Text("分值", "points"), Text("评分", "rated"), Text("得分", "earned"), Text("事实允许", "allowed"), Text("有据得分", "supported"))
_AWARD_HEADINGS = (Text("分值", "points"), Text("得分", "earned"))
_RATED_HEADINGS = (*_AWARD_HEADINGS, Text("有据得分", "supported"))
_MARK: dict[bool | None, Verdict] = {True: "satisfied", False: "violated", None: "unknown"}


Level = Literal["dimension", "chapter", "section", "line", "event", "aside", "total"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A row of a score: a heading, a line or an event under it, bonuses and deductions beside a sum, or the total.

    ``cells`` are empty where a column says nothing; ``excess`` marks a rating above what the facts allow; ``under`` is the number
    of the heading that a line or an event stands under.
    """

    level: Level
    number: str
    title: str
    cells: tuple[str, ...]
    excess: Excess | None = None
    under: str = ""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The columns that a score needs after the title, and its rows in the order of the source."""

    headings: tuple[str, ...]
    rows: tuple[ScoreRow, ...]


def score_table(score: Score, judged: Judged, view: View) -> ScoreTable:
    """The score as a table."""
    places = {evidence.name: clean(evidence.place) for finding in judged.findings for evidence in finding.evidence}
    maker = _Maker(score, places, view)
    rows = (row for group in score.groups for row in maker.group(group))
    return ScoreTable(tuple(map(view.say, maker.headings)), (*rows, *maker.totals()))


def notes(score: Score) -> Iterator[Text]:
    """What the rows cannot say, of lines and of the whole."""
    for line in score.lines:
        yield from _notes(line)
    yield from _closing_notes(score)


def standing_notes(score: Score, eligibility: Eligibility | None) -> Iterator[Text]:
    """What bears on the grade, where there is one."""
    if score.standing:
        yield from (*_standing_notes(score.standing), *_support_notes(score), *_eligibility_notes(eligibility))


def shown(bounds: Range) -> str:
    """A range of points: one number where it is known."""
    return plain(bounds.least) if bounds.known else f"{plain(bounds.least)}–{plain(bounds.most)}"


def line_text(line: ScoreLine) -> Iterator[Text]:
    """One line's arithmetic, a sentence each."""
    if isinstance(line.basis, OnScale):
        yield _scale_text(line, line.basis)
        return
    if line.granted:
        earned = _points(line.earned)
        yield Text(f"条款不适用，得 {earned.zh}。", f"The clause does not apply and has {earned.en}.")
        return
    if len(line.clauses) > 1:
        numbers = [clause.number for clause in line.clauses]
        yield Text(f"{'、'.join(numbers)} 合并评分。", f"{', '.join(numbers)} are scored together.")
    for part, value in line.parts():
        if part.events is None:
            mark, worth = MARKS[_MARK[value]], _points(Range(part.least, part.most))
            yield Text(f"{mark} {worth.zh}：{part.words.zh}", f"{mark} {worth.en}: {part.words.en}")
    for told, points, values in _per_event(line):
        number = Range(Fraction(values.count(True)), Fraction(values.count(True) + values.count(None)))
        worth = _points(Range.exactly(points))
        yield Text(f"{worth.zh} × {shown(number)}：{told.zh}", f"{worth.en} × {shown(number)}: {told.en}")
    if line.ratings:
        given = ratings_text(line)
        yield Text(f"评审员评定：{given.zh}。", f"Assessors: {given.en}.")
    cap, joined, earned = plain(line.worth), line.basis.award.join == "highest", _points(line.earned)
    how = Text("取最高一项", "the best of them counts") if joined else Text("相加", "added up")
    verb = Text("减", "takes off") if line.clause.kind == "deduction" else Text("得", "earns")
    supported = "" if line.supported == line.earned else shown(line.supported)
    yield Text(f"{how.zh}，至多 {cap} 分：{verb.zh} {earned.zh}" + (f"，有据 {supported} 分。" if supported else "。"),
               f"{how.en}, at most {cap}: {verb.en} {earned.en}" + (f", supported {supported}." if supported else "."))


def _per_event(line: ScoreLine) -> Iterator[tuple[Text, Fraction, list[bool | None]]]:
    """The events that each earn or take off points: in words, the points, and for the first, the second ... whether there is one."""
    found: dict[tuple[Text, Fraction], list[bool | None]] = {}
    for part, value in line.parts():
        if part.words_for_each:
            found.setdefault((part.words_for_each, part.most), []).append(value)
    yield from ((told, points, values) for (told, points), values in found.items())


def _points(bounds: Range) -> Text:
    return Text(f"{shown(bounds)} 分", f"{shown(bounds)} point{'' if shown(bounds) == '1' else 's'}")


def ratings_text(line: ScoreLine) -> Text:
    """Who rated the clause how."""
    on_scale = isinstance(line.basis, OnScale)
    each = []
    for rating in line.ratings:
        given = Range(Fraction(rating.least), Fraction(rating.most))
        each.append((clean(rating.assessor), _ratio(given) if on_scale else shown(given)))
    unit = Text("", "") if on_scale else Text(" 分", " points")
    return Text("、".join(f"{name} {given}{unit.zh}" for name, given in each), ", ".join(f"{name} {given}{unit.en}" for name, given in each))


def grade_text(standing: Standing) -> Text:
    """The grade, or the least and the greatest it can be."""
    least, most = standing.name(standing.least), standing.name(standing.most)
    if standing.settled:
        return Text(f"等级：{least}（{standing.least.title.zh}）", f"Grade: {least} ({standing.least.title.en})")
    return Text(f"等级：{least} 至 {most}", f"Grade: {least} to {most}")


# --- the table ----------------------------------------------------------------------------------------------------


class _Maker:
    """Makes the rows of one score; knows the columns that it needs, and the places of all evidence by name."""

    def __init__(self, score: Score, places: Mapping[str, str], view: View) -> None:
        self._score, self._places, self._view = score, places, view
        on_scale = any(isinstance(line.basis, OnScale) for line in score.lines)
        ratings = any(line.basis.takes_ratings for line in score.lines)
        self.headings = _SCALE_HEADINGS if on_scale else _RATED_HEADINGS if ratings else _AWARD_HEADINGS

    def group(self, group: Group) -> Iterator[ScoreRow]:
        """A heading with its sums, the lines or the headings under it; bonuses and deductions in rows of their own."""
        heading, tallies = group.heading, group.tallies
        aside = heading.number and group.level == "section" and not tallies.base.worth
        if not aside:
            printed = Text(f"（标题印 {heading.points} 分）", f" (printed: {heading.points})") if heading.points not in (None, tallies.base.worth) else Text("", "")
            yield ScoreRow(group.level, heading.number, self._view.say(heading.title) + self._view.say(printed), self._sums(tallies.base))
        if group.level == "dimension":
            yield from self._aside(tallies)
        for inner in group.groups:
            yield from self.group(inner)
        if group.level != "dimension" and not group.groups:
            for line in self._score.lines:
                if heading.number == (line.clause.chapter if group.level == "chapter" else line.clause.section):
                    yield from self._line(line, heading.number)

    def totals(self) -> Iterator[ScoreRow]:
        """The total, or what of it is legible, and what stands beside it."""
        full = self._score.scoring.full_marks
        title = Text("总分", "Total") if full is not None else Text("基础分（来源可辨认部分）", "Base score (as far as the source is legible)")
        yield ScoreRow("total", "", self._view.say(title), self._sums(self._score.tallies.base))
        yield from self._aside(self._score.tallies)

    def _line(self, line: ScoreLine, under: str) -> Iterator[ScoreRow]:
        kind = f"{self._view.say(KIND_NAMES[line.clause.kind])}{self._view.say(Text('：', ': '))}" if line.clause.kind in ASIDE else ""
        title = self._view.say(Text("；", "; ")).join(self._view.say(clause.title) for clause in line.clauses)
        yield ScoreRow("line", line.number, kind + title, self._cells(line), line.excess, under)
        for event, points in line.events:  # each before the cap
            where = "；".join(self._places[name] for name in event.evidence)
            told = f"{event.on} {clean(event.title) or event.kind}" + (f" [{where}]" if where else "")
            blank = ("",) * (len(self.headings) - 2)
            yield ScoreRow("event", "", told, ("", _signed(points, "−") if points else "", *blank), under=under)

    def _aside(self, tallies: Tallies) -> Iterator[ScoreRow]:
        for name, tally, sign in ((Text("另有加分", "bonuses"), tallies.bonus, "+"), (Text("另有减分", "deductions"), tallies.deductions, "−")):
            if tally:
                yield ScoreRow("aside", "", self._view.say(name), self._sums(tally, sign))

    def _cells(self, line: ScoreLine) -> tuple[str, ...]:
        """The cells of one line; what a deduction takes off has its sign."""
        sign = "−" if line.clause.kind == "deduction" else ""
        worth, earned, supported = sign + plain(line.worth), _signed(line.earned, sign), _signed(line.supported, sign)
        mark = "!" if line.excess else ""
        if isinstance(line.basis, OnScale):
            rated = _ratio(line.basis.rated) if line.ratings else self._view.say(Text("未评", "–"))
            return worth, rated, earned, _ratio(line.basis.allowed(line.truths)) + mark, supported
        return self._fitted(worth, earned, supported + mark)

    def _sums(self, tally: Tally, sign: str = "") -> tuple[str, ...]:
        return self._fitted(sign + plain(tally.worth), _signed(tally.earned, sign), _signed(tally.supported, sign))

    def _fitted(self, worth: str, earned: str, supported: str) -> tuple[str, ...]:
        match len(self.headings):
            case 2:
                return worth, earned
            case 3:
                return worth, earned, supported
            case _:
                return worth, "", earned, "", supported


def _signed(bounds: Range, sign: str) -> str:
    return shown(bounds) if bounds.most == 0 else sign + shown(bounds)


def _ratio(bounds: Range) -> str:
    return percent(bounds.least) if bounds.known else f"{plain(bounds.least * 100)}–{percent(bounds.most)}"


# --- what a row cannot say ----------------------------------------------------------------------------------------


def _scale_text(line: ScoreLine, basis: OnScale) -> Text:
    parts, each, allowed = _counted(line), ratings_text(line), _ratio(basis.allowed(line.truths))
    given = Text(f"{each.zh}，评分 {_ratio(basis.rated)}", f"{each.en}: rated {_ratio(basis.rated)}") if line.ratings else Text("尚未评分", "not rated yet")
    return Text(
        f"{given.zh}；{parts.zh}，事实允许 {allowed}；{plain(line.worth)} 分 × {_ratio(basis.rated)} = {shown(line.earned)} 分，有据 {shown(line.supported)} 分",
        f"{given.en}; {parts.en}, so that {allowed} is allowed; {plain(line.worth)} points × {_ratio(basis.rated)} = {shown(line.earned)}, supported {shown(line.supported)}",
    )


def _counted(line: ScoreLine) -> Text:
    holding, failing, unknown = (line.truths.count(value) for value in (True, False, None))
    return Text(f"要素 {holding} 项成立、{failing} 项不成立、{unknown} 项未知", f"of its elements {holding} hold, {failing} do not, {unknown} are unknown")


def _notes(line: ScoreLine) -> Iterator[Text]:
    """What a row cannot say: several assessors, those still to come, full marks, ratings above what the facts allow."""
    number = line.number
    if line.spread is not None:
        each = ratings_text(line)
        spread = _ratio(line.spread) if isinstance(line.basis, OnScale) else shown(line.spread)
        yield Text(f"{number}：{each.zh}；跨度 {spread}，取平均。", f"{number}: {each.en}; they spread over {spread} and are averaged.")
    if line.awaited and line.ratings:
        yield Text(f"{number}：尚待 {'、'.join(line.awaited)} 评分。", f"{number}: still to be rated by {', '.join(line.awaited)}.")
    if line.excess:
        why = EXCESS_WORDS[line.excess]
        points = Text(f"得分 {shown(line.earned)}，有据 {shown(line.supported)}。", f"{shown(line.earned)} points, {shown(line.supported)} of them supported.")
        if isinstance(line.basis, OnScale):
            parts, allowed = _counted(line), _ratio(line.basis.allowed(line.truths))
            points = Text(f"{parts.zh}，允许 {allowed}；{points.zh}", f"{parts.en[:1].upper()}{parts.en[1:]}; {allowed} is allowed; {points.en}")
        yield Text(f"! {number}：{why.zh}。{points.zh}", f"! {number}: {why.en}. {points.en}")


def _closing_notes(score: Score) -> Iterator[Text]:
    granted = [line.number for line in score.lines if line.granted and line.earned.most]
    if granted:
        yield Text(f"{len(granted)} 项不适用，按标准得满分：{'、'.join(granted)}。", f"{len(granted)} do not apply and have full marks by the standard: {', '.join(granted)}.")
    if score.unrated:
        if any(isinstance(line.basis, OnScale) for line in score.unrated):
            yield Text(f"有 {len(score.unrated)} 项指标尚未评分，按 0 分至满分计。", f"{len(score.unrated)} indicators are not rated yet; they count from nothing to all their points.")
        else:
            numbers = [line.number for line in score.unrated]
            yield Text(f"有 {len(numbers)} 项待评审员在印定限度内评定：{'、'.join(numbers)}。", f"{len(numbers)} wait for an assessor to decide within the printed limits: {', '.join(numbers)}.")
    if score.tallies.bonus or score.tallies.deductions:
        yield Text("加分、减分与基础分分列，未相抵。", "Bonuses and deductions stand beside the base score and are not netted with it.")
    base = score.tallies.base
    if base.evidenced != base.supported:
        yield Text(f"只计有证据的陈述：{shown(base.evidenced)} 分（自述支持 {shown(base.supported)} 分）。",
                   f"Counting only statements with evidence: {shown(base.evidenced)} points ({shown(base.supported)} as claimed).")
    if score.scoring.incomplete:
        yield score.scoring.incomplete


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
