"""The straight line: facts and packs in, a report out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from checker.errors import InputError, Place, Text
from checker.evaluate import engine_here, evaluate
from checker.facts import FactBase
from checker.packs import Pack, Packs
from checker.report import Report, judge
from checker.score import score
from checker.support import Support
from checker.version import VERSION
from checker.vocabulary import Vocabulary
from checker.waivers import Waived, Waiver, effect_of, idle_problem
from checker.wording import problem


def check(facts: FactBase, packs: Packs, *, only: Sequence[str] = (), as_of: date | None = None, engine: str | None = None,
          waivers: Sequence[Waiver] = ()) -> Report:
    """Judge one company.

    Args:
        facts: the company's fact base.
        packs: the standards there are.
        only: names of packs to use whatever the company's traits are; ``all`` for every pack. Without any, the packs
            that are written for one of the company's traits.
        as_of: the day to judge on; without it the fact base's own, and without that today.
        engine: the evaluator, a name of :data:`checker.engines.ENGINES`; without it the rule engine where it is
            installed. Whichever it is, the reference evaluator confirms every verdict.
        waivers: who lets which violated clause pass; they change no verdict and no points.

    Raises:
        InputError: no pack of that name, none that applies, no clause in those that do, or a refinement of a grade that
            takes none.
        DisagreementError: the two evaluators differ.
    """
    day = as_of or facts.day
    chosen = chosen_packs(facts, packs, only)
    situation = facts.situation(day)
    rules = [rule for pack, _ in chosen for rule in pack.rules]
    if not rules:
        raise InputError([problem(Place(facts.name), "nothing_evaluated")])
    name, _ = engine_here(engine)
    verdicts = evaluate(rules, situation, name)
    support = Support(facts, [pack for pack, _ in chosen], day, packs.vocabulary.terms)
    waived = tuple(Waived(waiver, effect_of(waiver, day, verdicts, packs)) for waiver in waivers)
    counting = {each.waiver.clause: each.waiver for each in reversed(waived) if each.effect == "counts"}
    idle = (idle_problem(each, day, verdicts, packs) for each in waived if each.effect != "counts")
    return Report(
        facts=facts.name,
        facts_digest=facts.digest,
        company=facts.company,
        period=facts.period,
        as_of=day,
        engine=name,
        program=VERSION,
        documents=facts.documents,
        recorded=facts.events or (),
        packs=tuple(judge(pack, why, facts, situation, verdicts, packs.vocabulary, score(pack, facts, situation, verdicts, support), counting, support,
                          elsewhere=len(packs[pack.name].clauses) - len(pack.clauses)) for pack, why in chosen),
        waivers=waived,
        warnings=(*facts.warnings, *facts.event_warnings(day, packs.vocabulary.terms), *idle),
        vocabulary=packs.vocabulary,
        place=facts.place,
    )


def chosen_packs(facts: FactBase, packs: Packs, only: Sequence[str]) -> list[tuple[Pack, Text]]:
    """The packs to apply, each with the reason.

    Raises:
        InputError: no pack of that name, or none that applies.
    """
    if only:
        names = list(packs) if "all" in only else list(dict.fromkeys(only))
        asked = Text("由 --pack 指定", "named by --pack")
        return [(packs.pack(name).addressed_to(facts.company.traits), asked) for name in names]
    vocabulary = packs.vocabulary
    chosen = [(packs[name].addressed_to(facts.company.traits), _because(trait, vocabulary))
              for name, trait in packs.fitting(facts.company.traits).items()]
    if not chosen:
        named = ", ".join(facts.company.traits)
        traits = Text(named or "（未填写）", named or "(none given)")
        raise InputError([problem(Place(facts.name), "no_pack_applies", traits=traits, packs=", ".join(packs))])
    return chosen


def _because(trait: str, vocabulary: Vocabulary) -> Text:
    label = vocabulary.terms.traits[trait]
    return Text(f"因企业特征“{label.zh}”而适用", f"applies because the company is: {label.en}")
