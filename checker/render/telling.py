"""What documents tell of a finding, as named lines, and what they leave room for: the same in a sheet, a paper and a page.

A working paper is filled in by whoever reviews it, so the words of its empty fields stand here, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.description import VERDICT_NAMES
from checker.errors import Text
from checker.render.paper import FactRow, Item, Paper, Proof, Stated
from checker.render.view import View
from checker.report import VERDICTS

#: The headings of what is told of a finding, in the order of telling.
NAMES: dict[str, Text] = {
    "statement": Text("检查内容", "what is checked"),
    "reason": Text("理由", "reason"),
    "needs": Text("缺少的事实", "facts wanted"),
    "facts": Text("事实", "facts"),
    "evidence": Text("证据", "evidence"),
    "contradictions": Text("矛盾", "contradictions"),
    "events": Text("事件", "events"),
    "score": Text("得分", "score"),
    "remarks": Text("说明", "remarks"),
    "citation": Text("出处", "citation"),
    "note": Text("来源说明", "note on the source"),
}
#: The parts of a document.
PARTS: dict[str, Text] = {
    "title": Text("ESG 检查工作底稿", "ESG working paper"),
    "contents": Text("目录", "Contents"),
    "summary": Text("摘要", "Summary"),
    "counts": Text("统计", "Counts"),
    "findings": Text("发现", "Findings"),
    "facts": Text("事实", "Facts"),
    "scores": Text("得分", "Scores"),
    "evidence": Text("证据", "Evidence"),
    "contradictions": Text("矛盾", "Contradictions"),
    "notes": Text("来源说明", "Notes on sources"),
    "waivers": Text("豁免与警告", "Waivers and warnings"),
    "waiver": Text("豁免", "Waiver"),
    "warning": Text("警告", "Warning"),
    "documents": Text("文件", "Documents"),
}
#: The headings of columns and fields that are no part of what is told of a finding.
WORDS: dict[str, Text] = {
    "company": Text("企业", "company"),
    "outcome": Text("结论", "outcome"),
    "pack": Text("标准包", "pack"),
    "chapter": Text("章节", "chapter"),
    "number": Text("条款", "clause"),
    "title": Text("名称", "title"),
    "kind": Text("类别", "kind"),
    "modality": Text("约束力", "modality"),
    "verdict": Text("判定", "verdict"),
    "points": Text("得分/分值", "points"),
    "total": Text("合计", "total"),
    "fact": Text("事实", "fact"),
    "path": Text("事实路径", "path of the fact"),
    "role": Text("作用", "role"),
    "value": Text("值", "value"),
    "place": Text("位置", "place"),
    "in_file": Text("在事实文件中的位置", "place in the file of facts"),
    "document": Text("文件", "document"),
    "id": Text("编号", "id"),
    "clauses": Text("用于条款", "clauses that rest on it"),
    "about": Text("对象", "about"),
    "contradiction": Text("矛盾", "contradiction"),
    "level": Text("层级", "level"),
    "text": Text("内容", "text"),
    "legend": Text("图例", "legend"),
    "not_told": Text("未提及", "not mentioned"),
    "none": Text("无", "none"),
}
#: What a reviewer writes beside a finding, and which answers the first of these takes.
REVIEW: dict[str, Text] = {
    "agreed": Text("是否同意", "agreed"),
    "conclusion": Text("复核结论", "reviewer's conclusion"),
    "work": Text("所做工作与备注", "work done and remarks"),
    "reviewer": Text("复核人", "reviewer"),
    "date": Text("日期", "date"),
}
ANSWERS = (Text("同意", "yes"), Text("不同意", "no"), Text("待定", "open"))
#: What is filled in on the first page of a paper, and whether it is a day.
SIGNED = ((Text("索引号", "index"), False), (Text("编制人", "prepared by"), False), (Text("编制日期", "prepared on"), True),
          (Text("复核人", "reviewed by"), False), (Text("复核日期", "reviewed on"), True))


@dataclass(frozen=True, slots=True)
class Told:
    """Some lines of a finding under their heading; ``key`` is the heading's name in :data:`NAMES`."""

    key: str
    name: str
    lines: tuple[str, ...]


def told(item: Item, view: View) -> Iterator[Told]:
    """Everything that is told of a finding beside its title and verdict; headings under which there is nothing are there, too."""
    lines = {
        "statement": (item.statement,),
        "reason": (item.reason,),
        "needs": item.needs,
        "facts": tuple(fact_line(fact, view) for fact in item.facts),
        "evidence": tuple(proof_line(proof, view) for proof in item.evidence),
        "contradictions": item.contradictions,
        "events": (*item.events, *item.claims),
        "score": item.score,
        "remarks": item.remarks,
        "citation": (item.citation,),
        "note": tuple(filter(None, (item.truncated, item.note))),
    }
    for key, name in NAMES.items():
        yield Told(key, view.say(name), lines[key])


def marked(item: Item) -> str:
    """The verdict with its mark, which a printer without colours shows, too."""
    return f"{item.mark} {item.verdict_word}"


def fact_line(fact: FactRow, view: View) -> str:
    """A fact with everything stated of it."""
    values = view.say(Text("；", "; ")).join(_stated(said, view) for said in fact.stated) or view.say(WORDS["not_told"])
    return f"{fact.label}{view.say(Text('：', ': '))}{values}" + ("" if fact.decides else _aside((fact.role,), view))


def _stated(said: Stated, view: View) -> str:
    cited = f" [{', '.join(said.evidence)}]" if said.evidence else ""
    return said.value + cited + _aside(said.remarks, view)


def proof_line(proof: Proof, view: View) -> str:
    """A piece of evidence: its id, the document, the place in it, and what is known of it."""
    return f"[{proof.name}] {proof.document}{view.say(Text('，', ', '))}{proof.place}" + _aside(proof.remarks, view)


def _aside(remarks: tuple[str, ...], view: View) -> str:
    if not remarks:
        return ""
    return view.say(Text("（", " (")) + view.say(Text("；", "; ")).join(remarks) + view.say(Text("）", ")"))


def pieces(paper: Paper) -> list[tuple[Proof, list[str]]]:
    """Every piece of evidence once, in order of first use, with the clauses that rest on it."""
    found: dict[Proof, list[str]] = {}
    for pack in paper.packs:
        for item in pack.all_items():
            for proof in item.evidence:
                found.setdefault(proof, []).append(item.name)
    return list(found.items())


def restriction(view: View) -> str:
    """That not every finding is listed, and which are; nothing where all are."""
    if not view.only:
        return ""
    names = view.say(Text("、", ", ")).join(view.say(VERDICT_NAMES[verdict]) for verdict in VERDICTS if verdict in view.only)
    return view.say(Text("只列出以下判定的条款，统计仍含全部：", "Only findings with these verdicts are listed; counts are of all: ")) + names
