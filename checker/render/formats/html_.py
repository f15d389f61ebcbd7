"""A report as a page of HTML that stands by itself: no network, good on screen and on paper, every word of it escaped.

Without its script everything is there; that only filters, opens and counts.
"""

from __future__ import annotations

from checker.errors import Text
from checker.render.drafting import draft
from checker.render.pages import page
from checker.render.telling import pieces
from checker.render.view import View
from checker.report import Report

#: Of a node with more parts than this, those that decide nothing are folded away.
PARTS_SHOWN = 8


def render(report: Report, view: View) -> bytes:
    """The report as one page in UTF-8; findings that the view does not list are counted and not told."""
    told = draft(report, view)
    items = [item for pack in told.packs for item in pack.all_items()]
    return page(
        "report.html.j2", view.lang, style="report.css", script="report.js",
        paper=told,
        pieces=pieces(told),
        words={name: said.in_language(view.lang) for name, said in _WORDS.items()},
        verdict_choices=[(verdict, f"{mark} {word}") for verdict, mark, word in told.verdicts if any(item.verdict == verdict for item in items)],
        modality_choices=[(modality, word) for modality, word in told.modalities if any(item.modality == modality for item in items)],
        parts_shown=PARTS_SHOWN,
        pack_choices=[(pack.name, pack.title) for pack in told.packs if any(pack.all_items())],
    )


_WORDS: dict[str, Text] = {
    "title": Text("检查报告", "Report"),
    "skip": Text("跳到各项发现", "Skip to the findings"),
    "contents": Text("目录", "Contents"),
    "summary": Text("汇总", "Summary"),
    "scores": Text("得分与等级", "Scores and grades"),
    "contradictions": Text("企业自身陈述中的矛盾", "Contradictions in the company's own statements"),
    "findings": Text("各项发现", "Findings"),
    "notes": Text("来源的疑义与所取读法", "Notes on the sources, and the readings taken"),
    "sources": Text("来源、摘要值与版本", "Sources, digests and versions"),
    "legend": Text("图例", "Legend"),
    "by_chapter": Text("各章判定（条数）", "Verdicts by chapter (number of clauses)"),
    "chapter": Text("章", "Chapter"),
    "clause": Text("条款", "Clause"),
    "picture": Text("图示", "Picture"),
    "certain": Text("确定的得分", "certain points"),
    "possible": Text("尚可能的得分", "points still possible"),
    "limits": Text("等级界限", "Limits of the grades"),
    "ledger": Text("得分明细", "The score line by line"),
    "filters": Text("筛选", "Filters"),
    "verdict": Text("判定", "Verdict"),
    "modality": Text("约束力", "Modality"),
    "pack": Text("标准", "Standard"),
    "search": Text("查找", "Search"),
    "reset": Text("全部显示", "Show all"),
    "open": Text("全部展开", "Open all"),
    "close": Text("全部收起", "Close all"),
    "printing": Text("打印时展开详情", "Print with details"),
    "listed": Text("列出 {shown} 项，共 {all} 项", "{shown} of {all} listed"),
    "waived": Text("已豁免", "waived"),
    "citation": Text("出处：", "Source: "),
    "note": Text("注：", "Note: "),
    "applies": Text("适用前提", "Applies if"),
    "condition": Text("条件", "Condition"),
    "idle": Text("不影响结果的其余项：", "others, which decide nothing: "),
    "facts": Text("事实", "Facts"),
    "absent": Text("未提及", "not mentioned"),
    "events": Text("事件与关于事件的声明", "Events, and what is stated about events"),
    "score": Text("得分", "Score"),
    "evidence": Text("证据", "Evidence"),
    "documents": Text("证据所在文件", "Documents of the evidence"),
    "waivers": Text("豁免", "Waivers"),
    "warnings": Text("提示", "Warnings"),
    "comma": Text("，", ", "),
    "colon": Text("：", ": "),
}
