"""What every JSON form shares: bilingual words, typed values, ranges, and the bytes themselves."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from checker.bounds import Range, decimal_of, ends
from checker.errors import Place, Problem, Text
from checker.facts import Company, Evidence
from checker.situation import Event


def dumps(tree: Any) -> bytes:
    """A tree of plain values as UTF-8 JSON with exact decimals and a final line break."""
    import simplejson  # the standard json module cannot write a Decimal exactly

    return simplejson.dumps(tree, ensure_ascii=False, indent=2, use_decimal=True).encode() + b"\n"


def words(text: Text | None) -> dict[str, str] | None:
    """Words in both languages."""
    return None if text is None else {"zh": text.zh, "en": text.en}


def value(said: Any) -> Any:
    """A typed value; a date as text."""
    return said.isoformat() if isinstance(said, date) else said


def bounds(found: Range) -> dict[str, Any]:
    """Both ends as decimals; ``fractions`` has them exactly where one of the decimals is rounded."""
    exact = ends(found.least) and ends(found.most)
    fractions = None if exact else {"least": str(found.least), "most": str(found.most)}
    return {"least": decimal_of(found.least), "most": decimal_of(found.most), "fractions": fractions}


def number(found: Fraction | None) -> Any:
    """A number as a decimal."""
    return None if found is None else decimal_of(found)


def event(happened: Event) -> dict[str, Any]:
    """A recorded event."""
    return {"kind": happened.kind, "date": value(happened.on), "fields": dict(happened.fields), "title": happened.title,
            "evidence": list(happened.evidence)}


def evidence(found: Evidence, titles: Any) -> dict[str, Any]:
    """A piece of evidence with the title of its document."""
    return {
        "id": found.name,
        "document": found.document,
        "title": titles[found.document],
        "place": found.place,
        "kind": found.kind,
        "figure": found.figure,
        "date": value(found.on),
        "note": found.note,
        "assurance": found.assurance,
        "expires": value(found.expires),
    }


def company(found: Company) -> dict[str, Any]:
    """Who was judged."""
    return {"name": found.name, "credit_code": found.credit_code, "industry": found.industry, "traits": list(found.traits)}


def place(found: Place) -> dict[str, Any]:
    """Where something stands in an input."""
    return {"file": found.file, **({"sheet": found.sheet} if found.sheet else {}), "line": found.line, "column": found.column, "path": found.path}


def problem(found: Problem) -> dict[str, Any]:
    """A warning with its place and remedy."""
    return {
        "code": found.code,
        "place": place(found.place),
        "said": words(found.said),
        "remedy": words(found.remedy),
    }
