"""Evaluators of the condition language: equals, one file each, named in one table.

Every engine is built from rules once and promises the same: ``run(situation)`` returns, for every rule by its name,
one of ``satisfied``, ``violated``, ``unknown`` and ``not_applicable``, and two engines never differ. Each names the
node classes it compiles in ``COMPILES``; a node without a fate is an error when compiling, never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol

from checker.conditions import Rule, Verdict
from checker.situation import Situation


class Engine(Protocol):
    """Rules ready to run."""

    def run(self, situation: Situation) -> dict[str, Verdict]:
        """The verdict of every rule for one company, by the rule's name."""
        ...


#: The name a user types, and the class that is meant. Loaded when asked for: the rule engine needs a C extension.
ENGINES: dict[str, str] = {
    "rete": "checker.engines.rete:Rete",
    "reference": "checker.engines.reference:Reference",
}


def engine(name: str) -> Callable[[Sequence[Rule]], Engine]:
    """The engine of that name.

    Raises:
        ImportError: what the engine needs is not installed or cannot be loaded here.
    """
    module, _, attribute = ENGINES[name].partition(":")
    found: Callable[[Sequence[Rule]], Engine] = getattr(import_module(module), attribute)
    return found
