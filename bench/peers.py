"""Other engines behind one face: each compiles the same clauses and answers with the same verdicts.

None of them knows three values. So each gets every clause twice, as we do: when it is satisfied and when it is violated,
in negation normal form, where a leaf is true only if its fact is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from bench.workload import CHOICES, Company, facts, situation
from checker.conditions import All, Compare, Holds, Node, Not, OneOf, Operator, Rule, Verdict, facts_of, leaves
from checker.conditions import Any as AnyOf
from checker.engines.reference import Reference

Evaluate = Callable[[Company], dict[str, Verdict]]

SIGNS: dict[Operator, str] = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}


def rete(rules: Sequence[Rule]) -> Evaluate:
    from checker.engines.rete import Rete

    engine = Rete(rules)
    return lambda company: engine.run(situation(company))


def reference(rules: Sequence[Rule]) -> Evaluate:
    engine = Reference(rules)
    return lambda company: engine.run(situation(company))


def durable_rules(rules: Sequence[Rule]) -> Evaluate:
    """Its own Python API, in rulesets small enough not to hang; one fact per company and ruleset, retracted after use."""
    from durable.engine import MessageNotHandledException
    from durable.lang import get_host

    fired: dict[str, Verdict] = {}
    rulesets: list[tuple[str, list[str]]] = []

    def action(name: str, verdict: Verdict) -> Callable[[Any], None]:
        def run(_closure: Any) -> None:
            fired[name] = verdict

        return run

    for group in _grouped(rules, most=30):
        definition = {
            f"{rule.name} {verdict}": {
                "all": [{"m": _written(node, _durable_leaf, "$and", "$or")}],
                "run": action(rule.name, verdict),
            }
            for rule in group
            for verdict, node in rule.conditions()
        }
        title = f"peer {len(rulesets)}"
        get_host().set_rulesets({title: definition})
        rulesets.append((title, sorted({fact for rule in group for fact in facts_of(rule.condition)})))

    def evaluate(company: Company) -> dict[str, Verdict]:
        fired.clear()
        for title, wanted in rulesets:
            message = {"sid": "1", "id": "1", **{fact: company[fact] for fact in wanted if fact in company}}
            try:
                get_host().assert_fact(title, message)
                get_host().retract_fact(title, {"sid": "1", "id": "1"})
            except MessageNotHandledException:
                pass
        return {rule.name: fired.get(rule.name, "unknown") for rule in rules}

    return evaluate


def clipspy(rules: Sequence[Rule]) -> Evaluate:
    """CLIPS: one templated fact for the company, a rule per verdict, conclusions asserted as facts."""
    import clips

    environment = clips.Environment()
    slots = " ".join(f"(slot {fact})" for fact in facts())
    environment.build(f"(deftemplate company {slots})")
    environment.build("(deftemplate verdict (slot clause) (slot value))")
    for number, rule in enumerate(rules):
        for verdict, node in rule.conditions():
            conclusion = f"(assert (verdict (clause {number}) (value {verdict})))"
            environment.build(f"(defrule {verdict}-{number} {_clips(node, count())} => {conclusion})")
    given, found = environment.find_template("company"), environment.find_template("verdict")
    symbols = {True: clips.Symbol("TRUE"), False: clips.Symbol("FALSE"), **{code: clips.Symbol(code) for code in CHOICES}}

    def evaluate(company: Company) -> dict[str, Verdict]:
        environment.reset()
        given.assert_fact(**{fact: value if type(value) is int else symbols[value] for fact, value in company.items()})
        environment.run()
        verdicts: dict[str, Verdict] = dict.fromkeys((rule.name for rule in rules), "unknown")
        for fact in found.facts():
            verdicts[rules[fact["clause"]].name] = str(fact["value"])  # type: ignore[assignment]
        return verdicts

    return evaluate


def rule_engine(rules: Sequence[Rule]) -> Evaluate:
    import rule_engine as peer

    context = peer.Context(resolver=dict.get)  # its own way of finding a missing fact takes 150 times as long
    return _twice(rules, lambda node: peer.Rule(_infix(node), context=context).matches)


def zen_engine(rules: Sequence[Rule]) -> Evaluate:
    import zen

    return _twice(rules, lambda node: zen.compile_expression(_infix(node)).evaluate, extracted=True)


def json_logic(rules: Sequence[Rule]) -> Evaluate:
    """The implementation of panzi-json-logic."""
    from json_logic.apply import apply

    def compiled(node: Node) -> Callable[[Company], Any]:
        logic = _written(node, _json_logic_leaf, "and", "or")
        return lambda company: apply(logic, company)

    return _twice(rules, compiled)


def jsonschema_rs(rules: Sequence[Rule]) -> Evaluate:
    import jsonschema_rs as peer

    return _twice(rules, lambda node: peer.validator_for(_written(node, _schema_leaf, "allOf", "anyOf")).is_valid, extracted=True)


PEERS: dict[str, Callable[[Sequence[Rule]], Evaluate]] = {
    "esgcheck rete": rete,
    "esgcheck reference": reference,
    "jsonschema-rs": jsonschema_rs,
    "zen-engine": zen_engine,
    "panzi-json-logic": json_logic,
    "clipspy": clipspy,
    "rule-engine": rule_engine,
    "durable-rules, own API": durable_rules,
}


def _twice(rules: Sequence[Rule], compiled: Callable[[Node], Callable[[Company], Any]], *, extracted: bool = False) -> Evaluate:
    """Two programs a clause. Where a peer converts all that it is given at each call, it gets an extract for each clause."""
    programs = [(rule.name, facts_of(rule.condition), *(compiled(node) for _, node in rule.conditions())) for rule in rules]

    def evaluate(company: Company) -> dict[str, Verdict]:
        verdicts: dict[str, Verdict] = {}
        for name, asked, satisfied, violated in programs:
            given = {fact: company[fact] for fact in asked if fact in company} if extracted else company
            verdicts[name] = "satisfied" if satisfied(given) else "violated" if violated(given) else "unknown"
        return verdicts

    return evaluate


def _grouped(rules: Sequence[Rule], most: int) -> list[list[Rule]]:
    groups: list[list[Rule]] = [[]]
    for rule in rules:
        if sum(1 for other in (*groups[-1], rule) for _ in leaves(other.condition)) > most:
            groups.append([])
        groups[-1].append(rule)
    return groups


def _written(node: Node, leaf: Callable[[Node], Any], conjunction: str, disjunction: str) -> Any:
    """A condition in a language that writes joins as a mapping from the operator to the list of its parts."""
    if isinstance(node, All | AnyOf):
        join = conjunction if isinstance(node, All) else disjunction
        return {join: [_written(part, leaf, conjunction, disjunction) for part in node.parts]}
    return leaf(node)


def _durable_leaf(node: Node) -> Any:
    match node:
        case Holds(fact):
            return {fact: True}
        case Not(Holds(fact)):
            return {fact: False}
        case Compare(fact, operator, value):
            return {{">=": "$gte", "<=": "$lte", ">": "$gt", "<": "$lt"}[SIGNS[operator]]: {fact: value}}
        case OneOf(fact, choices):
            return {"$or": [{fact: choice} for choice in choices]}
        case Not(OneOf(fact, choices)):
            return {"$and": [{"$neq": {fact: choice}} for choice in choices]}
    raise TypeError(node)


def _json_logic_leaf(node: Node) -> Any:
    match node:
        case Holds(fact):
            return {"===": [{"var": fact}, True]}
        case Not(Holds(fact)):
            return {"===": [{"var": fact}, False]}
        case Compare(fact, operator, value):
            return {"and": [{"!==": [{"var": fact}, None]}, {SIGNS[operator]: [{"var": fact}, value]}]}
        case OneOf(fact, choices):
            return {"in": [{"var": fact}, list(choices)]}
        case Not(OneOf(fact, choices)):
            return {"and": [{"!==": [{"var": fact}, None]}, {"!": [{"in": [{"var": fact}, list(choices)]}]}]}
    raise TypeError(node)


def _schema_leaf(node: Node) -> Any:
    match node:
        case Holds(fact):
            tested: dict[str, Any] = {"const": True}
        case Not(Holds(fact)):
            tested = {"const": False}
        case Compare(fact, operator, value):
            keys = {">=": "minimum", "<=": "maximum", ">": "exclusiveMinimum", "<": "exclusiveMaximum"}
            tested = {keys[SIGNS[operator]]: value}
        case OneOf(fact, choices):
            tested = {"enum": list(choices)}
        case Not(OneOf(fact, choices)):
            tested = {"not": {"enum": list(choices)}}
        case _:
            raise TypeError(node)
    return {"required": [fact], "properties": {fact: tested}}


def _infix(node: Node) -> str:
    match node:
        case All(parts) | AnyOf(parts):
            join = " and " if isinstance(node, All) else " or "
            return f"({join.join(_infix(part) for part in parts)})"
        case Holds(fact):
            return f"{fact} == true"
        case Not(Holds(fact)):
            return f"{fact} == false"
        case Compare(fact, operator, value):
            return f"({fact} != null and {fact} {SIGNS[operator]} {value})"
        case OneOf(fact, choices):
            return f"({fact} != null and {fact} in {_listed(choices)})"
        case Not(OneOf(fact, choices)):
            return f"({fact} != null and not ({fact} in {_listed(choices)}))"
    raise TypeError(node)


def _listed(choices: tuple[str, ...]) -> str:
    return json.dumps(list(choices))


def _clips(node: Node, numbers: Iterator[int]) -> str:
    match node:
        case All(parts) | AnyOf(parts):
            return f"({'and' if isinstance(node, All) else 'or'} {' '.join(_clips(part, numbers) for part in parts)})"
        case Holds(fact):
            tested = "TRUE"
        case Not(Holds(fact)):
            tested = "FALSE"
        case Compare(fact, operator, value):
            variable = f"?v{next(numbers)}"  # a name of its own, for one that is used twice would join two facts
            tested = f"{variable}&:(numberp {variable})&:({SIGNS[operator]} {variable} {value})"
        case OneOf(fact, choices):
            tested = "|".join(choices)
        case Not(OneOf(fact, choices)):
            tested = "&".join(f"~{choice}" for choice in (*choices, "nil"))
        case _:
            raise TypeError(node)
    return f"(company ({fact} {tested}))"
