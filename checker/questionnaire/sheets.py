"""The sheets of a questionnaire and their columns, once for whoever writes and whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from checker.errors import Text
from checker.packs import Packs

#: What a cell holds: ``shown`` is there for orientation and not read back; ``value`` is a fact's or the company's own.
Kind = Literal["shown", "path", "value", "unit", "text", "id", "names", "reasons", "choice", "yes", "date", "share", "number"]

YES_NO = {"yes": Text("是", "yes"), "no": Text("否", "no")}
#: What else is taken for yes and no.
YES, NO = ("yes", "是", "true", "y"), ("no", "否", "false", "n")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in a fact file, what stands above it, how wide it is (in characters), what its cells hold."""

    key: str
    heading: Text
    width: int
    kind: Kind = "text"
    choices: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. ``given`` are columns that a template fills in itself: alone they say nothing. ``needed`` have to be there."""

    key: str
    title: Text
    columns: tuple[Column, ...]
    given: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the company's sheet: a path of the fact file, and what is asked."""

    path: str
    label: Text
    explanation: Text
    kind: Kind = "text"
    several: bool = False
    needed: bool = False


ITEMS = (
    Item("company.name", Text("企业名称", "Company name"), Text("必填", "required"), needed=True),
    Item("company.credit_code", Text("统一社会信用代码", "Unified social credit code"), Text("18 位", "18 characters")),
    Item("company.industry", Text("行业代码", "Industry code"), Text("GB/T 4754，如 C3670", "GB/T 4754, such as C3670")),
    Item("company.traits", Text("企业特征", "Trait"),
         Text("每行一项；决定用哪些标准来判定", "one a row; they decide which standards the company is judged by"), "choice", several=True),
    Item("company.note", Text("备注", "Note"), Text("", "")),
    Item("period.start", Text("报告期开始", "Period from"), Text("必填，如 2024-01-01", "required, such as 2024-01-01"), "date", needed=True),
    Item("period.end", Text("报告期结束", "Period to"), Text("必填，含当日", "required, this day included"), "date", needed=True),
    Item("as_of", Text("判定日", "Day judged"), Text("不填则为检查当天", "without it, the day of the check"), "date"),
    Item("panel", Text("评审员", "Assessor"), Text("每行一位；须由全体评审员给每项指标评分时填写", "one a row; where everybody named has to rate each indicator"), several=True),
)

INSTRUCTIONS = Text("说明", "Instructions")
LISTS = Text("选项", "Lists")

_EVIDENCE = Column("evidence", Text("证据", "Evidence"), 16, "names")
_NOTE = Column("note", Text("备注", "Note"), 24)
_DATE = Column("date", Text("日期", "Date"), 11, "date")


def sheets(packs: Packs) -> dict[str, Sheet]:
    """Every sheet of a questionnaire but the first and the last, by its key, in order."""
    terms = packs.vocabulary.terms
    kinds = terms.event_kinds
    fields = tuple(Column(name, known.label, 14, "choice", known.choices) for name, known in terms.event_fields.items())
    found = (
        Sheet("company", Text("企业", "Company"), (
            Column("item", Text("项目", "Item"), 22, "shown"),
            Column("value", Text("填写", "Answer"), 50, "value", terms.traits),
            Column("explanation", Text("填写说明", "How to fill in"), 56, "shown"),
            Column("path", Text("键", "Key"), 20, "path"),
        ), ("path",), ("value", "path")),
        Sheet("facts", Text("事实", "Facts"), (
            Column("question", Text("问题", "Question"), 46, "shown"),
            Column("form", Text("如何作答", "How to answer"), 15, "shown"),
            Column("unit", Text("单位", "Unit"), 8, "unit"),
            Column("value", Text("答案", "Answer"), 16, "value"),
            Column("missing", Text("无值原因", "Why no value"), 13, "reasons", terms.missing_reasons),
            Column("to", Text("交由谁", "Handed to"), 12),
            _EVIDENCE,
            Column("source", Text("出处", "Source"), 14),
            _DATE,
            _NOTE,
            Column("wanted", Text("应备证据", "Evidence to have ready"), 20, "shown"),
            Column("clauses", Text("提问条款", "Asked by"), 26, "shown"),
            Column("modality", Text("约束力", "Modality"), 12, "shown"),
            Column("topic", Text("主题", "Topic"), 16, "shown"),
            Column("path", Text("事实", "Fact"), 34, "path"),
        ), ("path", "unit"), ("value", "path")),
        Sheet("evidence", Text("证据", "Evidence"), (
            Column("id", Text("证据编号", "Evidence id"), 16, "id"),
            Column("document", Text("文件编号", "Document id"), 16, "id"),
            Column("place", Text("位置", "Place"), 40),
            Column("kind", Text("种类", "Kind"), 18, "choice", terms.evidence_kinds),
            Column("figure", Text("所载数字", "Figure printed there"), 20),
            _DATE,
            Column("expires", Text("有效期至", "Valid to"), 11, "date"),
            Column("assurance", Text("可信程度", "Assurance"), 16, "choice", terms.assurance_levels),
            _NOTE,
        ), (), ("id", "document", "place")),
        Sheet("documents", Text("文件", "Documents"), (
            Column("id", Text("文件编号", "Document id"), 16, "id"),
            Column("title", Text("名称", "Title"), 46),
            Column("issuer", Text("签发者", "Issuer"), 28),
            Column("kind", Text("类型", "Kind"), 18),
            _DATE,
            Column("note", Text("备注", "Note"), 40),
        ), (), ("id", "title")),
        Sheet("events", Text("事件", "Events"), (
            Column("kind", Text("事件种类", "Kind of event"), 30, "choice", kinds),
            _DATE,
            Column("title", Text("事件名称", "What happened"), 46),
            *fields,
            _EVIDENCE,
        ), (), ("kind", "date")),
        Sheet("event_statements", Text("事件声明", "Event statements"), (
            Column("kind", Text("事件种类", "Kind of event"), 40, "choice", kinds),
            Column("from", Text("自（空着为历来）", "From (empty: since ever)"), 18, "date"),
            Column("to", Text("至", "To"), 11, "date"),
            Column("none", Text("期间没有发生", "None happened"), 14, "yes"),
            _EVIDENCE,
            Column("note", Text("备注", "Note"), 40),
        ), ("kind",), ("kind", "to")),
        _ratings(packs),
        _refinements(packs),
    )
    return {sheet.key: sheet for sheet in found}


