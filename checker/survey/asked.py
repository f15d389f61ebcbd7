"""What a survey asks: the clauses of its packs, of whom each is asked, and the columns of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import polars as pl

from checker.conditions import Node, Rule
from checker.engines.columns import VERDICTS
from checker.packs import Clause, Pack, Packs
from checker.situations import AS_OF, COLUMN_TYPES, END, START
from checker.survey.scores import Ledger, pack_scope

#: Types of facts that are figures: they can be compared with those of peers and of other years.
FIGURES = ("integer", "number", "ratio")
#: The columns of a company before its scores and verdicts.
ABOUT: Mapping[str, Any] = {
    "record": pl.String(), "digest": pl.String(), "name": pl.String(), "credit_code": pl.String(), "industry": pl.String(),
    "section": pl.String(), "region": pl.String(), "traits": pl.String(), "packs": pl.String(),
    "period_start": pl.Date(), "period_end": pl.Date(), "as_of": pl.Date(),
    "answered": pl.Int64(), "supported": pl.Int64(), "noted": pl.String(), "contradictions": pl.Int64(), "contradicted": pl.String(), "inconsistencies": pl.Int64(),
}  # fmt: skip
SHELL_NAMES = {START: "period_start", END: "period_end", AS_OF: "as_of"}


class Asked:
    """The questions of a survey.

    Args:
        packs: the standards there are.
        only: names of packs to use whatever the companies' traits are; ``all`` for every pack. Without any, the packs that
            are for one of a company's traits, and those that are for nobody in particular.

    Raises:
        InputError: no pack of such a name.
    """

    def __init__(self, packs: Packs, only: Sequence[str] = ()) -> None:
        self.packs = packs
        self.only = tuple(packs) if "all" in only else tuple(packs.pack(name).name for name in dict.fromkeys(only))
        self._always = tuple(name for name, traits in packs.traits.items() if not traits)
        self.of_traits = cache(self._of_traits)

    def names_for(self, traits: Sequence[str]) -> tuple[str, ...]:
        """The packs that a company with these traits is judged by."""
        fitting = {*self.packs.fitting(traits), *self._always}
        return tuple(name for name in self.chosen if self.only or name in fitting)

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The packs that somebody may be judged by, in the order of their names."""
        return tuple(sorted(self.only)) if self.only else tuple(self.packs)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of all packs, in the order of the packs."""
        return tuple(clause for name in self.chosen for clause in self.packs[name].clauses)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """What an engine runs: the clauses, and what is concluded from them."""
        return tuple(rule for name in self.chosen for rule in self.packs[name].rules)

    @cached_property
    def conditions(self) -> tuple[Node, ...]:
        """Every condition of every clause."""
        gates = (rule.applies_if for rule in self.rules if rule.applies_if is not None)
        return (*gates, *(rule.condition for rule in self.rules), *(node for clause in self.clauses if clause.award for node in clause.award.elements))

    def _of_traits(self, traits: tuple[str, ...]) -> tuple[dict[str, Pack], frozenset[str]]:
        """The packs as they bind a company with these traits, and the rules that are asked of it."""
        bound = {name: self.packs[name].addressed_to(traits) for name in self.names_for(traits)}
        return bound, frozenset(rule.name for pack in bound.values() for rule in pack.rules)

    @cached_property
    def ledgers(self) -> dict[str, Ledger]:
        """The ledgers of the packs that score, by the name of the pack."""
        return {name: Ledger(self.packs[name], self.scopes) for name in self.chosen if self.packs[name].scoring}

    @cached_property
    def scopes(self) -> dict[str, str]:
        """For every rule the name of the column that says of whom it is asked: one for each pack and addressee."""
        concluded = {conclusion.name: pack_scope(name) for name in self.chosen for conclusion in self.packs[name].conclusions}
        return concluded | {clause.name: f"#asked {clause.pack} {clause.addressee or ''}" for clause in self.clauses}

    @cached_property
    def figures(self) -> tuple[str, ...]:
        """The facts that are figures and that some clause asks for or shows."""
        words = self.packs.vocabulary.words
        wanted = dict.fromkeys(fact for clause in self.clauses for fact in clause.facts)
        return tuple(sorted(fact for fact in wanted if words[fact].type in FIGURES))

    @cached_property
    def sizes(self) -> dict[str, dict[str, Node]]:
        """For every fact that is computed by a table, the condition of each of its classes."""
        return {word.path: {name: word.table.among([name]) for name in word.table.classes}
                for word in self.packs.vocabulary.having("table") if word.table}

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The columns of the answer and their types: who, computed classes, scores, verdicts, figures."""
        words = self.packs.vocabulary.words
        return {
            **ABOUT,
            **{f"class.{path}": pl.String() for path in self.sizes},
            **{name: dtype for ledger in self.ledgers.values() for name, dtype in ledger.schema.items()},
            **{clause.name: VERDICTS for clause in self.clauses},
            **{f"figure.{fact}": COLUMN_TYPES[words[fact].type] for fact in self.figures},
        }
