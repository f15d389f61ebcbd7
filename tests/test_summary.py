"""The summary of a survey says what stands in its table, no more and no less; the page shows it to anybody."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import simplejson
from typer.testing import CliRunner, Result

from checker import Packs
from checker.cli import app

VERDICTS = ("satisfied", "violated", "unknown", "not_applicable")


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population of two years, surveyed, with its table, page and numbers."""
    folder = tmp_path_factory.mktemp("surveyed")
    run("synth", "--companies", 1_200, "--years", 2, "--seed", 5, "--form", "parquet", "-o", folder / "population")
    (folder / "said.txt").write_text(run("survey", folder / "population" / "filings", "-o", folder / "verdicts.parquet", "--lang", "en").stdout, "utf-8")
    return folder


@pytest.fixture(scope="module")
def told(surveyed: Path) -> dict[str, Any]:
    found: dict[str, Any] = simplejson.loads((surveyed / "verdicts.survey.json").read_text("utf-8"), use_decimal=True)["summary"]
    return found


@pytest.fixture(scope="module")
def rows(surveyed: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(surveyed / "verdicts.parquet").to_dicts()


def test_verdicts_are_counted_by_clause_and_section(told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    clauses = [name for name in rows[0] if ":" in name]
    assert [line["clause"] for line in told["clauses"]] == clauses
    for line in told["clauses"]:
        by_section: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            by_section[row["section"] or ""][row[line["clause"]] or "not_asked"] += 1
        total = sum(by_section.values(), Counter())
        assert [line[verdict] for verdict in (*VERDICTS, "not_asked")] == [total[verdict] for verdict in (*VERDICTS, "not_asked")]
        for section, counts in line["sections"].items():
            assert {verdict: number for verdict, number in counts.items() if number} == dict(by_section[section])


def test_grades_and_scores_are_counted_with_their_bounds(told: dict[str, Any], rows: list[dict[str, Any]], packs: Packs) -> None:
    (rated,) = [pack for pack in told["packs"] if pack["pack"] == "sme-csr"]
    grading = packs["sme-csr"].grading
    assert grading is not None
    order = [grade.name for grade in grading.grades]
    for basis, column in (("rated", "grade"), ("supported", "supported_grade")):
        ends = [(order.index(row[f"{column}.sme-csr.least"]), order.index(row[f"{column}.sme-csr.most"])) for row in rows if row[f"{column}.sme-csr.least"]]
        assert len(ends) == rated["records"]
        for place, name in enumerate(order):
            assert rated["grades"][basis][name] == {"settled": sum(least == most == place for least, most in ends), "at_least": sum(least <= place for least, _ in ends),
                                                    "possible": sum(most <= place for _, most in ends)}
    scores = sorted(row["supported.sme-csr.least"] for row in rows if row["supported.sme-csr.least"] is not None)
    quarters = rated["scores"]["supported"]["least"]
    assert (quarters["0"], quarters["1"]) == (scores[0], scores[-1])
    assert sum(score <= quarters["0.5"] for score in scores) * 2 >= len(scores)
    assert sum(score < quarters["0.5"] for score in scores) * 2 <= len(scores)


def test_contradictions_are_counted_by_what_they_are_about(told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    named = Counter(name for row in rows for name in (row["contradicted"] or "").split("; ") if name)
    assert {f"{line['conflict']}:{line['about']}": line["records"] for line in told["contradicted"]["of"]} == named
    assert told["contradicted"]["records"] == sum(bool(row["contradicted"]) for row in rows)
    assert told["inconsistent"]["records"] == sum(row["inconsistencies"] > 0 for row in rows)


def test_every_figure_restated_in_silence_is_found_and_no_other(surveyed: Path, told: dict[str, Any]) -> None:
    with (surveyed / "population" / "answers.csv").open(encoding="utf-8") as stream:
        planted = {(answer["credit_code"], answer["period_end"], answer["about"]) for answer in csv.DictReader(stream) if answer["kind"] == "restated"}
    assert planted
    assert {(line["credit_code"], line["period"]["end"], line["fact"]) for line in told["restated"]} == planted
    assert all(len({filing["value"] for filing in line["filings"]}) > 1 for line in told["restated"])


def test_planted_outliers_of_large_sections_stand_out(surveyed: Path, told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    with (surveyed / "population" / "answers.csv").open(encoding="utf-8") as stream:
        planted = [answer for answer in csv.DictReader(stream) if answer["kind"] == "outlier"]
    assert planted
    assert set(told["outliers"]["facts"]) & {answer["about"] for answer in planted}
    assert told["outliers"]["records"] <= len(rows)


def test_a_note_makes_a_restatement_no_silent_one(tmp_path: Path) -> None:
    def filing(as_of: str, value: object) -> str:
        return json.dumps({"company": {"name": "甲", "industry": "C36", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"}, "as_of": as_of,
                           "facts": {"climate": {"ghg": {"total": value}}}})

    for said, number in ((11, 1), ({"value": 11, "note": "按核查意见更正"}, 0), (10, 0)):
        (tmp_path / "a.ndjson").write_text(filing("2025-01-31", 10) + "\n" + filing("2025-06-30", said) + "\n", "utf-8")
        run("survey", tmp_path / "a.ndjson", "-o", tmp_path / "out.parquet")
        assert len(json.loads((tmp_path / "out.survey.json").read_text("utf-8"))["summary"]["restated"]) == number


class _Page(HTMLParser):
    """What a browser would make of a page: its elements, its texts, where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.texts: list[str] = []
        self.headings: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.addresses += [value or "" for name, value in attributes if name in ("src", "href")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def test_the_page_stands_alone_and_names_every_clause(surveyed: Path, rows: list[dict[str, Any]]) -> None:
    page = parsed(surveyed / "verdicts.html")
    assert page.tags["script"] == page.tags["img"] == page.tags["link"] == page.tags["iframe"] == 0
    assert all(address.startswith("#") for address in page.addresses)
    assert page.headings[0] == "h1"
    assert page.tags["h1"] == 1
    assert all(int(after[1]) <= int(before[1]) + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    said = " ".join(page.texts)
    assert all(name.partition(":")[2] in said for name in rows[0] if ":" in name)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\" onload=x '\u202e{{7*7}}"
    text = json.dumps({"company": {"name": name, "industry": "C36", "traits": ["automotive"]}, "period": {"start": "2024-01-01", "end": "2024-12-31"},
                       "facts": {"climate": {"ghg": {"total": 10}}}})
    (tmp_path / "a.ndjson").write_text(text + "\n" + text.replace("10", "11") + "\n", "utf-8")
    said = run("survey", tmp_path / "a.ndjson", "-o", tmp_path / "out.parquet").stdout
    page = parsed(tmp_path / "out.html")
    assert page.tags["script"] == 0
    assert "alert(1)" in "".join(page.texts)
    assert "49" not in "".join(text for text in page.texts if "alert" in text)
    assert "\u202e" not in said


@pytest.mark.parametrize(("lang", "words"), [("zh", ("普查汇总", "退回", "另有")), ("en", ("Survey summary", "rejected", "more rows"))])
def test_both_languages_are_whole(surveyed: Path, tmp_path: Path, lang: str, words: tuple[str, ...]) -> None:
    said = run("survey", surveyed / "population" / "filings" / "companies-00000.parquet", "-o", tmp_path / "out.parquet", "--lang", lang).stdout
    assert all(word in said for word in words)
    if lang == "en":
        assert re.findall(r"[\u4e00-\u9fff]+", re.sub(r"(?m)^\S*[\u4e00-\u9fff].*$", "", said)) == []  # but for the names of companies
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in (tmp_path / "out.html").read_text("utf-8")


def test_nothing_judged_is_said_and_not_divided_by(tmp_path: Path, esgcheck: Callable[..., Result]) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    done = esgcheck("survey", tmp_path / "a.json", "-o", tmp_path / "out.parquet", "--lang", "en")
    assert done.exit_code == 0
    assert "0 judged + 1 rejected" in done.stdout
    assert (tmp_path / "out.html").exists()


def test_the_summary_does_not_depend_on_the_order_of_rows(surveyed: Path, tmp_path: Path, told: dict[str, Any]) -> None:
    frames = [pl.read_parquet(path) for path in sorted((surveyed / "population" / "filings").glob("*.parquet"))]
    pl.concat(frames[::-1])[::-1].write_parquet(tmp_path / "z.parquet")
    run("survey", tmp_path / "z.parquet", "-o", tmp_path / "out.parquet")
    again = simplejson.loads((tmp_path / "out.survey.json").read_text("utf-8"), use_decimal=True)["summary"]
    for key, value in told.items():
        if key == "outliers":
            assert {name: value for name, value in again[key].items() if name != "furthest"} == {name: value for name, value in value.items() if name != "furthest"}
        elif key == "restated":
            assert {(line["credit_code"], line["fact"]) for line in again[key]} == {(line["credit_code"], line["fact"]) for line in value}
        else:
            assert again[key] == value, key
    assert isinstance(told["clauses"][0]["satisfied"], int)
