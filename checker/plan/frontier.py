"""An exact search for the best trade of cost against gain, where choices are shared between otherwise separate blocks.

Each block turns a choice for its shared variables into a menu: what further cost buys which gain. Blocks are taken one by
one, and of everything chosen so far only what later blocks still ask for is remembered (bucket elimination); what costs
no less and gains no more than something else is dropped on the way. So the result is the whole frontier: for every cost
the greatest gain there is. All numbers are fractions; nothing is guessed and nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be had: a gain for a cost, by picking these things."""

    cost: Fraction
    gain: Fraction
    picks: tuple[Any, ...]

    def __add__(self, other: Offer) -> Offer:
        return Offer(self.cost + other.cost, self.gain + other.gain, self.picks + other.picks)


#: A choice for each shared variable of a block, as the offer that makes it.
Choice = Mapping[str, Offer]


@dataclass(frozen=True, slots=True)
class Block:
    """Something that offers a menu for each choice of some shared variables; an empty menu forbids the choice."""

    shared: tuple[str, ...]
    menu: Callable[[Choice], Sequence[Offer]]


#: So many combinations are looked at in one step at most. The clauses of a written standard share few facts; a pack whose
#: clauses share nearly all of them would take for ever.
COMBINATIONS_LIMIT = 200_000


class EntangledError(Exception):
    """The blocks share so many variables that an exact search would take too long."""


NOTHING = Offer(Fraction(0), Fraction(0), ())


def frontier(variables: Mapping[str, Sequence[Offer]], blocks: Sequence[Block]) -> list[Offer]:
    """Every combination that no other one beats in both cost and gain, the cheapest first; empty where all are forbidden.

    Args:
        variables: the choices of each shared variable, each with its own cost.
        blocks: what the choices are made for.

    Raises:
        EntangledError: more combinations than :data:`COMBINATIONS_LIMIT` in one step.
    """
    states: dict[tuple[tuple[str, int], ...], list[Offer]] = {(): [NOTHING]}
    waiting = list(blocks)
    active: set[str] = set()
    while waiting:
        block = min(waiting, key=lambda waiting_block: len(active | set(waiting_block.shared)))
        waiting.remove(block)
        later = {name for other in waiting for name in other.shared}
        states = _taken(states, block, variables, later)
        active = (active | set(block.shared)) & later
    return best(offer for offers in states.values() for offer in offers)


def best(offers: Iterable[Offer]) -> list[Offer]:
    """The offers that no other one beats, the cheapest first, every one gaining more than those before it."""
    kept: list[Offer] = []
    for offer in sorted(offers, key=lambda offer: (offer.cost, -offer.gain)):
        if not kept or offer.gain > kept[-1].gain:
            kept.append(offer)
    return kept


def _taken(states: Mapping[tuple[tuple[str, int], ...], list[Offer]], block: Block, variables: Mapping[str, Sequence[Offer]],
           later: set[str]) -> dict[tuple[tuple[str, int], ...], list[Offer]]:
    """The states after a block: for each choice that later blocks can still see, what can be had."""
    menus: dict[tuple[int, ...], Sequence[Offer]] = {}
    found: dict[tuple[tuple[str, int], ...], list[Offer]] = {}
    looked_at = 0
    for state, offers in states.items():
        chosen = dict(state)
        new = [name for name in block.shared if name not in chosen]
        for picked in product(*(range(len(variables[name])) for name in new)):
            choice = chosen | dict(zip(new, picked, strict=True))
            key = tuple(choice[name] for name in block.shared)
            if key not in menus:
                menus[key] = block.menu({name: variables[name][choice[name]] for name in block.shared})
            paid = sum((variables[name][choice[name]] for name in new), NOTHING)
            looked_at += 1 + len(offers) * len(menus[key])
            if looked_at > COMBINATIONS_LIMIT:
                raise EntangledError
            remembered = tuple(sorted((name, index) for name, index in choice.items() if name in later))
            found.setdefault(remembered, []).extend(offer + paid + item for offer in offers for item in menus[key])
    return {state: best(offers) for state, offers in found.items()}
