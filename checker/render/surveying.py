"""The summary of a survey for terminals, and as a page that stands by itself.

Both are made from the same tables of words; a terminal shows the first rows of the long ones, the page also the verdicts on
every clause by section of industry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import groupby

from checker.bounds import Range, decimal_of
from checker.conditions import Verdict
from checker.errors import Text
from checker.packs import Modality, Section
from checker.render.layout import FAINT, KIND_NAMES, MODALITY_NAMES, dressed, folded, padded, widest
from checker.render.pages import page as page_of
from checker.render.pictures import Bar
from checker.render.view import View, clean
from checker.report import conflict_text, value_text
from checker.survey.restated import Filing, Restated
from checker.survey.summary import Basis, ClauseCounts, Counts, Grades, Outlier, PackSummary, Summary
from checker.vocabulary import Word

#: How many rows of a long table a terminal shows, and the page.
SHOWN, SHOWN_ON_PAGE = 5, 200
#: How many columns the first column of a terminal's table has at least.
_LEAST_ROOM = 22
VERDICT_NAMES: dict[Verdict, Text] = {
    "satisfied": Text("满足", "satisfied"),
    "violated": Text("违反", "violated"),
    "unknown": Text("未知", "unknown"),
    "not_applicable": Text("不适用", "not applicable"),
}
_NOT_ASKED = Text("未问及", "not asked")
_PASSED = Text("通过率", "pass rate")
_BASES: dict[Basis, Text] = {"rated": Text("按评分", "as rated"), "supported": Text("有据", "as supported")}
_QUARTERS = (Text("最低", "lowest"), Text("下四分位", "lower quartile"), Text("中位", "median"), Text("上四分位", "upper quartile"), Text("最高", "highest"))
_RECORDS, _COMPANIES = Text("填报", "records"), Text("企业", "companies")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, what is said of it, and perhaps a picture of that."""

    about: str
    cells: tuple[str, ...]
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first heading stands above what the rows are about; ``names`` are longer headings where there is room.

    ``whole`` says that a terminal shows all of it; ``prose`` that the cells are words rather than numbers.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    names: tuple[str, ...] = ()
    whole: bool = True
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands under it."""

    anchor: str
    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of a pack: a table of its clauses, and the same by section of industry, each clause with its own rows."""

    title: str
    clauses: Table
    by_section: tuple[tuple[str, tuple[Row, ...]], ...]


def text(summary: Summary, view: View) -> bytes:
    """The summary as UTF-8 text."""
    lines = [dressed(view.say(_TITLE), view, bold=True)]
    for part in _parts(summary, view):
        lines += ["", dressed(part.title, view, bold=True, underline=True)] if part.anchor != "records" else []
        lines += [line for note in part.notes for line in folded(note, view.width)]
        for table in part.tables:
            lines += ["", *(_prose(table, view) if table.prose else _grid(table, view))]
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def page(summary: Summary, view: View) -> bytes:
    """The summary as a page of HTML, in UTF-8: with everything in it, and no scripts."""
    words = {name: view.say(said) for name, said in _PAGE_WORDS.items()}
    heads = tuple(view.say(said) for said in (*VERDICT_NAMES.values(), _NOT_ASKED, _PASSED))
    legend = [(verdict, view.say(said)) for verdict, said in VERDICT_NAMES.items()]
    return page_of(
        "survey.html.j2", view.lang, style="survey.css", title=view.say(_TITLE), parts=_parts(summary, view), packs=_clauses(summary, view),
        words=words, heads=heads, legend=legend, most=SHOWN_ON_PAGE)


_TITLE = Text("普查汇总", "Survey summary")
_PAGE_WORDS: dict[str, Text] = {
    "clauses": Text("逐条判定", "Every clause"),
    "clauses_note": Text("按标准包和章节展开；通过率见上文说明。打印时只印已展开的部分。",
                         "Open a pack and a chapter; pass rates as explained above. Only what is open is printed."),
    "by_section": Text("按行业门类", "by section of industry"),
    "clause": Text("条款", "clause"),
    "section": Text("门类", "section"),
    "contents": Text("目录", "Contents"),
    "more": Text("其余见结果表旁的 .survey.json，未列出的行数：", "The others are in the .survey.json beside the table; rows not listed: "),
    "picture": Text("图示", "picture"),
    "legend": Text("图例", "Legend"),
    "certain": Text("确定", "certain"),
    "possible": Text("可能", "possible"),
}


