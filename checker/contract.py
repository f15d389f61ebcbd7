"""The JSON Schema of fact files, made from the vocabulary, for editors and for other programs.

esgcheck itself reads fact files with :mod:`checker.fact_files`, whose messages name units, ranges and the nearest fact; a
test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import simplejson

from checker.bounds import decimal_of
from checker.errors import Text
from checker.packs import Packs
from checker.tree_reader import MONTH, TEXT_LIMIT
from checker.vocabulary import Word

Schema = dict[str, Any]


def facts_schema(packs: Packs) -> bytes:
    """The schema as UTF-8 JSON."""
    vocabulary = packs.vocabulary
    terms = vocabulary.terms
    text: Schema = {"type": "string", "pattern": "\\S", "maxLength": TEXT_LIMIT}
    date: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    evidence: Schema = {"type": "array", "items": {"type": "string"}}
    missing = _choice(terms.missing_reasons)
    fields = {name: _choice(field.choices) for name, field in terms.event_fields.items()}
    kind = _choice(terms.event_kinds)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "esgcheck facts",
        "description": "What is known about one company in one period. Made from rules/vocabulary by: esgcheck rules schema",
        **_object(
            {
                "company": _object(
                    {
                        "name": text,
                        "credit_code": {**text, "description": "Unified social credit code."},
                        "industry": {"type": "string", "pattern": "^([A-T]([0-9]{2,4})?|[0-9]{2,4})$", "description": "Code of GB/T 4754."},
                        "traits": {"type": "array", "items": _choice(terms.traits)},
                        "note": text,
                    },
                    ["name"],
                ),
                "period": _object({"start": date, "end": date}, ["start", "end"]),
                "as_of": {**date, "description": "The day to judge on, unless the command line names one."},
                "facts": _facts(vocabulary.words),
                "documents": _map(_object({"title": text, "issuer": text, "kind": text, "date": date, "note": text}, ["title"])),
                "evidence": _map(
                    _object(
                        {"document": text, "place": text, "kind": _choice(terms.evidence_kinds), "figure": text, "date": date, "note": text,
                         "assurance": _choice(terms.assurance_levels), "expires": date},
                        ["document", "place"],
                    )
                ),
                "events": {
                    "type": "array",
                    "items": _object({"kind": kind, "date": date, "title": text, "evidence": evidence, **fields}, ["kind", "date"]),
                },
                "event_statements": {
                    "type": "array",
                    "items": _object(
                        {"kind": kind, "from": date, "to": date, "none": {"type": "boolean"}, "evidence": evidence, "note": text},
                        ["kind", "to"],
                    ),
                },
                "panel": {"type": "array", "items": text, "description": "Everybody who is to rate each indicator."},
                "ratings": {"type": "array", "items": _rating(packs, text, evidence)},
                "refinements": _object({
                    name: _object({"mark": {"enum": list(pack.grading.marks)}, "by": text, "evidence": evidence, "note": text}, ["mark", "by"])
                    for name, pack in packs.items() if pack.grading and pack.grading.marks
                }),
            },
            ["company", "period", "facts"],
        ),
        "$defs": {
            "said": {
                "type": "object",
                "properties": {"to": text, "evidence": evidence, "source": text, "date": date, "note": text},
            },
            "missing": {
                "if": {"type": "array"},
                "then": {"type": "array", "items": missing, "minItems": 1},
                "else": missing,
            },
        },
    }
    return simplejson.dumps(schema, ensure_ascii=False, indent=1, use_decimal=True).encode() + b"\n"


def _rating(packs: Packs, text: Schema, evidence: Schema) -> Schema:
    """A ratio, a band or answered aspects, or points; which of them, and within which limits, depends on the clause."""
    scales = [pack.scoring.scale for pack in packs.values() if pack.scoring and pack.scoring.scale]
    band: Schema = {"enum": list(dict.fromkeys(band.name for scale in scales for band in scale.bands))}
    aspects = dict.fromkeys((aspect for scale in scales for aspect in scale.aspects), band)
    on_scale = [clause.name for pack in packs.values() for clause in pack.scored if pack.scoring and pack.scoring.scale and not clause.award]
    ways = {"ratio": {"type": "number", "minimum": 0, "maximum": 1}, "band": band, "aspects": {**_object(aspects), "minProperties": 1}}
    said = {"assessor": text, "evidence": evidence, "note": text}
    rated = {**_object({"clause": {"enum": on_scale}, **ways, **said}, ["clause", "assessor"]), "oneOf": [{"required": [way]} for way in ways]}
    parts = [(clause.name, clause.award.discretion) for clause in packs.clauses.values() if clause.award and clause.award.discretion]
    points = [_object({"clause": {"const": name}, "points": {"type": "number", "minimum": decimal_of(part.least), "maximum": decimal_of(part.most)}, **said},
                      ["clause", "assessor", "points"]) for name, part in parts if part]
    return {"anyOf": [rated, *points]}


def _facts(words: Mapping[str, Word]) -> Schema:
    """Groups nested as the paths are, with a schema for each fact at the end of its path."""
    root = _object({})
    for path, word in words.items():
        if word.table is not None:
            continue  # computed, never stated
        *groups, last = path.split(".")
        inside = root
        for group in groups:
            inside = inside["properties"].setdefault(group, _object({}))
        inside["properties"][last] = _fact(word)
    return root


def _fact(word: Word) -> Schema:
    """A bare value, a statement, or a list of either."""
    value = _value(word)
    units = ["%"] if word.type == "ratio" else [word.unit] if word.unit else []
    statement: Schema = {
        "$ref": "#/$defs/said",
        "properties": {"value": value, "unit": {"enum": units}, "missing": {"$ref": "#/$defs/missing"},
                       **dict.fromkeys(("to", "evidence", "source", "date", "note"), True)},
        "additionalProperties": False,
        "if": {"required": ["missing"]},
        "then": {"properties": {"value": False}},
        "else": {"required": ["value"]},
    }
    if word.type == "ratio":
        statement["properties"]["value"] = {"type": "number", "minimum": 0, "maximum": 100}
    one: Schema = {"if": {"type": "object"}, "then": statement, "else": value}
    return {
        "description": f"{word.label.zh} / {word.label.en}",
        "if": {"type": "array"},
        "then": {"type": "array", "minItems": 1, "items": one},
        "else": one,
    }


def _value(word: Word) -> Schema:
    match word.type:
        case "boolean":
            return {"type": "boolean"}
        case "choice":
            return _choice(word.choices or {})
        case "date":
            return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case "month":
            return {"type": "string", "pattern": f"^{MONTH}$"}
        case "text":
            return {"type": "string", "pattern": "\\S", "maxLength": TEXT_LIMIT}
        case "integer" | "number" | "ratio":
            limits = {"minimum": word.minimum, "maximum": word.maximum}
            plain = {name: limit for name, limit in limits.items() if limit is not None}
            return {"type": "integer" if word.type == "integer" else "number", **plain}


def _choice(choices: Mapping[str, Text]) -> Schema:
    return {"enum": list(choices)}


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**found, "required": required} if required else found


def _map(entries: Schema) -> Schema:
    return {"type": "object", "additionalProperties": entries}
