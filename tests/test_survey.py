"""A population gets the verdicts, scores and grades that each of its companies would get alone, however it is read and run."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import Result

from checker import Packs
from checker.errors import InputError
from checker.fact_files import load_facts
from checker.survey.asked import Asked
from checker.survey.blocks import BlockJudge
from checker.survey.judging import Judge
from checker.survey.sources import Block
from tests.conftest import REAL, ROOT

TODAY = date(2026, 11, 21)
COMPANIES = 150
#: A fact file that is right, with a little of everything.
PLAIN: dict[str, Any] = {
    "company": {"name": "甲公司", "credit_code": "91110108MA01A2B3X1", "industry": "C36", "traits": ["automotive", "sme"]},
    "period": {"start": "2024-01-01", "end": "2024-12-31"},
    "as_of": "2025-06-30",
    "documents": {"d": {"title": "报告"}},
    "evidence": {"e1": {"document": "d", "place": "第 1 页", "kind": "certificate", "expires": "2025-12-31"}, "e2": {"document": "d", "place": "第 2 页"}},
    "facts": {
        "company": {"employees": 320, "revenue": 40_000_000},
        "climate": {"ghg": {"category_1": {"value": 12.5, "unit": "tCO2e", "evidence": ["e1"]}, "total": [{"value": 12.5, "evidence": ["e1"]}, {"value": 13, "evidence": ["e2"]}]}},
        "labour": {"law": {"complied": True}},
        "safety": {"accident": {"no_serious_accident": {"missing": "delegated", "to": "母公司"}}},
    },
    "events": [{"kind": "work_injury", "date": "2024-05-01", "severity": "minor"}],
    "event_statements": [{"kind": "work_injury", "from": "2024-01-01", "to": "2025-06-30"}],
    "ratings": [{"clause": "sme-csr:5.1.1", "assessor": "张", "ratio": 0.85}],
}  # fmt: skip


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same companies in every form that ``synth`` writes."""
    folder = tmp_path_factory.mktemp("population")
    for form in ("folder", "ndjson", "parquet"):
        command(folder, "synth", "--companies", COMPANIES, "--years", 2, "--seed", 3, "--form", form, "-o", folder / form)
    return folder


def command(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line(*arguments), cwd=folder, capture_output=True, text=True, check=True)


