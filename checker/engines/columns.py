"""The columns evaluator: conditions compiled to the expressions of Polars, for very many companies at once.

Polars has the same three-valued logic, so a condition is one expression of the same shape; no text is pasted. What is settled
as a whole, and counts of events, become columns of their own before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

import polars as pl

from checker.conditions import (
    NODES,
    Agreed,
    All,
    AsOf,
    Compare,
    Count,
    DayJudged,
    Disclosed,
    Evidenced,
    Holds,
    Node,
    Not,
    OneOf,
    Operator,
    Relation,
    Rule,
    VerdictIn,
    asked_by,
    in_stages,
    leaves,
)
from checker.conditions import Any as AnyOf
from checker.engines._integers import relation_columns
from checker.relations import whole_truth
from checker.situation import Said, Situation
from checker.situations import (
    AS_OF,
    CLAIMS,
    END,
    EVENTS,
    SAID,
    SPOKEN,
    START,
    UNKNOWN,
    Bounds,
    Situations,
    among,
    unplain,
    with_counts,
)

#: The node classes this engine evaluates.
COMPILES = NODES
#: A verdict in a column. Null is no verdict: the rule is not asked of that company.
VERDICTS = pl.Enum(["violated", "satisfied", "unknown", "not_applicable"])
#: Queries over frames at hand run as they are written: looking for ways to improve them takes longer than they do.
AS_WRITTEN = pl.QueryOptFlags.none()


class Columns:
    """Rules ready to run over many companies.

    Args:
        rules: in any order; each may ask for the verdicts of others.
        scope: for a rule that is not asked of every company, the name of a boolean column of the companies that says of
            whom it is.
        besides: further conditions whose truth is wanted as columns, by name (the elements that scores are made of).
    """

    def __init__(self, rules: Sequence[Rule], scope: Mapping[str, str] | None = None, besides: Mapping[str, Node] | None = None) -> None:
        self._stages = in_stages(rules)
        self._names = [rule.name for rule in rules]
        self._scope = scope or {}
        self._besides = besides or {}
        every = [leaf for rule in rules for node in (rule.condition, rule.applies_if) if node is not None for leaf in leaves(node)]
        self._asked = {leaf.clause for leaf in (*every, *(leaf for node in self._besides.values() for leaf in leaves(node))) if isinstance(leaf, VerdictIn)}
        self._compiled: list[list[pl.Expr]] = []
        self._compiled_for: object = None
        self._leaves = list(dict.fromkeys((*every, *(leaf for node in self._besides.values() for leaf in leaves(node)))))

    def run(self, situations: Situations) -> pl.DataFrame:
        """A column of verdicts for each rule, in the order of the rules, then one of truths for each condition besides."""
        prepared = _Prepared(situations, self._leaves)
        return self._over(prepared.companies, prepared).collect(optimizations=AS_WRITTEN)

    def query(self, companies: pl.LazyFrame) -> pl.LazyFrame:
        """The verdicts as a query over companies that need not be in memory; for rules that ask of facts and days alone.

        Raises:
            ValueError: a rule asks for events or statements, which have frames of their own.
        """
        if any(isinstance(leaf, Count | Disclosed | Agreed | Evidenced | Relation) for leaf in self._leaves):
            raise ValueError("rules that ask for events or statements")
        nobody = pl.DataFrame(schema=companies.collect_schema())
        prepared = _Prepared(Situations(nobody, *(pl.DataFrame(schema=dict(schema)) for schema in (EVENTS, CLAIMS, SPOKEN, SAID))), self._leaves)
        return self._over(companies, prepared)

    def _over(self, frame: pl.LazyFrame, prepared: _Prepared) -> pl.LazyFrame:
        """Every verdict that another rule or a condition asks for becomes a column first; the rest is selected at once."""
        if prepared.shape != self._compiled_for:
            self._compiled, self._compiled_for = self._compile(prepared), prepared.shape
        *stages, selected = self._compiled
        for stage in stages:
            frame = frame.with_columns(stage)
        return frame.select(selected)

    def _compile(self, prepared: _Prepared) -> list[list[pl.Expr]]:
        """The expressions of each step; blocks of companies are mostly of one shape, and share them."""
        stages = []
        for stage in self._stages:
            asked = [rule for rule in stage if rule.name in self._asked]
            if asked:
                stages.append([self._verdict(rule, prepared).alias(_verdict_name(rule.name)) for rule in asked])
        verdicts = {rule.name: pl.col(_verdict_name(rule.name)) if rule.name in self._asked else self._verdict(rule, prepared)
                    for stage in self._stages for rule in stage}
        truths = [prepared.truth(node, self._names).alias(name) for name, node in self._besides.items()]
        return [*stages, [*(verdicts[name].alias(name) for name in self._names), *truths]]

    def _verdict(self, rule: Rule, prepared: _Prepared) -> pl.Expr:
        holds = prepared.truth(rule.condition, self._names)
        found = pl.when(holds).then(_said("satisfied")).when(~holds).then(_said("violated")).otherwise(_said("unknown"))
        if rule.applies_if is not None:
            applies = prepared.truth(rule.applies_if, self._names)
            found = pl.when(applies).then(found).when(~applies).then(_said("not_applicable")).otherwise(_said("unknown"))
        asked = self._scope.get(rule.name)
        return found if asked is None else pl.when(pl.col(asked)).then(found)


class _Prepared:
    """Companies with the columns of counts and of conditions that are settled as a whole, and what these are called."""

    def __init__(self, situations: Situations, wanted: Iterable[Any]) -> None:
        self._situations = situations
        self._counts: dict[Count, Bounds] = {}
        listed = list(wanted)
        companies, self._counts = with_counts(situations, (_pattern(leaf) for leaf in listed if isinstance(leaf, Count)))
        self._schema = situations.companies.schema
        self._spoken = self._add_spoken([leaf.fact for leaf in listed if isinstance(leaf, Disclosed | Agreed | Evidenced)])
        wholes = list(dict.fromkeys(leaf for leaf in listed if isinstance(leaf, Relation | Agreed | Evidenced)))
        self._wholes = {leaf: f"#whole {number}" for number, leaf in enumerate(wholes)}
        self.companies = companies.hstack(list(self._spoken.values())).hstack(self._settled(wholes)).lazy()

    @property
    def shape(self) -> object:
        """Companies of the same shape have columns of the same names and types, and the same expressions."""
        return tuple(self._schema.items()), frozenset(self._spoken)

    def truth(self, node: Node, rules: Sequence[str]) -> pl.Expr:  # noqa: PLR0912  # one short case per node
        """The value of a condition in strong Kleene logic: true, false, or null."""
        match node:
            case Holds(fact):
                return pl.col(fact) if self._schema.get(fact) == pl.Boolean else UNKNOWN
            case Compare(fact, operator, constant):
                return self._compared(fact, operator, constant)
            case OneOf(fact, choices):
                return among(fact, choices) if self._schema.get(fact) == pl.String else UNKNOWN
            case Disclosed(fact):
                return self._disclosed(fact)
            case Count(_, _, _, operator, number):
                least, most, _ = self._counts[_pattern(node)]
                return _counted(pl.col(least), pl.col(most), operator, number)
            case VerdictIn(clause, verdicts):
                if clause not in rules:
                    return UNKNOWN
                found = pl.col(_verdict_name(clause))
                return pl.when(found != "unknown").then(pl.any_horizontal([found == verdict for verdict in verdicts]) if verdicts else pl.lit(value=False))
            case Relation() | Agreed() | Evidenced():
                return pl.col(self._wholes[node])
            case DayJudged(operator, day):
                return _related(pl.col(AS_OF), operator, pl.lit(day))
            case Not(part):
                return ~self.truth(part, rules)
            case All(parts):
                return pl.all_horizontal([self.truth(part, rules) for part in parts]) if parts else pl.lit(value=True)
            case AnyOf(parts):
                return pl.any_horizontal([self.truth(part, rules) for part in parts]) if parts else pl.lit(value=False)
            case _:
                assert_never(node)

    # --- facts -----------------------------------------------------------------------------------------------------

    def _compared(self, fact: str, operator: Operator, constant: int | Decimal | date | AsOf) -> pl.Expr:
        dtype = self._schema.get(fact)
        if isinstance(constant, date | AsOf):
            right = pl.col(AS_OF) if isinstance(constant, AsOf) else pl.lit(constant)
            return _related(pl.col(fact), operator, right) if dtype == pl.Date else UNKNOWN
        return _on_grid(pl.col(fact), dtype, operator, constant) if dtype is not None and dtype.is_numeric() else UNKNOWN

    def _disclosed(self, fact: str) -> pl.Expr:
        """True where a value was given, false where a reason for having none, null where the company is silent."""
        stated = pl.when(pl.col(fact).is_not_null()).then(pl.lit(value=True)) if fact in self._schema else UNKNOWN
        if fact not in self._spoken:
            return stated
        code = pl.col(self._spoken[fact].name)
        return pl.when(code == _GIVEN).then(pl.lit(value=True)).when(code == _WITHHELD).then(pl.lit(value=False)).when(code.is_null()).then(stated)

    def _add_spoken(self, facts: Sequence[str]) -> dict[str, pl.Series]:
        """For each fact of which more is known than whether it has a value: what, as a code for each company."""
        spoken = self._situations.spoken
        found = {}
        wanted = spoken.filter(pl.col("fact").is_in(list(dict.fromkeys(facts))))
        for (fact,), rows in wanted.partition_by("fact", as_dict=True, maintain_order=True).items():
            codes = rows.select(pl.when("given").then(_GIVEN).when(~pl.col("given")).then(_WITHHELD).otherwise(_SILENT).cast(pl.UInt8)).to_series()
            found[str(fact)] = self._scattered(rows["row"], codes, pl.UInt8).alias(f"#spoken {fact}")
        return found

    def _scattered(self, rows: pl.Series, values: pl.Series, dtype: Any) -> pl.Series:
        """A column of the companies with values in some rows and nothing elsewhere."""
        return pl.Series([None], dtype=dtype).new_from_index(0, self._situations.companies.height).scatter(rows, values)

    # --- what is settled as a whole --------------------------------------------------------------------------------

    def _settled(self, wholes: Sequence[Relation | Agreed | Evidenced]) -> list[pl.Series]:
        """The truth of each, for all companies."""
        if not wholes:
            return []
        needed = {fact: None for leaf in wholes for fact in asked_by(leaf) if fact in self._schema} | dict.fromkeys((START, END, AS_OF))
        companies = self._situations.companies.select(*needed, *self._spoken.values()).lazy()
        relations = {leaf: relation_columns(leaf, self._schema) for leaf in wholes if isinstance(leaf, Relation)}
        # One value without evidence agrees with itself and is not evidenced; whatever else there is, ``said`` has it.
        plain = {leaf: pl.when(self._disclosed(leaf.fact)).then(pl.lit(value=isinstance(leaf, Agreed))) for leaf in wholes if not isinstance(leaf, Relation)}
        found = companies.with_columns(
            *((relations[leaf][0] if isinstance(leaf, Relation) else plain[leaf]).alias(name) for leaf, name in self._wholes.items()),
            *(left_over.alias(f"{self._wholes[leaf]} left over") for leaf, (_, left_over) in relations.items()),
        ).collect(optimizations=AS_WRITTEN)
        return [self._mended(leaf, found[name], found) for leaf, name in self._wholes.items()]

    def _mended(self, leaf: Relation | Agreed | Evidenced, truths: pl.Series, found: pl.DataFrame) -> pl.Series:
        """The truths with those put right for which more has to be known."""
        said = self._situations.said.filter(pl.col("fact").is_in(list(asked_by(leaf))))
        if isinstance(leaf, Relation):
            differing = said.group_by("row", "fact").agg(pl.col("value").n_unique()).filter(pl.col("value") > 1)["row"].unique()
            rows = pl.concat([found[f"{truths.name} left over"].arg_true().cast(pl.UInt32), differing]).unique().sort()
            return truths.scatter(rows, pl.Series([self._defined(leaf, row, said) for row in rows], dtype=pl.Boolean))
        kinds = leaf.kinds if isinstance(leaf, Evidenced) else ()
        value = (pl.col("value").n_unique() == 1 if isinstance(leaf, Agreed)
                 else pl.col("kinds").list.set_intersection(pl.lit(list(kinds), dtype=pl.List(pl.String))).list.len().gt(0).any())
        told = said.group_by("row").agg(value.alias("value"))
        return truths.scatter(told["row"], told["value"])

    def _defined(self, leaf: Relation, row: int, said: pl.DataFrame) -> bool | None:
        """The relation by its definition, for one company."""
        company = self._situations.companies.row(row, named=True)
        values = {fact: company[fact] for fact in asked_by(leaf) if company.get(fact) is not None}
        stated: dict[str, list[Said]] = {}
        for one in said.filter(pl.col("row") == row).iter_rows(named=True):
            stated.setdefault(one["fact"], []).append(Said(unplain(one["value"], self._schema.get(one["fact"], pl.String())), tuple(one["evidence"])))
        return whole_truth(leaf, Situation(values, {}, (company[START], company[END]), company[AS_OF], said={fact: tuple(listed) for fact, listed in stated.items()}))


_WORDS = {verdict: pl.lit(verdict, dtype=VERDICTS) for verdict in VERDICTS.categories}
_GIVEN, _WITHHELD, _SILENT = 1, 2, 3


def _pattern(count: Count) -> Count:
    """What is counted, whatever the number."""
    return replace(count, operator="at_least", number=0)


def _verdict_name(rule: str) -> str:
    """The column of a rule's verdict; a rule may be named like a fact."""
    return f"#verdict {rule}"


