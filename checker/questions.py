"""What to ask next: the facts that are missing and can still change something, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from checker.bounds import NOTHING, Range
from checker.conditions import All, Count, Disclosed, Leaf, Node, Not, Truth, Verdict, VerdictIn, Whole, asked_by, leaves, normal
from checker.description import events_text
from checker.errors import Text
from checker.facts import FactBase
from checker.lines import OnScale, ScoreLine
from checker.packs import Clause, Pack
from checker.relevance import FALSE, TRUE, Open, jointly_open, open_questions, outcomes_of, question_of, reduced, residue
from checker.report import absence_text, event_text
from checker.score import ASIDE, Score, Standing, score
from checker.situation import Event, Situation
from checker.vocabulary import Vocabulary, Word


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask, and what hangs on it.

    ``word`` is the fact, or nothing where a list of events is wanted. ``missing`` says why there is no answer yet;
    ``events`` are on record and lack what would settle it, each with its words. ``clauses`` are those that the answer bears on, ``settles``
    those that some answer would settle by itself, ``gates`` the preconditions among them. ``points`` is how many points
    the answer bears on, ``grades`` the grades that some answer would rule out. Both as far as facts support ratings.
    """

    word: Word | None
    label: Text
    question: Text
    missing: Text
    events: tuple[tuple[Event, Text], ...]
    clauses: tuple[Clause, ...]
    settles: tuple[Clause, ...]
    points: Fraction
    grades: tuple[str, ...]

    @property
    def gates(self) -> tuple[Clause, ...]:
        """The preconditions that it bears on."""
        return tuple(clause for clause in self.clauses if clause.kind == "precondition")

    def weight(self) -> tuple[object, ...]:
        """Sorts the weightiest first: a gate, a grade, points, mandatory clauses, other clauses."""
        mandatory = sum(clause.modality == "mandatory" for clause in self.clauses)
        return not self.gates, not self.grades, -self.points, -mandatory, -len(self.settles), -len(self.clauses)


@dataclass(frozen=True, slots=True)
class _OpenClause:
    """A clause on which something is open: what is left of its applicability, its condition and what earns its points."""

    clause: Clause
    gate: Node
    condition: Node
    elements: tuple[Node, ...]
    line: ScoreLine | None

    def verdict(self, value: Mapping[Leaf, bool]) -> bool:
        """Whether these values of leaves settle the verdict."""
        gate = reduced(self.gate, value.get)
        return gate == FALSE or (gate == TRUE and reduced(self.condition, value.get) in (TRUE, FALSE))

    def points(self, value: Mapping[Leaf, bool]) -> Range:
        """What the clause's line earns, as far as facts support it, with these values of leaves."""
        return self.line.basis.supported([_truth(reduced(element, value.get)) for element in self.elements]) if self.line else NOTHING


@dataclass(slots=True)
class _Stakes:
    """What one open question bears on, collected clause by clause."""

    clauses: list[_OpenClause] = field(default_factory=list)
    points: Fraction = Fraction(0)


def questions(packs: Sequence[Pack], facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict], vocabulary: Vocabulary,
              *, preconditions: bool = False) -> list[Question]:
    """Every question whose answer can still change a verdict or a score, ranked; only on preconditions if so wanted.

    What can no longer change anything is not among them.
    """
    found: dict[Open, _Stakes] = {}
    scores: dict[str, Score] = {}
    for pack in packs:
        ledger = score(pack, facts, situation, verdicts)
        if ledger:
            scores[pack.name] = ledger
        lines = {line.clause.name: line for line in ledger.lines} if ledger else {}
        for clause in pack.preconditions if preconditions else pack.clauses:
            for question, part, points in _asked_by(clause, lines.get(clause.name), situation, verdicts, vocabulary):
                stakes = found.setdefault(question, _Stakes())
                stakes.clauses.append(part)
                stakes.points += points
    asked = [_question(question, stakes, scores, packs, facts, situation, vocabulary) for question, stakes in found.items()]
    return sorted(asked, key=Question.weight)


def _asked_by(clause: Clause, line: ScoreLine | None, situation: Situation, verdicts: Mapping[str, Verdict],
              vocabulary: Vocabulary) -> Iterator[tuple[Open, _OpenClause, Fraction]]:
    """The open questions of one clause, each with the points it bears on."""
    rule = clause.rule
    part = _OpenClause(
        clause,
        TRUE if rule.applies_if is None else residue(rule.applies_if, situation, verdicts),
        residue(rule.condition, situation, verdicts),
        tuple(residue(element, situation, verdicts) for element in line.basis.elements) if line else (),
        line,
    )
    asked: dict[Open, Fraction] = {}
    if verdicts[clause.name] == "unknown":
        for node in (part.gate, All((part.gate, part.condition)), All((part.gate, Not(part.condition)))):
            asked |= dict.fromkeys(open_questions(reduced(normal(node), lambda _: None), situation.as_of, vocabulary), Fraction(0))
    if line is not None:
        basis = line.basis

        def outcome(holding: Sequence[bool]) -> object:
            """What the line earns where these elements hold, and whether it is rated higher than the facts allow."""
            return basis.supported(holding), basis.excess(holding)

        worst, best = ([element == TRUE or (element != FALSE and good) for element in part.elements] for good in (False, True))
        alike = isinstance(basis, OnScale)
        if worst != best and not (alike and outcome(worst) == outcome(best)):
            asked |= dict.fromkeys(jointly_open(part.elements, outcome, situation.as_of, vocabulary, alike=alike), _swing(line))
    merged = {plain: points for question, points in asked.items() for plain in _as_asked(question, situation)}
    yield from ((question, part, points) for question, points in merged.items())