def line(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from checker.cli import app; app()", *map(str, arguments)]


def records(population: Path) -> list[bytes]:
    return (population / "ndjson" / "filings" / "companies.ndjson").read_bytes().splitlines()


def table(path: Path) -> Any:
    """A result without what says where its records stood."""
    return pl.read_parquet(path).drop("record", "digest")


def definitions(packs: Packs, texts: list[bytes], only: tuple[str, ...] = ()) -> Any:
    judge = Judge(Asked(packs, only))
    return judge.frame(judge.row(str(place), load_facts(io.BytesIO(text), packs, str(place)), None, TODAY) for place, text in enumerate(texts))


def columns(packs: Packs, texts: list[bytes], only: tuple[str, ...] = ()) -> Any:
    found = BlockJudge(packs, only, None, TODAY).judged(Block([str(place) for place in range(len(texts))], texts=texts))
    assert (found.rejects, found.singly) == ((), 0)
    return found.rows


# --- the answer ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("only", [(), ("all",)])
def test_every_column_is_as_defined(packs: Packs, population: Path, only: tuple[str, ...]) -> None:
    texts = records(population)[:120]
    ours, theirs = columns(packs, texts, only), definitions(packs, texts, only)
    assert ours.columns == theirs.columns
    for name in ours.columns:
        assert ours[name].to_list() == theirs[name].to_list(), name
    verdicts = {verdict for name in ours.columns if ours[name].dtype == pl.Enum(["violated", "satisfied", "unknown", "not_applicable"])
                for verdict in ours[name].unique().drop_nulls().to_list()}
    assert verdicts == {"satisfied", "violated", "unknown", "not_applicable"}


def test_every_fixture_is_as_defined(packs: Packs) -> None:
    files = [REAL, *sorted((ROOT / "fixtures" / "sme").glob("*/facts.json")), *sorted((ROOT / "fixtures" / "internet").glob("*/facts.json"))]
    texts = [path.read_bytes() for path in files]
    for only in ((), ("all",)):
        found = BlockJudge(packs, only, None, TODAY).judged(Block([str(place) for place in range(len(texts))], texts=texts))
        theirs = definitions(packs, texts, only)
        assert found.rejects == ()
        for name in theirs.columns:
            assert found.rows[name].to_list() == theirs[name].to_list(), name


def test_a_printed_score_is_found_again(packs: Packs) -> None:
    found = columns(packs, [(ROOT / "fixtures" / "sme" / "total-950.5" / "facts.json").read_bytes()], ("sme-csr",)).row(0, named=True)
    assert (found["score.sme-csr.least"], found["score.sme-csr.most"]) == (Decimal("950.5"), Decimal("950.5"))
    assert (found["grade.sme-csr.least"], found["grade.sme-csr.most"]) == ("AA", "AA")


def test_a_panel_of_eleven_is_judged_by_definition(packs: Packs) -> None:
    tree = {**PLAIN, "panel": [f"评委{number}" for number in range(11)],
            "ratings": [{"clause": "sme-csr:5.1.1", "assessor": f"评委{number}", "ratio": Decimal("0.7")} for number in range(7)]}
    for panel, singly in ((11, 1), (10, 0)):
        text = json.dumps({**tree, "panel": tree["panel"][:panel]}, default=str).replace('"0.7"', "0.7").encode()
        found = BlockJudge(packs, (), None, TODAY).judged(Block(["it"], texts=[text]))
        assert found.singly == singly
        assert found.rows["score.sme-csr.most"].to_list() == definitions(packs, [text])["score.sme-csr.most"].to_list()


# --- what comes in -------------------------------------------------------------------------------------------------------


def test_every_form_gives_the_same_answer(population: Path, tmp_path: Path) -> None:
    texts = records(population)
    (tmp_path / "gz").mkdir()
    (tmp_path / "gz" / "a.ndjson.gz").write_bytes(gzip.compress(b"\n".join(texts)))
    (tmp_path / "csv").mkdir()
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "a.ndjson").write_text("\n".join(map(_flat, texts)), "utf-8")
    frame = pl.read_parquet(population / "parquet" / "filings" / "companies-00000.parquet"), pl.read_parquet(population / "parquet" / "filings" / "companies-00001.parquet")
    pl.concat(frame).with_columns(pl.col("company.traits").list.join(";"), pl.col(pl.Decimal).cast(pl.String)).write_csv(tmp_path / "csv" / "a.csv")
    zstandard = pytest.importorskip("zstandard")
    (tmp_path / "zst").mkdir()
    (tmp_path / "zst" / "a.jsonl.zst").write_bytes(zstandard.compress(b"\n".join(texts)))
    found = {}
    inputs = {form: population / form / "filings" for form in ("folder", "ndjson", "parquet")} | {form: tmp_path / form for form in ("gz", "zst", "csv", "flat")}
    for form, folder in inputs.items():
        done = command(tmp_path, "survey", folder, "-o", f"{form}.parquet", "--lang", "en")
        assert f"records {len(texts)} = judged {len(texts)} + rejected 0" in done.stderr
        found[form] = table(tmp_path / f"{form}.parquet").sort("credit_code", "period_end", "as_of")
    for form, ours in found.items():
        assert ours.equals(found["ndjson"]), form


def _flat(text: bytes) -> str:
    """A fact file as vocabulary columns in JSON."""
    tree = json.loads(text)
    row = {f"{part}.{key}": value for part in ("company", "period") for key, value in tree.pop(part).items()}

    def walk(node: dict[str, Any], path: str) -> None:
        for key, value in node.items():
            if isinstance(value, dict) and not {"value", "missing"} & value.keys():
                walk(value, f"{path}{key}.")
            else:
                row[f"{path}{key}"] = value

    walk(tree.pop("facts"), "")
    return json.dumps(row | tree, ensure_ascii=False)


