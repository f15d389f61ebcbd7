"""Rules and a situation to verdicts, by two evaluators that have to agree."""

from __future__ import annotations

from collections.abc import Sequence

from checker.conditions import Rule, Verdict
from checker.engines import engine
from checker.engines.reference import Reference
from checker.errors import DisagreementError
from checker.situation import Situation

#: What a check runs unless it is told otherwise, and what it falls back to where that cannot be loaded.
DEFAULT_ENGINE = "rete"
FALLBACK_ENGINE = "reference"


def engine_here(wanted: str | None = None) -> tuple[str, str | None]:
    """The engine to use on this machine, and, where it is not the wanted one, why not."""
    name = wanted or DEFAULT_ENGINE
    try:
        engine(name)
    except ImportError as error:
        return FALLBACK_ENGINE, str(error)
    return name, None


def evaluate(rules: Sequence[Rule], situation: Situation, name: str) -> dict[str, Verdict]:
    """The verdict of every rule by its name, from the engine ``name``, confirmed by the reference evaluator.

    Raises:
        DisagreementError: the two differ; names every rule in which they do.
    """
    confirmed = Reference(rules).run(situation)
    if name == FALLBACK_ENGINE:
        return confirmed
    verdicts = engine(name)(rules).run(situation)
    different = {rule.name: (verdicts[rule.name], confirmed[rule.name])
                 for rule in rules if verdicts[rule.name] != confirmed[rule.name]}
    if different:
        raise DisagreementError(dict(different))
    return verdicts
