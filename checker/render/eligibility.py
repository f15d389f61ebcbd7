"""A screening for terminals and for programs: may the company apply, why not, or what to supply."""

from __future__ import annotations

from collections.abc import Iterator

from checker.conditions import Verdict
from checker.errors import Text
from checker.render.asking import question_lines, question_tree
from checker.render.formats.json_ import finding_tree
from checker.render.layout import COLOURS, FAINT, MARKS, dressed, folded
from checker.render.plain import company, dumps, problem, words
from checker.render.rows import rows
from checker.render.scores import ELIGIBILITY_WORDS
from checker.render.view import View, clean
from checker.report import Eligibility
from checker.screening import Screened, Screening

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-screening/3"
_LIKE: dict[Eligibility, Verdict] = {"eligible": "satisfied", "not_eligible": "violated", "undetermined": "unknown"}


def text(screening: Screening, view: View) -> bytes:
    """The screening as UTF-8 text."""
    report = screening.report
    lines = [dressed(clean(report.company.name), view, bold=True)]
    told = Text(f"判定日 {report.as_of} · 求值 {report.engine}", f"judged as of {report.as_of} · evaluated by {report.engine}")
    lines.append(dressed(view.say(told), view, FAINT))
    for screened in screening.packs:
        lines += _pack(screened, view)
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def json(screening: Screening) -> bytes:
    """The screening as JSON (``schemas/screening.schema.json``)."""
    report = screening.report
    return dumps({
        "schema": VERSION,
        "facts": {"name": report.facts, "sha256": report.facts_digest},
        "company": company(report.company),
        "as_of": report.as_of.isoformat(),
        "engine": report.engine,
        "packs": [
            {
                "pack": screened.judged.pack.name,
                "title": words(screened.judged.pack.title),
                "outcome": screened.outcome,
                "findings": [finding_tree(finding, report) for finding in screened.judged.preconditions],
                "supply": [question_tree(question) for question in screened.supply],
            }
            for screened in screening.packs
        ],
        "warnings": [problem(warning) for warning in report.warnings],
    })


def _pack(screened: Screened, view: View) -> Iterator[str]:
    pack = screened.judged.pack
    like = _LIKE[screened.outcome]
    yield ""
    yield dressed(f"{pack.name}  {view.say(pack.title)}", view, bold=True)
    yield dressed(f"{MARKS[like]} {view.say(ELIGIBILITY_WORDS[screened.outcome])}", view, COLOURS[like], bold=True)
    yield ""
    yield from rows(list(screened.judged.preconditions), view)
    if screened.supply:
        yield ""
        yield dressed(view.say(Text("请补充：", "Please supply:")), view, bold=True)
        for number, question in enumerate(screened.supply, 1):
            yield from question_lines(number, question, view)
    for line in folded(view.say(Text("筛查只看申请条件；逐条解释：esgcheck explain 事实文件 条款号",
                                     "Only the preconditions are screened. For any clause: esgcheck explain FACTS CLAUSE")), view.width):
        yield dressed(line, view, FAINT)
