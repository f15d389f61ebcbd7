"""Writes a report in words: the one value that all documents are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from checker.conditions import Truth, Verdict, facts_of
from checker.description import VERDICT_NAMES, describe
from checker.disclosures import EXTENT_WORDS, EXTENTS
from checker.engines.reference import Explanation
from checker.errors import Problem, Text
from checker.facts import Evidence, Statement
from checker.notes import notes as source_notes
from checker.packs import Modality
from checker.render.layout import KIND_NAMES, MARKS, MODALITY_NAMES
from checker.render.numbers import plain
from checker.render.paper import Branch, CountRow, FactRow, Heading, Item, PackSheet, Paper, Proof, ScoreSheet, Stated
from checker.render.pictures import Limit, Scale, counted, hundredths, ranged
from checker.render.rows import absence_of, claim_text, remarks, sides
from checker.render.scores import grade_text, line_text, notes, score_table, shown, standing_notes
from checker.render.view import View, clean
from checker.report import (
    MODALITIES,
    VERDICTS,
    Contradiction,
    FactLine,
    Finding,
    Judged,
    Report,
    conflict_text,
    disclosed_by_chapter,
    event_text,
    value_text,
)
from checker.score import Score
from checker.waivers import EFFECT_WORDS, Waived

_TRUTHS: dict[Truth, Verdict] = {True: "satisfied", False: "violated", None: "unknown"}
_TRUTH_WORDS: dict[Truth, Text] = {True: Text("成立", "holds"), False: Text("不成立", "does not hold"), None: Text("未知", "unknown")}
_ROLES = {
    "decides": Text("判定依据", "decides"),
    "figure": Text("相关数据，不影响判定", "shown, decides nothing"),
    "computed": Text("计算得出", "computed"),
}


def draft(report: Report, view: View) -> Paper:
    """The report in the reader's language; only the findings that the view lists are told, all of them are counted."""
    writer = _Writer(report, view)
    packs = tuple(writer.pack(judged) for judged in report.packs)
    return Paper(
        company=clean(report.company.name),
        outcome=tuple(map(view.say, outcomes(report))),
        facts=tuple((view.say(name), clean(value)) for name, value in _facts(report, view)),
        verdicts=tuple((verdict, MARKS[verdict], view.say(VERDICT_NAMES[verdict])) for verdict in VERDICTS),
        modalities=tuple((modality, view.say(MODALITY_NAMES[modality])) for modality in MODALITIES),
        packs=packs,
        contradictions=tuple(_contradictions(report, view)),
        waivers=tuple(view.say(_waiver(waived, report)) for waived in report.waivers),
        warnings=tuple(clean(_warning(warning, view)) for warning in report.warnings),
        notes=tuple((note.about, view.say(note.title), view.say(note.note))
                    for note in source_notes([judged.pack for judged in report.packs], report.vocabulary)),
        documents=tuple((clean(name), clean(title)) for name, title in report.documents.items()),
    )


def outcomes(report: Report) -> Iterator[Text]:
    """How each pack's clauses stand, a sentence for each modality, the most binding first, and the grade."""
    for judged in report.packs:
        told = [_stand(modality, weighed) for modality in MODALITIES if (weighed := [finding for finding in judged.findings if finding.grade == modality])]
        grade = grade_text(judged.score.standing) if judged.score and judged.score.standing else Text("", "")
        yield Text(f"{judged.pack.title.zh}：{''.join(part.zh for part in told)}{grade.zh}{'。' if grade.zh else ''}",
                   f"{judged.pack.title.en}: {' '.join(part.en for part in told)} {grade.en}{'.' if grade.en else ''}".rstrip())


def _stand(modality: Modality, weighed: list[Finding]) -> Text:
    """How the clauses of one modality stand."""
    name, counts = MODALITY_NAMES[modality], Counter(finding.verdict for finding in weighed)
    waived = sum(finding.waiver is not None for finding in weighed)
    aside = Text(f"（其中已豁免 {waived} 条）", f" ({waived} of them waived)") if waived else Text("", "")
    zh = "，".join(f"{VERDICT_NAMES[verdict].zh} {counts[verdict]} 条{aside.zh if verdict == 'violated' else ''}" for verdict in VERDICTS if counts[verdict])
    en = ", ".join(f"{counts[verdict]} {VERDICT_NAMES[verdict].en}{aside.en if verdict == 'violated' else ''}" for verdict in VERDICTS if counts[verdict])
    return Text(f"{name.zh}条款 {len(weighed)} 条，{zh}。", f"of {len(weighed)} {name.en} clauses {en}.")


