"""A population into a folder: fact files, lines of JSON or Parquet; the answer key; and what it was made from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import polars as pl
import simplejson

from checker.errors import InputError, Place
from checker.packs import Packs
from checker.synth.columns import as_of, frame_of, tree_of
from checker.synth.ground import BLOCK, Ground
from checker.synth.happenings import draw_happenings
from checker.synth.planting import Answer, Planting
from checker.synth.population import Companies, draw_companies, draw_records
from checker.synth.profile import Profile
from checker.synth.refiling import refiled
from checker.synth.settling import settle
from checker.wording import problem

Form = Literal["folder", "ndjson", "parquet"]
#: How many companies share a folder: file systems and people dislike very large ones.
SHARD = 1_000
#: How many records become trees at a time; a row is some 1,600 Python objects.
SLICE = 500
#: Where the records are, apart from the answer key, so that the folder can be surveyed.
FILINGS = "filings"
#: The columns of the answer key.
ANSWER = ("name", "credit_code", "period_end", "filing", "kind", "about", "also", "detail")


@dataclass(frozen=True, slots=True)
class Part:
    """What a block of companies files in one year: ``first`` is the number of its first company, ``filing`` 2 for records that are
    filed again.
    """

    first: int
    filing: int
    frame: pl.DataFrame
    answers: list[Answer]


def write_population(folder: Path, profile: Profile, packs: Packs, *, count: int, seed: int, years: int, form: Form, version: str,
                     told: Callable[[int, int], None] = lambda _done, _of: None) -> dict[str, Any]:
    """Write a population into a new or empty folder; gives its manifest, which is written there, too.

    ``told`` hears how many records were made, and of how many at least.

    Raises:
        InputError: the folder is not empty, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError([problem(Place(str(folder)), "not_empty")])
        found, records = _write_all(folder, parts(Ground(profile, packs), count=count, seed=seed, years=years), form, lambda done: told(done, count * years))
        manifest = {"esgcheck": version, "profile": profile["version"], "profile_sha256": profile.digest, "seed": seed, "companies": count, "years": years,
                    "last_year": profile["last_year"], "form": form, "records": records, "planted": dict(sorted(found.items()))}
        with (folder / "population.json").open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    except OSError as error:
        raise InputError([problem(Place(str(folder)), "not_writable", reason=error.strerror or str(error))]) from None
    return manifest


def parts(ground: Ground, *, count: int, seed: int, years: int) -> Iterator[list[Part]]:
    """The population piece by piece: for each block and year, the year's records and the earlier ones that are filed again."""
    for block in range(-(-count // BLOCK)):
        first = block * BLOCK
        companies = draw_companies(ground, seed, block, first, min(BLOCK, count - first))
        previous: Part | None = None
        begin = ground.profile["last_year"] - years + 1
        for age in range(years):
            found = [Part(first, 1, *_filed(ground, companies, seed, block, begin, age))]
            if previous:
                planted = {answer.row for answer in previous.answers}
                found.append(Part(first, 2, *refiled(ground, previous.frame, planted, as_of(ground, begin + age), seed, block)))
            previous = found[0] if years > 1 else None
            yield found


def _filed(ground: Ground, companies: Companies, seed: int, block: int, begin: int, age: int) -> tuple[pl.DataFrame, list[Answer]]:
    """What companies file ``age`` years after the first one, ``begin``, and what is wrong with it."""
    records = draw_records(ground, seed, block, companies, age, begin + age)
    happenings = draw_happenings(ground, seed, block, companies, range(begin, begin + age + 1))
    planting = Planting(ground, records, happenings, seed, block)
    planting.before()
    settle(ground, records, happenings)
    planting.after()
    return frame_of(ground, records, happenings, seed, block), planting.answers


def _write_all(folder: Path, pieces: Iterable[list[Part]], form: Form, told: Callable[[int], None]) -> tuple[Counter[str], int]:
    """Writes records and answers; gives how many of each kind were planted, and how many records there are."""
    planted: Counter[str] = Counter()
    records = 0
    filings = folder / FILINGS
    filings.mkdir()
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as key:
        answers = csv.writer(key, lineterminator="\n")
        answers.writerow(ANSWER)
        for number, piece in enumerate(pieces):
            for part in piece:
                records += part.frame.height
                planted.update(answer.kind for answer in part.answers)
                answers.writerows(_lines(part))
                if form != "parquet":
                    _write_trees(filings, part, form)
            if form == "parquet":
                pl.concat([part.frame for part in piece]).write_parquet(filings / f"companies-{number:05}.parquet")
            del part  # or the next piece is made while this one is still kept
            piece.clear()
            told(records)
    return planted, records


def _lines(part: Part) -> Iterator[tuple[Any, ...]]:
    who = part.frame.select("company.name", "company.credit_code", "period.end")
    for answer in part.answers:
        yield (*who.row(answer.row), part.filing, answer.kind, answer.about, " ".join(answer.also), answer.detail)


def trees(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The fact files that the rows stand for."""
    for begin in range(0, frame.height, SLICE):
        for row in frame[begin : begin + SLICE].iter_rows(named=True):
            yield tree_of(row)


def _write_trees(folder: Path, part: Part, form: Form) -> None:
    if form == "ndjson":
        with (folder / "companies.ndjson").open("ab") as stream:
            stream.writelines(_dumped(tree) for tree in trees(part.frame))
        return
    for place, tree in enumerate(trees(part.frame)):
        again = f"-{part.filing}" if part.filing > 1 else ""
        shard = folder / f"{(part.first + place) // SHARD:04}"
        shard.mkdir(exist_ok=True)
        with (shard / f"{tree['company']['credit_code']}-{tree['period']['end'][:4]}{again}.json").open("wb") as file:
            _pretty(tree, file)


def _dumped(tree: dict[str, Any]) -> bytes:
    return simplejson.dumps(tree, ensure_ascii=False, use_decimal=True, separators=(",", ":")).encode() + b"\n"


def _pretty(tree: dict[str, Any], file: IO[bytes]) -> None:
    file.write(simplejson.dumps(tree, ensure_ascii=False, use_decimal=True, indent=2).encode() + b"\n")
