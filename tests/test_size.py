"""Size classes: every row of the printed table on and just off its limits, and what is unknown stays open only where it matters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import load_packs
from checker.engines.reference import truth
from checker.fact_files import load_facts
from checker.load import load_yaml
from tests.conftest import ROOT
from tests.small import DAY, base

WORD = load_packs().vocabulary.words["company.size_class"]
assert WORD.table
TABLE = WORD.table
#: The table of 工信部联企业〔2011〕300号 as shared/sme-size.md has it: least employees, revenue and assets (10,000 yuan) by class.
PRINTED: dict[str, dict[str, tuple[int | None, int | None, int | None]]] = {
    "agriculture": {"large": (None, 20000, None), "medium": (None, 500, None), "small": (None, 50, None)},
    "industry": {"large": (1000, 40000, None), "medium": (300, 2000, None), "small": (20, 300, None)},
    "construction": {"large": (None, 80000, 80000), "medium": (None, 6000, 5000), "small": (None, 300, 300)},
    "wholesale": {"large": (200, 40000, None), "medium": (20, 5000, None), "small": (5, 1000, None)},
    "retail": {"large": (300, 20000, None), "medium": (50, 500, None), "small": (10, 100, None)},
    "transport": {"large": (1000, 30000, None), "medium": (300, 3000, None), "small": (20, 200, None)},
    "storage": {"large": (200, 30000, None), "medium": (100, 1000, None), "small": (20, 100, None)},
    "post": {"large": (1000, 30000, None), "medium": (300, 2000, None), "small": (20, 100, None)},
    "accommodation": {"large": (300, 10000, None), "medium": (100, 2000, None), "small": (10, 100, None)},
    "catering": {"large": (300, 10000, None), "medium": (100, 2000, None), "small": (10, 100, None)},
    "information_transmission": {"large": (2000, 100000, None), "medium": (100, 1000, None), "small": (10, 100, None)},
    "software": {"large": (300, 10000, None), "medium": (100, 1000, None), "small": (10, 50, None)},
    "real_estate_development": {"large": (None, 200000, 10000), "medium": (None, 1000, 5000), "small": (None, 100, 2000)},
    "property_management": {"large": (1000, 5000, None), "medium": (300, 1000, None), "small": (100, 500, None)},
    "leasing_business_services": {"large": (300, None, 120000), "medium": (100, None, 8000), "small": (10, None, 100)},
    "other": {"large": (300, None, None), "medium": (100, None, None), "small": (10, None, None)},
}
CLASSES = ["large", "medium", "small", "micro"]
MEASURES = ["company.employees", "company.revenue", "company.total_assets"]


def naive(row: str, figures: tuple[int, int, int]) -> str:
    scaled = (figures[0], figures[1] / 10000, figures[2] / 10000)
    for name in CLASSES[:3]:
        if all(least is None or have >= least for least, have in zip(PRINTED[row][name], scaled, strict=True)):
            return name
    return "micro"


def possible(values: dict[str, Any]) -> set[str]:
    """The classes that are not ruled out; exactly one and certain, or several and all open."""
    situation = base(values).situation(DAY)
    truths = {name: truth(TABLE.among([name]), situation, {}) for name in CLASSES}
    if True in truths.values():
        assert list(truths.values()).count(True) == 1
        assert None not in truths.values()
        return {name for name, found in truths.items() if found}
    return {name for name, found in truths.items() if found is None}


def test_the_table_is_as_printed() -> None:
    assert set(TABLE.rows) == set(PRINTED)
    assert set(TABLE.elsewhere) == {"financial", "not_listed"}


LIMITS = sorted({least for row in PRINTED.values() for bounds in row.values() for least in bounds if least is not None})
NUMBERS = st.sampled_from(LIMITS).flatmap(lambda least: st.sampled_from([least - 1, least, least + 1]))


@settings(max_examples=500, deadline=None)
@given(row=st.sampled_from(sorted(PRINTED)), employees=NUMBERS, revenue=NUMBERS, assets=NUMBERS, off=st.integers(-1, 1))
def test_every_class_on_and_off_its_limits(row: str, employees: int, revenue: int, assets: int, off: int) -> None:
    figures = (employees, max(revenue * 10000 + off, 0), max(assets * 10000 + off, 0))
    values = {"company.size_industry": row, **dict(zip(MEASURES, figures, strict=True))}
    assert possible(values) == {naive(row, figures)}


@settings(max_examples=300, deadline=None)
@given(row=st.sampled_from(sorted(PRINTED)), employees=NUMBERS, revenue=NUMBERS, assets=NUMBERS, missing=st.sets(st.sampled_from(MEASURES)))
def test_what_is_missing_leaves_open_what_it_can_change(row: str, employees: int, revenue: int, assets: int, missing: set[str]) -> None:
    figures = (employees, revenue * 10000, assets * 10000)
    known = {path: figure for path, figure in zip(MEASURES, figures, strict=True) if path not in missing}
    found = possible({"company.size_industry": row, **known})
    assert naive(row, figures) in found
    whole = {naive(row, (x, y, z)) for x in grid(known, MEASURES[0], 1) for y in grid(known, MEASURES[1], 10000) for z in grid(known, MEASURES[2], 10000)}
    assert found == whole


def grid(known: dict[str, int], path: str, times: int) -> list[int]:
    return [known[path]] if path in known else [0, *(least * times for least in LIMITS)]


@pytest.mark.parametrize(
    ("code", "row"),
    [("A01", "agriculture"), ("C", "industry"), ("C3670", "industry"), ("3670", "industry"), ("D44", "industry"), ("E", "construction"), ("F5162", "wholesale"),
     ("52", "retail"), ("G5310", "not_listed"), ("G5430", "transport"), ("G5910", "transport"), ("G5920", "storage"), ("G60", "post"), ("H61", "accommodation"),
     ("6210", "catering"), ("I6420", "information_transmission"), ("I65", "software"), ("J66", "financial"), ("K7010", "real_estate_development"),
     ("K7020", "property_management"), ("K7030", "other"), ("L72", "leasing_business_services"), ("M73", "other"), ("P83", "not_listed"), ("Q85", "other"),
     ("F", None), ("G", None), ("G59", None), ("K", None)],
)
def test_the_row_follows_from_the_industry_code(code: str, row: str | None, tmp_path: Any) -> None:
    (tmp_path / "f.json").write_text(f'{{"company": {{"name": "甲", "industry": "{code}"}}, "period": {{"start": "2024-01-01", "end": "2024-12-31"}}, "facts": {{}}}}')
    assert load_facts(tmp_path / "f.json", load_packs()).values.get("company.size_industry") == row


def test_every_division_of_the_classification_has_a_row_or_needs_a_longer_code() -> None:
    entry = load_yaml(ROOT / "rules/vocabulary/company.yaml").data["facts"]["company.size_industry"]
    prefixes = entry["by_industry"]
    for division in range(1, 98):
        code = f"{division:02d}"
        assert code in prefixes or any(len(prefix) > 2 and prefix.startswith(code) for prefix in prefixes), code