def _facts(report: Report, view: View) -> Iterator[tuple[Text, str]]:
    company, (first, last) = report.company, report.period
    terms = report.vocabulary.terms
    if company.credit_code:
        yield Text("统一社会信用代码", "Unified social credit code"), company.credit_code
    if company.industry:
        section = terms.section(company.industry)
        yield Text("行业代码（GB/T 4754）", "Industry code (GB/T 4754)"), company.industry + (f" {view.say(terms.sections[section])}" if section else "")
    if company.traits:
        yield Text("企业特征", "Traits"), view.say(Text("、", ", ")).join(view.say(terms.traits[trait]) for trait in company.traits)
    yield Text("报告期", "Period"), view.say(Text(f"{first} 至 {last}", f"{first} to {last}"))
    yield Text("判定日", "Judged as of"), str(report.as_of)
    yield Text("事实文件", "File of facts"), report.facts
    yield Text("事实文件 SHA-256", "SHA-256 of the facts"), report.facts_digest
    yield Text("程序", "Program"), f"esgcheck {report.program}"
    confirmed = Text(f"{report.engine}，由 reference 复核", f"{report.engine}, confirmed by reference")
    yield Text("求值", "Evaluated by"), view.say(confirmed)


def _contradictions(report: Report, view: View) -> Iterator[tuple[str, str, str, str]]:
    """What is stated and cannot hold, each once: in which way, of what, by its path or the code of its kind, and every side of it."""
    found: dict[Contradiction, list[Finding]] = {}
    for finding in report.findings():
        for conflict in finding.conflicts:
            found.setdefault(conflict, []).append(finding)
    for each, findings in found.items():
        yield view.say(conflict_text(each.conflict)), view.say(each.label), each.about, view.say(sides(each.about, findings, report.vocabulary))


def _waiver(waived: Waived, report: Report) -> Text:
    waiver = waived.waiver
    verdict = next((VERDICT_NAMES[finding.verdict] for finding in report.findings() if finding.clause.name == waiver.clause), Text("", ""))
    words = EFFECT_WORDS[waived.effect]
    why = [words.in_language(lang).format(as_of=report.as_of, start=waiver.start, expiry=waiver.expiry, verdict=verdict.in_language(lang)) for lang in ("zh", "en")]
    return Text(f"{waiver.clause}（{waiver.approver}，{waiver.start} 至 {waiver.expiry}）：{waiver.reason}。{why[0]}。",
                f"{waiver.clause} ({waiver.approver}, {waiver.start} to {waiver.expiry}): {waiver.reason}. {why[1]}.")


def _warning(warning: Problem, view: View) -> str:
    return warning.in_language(view.lang)


# --- one pack --------------------------------------------------------------------------------------------------------------


