"""A population to practise on is sound, repeatable, the same in every form, and wrong exactly where its answer key says so."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from checker import Packs, load_facts, load_packs
from checker.errors import InputError
from checker.facts import FactBase
from checker.spotcheck import spot_check
from tests.conftest import ROOT

np = pytest.importorskip("numpy")
pl = pytest.importorskip("polars")

from checker.synth.columns import HEAD, TAIL, tree_of  # noqa: E402
from checker.synth.ground import Ground, stream  # noqa: E402
from checker.synth.happenings import draw_happenings  # noqa: E402
from checker.synth.population import draw_companies, draw_records  # noqa: E402
from checker.synth.profile import Profile, load_profile  # noqa: E402
from checker.synth.writing import parts, trees, write_population  # noqa: E402

Esgcheck = Callable[..., Result]
#: Loud enough that every kind is planted among a few companies.
LOUD = {"different_values": Decimal("0.1"), "value_and_not_applicable": Decimal("0.1"), "not_applicable_and_delegated": Decimal("0.1"),
        "denied_by_statement": Decimal("0.1"), "denied_by_fact": Decimal("0.1"), "does_not_add_up": Decimal("0.1"), "outlier": Decimal("0.1"), "restated": Decimal("0.3")}


@pytest.fixture(scope="module")
def profile(packs: Packs) -> Profile:
    return load_profile(packs)


@pytest.fixture(scope="module")
def loud(profile: Profile) -> Profile:
    return Profile({**profile.tree, "planted": {**profile["planted"], "rates": LOUD}}, profile.digest)


def made(folder: Path, profile: Profile, packs: Packs, count: int, form: str, years: int = 1, seed: int = 3) -> Path:
    write_population(folder, profile, packs, count=count, seed=seed, years=years, form=form, version="0")  # type: ignore[arg-type]
    return folder


def lines(folder: Path) -> list[bytes]:
    return (folder / "filings" / "companies.ndjson").read_bytes().splitlines()


def key(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "answers.csv").open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def facts_of(line: bytes, packs: Packs) -> FactBase:
    return load_facts(io.BytesIO(line), packs, "line")


@pytest.fixture(scope="module")
def planted(loud: Profile, packs: Packs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("planted") / "p", loud, packs, 60, "ndjson")


def test_every_fact_file_is_read_without_a_problem(planted: Path, packs: Packs) -> None:
    for line in lines(planted):
        facts = facts_of(line, packs)
        assert facts.warnings == ()
        assert facts.company.credit_code
        assert packs.fitting(facts.company.traits)
        assert len(facts.facts) > 50


def test_what_is_planted_is_found_and_nothing_else(planted: Path, packs: Packs) -> None:
    expected: dict[str, list[dict[str, str]]] = {}
    for answer in key(planted):
        expected.setdefault(answer["credit_code"], []).append(answer)
    kinds = set()
    for line in lines(planted):
        facts = facts_of(line, packs)
        found = {item.about for item in spot_check(facts, packs, engine="reference").items if not item.reason.startswith("asserted")}
        answers = [answer for answer in expected.get(facts.company.credit_code or "", []) if answer["kind"] != "outlier"]
        kinds |= {answer["kind"] for answer in answers}
        assert found >= {answer["about"] for answer in answers}
        assert found <= {name for answer in answers for name in (answer["about"], *answer["also"].split())}
    assert kinds == {"different_values", "value_and_not_applicable", "not_applicable_and_delegated", "denied_yet_recorded", "does_not_add_up"}


def test_contradictions_are_as_the_key_names_them(planted: Path, packs: Packs) -> None:
    files = {facts.company.credit_code: facts for facts in (facts_of(line, packs) for line in lines(planted))}
    for answer in key(planted):
        facts = files[answer["credit_code"]]
        if answer["kind"] in ("different_values", "value_and_not_applicable", "not_applicable_and_delegated"):
            assert facts.facts[answer["about"]].conflicts == (answer["kind"],)
        if answer["kind"] == "different_values":
            assert len(facts.facts[answer["about"]].evidence) == 2


def test_an_outlier_is_a_hundred_times_what_is_usual(planted: Path, packs: Packs) -> None:
    files = {facts.company.credit_code: facts for facts in (facts_of(line, packs) for line in lines(planted))}
    outliers = [answer for answer in key(planted) if answer["kind"] == "outlier"]
    assert outliers
    for answer in outliers:
        assert files[answer["credit_code"]].values[answer["about"]] == 100 * Decimal(answer["detail"].removeprefix("typical "))


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(profile: Profile, packs: Packs, tmp_path: Path) -> None:
    for form in ("folder", "ndjson", "parquet"):
        one, same = (made(tmp_path / f"{form}{name}", profile, packs, 5, form) for name in ("1", "2"))
        files = sorted(path.relative_to(one) for path in one.rglob("*.*"))
        assert files == sorted(path.relative_to(same) for path in same.rglob("*.*"))
        assert all((one / file).read_bytes() == (same / file).read_bytes() for file in files)
    other = made(tmp_path / "other", profile, packs, 5, "ndjson", seed=4)
    assert not set(lines(other)) & set(lines(tmp_path / "ndjson1"))


def test_a_company_does_not_depend_on_how_many_there_are(loud: Profile, packs: Packs, planted: Path, tmp_path: Path) -> None:
    assert lines(made(tmp_path / "few", loud, packs, 7, "ndjson")) == lines(planted)[:7]


def test_all_forms_hold_the_same(loud: Profile, packs: Packs, tmp_path: Path) -> None:
    folders = {form: made(tmp_path / form, loud, packs, 20, form, years=2) for form in ("folder", "ndjson", "parquet")}
    from_lines = [json.loads(line) for line in lines(folders["ndjson"])]
    from_files = [json.loads(path.read_bytes()) for path in folders["folder"].joinpath("filings").rglob("*.json")]
    frame = pl.concat([pl.read_parquet(path) for path in sorted(folders["parquet"].joinpath("filings").glob("*.parquet"))])
    from_columns = [json.loads(json.dumps(tree_of(row), default=_number)) for row in frame.iter_rows(named=True)]
    assert from_lines == from_columns
    assert sorted(map(_identity, from_files)) == sorted(map(_identity, from_lines))
    keys = {(folder / "answers.csv").read_bytes() for folder in folders.values()}
    assert len(keys) == 1


def _number(value: Decimal) -> int | float:
    return float(value)


def _identity(tree: dict[str, Any]) -> str:
    return json.dumps(tree, sort_keys=True)


def test_the_columns_are_the_vocabulary(profile: Profile, packs: Packs) -> None:
    ground = Ground(profile, packs)
    ((part,),) = parts(ground, count=3, seed=1, years=1)
    schema = part.frame.schema
    stated = [word for word in packs.vocabulary.words.values() if word.table is None and not word.by_industry]
    assert list(schema) == [*HEAD, *(word.path for word in stated), *TAIL]
    types = {"boolean": pl.Boolean, "integer": pl.Int64, "number": pl.Decimal(38, 10), "ratio": pl.Decimal(38, 10), "date": pl.Date}
    assert all(schema[word.path] == types.get(word.type, pl.String) for word in stated)
    assert [schema[name] for name in HEAD] == [pl.String, pl.String, pl.String, pl.List(pl.String), pl.Date, pl.Date, pl.Date]
    assert all(schema[name] == pl.String for name in TAIL)


def test_figures_restated_in_silence_are_filed_again(loud: Profile, packs: Packs, tmp_path: Path) -> None:
    folder = made(tmp_path / "years", loud, packs, 60, "ndjson", years=3)
    manifest = json.loads((folder / "population.json").read_bytes())
    bases = [facts_of(line, packs) for line in lines(folder)]
    assert manifest["records"] == len(bases) == 180 + manifest["planted"]["restated"]
    assert {facts.period[1].year for facts in bases} == {2022, 2023, 2024}
    restated = [answer for answer in key(folder) if answer["kind"] == "restated"]
    assert len(restated) == manifest["planted"]["restated"] > 5
    for answer in restated:
        first, again = (facts for facts in bases if facts.company.credit_code == answer["credit_code"] and facts.period[1].isoformat() == answer["period_end"])
        assert answer["filing"] == "2"
        assert [path for path in first.values if first.values[path] != again.values[path]] == [answer["about"]]
        assert first.as_of and again.as_of and first.as_of < again.as_of


def test_figures_grow_and_answers_last(profile: Profile, packs: Packs) -> None:
    ground = Ground(profile, packs)
    companies = draw_companies(ground, 1, 0, 0, 500)
    first, last = (draw_records(ground, 1, 0, companies, age, 2020 + age) for age in (0, 4))
    revenue = ground.column[ground.index[profile["size"]["revenue"]]]
    assert np.median(last.values[:, revenue] / first.values[:, revenue]) > 1.1
    asked = companies.asked & first.given & last.given
    same = (first.truth == last.truth)[asked].mean()
    assert 0.85 < same < 1


def test_good_companies_are_good_at_most_things_and_have_fewer_events(profile: Profile, packs: Packs) -> None:
    ground = Ground(profile, packs)
    companies = draw_companies(ground, 1, 0, 0, 3000)
    records = draw_records(ground, 1, 0, companies, 0, 2024)
    positive = ground.boolean & (ground.slope > 0)
    stated = records.given[:, positive]
    score = (records.truth[:, positive] & stated).sum(axis=1) / stated.sum(axis=1)
    quality = companies.quality[:, :3].mean(axis=1)
    assert score.std() > 0.1
    assert np.corrcoef(score, quality)[0, 1] > 0.8
    assert np.corrcoef(companies.quality[:, 0], companies.quality[:, 3])[0, 1] > 0.25
    happenings = draw_happenings(ground, 1, 0, companies, [2024])
    events = np.bincount(happenings.row, minlength=3000)
    best, worst = quality > np.quantile(quality, 0.75), quality < np.quantile(quality, 0.25)
    assert events[worst].mean() > 1.3 * events[best].mean()
    large = companies.quality[:, 3] > 1
    assert events[large].mean() > events[~large].mean()


def test_streams_do_not_depend_on_each_other() -> None:
    assert stream(1, 0, "a").random() == stream(1, 0, "a").random() != stream(1, 0, "b").random() != stream(1, 1, "a").random()


def test_trees_are_the_same_however_many_are_made_at_a_time(profile: Profile, packs: Packs) -> None:
    ((part,),) = parts(Ground(profile, packs), count=3, seed=1, years=1)
    assert [*trees(part.frame)] == [tree_of(row) for row in part.frame.rows(named=True)]


@pytest.mark.parametrize(("old", "new", "code", "place"), [
    ("rate: 0.14", "rate: 1.4", "schema", "missing.rate"),
    ("company.registered_in_china: {", "company.registered_in_chnia: {", "unknown_fact", "facts.company.registered_in_chnia"),
    ("otherwise_trait: sme", "otherwise_trait: smee", "not_a_choice", "otherwise_trait"),
    ("consistency:ghg-total", "consistency:ghg-totals", "not_a_choice", "sums.0.clause"),
])
def test_a_profile_is_checked(packs: Packs, tmp_path: Path, old: str, new: str, code: str, place: str) -> None:
    (tmp_path / "population").mkdir()
    text = (ROOT / "rules/population/synth.yaml").read_text("utf-8")
    (tmp_path / "population" / "synth.yaml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as caught:
        load_profile(packs, tmp_path)
    assert [(problem.code, problem.place.path) for problem in caught.value.problems] == [(code, place)]


def test_a_profile_is_no_pack(packs: Packs) -> None:
    assert "population" not in packs
    assert load_packs(ROOT / "rules").traits == packs.traits


# --- the command -----------------------------------------------------------------------------------------------------------


def test_the_command_writes_and_says_so(esgcheck: Esgcheck, tmp_path: Path) -> None:
    result = esgcheck("synth", "--companies", 3, "--seed", 5, "-o", tmp_path / "p", "--lang", "en")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "3 records" in result.stdout
    assert len([*(tmp_path / "p" / "filings").glob("0000/*.json")]) == 3
    manifest = json.loads((tmp_path / "p" / "population.json").read_bytes())
    assert (manifest["seed"], manifest["companies"], manifest["years"], manifest["form"]) == (5, 3, 1, "folder")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("arguments", "code"), [
    (("--companies", 0), ("小于最小值", "below the least")),
    (("--companies", 2, "--seed", -1), ("小于最小值", "below the least")),
    (("--companies", 2, "--years", 0), ("小于最小值", "below the least")),
    (("--companies", 2, "--years", 99), ("大于最大值", "above the greatest")),
])
def test_impossible_numbers_are_refused(esgcheck: Esgcheck, tmp_path: Path, lang: str, arguments: tuple[object, ...], code: tuple[str, str]) -> None:
    result = esgcheck("synth", *arguments, "-o", tmp_path / "p", "--lang", lang)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert code[lang == "en"] in result.stderr
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_folder_with_something_in_it_is_left_alone(esgcheck: Esgcheck, tmp_path: Path, lang: str) -> None:
    (tmp_path / "note").write_text("mine", "utf-8")
    result = esgcheck("synth", "--companies", 2, "-o", tmp_path, "--lang", lang)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert ("不是空的" if lang == "zh" else "not empty") in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_folder_that_cannot_be_written_is_told(esgcheck: Esgcheck, tmp_path: Path, lang: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = esgcheck("synth", "--companies", 2, "-o", tmp_path / "file" / "p", "--lang", lang)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert ("无法写入" if lang == "zh" else "cannot be written") in result.stderr


def test_a_missing_extra_is_told(esgcheck: Esgcheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None if name == "polars" else real(name, package))
    result = esgcheck("synth", "--companies", 2, "-o", tmp_path / "p", "--lang", "en")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "polars is not installed" in result.stderr
    assert ".[survey]" in result.stderr


def test_other_commands_load_neither_numpy_nor_polars() -> None:
    code = "import sys, checker.cli; print([name for name in ('numpy', 'polars', 'checker.synth.profile') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
