"""The report as a page, in a real browser: it filters, fits, prints, can be used by everybody, and runs nothing that a fact says."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from checker.cli import app
from tests.conftest import REAL, ROOT

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the page is not tested in a browser")

Esgcheck = Callable[..., Result]
RATED = ROOT / "fixtures/sme/three-assessors/facts.json"
HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</style></script><script>window.hacked = 2</script>",
    "\"><img src=x onerror=\"window.hacked = 3\">",
    "' onmouseover='window.hacked = 4",
    "javascript:window.hacked=5",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7 %>",
    "<!-- --> ]]> &lt;b&gt; &#60;",
    "\u202eabc\u202c \u2066x\u2069",
    "W" * 3000,
    "长" * 3000,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def hostile(folder: Path) -> Path:
    """The real company, with something hostile wherever a file of facts may hold words."""
    tree = json.loads(REAL.read_text("utf-8"))
    words = [text for text in HOSTILE if len(text) < 3000]
    tree["company"]["name"] = "".join(words)
    for number, entry in enumerate(tree["documents"].values()):
        entry["title"] = HOSTILE[number % len(HOSTILE)]
    for number, entry in enumerate(tree["evidence"].values()):
        entry["place"], entry["note"] = HOSTILE[number % len(HOSTILE)], HOSTILE[(number + 1) % len(HOSTILE)]
    name = "\"><script>window.hacked = 6</script>"
    tree["evidence"][name] = {"document": next(iter(tree["documents"])), "place": name}
    tree["facts"].setdefault("company", {})["registered_in_china"] = {"value": True, "evidence": [name], "source": "<b>", "note": HOSTILE[0]}
    tree["events"] = [{"kind": "work_injury", "date": "2024-05-01", "title": HOSTILE[0], "evidence": [name]}]
    path = folder / "<b>hostile.json"
    path.write_text(json.dumps(tree, ensure_ascii=False), "utf-8")
    return path


def made(facts: Path, folder: Path, *options: str) -> Path:
    target = folder / (re.sub(r"\W", "", str(facts) + "".join(options)) + ".html")
    if not target.exists():
        result = CliRunner().invoke(app, ["check", str(facts), "--as-of", "2025-06-30", "--fail-on", "never", "-o", str(target), *options])
        assert result.exit_code == 0, result.output
    return target


def opened(browser: Any, file: Path, width: int = 1440) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.told = []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("dialog", lambda dialog: page.told.append(dialog.message))
    page.on("request", lambda request: page.told.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page


def shown(page: Any) -> list[dict[str, str]]:
    return page.evaluate("[...document.querySelectorAll('.finding')].filter(f => f.checkVisibility()).map(f => ({id: f.id, ...f.dataset}))")


def test_everything_is_there_once(browser: Any, folder: Path, esgcheck: Esgcheck) -> None:
    tree = json.loads(esgcheck(REAL, "--as-of", "2025-06-30", "--pack", "all", "--format", "json").stdout)
    page = opened(browser, made(REAL, folder, "--pack", "all"))
    findings = [finding for pack in tree["packs"] for finding in pack["findings"]]
    assert [(found["id"], found["verdict"], found["modality"]) for found in shown(page)] == [
        (finding["id"].replace(":", "-"), finding["verdict"], finding["modality"]) for finding in findings]
    for finding in findings[::40]:
        block = page.locator(f"[id='{finding['id'].replace(':', '-')}']")
        told = block.evaluate("f => f.textContent")
        for words in (finding["title"], finding["statement"], finding["reason"], finding["source_note"] or {"zh": ""}, finding["condition"]["text"]):
            assert words["zh"] in told
        for fact in finding["facts"]:
            assert fact["path"] in told or fact["role"] == "computed"
    told = page.inner_text("body")
    assert all(digest in told for digest in (tree["facts"]["sha256"], *(pack["sha256"] for pack in tree["packs"])))
    assert f"esgcheck {tree['program']['version']}" in told
    totals = page.evaluate("[...document.querySelectorAll('#summary tr.total:has(.picture)')].map(row => [...row.querySelectorAll('.number')].map(cell => Number(cell.textContent) || 0))")
    order = ("satisfied", "violated", "unknown", "not_applicable")
    assert [sum(column) for column in zip(*totals, strict=True)] == [sum(finding["verdict"] == verdict for finding in findings) for verdict in order]
    assert page.told == []


def test_filters(browser: Any, folder: Path) -> None:
    page = opened(browser, made(REAL, folder, "--pack", "all"))
    every = shown(page)
    page.uncheck("#filters input[value=unknown]")
    left = [found for found in every if found["verdict"] != "unknown"]
    assert shown(page) == left
    assert page.inner_text("#listed") == f"列出 {len(left)} 项，共 {len(every)} 项"
    page.uncheck("#filters input[value=recommended]")
    left = [found for found in left if found["modality"] != "recommended"]
    assert shown(page) == left
    page.click("#reset")
    assert shown(page) == every
    for pack in ("auto-csr", "consistency"):
        page.uncheck(f"#filters input[value={pack}]")
    assert shown(page) == [found for found in every if found["pack"] not in ("auto-csr", "consistency")]
    assert not page.locator("#findings h3", has_text="auto-csr").is_visible()
    page.click("#reset")
    page.fill("#search", "5.4.4.1")
    found = shown(page)
    assert "auto-csr-5.4.4.1" in {each["id"] for each in found}
    assert len(found) < len(every) / 10
    page.fill("#search", "没有任何条款会这样说")
    assert shown(page) == []
    assert page.inner_text("#listed").startswith("列出 0 项")


def test_a_link_opens_its_finding_though_it_is_filtered_out(browser: Any, folder: Path) -> None:
    page = opened(browser, made(REAL, folder, "--pack", "all"))
    page.fill("#search", "没有任何条款会这样说")
    page.evaluate("location.hash = '#auto-csr-5.4.4.1'")
    page.wait_for_function("document.getElementById('auto-csr-5.4.4.1').open")
    assert page.locator("[id='auto-csr-5.4.4.1'] .tree").first.is_visible()


def test_by_keyboard_alone(browser: Any, folder: Path) -> None:
    page = opened(browser, made(RATED, folder, "--lang", "en"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    every = len(shown(page))
    page.focus("#filters input[value=satisfied]")
    page.keyboard.press("Space")
    assert 0 < len(shown(page)) < every
    summary = page.locator(".finding:not([hidden]) summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('.finding:not([hidden])').open")
    page.focus("#open")
    page.keyboard.press("Enter")
    assert page.evaluate("[...document.querySelectorAll('.finding:not([hidden])')].every(f => f.open)")


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_overflows(browser: Any, folder: Path, hostile: Path, width: int, lang: str) -> None:
    for facts, packs in ((RATED, "sme-csr"), (hostile, "citic-esg"), (ROOT / "fixtures/internet/yunshi/facts.json", "internet-esg")):
        page = opened(browser, made(facts, folder, "--lang", lang, "--pack", packs), width)
        page.click("#open")
        wide = page.evaluate("""() => {
            const room = document.documentElement.clientWidth;
            const scrolls = (node) => node && (node.classList.contains('wide') || scrolls(node.parentElement));
            return [...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > room + 1
                && !scrolls(node) && !node.closest('.skip') && node.checkVisibility()).map(node => node.outerHTML.slice(0, 120));
        }""")
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.close()


def test_hostile_words_stay_words(browser: Any, folder: Path, hostile: Path) -> None:
    page = opened(browser, made(hostile, folder, "--pack", "all"))
    page.click("#open")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, link, base').length") == 0
    assert page.evaluate("[...document.querySelectorAll('a')].every(a => a.getAttribute('href').startsWith('#'))")
    assert page.evaluate("[...document.querySelectorAll('*')].every(e => [...e.attributes].every(a => !a.name.startsWith('on') && a.name != 'style'))")
    told = page.evaluate("document.body.textContent")
    for words in HOSTILE:
        assert words.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd").replace("\u2066", "\ufffd").replace("\u2069", "\ufffd") in told
    assert page.told == []
    for found in page.query_selector_all("[onmouseover]"):
        found.hover()
    assert page.evaluate("window.hacked") is None


def test_what_is_injected_all_the_same_does_not_run(browser: Any, folder: Path) -> None:
    """The policy in the page is the second wall: even markup that got in would be dead."""
    page = made(RATED, folder).read_text("utf-8")
    broken = folder / "injected.html"
    broken.write_text(page.replace("</h1>", "</h1><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>", 1), "utf-8")
    opening = opened(browser, broken)
    assert opening.evaluate("window.hacked") is None
    assert opening.evaluate("document.querySelectorAll('script').length") == 2


def test_print_preview_breaks_between_findings(browser: Any, folder: Path, esgcheck: Esgcheck) -> None:
    from pypdf import PdfReader

    page = opened(browser, made(RATED, folder, "--lang", "en"))
    numbers = [finding["clause"] for finding in json.loads(esgcheck(RATED, "--as-of", "2025-06-30", "--format", "json").stdout)["packs"][0]["findings"]]
    heading = re.compile(rf"[✓✗?–] (?:{'|'.join(map(re.escape, sorted(numbers, reverse=True)))}) ")
    paper = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    assert all(abs(float(sheet.mediabox.width) - 595) < 2 for sheet in paper.pages)
    sheets = [" ".join(sheet.extract_text().split()) for sheet in paper.pages]
    begun = [len(heading.findall(text)) for text in sheets]
    inside = [text.count("Source: 001_") for text in sheets]  # a line in the details of every finding
    assert sum(begun) == sum(inside) == len(numbers)
    torn = [number for number, (heads, details) in enumerate(zip(begun, inside, strict=True)) if heads != details]
    assert torn == [], "a finding's heading stands on one page and its details on another"
    assert not page.evaluate("[...document.querySelectorAll('.finding')].some(f => f.open)"), "closed again after printing"
    page.uncheck("#printing")
    short = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    assert len(short.pages) < len(sheets) / 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing(browser: Any, folder: Path, lang: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, made(RATED, folder, "--lang", lang))
    page.click("#open")
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert page.get_attribute("html", "lang") == ("zh-CN" if lang == "zh" else "en")
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_without_script_everything_is_there(browser: Any, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made(RATED, folder).as_uri())
    assert page.locator(".finding").count() == 73
    assert not page.locator("#filters").is_visible()
    page.locator(".finding summary").first.click()
    assert page.locator(".finding .tree").first.is_visible()
    context.close()


def test_the_same_bytes_and_only_what_is_asked(folder: Path, esgcheck: Esgcheck, tmp_path: Path) -> None:
    for name in ("one.html", "two.html"):
        esgcheck(RATED, "-o", tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    esgcheck(RATED, "--only", "violated,unknown", "-o", tmp_path / "some.html")
    assert set(re.findall(r'data-verdict="(\w+)"', (tmp_path / "some.html").read_text("utf-8"))) == {"unknown"}