def _ratings(packs: Packs) -> Sheet:
    scales = [pack.scoring.scale for pack in packs.values() if pack.scoring and pack.scoring.scale]
    bands = {band.name: Text(band.name, band.name) for scale in scales for band in scale.bands}
    aspects = {name: label for scale in scales for name, label in scale.aspects.items()}
    return Sheet("ratings", Text("评分", "Ratings"), (
        Column("clause", Text("条款", "Clause"), 20),
        Column("title", Text("指标", "Indicator"), 34, "shown"),
        Column("worth", Text("分值", "Points to earn"), 9, "shown"),
        Column("assessor", Text("评审员", "Assessor"), 12),
        Column("ratio", Text("评分比例", "Ratio"), 10, "share"),
        Column("band", Text("评分档", "Band"), 10, "choice", bands),
        *(Column(f"aspects.{name}", Text(f"评分档：{label.zh}", f"Band: {label.en}"), 13, "choice", bands) for name, label in aspects.items()),
        Column("points", Text("给分", "Points given"), 9, "number"),
        _EVIDENCE,
        _NOTE,
    ), ("clause",), ("clause", "assessor"))


def _refinements(packs: Packs) -> Sheet:
    marks = {mark: Text(mark, mark) for pack in packs.values() if pack.grading for mark in pack.grading.marks}
    names = {pack.name: pack.title for pack in packs.values() if pack.grading and pack.grading.marks}
    return Sheet("refinements", Text("等级微调", "Grade refinements"), (
        Column("pack", Text("标准包", "Pack"), 34, "choice", names),
        Column("mark", Text("微调", "Mark"), 8, "choice", marks),
        Column("by", Text("评定者", "Given by"), 28),
        _EVIDENCE,
        Column("note", Text("备注", "Note"), 40),
    ), (), ("pack", "mark", "by"))


# --- words for codes, and back ------------------------------------------------------------------------------------


def shown(choices: Mapping[str, Text], lang: str) -> dict[str, str]:
    """What a person reads for each code: its label, with the code behind it where the label alone would not tell."""
    taken: dict[str, set[str]] = {}
    for code, label in choices.items():
        for form in (code, label.zh, label.en):
            taken.setdefault(form.strip().casefold(), set()).add(code)
    labels = {code: label.in_language(lang) for code, label in choices.items()}
    return {code: label if len(taken[label.strip().casefold()]) == 1 else f"{label} ({code})" for code, label in labels.items()}


def codes(choices: Mapping[str, Text]) -> dict[str, str]:
    """The code for everything that may be written for it, in small letters: itself, and what either language shows."""
    found: dict[str, str] = {}
    for lang in ("zh", "en"):
        found |= {label.strip().casefold(): code for code, label in shown(choices, lang).items()}
    return found | {code.casefold(): code for code in choices}


# --- lists of names in one cell -----------------------------------------------------------------------------------

_SEPARATORS = "；;、，,\n"
_NAME = re.compile(rf'[^\S\n]*(?:"((?:[^"]|"")*)"[^\S\n]*|([^{_SEPARATORS}]*))(?:[{_SEPARATORS}]|\Z)')


def joined(names: Iterable[str]) -> str:
    """Names in one cell; one that holds a separator, a quote or blanks around it is quoted as in CSV."""
    return "；".join('"' + name.replace('"', '""') + '"' if name != name.strip() or not name or set(name) & set(_SEPARATORS + '"\r') else name for name in names)


def parted(said: str) -> list[str]:
    """The names that :func:`joined` was given, or that a person has put between semicolons or on lines of their own."""
    found, place = [], 0
    while place < len(said):
        match = _NAME.match(said, place)
        assert match
        quoted, plain = match.groups()
        if quoted is not None:
            found.append(quoted.replace('""', '"'))
        elif plain.strip():
            found.append(plain.strip())
        place = match.end()
    return found
