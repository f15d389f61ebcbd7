"""A batch of records to rows of the answer: by the columns evaluator, and one company at a time by definition.

Both give the same row for the same company. The first is for a million of them; the second for records that columns cannot
hold exactly, and the oracle of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from checker.bounds import PLACES, Range
from checker.conditions import Node
from checker.engines.columns import AS_WRITTEN, Columns
from checker.engines.reference import Reference, truth
from checker.facts import FactBase
from checker.report import conflicts_of
from checker.score import ASIDE, Score, score
from checker.situation import Situation
from checker.situations import fits
from checker.support import level_of_fact
from checker.survey.asked import SHELL_NAMES, Asked
from checker.survey.beliefs import believed
from checker.survey.intake import Batch
from checker.survey.scores import ENDS, pack_scope, rating_columns


class Judge:
    """Answers to the questions of a survey."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        vocabulary = asked.packs.vocabulary
        self._denials = vocabulary.having("denies")
        elements = {name: node for ledger in asked.ledgers.values() for name, node in ledger.elements().items()}
        classes = {f"#class {path} {name}": node for path, named in asked.sizes.items() for name, node in named.items()}
        self._columns = Columns(asked.rules, asked.scopes, {**elements, **classes})
        self._consistency = [clause.name for clause in asked.clauses if clause.kind == "consistency"]

    # --- many

    def rows(self, batch: Batch) -> pl.DataFrame:
        """A row for each company of a batch."""
        asked, found = self._asked, believed(batch, self._denials)
        scopes = self._scopes(batch.shell["traits"])
        judged = self._columns.run(replace(found.situations, companies=found.situations.companies.hstack(scopes)))
        rated = list(batch.rated["clause"].unique())
        shell = batch.shell.rename(SHELL_NAMES).hstack(_contradicted(found.conflicts, batch.shell.height))
        wide = pl.concat([shell, pl.DataFrame(scopes), judged, _ratings(batch.rated, batch.shell.height),
                          batch.facts.select(pl.col(fact).alias(f"figure.{fact}") for fact in asked.figures)], how="horizontal").lazy()
        for step in zip(*(ledger.stages(rated) for ledger in asked.ledgers.values()), strict=True):
            wide = wide.with_columns(column for columns in step for column in columns)
        violated = [(pl.col(name) == "violated").fill_null(value=False).cast(pl.Int64) for name in self._consistency]
        return wide.with_columns(
            *self._places(), *self._classes(),
            (pl.sum_horizontal(violated) if violated else pl.lit(0, dtype=pl.Int64)).alias("inconsistencies"),
            pl.col("traits").replace_strict(self._packs_of(batch.shell["traits"]), return_dtype=pl.String).alias("packs"),
        ).select(pl.col(name).cast(dtype) for name, dtype in asked.schema.items()).collect(optimizations=AS_WRITTEN)

    def _scopes(self, traits: pl.Series) -> list[pl.Series]:
        """For each scope a column that says of whom it is: what depends on traits alone is found out once for each."""
        known = [(one, *self._asked.of_traits(_listed(one))) for one in traits.unique().to_list()]
        columns = [(pack_scope(name), {one: name in bound for one, bound, _ in known}) for name in self._asked.chosen]
        rules = {scope: rule for rule, scope in self._asked.scopes.items() if not scope.startswith("#pack")}  # one stands for all of its scope
        columns += [(scope, {one: rule in asked for one, _, asked in known}) for scope, rule in rules.items()]
        return [traits.replace_strict(holds, return_dtype=pl.Boolean).alias(name) for name, holds in columns]

    def _packs_of(self, traits: pl.Series) -> dict[str, str]:
        return {one: " ".join(self._asked.names_for(_listed(one))) for one in traits.unique().to_list()}

    def _places(self) -> list[pl.Expr]:
        """The section of the industry and the region of each company."""
        terms = self._asked.packs.vocabulary.terms
        code = pl.col("industry")
        division = code.str.strip_prefix(code.str.extract("^([A-T])").fill_null("")).str.slice(0, 2)
        section = code.str.extract("^([A-T])").fill_null(division.replace_strict(terms.section_of_division, default=None, return_dtype=pl.String))
        province = pl.col("credit_code").str.slice(2, 2)
        region = pl.when(province.is_in(list(terms.regions))).then(province)
        return [section.alias("section"), region.alias("region")]

    def _classes(self) -> list[pl.Expr]:
        """The class of every fact that is computed by a table, where it is known."""
        found = []
        for path, classes in self._asked.sizes.items():
            value = pl.coalesce([pl.when(pl.col(f"#class {path} {name}")).then(pl.lit(name)) for name in classes])
            found.append(value.alias(f"class.{path}"))
        return found

    # --- one

    def row(self, record: str, facts: FactBase, as_of: date | None, today: date) -> dict[str, Any]:
        """The row of one company, by the definitions.

        Raises:
            InputError: a refinement of a grade that takes none.
        """
        asked, terms = self._asked, self._asked.packs.vocabulary.terms
        day = as_of or facts.as_of or today
        situation = facts.situation(day)
        company = facts.company
        packs, _ = asked.of_traits(company.traits)
        verdicts = Reference([rule for pack in packs.values() for rule in pack.rules]).run(situation)
        values = {path: fact for path, fact in facts.facts.items() if fact.values}
        lowest = next(iter(terms.assurance_levels))
        conflicts = sorted(_contradictions(facts, situation))
        row: dict[str, Any] = {
            "record": record, "digest": facts.digest, "name": company.name, "credit_code": company.credit_code, "industry": company.industry,
            "section": terms.section(company.industry), "region": terms.region(company.credit_code),
            "traits": ";".join(company.traits), "packs": " ".join(packs),
            "period_start": facts.period[0], "period_end": facts.period[1], "as_of": day, "answered": len(values),
            "supported": sum(level_of_fact(fact, facts, day, terms) != lowest for fact in values.values()),
            "noted": "; ".join(sorted(path for path, fact in facts.facts.items() if any(said.note for said in fact.statements))) or None,
            "contradictions": len(conflicts), "contradicted": "; ".join(conflicts) or None,
            "inconsistencies": sum(verdicts.get(name) == "violated" for name in self._consistency),
        }  # fmt: skip
        row |= {f"class.{path}": _class(classes, situation) for path, classes in asked.sizes.items()}
        for name, pack in packs.items():
            found = score(pack, facts, situation, verdicts)
            row |= _score_row(name, found) if found else {}
        row |= {name: verdict for name, verdict in verdicts.items() if name in asked.schema}
        words = asked.packs.vocabulary.words
        stated = {fact: value for fact in asked.figures if isinstance(value := facts.values.get(fact), int | Decimal)}
        row |= {f"figure.{fact}": value for fact, value in stated.items() if fits(value, words[fact].type)}  # else no column can show it
        return {name: row.get(name) for name in asked.schema}

    def frame(self, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
        """Rows of :meth:`row` as a table."""
        return pl.DataFrame(list(rows), self._asked.schema, orient="row")


def _listed(traits: str) -> tuple[str, ...]:
    return tuple(traits.split(";")) if traits else ()


def _contradicted(conflicts: pl.DataFrame, height: int) -> list[pl.Series]:
    """How many contradictions there are in what each company states, and which."""
    of = conflicts.sort("conflict").group_by("row").agg(pl.len().cast(pl.Int64), pl.col("conflict").str.join("; "))
    number = pl.Series("contradictions", [0], pl.Int64).new_from_index(0, height).scatter(of["row"], of["len"])
    names = pl.Series("contradicted", [None], pl.String).new_from_index(0, height).scatter(of["row"], of["conflict"])
    return [number, names]


def _ratings(rated: pl.DataFrame, height: int) -> pl.DataFrame:
    """The ratings of each clause as columns."""
    columns = [pl.Series("#height", [None], pl.Boolean).new_from_index(0, height)]
    for (clause,), rows in rated.partition_by("clause", as_dict=True).items():
        for name, source in zip(rating_columns(str(clause)), ("number", "awaited", "least", "most"), strict=True):
            columns.append(pl.Series(name, [None], pl.Int64).new_from_index(0, height).scatter(rows["row"], rows[source]))
    return pl.DataFrame(columns)


def _contradictions(facts: FactBase, situation: Situation) -> set[str]:
    """What a company states that cannot all hold: of which fact, or of which kind of events."""
    paths = {*facts.facts, *facts.denials}
    refuted = {said.kind for said in facts.statements if said.none and facts.recorded(said, situation.as_of)}
    return {f"{conflict}:{path}" for path in paths for conflict in conflicts_of(path, facts, situation)} | {f"denied_yet_recorded:{kind}" for kind in refuted}


def _class(classes: Mapping[str, Node], situation: Situation) -> str | None:
    return next((name for name, node in classes.items() if truth(node, situation, {})), None)


def _score_row(pack: str, found: Score) -> dict[str, Any]:
    tallies = found.tallies
    row: dict[str, Any] = {**_ends(f"score.{pack}", tallies.base.earned), **_ends(f"supported.{pack}", tallies.base.supported)}
    for kind, tally in zip(ASIDE, (tallies.bonus, tallies.deductions), strict=True):
        row |= _ends(f"{kind}.{pack}", tally.earned) if tally else {}
    for group in found.groups:
        if group.level == "dimension":
            row |= _ends(f"score.{pack}/{group.heading.number}", group.tallies.base.earned)
    for label, standing in (("grade", found.standing), ("supported_grade", found.supported_standing)):
        if standing:
            row |= {f"{label}.{pack}.{end}": grade.name for end, grade in zip(ENDS, (standing.least, standing.most), strict=True)}
    return row


def _ends(name: str, points: Range) -> dict[str, Decimal]:
    return {f"{name}.{end}": Decimal(round(value * 10**PLACES)).scaleb(-PLACES) for end, value in zip(ENDS, (points.least, points.most), strict=True)}

