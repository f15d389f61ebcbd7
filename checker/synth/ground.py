"""What is the same for every company of a population: the facts in their order, who is asked for which, and how each is drawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from checker.packs import Packs
from checker.synth.profile import PILLARS, Profile
from checker.vocabulary import Word

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Companies are drawn in blocks of so many, so that memory is bounded and company k is the same in every population.
BLOCK = 10_000
#: Decimal places of each type of figure; figures are kept as integers of the last place.
PLACES: Mapping[str, int] = {"integer": 0, "number": 2, "ratio": 4}


def stream(seed: int, block: int, purpose: str) -> np.random.Generator:
    """The random numbers for one purpose in one block. Drawn company by company, they do not depend on how many there are."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, block, _hashed(purpose)])))


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def share_of(text: str) -> float:
    """A stable number from 0 to below 1 that belongs to a text."""
    return _hashed(text) / 2**64


def numbers(values: Any) -> Floats:
    """Decimals of a profile as floating point: what is drawn is invented, and rounded before anybody sees it."""
    return np.asarray(list(values), dtype=np.float64)


def picked(weights: Any, chance: Any) -> Ints:
    """Which of several is picked by each chance from 0 to below 1: their positions, as often as their weights say."""
    found = numbers(weights)
    places: Ints = np.minimum(np.searchsorted(np.cumsum(found / found.sum()), chance), len(found) - 1)
    return places


def logit(rate: Floats) -> Floats:
    """The logarithm of the odds; rates of 0 and 1 stay finite."""
    kept = np.clip(rate, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


class Ground:
    """A profile and the packs it is for, put into columns once.

    ``words`` are the facts that can be stated, ``index`` their positions; ``column`` is the position among those that are not
    booleans, or -1. Rows are traits in ``asks`` (which facts the packs for a trait ask) and ``counts`` (which kinds of events
    they count whatever the fields); packs for nobody in particular count for every trait.
    """

    def __init__(self, profile: Profile, packs: Packs) -> None:
        vocabulary = packs.vocabulary
        self.profile, self.packs, self.terms = profile, packs, vocabulary.terms
        self.words: list[Word] = [word for word in vocabulary.words.values() if word.table is None and not word.by_industry]
        self.index = {word.path: position for position, word in enumerate(self.words)}
        self.boolean: Bools = np.array([word.type == "boolean" for word in self.words])
        self.others = [word for word in self.words if word.type != "boolean"]
        self.column = np.where(self.boolean, -1, np.cumsum(~self.boolean) - 1)
        self.pillar = np.array([PILLARS.index(profile.pillar(word.path)) for word in self.words])
        specs = [profile.spec(word) for word in self.words]
        self.slope = numbers(spec.get("slope", 0) for spec in specs)
        self.logit = logit(np.array([self._rate(word, spec) for word, spec in zip(self.words, specs, strict=True)]))
        self.specs = {word.path: spec for word, spec in zip(self.words, specs, strict=True)}
        self.kinds: list[str] = list(profile["evidence"]["kinds"])
        self.reasons: list[str] = list(profile["missing"]["reasons"])
        suited = [[self.kinds.index(kind) for kind in word.evidence if kind in self.kinds] or [0] for word in self.words]
        self.suited = np.array([[kinds[place % len(kinds)] for place in range(4)] for kinds in suited], dtype=np.int8)
        self.traits: list[str] = list(dict.fromkeys([*(entry["trait"] for entry in profile["traits"]), profile["otherwise_trait"]]))
        self.event_kinds: list[str] = list(profile["events"]["kinds"])
        self.fields: list[str] = list(profile["events"]["fields"])
        self.asks: Bools = np.zeros((len(self.traits), len(self.words)), dtype=np.bool_)
        self.counts: Bools = np.zeros((len(self.traits), len(self.event_kinds)), dtype=np.bool_)
        for row, trait in enumerate(self.traits):
            self._ask(row, trait)
        self.denials = {word.path: word.denies for word in self.words if word.denies}
        self.tied = {self.index[path] for path in {*profile.tied, *self.denials} if path in self.index}

    def _rate(self, word: Word, spec: Mapping[str, Any]) -> Any:
        """How often an average company says yes: what the profile says, else somewhere in its range by the fact's name."""
        if word.type != "boolean":
            return 0.5
        low, high = numbers((spec["rate"],) * 2 if "rate" in spec else (spec["low"], spec["high"]))
        return low + (high - low) * share_of(word.path)

    def _ask(self, row: int, trait: str) -> None:
        for name, wanted in self.packs.traits.items():
            if wanted and trait not in wanted:
                continue
            for clause in self.packs[name].addressed_to({trait}).clauses:
                for fact in clause.facts:
                    if fact in self.index:
                        self.asks[row, self.index[fact]] = True
                for count in clause.events:
                    if not count.where:
                        self.counts[row, [self.event_kinds.index(kind) for kind in count.kinds if kind in self.event_kinds]] = True

    def labels(self, word: Word) -> list[str]:
        """What the numbers of a choice or a text stand for."""
        return list(word.choices) if word.choices else list(self.specs[word.path]["texts"])

    # --- statements as text ----------------------------------------------------------------------------------------------

    @property
    def per_fact(self) -> int:
        """How many statements each fact has in :attr:`statements`: yes and no by evidence, then the reasons for none."""
        return 2 * len(self.kinds) + len(self.reasons)

    @cached_property
    def statements(self) -> pl.Series:
        """Every statement of a yes or no with evidence, and of every reason for having no value, as a member of an object."""
        ends = [f'{{"value":{said},"evidence":["{kind}"]}}' for said in ("false", "true") for kind in self.kinds]
        to = json.dumps(self.profile["to"], ensure_ascii=False)
        ends += [f'{{"missing":"{reason}"' + (f',"to":{to}}}' if reason == "delegated" else "}") for reason in self.reasons]
        return pl.Series([f'"{word.path}":{end}' for word in self.words for end in ends])
