"""The search for a plan: a company and a target as choices with costs and gains, clause by clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import ceil

from checker.conditions import (
    All,
    Any,
    Compare,
    Count,
    Disclosed,
    Node,
    Not,
    Operator,
    Value,
    Verdict,
    VerdictIn,
    Whole,
    leaves,
    normal,
)
from checker.engines.reference import truth
from checker.lines import OnAward, OnScale, ScoreLine
from checker.packs import Clause, Pack
from checker.plan.changes import Change, Improve, ListEvents, SetFact, applied
from checker.plan.frontier import NOTHING, Block, Offer, best, frontier
from checker.plan.trial import Step, Trial
from checker.relevance import Open, answers, question_of
from checker.situation import Situation
from checker.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A precondition that no change can clear, with the facts that stand against it."""

    clause: Clause
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A way to a target, the most rewarding step first, or the reasons why there is none.

    ``before`` and ``after`` are the least scores without and with the plan (for a target that is out of reach, the most
    that can be reached); there are none where the pack scores nothing.
    """

    pack: Pack
    target: str
    reachable: bool
    steps: tuple[Step, ...]
    before: Fraction | None
    after: Fraction | None
    needed: Fraction | None
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def cost(self) -> Fraction:
        """The cost of all steps; without a cost of its own a change costs one."""
        return sum((step.cost for step in self.steps), Fraction(0))


@dataclass(frozen=True, slots=True)
class _Pick:
    """What one choice amounts to: a change, or none, and the literals that are true with it."""

    change: Change | None
    literals: frozenset[Node]


class Search:
    """A company and a target as choices with costs and gains: every clause as a block, every fact as a variable."""

    def __init__(self, trial: Trial, vocabulary: Vocabulary, costs: Mapping[str, Fraction], keep: frozenset[str]) -> None:
        self._trial, self._vocabulary, self._costs, self._keep = trial, vocabulary, costs, keep
        situation, verdicts = trial.situation, trial.verdicts
        self._gates = {clause: _parts(clause) for clause in trial.pack.preconditions if verdicts[clause.name] != "not_applicable"}
        lines = trial.now.score.base_lines if trial.now.score and trial.needed is not None else ()
        self._lines = [(line, tuple(normal(element) for element in _elements(line))) for line in lines]
        parts = [part for group in (*self._gates.values(), *(elements for _, elements in self._lines)) for part in group]
        literals: dict[Open, dict[Node, None]] = {}
        for part in parts:
            for literal in _literals(part):
                literals.setdefault(_question(literal), {})[literal] = None
        self._choices = {question: list(self._choices_of(question, list(found), situation, verdicts)) for question, found in literals.items()}
        asking = Counter(question for part in parts for question in {_question(literal) for literal in _literals(part)})
        self._shared = {question for question, times in asking.items() if times > 1 and len(self._choices[question]) > 1}

    def solved(self) -> Plan:
        """The cheapest plan, proven, or why there is none."""
        trial = self._trial
        variables = {_name(question): self._choices[question] for question in self._shared}
        gates = [self._block(parts, self._gate_menu(parts)) for parts in self._gates.values()]
        lines = [self._block(parts, self._line_menu(line, parts)) for line, parts in self._lines]
        offers = frontier(variables, [*gates, *lines])
        before = trial.now.points if trial.now.score else None
        enough = next((offer for offer in offers if trial.needed is None or offer.gain >= trial.needed), None)
        if enough is None:
            within_reach = max((offer.gain for offer in offers or frontier(variables, lines)), default=before)
            return Plan(trial.pack, trial.target, reachable=False, steps=(), before=before, after=within_reach,
                        needed=trial.needed, obstacles=tuple(self._obstacles()))
        changes = self._with_limits(self._without_slack([pick.change for pick in enough.picks if pick.change is not None]))
        steps = trial.steps(changes, self._cost)
        after = trial.with_changes(changes).points if trial.now.score else None
        return Plan(trial.pack, trial.target, reachable=True, steps=steps, before=before, after=after, needed=trial.needed)

    def _choices_of(self, question: Open, wanted: list[Node], situation: Situation, verdicts: Mapping[str, Verdict]) -> Iterator[Offer]:
        """To leave a question as it is, and every answer that makes more literals true than another one does."""
        now = frozenset(literal for literal in wanted if truth(literal, situation, verdicts))
        yield Offer(Fraction(0), Fraction(0), (_Pick(None, now),))
        found: dict[frozenset[Node], Change] = {}
        for change in self._answers(question, wanted):
            after = applied(self._trial.facts, [change], situation.as_of).situation(situation.as_of)
            found.setdefault(frozenset(literal for literal in wanted if truth(literal, after, verdicts)), change)
        for literals, change in found.items():
            if not literals <= now and not any(literals < other for other in found):
                yield Offer(self._cost(change), Fraction(0), (_Pick(change, literals),))

    def _answers(self, question: Open, wanted: list[Node]) -> Iterator[Change]:
        """The changes that are possible at all; what is fixed, kept or on record is not."""
        if isinstance(question, Count):
            yield ListEvents(question)
            return
        if isinstance(question, VerdictIn | Whole):
            return
        path = question.fact if isinstance(question, Disclosed) else question
        word, value = self._vocabulary.words[path], self._trial.situation.values.get(path)
        if path in self._keep or (word.fixed and value is not None):
            return
        asking = [leaf for literal in wanted for leaf in leaves(literal)]
        yield from (SetFact(path, answer, value, supposed=word.fixed) for answer in answers(word, asking, self._trial.as_of) if answer != value)

    def _cost(self, change: Change) -> Fraction:
        match change:
            case SetFact(path):
                return self._costs.get(path, Fraction(1))
            case Improve(clause):
                return self._costs.get(clause.name, Fraction(1))
            case _:
                return Fraction(1)

    # --- blocks ----------------------------------------------------------------------------------------------------

    def _block(self, parts: Sequence[Node], menu: Callable[[frozenset[Node]], list[Offer]]) -> Block:
        asked = dict.fromkeys(_question(literal) for part in parts for literal in _literals(part))
        shared = tuple(_name(question) for question in asked if question in self._shared)
        return Block(shared, lambda choice: menu(frozenset(literal for offer in choice.values() for pick in offer.picks for literal in pick.literals)))

    def _gate_menu(self, parts: Sequence[Node]) -> Callable[[frozenset[Node]], list[Offer]]:
        """A precondition: every part has to become true, at the least cost."""

        def menu(given: frozenset[Node]) -> list[Offer]:
            offers = [self._cheapest(part, given) for part in parts]
            found = [offer for offer in offers if offer is not None]
            return [sum(found, NOTHING)] if len(found) == len(offers) else []

        return menu

    def _line_menu(self, line: ScoreLine, parts: Sequence[Node]) -> Callable[[frozenset[Node]], list[Offer]]:
        """A scored clause: as it is, or better, with the cheapest of its elements established as far as that pays."""
        if isinstance(line.basis, OnAward):
            return self._award_menu(line, line.basis, parts)
        basis, improvable = line.basis, line.clause.name not in self._keep

        def menu(given: frozenset[Node]) -> list[Offer]:
            cheapest = sorted((offer for part in parts if (offer := self._cheapest(part, given)) is not None), key=lambda offer: offer.cost)
            offers = [replace(NOTHING, gain=line.earned.least)]
            for number in range(len(cheapest) + 1 if improvable else 0):
                ceiling = Fraction(basis.scale.ceiling(number, len(parts)))
                if ceiling > basis.rated.least:
                    change = Improve(line.clause, basis.rated.least, ceiling)
                    improved = Offer(self._cost(change), line.worth * ceiling, (_Pick(change, frozenset()),))
                    offers.append(sum(cheapest[:number], improved))
            return best(offers)

        return menu

    def _award_menu(self, line: ScoreLine, basis: OnAward, parts: Sequence[Node]) -> Callable[[frozenset[Node]], list[Offer]]:
        """A clause with an award: any set of its parts established, or that it does not apply; ratings stay as they are.

        As long as nobody knows whether it applies, the lesser of both counts; where not applying is worth all its points,
        that is what the parts earn.
        """
        number = len(basis.award.parts)
        gates = parts[number:]
        needed = gates[:1] if gates and basis.otherwise < line.worth else ()

        def menu(given: frozenset[Node]) -> list[Offer]:
            offers = [NOTHING]
            for established in product((False, True), repeat=number):
                wanted = (*(part for part, chosen in zip(parts[:number], established, strict=True) if chosen), *needed)
                offer = self._cheapest(normal(All(wanted)), given) if wanted else NOTHING
                if offer is not None:
                    offers.append(replace(offer, gain=basis.award.earned(basis.believed(established), basis.rated).least))
            without = self._cheapest(gates[1], given) if gates else None
            return best([*offers, replace(without, gain=basis.otherwise)] if without else offers)

        return menu

    def _cheapest(self, node: Node, given: frozenset[Node]) -> Offer | None:
        """The cheapest way to make a condition true, given the literals that shared facts make true."""
        if isinstance(node, Any):
            ways = [offer for part in node.parts if (offer := self._cheapest(part, given)) is not None]
            return min(ways, key=lambda offer: offer.cost, default=None)
        if isinstance(node, All):
            asked = [{_question(literal) for literal in _literals(part)} - self._shared for part in node.parts]
            if sum(map(len, asked)) > len(set().union(*asked)):
                return self._cheapest_together(node, given)
            offers = [self._cheapest(part, given) for part in node.parts]
            found = [offer for offer in offers if offer is not None]
            return sum(found, NOTHING) if len(found) == len(offers) else None
        question = _question(node)
        if question in self._shared:
            return NOTHING if node in given else None
        ways = [offer for offer in self._choices[question] if node in offer.picks[0].literals]
        return min(ways, key=lambda offer: offer.cost, default=None)

    def _cheapest_together(self, node: Node, given: frozenset[Node]) -> Offer | None:
        """The same where several parts ask about one fact: every combination is tried, the cheapest first."""
        asked = [question for question in dict.fromkeys(map(_question, _literals(node))) if question not in self._shared]
        combinations = sorted(product(*(self._choices[question] for question in asked)), key=lambda offers: sum(offer.cost for offer in offers))
        for offers in combinations:
            true = given.union(*(offer.picks[0].literals for offer in offers))
            if _true(node, true):
                return sum(offers, NOTHING)
        return None

    # --- what is left to say ---------------------------------------------------------------------------------------

    def _without_slack(self, changes: list[Change]) -> list[Change]:
        """The same changes, the smallest improvement being no larger than the target takes (in whole per cent)."""
        slack = self._trial.with_changes(changes).points - (self._trial.needed or 0)
        improved = [change for change in changes if isinstance(change, Improve)]
        if slack <= 0 or not improved:
            return changes
        last = min(improved, key=lambda change: (change.to - change.before) * Fraction(change.clause.points or 0))
        enough = Fraction(ceil((last.to - slack / Fraction(last.clause.points or 1)) * 100), 100)
        lower = replace(last, to=min(enough, last.to))
        return [lower if change is last else change for change in changes]

    def _with_limits(self, changes: list[Change]) -> list[Change]:
        """The same changes, every number and date with the limits within which the plan still holds."""
        found = list(changes)
        for index, change in enumerate(changes):
            if not isinstance(change, SetFact) or self._vocabulary.words[change.path].type not in ("integer", "number", "ratio", "date"):
                continue
            asking = [leaf for choice in self._choices.get(change.path, ()) for pick in choice.picks for literal in pick.literals for leaf in leaves(literal)]
            values = list(answers(self._vocabulary.words[change.path], asking, self._trial.as_of))
            holding = [value for value in values
                       if self._trial.reached(self._trial.with_changes([*found[:index], replace(change, value=value), *found[index + 1:]]))]
            constants = {leaf.value for leaf in asking if isinstance(leaf, Compare)}
            limits = [_limit(values, values.index(holding[0]), constants, -1), _limit(values, values.index(holding[-1]), constants, 1)]
            found[index] = replace(change, value=holding[-1] if limits[1] else holding[0], limits=tuple(limit for limit in limits if limit))
        return found

    def _obstacles(self) -> Iterator[Obstacle]:
        """The preconditions that stay unmet even if everything that can be changed is."""
        reachable = frozenset(literal for offers in self._choices.values() for offer in offers for literal in offer.picks[0].literals)
        for clause, parts in self._gates.items():
            missing = [literal for part in parts if not _true(part, reachable) for literal in _literals(part) if literal not in reachable]
            if missing:
                yield Obstacle(clause, tuple(dict.fromkeys(_name(_question(literal)) for literal in missing)))


def _limit(values: Sequence[Value], last: int, constants: Container[object], step: int) -> tuple[Operator, Value] | None:
    """Where a run of representative values ends: at a constant, or just before the next one."""
    if not 0 <= last + step < len(values):
        return None
    if values[last] in constants:
        return ("at_most" if step > 0 else "at_least"), values[last]
    return ("less_than" if step > 0 else "more_than"), values[last + step]


def _elements(line: ScoreLine) -> tuple[Node, ...]:
    """What can be established for a line: its elements, or the conditions of its award's parts, that it applies, and that it
    does not.
    """
    if isinstance(line.basis, OnScale):
        return line.basis.elements
    gate = line.basis.gate
    return (*line.basis.award.elements, *(() if gate is None else (gate, Not(gate))))


def _parts(clause: Clause) -> tuple[Node, ...]:
    """What has to be true, part by part, for a clause to be satisfied, in negation normal form."""
    node = dict(clause.rule.conditions())["satisfied"]
    return node.parts if isinstance(node, All) else (node,)


def _literals(node: Node) -> Iterator[Node]:
    """The leaves of a condition in negation normal form, each with its negation, if it has one."""
    if isinstance(node, All | Any):
        for part in node.parts:
            yield from _literals(part)
    else:
        yield node


def _question(literal: Node) -> Open:
    return question_of(next(leaves(literal)))


def _name(question: Open) -> str:
    return question if isinstance(question, str) else repr(question)


def _true(node: Node, literals: frozenset[Node]) -> bool:
    if isinstance(node, All):
        return all(_true(part, literals) for part in node.parts)
    return any(_true(part, literals) for part in node.parts) if isinstance(node, Any) else node in literals
