"""What a questionnaire says to whoever fills it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.errors import Text
from checker.questionnaire.sheets import Kind
from checker.vocabulary import Terms, Word

#: How many clauses are named before the rest is counted.
_CLAUSES = 6

_PLAIN: dict[str, Text] = {
    "boolean": Text("是 / 否", "yes / no"),
    "choice": Text("从列表中选择", "choose from the list"),
    "date": Text("日期，如 2024-12-31", "date, such as 2024-12-31"),
    "month": Text("年月，如 2024-08", "month, such as 2024-08"),
    "text": Text("文字", "text"),
    "ratio": Text("百分比，0% 至 100%", "per cent, 0% to 100%"),
}
_PROMPTS: dict[Kind, Text] = {
    "choice": Text("请从列表中选择。", "Choose from the list."),
    "reasons": Text("没有答案时选一项原因；有几项时用分号隔开。", "Without an answer, choose why; separate several reasons with semicolons."),
    "yes": _PLAIN["boolean"],
    "date": _PLAIN["date"],
    "share": _PLAIN["ratio"],
    "number": Text("数", "a number"),
}


def prompt(kind: Kind) -> Text:
    """What is said beside a cell of that kind."""
    return _PROMPTS[kind]


def form(word: Word) -> Text:
    """How a fact is answered: its type and range."""
    if word.type not in ("integer", "number"):
        return _PLAIN[word.type]
    zh, en = ("整数", "whole number") if word.type == "integer" else ("数", "number")
    least, most = (None if limit is None else str(limit) for limit in (word.minimum, word.maximum))
    if least is not None and most is not None:
        return Text(f"{zh}，{least} 至 {most}", f"{en}, {least} to {most}")
    if least is not None:
        return Text(f"{zh}，≥ {least}", f"{en}, {least} or more")
    return Text(f"{zh}，≤ {most}", f"{en}, at most {most}") if most is not None else Text(zh, en)


def asked_by(clauses: Sequence[str]) -> Text:
    """Which clauses ask."""
    named, more = clauses[:_CLAUSES], len(clauses) - _CLAUSES
    zh, en = "、".join(named), ", ".join(named)
    return Text(f"{zh} 等 {len(clauses)} 条", f"{en} and {more} more") if more > 0 else Text(zh, en)


def instructions(terms: Terms) -> Iterator[tuple[Text, Text]]:
    """The lines of the first sheet, each with its heading."""
    reasons = list(terms.missing_reasons.values())
    zh, en = "、".join(reason.zh for reason in reasons), ", ".join(reason.en for reason in reasons)
    nothing = Text("", "")
    yield Text("社会责任与 ESG 问卷", "ESG questionnaire"), nothing
    yield nothing, nothing
    yield Text("1  企业", "1  Company"), Text("先填“企业”表：名称、企业特征、报告期。企业特征决定用哪些标准来判定。",
                                              "Begin with the sheet Company: name, traits, period. The traits decide which standards the company is judged by.")
    yield Text("2  事实", "2  Facts"), Text("每行一个问题，无论几个标准问到都只答一次。白色单元格由您填写；“答案”按“如何作答”填，单位照所列单位，不要写在答案里。",
                                            "One question a row, asked once however many standards want it. White cells are yours; answer as the column How to answer says, in the unit given, without writing the unit.")
    yield Text("没有答案", "No answer"), Text(f"不知道就整行留空：留空是“未知”，不算“否”。能说明原因时填“无值原因”：{zh}。与“答案”二者只填其一；交由他方的，写明“交由谁”。",
                                          f"Leave the row empty where you do not know: empty means unknown, not no. Where you can say why, use Why no value: {en}. Fill in either it or the answer; where it was handed on, say to whom.")
    yield Text("说法不一", "Different answers"), Text("两份材料的说法不同时，复制整行，各填一行，各写出处与证据；请不要自行取舍。",
                                                    "Where two sources differ, copy the whole row and fill in one for each, with its source and evidence; do not choose between them.")
    yield Text("3  证据与文件", "3  Evidence, documents"), Text("在“文件”表列出每份文件并编号，在“证据”表写明文件和其中的位置；再把证据编号填进事实、事件、评分的“证据”列，有几项时用分号隔开。没有证据的答案只是自述。",
                                                       "List every document with an id of your own, then evidence: a document and the place in it. Put evidence ids into the columns Evidence, several separated by semicolons. An answer without evidence is only asserted.")
    yield Text("4  事件", "4  Events"), Text("处罚、诉讼、事故、召回等逐件列在“事件”表。“事件声明”说明某类事件在何时至何时之间已全部列出；一件也没有的，“期间没有发生”选“是”。只有种类而未填日期的行不算声明。",
                                           "List penalties, suits, accidents, recalls one by one. Event statements say that the list of a kind is complete from one day to another, or, with None happened, that there was none. A row with only a kind states nothing.")
    yield Text("5  评分", "5  Ratings"), Text("仅由评审员填写（有此表时）：评分比例、评分档、各方面的档三种方式只用一种；另一位评审员另起一行。",
                                           "For assessors only, where the sheet is there: a ratio, a band, or bands of aspects, one of the three; another assessor uses another row.")
    yield Text("数字与文字", "Numbers and text"), Text("编号、版本之类（如 5.10）请保持文本格式；不要填公式。列可以移动，表名和表头不要改；末列灰色的路径用来识别问题，请保留。",
                                                  "Keep ids and versions such as 5.10 formatted as text; use no formulas. Columns may be moved, names of sheets and headings may not be changed; keep the grey path in the last column: it tells which question a row is.")
    yield Text("检查", "Check"), Text("esgcheck questions.xlsx 直接检查本问卷，错误会指明工作表和单元格；esgcheck ask questions.xlsx 列出最该补的问题；esgcheck convert questions.xlsx -o facts.json 转为 JSON。",
                                    "esgcheck questions.xlsx checks this workbook as it is and names sheet and cell of every error; esgcheck ask questions.xlsx lists what to answer next; esgcheck convert questions.xlsx -o facts.json makes JSON of it.")


