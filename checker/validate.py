"""A tree against its JSON Schema: every problem at once, each with its line, in words that name the remedy."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from checker.errors import Problem, Text
from checker.load import Document, shipped
from checker.wording import nearest, problem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_TYPES = {
    "object": Text("一组键值", "a group of keys"),
    "array": Text("列表", "a list"),
    "string": Text("文字", "text"),
    "integer": Text("整数", "an integer"),
    "number": Text("数", "a number"),
    "boolean": Text("true 或 false", "true or false"),
}


def schema_problems(document: Document, schema: str) -> list[Problem]:
    """What in a document is not as ``schemas/<schema>.schema.json`` wants it, in the order of the text."""
    errors = _validator(schema).iter_errors(document.data)
    found = [found for error in errors for found in _problems(error, document, schema)]
    return sorted(found, key=lambda problem: problem.place)


def type_name(value: Any) -> Text:
    """What a person calls the type of a value from JSON or YAML."""
    names = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    if value is None:
        return Text("null", "null")
    return _TYPES.get(names.get(type(value), ""), Text("数", "a number") if not hasattr(value, "day") else Text("日期", "a date"))


@cache
def _validator(schema: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # here, because packs found in the cache need no validating

    return Draft202012Validator(json.loads((shipped("schemas") / f"{schema}.schema.json").read_text("utf-8")))


def _problems(error: ValidationError, document: Document, schema: str) -> list[Problem]:
    path = tuple(error.absolute_path)
    place = document.place(*path)
    expected: Any = error.validator_value
    match error.validator:
        case "additionalProperties" if isinstance(error.instance, dict):
            schema_here: Any = error.schema
            known = list(schema_here.get("properties", {}))
            listed = ", ".join(known)
            return [
                problem(document.place(*path, key), "unexpected_key", key=key,
                        hint=nearest(key, known, Text(f"可用的键：{listed}。", f"Known keys: {listed}.")))
                for key in error.instance if key not in known
            ]
        case "required":
            missing = [key for key in expected if error.message.startswith(f"{key!r} is a")]
            return [problem(place, "missing_key", key=key) for key in missing]
        case "type" if isinstance(expected, str):
            quote = isinstance(error.instance, int) or not isinstance(error.instance, str | dict | list)
            hint = Text("请加引号。", "Put it in quotes.") if expected == "string" and quote else Text("请更正。", "Correct it.")
            return [problem(place, "wrong_type", expected=_TYPES[expected], found=type_name(error.instance), hint=hint)]
        case _:
            return [problem(place, "schema", reason=error.message, schema=f"schemas/{schema}.schema.json")]
