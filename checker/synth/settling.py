"""What is made to fit together: claims give way to events, totals add up, parts stay within their wholes, claims are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from checker.synth.ground import PLACES, Ground, Ints, numbers
from checker.synth.happenings import Happenings
from checker.synth.population import Records


def settle(ground: Ground, records: Records, happenings: Happenings) -> None:
    """Make everything that the profile ties together hold."""
    _give_way(ground, records, happenings)
    for relation in ground.profile["implies"]:
        _imply(ground, records, relation)
    for relation in ground.profile["sums"]:
        _add_up(ground, records, relation)
    for relation in ground.profile["at_most"]:
        least, most = (ground.column[ground.index[relation[key]]] for key in ("least", "most"))
        records.values[:, least] = np.minimum(records.values[:, least], records.values[:, most])
    for relation in ground.profile["quotients"]:
        _divide(ground, records, relation)
    _show(ground, records)


def tied_figures(relation: Mapping[str, Any]) -> list[str]:
    """The facts of a sum or of a part that is at most a whole, what is broken first."""
    return [relation["total"], *relation["parts"]] if "total" in relation else [relation["least"], relation["most"]]


def break_apart(ground: Ground, records: Records, row: int, relation: Mapping[str, Any]) -> str:
    """Make a figure not fit its others; gives that figure's fact."""
    first, *others = tied_figures(relation)
    column = ground.column[ground.index[first]]
    scale = 10 ** PLACES[ground.others[column].type]
    whole = records.values[row, column if "total" in relation else ground.column[ground.index[others[0]]]]
    records.values[row, column] = whole * 3 // 2 + 100 * scale
    return first


def _give_way(ground: Ground, records: Records, happenings: Happenings) -> None:
    """Facts that deny events, and claims, where such an event is recorded or may be."""
    for path, count in ground.denials.items():
        records.truth[happenings.whose(ground, count.kinds, count.where), ground.index[path]] = False
    for claim in ground.profile["claims"]:
        rows, fact = happenings.whose(ground, claim["events"]), ground.index[claim["fact"]]
        if ground.boolean[fact]:
            records.truth[rows, fact] = False
        else:
            column = ground.column[fact]
            records.values[rows, column] = np.maximum(records.values[rows, column], 10 ** PLACES[ground.others[column].type])


def _imply(ground: Ground, records: Records, relation: Mapping[str, str]) -> None:
    where, also = ground.index[relation["where"]], ground.index[relation["also"]]
    holds = records.truth[:, where] if ground.boolean[where] else records.values[:, ground.column[where]] > 0
    records.truth[:, also] |= holds & records.given[:, where]


def _add_up(ground: Ground, records: Records, relation: Mapping[str, Any]) -> None:
    """The total is the sum of the parts that are given; without any there is none."""
    parts, total = [ground.index[part] for part in relation["parts"]], ground.index[relation["total"]]
    given = records.given[:, parts]
    records.values[:, ground.column[total]] = (records.values[:, ground.column[parts]] * given).sum(axis=1)
    _silence(records, total, np.flatnonzero(~given.any(axis=1)))


def _divide(ground: Ground, records: Records, relation: Mapping[str, Any]) -> None:
    """A share is what its figures give; where there is nothing to divide by it is not stated."""
    ratio = ground.index[relation["ratio"]]
    over, under = (records.values[:, ground.column[list(_positions(ground, relation[key]))]].sum(axis=1) for key in ("over", "under"))
    share = over / np.maximum(under, 1) * numbers([relation["times"]])[0]
    records.values[:, ground.column[ratio]] = np.rint(np.clip(share, 0, 1) * 10 ** PLACES["ratio"])
    _silence(records, ratio, np.flatnonzero(under <= 0))


def _positions(ground: Ground, paths: Iterable[str]) -> Iterator[int]:
    return (ground.index[path] for path in paths)


def _silence(records: Records, fact: int, rows: Ints) -> None:
    records.given[rows, fact] = False
    records.kind[rows, fact] = -1
    records.reason[rows, fact] = -1


def _show(ground: Ground, records: Records) -> None:
    """Claims that are made only with evidence have it, in a place that does not expire."""
    for path, name in ground.profile["shown"].items():
        fact, kind = ground.index[path], ground.kinds.index(name)
        rows = np.flatnonzero(records.given[:, fact] & records.truth[:, fact])
        records.kind[rows, fact] = kind
        records.has[rows, kind] = True