def _as_asked(question: Open, situation: Situation) -> Iterator[Open]:
    """What is asked of people: of events all of a kind, whatever their topic, because a list is complete or not by kind; of a
    relation the figures that are missing; of another clause nothing.
    """
    if isinstance(question, Count):
        yield replace(question, where=())
    elif isinstance(question, Whole):
        yield from (fact for fact in asked_by(question) if fact not in situation.values)
    elif not isinstance(question, VerdictIn):
        yield question


def _swing(line: ScoreLine) -> Fraction:
    """How many points hang on facts that are missing, and not on assessors."""
    if isinstance(line.basis, OnScale):
        allowed, most = line.basis.allowed(line.truths), line.basis.rated.most
        return line.worth * (min(most, allowed.most) - min(most, allowed.least))
    return line.supported.most - line.supported.least


def _question(question: Open, stakes: _Stakes, scores: Mapping[str, Score], packs: Sequence[Pack], facts: FactBase,
              situation: Situation, vocabulary: Vocabulary) -> Question:
    asking = [leaf for part in stakes.clauses for node in (part.gate, part.condition, *part.elements)
              for leaf in leaves(node) if question in _as_asked(question_of(leaf), situation) and not isinstance(leaf, Whole)]
    outcomes = [dict(outcome) for outcome in outcomes_of(question, list(dict.fromkeys(asking)), situation.as_of, vocabulary)]
    settles = tuple(part.clause for part in stakes.clauses if any(part.verdict(outcome) for outcome in outcomes))
    grades = dict.fromkeys(name for pack in packs for name in _grades_ruled_out(pack, scores.get(pack.name), stakes.clauses, outcomes))
    clauses = tuple(part.clause for part in stakes.clauses)
    if isinstance(question, Count):
        kinds = [vocabulary.terms.event_kinds[kind] for kind in question.kinds]
        zh, en = "、".join(kind.zh for kind in kinds), ", ".join(kind.en for kind in kinds)
        return Question(None, events_text(question, vocabulary),
                        Text(f"请列出“{zh}”的全部事件，或声明没有（event_statements）。", f"List every event of {en}, or state that there was none (event_statements)."),
                        Text("事件清单未提供或不完整", "no list of events, or not a complete one"), (), clauses, settles, stakes.points, tuple(grades))
    path = question.fact if isinstance(question, Disclosed) else question
    assert isinstance(path, str)
    word = vocabulary.words[path]
    denied = facts.denied_events(path, situation.as_of) if path in facts.denials else ()
    events = tuple((event, event_text(event, vocabulary)) for event in denied)
    return Question(word, word.label, word.question, absence_text(facts.facts.get(path), vocabulary), events,
                    clauses, settles, stakes.points, tuple(grades))


def _grades_ruled_out(pack: Pack, ledger: Score | None, parts: Iterable[_OpenClause], outcomes: Iterable[Mapping[Leaf, bool]]) -> list[str]:
    """The grades that are possible now and would not be after some answer."""
    if ledger is None or ledger.supported_standing is None or pack.grading is None:
        return []
    now = _possible(ledger.supported_standing, pack)
    ruled_out: dict[str, None] = {}
    for outcome in outcomes:
        total = ledger.supported
        for part in parts:
            if part.line is not None and part.clause.pack == pack.name and part.line.clause.kind not in ASIDE:
                earned = part.points(outcome)
                total = Range(total.least - part.line.supported.least + earned.least, total.most - part.line.supported.most + earned.most)
        names = [grade.name for grade in pack.grading.grades]
        best, worst = pack.grading.grade(total.most).name, pack.grading.grade(total.least).name
        left = names[names.index(best): names.index(worst) + 1]
        ruled_out |= dict.fromkeys(name for name in now if name not in left)
    return [name for name in now if name in ruled_out]


def _possible(standing: Standing, pack: Pack) -> list[str]:
    assert pack.grading is not None
    names = [grade.name for grade in pack.grading.grades]
    return names[names.index(standing.most.name): names.index(standing.least.name) + 1]


def _truth(node: Node) -> Truth:
    return True if node == TRUE else False if node == FALSE else None
