"""Companies drawn at random, a block at a time: who they are, how good they are, and what they say of every fact in a year."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from checker.synth.ground import PLACES, Bools, Floats, Ground, Ints, logit, numbers, picked, stream
from checker.vocabulary import Word

#: A row and the position of a fact or of a kind of events.
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Companies:
    """Some companies of a block. ``numbers`` counts them through the whole population, ``quality`` has a column for each pillar
    and one for size; ``traits`` and ``asked`` have a column for each trait and each fact.
    """

    numbers: Ints
    names: list[str]
    codes: list[str]
    industries: list[str]
    traits: Bools
    quality: Floats
    employees: Floats
    revenue: Floats
    assets: Floats
    asked: Bools
    counted: Bools


@dataclass(slots=True)
class Records:
    """What the companies of a block file for one year, fact by fact in columns.

    ``truth`` says yes or no where the fact is a boolean, ``values`` (a column for each other fact) is a figure in units of its
    last decimal place, days since 1970, months since year 0, or the number of a choice or text; ``typical`` is what a figure of
    such a company is on average. ``given`` says where there is a value, ``reason`` which reason is told for having none (-1:
    silence), ``kind`` which kind of evidence is named (-1: none). ``has`` and ``places`` are the companies' evidence.
    ``said`` overrides single cells with statements as JSON; ``events`` and ``claims`` are filled in by what happens.
    """

    companies: Companies
    year: int
    truth: Bools
    values: Ints
    typical: Ints
    given: Bools
    reason: Ints
    kind: Ints
    has: Bools
    places: Ints
    said: dict[Cell, str] = field(default_factory=dict)

    @property
    def start(self) -> date:
        """The first day of the period."""
        return date(self.year, 1, 1)

    @property
    def end(self) -> date:
        """The last day of the period."""
        return date(self.year, 12, 31)

    def __len__(self) -> int:
        return len(self.companies.names)


def draw_companies(ground: Ground, seed: int, block: int, first: int, count: int) -> Companies:
    """The first ``count`` companies of a block whose first company has the number ``first``."""
    profile = ground.profile
    order = np.arange(first, first + count)
    chance = stream(seed, block, "companies").random((count, 8 + len(profile["traits"])))
    normal = stream(seed, block, "quality").standard_normal((count, 6))
    industry = picked((entry["weight"] for entry in profile["industries"]), chance[:, 0])
    division = picked((entry["weight"] for entry in profile["divisions"]), chance[:, 1])
    correlations = np.array([numbers(row) for row in profile["quality"]["correlations"]])
    quality = np.stack([(normal[:, :4] * row).sum(axis=1) for row in np.linalg.cholesky(correlations)], axis=1)  # by row: @ rounds by shape
    column = {key: numbers(entry[key] for entry in profile["industries"])[industry] for key in ("employees", "sigma", "revenue")}
    size = profile["size"]
    sigma, per_revenue, assets_sigma = numbers((size["revenue_sigma"], size["assets_per_revenue"], size["assets_sigma"]))
    employees = np.maximum(np.exp(np.log(column["employees"]) + column["sigma"] * quality[:, 3]), 2)
    revenue = employees * column["revenue"] * np.exp(sigma * normal[:, 4])
    codes = [profile["industries"][index]["code"] for index in industry]
    places = [profile["divisions"][index]["code"] for index in division]
    traits = _traits(ground, codes, places, employees, chance[:, 8:])
    stems = profile["stems"]
    syllables = (chance[:, 2:4] * len(stems)).astype(np.int64)
    names = [f"{profile['divisions'][place]['name']}{stems[one]}{stems[two]}{profile['industries'][kind]['name']}有限公司"
             for place, one, two, kind in zip(division, *syllables.T, industry, strict=True)]
    return Companies(order, names, _credit_codes(places, order, seed), codes, traits, quality, employees, revenue,
                     revenue * per_revenue * np.exp(assets_sigma * normal[:, 5]), traits @ ground.asks, traits @ ground.counts)


def _traits(ground: Ground, industries: list[str], divisions: list[str], employees: Floats, chance: Floats) -> Bools:
    """Which traits each company has: by the rates among those that a trait is for, and the last resort for those with none."""
    profile = ground.profile
    found = np.zeros((len(industries), len(ground.traits)), dtype=np.bool_)
    for place, entry in enumerate(profile["traits"]):
        held = chance[:, place] < numbers([entry["rate"]])[0]
        if "industries" in entry:
            held &= np.array([code.startswith(tuple(entry["industries"])) for code in industries])
        if "divisions" in entry:
            held &= np.array([code.startswith(tuple(entry["divisions"])) for code in divisions])
        if "employees_below" in entry:
            held &= employees < numbers([entry["employees_below"]])[0]
        found[:, ground.traits.index(entry["trait"])] |= held
    found[~found.any(axis=1), ground.traits.index(profile["otherwise_trait"])] = True
    return found


def _credit_codes(divisions: list[str], order: Ints, seed: int) -> list[str]:
    """Unified social credit codes: an enterprise of that division, with a number of its own."""
    from stdnum.cn.uscc import calc_check_digit

    bodies = (order * 61_803_399 + seed * 7919) % 10**8  # a permutation: no two companies below 10**8 share a number
    digits = bodies[:, None] // 10 ** np.arange(7, -1, -1) % 10
    checks = (11 - digits @ np.array([3, 7, 9, 10, 5, 8, 4, 2]) % 11) % 11  # GB 11714
    begun = [f"91{division}{body:08}{'X' if check == 10 else check}" for division, body, check in zip(divisions, bodies, checks, strict=True)]
    return [code + calc_check_digit(code) for code in begun]


def draw_records(ground: Ground, seed: int, block: int, companies: Companies, age: int, year: int) -> Records:
    """What companies say of a year, ``age`` years after the first one, before anything is made to fit together.

    The same numbers decide every year, so that a company's answers change only as its quality and size do.
    """
    profile, count, width = ground.profile, len(companies.names), len(ground.words)
    missing, proof = profile["missing"], profile["evidence"]
    quality = companies.quality[:, :3] + age * numbers([profile["quality"]["yearly"]])[0]
    mean, luck = quality.mean(axis=1), stream(seed, block, "habits").standard_normal((count, 2))
    rate, sigma, less, told, volunteered = numbers((missing["rate"], missing["sigma"], missing["quality"], missing["told"], profile["volunteered"]))
    silent = _logistic(logit(np.array([rate])) + sigma * luck[:, 0] - less * mean).astype(np.float32)
    proven = _logistic(logit(numbers([proof["rate"]])) + numbers([proof["quality"]])[0] * mean + 0.5 * luck[:, 1]).astype(np.float32)
    has, places = _evidence(ground, seed, block, count)

    chance = stream(seed, block, "answers").random((count, width), dtype=np.float32)
    at = np.flatnonzero(companies.asked | (chance > 1 - np.float32(volunteered)))  # most facts are nobody's question: leave them out
    row, fact = np.divmod(at, width)
    drawn, asked = chance.ravel()[at], companies.asked.ravel()[at]
    answered = ~asked | (drawn >= silent[row])
    spare = np.where(answered, (drawn - silent[row]) / (1 - silent[row]), drawn / silent[row]).clip(0, 0.999999)  # even again
    why = picked(missing["reasons"].values(), spare / np.float32(told))
    suited = ground.suited[fact, (spare * 997 % 1 * 4).astype(np.int8)]
    odds = ground.logit.astype(np.float32)[fact] + ground.slope.astype(np.float32)[fact] * quality.astype(np.float32)[row, ground.pillar[fact]]
    yes = stream(seed, block, "truth").random((count, width), dtype=np.float32).ravel()[at]

    def spread(cells: Any, empty: Any) -> Any:
        whole = np.full(count * width, empty)
        whole[at] = cells
        return whole.reshape(count, width)

    values, typical = _values(ground, seed, block, companies, quality, age, year)
    return Records(
        companies, year,
        truth=spread(yes * (1 + np.exp(-odds)) < 1, empty=False),
        values=values,
        typical=typical,
        given=spread(answered, empty=False),
        reason=spread(np.where(~answered & (spare < told), why, -1), np.int8(-1)),
        kind=spread(np.where(answered & (spare < proven[row]) & has[row, suited], suited, -1), np.int8(-1)),
        has=has,
        places=places,
    )


def _logistic(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-value))


def _evidence(ground: Ground, seed: int, block: int, count: int) -> tuple[Bools, Ints]:
    """Which kinds of evidence each company has, and the number of the place and expiry of each, among all there can be."""
    proof, chance = ground.profile["evidence"], stream(seed, block, "evidence").random((count, len(ground.kinds), 2))
    has = chance[:, :, 0] < numbers(kind["rate"] for kind in proof["kinds"].values())
    return has, (chance[:, :, 1] * proof["sections"] * len(proof["expires_days"])).astype(np.int64)


def _values(ground: Ground, seed: int, block: int, companies: Companies, quality: Floats, age: int, year: int) -> tuple[Ints, Ints]:
    """The values of all facts that are no booleans, and what figures of such companies are on average."""
    size, count = ground.profile["size"], len(companies.names)
    growth, sigma = numbers((size["growth"], size["growth_sigma"]))
    lasting = stream(seed, block, "figures").standard_normal((count, len(ground.others)))
    steps = [stream(seed, block, f"growth {step}").standard_normal((count, len(ground.others))) for step in range(1, age + 1)]
    passing = sum(steps, np.zeros_like(lasting)) * sigma + age * np.log1p(growth)
    even = stream(seed, block, "choices").random((count, len(ground.others)))
    basis = {"employees": companies.employees * np.exp(age * growth), "revenue": companies.revenue * np.exp(age * growth)}
    stated = {size["employees"]: companies.employees, size["revenue"]: companies.revenue, size["assets"]: companies.assets}
    values, typical = np.zeros((count, len(ground.others)), dtype=np.int64), np.zeros((count, len(ground.others)), dtype=np.int64)
    for place, word in enumerate(ground.others):
        spec, q = ground.specs[word.path], quality[:, ground.pillar[ground.index[word.path]]]
        if word.path in stated:
            typical[:, place] = values[:, place] = np.rint(stated[word.path] * np.exp(passing[:, place])) * 10 ** PLACES[word.type]
        elif word.type in ("integer", "number"):
            typical[:, place], values[:, place] = _figure(word, spec, basis, q, lasting[:, place], passing[:, place])
        elif word.type == "ratio":
            low, high = numbers((spec["low"], spec["high"]))
            values[:, place] = np.rint((low + (high - low) * _logistic(0.5 * q + lasting[:, place] + passing[:, place])) * 10 ** PLACES["ratio"])
        elif word.type in ("date", "month"):
            values[:, place] = _day(word, spec, even[:, place], year)
        else:
            labels = ground.labels(word)
            weights = [spec.get("weights", {}).get(label, 0) for label in labels] if "weights" in spec else [1] * len(labels)
            values[:, place] = picked(weights, even[:, place])
    return values, typical


def _figure(word: Word, spec: Any, basis: dict[str, Floats], quality: Floats, lasting: Floats, passing: Floats) -> tuple[Floats, Floats]:
    """A figure's average for such companies, and its value, both in units of the last decimal place."""
    median, sigma, better = numbers((spec["median"], spec.get("sigma", 0), spec.get("quality", 0)))
    center = np.log(median * basis[spec["per"]] if "per" in spec else np.full_like(quality, median)) + better * quality
    scale = 10 ** PLACES[word.type]
    least = numbers([max(spec.get("minimum", 0), word.minimum or 0)])[0] * scale
    return np.maximum(np.rint(np.exp(center) * scale), least), np.maximum(np.rint(np.exp(center + sigma * lasting + passing) * scale), least)


def _day(word: Word, spec: Any, even: Floats, year: int) -> Ints:
    """A date as days since 1970, or a month as months since year 0."""
    least, most = spec["days"]
    first = np.datetime64(f"{year}-01-01" if spec["from"] == "start" else f"{year}-12-31")
    days = first + np.floor(least + even * (most - least + 1)).astype("timedelta64[D]")
    if word.type == "month":
        return np.asarray(days.astype("datetime64[M]").astype(np.int64) + 1970 * 12)
    return np.asarray(days.astype(np.int64))
