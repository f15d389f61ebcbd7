"""A sample for inspection has exactly the chances it says, can be drawn again anywhere, and what it says of all holds as often as promised."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import Result

from checker import Packs
from tests.conftest import REAL, ROOT

pytest.importorskip("numpy")
pl = pytest.importorskip("polars")
pytest.importorskip("orjson")

from checker.cli import app  # noqa: E402
from checker.sampling.drawing import Unit, below, chances, draw, drawn_from, in_order  # noqa: E402
from checker.sampling.estimate import Answer, share, student, wilson  # noqa: E402
from checker.sampling.inspection import inspect  # noqa: E402
from checker.sampling.risk import load_risk  # noqa: E402
from checker.survey.output import write_table  # noqa: E402

Esgcheck = Callable[..., Result]
WEIGHTS = st.lists(st.integers(1, 60), min_size=1, max_size=12)
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "sample.schema.json").read_text("utf-8")))
SPOTCHECK = Draft202012Validator(json.loads((ROOT / "schemas" / "spotcheck.schema.json").read_text("utf-8")))


# --- drawing


@given(WEIGHTS, st.integers(1, 12))
def test_every_chance_is_exact(weights: list[int], size: int) -> None:
    """Of all starts, each as likely as another, the part that takes a record is its probability."""
    found = chances(weights, size)
    by_lot = [index for index, weight in enumerate(weights) if not found.certain(weight)]
    seen: Counter[int] = Counter()
    for start in range(found.total if found.lots else 0):
        taken = drawn_from(by_lot, weights, found, start)
        assert len(set(taken)) == len(taken) == found.lots
        seen.update(taken)
    for index, weight in enumerate(weights):
        assert found.of(weight) == (1 if found.certain(weight) else Fraction(seen[index], found.total))
    assert sum(found.of(weight) for weight in weights) == min(size, len(weights))


@given(WEIGHTS, st.integers(1, 12))
def test_nobody_is_left_out_and_more_weight_is_never_less_chance(weights: list[int], size: int) -> None:
    found = chances(weights, size)
    ordered = [found.of(weight) for weight in sorted(weights)]
    assert ordered == sorted(ordered)
    assert ordered[0] > 0
    by_lot = [weight for weight in weights if not found.certain(weight)]
    assert len({found.of(weight) / weight for weight in by_lot}) <= 1


def units_of(weights: list[int], strata: int = 5) -> list[Unit]:
    return [Unit(f"record {number}", (number % strata,), weight) for number, weight in enumerate(weights)]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.integers(1, 70), st.integers(0, 10**30))
def test_a_sample_has_its_size_and_takes_the_certain(weights: list[int], size: int, seed: int) -> None:
    units = units_of(weights)
    found, drawn = draw(units, size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(units))
    assert {index for index, weight in enumerate(weights) if found.certain(weight)} <= set(drawn)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=5, max_size=60), st.integers(1, 20), st.randoms(use_true_random=False))
def test_every_stratum_gets_its_share(weights: list[int], size: int, lot: random.Random) -> None:
    """Of those by lot, a stratum has no more and no less than the whole numbers beside what is expected."""
    units = units_of(weights)
    found, drawn = draw(units, size, lot.randint(0, 99))
    for stratum in range(5):
        here = [unit for unit in units if unit.stratum == (stratum,) and not found.certain(unit.weight)]
        expected = sum((found.of(unit.weight) for unit in here), Fraction(0))
        assert abs(sum(units[index] in here for index in drawn) - expected) < 1


def test_the_order_of_rows_does_not_matter_and_the_seed_does() -> None:
    lot = random.Random(1)
    units = units_of([lot.randint(100, 900) for _ in range(400)])
    names = {units[index].name for index in draw(units, 30, 7)[1]}
    for _ in range(3):
        lot.shuffle(units)
        assert {units[index].name for index in draw(units, 30, 7)[1]} == names
    assert {units[index].name for index in draw(units, 30, 8)[1]} != names
    assert [units[index].name for index in in_order(units, 7)] != [units[index].name for index in in_order(units, 8)]


def test_a_draw_is_the_same_on_every_machine() -> None:
    units = units_of([100 + 37 * number % 500 for number in range(50)])
    assert sorted(draw(units, 8, 7)[1]) == [2, 5, 7, 10, 21, 23, 34, 38]


def test_a_start_is_anywhere() -> None:
    assert Counter(below(6, seed) for seed in range(6000)).most_common()[-1][1] > 900
    assert {below(1, seed) for seed in range(9)} == {0}


# --- estimating


def invented(lot: random.Random) -> tuple[list[Unit], list[bool]]:
    """Records of which the risky are confirmed more often."""
    units, yes = [], []
    for number in range(900):
        risky = lot.random() < 0.06
        weight = 200 + lot.randint(0, 150) + lot.choice([0, 0, 0, 250]) + (lot.choice([500, 1000]) if risky else 0)
        units.append(Unit(f"record {number}", (lot.randint(0, 19), lot.randint(0, 30)), weight))
        yes.append(lot.random() < (0.6 if risky else 0.12))
    return units, yes


def test_intervals_hold_what_is_true_as_often_as_promised() -> None:
    units, yes = invented(random.Random(5))
    truly, held, total = Fraction(sum(yes), len(yes)), 0, Fraction(0)
    for seed in range(300):
        found, drawn = draw(units, 60, seed)
        certain = sum(found.certain(unit.weight) for unit in units)
        said = share([Answer(found.of(units[index].weight), yes[index]) for index in drawn], len(units), certain, Fraction(95, 100))
        assert said is not None
        assert 0 <= said.least <= said.value <= said.most <= 1
        held += said.least <= truly <= said.most
        total += said.value
    assert 264 <= held <= 297
    assert abs(total / 300 - truly) < Fraction(1, 100)


def test_all_of_the_population_is_no_estimate() -> None:
    found = share([Answer(Fraction(1), number < 3) for number in range(10)], 10, 10, Fraction(95, 100))
    assert found is not None
    assert (found.least, found.value, found.most) == (Fraction(3, 10),) * 3


def test_none_and_all_have_an_interval() -> None:
    for yes in (False, True):
        found = share([Answer(Fraction(1, 20), yes)] * 50, 1000, 0, Fraction(95, 100))
        assert found is not None
        assert found.value == yes
        assert found.least < found.most
        assert Fraction(5, 100) < found.most - found.least < Fraction(9, 100)
    one = share([Answer(Fraction(1, 1000), True)], 1000, 0, Fraction(95, 100))
    assert one is not None
    assert one.most == 1


def test_the_certain_stand_for_nobody_else() -> None:
    answers = [Answer(Fraction(1), True)] * 5 + [Answer(Fraction(1, 10), False)] * 10
    found = share(answers, 105, 5, Fraction(95, 100))
    assert found is not None
    assert found.value == Fraction(5, 105)
    assert found.least == Fraction(5, 105)
    assert share(answers[:5], 105, 5, Fraction(95, 100)) is None
    assert share(answers[5:], 105, 5, Fraction(95, 100)) is None
    fewer = share(answers[2:], 105, 5, Fraction(95, 100))  # two of the certain have no finding yet
    assert fewer is not None
    assert fewer.value == Fraction(5, 105)
    assert fewer.least < fewer.value


def test_wilson_and_student_are_as_in_the_books() -> None:
    least, most = wilson(Fraction(1, 10), Fraction(100), Fraction(196, 100))
    assert (round(least, 4), round(most, 4)) == (Fraction(552, 10000), Fraction(1744, 10000))
    assert [round(student(Fraction(95, 100), freedom), 2) for freedom in (3, 5, 10, 30, 10**6)] == [
        Fraction(318, 100), Fraction(257, 100), Fraction(223, 100), Fraction(204, 100), Fraction(196, 100)]


# --- from a survey


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population in each form, surveyed."""
    from typer.testing import CliRunner

    def run(*arguments: object) -> None:
        found = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert found.exit_code == 0, found.output

    folder = tmp_path_factory.mktemp("survey")
    for form in ("folder", "ndjson", "parquet"):
        run("synth", "--companies", {"folder": 60, "ndjson": 300, "parquet": 30}[form], "--seed", 5, "--form", form, "-o", folder / form)
        packs = () if form == "ndjson" else ("--pack", "sme-csr", "--pack", "consistency")
        run("survey", folder / form / "filings", "-o", folder / f"{form}.parquet", "--jobs", 1, *packs)
    for ending in ("csv", "duckdb"):
        shutil.copy(folder / "ndjson.survey.json", folder / "result.survey.json")
        write_table(folder / "ndjson.parquet", folder / f"result.{ending}")
    with (folder / "rows.csv").open("w", encoding="utf-8") as stream:
        stream.write("company.name,period.start,period.end,company.traits,company.employees\n")
        stream.writelines(f"公司{number},2024-01-01,2024-12-31,sme,{number + 5}\n" for number in range(30))
    run("survey", folder / "rows.csv", "-o", folder / "rows.parquet", "--jobs", 1, "--as-of", "2025-06-30", "--pack", "sme-csr", "--pack", "consistency")
    return folder


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A result whose sources may be spoilt."""

    def made(form: str) -> Path:
        told = json.loads((home / f"{form}.survey.json").read_text("utf-8"))
        for source in told["sources"]:
            old = Path(source["path"])
            new = tmp_path / "sources" / old.name
            new.parent.mkdir(exist_ok=True)
            shutil.copy2(old, new)
            source["path"] = str(new)
        shutil.copy(home / f"{form}.parquet", tmp_path / f"{form}.parquet")
        (tmp_path / f"{form}.survey.json").write_text(json.dumps(told), "utf-8")
        return tmp_path / f"{form}.parquet"

    return made


def drawn(esgcheck: Esgcheck, *arguments: object, code: int = 0) -> Any:
    found = esgcheck("spotcheck", *arguments, "--engine", "reference", "--format", "json")
    assert found.exit_code == code, found.output
    tree = json.loads(found.stdout)
    SCHEMA.validate(tree)
    for record in tree["records"]:
        assert bool(record["problems"]) == (record["spotcheck"] is None)
        if record["spotcheck"]:
            SPOTCHECK.validate(record["spotcheck"])
    return tree


def test_a_sample_in_every_form_of_result(home: Path, esgcheck: Esgcheck) -> None:
    trees = [drawn(esgcheck, home / name, "--sample", 6, "--seed", 7, "--limit", 2) for name in ("ndjson.parquet", "result.csv", "result.duckdb")]
    for tree in trees:
        tree["survey"].pop("file")
    assert trees[0] == trees[1] == trees[2]
    tree = trees[0]
    assert tree["sample"] == {"wanted": 6, "drawn": 6, "seed": 7, "by": ["industry", "region"], "population": 300, "certain": 0}
    assert sum(stratum["drawn"] for stratum in tree["strata"]) == 6
    assert sum(stratum["population"] for stratum in tree["strata"]) == 300
    assert abs(sum(stratum["expected"] for stratum in tree["strata"]) - 6) < 1e-6
    assert {len(record["spotcheck"]["items"]) for record in tree["records"]} <= {0, 1, 2}
    for record in tree["records"]:
        assert record["spotcheck"]["company"]["credit_code"] == record["credit_code"]
        assert record["spotcheck"]["as_of"] == "2025-06-30"
        assert record["weight"] == 100 + sum(record["risk"].values())
        assert [reason["points"] for reason in record["reasons"]] == sorted((reason["points"] for reason in record["reasons"]), reverse=True)
        assert (record["stratum"]["region"] or "") in record["credit_code"]
    weights = [record["weight"] for record in tree["records"]]
    assert weights == sorted(weights, reverse=True)
    found = tree["estimates"]["inconsistent"]
    assert found["answers"] == 6
    assert found["counted"] == pl.read_parquet(home / "ndjson.parquet").filter((pl.col("contradictions") > 0) | (pl.col("inconsistencies") > 0)).height


@pytest.mark.parametrize(("form", "size"), [("folder", 4), ("parquet", 3), ("rows", 3)])
def test_records_are_read_again_from_every_form(home: Path, esgcheck: Esgcheck, packs: Packs, form: str, size: int) -> None:
    tree = drawn(esgcheck, home / f"{form}.parquet", "--sample", size, "--by", "size,pack")
    assert len(tree["records"]) == size
    table = pl.read_parquet(home / f"{form}.parquet")
    for record in tree["records"]:
        row = table.row(by_predicate=pl.col("record") == record["record"], named=True)
        assert record["spotcheck"]["company"]["name"] == row["name"]
        reasons = [item["reason"] for item in record["spotcheck"]["items"]]
        if {"contradiction", "inconsistency", "two_reasons"} & set(reasons):
            assert record["inconsistent"]
        told = {reason["part"]: reason["why"]["en"] for reason in record["reasons"]}
        assert ("contradictions" in told) == bool(row["contradictions"])
        if row["contradictions"]:  # named even where no clause of these packs asks for it
            fact = row["contradicted"].partition("; ")[0].partition(":")[2]
            assert (packs.vocabulary.words[fact].label if fact in packs.vocabulary.words else packs.vocabulary.terms.event_kinds[fact]).en in told["contradictions"]


def test_the_same_seed_draws_the_same_whatever_the_order_of_rows(home: Path, tmp_path: Path) -> None:
    table = home / "folder.parquet"
    shuffled = tmp_path / "shuffled.parquet"
    pl.read_parquet(table).sample(fraction=1, shuffle=True, seed=3).write_parquet(shuffled)
    shutil.copy(home / "folder.survey.json", tmp_path / "shuffled.survey.json")
    one, same, other = (inspect(*asked, ("industry", "region")) for asked in ((table, 15, 7), (shuffled, 15, 7), (table, 15, 8)))
    told = [(chosen.record, chosen.probability, chosen.reasons) for chosen in one.chosen]
    assert told == [(chosen.record, chosen.probability, chosen.reasons) for chosen in same.chosen]
    assert one.strata == same.strata
    assert {chosen.record for chosen in one.chosen} != {chosen.record for chosen in other.chosen}


def test_what_was_planted_is_drawn_as_much_more_often_as_it_weighs_more(home: Path) -> None:
    everyone = inspect(home / "ndjson.parquet", 10_000, 1, ("industry", "region"))
    assert everyone.certain == len(everyone.chosen) == 300
    with (home / "ndjson" / "answers.csv").open(encoding="utf-8") as stream:
        planted = {answer["credit_code"] for answer in csv.DictReader(stream) if answer["kind"] != "outlier"}
    assert planted == {chosen.row["credit_code"] for chosen in everyone.chosen if chosen.inconsistent}
    units = [Unit(chosen.record, chosen.codes and tuple(map(len, map(str, chosen.codes))), chosen.row["weight"]) for chosen in everyone.chosen]
    bad = {chosen.record for chosen in everyone.chosen if chosen.row["credit_code"] in planted}
    mean = [Fraction(sum(unit.weight for unit in units if (unit.name in bad) is which), sum((unit.name in bad) is which for unit in units)) for which in (True, False)]
    hits = Counter(units[index].name in bad for seed in range(400) for index in draw(units, 20, seed)[1])
    often = Fraction(hits[True], len(bad)) / Fraction(hits[False], 300 - len(bad))
    assert mean[0] / mean[1] > 2
    assert abs(often / (mean[0] / mean[1]) - 1) < Fraction(1, 10)


def test_every_part_of_the_weight_is_as_the_table_and_the_rules_say(home: Path, packs: Packs) -> None:
    risk = load_risk(packs.vocabulary)
    for chosen in inspect(home / "ndjson.parquet", 300, 1, ("size",)).chosen:
        row = chosen.row
        assert row["points:contradictions"] == min(row["contradictions"], 2) * 500
        assert row["points:asserted"] == 200 * (row["answered"] - row["supported"]) // row["answered"]
        assert row["points:size"] == risk.sizes[row["class.company.size_class"]]
        assert row["points:figures"] == min(row["figures"], 2) * 250
        assert (row["points:score"] > 0) <= (abs(row["distance"] or 0) > 2000)
        assert len((row["far"] or "").split(";")) == max(row["figures"], 1)
        assert chosen.codes == (row["class.company.size_class"],)


def test_text_in_both_languages(home: Path, esgcheck: Esgcheck) -> None:
    zh, en = (esgcheck("spotcheck", home / "folder.parquet", "--sample", 4, "--seed", 2, "--by", "region", "--limit", 1, "--lang", lang) for lang in ("zh", "en"))
    assert zh.exit_code == en.exit_code == 0
    for said in ("60 份填报中抽取 4 份", "地区", "预期", "由样本推断全体", "95 % 置信区间", "抽签入选（概率 0.", "待核实", "个事实中"):
        assert said in zh.stdout
    for said in ("4 of 60 records", "region", "expected", "What the sample says of all", "95 % interval", "chosen by lot with probability 0.", "things to verify", "facts only asserted"):
        assert said in " ".join(en.stdout.split())
    assert not {line for line in zh.stdout.splitlines() if len(line) > 80}
    everyone = esgcheck("spotcheck", home / "rows.parquet", "--sample", 99, "--lang", "zh", "--limit", 1).stdout
    assert "填报不足 99 份，全部抽取。" in everyone
    assert "必抽（入选概率 1）" in everyone


def test_many_strata_are_added_up_in_text(home: Path, esgcheck: Esgcheck) -> None:
    shown = esgcheck("spotcheck", home / "ndjson.parquet", "--sample", 2, "--lang", "en").stdout
    assert "C Manufacturing" in shown
    assert "44 Guangdong" in shown
    assert "C Manufacturing · 44 Guangdong" not in shown.partition("What the sample says")[0]


def test_the_list_is_written_and_can_be_given_back_as_findings(home: Path, esgcheck: Esgcheck, tmp_path: Path) -> None:
    survey, listed = home / "folder.parquet", tmp_path / "list.csv"
    asked = (survey, "--sample", 20, "--engine", "reference", "--seed", 3, "--limit", 1, "--by", "region")
    tree = drawn(esgcheck, *asked, "-o", listed)
    rows = list(csv.DictReader(listed.read_text("utf-8-sig").splitlines()))
    assert [(row["record"], row["probability_exact"], row["confirmed"]) for row in rows] == [(one["record"], one["probability_exact"], "") for one in tree["records"]]
    assert {"name", "credit_code", "region", "weight", "reasons", "risk:figures"} <= set(rows[0])
    drawn(esgcheck, *asked, "-o", tmp_path / "list.parquet")
    same = pl.read_parquet(tmp_path / "list.parquet")
    assert same["record"].to_list() == [row["record"] for row in rows]
    assert same["weight"].to_list() == [int(row["weight"]) for row in rows]

    yes = {row["record"] for row in rows[:6]}
    for number, row in enumerate(rows):
        row["confirmed"] = ("是" if number % 2 else "Yes") if row["record"] in yes else ("否" if number % 2 else " no")
    rows[-1]["confirmed"] = ""
    write_rows(listed, rows)
    found = esgcheck("spotcheck", *asked, "--findings", listed, "--format", "json", "--lang", "en")
    assert "1 of the 20 records of the sample have no finding yet" in found.stderr
    said = json.loads(found.stdout)["estimates"]["confirmed"]
    assert (said["answers"], said["yes"], said["missing"]) == (19, 6, 1)
    pairs = [(1 / Fraction(row["probability_exact"]), row["record"] in yes) for row in rows[:-1]]
    assert abs(said["share"] - sum(times for times, is_yes in pairs if is_yes) / sum(times for times, _ in pairs)) < 1e-6
    assert said["least"] < said["share"] < said["most"]
    text = esgcheck("spotcheck", *asked, "--findings", listed, "-o", listed, "--lang", "zh").stdout
    again = list(csv.DictReader(listed.read_text("utf-8-sig").splitlines()))
    assert Counter(row["confirmed"] for row in again) == {"是": 6, "否": 13, "": 1}
    assert "核查属实的填报" in text


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(("content", "said"), [
    ("record,confirmed\nnowhere.json,yes\n", "\"nowhere.json\" is not in the sample"),
    ("record,confirmed\nDRAWN,yes\nDRAWN,no\n", "stands in line 2 already"),
    ("record,confirmed\nDRAWN,maybe\n", "\"maybe\" is neither yes nor no"),
    ("record\nDRAWN\n", "\"confirmed\" is missing"),
    ("record,confirmed\nDRAWN,\n", "no finding yet of those"),
    ("record,confirmed\nDRAWN\n", "no finding yet of those"),
])  # fmt: skip
def test_findings_that_cannot_be_used(home: Path, esgcheck: Esgcheck, tmp_path: Path, content: str, said: str) -> None:
    record = inspect(home / "folder.parquet", 5, 1, ("industry", "region")).chosen[0].record
    (tmp_path / "findings.csv").write_text(content.replace("DRAWN", record), "utf-8")
    found = esgcheck("spotcheck", home / "folder.parquet", "--sample", 5, "--findings", tmp_path / "findings.csv", "--lang", "en")
    assert found.exit_code == 2
    assert said in found.stderr
    assert "findings.csv" in found.stderr
    assert found.stdout == ""


def test_a_lost_and_a_changed_file_are_told_and_the_others_go_on(copy: Callable[[str], Path], esgcheck: Esgcheck) -> None:
    survey = copy("folder")
    first, second, *_ = inspect(survey, 5, 1, ("industry", "region")).chosen
    (survey.parent / "sources" / Path(first.record).name).unlink()
    with (survey.parent / "sources" / Path(second.record).name).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    tree = drawn(esgcheck, survey, "--sample", 5, code=2)
    assert [[problem["code"] for problem in record["problems"]] for record in tree["records"]] == [["record_lost"], ["record_changed"], [], [], []]
    for lang in ("zh", "en"):
        found = esgcheck("spotcheck", survey, "--sample", 5, "--limit", 1, "--lang", lang)
        assert found.exit_code == 2
        for record in (first.record, second.record):
            assert sum(Path(record).name in line for line in found.stderr.splitlines()) == 1
            assert Path(record).name in found.stdout.replace("\n", "")


def test_lines_that_moved_are_other_records(copy: Callable[[str], Path], esgcheck: Esgcheck) -> None:
    survey = copy("ndjson")
    source = survey.parent / "sources" / "companies.ndjson"
    source.write_bytes(source.read_bytes() + b"\n{}\n")  # nothing that was drawn has changed
    assert all(record["spotcheck"] for record in drawn(esgcheck, survey, "--sample", 2)["records"])
    source.write_bytes(b"".join(source.read_bytes().splitlines(keepends=True)[:100]))
    tree = drawn(esgcheck, survey, "--sample", 12, code=2)
    assert {bool(record["spotcheck"]) for record in tree["records"]} == {True, False}
    assert all((int(record["record"].rpartition(":")[2]) <= 100) == bool(record["spotcheck"]) for record in tree["records"])
    source.write_bytes(b"{}\n" + source.read_bytes())
    found = esgcheck("spotcheck", survey, "--sample", 6, "--lang", "en")
    assert found.stderr.count("has changed since the survey") == 1


@pytest.mark.parametrize("form", ["parquet", "rows"])
def test_a_table_that_changed_is_not_read(copy: Callable[[str], Path], esgcheck: Esgcheck, form: str) -> None:
    survey = copy(form)
    (source,) = (survey.parent / "sources").iterdir()
    os.utime(source, (1, 1))
    tree = drawn(esgcheck, survey, "--sample", 3, code=2)
    assert {problem["code"] for record in tree["records"] for problem in record["problems"]} == {"record_changed"}
    source.unlink()
    found = esgcheck("spotcheck", survey, "--sample", 3, "--lang", "en")
    assert found.stderr.count("the file is gone since the survey") == 1
    assert str(source) in found.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (("--sample", "5", "--by", "industri"), "Did you mean \"industry\"?"),
    (("--sample", "5", "--by", "region,"), "none of the choices"),
    (("--sample", "0"), "--sample: error: 0 is below the least possible value 1"),
    (("--sample", "5", "--seed", "-1"), "--seed: error: -1 is below the least possible value 0"),
    (("--sample", "5", "-o", "list.xlsx"), "There are: .csv, .parquet"),
    (("--sample", "5", "-o", "no/such/list.csv"), "cannot be written"),
    (("--sample", "5", "--pack", "sme-csr"), "--pack cannot change them"),
    (("--sample", "5", "--as-of", "2025-01-01"), "--as-of cannot change them"),
    (("--sample", "5", "--findings", "nowhere.csv"), "there is no such file"),
    ((), "Add --sample N"),
    (("--seed", "3"), "--seed belongs to a sample from a survey"),
])  # fmt: skip
def test_what_was_asked_wrongly(home: Path, esgcheck: Esgcheck, arguments: tuple[str, ...], said: str) -> None:
    found = esgcheck("spotcheck", home / "folder.parquet", *arguments, "--lang", "en")
    assert found.exit_code == 2
    assert said in found.stderr
    assert found.stdout == ""


def test_what_is_no_result_of_a_survey(home: Path, esgcheck: Esgcheck, tmp_path: Path) -> None:
    for name, content in (("a.parquet", b"no"), ("a.duckdb", b"no"), ("a.csv", b"record,name\n1,2\n")):
        (tmp_path / name).write_bytes(content)
        shutil.copy(home / "folder.survey.json", tmp_path / "a.survey.json")
        found = esgcheck("spotcheck", tmp_path / name, "--sample", 5, "--lang", "en")
        assert found.exit_code == 2, found.output
        assert name in found.stderr
    shutil.copy(home / "folder.parquet", tmp_path / "b.parquet")
    found = esgcheck("spotcheck", tmp_path / "b.parquet", "--sample", 5, "--lang", "en")
    assert found.exit_code == 2
    assert "b.survey.json" in found.stderr
    for wrong in (REAL, "-", tmp_path / "nowhere.parquet"):
        assert esgcheck("spotcheck", wrong, "--sample", 5).exit_code == 2
    pl.read_parquet(home / "folder.parquet").clear().write_parquet(tmp_path / "a.parquet")
    found = esgcheck("spotcheck", tmp_path / "a.parquet", "--sample", 5, "--lang", "en")
    assert found.exit_code == 2
    assert "there is no record in this survey" in found.stderr


def test_risk_is_data_and_is_checked(home: Path, esgcheck: Esgcheck, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    file = rules / "population" / "risk.yaml"
    said = file.read_text("utf-8")
    file.write_text(said.replace("confidence: 0.95", "confidence: 0.8").replace("everyone: 100", "everyone: 7"), "utf-8")
    tree = drawn(esgcheck, home / "folder.parquet", "--sample", 5, "--rules", rules)
    assert tree["estimates"]["confidence"] == 0.8
    assert all(record["weight"] == 7 + sum(record["risk"].values()) for record in tree["records"])
    for old, new, wrong in (("everyone: 100", "everyone: 0", "minimum"), ("micro: 0", "tiny: 0", "tiny"), ("full_at: 5}", "full_at: 1}", "above from"), ("small: 0.2, ", "", "small")):
        file.write_text(said.replace(old, new), "utf-8")
        found = esgcheck("spotcheck", home / "folder.parquet", "--sample", 5, "--rules", rules, "--lang", "en")
        assert found.exit_code == 2
        assert wrong in found.stderr
        assert "risk.yaml" in found.stderr


def test_rules_that_changed_since_the_survey_are_told(home: Path, esgcheck: Esgcheck, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    pack = tmp_path / "rules" / "consistency" / "pack.yaml"
    pack.write_text(pack.read_text("utf-8") + "\n# changed\n", "utf-8")
    found = esgcheck("spotcheck", home / "folder.parquet", "--sample", 1, "--rules", tmp_path / "rules", "--lang", "en", "--limit", 1)
    assert found.exit_code == 0
    assert "the rules have changed since the survey" in found.stderr


def test_a_fact_file_is_spot_checked_as_before(esgcheck: Esgcheck) -> None:
    shown = esgcheck("spotcheck", REAL, "--as-of", "2025-06-30", "--format", "json", "--engine", "reference")
    assert shown.exit_code == 0
    assert len(json.loads(shown.stdout)["items"]) == 20


def test_a_spreadsheet_takes_no_name_for_a_formula(tmp_path: Path) -> None:
    from checker.survey.output import write_list

    write_list(pl.DataFrame({"record": ["a:1", "a:2"], "name": ["=1+1", "甲"]}), tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text("utf-8-sig").splitlines() == ["record,name", "a:1,'=1+1", "a:2,甲"]