def _said(verdict: str) -> pl.Expr:
    return _WORDS[verdict]


def _related(left: pl.Expr, operator: Operator, right: pl.Expr) -> pl.Expr:
    match operator:
        case "equals":
            return left == right
        case "at_least":
            return left >= right
        case "at_most":
            return left <= right
        case "more_than":
            return left > right
        case "less_than":
            return left < right


def _on_grid(left: pl.Expr, dtype: Any, operator: Operator, constant: int | Decimal) -> pl.Expr:
    """A comparison with a constant, which may be finer or larger than anything in the column: it is moved to where the
    column's own numbers are, so that the answer is the same for each of them.
    """
    if isinstance(constant, Decimal) and constant.is_nan():
        return UNKNOWN
    places = dtype.scale if dtype.is_decimal() else 0
    limit = 10**dtype.precision if dtype.is_decimal() else 2**63
    if isinstance(constant, Decimal) and (constant.is_infinite() or constant.adjusted() > 400):
        constant = (1 if constant > 0 else -1) * limit
    numerator, denominator = constant.as_integer_ratio() if isinstance(constant, int) or constant.adjusted() > -400 else (1 if constant > 0 else -1, 10**400)
    scaled, rest = divmod(numerator * 10**places, denominator)
    if rest:
        if operator == "equals":
            return pl.when(left.is_not_null()).then(pl.lit(value=False))
        if operator in ("at_least", "less_than"):
            scaled += 1
    if abs(scaled) >= limit:
        above = scaled > 0
        return pl.when(left.is_not_null()).then(pl.lit(value=operator in (("at_most", "less_than") if above else ("at_least", "more_than"))))
    value = pl.lit(Decimal(scaled).scaleb(-places), dtype=dtype) if dtype.is_decimal() else pl.lit(scaled, dtype=dtype)
    return _related(left, operator, value)


def _counted(least: pl.Expr, most: pl.Expr, operator: Operator, number: int) -> pl.Expr:
    """What :func:`checker.engines.reference.count_related` says, of columns."""
    true, false = pl.lit(value=True), pl.lit(value=False)
    match operator:
        case "equals":
            return pl.when((least == number) & (most == number)).then(true).when((least > number) | (most < number)).then(false)
        case "at_least":
            return pl.when(least >= number).then(true).when(most < number).then(false)
        case "more_than":
            return pl.when(least > number).then(true).when(most <= number).then(false)
        case "at_most":
            return pl.when(most <= number).then(true).when(least > number).then(false)
        case "less_than":
            return pl.when(most < number).then(true).when(least >= number).then(false)
