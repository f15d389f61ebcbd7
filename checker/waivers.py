"""Waivers: somebody with the authority to do so lets a violated clause pass for a while, for a reason.

A waiver changes neither verdict nor points. It is looked at only after the verdict is settled, and then decides one
thing: whether the finding counts for the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from checker.conditions import Verdict
from checker.errors import InputError, Place, Problem, Text
from checker.load import TreePath, load_json, load_yaml
from checker.packs import Packs
from checker.tree_reader import TreeReader
from checker.wording import nearest, problem

#: Whether a waiver counts, or why it does not.
Effect = Literal["counts", "not_started", "expired", "no_such_clause", "not_judged", "not_violated"]


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who lets which clause pass, why, and from which day to which, both included."""

    clause: str
    reason: str
    approver: str
    start: date
    expiry: date
    place: Place


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver and what came of it."""

    waiver: Waiver
    effect: Effect


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a JSON or YAML file: ``waivers``, each with clause, reason, approver, start and expiry.

    Raises:
        InputError: every problem of the file, each with its line.
    """
    document = load_yaml(path) if path.suffix in (".yaml", ".yml") else load_json(path)
    reader = TreeReader(document)
    tree = reader.mapping(document.data, (), ("waivers",), ("waivers",))
    keys = ("clause", "reason", "approver", "start", "expiry")
    waivers = []
    for index, part in enumerate(reader.entries(tree.get("waivers", []), ("waivers",))):
        path_here: TreePath = ("waivers", index)
        entry = reader.mapping(part, path_here, keys, keys)
        clause, reason, approver = (reader.needed_text(entry, key, path_here) for key in keys[:3])
        start, expiry = (reader.day(entry[key], (*path_here, key)) if key in entry else None for key in keys[3:])
        if start and expiry and expiry < start:
            reader.add(path_here, "period_reversed", start=start, end=expiry)
        waivers.append(Waiver(clause, reason, approver, start or date.max, expiry or date.min, document.place(*path_here)))
    if reader.problems:
        raise InputError(reader.problems)
    return tuple(waivers)


def effect_of(waiver: Waiver, as_of: date, verdicts: dict[str, Verdict], packs: Packs) -> Effect:
    """What comes of a waiver on a day, given the verdicts of the clauses judged."""
    if waiver.clause not in packs.clauses:
        return "no_such_clause"
    if waiver.clause not in verdicts:
        return "not_judged"
    if as_of < waiver.start:
        return "not_started"
    if as_of > waiver.expiry:
        return "expired"
    return "counts" if verdicts[waiver.clause] == "violated" else "not_violated"


def idle_problem(waived: Waived, as_of: date, verdicts: dict[str, Verdict], packs: Packs) -> Problem:
    """The warning that a waiver counts for nothing, and why."""
    waiver = waived.waiver
    why = EFFECT_WORDS[waived.effect]
    hint = Text("请改正或删去。", "Correct or remove it.")
    if waived.effect == "no_such_clause":
        hint = nearest(waiver.clause, packs.clauses, hint)
    said = {"as_of": as_of, "start": waiver.start, "expiry": waiver.expiry, "verdict": verdicts.get(waiver.clause, "")}
    why = Text(why.zh.format(**said), why.en.format(**said))
    return problem(waiver.place, "waiver_idle", fatal=False, clause=waiver.clause, why=why, hint=hint)


EFFECT_WORDS: dict[Effect, Text] = {
    "counts": Text("有效", "it counts"),
    "not_started": Text("从 {start} 起才有效，判定日为 {as_of}", "it starts on {start}, the day judged is {as_of}"),
    "expired": Text("已于 {expiry} 到期，判定日为 {as_of}", "it expired on {expiry}, the day judged is {as_of}"),
    "no_such_clause": Text("没有这个条款", "there is no such clause"),
    "not_judged": Text("该条款所属标准包未参与本次检查", "its pack is not part of this check"),
    "not_violated": Text("该条款的判定为 {verdict}，没有什么可豁免", "the clause is {verdict}, there is nothing to waive"),
}
