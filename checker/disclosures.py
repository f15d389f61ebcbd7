"""How much of what a disclosure item asks for was disclosed, and why the rest was not.

The elements of an item are the topmost parts of its condition, one for each thing asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from checker.conditions import Node, Verdict, facts_of
from checker.description import phrase
from checker.engines.reference import truth
from checker.errors import Text
from checker.facts import FactBase
from checker.lines import elements_of
from checker.packs import Clause
from checker.situation import Situation
from checker.vocabulary import Vocabulary

#: From the most to the least: every element, some of them, or none, because it was handed to the parent, because it was said
#: not to apply, or without a word.
Extent = Literal["full", "partial", "delegated", "not_applicable", "absent"]
EXTENTS: tuple[Extent, ...] = get_args(Extent)
EXTENT_WORDS: dict[Extent, Text] = {
    "full": Text("完整", "full"),
    "partial": Text("部分", "partial"),
    "delegated": Text("交由母公司", "delegated"),
    "not_applicable": Text("自称不涉及", "said not to apply"),
    "absent": Text("未披露", "absent"),
}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How much was disclosed: of how many elements how many, and which are ``missing``. ``also_not_applicable`` says whether what was handed
    to the parent was said not to apply as well.
    """

    extent: Extent
    elements: int
    disclosed: int
    missing: tuple[Text, ...]
    also_not_applicable: bool


def disclosure_of(clause: Clause, facts: FactBase, situation: Situation, verdicts: Mapping[str, Verdict], vocabulary: Vocabulary) -> Disclosure:
    """The extent of one item for one company."""
    elements = elements_of(clause.rule.condition)
    missing = [element for element in elements if truth(element, situation, verdicts) is not True]
    reasons = {reason for element in missing for fact in facts_of(element) if fact in facts.facts for reason in facts.facts[fact].missing}
    given = len(elements) - len(missing)
    extent: Extent = "full" if not missing else "partial" if given else _why_nothing(reasons)
    named = tuple(_asked_for(element, vocabulary) for element in missing)
    return Disclosure(extent, len(elements), given, named, extent == "delegated" and "not_applicable" in reasons)


def _asked_for(element: Node, vocabulary: Vocabulary) -> Text:
    """The facts of an element by name: the phrase of its condition without saying "disclosed" before each."""
    told = phrase(element, vocabulary)
    return Text(told.zh.replace("已披露：", ""), told.en.replace("disclosed: ", ""))


def _why_nothing(reasons: set[str]) -> Extent:
    if "delegated" in reasons:
        return "delegated"
    return "not_applicable" if "not_applicable" in reasons else "absent"
