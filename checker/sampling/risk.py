"""How likely a record is to be drawn for inspection, and why: a weight in whole points, from a survey's table alone.

All points are whole numbers and rounded down, so that the chances that follow from them are exact. Distances from peers are measured in
binary fractions, and enter in whole thousandths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import polars as pl

from checker.errors import InputError, Problem, Text
from checker.load import Document, load_yaml
from checker.survey.asked import ABOUT, Asked
from checker.survey.peers import NORMAL, Peers, outliers, population_file
from checker.validate import schema_problems
from checker.vocabulary import Vocabulary, not_a_choice
from checker.wording import problem

Part = Literal["contradictions", "inconsistencies", "violated", "asserted", "figures", "score", "size"]
#: Everything that a weight has points for, but for what everyone has.
PARTS: tuple[Part, ...] = ("contradictions", "inconsistencies", "violated", "asserted", "figures", "score", "size")
#: The fact that says of what size a company is, and its column.
SIZE = "company.size_class"
SIZE_COLUMN = f"class.{SIZE}"
#: Distances are whole numbers of these parts.
THOUSANDTHS = 1000
#: Parts of the number of something, and its column.
_COUNTED: Mapping[Part, str] = {"contradictions": "contradictions", "inconsistencies": "inconsistencies", "violated": "violated", "figures": "figures"}


@dataclass(frozen=True, slots=True)
class Risk:
    """The points of ``rules/population/risk.yaml``.

    ``everyone`` is what every record has, ``weights`` are the points of each part where it counts in full, which the counted ones do
    at the numbers of ``full_at``; the distance of a score counts from ``score_from`` on and in full at ``score_full``, both in
    thousandths; ``sizes`` are the points by class of size, with ``None`` for a size that is not known. ``confidence`` is between
    0 and 1.
    """

    everyone: int
    weights: Mapping[Part, int]
    full_at: Mapping[Part, int]
    score_from: int
    score_full: int
    sizes: Mapping[str | None, int]
    confidence: Fraction


def load_risk(vocabulary: Vocabulary, rules: Path | None = None) -> Risk:
    """The points from a rules folder, or as shipped where that folder does not say.

    Raises:
        InputError: the file is not as its schema wants it, or its classes of size are not those of the vocabulary.
    """
    document = load_yaml(population_file("risk", rules))
    problems = list(schema_problems(document, "risk")) or list(_problems(document, vocabulary))
    if problems:
        raise InputError(problems)
    parts = document.data["parts"]
    size, score = parts["size"], parts["score"]
    sizes = {None: size["unknown"], **size["shares"]}
    return Risk(
        document.data["everyone"],
        {part: parts[part]["weight"] for part in PARTS},
        {part: parts[part]["full_at"] for part in _COUNTED},
        int(score["from"] * THOUSANDTHS),
        int(score["full_at"] * THOUSANDTHS),
        {name: int(size["weight"] * Fraction(said)) for name, said in sizes.items()},
        Fraction(document.data["confidence"]),
    )


def _problems(document: Document, vocabulary: Vocabulary) -> Iterator[Problem]:
    parts, classes = document.data["parts"], tuple(sizes_of(vocabulary))
    shares = parts["size"]["shares"]
    yield from (not_a_choice(document.place("parts", "size", "shares", name), name, classes) for name in shares if name not in classes)
    yield from (problem(document.place("parts", "size", "shares"), "missing_key", key=name) for name in classes if name not in shares)
    if parts["score"]["full_at"] <= parts["score"]["from"]:
        place = document.place("parts", "score", "full_at")
        yield problem(place, "schema", reason="full_at has to be above from", schema="schemas/risk.schema.json")


def sizes_of(vocabulary: Vocabulary) -> Mapping[str, Text]:
    """The classes of size, from the smallest to the largest; none where the vocabulary does not know sizes."""
    return (vocabulary.words[SIZE].choices or {}) if SIZE in vocabulary.words else {}


def weighed(table: pl.LazyFrame, asked: Asked, risk: Risk, peers: Peers) -> pl.DataFrame:
    """Who is in a survey's table, and the weight of each record.

    Args:
        table: columns of the types of ``asked.schema``; clauses and figures that it lacks do not count.
        asked: what the survey asked.
        risk: the points.
        peers: how figures and scores are compared.

    Returns:
        the columns that a table has about a company, then what each part is about (numbers; ``far`` names the figures far off;
        ``distance`` is that of the score in thousandths, negative where it is low, of the pack ``scored``), ``points:`` of
        each part, and ``weight``.
    """
    there = set(table.collect_schema())
    mandatory = [pl.col(clause.name) == "violated" for clause in asked.clauses
                 if clause.modality == "mandatory" and clause.kind != "consistency" and clause.name in there]
    violated = pl.sum_horizontal(pl.col("contradictions") * 0, *(found.fill_null(value=False).cast(pl.Int64) for found in mandatory))
    frame = table.select(*ABOUT, SIZE_COLUMN, violated.alias("violated")).collect()
    frame = frame.hstack(_far_figures(table, peers, frame.height)).hstack(_far_scores(table, asked, peers))
    return frame.with_columns(_points(risk)).with_columns((risk.everyone + pl.sum_horizontal(f"points:{part}" for part in PARTS)).alias("weight"))


def _far_figures(table: pl.LazyFrame, peers: Peers, height: int) -> list[pl.Series]:
    """How many figures of each record are far off, and which, the farthest first."""
    found = outliers(table, peers).sort("row", "distance", "fact", descending=[False, True, False])
    of = found.group_by("row", maintain_order=True).agg(pl.len().cast(pl.Int64), pl.col("fact").str.join(";"))
    number = pl.Series("figures", [0], pl.Int64).new_from_index(0, height).scatter(of["row"], of["len"])
    names = pl.Series("far", [None], pl.String).new_from_index(0, height).scatter(of["row"], of["fact"])
    return [number, names]


def _far_scores(table: pl.LazyFrame, asked: Asked, peers: Peers) -> pl.DataFrame:
    """How far the score of each record is from those of its section, in thousandths, and by which pack, the farthest of several.

    The score is the middle of what the facts support, so that neither unknown facts nor missing ratings count for one side only.
    """
    there = set(table.collect_schema())
    packs = [name for name in asked.ledgers if f"supported.{name}.least" in there]
    distances = []
    for name in packs:
        middle = (pl.col(f"supported.{name}.least").cast(pl.Float64) + pl.col(f"supported.{name}.most").cast(pl.Float64)) / 2
        off = middle - middle.median().over("section")
        spread = off.abs().median().over("section")
        enough = (middle.count().over("section") >= peers.at_least) & (spread > 0) & pl.col("section").is_not_null()
        distances.append(pl.when(enough).then(NORMAL * off / spread * THOUSANDTHS).round().cast(pl.Int64).alias(name))
    frame = table.select("section", *distances).collect()
    size = [pl.col(name).abs().fill_null(-1) for name in packs]
    best = pl.max_horizontal(pl.lit(0, pl.Int64), *size)
    scored = pl.coalesce(pl.lit(None, pl.String), *(pl.when(found == best).then(pl.lit(name)) for name, found in zip(packs, size, strict=True)))
    distance = pl.coalesce(pl.lit(None, pl.Int64), *(pl.when(found == best).then(pl.col(name)) for name, found in zip(packs, size, strict=True)))
    return frame.select(distance.alias("distance"), scored.alias("scored"))


def _points(risk: Risk) -> list[pl.Expr]:
    """The points of each part, in whole numbers."""
    points: dict[Part, pl.Expr] = {}
    for part, column in _COUNTED.items():
        full = risk.full_at[part]
        points[part] = pl.col(column).clip(0, full) * risk.weights[part] // full
    lacking = (pl.col("answered") - pl.col("supported")) * risk.weights["asserted"]
    points["asserted"] = pl.when(pl.col("answered") > 0).then(lacking // pl.col("answered"))
    beyond = pl.col("distance").abs().clip(upper_bound=risk.score_full) - risk.score_from
    points["score"] = pl.when(beyond > 0).then(beyond * risk.weights["score"] // (risk.score_full - risk.score_from))
    points["size"] = pl.col(SIZE_COLUMN).replace_strict({name: said for name, said in risk.sizes.items() if name}, default=risk.sizes[None], return_dtype=pl.Int64)
    return [points[part].fill_null(0).cast(pl.Int64).alias(f"points:{part}") for part in PARTS]


def reasons(row: Mapping[str, Any], vocabulary: Vocabulary) -> list[tuple[Part, int, Text]]:
    """What a row of :func:`weighed` has points for: the part, its points, and in words what it is, the weightiest first."""
    found = [(part, row[f"points:{part}"], _in_words(part, row, vocabulary)) for part in PARTS if row[f"points:{part}"]]
    return sorted(found, key=lambda reason: -reason[1])


def _in_words(part: Part, row: Mapping[str, Any], vocabulary: Vocabulary) -> Text:
    number = row.get(part)
    match part:
        case "contradictions":
            about = [said.partition(":")[2] for said in (row["contradicted"] or "").split("; ")]
            return _naming(Text(f"不能同时成立的陈述 {number} 处", f"{_several(number, 'contradiction')} between statements"), about, vocabulary)
        case "inconsistencies":
            return Text(f"对不上的数字与声明 {number} 处", f"figures or claims that do not fit together in {_several(number, 'place')}")
        case "violated":
            return Text(f"不满足强制条款 {number} 条", f"{_several(number, 'mandatory clause')} violated")
        case "asserted":
            asserted = row["answered"] - row["supported"]
            return Text(f"{row['answered']} 个事实中 {asserted} 个只凭自述", f"{asserted} of {row['answered']} facts only asserted")
        case "figures":
            return _naming(Text(f"远离同行的数字 {number} 个", f"{_several(number, 'figure')} far from those of peers"), row["far"].split(";"), vocabulary)
        case "score":
            high = row["distance"] > 0
            return Text(f"得分远{'高' if high else '低'}于同行（{row['scored']}）", f"score far {'above' if high else 'below'} those of peers ({row['scored']})")
        case "size":
            name = row[SIZE_COLUMN]
            label = sizes_of(vocabulary).get(name)
            return Text(f"规模：{label.zh}", f"size: {label.en}") if label else Text("规模不明", "size not known")


#: How many facts a reason names.
FACTS_NAMED = 3


def _naming(said: Text, names: Sequence[str], vocabulary: Vocabulary) -> Text:
    """A reason with the facts or kinds of events that it is about."""
    kinds = vocabulary.terms.event_kinds
    labels = [vocabulary.words[name].label if name in vocabulary.words else kinds.get(name, Text(name, name)) for name in dict.fromkeys(names) if name]
    more = len(labels) - FACTS_NAMED
    zh, en = ("、".join(label.zh for label in labels[:FACTS_NAMED]), ", ".join(label.en for label in labels[:FACTS_NAMED]))
    return Text(f"{said.zh}（{zh}{'等' if more > 0 else ''}）", f"{said.en} ({en}{f' and {more} more' if more > 0 else ''})") if labels else said


def _several(number: Any, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"
