"""A sample for inspection: who was drawn, why and with which chance, what to verify there, and what the sample says of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from checker.bounds import rounded
from checker.errors import Text
from checker.render import verifying
from checker.render.layout import FAINT, dressed, folded, padded, widest
from checker.render.plain import dumps, words
from checker.render.plain import problem as problem_tree
from checker.render.view import View, clean
from checker.sampling.estimate import Share
from checker.sampling.inspection import Checked, Chosen, Confirmed, Drawing, Stratum, in_words
from checker.sampling.risk import PARTS

#: Grows when something in the form changes for its readers.
VERSION = "esgcheck-sample/1"
#: Decimal places: for programs of probabilities and expected numbers, and of shares; for people of expected numbers, and of percentages.
PROBABILITY_PLACES, SHARE_PLACES, EXPECTED_READ, PLACES_READ = 9, 6, 2, 1
#: From more strata than this on, text shows what they are made of one by one; JSON has all.
STRATA_SHOWN = 40
#: How many reasons text names.
REASONS_SHOWN = 3
_BY = {"industry": Text("行业", "industry"), "region": Text("地区", "region"), "size": Text("规模", "size"), "pack": Text("标准包", "packs")}


def text(drawing: Drawing, found: Iterable[Checked], results: Confirmed | None, limit: int, view: View) -> bytes:
    """The sample as UTF-8 text; at most ``limit`` things to verify for each record."""
    lines = [*_head(drawing, view), "", *_strata(drawing, view), "", *_estimates(drawing, results, view)]
    for number, one in enumerate(found, 1):
        lines += ["", *_record(number, one, drawing, limit, view)]
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def _head(drawing: Drawing, view: View) -> Iterator[str]:
    drawn, told = len(drawing.chosen), drawing.told
    by = Text("、".join(_BY[name].zh for name in drawing.by), ", ".join(_BY[name].en for name in drawing.by))
    yield dressed(clean(str(drawing.table)), view, bold=True)
    said = [
        Text(f"{drawing.population} 份填报中抽取 {drawn} 份：按风险必抽 {drawing.certain} 份，其余按风险权重抽签；分层：{by.zh}；种子 {drawing.seed}。",
             f"{drawn} of {drawing.population} records: {drawing.certain} taken with certainty for their risk, the others by lot in proportion to it; strata: {by.en}; seed {drawing.seed}."),
    ]
    if drawn < drawing.size:
        said.append(Text(f"填报不足 {drawing.size} 份，全部抽取。", f"There are not {drawing.size} records, so all are taken."))
    if told["rejected"]:
        said.append(Text(f"普查退回的 {told['rejected']} 份不在其中。", f"The {told['rejected']} records that the survey rejected are not among them."))
    for line in said:
        yield from (dressed(part, view, FAINT) for part in folded(view.say(line), view.width))


def _strata(drawing: Drawing, view: View) -> Iterator[str]:
    if len(drawing.strata) <= STRATA_SHOWN:
        yield from _table(drawing.strata, drawing.by, drawing, view)
        return
    number = len(drawing.strata)
    yield from folded(view.say(Text(f"共 {number} 层，见 --format json；合计如下。", f"There are {number} strata, see --format json; added up they are:")), view.width)
    for place, name in enumerate(drawing.by):
        yield ""
        yield from _table(drawing.margins(place), (name,), drawing, view)


def _table(strata: Sequence[Stratum], by: Sequence[Any], drawing: Drawing, view: View) -> Iterator[str]:
    """Strata as lines: what they are, how many records there are, how many are expected in a sample, how many were drawn."""
    titles = [view.say(title) for title in (Text("填报", "records"), Text("预期", "expected"), Text("抽中", "drawn"))]
    rows = [(" · ".join(view.say(in_words(name, code, drawing.packs.vocabulary)) for name, code in zip(by, stratum.codes, strict=True)),
             [str(stratum.population), str(rounded(stratum.expected, EXPECTED_READ)), str(stratum.drawn)]) for stratum in strata]
    widths = [widest([title, *(row[1][place] for row in rows)]) for place, title in enumerate(titles)]
    room = max(view.width - sum(widths) - 2 * len(widths), 20)
    head = " · ".join(view.say(_BY[name]) for name in by)
    name_width = min(room, widest([head, *(row[0] for row in rows)]))
    yield dressed(padded(head, name_width) + "".join("  " + padded(title, width, right=True) for title, width in zip(titles, widths, strict=True)), view, FAINT)
    for name, numbers in rows:
        *above, last = folded(name, name_width)
        yield from above
        yield padded(last, name_width) + "".join("  " + padded(number, width, right=True) for number, width in zip(numbers, widths, strict=True))


def _estimates(drawing: Drawing, results: Confirmed | None, view: View) -> Iterator[str]:
    yield dressed(view.say(Text("由样本推断全体", "What the sample says of all")), view, bold=True, underline=True)
    truly = Fraction(drawing.truly, drawing.population)
    said = [Text(f"有矛盾或对不上之处的填报：{_interval(drawing.inconsistent, drawing).zh}。普查数得 {_percent(truly)}（{drawing.truly} 份），可见这样推断有多准。",
                 f"Records with contradictions, or with what does not fit together: {_interval(drawing.inconsistent, drawing).en}. The survey counted {_percent(truly)} ({drawing.truly}), which shows how good such an estimate is.")]
    if results:
        found = results.share
        said.append(Text(f"核查属实的填报：{_interval(found, drawing).zh}；样本中已查 {found.answers} 份，属实 {found.yes} 份。",
                         f"Records that inspection confirms: {_interval(found, drawing).en}; of the sample {found.answers} were inspected and {found.yes} confirmed."))
    for line in said:
        yield from folded(view.say(line), view.width)


def _interval(found: Share, drawing: Drawing) -> Text:
    confidence = f"{drawing.risk.confidence * 100} %"
    return Text(f"估计 {_percent(found.value)}（{confidence} 置信区间 {_percent(found.least)} 至 {_percent(found.most)}）",
                f"{_percent(found.value)} estimated ({confidence} interval: {_percent(found.least)} to {_percent(found.most)})")


def _percent(value: Fraction) -> str:
    return f"{rounded(value * 100, PLACES_READ)} %"


def _record(number: int, one: Checked, drawing: Drawing, limit: int, view: View) -> Iterator[str]:
    chosen = one.chosen
    code = chosen.row["credit_code"]
    name, *more = folded(f"{number}. {clean(chosen.row['name'])}" + (f" · {clean(code)}" if code else ""), view.width)
    yield from (dressed(line, view, bold=True) for line in ("═" * view.width, name, *more))
    where = " · ".join([clean(chosen.record), *(view.say(in_words(by, code, drawing.packs.vocabulary)) for by, code in zip(drawing.by, chosen.codes, strict=True))])
    yield from (dressed(line, view, FAINT) for line in folded(where, view.width))
    yield from folded(view.say(_why(chosen)), view.width)
    if one.found and one.facts:
        items, shown = len(one.found.items), min(limit, len(one.found.items))
        told = Text(f"判定日 {one.found.report.as_of} · 待核实 {items} 项，列出 {shown} 项", f"as of {one.found.report.as_of} · {items} things to verify, {shown} listed")
        yield dressed(view.say(told), view, FAINT)
        yield from verifying.listed(one.found, limit, one.facts, drawing.packs.vocabulary, view)
    for problem in one.problems:
        yield from folded(clean(problem.in_language(view.lang)), view.width)


def _why(chosen: Chosen) -> Text:
    """How a record was taken, and what weighs most."""
    chance = rounded(chosen.probability, 4)
    how = Text("必抽（入选概率 1）", "taken with certainty (probability 1)") if chosen.probability == 1 else \
        Text(f"抽签入选（概率 {chance}）", f"chosen by lot with probability {chance}")
    first = chosen.reasons[:REASONS_SHOWN]
    weight = chosen.row["weight"]
    zh = "；".join(f"{said.zh}（{points}）" for _, points, said in first) or "没有突出的风险，人人都有机会"
    en = "; ".join(f"{said.en} ({points})" for _, points, said in first) or "no particular risk; anybody can be drawn"
    return Text(f"{how.zh}。权重 {weight}：{zh}", f"{how.en}. Weight {weight}: {en}")


# --- for programs ------------------------------------------------------------------------------------------------------


def json(drawing: Drawing, found: Iterable[Checked], results: Confirmed | None, limit: int) -> bytes:
    """The sample as JSON (``schemas/sample.schema.json``)."""
    told, vocabulary = drawing.told, drawing.packs.vocabulary
    return dumps({
        "schema": VERSION,
        "survey": {"file": str(drawing.table), "rules": told["digest"], "rejected": told["rejected"]},
        "sample": {"wanted": drawing.size, "drawn": len(drawing.chosen), "seed": drawing.seed, "by": list(drawing.by),
                   "population": drawing.population, "certain": drawing.certain},
        "strata": [
            {"stratum": _codes(drawing, stratum.codes), "population": stratum.population,
             "expected": rounded(stratum.expected, PROBABILITY_PLACES), "drawn": stratum.drawn}
            for stratum in drawing.strata
        ],
        "estimates": {
            "confidence": rounded(drawing.risk.confidence, SHARE_PLACES),
            "inconsistent": _share(drawing.inconsistent) | {"counted": drawing.truly},
            "confirmed": results and _share(results.share) | {"missing": results.missing},
        },
        "records": [_tree(one, drawing, limit) for one in found],
        "labels": {name: {code: words(in_words(name, code, vocabulary)) for stratum in drawing.margins(place) for code in stratum.codes if code is not None}
                   for place, name in enumerate(drawing.by)},
        "warnings": [problem_tree(warning) for warning in drawing.warnings],
    })


def _codes(drawing: Drawing, codes: Sequence[str | None]) -> dict[str, str | None]:
    return dict(zip(map(str, drawing.by), codes, strict=True))


def _share(found: Share) -> dict[str, Any]:
    return {"share": rounded(found.value, SHARE_PLACES), "least": rounded(found.least, SHARE_PLACES), "most": rounded(found.most, SHARE_PLACES),
            "answers": found.answers, "yes": found.yes}


def _tree(one: Checked, drawing: Drawing, limit: int) -> dict[str, Any]:
    chosen = one.chosen
    return {
        "record": chosen.record,
        "name": chosen.row["name"],
        "credit_code": chosen.row["credit_code"],
        "stratum": _codes(drawing, chosen.codes),
        "risk": {part: chosen.row[f"points:{part}"] for part in PARTS},
        "weight": chosen.row["weight"],
        "probability": rounded(chosen.probability, PROBABILITY_PLACES),
        "probability_exact": str(chosen.probability),
        "certain": chosen.probability == 1,
        "reasons": [{"part": part, "points": points, "why": words(said)} for part, points, said in chosen.reasons],
        "inconsistent": chosen.inconsistent,
        "spotcheck": verifying.tree(one.found, limit, one.facts) if one.found and one.facts else None,
        "problems": [problem_tree(problem) for problem in one.problems],
    }


_ANSWERS = {True: Text("是", "yes"), False: Text("否", "no")}


def table(drawing: Drawing, results: Confirmed | None, lang: str) -> pl.DataFrame:
    """The sample as a table, in words of a language. Its last column, ``confirmed``, is what was found; where nothing was yet it is
    empty, for inspectors to fill in and give back.
    """
    vocabulary, findings = drawing.packs.vocabulary, results.findings if results else {}
    rows = [
        {"record": one.record, "name": one.row["name"], "credit_code": one.row["credit_code"],
         **{name: in_words(name, code, vocabulary).in_language(lang) for name, code in zip(drawing.by, one.codes, strict=True)},
         **{f"risk:{part}": one.row[f"points:{part}"] for part in PARTS},
         "weight": one.row["weight"], "probability": rounded(one.probability, PROBABILITY_PLACES), "probability_exact": str(one.probability),
         "reasons": "; ".join(said.in_language(lang) for _, _, said in one.reasons),
         "confirmed": _ANSWERS[findings[one.record]].in_language(lang) if one.record in findings else None}
        for one in drawing.chosen
    ]
    schema: dict[str, Any] = {
        "record": pl.String, "name": pl.String, "credit_code": pl.String, **dict.fromkeys(drawing.by, pl.String),
        **{f"risk:{part}": pl.Int64 for part in PARTS}, "weight": pl.Int64,
        "probability": pl.Decimal(18, PROBABILITY_PLACES), "probability_exact": pl.String, "reasons": pl.String, "confirmed": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")
