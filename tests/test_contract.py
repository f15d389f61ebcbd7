"""The JSON Schema of fact files and the reader of fact files say the same."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from checker import InputError, Packs, load_facts, load_packs
from tests.conftest import REAL, ROOT

SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "facts.schema.json").read_text("utf-8")), format_checker=Draft202012Validator.FORMAT_CHECKER)
#: What only the reader can see: text that is no JSON, names that must exist, dates in order.
BEYOND = {"duplicate-key", "exponent-large", "exponent-small", "integer-of-400-digits", "missing-document", "missing-evidence",
          "no-pack-applies", "period-reversed", "lone-surrogate", "rating-by-stranger", "rating-twice", "refinement-of-settled-c", "nan", "infinity"}
BAD = sorted((ROOT / "fixtures" / "bad").iterdir())
WORDS = load_packs().vocabulary.words


def test_the_real_company_follows_it() -> None:
    SCHEMA.validate(json.loads(REAL.read_text("utf-8")))


@pytest.mark.parametrize("folder", [folder for folder in BAD if folder.name not in BEYOND], ids=lambda folder: folder.name)
def test_what_is_no_fact_base_does_not(folder: Path) -> None:
    try:
        tree = json.loads((folder / "facts.json").read_text("utf-8"))
    except ValueError:
        return
    assert not SCHEMA.is_valid(tree)


VALUES = st.booleans() | st.integers(-3, 200) | st.decimals(-2, 200, places=1) | st.sampled_from(["2024-05-01", "2024-02-31", "controlled", " ", "文字", "是"])
STATEMENTS = st.fixed_dictionaries({}, optional={
    "value": VALUES, "unit": st.sampled_from(["%", "person", "tCO2e", "CNY"]), "missing": st.sampled_from(["declined", "delegated", "gone", ["declined"], []]),
    "note": st.sampled_from(["注", ""]), "other": st.just(1), "evidence": st.just([]),
})


@settings(max_examples=600, deadline=None)
@given(path=st.sampled_from(sorted(WORDS)), entry=VALUES | STATEMENTS | st.lists(VALUES | STATEMENTS, max_size=2) | st.none())
def test_both_accept_and_refuse_the_same_facts(path: str, entry: Any, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> None:
    *groups, last = path.split(".")
    facts: dict[str, Any] = {last: entry}
    for group in reversed(groups):
        facts = {group: facts}
    tree = {"company": {"name": "某公司"}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "facts": facts}
    file = tmp_path_factory.mktemp("facts") / "facts.json"
    file.write_text(json.dumps(tree, default=lambda number: float(number) if isinstance(number, Decimal) else str(number)), "utf-8")
    try:
        load_facts(file, packs)
        accepted = True
    except InputError:
        accepted = False
    if accepted:
        SCHEMA.validate(json.loads(file.read_text("utf-8")))
    elif SCHEMA.is_valid(json.loads(file.read_text("utf-8"))):
        assert not accepted
        assert only_the_reader_knows(path, entry), f"the schema accepts {path} = {entry!r}"


def only_the_reader_knows(path: str, entry: Any) -> bool:
    """JSON Schema calls 5.0 an integer, and cannot tie the limits of a ratio to its unit."""
    said = entry if isinstance(entry, list) else [entry]
    values = [part.get("value") if isinstance(part, dict) else part for part in said]
    decimal_integer = WORDS[path].type == "integer" and any(isinstance(value, Decimal) for value in values)
    return decimal_integer or WORDS[path].type == "ratio"