@pytest.mark.parametrize(("said", "code"), [({"labour.law.compiled": True}, "unexpected_key"), ({"company.employees": "5"}, "wrong_type"), ({"company.employees": None}, None), ({"labour.law.complied": {"missing": "declined"}}, None), ({"company.employees": -5}, "below_minimum")])
def test_vocabulary_columns_in_json_are_checked(tmp_path: Path, esgcheck: Callable[..., Result], said: dict[str, Any], code: str | None) -> None:
    row = {"company.name": "甲", "company.traits": ["sme"], "period.start": "2024-01-01", "period.end": "2024-12-31", "labour.law.complied": True, **said}
    (tmp_path / "a.ndjson").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    done = esgcheck("survey", tmp_path / "a.ndjson", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert done.exit_code == 0
    told = [json.loads(line)["problems"][0]["code"] for line in (tmp_path / "out.rejects.ndjson").read_text("utf-8").splitlines()]
    assert told == ([code] if code else [])


BAD = {
    "cut off": b'{"company": {"name": "x"',
    "not an object": b"[1, 2]",
    "null": b"null",
    "no facts": json.dumps({key: value for key, value in PLAIN.items() if key != "facts"}).encode(),
    "a key twice": json.dumps(PLAIN).encode().replace(b'"employees": 320', b'"employees": 320, "employees": 320'),
    "a key twice in a statement": json.dumps(PLAIN).encode().replace(b'"unit": "tCO2e"', b'"unit": "tCO2e", "unit": "tCO2e"'),
    "a key twice in evidence": json.dumps(PLAIN).encode().replace(b'"place"', b'"place": "x", "place"', 1),
    "an exponent": json.dumps(PLAIN).encode().replace(b"40000000", b"4e7"),
    "not a number": json.dumps(PLAIN).encode().replace(b"40000000", b"NaN"),
    "half a surrogate": json.dumps(PLAIN).encode().replace(b'"2025-06-30"', b'"\\ud800"', 1),
    "not UTF-8": json.dumps(PLAIN).encode().replace(b"sme", b"\xff\xfe"),
    "a number as text": json.dumps(PLAIN).encode().replace(b"320", b'"320"'),
    "a boolean as number": json.dumps(PLAIN).encode().replace(b'{"complied": true}', b'{"complied": 1}'),
    "a fraction of a person": json.dumps(PLAIN).encode().replace(b"320", b"320.5"),
    "an unknown fact": json.dumps(PLAIN).encode().replace(b'"complied"', b'"compiled"'),
    "a computed fact": json.dumps(PLAIN).encode().replace(b'"employees": 320', b'"size_class": "small"'),
    "another unit": json.dumps(PLAIN).encode().replace(b'"tCO2e"', b'"t"'),
    "evidence that is not there": json.dumps(PLAIN).encode().replace(b'["e2"]', b'["e3"]'),
    "below nothing": json.dumps(PLAIN).encode().replace(b"320", b"-1"),
    "an impossible day": json.dumps(PLAIN).encode().replace(b"2024-05-01", b"2024-02-30"),
    "a trait that is none": json.dumps(PLAIN).encode().replace(b'"sme"', b'"smes"'),
    "a rating too high": json.dumps(PLAIN).encode().replace(b"0.85", b"1.85"),
    "ratings that are no list": json.dumps({**PLAIN, "ratings": ""}).encode(),
    "a null": json.dumps(PLAIN).encode().replace(b"320", b"null"),
}  # fmt: skip


def test_bad_records_are_set_aside_with_the_reason_that_check_gives(packs: Packs, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    good = json.dumps(PLAIN, ensure_ascii=False).encode()
    (tmp_path / "all.ndjson").write_bytes(b"\n".join([good, *BAD.values(), b"", good]) + b"\n")
    done = esgcheck("survey", tmp_path / "all.ndjson", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert f"records {len(BAD) + 2} = judged 2 + rejected {len(BAD)}" in done.stderr
    rejects = [json.loads(told) for told in (tmp_path / "out.rejects.ndjson").read_text("utf-8").splitlines()]
    assert [told["record"] for told in rejects] == [f"all.ndjson:{number}" for number in range(2, len(BAD) + 2)]
    for told, (name, text) in zip(rejects, BAD.items(), strict=True):
        with pytest.raises(InputError) as error:
            load_facts(io.BytesIO(text), packs, told["record"])
        assert [found["en"] for found in told["problems"]] == [found.in_language("en") for found in error.value.problems if found.fatal], name
    assert pl.read_parquet(tmp_path / "out.parquet")["record"].to_list() == ["all.ndjson:1", f"all.ndjson:{len(BAD) + 3}"]


def test_nothing_but_rejects(tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    done = esgcheck("survey", tmp_path / "a.json", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert "records 1 = judged 0 + rejected 1" in done.stderr
    assert pl.read_parquet(tmp_path / "out.parquet").height == 0


_VALUES: list[Any] = [True, False, None, 0, 1, -1, 0.5, 12.5, 1e-7, 2**63, 10**25, 0.1234567890123, "true", "2024-12-31", "2024-13-01", "", " ", "e1", "e9", "sme",
                      [], {}, ["e1"], {"value": True}, {"missing": "declined"}, {"value": 1, "missing": "declined"}, [True, False], {"value": True, "evidence": ["e1"], "note": "n"},
                      {"missing": ["not_applicable", "delegated"]}, "a\":b", "https://x:1/", [{"value": 1, "unit": "tCO2e"}, 2]]


@pytest.fixture(scope="module")
def block_judge(packs: Packs) -> BlockJudge:
    return BlockJudge(packs, (), None, TODAY)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_short_way_never_takes_what_the_strict_one_refuses(packs: Packs, block_judge: BlockJudge, seed: int) -> None:
    chance = random.Random(seed)
    texts = [json.dumps(_changed(chance), ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 1)), separators=chance.choice(((",", ":"), (" , ", " : ")))).encode()
             for _ in range(12)]
    found = block_judge.judged(Block([str(place) for place in range(len(texts))], texts=texts))
    rejected = {told.record for told in found.rejects}
    assert {told.problems[0].code for told in found.rejects}.isdisjoint({"not_judged"})
    judge = Judge(Asked(packs))
    rows = []
    for place, text in enumerate(texts):
        try:
            facts = load_facts(io.BytesIO(text), packs, str(place))
        except InputError:
            assert str(place) in rejected
            continue
        assert str(place) not in rejected
        rows.append(judge.row(str(place), facts, None, TODAY))
    assert found.rows.equals(judge.frame(rows))


def _changed(chance: random.Random) -> Any:
    """A fact file with something in it changed, taken out or put in."""
    tree = json.loads(json.dumps(PLAIN))
    for _ in range(chance.choice((0, 1, 1, 2))):
        node: Any = tree
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = chance.choice(keys)
            if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.8:
                node = node[key]
                continue
            match chance.randrange(3):
                case 0:
                    node[key] = deepcopy(chance.choice(_VALUES))
                case 1:
                    node.pop(key)
                case _ if isinstance(node, dict):
                    node[chance.choice(("value", "missing", "evidence", "note", "complied", "kind", "date", "employees", "x"))] = deepcopy(chance.choice(_VALUES))
            break
    return tree


class TestTables:
    """Rows of vocabulary columns."""

    def survey(self, tmp_path: Path, esgcheck: Callable[..., Result], frame: Any) -> Result:
        frame.write_parquet(tmp_path / "in.parquet")
        return esgcheck("survey", tmp_path / "in.parquet", "-o", tmp_path / "out.parquet", "--lang", "en")

    def frame(self, **columns: Any) -> Any:
        height = max((len(values) for values in columns.values()), default=1)
        start = {"company.name": [f"公司{number}" for number in range(height)], "company.traits": [["automotive"]] * height,
                 "period.start": [date(2024, 1, 1)] * height, "period.end": [date(2024, 12, 31)] * height}
        return pl.DataFrame(start | columns)

    def test_numbers_in_any_type(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        ghg = "climate.ghg.total"
        tables = (pl.Series(ghg, [0.1, 12.5, None]), pl.Series(ghg, ["0.1", "12.5", None]), pl.Series(ghg, [Decimal("0.1"), Decimal("12.5"), None]))
        found = []
        for values in tables:
            assert self.survey(tmp_path, esgcheck, self.frame(**{ghg: values})).exit_code == 0
            found.append(pl.read_parquet(tmp_path / "out.parquet")[f"figure.{ghg}"].to_list())
        assert found == [[Decimal("0.1"), Decimal("12.5"), None]] * 3

    def test_a_row_that_is_not_right_is_set_aside(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        done = self.survey(tmp_path, esgcheck, self.frame(**{"climate.ghg.total": ["1", "x", "-5"], "company.employees": [1, -1, 3]}))
        assert "records 3 = judged 1 + rejected 2" in done.stderr
        rejects = [json.loads(told) for told in (tmp_path / "out.rejects.ndjson").read_text("utf-8").splitlines()]
        assert [(told["record"], [found["code"] for found in told["problems"]]) for told in rejects] == [
            ("in.parquet:2", ["wrong_type", "below_minimum"]), ("in.parquet:3", ["below_minimum"])]

    def test_a_fact_stated_in_its_column_and_beside_it_differs_with_itself(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        stated = json.dumps({"company.employees": {"value": 7}})
        done = self.survey(tmp_path, esgcheck, self.frame(**{"company.employees": [5], "statements": [stated]}))
        assert "judged 1" in done.stderr
        assert pl.read_parquet(tmp_path / "out.parquet")["contradicted"].to_list() == ["different_values:company.employees"]

    def test_a_column_that_is_no_fact_is_one_message(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        done = self.survey(tmp_path, esgcheck, self.frame(**{"company.employes": [5]}))
        assert done.exit_code == 2
        assert "Did you mean \"company.employees\"?" in done.stderr

    def test_a_file_that_is_no_table(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        (tmp_path / "in.parquet").write_bytes(b"PAR1 no")
        done = esgcheck("survey", tmp_path / "in.parquet", "-o", tmp_path / "out.parquet", "--lang", "en")
        assert done.exit_code == 2
        assert "in.parquet" in done.stderr


@pytest.mark.parametrize(("name", "content"), [("a.ndjson.gz", b"no gzip"), ("a.ndjson.zst", b"no zstd"), ("a.csv", b"\xff\xfe\x00"), ("a.json", b"")])
def test_files_that_cannot_be_read_are_one_message_or_a_reject(tmp_path: Path, esgcheck: Callable[..., Result], name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    done = esgcheck("survey", tmp_path / name, "-o", tmp_path / "out.parquet", "--lang", "en")
    if name == "a.csv":
        assert done.exit_code == 2
        assert name in done.stderr
    else:
        assert done.exit_code == 0, done.output
        assert "records 1 = judged 0 + rejected 1" in done.stderr
        assert name in (tmp_path / "out.rejects.ndjson").read_text("utf-8")


def test_a_packed_file_that_breaks_off_keeps_what_comes_before(tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    text = json.dumps(PLAIN).encode() + b"\n"
    packed = gzip.compress(text * 4100)
    (tmp_path / "a.ndjson.gz").write_bytes(packed[: len(packed) - 10])
    done = esgcheck("survey", tmp_path / "a.ndjson.gz", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "records 4100 = judged 4099 + rejected 1" in done.stderr
    assert "a.ndjson.gz: after 4099" in (tmp_path / "out.rejects.ndjson").read_text("utf-8")


# --- how it is run -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pieces(population: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The population in eight files."""
    folder = tmp_path_factory.mktemp("pieces")
    texts = records(population)
    for number in range(8):
        (folder / f"{number:02}.ndjson").write_bytes(b"\n".join(texts[number::8]) + b"\n")
    return folder


def test_neither_processes_nor_the_order_of_files_matter(pieces: Path, tmp_path: Path) -> None:
    files = sorted(pieces.glob("*.ndjson"))
    for name, jobs, inputs in (("one", 1, files), ("two", 2, files), ("back", 2, files[::-1])):
        command(pieces, "survey", *(path.name for path in inputs), "-o", tmp_path / f"{name}.parquet", "--jobs", jobs)
    one, two, back = ((tmp_path / f"{name}.parquet").read_bytes() for name in ("one", "two", "back"))
    assert one == two == back


def test_a_survey_that_is_killed_goes_on_and_ends_the_same(pieces: Path, tmp_path: Path) -> None:
    command(pieces, "survey", ".", "-o", tmp_path / "whole.parquet", "--jobs", 2)
    out, parts = tmp_path / "killed.parquet", tmp_path / "killed.parts"
    for least in (2, 4):
        running = subprocess.Popen(line("survey", ".", "-o", out, "--jobs", 2), cwd=pieces, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        while len(list(parts.glob("*.done"))) < least and running.poll() is None:
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        assert not out.exists()
    done = {path: path.stat().st_mtime_ns for path in parts.glob("*.parquet")}
    assert len(done) >= 4
    judged: dict[str, int] = {}
    resumed = subprocess.Popen(line("survey", ".", "-o", out, "--jobs", 1), cwd=pieces, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while resumed.poll() is None:
        with_times = {path.name: path.stat().st_mtime_ns for path in done if path.exists()}
        judged |= {name: when for name, when in with_times.items() if when != {path.name: time for path, time in done.items()}[name]}
        time.sleep(0.005)
    _, told = resumed.communicate()
    assert judged == {}, "a block was judged twice"
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert f"judged {len(pl.read_parquet(out))}" in told or f"已判定 {len(pl.read_parquet(out))}" in told
    assert not parts.exists()


def test_children_do_not_outlive_a_killed_survey(pieces: Path, tmp_path: Path) -> None:
    running = subprocess.Popen(line("survey", ".", "-o", tmp_path / "out.parquet", "--jobs", 2), cwd=pieces, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    while not list((tmp_path / "out.parts").glob("*.done")) and running.poll() is None:
        time.sleep(0.01)
    running.kill()
    running.communicate()  # ends only when no child holds the pipes any more


def test_an_unfinished_survey_of_something_else_is_not_mixed_in(pieces: Path, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(pieces, mine)
    out = tmp_path / "out.parquet"
    running = subprocess.Popen(line("survey", mine, "-o", out, "--jobs", 1), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not list((tmp_path / "out.parts").glob("*.done")) and running.poll() is None:
        time.sleep(0.01)
    running.kill()
    running.communicate()
    (mine / "new.ndjson").write_bytes(json.dumps(PLAIN).encode())
    done = esgcheck("survey", mine, "-o", out, "--lang", "en")
    assert done.exit_code == 2
    assert "unfinished survey" in done.stderr
    shutil.rmtree(tmp_path / "out.parts")
    assert esgcheck("survey", mine, "-o", out, "--lang", "en").exit_code == 0


@pytest.mark.parametrize("ending", [".csv", ".duckdb"])
def test_other_forms_of_result_hold_the_same(pieces: Path, tmp_path: Path, ending: str) -> None:
    one = pieces / "00.ndjson"
    command(pieces, "survey", one, "-o", tmp_path / "out.parquet")
    command(pieces, "survey", one, "-o", tmp_path / f"out{ending}")
    expected = pl.read_parquet(tmp_path / "out.parquet")
    if ending == ".duckdb":
        duckdb = pytest.importorskip("duckdb")
        with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as database:
            database.execute(f"COPY companies TO '{tmp_path / 'again.parquet'}'")
            ((violated,),) = database.sql('SELECT count(*) FROM companies WHERE "auto-csr:5.4.4.1" = \'violated\'').fetchall()
        found = pl.read_parquet(tmp_path / "again.parquet")
        assert violated == expected.filter(pl.col("auto-csr:5.4.4.1") == "violated").height
    else:
        found = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert found.columns == expected.columns
    for name in expected.columns:
        assert found[name].cast(pl.String).to_list() == expected[name].cast(pl.String).to_list(), name


def test_packs_and_the_day_are_as_asked_for(pieces: Path, tmp_path: Path) -> None:
    command(pieces, "survey", "00.ndjson", "-o", tmp_path / "out.parquet", "--pack", "sme-csr", "--as-of", "2026-01-31")
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert set(found["packs"]) == {"sme-csr"}
    assert set(found["as_of"]) == {date(2026, 1, 31)}
    assert not [name for name in found.columns if name.startswith("auto-csr:")]


@pytest.mark.parametrize(("arguments", "told"), [
    (("nowhere", "-o", "x.parquet"), "no such file"), ((".", "-o", "x.xls"), "no such form of output"), ((".", "-o", "x.parquet", "--pack", "sme"), "sme-csr"),
    ((".", "-o", "x.parquet", "--jobs", "0"), "--jobs"), ((".", "-o", "x.parquet", "--master", "local"), "--engine spark"), ((".", "-o", "x.parquet", "--as-of", "soon"), "--as-of"),
])  # fmt: skip
def test_usage_errors_are_one_message(pieces: Path, esgcheck: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str) -> None:
    monkeypatch.chdir(pieces)
    done = esgcheck("survey", *arguments, "--lang", "en")
    assert done.exit_code == 2
    assert told in done.stderr
    assert not Path("x.parquet").exists()


def test_the_queries_of_the_docs_run(pieces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = (ROOT / "docs" / "using.md").read_text("utf-8").partition("## Surveying a population")[2].partition("## A population to practise on")[0]
    command(pieces, "survey", "00.ndjson", "-o", tmp_path / "both.parquet")
    monkeypatch.chdir(tmp_path)
    pl.read_parquet("both.parquet").filter(pl.col("period_end") == date(2024, 12, 31)).write_parquet("verdicts.parquet")
    name = pl.read_parquet("verdicts.parquet")["name"][0]
    (sql,), (python,) = re.findall(r"```sql\n(.*?)```", docs, re.DOTALL), re.findall(r"```python\n(.*?)```", docs, re.DOTALL)
    by_company, by_clause = (duckdb.sql(query.replace("甲公司", name)).fetchall() for query in sql.strip().removesuffix(";").split(";"))
    one = pl.read_parquet("verdicts.parquet").filter(pl.col("name") == name).select(pl.selectors.contains(":"))
    assert dict(by_company) == {clause: verdict for clause, verdict in one.row(0, named=True).items() if verdict}
    assert sum(asked for _, _, asked in by_clause) == pl.read_parquet("verdicts.parquet")["auto-csr:5.4.4.1"].count()
    for expression in python.strip().splitlines():
        assert eval(expression.replace("甲公司", name), {"pl": pl}).height  # the docs' own line


def test_the_result_may_stand_among_the_records(pieces: Path, tmp_path: Path) -> None:
    shutil.copy(pieces / "00.ndjson", tmp_path / "a.ndjson")
    told = [command(tmp_path, "survey", ".", "-o", "verdicts.parquet", "--lang", "en").stderr for _ in range(2)]
    assert told[0] == told[1]
    assert "rejected 0" in told[0]


def test_a_damaged_row_of_csv_is_set_aside(tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    head = "company.name,company.traits,period.start,period.end,company.employees\n"
    (tmp_path / "a.csv").write_text(head + "甲,sme,2024-01-01,2024-12-31,5\n乙,sme,2024-01-01\n丙,sme,2024-01-01,2024-12-31,5,6\n", "utf-8")
    done = esgcheck("survey", tmp_path / "a.csv", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert "records 3 = judged 1 + rejected 2" in done.stderr
    (tmp_path / "b.csv").write_text(head.replace("\n", ",company.employees\n") + "甲,sme,2024-01-01,2024-12-31,5,6\n", "utf-8")
    assert "appears twice" in esgcheck("survey", tmp_path / "b.csv", "-o", tmp_path / "out.parquet", "--lang", "en").stderr


HEAD = "company.name,company.traits,period.start,period.end,company.employees,statements\n"


def cells(number: int, employees: str = "5", statements: str = "") -> str:
    said = '"' + statements.replace('"', '""') + '"' if statements else ""
    return f"公司{number},sme,2024-01-01,2024-12-31,{employees},{said}\n"


class TestNothingIsLost:
    """What a sceptic found: a damaged piece takes nothing else with it, and nothing is left out in silence."""

    def told(self, esgcheck: Callable[..., Result], tmp_path: Path, source: str = "in") -> str:
        done = esgcheck("survey", tmp_path / source, "-o", tmp_path / "out" / "out.parquet", "--lang", "en")
        assert done.exit_code == 0, done.output
        return done.stderr

    @pytest.fixture(autouse=True)
    def _folders(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "out").mkdir()

    @pytest.mark.parametrize(("name", "content"), [("z.json.zst", b"no zstd at all"), ("z.json.gz", gzip.compress(b"{}" * 99)[:20] + b"\0" * 30), ("z.json.gz", b"no")])
    def test_a_damaged_packed_file_takes_no_other_with_it(self, tmp_path: Path, esgcheck: Callable[..., Result], name: str, content: bytes) -> None:
        (tmp_path / "in" / "good.json").write_text(json.dumps(PLAIN), "utf-8")
        (tmp_path / "in" / name).write_bytes(content)
        assert "records 2 = judged 1 + rejected 1" in self.told(esgcheck, tmp_path)

    @pytest.mark.parametrize("row", ['"公司"甲,sme,2024-01-01,2024-12-31,5,\n', '"公司,sme,2024-01-01,2024-12-31,5,\n'])
    def test_a_bad_quote_keeps_what_comes_before(self, tmp_path: Path, esgcheck: Callable[..., Result], row: str) -> None:
        (tmp_path / "in" / "a.csv").write_text(HEAD + "".join(map(cells, range(20))) + row + cells(21), "utf-8")
        assert "records 21 = judged 20 + rejected 1" in self.told(esgcheck, tmp_path)

    def test_a_file_that_breaks_off_keeps_the_records_of_its_last_block(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        chance = random.Random(1)
        lines = b"".join(json.dumps({**PLAIN, "company": {**PLAIN["company"], "note": chance.randbytes(200).hex()}}).encode() + b"\n" for _ in range(50))
        (tmp_path / "in" / "a.ndjson.gz").write_bytes(gzip.compress(lines)[:-4000])
        judged, rejected = map(int, re.findall(r"judged (\d+) \+ rejected (\d+)", self.told(esgcheck, tmp_path))[0])
        assert judged > 5
        assert rejected == 1

    @pytest.mark.parametrize("stated", ['{"company.employees": 5', "[1]", "nonsense", "5", '{"labour.law.complied": false, "labour.law.complied": true}', '{"labour": 5, "labour.law.complied": true}',
                                        '{"labour.law.compiled": true}', '{"company.employees": 1e9}'])
    def test_statements_that_cannot_be_read_are_no_silence(self, tmp_path: Path, esgcheck: Callable[..., Result], stated: str) -> None:
        (tmp_path / "in" / "a.csv").write_text(HEAD + cells(1, statements=stated) + cells(2), "utf-8")
        row = {"company.name": "甲", "company.traits": ["sme"], "period.start": "2024-01-01", "period.end": "2024-12-31"}
        (tmp_path / "in" / "b.ndjson").write_text(json.dumps({**row, "statements": stated}) + "\n", "utf-8")
        frame = pl.DataFrame({name: [value] for name, value in row.items() if name != "company.traits"} | {"statements": [stated]})
        frame.with_columns(pl.col("period.start", "period.end").str.to_date()).write_parquet(tmp_path / "in" / "c.parquet")
        assert "records 4 = judged 1 + rejected 3" in self.told(esgcheck, tmp_path)

    def test_a_row_with_the_keys_of_a_fact_file_beside_is_no_row(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        row = {"company.name": "甲", "company.traits": ["sme"], "period.start": "2024-01-01", "period.end": "2024-12-31", "facts": {"labour": {"law": {"complied": False}}}}
        (tmp_path / "in" / "a.ndjson").write_text(json.dumps(row) + "\n" + json.dumps({**row, "facts": {}, "company.traits": 5}) + "\n", "utf-8")
        assert "records 2 = judged 0 + rejected 2" in self.told(esgcheck, tmp_path)

    def test_folders_behind_links_are_searched(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "a.json").write_text(json.dumps(PLAIN), "utf-8")
        (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
        (tmp_path / "in" / "nowhere.json").symlink_to(tmp_path / "gone.json")
        told = self.told(esgcheck, tmp_path)
        assert "records 1 = judged 1" in told
        assert "1 files of other kinds" in told

    @pytest.mark.parametrize("place", [0, 900])
    def test_a_row_that_is_not_utf_8_is_set_aside_wherever_it_stands(self, tmp_path: Path, esgcheck: Callable[..., Result], place: int) -> None:
        rows = [cells(number).encode() for number in range(1000)]
        rows[place] = rows[place].decode().encode("gbk")
        (tmp_path / "in" / "a.csv").write_bytes(HEAD.encode() + b"".join(rows))
        assert "records 1000 = judged 999 + rejected 1" in self.told(esgcheck, tmp_path)

    @pytest.mark.parametrize("number", ["1e2000000", "1e3", "1_000", "１２", "0x10", "NaN", "9" * 40])
    def test_numbers_of_csv_are_plain(self, tmp_path: Path, esgcheck: Callable[..., Result], number: str) -> None:
        (tmp_path / "in" / "a.csv").write_text(HEAD + cells(1, number) + cells(2), "utf-8")
        assert "records 2 = judged 1 + rejected 1" in self.told(esgcheck, tmp_path)

    @pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst"])
    def test_a_packed_table_that_is_none_is_one_message(self, tmp_path: Path, esgcheck: Callable[..., Result], name: str) -> None:
        (tmp_path / "in" / name).write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 40)
        done = esgcheck("survey", tmp_path / "in", "-o", tmp_path / "out" / "out.parquet", "--lang", "en")
        assert done.exit_code == 2
        assert name in done.stderr

    def test_no_input_is_overwritten(self, tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
        source = tmp_path / "in" / "a.csv"
        source.write_text(HEAD + cells(1), "utf-8")
        shutil.copy(source, tmp_path / "in" / "x.rejects.ndjson")
        before = source.read_bytes()
        for asked, out in ((source, source), (tmp_path / "in", source), (tmp_path / "in" / "x.rejects.ndjson", tmp_path / "in" / "x.parquet")):
            done = esgcheck("survey", asked, "-o", out, "--lang", "en")
            assert (done.exit_code, "take the place" in done.stderr) == (2, True)
        assert source.read_bytes() == before
        (tmp_path / "folder.parquet").mkdir()
        assert esgcheck("survey", source, "-o", tmp_path / "folder.parquet").exit_code == 2
