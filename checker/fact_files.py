"""Fact bases out of files: every name, type, unit, range and date is checked, and every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from checker.bounds import decimal_of
from checker.conditions import Value
from checker.errors import InputError, Problem, Text
from checker.facts import Company, Evidence, Fact, FactBase, Rating, Refinement, Statement
from checker.load import Document, TreePath, is_workbook, parse_json, read_bytes
from checker.packs import Clause, Packs
from checker.schemes import Band, Scale
from checker.situation import Event, EventStatement
from checker.tree_reader import TreeReader
from checker.vocabulary import Vocabulary, Word, not_a_choice
from checker.wording import nearest

#: How a judgement can be given: on a pack's scale, and last as points, where a clause leaves an assessor discretion.
_WAYS = ("ratio", "band", "aspects", "points")


def load_facts(source: Path | str | IO[bytes], packs: Packs, name: str | None = None) -> FactBase:
    """Read and check one company's fact base: a file or stream of JSON (see ``schemas/facts.schema.json``) or a questionnaire.

    Raises:
        InputError: every problem of the file, each with its line or cell and its remedy.
    """
    document, found = load_document(source, packs, name)
    return build_facts(document, packs, found)


def load_document(source: Path | str | IO[bytes], packs: Packs, name: str | None = None) -> tuple[Document, tuple[Problem, ...]]:
    """Read the tree of a fact file, of JSON or from a workbook, whichever its content is, with what is wrong with cells."""
    path = Path(source) if isinstance(source, str) else source
    name = name or (str(path) if isinstance(path, Path) else "<stdin>")
    content = read_bytes(path, name)
    if not is_workbook(content, name):
        return parse_json(content, name), ()
    from checker.questionnaire.reading import read_questionnaire  # here, because most files are JSON

    return read_questionnaire(content, name, packs)


def build_facts(document: Document, packs: Packs, found: Sequence[Problem] = ()) -> FactBase:
    """Check one company's fact base that was read already; ``found`` is what was wrong with the cells it was read from.

    Raises:
        InputError: every problem in it, each with its place and its remedy.
    """
    builder = FactsBuilder(document, packs)
    try:
        facts = builder.build()
        problems: Sequence[Problem] = builder.problems
    except InputError as error:
        facts, problems = None, error.problems
    cells = {replace(known.place, path="") for known in found if known.fatal}  # a cell that cannot be read is told once
    problems = [*found, *(problem for problem in problems if replace(problem.place, path="") not in cells)]
    if facts is None or any(problem.fatal for problem in problems):
        raise InputError(problems)
    return replace(facts, warnings=tuple(problems))


class FactsBuilder(TreeReader):
    """Builds a fact base and records every problem on the way; what cannot be read is left out."""

    def __init__(self, document: Document, packs: Packs) -> None:
        super().__init__(document)
        self._packs = packs
        self._vocabulary: Vocabulary = packs.vocabulary

    def build(self) -> FactBase:
        """The fact base; what is wrong is among the problems afterwards."""
        known = ("company", "period", "as_of", "facts", "documents", "evidence", "events", "event_statements", "panel", "ratings", "refinements")
        tree = self.mapping(self.document.data, (), known, ("company", "period", "facts"))
        documents = self._documents(tree.get("documents", {}))
        self._evidence = self._all_evidence(tree.get("evidence", {}), documents)
        facts: dict[str, Fact] = {}
        self._facts(tree.get("facts", {}), ("facts",), facts)
        first, last = self._period(tree.get("period"))
        company = self._company(tree["company"]) if "company" in tree else Company("")
        self._follow_industry(company, facts)
        panel = tuple(self._panel(tree.get("panel", [])))
        return FactBase(
            name=self.document.name,
            digest=self.document.digest,
            company=company,
            period=(first, last),
            as_of=self.day(tree["as_of"], ("as_of",)) if "as_of" in tree else None,
            facts=facts,
            documents=documents,
            evidence=self._evidence,
            events=tuple(self._events(tree["events"])) if "events" in tree else None,
            statements=tuple(self._statements(tree.get("event_statements", []))),
            ratings=tuple(self._ratings(tree.get("ratings", []), panel)),
            panel=panel,
            refinements=self._refinements(tree.get("refinements", {})),
            denials={word.path: word.denies for word in self._vocabulary.having("denies") if word.denies},
            place=self.document.place,
            warnings=(),
        )

    # --- the shell -------------------------------------------------------------------------------------------------

    def _company(self, tree: Any) -> Company:
        path: TreePath = ("company",)
        tree = self.mapping(tree, path, ("name", "credit_code", "industry", "traits", "note"), ("name",))
        name = self.needed_text(tree, "name", path)
        code = self.text(tree["credit_code"], (*path, "credit_code")) if "credit_code" in tree else None
        if code:
            self._check_credit_code(code, (*path, "credit_code"))
        industry = self.text(tree["industry"], (*path, "industry")) if "industry" in tree else None
        if industry and not re.fullmatch(r"[A-T](?:[0-9]{2,4})?|[0-9]{2,4}", industry):
            self.add((*path, "industry"), "industry_code", code=industry)
        self.optional_text(tree, "note", path)
        traits = [self.code(trait, self._vocabulary.terms.traits, (*path, "traits", index))
                  for index, trait in enumerate(self.entries(tree.get("traits", []), (*path, "traits")))]
        return Company(name, code, industry, tuple(dict.fromkeys(trait for trait in traits if trait)))

    def _check_credit_code(self, code: str, path: TreePath) -> None:
        from stdnum.cn import uscc  # here, because few fact bases carry a code and importing it takes as long as typer
        from stdnum.exceptions import ValidationError

        try:
            uscc.validate(code)
        except ValidationError:
            self.add(path, "credit_code", fatal=False, code=code)

    def _period(self, tree: Any) -> tuple[date, date]:
        path: TreePath = ("period",)
        if tree is None:
            return date.min, date.max  # its absence is a problem already
        tree = self.mapping(tree, path, ("start", "end"), ("start", "end"))
        first = self.day(tree["start"], (*path, "start")) if "start" in tree else None
        last = self.day(tree["end"], (*path, "end")) if "end" in tree else None
        if first and last and last < first:
            self.add(path, "period_reversed", start=first, end=last)
        return first or date.min, last or date.max

    def _documents(self, tree: Any) -> dict[str, str]:
        titles = {}
        for name, entry in self.mapping(tree, ("documents",)).items():
            path: TreePath = ("documents", name)
            entry = self.mapping(entry, path, ("title", "issuer", "kind", "date", "note"), ("title",))
            titles[name] = self.needed_text(entry, "title", path)
            for key in ("issuer", "kind", "note"):
                self.optional_text(entry, key, path)
            self.optional_day(entry, path)
        return titles

    def _all_evidence(self, tree: Any, documents: Mapping[str, str]) -> dict[str, Evidence]:
        found = {}
        for name, entry in self.mapping(tree, ("evidence",)).items():
            path: TreePath = ("evidence", name)
            known = ("document", "place", "kind", "figure", "date", "note", "assurance", "expires")
            entry = self.mapping(entry, path, known, ("document", "place"))
            document = self.needed_text(entry, "document", path)
            if "document" in entry and document not in documents:
                hint = nearest(document, documents, Text("请在文件清单（documents）中列出。", "List it among the documents."))
                self.add((*path, "document"), "missing_document", document=document, hint=hint)
            terms = self._vocabulary.terms
            kind = self.code(entry["kind"], terms.evidence_kinds, (*path, "kind")) if "kind" in entry else None
            lowest = next(iter(terms.assurance_levels), "")
            level = self.code(entry["assurance"], terms.assurance_levels, (*path, "assurance")) if "assurance" in entry else terms.assurance_of.get(kind or "")
            found[name] = Evidence(
                name,
                document,
                self.needed_text(entry, "place", path),
                kind,
                self.optional_text(entry, "figure", path),
                self.optional_day(entry, path),
                self.optional_text(entry, "note", path),
                level or lowest,
                self.day(entry["expires"], (*path, "expires")) if "expires" in entry else None,
            )
        return found

    def _events(self, tree: Any) -> Iterator[Event]:
        fields = self._vocabulary.terms.event_fields
        for index, entry in enumerate(self.entries(tree, ("events",))):
            path: TreePath = ("events", index)
            entry = self.mapping(entry, path, ("kind", "date", "title", "evidence", *fields), ("kind", "date"))
            known = {name: self.code(entry[name], field.choices, (*path, name)) for name, field in fields.items() if name in entry}
            kind = self.code(entry["kind"], self._vocabulary.terms.event_kinds, (*path, "kind")) if "kind" in entry else None
            on = self.day(entry["date"], (*path, "date")) if "date" in entry else None
            yield Event(kind or "", on or date.min, {name: code for name, code in known.items() if code},
                        self.optional_text(entry, "title", path) or "", self._evidence_names(entry, path))

    def _statements(self, tree: Any) -> Iterator[EventStatement]:
        for index, entry in enumerate(self.entries(tree, ("event_statements",))):
            path: TreePath = ("event_statements", index)
            entry = self.mapping(entry, path, ("kind", "from", "to", "none", "evidence", "note"), ("kind", "to"))
            kind = self.code(entry["kind"], self._vocabulary.terms.event_kinds, (*path, "kind")) if "kind" in entry else None
            first = self.day(entry["from"], (*path, "from")) if "from" in entry else None
            last = self.day(entry["to"], (*path, "to")) if "to" in entry else None
            none = entry.get("none", False)
            if not isinstance(none, bool):
                self.wrong_type(none, (*path, "none"), Text("true 或 false", "true or false"))
            if first and last and last < first:
                self.add(path, "period_reversed", start=first, end=last)
            self.optional_text(entry, "note", path)
            ever = "from" not in entry
            yield EventStatement(kind or "", first or (date.min if ever else date.max), last or date.min, none is True, self._evidence_names(entry, path))

    # --- ratings ---------------------------------------------------------------------------------------------------

    def _panel(self, tree: Any) -> Iterator[str]:
        for index, name in enumerate(self.entries(tree, ("panel",))):
            yield self.text(name, ("panel", index)) or ""

    def _ratings(self, tree: Any, panel: tuple[str, ...]) -> Iterator[Rating]:
        seen: dict[tuple[str, str], TreePath] = {}
        for index, entry in enumerate(self.entries(tree, ("ratings",))):
            path: TreePath = ("ratings", index)
            known = ("clause", "assessor", *_WAYS, "evidence", "note")
            entry = self.mapping(entry, path, known, ("clause", "assessor"))
            clause, assessor = self.needed_text(entry, "clause", path), self.needed_text(entry, "assessor", path)
            if panel and assessor and assessor not in panel:
                self.record(not_a_choice(self.document.place(*path, "assessor"), assessor, panel))
            if (clause, assessor) in seen:
                self.add(path, "rated_twice", assessor=assessor, clause=clause, place=self.document.place(*seen[clause, assessor]))
            seen[clause, assessor] = path
            rated = self._rated(clause, path) if "clause" in entry else None
            judgement = rated and self._judgement(entry, rated, Rating(clause, assessor, 0, 0), path)
            if judgement:
                yield replace(judgement, evidence=self._evidence_names(entry, path), note=self.optional_text(entry, "note", path))

    def _rated(self, name: str, path: TreePath) -> Clause | None:
        """The clause of that name, or nothing and a problem where it does not exist or takes no rating."""
        clause = self._packs.clauses.get(name)
        if clause is None:
            hint = nearest(name, self._packs.clauses, Text("条款见 esgcheck rules list。", "See esgcheck rules list."))
            self.add((*path, "clause"), "unknown_clause", clause=name, hint=hint)
        elif clause.points is None or clause.scored_with or (clause.award and not clause.award.discretion):
            self.add((*path, "clause"), "not_rated", clause=name)
        else:
            return clause
        return None

    def _judgement(self, entry: dict[str, Any], clause: Clause, rating: Rating, path: TreePath) -> Rating | None:
        """The rating with its ratio, its band, the answered aspects or its points: exactly one of them."""
        scoring = self._packs[clause.pack].scoring
        scale = scoring.scale if scoring and not clause.award else None
        ways, given = _WAYS[:-1] if scale else _WAYS[-1:], [key for key in _WAYS if key in entry]
        if len(given) != 1 or given[0] not in ways:
            self.add(path, "one_judgement", ways=Text("、".join(ways), ", ".join(ways)), found=Text("、".join(given) or "无", ", ".join(given) or "none"))
            return None
        (way,) = given
        if way == "aspects" and scale:
            return self._of_aspects(entry, scale, rating, path)
        if way == "band" and scale:
            band = self._band(entry[way], scale, (*path, way))
            return replace(rating, least=band.least, most=band.most, band=band.name) if band else None
        if scale:
            ratio = self.number(entry[way], (*path, way), 0, 1)
            return None if ratio is None else replace(rating, least=ratio, most=ratio, ratio=ratio)
        points = self.number(entry[way], (*path, way), None, None)
        part = clause.award.discretion if clause.award else None
        if points is None or part is None:
            return None
        if not part.least <= points <= part.most:
            least, most = decimal_of(part.least), decimal_of(part.most)
            self.add((*path, way), "outside_discretion", points=points, clause=clause.name, least=least, most=most)
        return replace(rating, least=points, most=points, points=points)

    def _of_aspects(self, entry: dict[str, Any], scale: Scale, rating: Rating, path: TreePath) -> Rating | None:
        said = self.mapping(entry["aspects"], (*path, "aspects"), tuple(scale.aspects))
        if not said:
            self.add((*path, "aspects"), "one_judgement", ways=Text("、".join(scale.aspects), ", ".join(scale.aspects)), found=Text("无", "none"))
        bands = {aspect: self._band(answer, scale, (*path, "aspects", aspect)) for aspect, answer in said.items()}
        answers = {aspect: band for aspect, band in bands.items() if band is not None}
        if not answers:
            return None
        least, most = scale.of_aspects(answers)
        return replace(rating, least=least, most=most, aspects={aspect: band.name for aspect, band in answers.items()})

    def _band(self, value: Any, scale: Scale, path: TreePath) -> Band | None:
        names = tuple(band.name for band in scale.bands)
        if isinstance(value, list):
            self.add(path, "several_bands", choices=", ".join(names))
            return None
        said = self.text(value, path)
        if said is not None and said not in names:
            self.record(not_a_choice(self.document.place(*path), said, names))
        return scale.band(said or "")

    def _refinements(self, tree: Any) -> dict[str, Refinement]:
        found = {}
        for name, entry in self.mapping(tree, ("refinements",)).items():
            path: TreePath = ("refinements", name)
            entry = self.mapping(entry, path, ("mark", "by", "evidence", "note"), ("mark", "by"))
            pack = self._packs.get(name)
            if pack is None:
                listed = ", ".join(self._packs)
                hint = nearest(name, self._packs, Text(f"现有：{listed}。", f"There are: {listed}."))
                self.add(path, "unknown_pack", pack=name, hint=hint)
            marks = pack.grading.marks if pack and pack.grading else ()
            mark = self.needed_text(entry, "mark", path)
            if pack and "mark" in entry and mark not in marks:
                self.record(not_a_choice(self.document.place(*path, "mark"), mark, marks))
            found[name] = Refinement(name, mark, self.needed_text(entry, "by", path), self._evidence_names(entry, path),
                                     self.optional_text(entry, "note", path))
        return found

    # --- facts -----------------------------------------------------------------------------------------------------

    def _facts(self, tree: Any, path: TreePath, found: dict[str, Fact]) -> None:
        """Descends the groups of facts; whether something is a group or a fact is for the vocabulary to say."""
        for key, entry in self.mapping(tree, path).items():
            here: TreePath = (*path, key)
            name = ".".join(map(str, here[1:]))
            word = self._vocabulary.words.get(name)
            if word is not None and word.table is not None:
                measured = [word.table.by, *dict.fromkeys(fact for row in word.table.rows.values() for part in row.values() for fact, _ in part)]
                self.add(here, "computed_fact", fact=name, facts=", ".join(measured))
            elif word is not None:
                found[name] = self._fact(word, entry, here)
            elif name in self._groups and isinstance(entry, dict):
                self._facts(entry, here, found)
            else:
                self.record(self._vocabulary.unknown_fact(name, self.document.place(*here)))

    def _follow_industry(self, company: Company, facts: dict[str, Fact]) -> None:
        """Adds the facts that follow from the company's industry code, where they are not stated."""
        for word in self._vocabulary.having("by_industry"):
            path = word.path
            if word.by_industry and company.industry and path not in facts:
                digits = company.industry.lstrip("ABCDEFGHIJKLMNOPQRST")
                beginnings = (*(digits[:length] for length in range(len(digits), 1, -1)), company.industry[0])
                choice = next((word.by_industry[beginning] for beginning in beginnings if beginning in word.by_industry), None)
                if choice is not None:
                    facts[path] = Fact(path, (Statement(choice, source="company.industry", derived=True, at=("company", "industry")),))

    @cached_property
    def _groups(self) -> frozenset[str]:
        steps = [path.split(".") for path in self._vocabulary.words]
        return frozenset(".".join(step[:length]) for step in steps for length in range(1, len(step)))

    def _fact(self, word: Word, entry: Any, path: TreePath) -> Fact:
        if isinstance(entry, list):
            parts = [((*path, index), part) for index, part in enumerate(entry)]
            if not parts:
                self.add(path, "neither_value_nor_missing", choices=", ".join(self._vocabulary.terms.missing_reasons))
        else:
            parts = [(path, entry)]
        return Fact(word.path, tuple(self._statement(word, part, here) for here, part in parts))

    def _statement(self, word: Word, entry: Any, path: TreePath) -> Statement:
        if not isinstance(entry, dict):
            return Statement(self._value(word, entry, None, path), at=path)
        reasons = self._vocabulary.terms.missing_reasons
        known = ("value", "unit", "missing", "to", "evidence", "source", "date", "note")
        entry = self.mapping(entry, path, known)
        said = entry.get("missing", [])
        missing = [self.code(reason, reasons, (*path, "missing")) for reason in (said if isinstance(said, list) else [said])]
        if "unit" in entry:
            self._check_unit(word, entry["unit"], (*path, "unit"))
        value = None
        if "value" in entry and "missing" in entry:
            self.add(path, "value_and_missing")
        elif "value" in entry:
            value = self._value(word, entry["value"], entry.get("unit"), (*path, "value"))
        elif not missing:
            self.add(path, "neither_value_nor_missing", choices=", ".join(reasons))
        return Statement(
            value,
            tuple(reason for reason in missing if reason),
            self._evidence_names(entry, path),
            self.optional_text(entry, "to", path),
            self.optional_text(entry, "source", path),
            self.optional_day(entry, path),
            self.optional_text(entry, "note", path),
            at=path,
        )

    def _check_unit(self, word: Word, unit: Any, path: TreePath) -> None:
        expected = "%" if word.type == "ratio" else word.unit
        if unit != expected:
            self.add(path, "wrong_unit", found=unit, expected=expected or "—")

    def _value(self, word: Word, value: Any, unit: Any, path: TreePath) -> Value | None:
        if value is None:
            self.add(path, "null_value", choices=", ".join(self._vocabulary.terms.missing_reasons))
            return None
        match word.type:
            case "boolean":
                if isinstance(value, bool):
                    return value
                self.wrong_type(value, path, Text("true 或 false", "true or false"))
                return None
            case "choice":
                return self.code(value, word.choices or {}, path)
            case "date":
                return self.day(value, path)
            case "month":
                return self.month(value, path)
            case "text":
                return self.text(value, path)
            case "integer" if isinstance(value, Decimal):
                self.wrong_type(value, path, Text("整数", "an integer"))
                return None
            case "ratio" if unit == "%":
                number = self.number(value, path, 0, 100)
                return None if number is None else Decimal(number).scaleb(-2)
            case _:
                return self.number(value, path, word.minimum, word.maximum)

    def _evidence_names(self, tree: dict[str, Any], path: TreePath) -> tuple[str, ...]:
        found = []
        for index, name in enumerate(self.entries(tree.get("evidence", []), (*path, "evidence"))):
            here: TreePath = (*path, "evidence", index)
            if not isinstance(name, str):
                self.wrong_type(name, here, Text("文字", "text"))
            elif name not in self._evidence:
                hint = nearest(name, self._evidence, Text("请在证据清单（evidence）中列出。", "List it among the evidence."))
                self.add(here, "missing_evidence", evidence=name, hint=hint)
            else:
                found.append(name)
        return tuple(found)
