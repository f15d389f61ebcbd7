"""May the company apply? Only the preconditions are looked at, and where they leave it open, what would settle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from checker.check import check
from checker.errors import InputError, Place
from checker.evaluate import evaluate
from checker.facts import FactBase
from checker.packs import Packs
from checker.questions import Question, questions
from checker.report import Eligibility, Judged, Report
from checker.wording import problem

#: The exit code of each outcome; of several packs the first one here that occurs decides.
EXIT_CODES: dict[Eligibility, int] = {"not_eligible": 1, "undetermined": 3, "eligible": 0}


@dataclass(frozen=True, slots=True)
class Screened:
    """One pack's preconditions: their findings, what follows, and what to supply where it is undetermined."""

    judged: Judged
    outcome: Eligibility
    supply: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Screening:
    """The outcome for every pack with preconditions. ``report`` is the whole check it was taken from."""

    report: Report
    packs: tuple[Screened, ...]

    @property
    def exit_code(self) -> int:
        """1 where the company is not eligible for one of the packs, else 3 where it is undetermined for one, else 0."""
        return next(code for outcome, code in EXIT_CODES.items() if any(screened.outcome == outcome for screened in self.packs))


def screen(facts: FactBase, packs: Packs, *, only: Sequence[str] = (), as_of: date | None = None, engine: str | None = None) -> Screening:
    """Screen one company; for the arguments see :func:`checker.check.check`.

    Without ``only`` the packs with preconditions are those for the company's traits, or else all of them.

    Raises:
        InputError: a pack that is named and has no preconditions, or none at all.
        DisagreementError: the two evaluators differ.
    """
    screened = [name for name, pack in packs.items() if pack.preconditions]
    fitting = [name for name in screened if set(packs[name].traits) & set(facts.company.traits)]
    chosen = [packs.pack(name).name for name in only if name != "all"] or (screened if only else fitting or screened)
    without = [name for name in chosen if not packs[name].preconditions]
    if without or not chosen:
        raise InputError([problem(Place("--pack"), "no_preconditions", pack=", ".join(without or packs), packs=", ".join(screened) or "—")])
    report = check(facts, packs, only=chosen, as_of=as_of, engine=engine)
    situation = facts.situation(report.as_of)
    found = []
    for judged in report.packs:
        outcome = judged.eligibility
        assert outcome is not None
        verdicts = evaluate(judged.pack.rules, situation, report.engine)
        open_ones = questions([judged.pack], facts, situation, verdicts, packs.vocabulary, preconditions=True)
        found.append(Screened(judged, outcome, tuple(open_ones) if outcome == "undetermined" else ()))
    return Screening(report, tuple(found))
