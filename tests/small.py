"""Small companies and small packs, made in the test itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from checker.awards import Award, Part
from checker.conditions import Count, Node, Rule, Value
from checker.errors import Place, Text
from checker.facts import Company, Fact, FactBase, Rating, Statement
from checker.packs import Citation, Clause, Pack, Section
from checker.schemes import Grade, Grading, Scoring
from checker.vocabulary import Terms, Vocabulary, Word

PERIOD = date(2024, 1, 1), date(2024, 12, 31)
DAY = date(2025, 6, 30)
NAME = Text("名", "name")
FLAGS = [f"t.f{number}" for number in range(4)]


def vocabulary(paths: Sequence[str] = FLAGS, *, fixed: Sequence[str] = ()) -> Vocabulary:
    words = {path: Word(path, "boolean", NAME, NAME, (), fixed=path in fixed) for path in paths}
    return Vocabulary(words, {}, Terms({}, {}, {}, {}, {}, {}))


def base(values: Mapping[str, Value], ratings: Sequence[Rating] = (), *, panel: Sequence[str] = (), denials: Mapping[str, Count] | None = None,
         **rest: Any) -> FactBase:
    facts = {path: Fact(path, (Statement(value),)) for path, value in values.items()}
    return FactBase(
        **{"name": "f", "digest": "", "company": Company("甲"), "period": PERIOD, "as_of": DAY, "facts": facts, "documents": {}, "evidence": {},
           "events": None, "statements": (), "ratings": tuple(ratings), "panel": tuple(panel), "refinements": {}, "denials": denials or {},
           "place": lambda *_: Place("f"), "warnings": (), **rest},
    )


def rating(clause: str, ratio: Decimal | int, most: Decimal | int | None = None, assessor: str = "甲") -> Rating:
    return Rating(clause, assessor, ratio, ratio if most is None else most, ratio=ratio if most is None else None)


def clause(number: str, condition: Node, points: int | None = None, kind: str = "indicator", *, applies_if: Node | None = None, award: Award | None = None) -> Clause:
    return Clause("tiny", number, "1", "1", kind, "recommended", NAME, NAME, Citation("x", number, None), Rule(f"tiny:{number}", condition, applies_if),
                  points=None if points is None else Decimal(points), award=award)


def awarded(number: str, draw: st.DrawFn, nodes: st.SearchStrategy[Node]) -> Clause:
    """A clause with an award of any form, worth 20 points at most."""
    part = st.builds(lambda points, node: Part(Fraction(points), Fraction(points), node, NAME), st.sampled_from([5, 10, 20]), nodes)
    discretion = nodes.map(lambda node: Part(Fraction(5), Fraction(10), node, NAME))
    parts = draw(st.lists(part, min_size=1, max_size=3) | discretion.map(lambda found: [found]))
    award = Award(Fraction(20), draw(st.sampled_from(["sum", "highest"])), tuple(parts))
    return clause(number, draw(nodes), 20, applies_if=draw(st.none() | nodes), award=award)


def pack(clauses: Sequence[Clause], scoring: Scoring, target: int) -> Pack:
    full = sum(int(found.points or 0) for found in clauses)
    grading = Grading("x", (Grade("good", "A", target, full, NAME), Grade("bad", "B", None, target - 1, NAME)), (), (), None)
    return Pack("tiny", NAME, "x", "", NAME, None, (), (Section("1", NAME, None),), tuple(clauses), (), "", replace(scoring, full_marks=full), grading)