# --- numbers in words ------------------------------------------------------------------------------------------------------


def _share(part: Fraction) -> str:
    """A share in per cent with one decimal place; what is not all or nothing never reads so."""
    if part in (0, 1):
        return str(int(part * 100))
    rounded = min(max(round(part * 1000), 1), 999)
    return f"{rounded // 10}.{rounded % 10}"


def _passed(counts: Counts) -> str:
    return "–" if counts.passed is None else _shares(counts.passed)


def _shares(found: Range) -> str:
    least, most = _share(found.least), _share(found.most)
    return f"{least} %" if least == most else f"{least}–{most} %"


def _span(period: tuple[date, date]) -> Text:
    start, end = period
    return Text(f"{start} 至 {end}", f"{start} to {end}")


def _points(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _listed(found: Mapping[str, int]) -> Text:
    """Names with their numbers; the ones that are left of very many are counted."""
    first = list(found.items())[:SHOWN]
    more = len(found) - len(first)
    zh, en = (f" 等 {len(found)} 项" if more else ""), (f" and {more} more" if more else "")
    return Text("、".join(f"{name}（{number:,}）" for name, number in first) + zh, ", ".join(f"{name} ({number:,})" for name, number in first) + en)


# --- the parts -------------------------------------------------------------------------------------------------------------


def _parts(summary: Summary, view: View) -> list[Part]:
    makers = (_records, _grades_and_scores, _by_section, _gaps, _contradictions, _outliers, _restated)
    return [maker(summary, view) for maker in makers]


def _records(summary: Summary, view: View) -> Part:
    tally = summary.tally
    days = _listed({day.isoformat(): number for day, number in summary.days.items()})
    periods = {lang: _listed({_span(period).in_language(lang): number for period, number in summary.periods.items()}).in_language(lang) for lang in ("zh", "en")}
    told = [
        Text(f"填报 {tally.records:,} 份 = 已判定 {tally.judged:,} + 退回 {tally.rejected:,}；已判定的来自 {summary.companies:,} 家企业，其中 {tally.singly:,} 份逐份判定。",
             f"{tally.records:,} records = {tally.judged:,} judged + {tally.rejected:,} rejected; those judged are of {summary.companies:,} companies, {tally.singly:,} were judged singly."),
    ]
    if tally.judged:
        told += [Text(f"判定日（份数）：{days.zh}", f"Judged as of (records): {days.en}"), Text(f"期间（份数）：{periods['zh']}", f"Periods (records): {periods['en']}")]
    rows = [Row(f"{letter} {pack.pack.name} {view.say(pack.pack.title)}", (f"{pack.records:,}", f"{pack.companies:,}")) for letter, pack in _lettered(summary)]
    head = view.say(Text("标准包", "pack")), view.say(_RECORDS), view.say(_COMPANIES)
    return Part("records", view.say(Text("填报与标准包", "Records and packs")), tuple(map(view.say, told)),
                (Table(view.say(Text("各标准包判定了多少", "How many each pack judged")), head, tuple(rows)),))


def _lettered(summary: Summary) -> Iterator[tuple[str, PackSummary]]:
    for number, pack in enumerate(summary.packs):
        yield (chr(65 + number) if number < 26 else str(number + 1)), pack


def _grades_and_scores(summary: Summary, view: View) -> Part:
    tables = []
    for pack in summary.packs:
        tables += [_grade_table(pack, grades, view) for grades in pack.grades]
        tables += [_score_table(pack, view)] if pack.scores else []
    notes = [Text("未知的事实使得分和等级成为区间：“确定”按最少得分，“可能”按最多得分；两端相同才算定级。四分位取实际出现的值。",
                  "Unknown facts make scores and grades ranges: certain counts the least score, possible the most; a grade is settled where both agree. "
                  "Quartiles are values that occur.")] if tables else [Text("没有评分或定级的标准包。", "No pack scores or grades anybody.")]
    return Part("grades", view.say(Text("等级与得分", "Grades and scores")), tuple(map(view.say, notes)), tuple(tables))


def _grade_table(pack: PackSummary, grades: Grades, view: View) -> Table:
    basis, open_ = _BASES[grades.basis], f"{grades.unsettled:,}"
    caption = Text(f"{pack.pack.name} 等级，{basis.zh}（{pack.records:,} 份，其中 {open_} 份尚不能定级）",
                   f"{pack.pack.name} grades, {basis.en} ({pack.records:,} records, {open_} of them not settled yet)")
    head = Text("等级", "grade"), Text("已定为此级", "settled"), Text("确定不低于", "certainly at least"), Text("可能不低于", "possibly at least")
    rows = []
    for row in grades.rows:
        sure, possible = (Fraction(number, pack.records) for number in (row.at_least, row.possible))
        said = Text(f"不低于 {row.grade.name}：确定 {_share(sure)} %，可能 {_share(possible)} %", f"at least {row.grade.name}: certain {_share(sure)} %, possible {_share(possible)} %")
        bar = Bar((("certain", sure), ("possible", possible - sure)), view.say(said))
        rows.append(Row(row.grade.name, (f"{row.settled:,}", f"{row.at_least:,}", f"{row.possible:,}"), bar))
    return Table(view.say(caption), tuple(map(view.say, head)), tuple(rows))


def _score_table(pack: PackSummary, view: View) -> Table:
    full = pack.pack.scoring.full_marks if pack.pack.scoring else None
    of = Text(f"，满分 {full}", f", full marks {full}") if full is not None else Text("", "")
    head = [Text("", "")] + [Text(f"{_BASES[scores.basis].zh}，{end.zh}", f"{_BASES[scores.basis].en}, {end.en}") for scores in pack.scores
                              for end in (Text("最少", "least"), Text("最多", "most"))]
    rated = pack.scores[0]
    whole = max(Fraction(full or 0), Fraction(rated.most[-1]), Fraction(1))
    rows = []
    for place, name in enumerate(_QUARTERS):
        values = [ends[place] for scores in pack.scores for ends in (scores.least, scores.most)]
        least, most = (max(Fraction(value), Fraction(0)) / whole for value in (rated.least[place], rated.most[place]))
        said = Text(f"{name.zh}：{_points(rated.least[place])} 至 {_points(rated.most[place])} 分", f"{name.en}: {_points(rated.least[place])} to {_points(rated.most[place])} points")
        rows.append(Row(view.say(name), tuple(map(_points, values)), Bar((("certain", least), ("possible", most - least)), view.say(said))))
    caption = Text(f"{pack.pack.name} 得分（{pack.records:,} 份{of.zh}）", f"{pack.pack.name} scores ({pack.records:,} records{of.en})")
    return Table(view.say(caption), tuple(map(view.say, head)), tuple(rows))


def _by_section(summary: Summary, view: View) -> Part:
    packs = [(letter, pack, summary.pooled(pack.pack.name)) for letter, pack in _lettered(summary) if pack.records]
    rows = [Row(_section(section, summary, view), (f"{number:,}", *(_passed(pooled.get(section, Counts())) for _, _, pooled in packs)))
            for section, number in summary.section_records.items()]
    rows.append(Row(view.say(Text("合计", "all")), (f"{summary.tally.judged:,}", *(_passed(sum(pooled.values(), Counts())) for _, _, pooled in packs))))
    first = view.say(Text("门类", "section")), view.say(_RECORDS)
    caption = Text("各门类在各标准包的通过率", "Pass rate by section and pack")
    note = Text("通过率 = 满足 ÷（满足 + 违反 + 未知），包内条款合并计算，不适用的不计。左端把未知当作违反，右端当作满足。",
                "Pass rate = satisfied ÷ (satisfied + violated + unknown), all clauses of a pack taken together, not those that do not apply. "
                "At its left end what is unknown counts as violated, at its right end as satisfied.")
    table = Table(view.say(caption), (*first, *(letter for letter, _, _ in packs)), tuple(rows), (*first, *(pack.pack.name for _, pack, _ in packs)))
    return Part("sections", view.say(Text("通过率：行业门类", "Pass rates by section of industry")), (view.say(note),), (table,) if summary.tally.judged else ())


def _section(section: str, summary: Summary, view: View) -> str:
    return f"{section} {view.say(summary.sections[section])}".strip()


def _gaps(summary: Summary, view: View) -> Part:
    binding: tuple[Modality, ...] = ("mandatory",)
    others: tuple[Modality, ...] = ("recommended", "permitted")
    kinds: tuple[tuple[Text, Verdict, tuple[Modality, ...]], ...] = (
        (Text("违反最多的强制条款", "Mandatory clauses most often violated"), "violated", binding),
        (Text("违反最多的其他条款", "Other clauses most often violated"), "violated", others),
        (Text("未知最多的条款", "Clauses most often unknown"), "unknown", (*binding, *others)),
    )
    tables = []
    for caption, verdict, modalities in kinds:
        found = summary.most(verdict, modalities)
        if found:
            of = Text(f"{caption.zh}（{len(found):,} 条中的前几条）", f"{caption.en} (the first of {len(found):,})") if len(found) > SHOWN else caption
            tables.append(Table(view.say(of), (view.say(_PAGE_WORDS["clause"]), *_heads(view)), tuple(_clause_row(line, view) for line in found[: 4 * SHOWN]), whole=False))
    none = () if tables else (view.say(Text("没有违反或未知的条款。", "No clause is violated or unknown.")),)
    return Part("gaps", view.say(Text("最常见的缺口", "The most common gaps")), none, tuple(tables))


def _heads(view: View) -> tuple[str, ...]:
    return tuple(view.say(said) for said in (VERDICT_NAMES["violated"], VERDICT_NAMES["unknown"], _PASSED))


def _clause_row(line: ClauseCounts, view: View) -> Row:
    cells = f"{line.total.violated:,}", f"{line.total.unknown:,}", _passed(line.total)
    kind = view.say(Text(f"（{KIND_NAMES[line.clause.kind].zh}）", f" ({KIND_NAMES[line.clause.kind].en})"))
    return Row(f"{line.clause.name} {view.say(line.clause.title)}{kind}", cells, _bar(line.total, view))


def _bar(counts: Counts, view: View) -> Bar | None:
    """The verdicts side by side, among those of whom the clause is asked."""
    if not counts.asked:
        return None
    pieces = tuple((verdict, Fraction(counts.of(verdict), counts.asked)) for verdict in VERDICT_NAMES)
    comma = view.say(Text("，", ", "))
    return Bar(pieces, comma.join(f"{view.say(VERDICT_NAMES[verdict])} {_share(Fraction(counts.of(verdict), counts.asked))} %" for verdict in VERDICT_NAMES))


def _contradictions(summary: Summary, view: View) -> Part:
    note = Text(f"{summary.contradicted_records:,} 份填报有自相矛盾的陈述；{summary.inconsistent_records:,} 份违反一致性检查。",
                f"{summary.contradicted_records:,} records state what cannot all hold; {summary.inconsistent_records:,} fail a check of consistency.")
    number = view.say(_RECORDS)
    tables = []
    if summary.contradicted:
        kinds = [Row(view.say(conflict_text(conflict)), (f"{times:,}",)) for conflict, times in summary.conflicts.items()]
        tables.append(Table(view.say(Text("按种类", "By kind")), (view.say(Text("矛盾", "contradiction")), view.say(Text("处", "times"))), tuple(kinds)))
        about = [Row(f"{view.say(line.label)} {line.about}", (view.say(conflict_text(line.conflict)), f"{line.records:,}")) for line in summary.contradicted]
        tables.append(Table(view.say(Text("按事实或事件", "By fact or event")), (view.say(Text("事实或事件", "fact or event")), view.say(Text("矛盾", "contradiction")), number),
                            tuple(about), whole=False, prose=True))
    if summary.inconsistent:
        rows = [Row(f"{line.clause.name} {view.say(line.clause.title)}", (f"{line.total.violated:,}",)) for line in summary.inconsistent]
        tables.append(Table(view.say(Text("违反的一致性检查", "Checks of consistency that fail")), (view.say(_PAGE_WORDS["clause"]), number), tuple(rows), whole=False))
    return Part("contradictions", view.say(Text("矛盾", "Contradictions")), (view.say(note),), tuple(tables))


def _outliers(summary: Summary, view: View) -> Part:
    found, above = summary.outliers, _points(decimal_of(Fraction(summary.outliers.peers.above)))
    note = Text(f"{found.records:,} 份填报中有 {found.number:,} 个数字远离同一门类的其他企业（修正 z 值超过 {above}，至少 {found.peers.at_least} 份可比）；离得远不等于错。",
                f"{found.number:,} figures in {found.records:,} records stand far from those of the same section (modified z-score above {above}, at least "
                f"{found.peers.at_least} to compare with); far off need not be wrong.")
    if not found.number:
        return Part("outliers", view.say(Text("异常值", "Outliers")), (view.say(note),), ())
    figure = view.say(Text("数字", "figure"))
    furthest = tuple(Row(_who(line.company, line.credit_code), _outlier_cells(line, summary, view)) for line in found.furthest)
    heads = (Text("企业", "company"), Text("数字", "figure"), Text("值", "value"), Text("同类中位数", "median of peers"), Text("可比份数", "peers"),
             Text("距离", "distance"), Text("填报", "record"))
    tables = (Table(view.say(Text("按数字", "By figure")), (figure, view.say(Text("个", "number"))), tuple(Row(view.say(word.label), (f"{times:,}",)) for word, times in found.facts), whole=False),
              Table(view.say(Text("最远的", "The furthest")), tuple(map(view.say, heads)), furthest, whole=False, prose=True))
    return Part("outliers", view.say(Text("异常值", "Outliers")), (view.say(note),), tables)


def _who(company: str, credit_code: str | None) -> str:
    return clean(f"{company} {credit_code}" if credit_code else company)


def _outlier_cells(line: Outlier, summary: Summary, view: View) -> tuple[str, ...]:
    near = Decimal(f"{line.typical:.4g}")
    typical = ("" if near == line.typical else "≈ ") + _figure(near, line.word, summary, view)
    return view.say(line.word.label), _figure(line.value, line.word, summary, view), typical, f"{line.peers:,}", f"{line.distance:f}", clean(line.record)


def _figure(value: int | Decimal, word: Word, summary: Summary, view: View) -> str:
    plain = value if isinstance(value, int) else Decimal(_points(value))
    return view.say(value_text(plain, word, summary.units.get(word.unit) if word.unit else None))


def _restated(summary: Summary, view: View) -> Part:
    companies = len({line.credit_code or line.company for line in summary.restated})
    note = Text(f"{len(summary.restated):,} 个数字（{companies:,} 家企业）在同一期间的两次填报中不同，而没有说明。",
                f"{len(summary.restated):,} figures of {companies:,} companies differ between records of the same period, without a note on it.")
    rows = tuple(Row(_who(line.company, line.credit_code), _restated_cells(line, summary, view)) for line in summary.restated)
    heads = Text("企业", "company"), Text("期间", "period"), Text("数字", "figure"), Text("先后的值", "values in turn"), Text("填报", "records")
    tables = (Table(view.say(Text("未作说明的改动", "Restated in silence")), tuple(map(view.say, heads)), rows, whole=False, prose=True),) if rows else ()
    return Part("restated", view.say(Text("静默改数", "Figures restated in silence")), (view.say(note),), tables)


def _restated_cells(line: Restated, summary: Summary, view: View) -> tuple[str, ...]:
    values = " → ".join(_figure(filing.value, line.word, summary, view) for filing in line.filings)
    return view.say(_span(line.period)), view.say(line.word.label), values, " → ".join(map(_filed, line.filings))


def _filed(filing: Filing) -> str:
    return f"{clean(filing.record)} ({filing.as_of})"


# --- every clause ------------------------------------------------------------------------------------------------------------


def _clauses(summary: Summary, view: View) -> Iterator[tuple[str, Iterator[Chapter]]]:
    """For every pack that judged somebody its name and title, and its chapters."""
    of = {name: list(lines) for name, lines in groupby(summary.clauses, key=lambda line: line.clause.pack)}
    for letter, pack in _lettered(summary):
        if pack.records:
            yield f"{letter} {pack.pack.name} {view.say(pack.pack.title)}", _chapters(pack, of.get(pack.pack.name, []), summary, view)


def _chapters(pack: PackSummary, clauses: Sequence[ClauseCounts], summary: Summary, view: View) -> Iterator[Chapter]:
    titles: dict[str, Section] = {chapter.number: chapter for chapter in pack.pack.chapters}
    for number, found in groupby(clauses, key=lambda line: line.clause.chapter):
        lines = list(found)
        title = f"{number} {view.say(titles[number].title)}" if number in titles else number
        modality = {name: view.say(said) for name, said in MODALITY_NAMES.items()}
        rows = tuple(Row(f"{line.clause.number} {view.say(line.clause.title)}", (modality[line.clause.modality], *_cells(line.total)), _bar(line.total, view)) for line in lines)
        head = view.say(_PAGE_WORDS["clause"]), view.say(Text("约束力", "modality"))
        section_names = cache(lambda section: _section(section, summary, view))
        by_section = tuple((rows[place].about, tuple(Row(section_names(section), _cells(counts)) for section, counts in line.sections.items() if counts.asked))
                           for place, line in enumerate(lines))
        yield Chapter(title, Table(title, head, rows), by_section)


def _cells(counts: Counts) -> tuple[str, ...]:
    return (*(f"{counts.of(verdict):,}" for verdict in VERDICT_NAMES), f"{counts.not_asked:,}", _passed(counts))


# --- on a terminal -----------------------------------------------------------------------------------------------------------


def _grid(table: Table, view: View) -> Iterator[str]:
    """A table with its numbers to the right; what does not fit beside each other stands in further tables."""
    rows = table.rows if table.whole else table.rows[:SHOWN]
    columns = list(zip(table.head[1:], zip(*(row.cells for row in rows), strict=True), strict=True))
    widths = [max(widest(cells), widest([head])) + 2 for head, cells in columns]
    yield dressed(table.caption, view, bold=True)
    while columns:
        fit = next((number for number in range(len(columns), 1, -1) if view.width - sum(widths[:number]) >= _LEAST_ROOM), 1)
        yield from _rows(table.head[0], rows, columns[:fit], widths[:fit], view)
        columns, widths, rest = columns[fit:], widths[fit:], columns[fit:]
        if rest:
            yield ""
    yield from _left(len(table.rows) - len(rows), view)


def _rows(heading: str, rows: Sequence[Row], columns: Sequence[tuple[str, tuple[str, ...]]], widths: Sequence[int], view: View) -> Iterator[str]:
    room = min(max(view.width - sum(widths), _LEAST_ROOM), widest([heading, *(row.about for row in rows)]))
    yield dressed(padded(heading, room) + "".join(padded(head, width, right=True) for (head, _), width in zip(columns, widths, strict=True)), view, FAINT)
    for place, row in enumerate(rows):
        first, *rest = folded(row.about, room)
        yield padded(first, room) + "".join(padded(cells[place], width, right=True) for (_, cells), width in zip(columns, widths, strict=True))
        yield from ("  " + line for more in rest for line in folded(more, room - 2))


def _prose(table: Table, view: View) -> Iterator[str]:
    """A table of words: each row in as many lines as it takes."""
    rows = table.rows if table.whole else table.rows[:SHOWN]
    yield dressed(table.caption, view, bold=True)
    between = view.say(Text("；", "; "))
    for row in rows:
        yield from folded(row.about, view.width)
        told = between.join(f"{head} {cell}" for head, cell in zip(table.head[1:], row.cells, strict=True))
        yield from ("  " + line for line in folded(told, view.width - 2))
    yield from _left(len(table.rows) - len(rows), view)


def _left(number: int, view: View) -> Iterable[str]:
    """Says how many rows a terminal does not show."""
    return [dressed(view.say(Text(f"另有 {number:,} 行，见网页。", f"{number:,} more rows on the page.")), view, FAINT)] if number > 0 else []