class _Writer:
    """Writes the packs and findings of one report."""

    def __init__(self, report: Report, view: View) -> None:
        self._report, self._view = report, view

    def pack(self, judged: Judged) -> PackSheet:
        """What one pack found."""
        pack, view = judged.pack, self._view
        elsewhere = Text(f"另有 {judged.elsewhere} 条以他方为对象，未判。", f"{judged.elsewhere} more clauses address somebody else and are not judged.")
        told = (*([elsewhere] if judged.elsewhere else []), *([pack.source_note] if pack.source_note else []))
        source = [(Text("来源文件", "Source document"), pack.file), (Text("版本", "Edition"), view.say(pack.edition)),
                  (Text("来源 SHA-256", "SHA-256 of the source"), pack.file_digest or "–"), (Text("规则 SHA-256", "SHA-256 of the rules"), pack.digest)]
        return PackSheet(
            name=pack.name,
            title=view.say(pack.title),
            reason=view.say(judged.reason),
            remarks=tuple(map(view.say, told)),
            source=tuple((view.say(name), value) for name, value in source),
            counts=tuple(self._counts(judged)),
            extents=tuple(self._extents(judged)),
            score=self._score(judged.score, judged) if judged.score else None,
            chapters=tuple(self._chapters(judged)),
            conclusions=tuple((concluded.verdict, f"{view.say(concluded.conclusion.title)}{view.say(Text('：', ': '))}{view.say(VERDICT_NAMES[concluded.verdict])}")
                              for concluded in judged.conclusions),
        )

    def _counts(self, judged: Judged) -> Iterator[CountRow]:
        view = self._view
        for title, number in [*((f"{chapter.number} {view.say(chapter.title)}", chapter.number) for chapter in judged.pack.chapters), (view.say(Text("合计", "Total")), None)]:
            for modality in MODALITIES:
                counts = judged.count(number, modality)
                if counts:
                    said = view.say(Text("，", ", ")).join(f"{view.say(VERDICT_NAMES[verdict])} {counts[verdict]}" for verdict in VERDICTS if counts[verdict])
                    bar = counted([(verdict, counts[verdict]) for verdict in VERDICTS], said)
                    yield CountRow(title, view.say(MODALITY_NAMES[modality]), tuple(counts[verdict] for verdict in VERDICTS), bar, number is None)

    def _extents(self, judged: Judged) -> Iterator[tuple[str, ...]]:
        shares, view = disclosed_by_chapter(judged), self._view
        if shares is None:
            return
        yield view.say(Text("披露程度", "Disclosed")), *(view.say(EXTENT_WORDS[extent]) for extent in EXTENTS)
        titles = {chapter.number: f"{chapter.number} {view.say(chapter.title)}" for chapter in judged.pack.chapters}
        for number, title in [*titles.items(), (None, view.say(Text("合计", "Total")))]:
            if number in shares:
                yield title, *(str(shares[number][extent]) for extent in EXTENTS)

    def _score(self, score: Score, judged: Judged) -> ScoreSheet:
        view = self._view
        told = (*notes(score), *standing_notes(score, judged.eligibility))
        grade = view.say(grade_text(score.standing)) if score.standing else ""
        return ScoreSheet(score_table(score, judged, view), self._scale(score, judged), grade, tuple(map(view.say, told)))

    def _scale(self, score: Score, judged: Judged) -> Scale:
        """The base score from nothing to full marks, or to all that is legible, with the limits of the grades."""
        base, view = score.tallies.base, self._view
        whole = max(Fraction(score.scoring.full_marks or 0), base.worth, base.earned.most, Fraction(1))
        named = {Text("按评分", "as rated"): base.earned, Text("事实支持", "as supported"): base.supported, Text("证据支持", "as evidenced"): base.evidenced}
        bars = []
        for name, bounds in named.items():
            said = Text(f"{name.zh}：{shown(bounds)} 分", f"{name.en}: {shown(bounds)} points")
            bars.append((view.say(said), ranged(bounds, whole, view.say(said))))
        grades = judged.pack.grading.grades if judged.pack.grading else ()
        limits = [Limit(grade.name, hundredths(Fraction(grade.least) / whole), str(grade.least)) for grade in grades if grade.least is not None]
        return Scale(plain(whole), tuple(bars), tuple(limits))

    def _chapters(self, judged: Judged) -> Iterator[Heading]:
        view = self._view
        listed = view.listed(judged.findings)
        above = {part.number: part for part in judged.pack.dimensions}
        for chapter in judged.pack.chapters:
            inside = [finding for finding in listed if finding.clause.chapter == chapter.number]
            if not inside:
                continue
            dimension = above.pop(chapter.dimension, None) if chapter.dimension else None
            sections = tuple(Heading(section.number, view.say(section.title), view.say(section.source_note) if section.source_note else "",
                                     tuple(self.item(finding) for finding in inside if finding.clause.section == section.number))
                             for section in chapter.sections)
            numbers = {section.number for section in chapter.sections}
            yield Heading(
                chapter.number, view.say(chapter.title), view.say(chapter.source_note) if chapter.source_note else "",
                tuple(self.item(finding) for finding in inside if finding.clause.section not in numbers),
                tuple(section for section in sections if section.items),
                f"{dimension.number} {view.say(dimension.title)}" if dimension else "")

    # --- one finding -------------------------------------------------------------------------------------------------------

    def item(self, finding: Finding) -> Item:
        """A finding in words."""
        clause, view, line = finding.clause, self._view, finding.score
        citation = clause.citation
        cited = Text(f"{citation.file} {citation.place}" + (f" 第 {citation.line} 行" if citation.line else ""),
                     f"{citation.file} {citation.place}" + (f", line {citation.line}" if citation.line else ""))
        return Item(
            name=clause.name,
            number=clause.number,
            pack=clause.pack,
            chapter=clause.chapter,
            section=clause.section,
            title=view.say(clause.title),
            statement=view.say(clause.statement),
            kind=view.say(KIND_NAMES[clause.kind]),
            modality=clause.modality,
            modality_word=view.say(MODALITY_NAMES[clause.modality]),
            verdict=finding.verdict,
            verdict_word=view.say(VERDICT_NAMES[finding.verdict]),
            mark=MARKS[finding.verdict],
            reason=view.say(finding.reason),
            remarks=tuple(map(view.say, remarks(finding))),
            citation=view.say(cited),
            note=view.say(clause.source_note) if clause.source_note else "",
            truncated=view.say(Text("原文截断", "source cut off")) if clause.truncated else "",
            waived=finding.waiver is not None,
            applies=self._branch(finding.applies, finding) if finding.applies else None,
            condition=self._branch(finding.condition, finding),
            facts=tuple(self._fact(fact, finding) for fact in finding.facts if fact.role != "computed"),
            needs=tuple(view.say(self._report.vocabulary.words[path].label) for path in finding.needs),
            contradictions=tuple(f"{view.say(found.label)}{view.say(Text('：', ': '))}{view.say(conflict_text(found.conflict))}" for found in finding.conflicts),
            evidence=tuple(self._proof(proof) for proof in finding.evidence),
            events=tuple(view.say(event_text(event, self._report.vocabulary)) + _cited(event.evidence) for event in finding.events),
            claims=tuple(view.say(claim_text(said, self._report.vocabulary)) + _cited(said.evidence) for said in finding.claims),
            score=tuple(map(view.say, line_text(line))) if line else (),
            points=f"{shown(line.earned)} / {plain(line.worth)}" if line else "",
        )

    def _branch(self, explained: Explanation, finding: Finding) -> Branch:
        view, node = self._view, explained.node
        value = _TRUTHS[explained.truth]
        paths = () if explained.parts else facts_of(node)
        stated = tuple(told for path in paths for told in self._told(path, finding, named=len(paths) > 1))
        return Branch(value, MARKS[value], view.say(_TRUTH_WORDS[explained.truth]), view.say(describe(node, self._report.vocabulary)), stated, explained.decided,
                      tuple(self._branch(part, finding) for part in explained.parts))

    def _told(self, path: str, finding: Finding, *, named: bool) -> Iterator[str]:
        """What is stated of a fact, a line a statement; with its name where the leaf asks for several."""
        line = next((line for line in finding.facts if line.word.path == path and line.fact), None)
        name = self._view.say(self._report.vocabulary.words[path].label) + self._view.say(Text("：", ": ")) if named else ""
        if line is None or line.fact is None:
            yield name + self._view.say(Text("未提及", "not mentioned"))
            return
        for said in line.fact.statements:
            yield name + self._value(said, line) + _cited(said.evidence)

    def _value(self, said: Statement, line: FactLine) -> str:
        return self._view.say(absence_of(said.missing, self._report.vocabulary) if said.value is None else value_text(said.value, line.word, line.unit))

    def _fact(self, line: FactLine, finding: Finding) -> FactRow:
        view = self._view
        stated = tuple(Stated(self._value(said, line), tuple(map(clean, said.evidence)), tuple(self._said_remarks(said)), self._place(said))
                       for said in (line.fact.statements if line.fact else ()))
        conflicts = tuple(view.say(conflict_text(found.conflict)) for found in finding.conflicts if found.about == line.word.path)
        return FactRow(view.say(line.word.label), line.word.path, view.say(_ROLES[line.role]), line.role == "decides", stated, conflicts)

    def _said_remarks(self, said: Statement) -> Iterator[str]:
        view = self._view
        for name, value in ((Text("交由", "handed to"), said.to), (Text("出处", "source"), said.source), (Text("日期", "date"), said.on), (Text("备注", "note"), said.note)):
            if value is not None:
                yield f"{view.say(name)}{view.say(Text('：', ': '))}{clean(str(value))}"

    def _place(self, said: Statement) -> str:
        """Where in the file of facts it stands, without the name of the file."""
        place = self._report.place(*said.at)
        return clean(place.inside)

    def _proof(self, proof: Evidence) -> Proof:
        terms, view = self._report.vocabulary.terms, self._view
        told: list[tuple[Text, str | date | None]] = [
            (Text("种类", "kind"), view.say(terms.evidence_kinds[proof.kind]) if proof.kind else None),
            (Text("可信程度", "assurance"), view.say(terms.assurance_levels[proof.assurance])),
            (Text("所载数字", "figure"), proof.figure), (Text("日期", "date"), proof.on), (Text("有效期至", "valid until"), proof.expires),
            (Text("效力", "validity"), None if proof.valid(self._report.as_of) else view.say(Text("已失效", "expired"))), (Text("备注", "note"), proof.note)]
        details = tuple((view.say(name), "" if value is None else clean(str(value))) for name, value in told)
        found = tuple(f"{name}{view.say(Text('：', ': '))}{value}" for name, value in details if value)
        return Proof(clean(proof.name), clean(self._report.documents[proof.document]), clean(proof.place), details, found)


def _cited(names: tuple[str, ...]) -> str:
    """The evidence of something by its ids, after it."""
    return f" [{', '.join(map(clean, names))}]" if names else ""
