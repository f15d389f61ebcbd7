"""Fact bases out of files: every name, type, unit, range and date is checked, and every problem is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from checker.conditions import Value
from checker.errors import InputError, Place, Problem, Text
from checker.facts import Company, Evidence, Fact, FactBase, Rating, Statement
from checker.load import PROBLEM_LIMIT, Document, TreePath, load_json
from checker.packs import Packs
from checker.situation import Event, EventStatement
from checker.validate import type_name
from checker.vocabulary import Vocabulary, Word, not_a_choice
from checker.wording import nearest, problem

#: Longer texts are refused; a fact is a statement, not a document. In characters.
TEXT_LIMIT = 10_000


def load_facts(source: Path | str | IO[bytes], packs: Packs, name: str | None = None) -> FactBase:
    """Read and check one company's fact base, a JSON file or stream (see ``schemas/facts.schema.json``).

    Raises:
        InputError: every problem of the file, each with its line and its remedy.
    """
    document = load_json(Path(source) if isinstance(source, str) else source, name)
    builder = _FactsBuilder(document, packs)
    facts = builder.build()
    if any(found.fatal for found in builder.problems):
        raise InputError(builder.problems)
    return replace(facts, warnings=tuple(builder.problems))


class _FactsBuilder:
    """Builds a fact base and records every problem on the way; what cannot be read is left out."""

    def __init__(self, document: Document, packs: Packs) -> None:
        self._document = document
        self._packs = packs
        self._vocabulary: Vocabulary = packs.vocabulary
        self._places: dict[str, Place] = {}
        self.problems: list[Problem] = []

    def build(self) -> FactBase:
        known = ("company", "period", "as_of", "facts", "documents", "evidence", "events", "event_statements", "ratings")
        tree = self._object(self._document.data, (), known, ("company", "period", "facts"))
        documents = self._documents(tree.get("documents", {}))
        self._evidence = self._all_evidence(tree.get("evidence", {}), documents)
        facts: dict[str, Fact] = {}
        self._facts(tree.get("facts", {}), ("facts",), facts)
        first, last = self._period(tree.get("period"))
        return FactBase(
            name=self._document.name,
            digest=self._document.digest,
            company=self._company(tree["company"]) if "company" in tree else Company(""),
            period=(first, last),
            as_of=self._date(tree["as_of"], ("as_of",)) if "as_of" in tree else None,
            facts=facts,
            documents=documents,
            evidence=self._evidence,
            events=tuple(self._events(tree["events"])) if "events" in tree else None,
            statements=tuple(self._statements(tree.get("event_statements", []))),
            ratings=tuple(self._ratings(tree.get("ratings", []))),
            places=self._places,
            warnings=(),
        )

    # --- the shell -------------------------------------------------------------------------------------------------

    def _company(self, tree: Any) -> Company:
        path: TreePath = ("company",)
        tree = self._object(tree, path, ("name", "credit_code", "industry", "traits", "note"), ("name",))
        name = self._needed_text(tree, "name", path)
        code = self._text(tree["credit_code"], (*path, "credit_code")) if "credit_code" in tree else None
        if code:
            self._check_credit_code(code, (*path, "credit_code"))
        industry = self._text(tree["industry"], (*path, "industry")) if "industry" in tree else None
        if industry and not re.fullmatch(r"[A-T](?:[0-9]{2,4})?|[0-9]{2,4}", industry):
            self._add((*path, "industry"), "industry_code", code=industry)
        traits = [self._code(trait, self._vocabulary.terms.traits, (*path, "traits", index))
                  for index, trait in enumerate(self._list(tree.get("traits", []), (*path, "traits")))]
        return Company(name, code, industry, tuple(dict.fromkeys(trait for trait in traits if trait)))

    def _check_credit_code(self, code: str, path: TreePath) -> None:
        from stdnum.cn import uscc  # here, because few fact bases carry a code and importing it takes as long as typer
        from stdnum.exceptions import ValidationError

        try:
            uscc.validate(code)
        except ValidationError as error:
            self._add(path, "credit_code", fatal=False, code=code, reason=str(error).rstrip("."))

    def _period(self, tree: Any) -> tuple[date, date]:
        path: TreePath = ("period",)
        if tree is None:
            return date.min, date.max  # its absence is a problem already
        tree = self._object(tree, path, ("start", "end"), ("start", "end"))
        first = self._date(tree["start"], (*path, "start")) if "start" in tree else None
        last = self._date(tree["end"], (*path, "end")) if "end" in tree else None
        if first and last and last < first:
            self._add(path, "period_reversed", start=first, end=last)
        return first or date.min, last or date.max

    def _documents(self, tree: Any) -> dict[str, str]:
        titles = {}
        for name, entry in self._object(tree, ("documents",)).items():
            path: TreePath = ("documents", name)
            entry = self._object(entry, path, ("title", "issuer", "kind", "date", "note"), ("title",))
            titles[name] = self._needed_text(entry, "title", path)
            self._optional_date(entry, path)
        return titles

    def _all_evidence(self, tree: Any, documents: Mapping[str, str]) -> dict[str, Evidence]:
        found = {}
        for name, entry in self._object(tree, ("evidence",)).items():
            path: TreePath = ("evidence", name)
            entry = self._object(entry, path, ("document", "place", "kind", "figure", "date", "note"), ("document", "place"))
            document = self._needed_text(entry, "document", path)
            if "document" in entry and document not in documents:
                hint = nearest(document, documents, Text("请在 documents 中列出。", "List it under documents."))
                self._add((*path, "document"), "missing_document", document=document, hint=hint)
            found[name] = Evidence(
                name,
                document,
                self._needed_text(entry, "place", path),
                self._code(entry["kind"], self._vocabulary.terms.evidence_kinds, (*path, "kind")) if "kind" in entry else None,
                self._optional_text(entry, "figure", path),
                self._optional_date(entry, path),
                self._optional_text(entry, "note", path),
            )
        return found

    def _events(self, tree: Any) -> Iterator[Event]:
        fields = self._vocabulary.terms.event_fields
        for index, entry in enumerate(self._list(tree, ("events",))):
            path: TreePath = ("events", index)
            entry = self._object(entry, path, ("kind", "date", "title", "evidence", *fields), ("kind", "date"))
            self._places[f"events.{index}"] = self._document.place(*path)
            known = {name: self._code(entry[name], field.choices, (*path, name)) for name, field in fields.items() if name in entry}
            kind = self._code(entry["kind"], self._vocabulary.terms.event_kinds, (*path, "kind")) if "kind" in entry else None
            on = self._date(entry["date"], (*path, "date")) if "date" in entry else None
            yield Event(kind or "", on or date.min, {name: code for name, code in known.items() if code},
                        self._optional_text(entry, "title", path) or "", self._evidence_names(entry, path))

    def _statements(self, tree: Any) -> Iterator[EventStatement]:
        for index, entry in enumerate(self._list(tree, ("event_statements",))):
            path: TreePath = ("event_statements", index)
            entry = self._object(entry, path, ("kind", "from", "to", "none", "evidence", "note"), ("kind", "from", "to"))
            self._places[f"event_statements.{index}"] = self._document.place(*path)
            kind = self._code(entry["kind"], self._vocabulary.terms.event_kinds, (*path, "kind")) if "kind" in entry else None
            first = self._date(entry["from"], (*path, "from")) if "from" in entry else None
            last = self._date(entry["to"], (*path, "to")) if "to" in entry else None
            none = entry.get("none", False)
            if not isinstance(none, bool):
                self._wrong_type(none, (*path, "none"), Text("true 或 false", "true or false"))
            if first and last and last < first:
                self._add(path, "period_reversed", start=first, end=last)
            yield EventStatement(kind or "", first or date.max, last or date.min, none is True, self._evidence_names(entry, path))

    def _ratings(self, tree: Any) -> Iterator[Rating]:
        for index, entry in enumerate(self._list(tree, ("ratings",))):
            path: TreePath = ("ratings", index)
            needed = ("clause", "ratio", "assessor")
            entry = self._object(entry, path, (*needed, "evidence", "note"), needed)
            clause = self._needed_text(entry, "clause", path)
            if "clause" in entry and clause not in self._packs.clauses:
                hint = nearest(clause, self._packs.clauses, Text("条款见 esgcheck rules list。", "See esgcheck rules list."))
                self._add((*path, "clause"), "unknown_clause", clause=clause, hint=hint)
            ratio = self._number(entry.get("ratio", 0), (*path, "ratio"), 0, 1)
            assessor = self._needed_text(entry, "assessor", path)
            yield Rating(clause, ratio or 0, assessor, self._evidence_names(entry, path), self._optional_text(entry, "note", path))

    # --- facts -----------------------------------------------------------------------------------------------------

    def _facts(self, tree: Any, path: TreePath, found: dict[str, Fact]) -> None:
        """Descends the groups of facts; whether something is a group or a fact is for the vocabulary to say."""
        for key, entry in self._object(tree, path).items():
            here: TreePath = (*path, key)
            name = ".".join(map(str, here[1:]))
            if name in self._vocabulary.words:
                found[name] = self._fact(self._vocabulary.words[name], entry, here)
            elif name in self._groups and isinstance(entry, dict):
                self._facts(entry, here, found)
            else:
                self._record(self._vocabulary.unknown_fact(name, self._document.place(*here)))

    @cached_property
    def _groups(self) -> frozenset[str]:
        steps = [path.split(".") for path in self._vocabulary.words]
        return frozenset(".".join(step[:length]) for step in steps for length in range(1, len(step)))

    def _fact(self, word: Word, entry: Any, path: TreePath) -> Fact:
        if isinstance(entry, list):
            parts = [((*path, index), part) for index, part in enumerate(entry)]
            if not parts:
                self._add(path, "neither_value_nor_missing", choices=", ".join(self._vocabulary.terms.missing_reasons))
        else:
            parts = [(path, entry)]
        return Fact(word.path, tuple(self._statement(word, part, here) for here, part in parts))

    def _statement(self, word: Word, entry: Any, path: TreePath) -> Statement:
        if not isinstance(entry, dict):
            return Statement(self._value(word, entry, None, path))
        reasons = self._vocabulary.terms.missing_reasons
        known = ("value", "unit", "missing", "to", "evidence", "source", "date", "note")
        entry = self._object(entry, path, known)
        said = entry.get("missing", [])
        missing = [self._code(reason, reasons, (*path, "missing")) for reason in (said if isinstance(said, list) else [said])]
        if "unit" in entry:
            self._check_unit(word, entry["unit"], (*path, "unit"))
        value = None
        if "value" in entry and "missing" in entry:
            self._add(path, "value_and_missing")
        elif "value" in entry:
            value = self._value(word, entry["value"], entry.get("unit"), (*path, "value"))
        elif not missing:
            self._add(path, "neither_value_nor_missing", choices=", ".join(reasons))
        return Statement(
            value,
            tuple(reason for reason in missing if reason),
            self._evidence_names(entry, path),
            self._optional_text(entry, "to", path),
            self._optional_text(entry, "source", path),
            self._optional_date(entry, path),
            self._optional_text(entry, "note", path),
        )

    def _check_unit(self, word: Word, unit: Any, path: TreePath) -> None:
        expected = "%" if word.type == "ratio" else word.unit
        if unit != expected:
            self._add(path, "wrong_unit", found=unit, expected=expected or "—")

    def _value(self, word: Word, value: Any, unit: Any, path: TreePath) -> Value | None:
        if value is None:
            self._add(path, "null_value", choices=", ".join(self._vocabulary.terms.missing_reasons))
            return None
        match word.type:
            case "boolean":
                if isinstance(value, bool):
                    return value
                self._wrong_type(value, path, Text("true 或 false", "true or false"))
                return None
            case "choice":
                return self._code(value, word.choices or {}, path)
            case "date":
                return self._date(value, path)
            case "text":
                return self._text(value, path)
            case "integer" if isinstance(value, Decimal):
                self._wrong_type(value, path, Text("整数", "an integer"))
                return None
            case "ratio" if unit == "%":
                number = self._number(value, path, 0, 100)
                return None if number is None else Decimal(number).scaleb(-2)
            case _:
                return self._number(value, path, word.minimum, word.maximum)

    # --- leaves ----------------------------------------------------------------------------------------------------

    def _object(self, tree: Any, path: TreePath, known: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> dict[str, Any]:
        """The tree as an object; unknown keys (where ``known`` names any) and missing ones are problems."""
        if not isinstance(tree, dict):
            self._wrong_type(tree, path, Text("一组键值（{…}）", "a group of keys ({...})"))
            return {}
        listed = ", ".join(known)
        for key in tree if known else ():
            if key not in known:
                hint = nearest(key, known, Text(f"可用的键：{listed}。", f"Known keys: {listed}."))
                self._add((*path, key), "unexpected_key", key=key, hint=hint)
        for key in needed:
            if key not in tree:
                self._add(path, "missing_key", key=key)
        return tree

    def _list(self, tree: Any, path: TreePath) -> list[Any]:
        if isinstance(tree, list):
            return tree
        self._wrong_type(tree, path, Text("列表（[…]）", "a list ([...])"))
        return []

    def _text(self, value: Any, path: TreePath) -> str | None:
        if not isinstance(value, str):
            self._wrong_type(value, path, Text("文字", "text"))
            return None
        if not value.strip():
            self._add(path, "empty_text")
        if len(value) > TEXT_LIMIT:
            self._add(path, "text_too_long", limit=TEXT_LIMIT)
        return value

    def _needed_text(self, tree: dict[str, Any], key: str, path: TreePath) -> str:
        """A text whose absence :meth:`_object` has recorded already."""
        return self._optional_text(tree, key, path) or ""

    def _optional_text(self, tree: dict[str, Any], key: str, path: TreePath) -> str | None:
        return self._text(tree[key], (*path, key)) if key in tree else None

    def _date(self, value: Any, path: TreePath) -> date | None:
        if not isinstance(value, str):
            self._wrong_type(value, path, Text("日期（如 \"2024-12-31\"）", "a date such as \"2024-12-31\""))
            return None
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):  # fromisoformat reads more than we write
            with suppress(ValueError):
                return date.fromisoformat(value)
        self._add(path, "impossible_date", said=value)
        return None

    def _optional_date(self, tree: dict[str, Any], path: TreePath) -> date | None:
        return self._date(tree["date"], (*path, "date")) if "date" in tree else None

    def _number(self, value: Any, path: TreePath, least: int | Decimal | None, most: int | Decimal | None) -> int | Decimal | None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self._wrong_type(value, path, Text("数", "a number"))
            return None
        if least is not None and value < least:
            self._add(path, "below_minimum", value=value, limit=least)
        if most is not None and value > most:
            self._add(path, "above_maximum", value=value, limit=most)
        return value

    def _code(self, value: Any, choices: Mapping[str, Text], path: TreePath) -> str | None:
        if not isinstance(value, str):
            self._wrong_type(value, path, Text("文字", "text"))
            return None
        if value not in choices:
            self._record(not_a_choice(self._document.place(*path), value, choices))
            return None
        return value

    def _evidence_names(self, tree: dict[str, Any], path: TreePath) -> tuple[str, ...]:
        found = []
        for index, name in enumerate(self._list(tree.get("evidence", []), (*path, "evidence"))):
            here: TreePath = (*path, "evidence", index)
            if not isinstance(name, str):
                self._wrong_type(name, here, Text("文字", "text"))
            elif name not in self._evidence:
                hint = nearest(name, self._evidence, Text("请在 evidence 中列出。", "List it under evidence."))
                self._add(here, "missing_evidence", evidence=name, hint=hint)
            else:
                found.append(name)
        return tuple(found)

    def _wrong_type(self, value: Any, path: TreePath, expected: Text) -> None:
        self._add(path, "wrong_type", expected=expected, found=type_name(value), hint=Text("请更正。", "Correct it."))

    def _add(self, path: TreePath, code: str, /, *, fatal: bool = True, **words: Any) -> None:
        self._record(problem(self._document.place(*path), code, fatal=fatal, **words))

    def _record(self, found: Problem) -> None:
        self.problems.append(found)
        if len(self.problems) >= PROBLEM_LIMIT:
            raise InputError([*self.problems, problem(Place(self._document.name), "too_many_problems", limit=PROBLEM_LIMIT)])
