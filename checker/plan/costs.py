"""The costs of changes, out of a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from checker.errors import InputError, Place, Problem, Text
from checker.load import load_json, load_yaml
from checker.packs import Packs
from checker.tree_reader import TreeReader
from checker.wording import nearest, problem


def load_costs(path: Path, packs: Packs) -> dict[str, Fraction]:
    """The costs of a JSON or YAML file: ``costs``, from the path of a fact or the id of an indicator to a number above 0.

    Raises:
        InputError: every problem of the file, each with its line.
    """
    document = load_yaml(path) if path.suffix in (".yaml", ".yml") else load_json(path)
    reader = TreeReader(document)
    tree = reader.mapping(document.data, (), ("costs",), ("costs",))
    costs = {}
    for name, cost in reader.mapping(tree.get("costs", {}), ("costs",)).items():
        found = _unknown(name, document.place("costs", name), packs)
        if found:
            reader.record(found)
        number = reader.number(cost, ("costs", name), None, None)
        if number is not None and number <= 0:
            reader.add(("costs", name), "cost_not_positive")
        costs[name] = Fraction(number or 1)
    if reader.problems:
        raise InputError(reader.problems)
    return costs


def named(name: str, place: Place, packs: Packs) -> str:
    """The path of a fact or the id of an indicator.

    Raises:
        InputError: it is neither; names the nearest.
    """
    found = _unknown(name, place, packs)
    if found:
        raise InputError([found])
    return name


def _unknown(name: str, place: Place, packs: Packs) -> Problem | None:
    known = [*packs.vocabulary.words, *(clause.name for clause in packs.clauses.values() if clause.points is not None)]
    if name in known:
        return None
    hint = nearest(name, known, Text("事实见 esgcheck rules facts，指标见 esgcheck rules list。", "See esgcheck rules facts and esgcheck rules list."))
    return problem(place, "cost_of_nothing", name=name, hint=hint)
