"""One way to write each fact file: what two files that say the same come down to, and what conversions go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import simplejson

from checker.load import DIGIT_LIMIT
from checker.packs import Packs
from checker.questionnaire.sheets import Sheet, sheets
from checker.vocabulary import Vocabulary, Word

#: Ratios of more digits stay as the percentages that they were given as: nothing is rounded.
_EXACT = 28
_STATEMENT = ("value", "unit", "missing", "to", "evidence", "source", "date", "note")
_COMPANY = ("name", "credit_code", "industry", "traits", "note")


def canonical(tree: Any, packs: Packs) -> dict[str, Any]:
    """A valid fact file in its one form.

    Keys stand in a fixed order and facts in that of the vocabulary. A statement that is only a value is that value, a list of one
    is its entry, what is empty is left out. Numbers have no trailing zeros, percentages are ratios.
    """
    every = sheets(packs)
    found: dict[str, Any] = {
        "company": _ordered(tree["company"], _COMPANY),
        "period": _ordered(tree["period"], ("start", "end")),
        "as_of": tree.get("as_of"),
        "facts": _facts(tree["facts"], packs.vocabulary),
        "documents": _named(tree, every["documents"]),
        "evidence": _named(tree, every["evidence"]),
        "events": _listed(tree, every["events"]),
        "event_statements": _listed(tree, every["event_statements"]),
        "panel": tree.get("panel"),
        "ratings": _listed(tree, every["ratings"]),
        "refinements": _named(tree, every["refinements"]),
    }
    return {key: part for key, part in found.items() if part or key in ("company", "period", "facts")}


def dumps(tree: Mapping[str, Any]) -> bytes:
    """A fact file as UTF-8 JSON; numbers as plain decimals, which alone may be read again."""
    return str(simplejson.dumps(_plain(tree), ensure_ascii=False, indent=2)).encode() + b"\n"


def _plain(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {key: _plain(part) for key, part in tree.items()}
    if isinstance(tree, list):
        return [_plain(part) for part in tree]
    return simplejson.RawJSON(format(tree, "f")) if isinstance(tree, Decimal) else tree


def statements(entry: Any) -> list[dict[str, Any]]:
    """The statements of a fact, each written out."""
    return [part if isinstance(part, dict) else {"value": part} for part in (entry if isinstance(entry, list) else [entry])]


def stated(tree: Any, vocabulary: Vocabulary) -> dict[str, list[dict[str, Any]]]:
    """The facts that a tree of facts states, by path in the order of the vocabulary."""
    found = {}
    for path in vocabulary.words:
        inside: Any = tree
        for step in path.split("."):
            inside = inside.get(step) if isinstance(inside, Mapping) else None
        if inside is not None:
            found[path] = statements(inside)
    return found


def _facts(tree: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for path, said in stated(tree, vocabulary).items():
        *groups, last = path.split(".")
        inside = facts
        for group in groups:
            inside = inside.setdefault(group, {})
        each = [_statement(vocabulary.words[path], statement) for statement in said]
        inside[last] = each[0] if len(each) == 1 else each
    return facts


def _statement(word: Word, said: Mapping[str, Any]) -> Any:
    found = dict(said)
    unit = found.pop("unit", None)
    if "value" in found:
        value = found["value"] = _number(found["value"])
        if unit == "%" and word.type == "ratio":
            digits = Decimal(value).as_tuple().digits
            ratio = Decimal(value).scaleb(-2) if len(digits) <= _EXACT else value
            if len(digits) <= _EXACT and len(format(ratio, "f")) <= DIGIT_LIMIT:
                found["value"] = _number(ratio)
            else:
                found["unit"] = unit
    missing = found.get("missing")
    if isinstance(missing, list) and len(missing) == 1:
        found["missing"] = missing[0]
    found = _ordered(found, _STATEMENT)
    return found["value"] if found.keys() == {"value"} else found


def _number(value: Any) -> Any:
    """A number without trailing zeros, an integer where it is one."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else Decimal(format(value, "f").rstrip("0"))


def _ordered(tree: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: tree[key] for key in keys if key in tree and tree[key] not in ([], {})}


def _entry(tree: Mapping[str, Any], sheet: Sheet) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in sheet.columns:
        *groups, last = column.key.split(".")
        inside, into = tree, found
        for group in groups:
            inside, into = inside.get(group, {}), (into.setdefault(group, {}) if group in inside else into)
        if last in inside and inside[last] != [] and not (column.kind == "yes" and inside[last] is False):
            into[last] = _number(inside[last])
    return found


def _named(tree: Mapping[str, Any], sheet: Sheet) -> dict[str, Any]:
    return {name: _entry(entry, sheet) for name, entry in tree.get(sheet.key, {}).items()}


def _listed(tree: Mapping[str, Any], sheet: Sheet) -> list[Any]:
    return [_entry(entry, sheet) for entry in tree.get(sheet.key, [])]
