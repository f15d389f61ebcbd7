"""The meaning of every node of the condition language is data: ``language/<node>.yaml``, run by every engine."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from checker.conditions import DEPTH_LIMIT, NODES, All, Holds, Node, Not, Rule, Verdict
from checker.conditions import Any as AnyOf
from checker.engines import ENGINES, Engine, engine
from checker.errors import Text
from checker.language import Reader
from checker.load import Document, load_yaml
from checker.situation import Event, EventStatement, Said, Situation
from checker.vocabulary import EventField, Terms, Vocabulary, Word

FILES = sorted((Path(__file__).parent / "language").glob("*.yaml"))
PERIOD = date(2024, 1, 1), date(2024, 12, 31)
AS_OF = date(2025, 6, 30)
VERDICTS: dict[object, Verdict] = {True: "satisfied", False: "violated", "unknown": "unknown"}

_NAME = Text("名", "name")
_CHOICES = dict.fromkeys(["red", "green", "blue"], _NAME)
_TYPES: dict[str, Any] = {"flag": "boolean", "number": "number", "choice": "choice", "date": "date", "text": "text"}
VOCABULARY = Vocabulary(
    words={
        f"{topic}.{name}": Word(f"{topic}.{name}", kind, _NAME, _NAME, (), choices=_CHOICES if kind == "choice" else None)
        for topic, kind in _TYPES.items()
        for name in "abcd"
    },
    topics={},
    terms=Terms(
        units={},
        evidence_kinds={"record": _NAME, "certificate": _NAME},
        missing_reasons={},
        event_kinds={"recall": _NAME, "injury": _NAME},
        event_fields={
            "severity": EventField(_NAME, dict.fromkeys(["minor", "serious", "major"], _NAME)),
            "place": EventField(_NAME, dict.fromkeys(["site", "road"], _NAME)),
        },
        traits={},
    ),
)


def _cases() -> list[Any]:
    documents = [(path.stem, load_yaml(path)) for path in FILES]
    return [
        pytest.param(document, index, id=f"{stem}: {case['name']}")
        for stem, document in documents
        for index, case in enumerate(document.data["cases"])
    ]


def built(name: str, rules: list[Rule]) -> Engine:
    """The engine of that name for some rules; skips the test where it cannot be loaded."""
    if name == "rete":
        pytest.importorskip("durable_rules_engine", reason="durable-rules is not installed here", exc_type=ImportError)
    return engine(name)(rules)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("document", "index"), _cases())
def test_case(document: Document, index: int, name: str) -> None:
    case = document.data["cases"][index]
    asked, *others = _rules(document, index, case)
    run = built(name, [asked, Rule("opposite", Not(asked.condition)), *others]).run(_situation(case))
    assert run["asked"] == VERDICTS[case["expect"]]
    assert run["opposite"] == VERDICTS[case["expect"] if case["expect"] == "unknown" else not case["expect"]]


def _rules(document: Document, index: int, case: Any) -> list[Rule]:
    clauses = case.get("clauses", {})
    reader = Reader(document, VOCABULARY, resolve=lambda clause, _: clause, select=lambda _, __: list(clauses))
    rules = [Rule("asked", reader.condition(case["condition"], ("cases", index, "condition")))]
    for name, clause in clauses.items():
        gate = reader.condition(clause["applies_if"], ("cases", index)) if "applies_if" in clause else None
        rules.append(Rule(name, reader.condition(clause["condition"], ("cases", index)), gate))
    assert reader.problems == []
    return rules


def _situation(case: Any) -> Situation:
    facts = case.get("facts", {})
    said = {fact: tuple(Said(one["value"], (one["evidence"],) if "evidence" in one else (), (one["kind"],) if "kind" in one else ()) for one in value)
            for fact, value in facts.items() if isinstance(value, list)}
    values = {fact: value for fact, value in facts.items() if not isinstance(value, dict | list)}
    values |= {fact: statements[0].value for fact, statements in said.items() if len({one.value for one in statements}) == 1}
    events = [
        Event(event["kind"], event["date"], {name: code for name, code in event.items() if name not in ("kind", "date")})
        for event in case.get("events", [])
    ]
    statements = [EventStatement(said["kind"], said.get("from", date.min), said["to"]) for said in case.get("event_statements", [])]
    if case.get("complete"):
        kinds = VOCABULARY.terms.event_kinds
        statements += [EventStatement(kind, date(2000, 1, 1), date(2030, 12, 31)) for kind in kinds]
    return Situation(
        values,
        {fact: fact in values for fact in facts},
        PERIOD,
        case.get("as_of", AS_OF),
        tuple(events),
        tuple(statements),
        {fact: (Said(value),) for fact, value in values.items()} | said,
    )


def test_every_node_has_its_file_and_every_file_its_node() -> None:
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", node.__name__).lower() for node in NODES}
    assert {path.stem for path in FILES} == snake


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_shows_all_three_values(path: Path) -> None:
    cases = load_yaml(path).data["cases"]
    assert {case["expect"] for case in cases} == {True, False, "unknown"}
    assert len({case["name"] for case in cases}) == len(cases)


WIDTH = 2_000
WIDE = [f"flag.{number}" for number in range(WIDTH)]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("join", "settling"), [(All, False), (AnyOf, True)])
def test_two_thousand_parts_in_one_row(name: str, join: type[All | AnyOf], *, settling: bool) -> None:
    run = built(name, [Rule("wide", join(tuple(map(Holds, WIDE))))]).run
    plain = dict.fromkeys(WIDE, not settling)
    assert run(_facts(plain))["wide"] == VERDICTS[not settling]
    assert run(_facts({}))["wide"] == "unknown"
    for fact in (WIDE[0], WIDE[997], WIDE[-1]):
        without = {other: value for other, value in plain.items() if other != fact}
        assert run(_facts(without))["wide"] == "unknown"
        assert run(_facts({**plain, fact: settling}))["wide"] == VERDICTS[settling]


@pytest.mark.parametrize("name", ENGINES)
def test_nesting_to_the_limit(name: str) -> None:
    node: Node = Holds("flag.0")
    for level in range(1, DEPTH_LIMIT):
        node = (All if level % 2 else AnyOf)((Holds(f"flag.{level}"), node))
    run = built(name, [Rule("deep", node)]).run
    passing = {f"flag.{level}": bool(level % 2) for level in range(1, DEPTH_LIMIT)}
    assert run(_facts({**passing, "flag.0": True}))["deep"] == "satisfied"
    assert run(_facts({**passing, "flag.0": False}))["deep"] == "violated"
    assert run(_facts(passing))["deep"] == "unknown"
    assert run(_facts({"flag.31": False}))["deep"] == "violated"


def _facts(values: dict[str, bool]) -> Situation:
    return Situation(values, dict.fromkeys(values, True), PERIOD, AS_OF)
