"""The report page: self-contained, harmless, and whole in a real browser."""

import re
import shutil
from dataclasses import replace

import pytest

from lrsearch.reporting.page.page import inline_svg, report_page, shown_rows
from lrsearch.reporting.page.writing import make_pictures
from lrsearch.runs import run_search
from lrsearch.spec import make_spec

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def page_of(run):
    """The page with its pictures."""
    pictures = make_pictures(run)
    return report_page(run, {name[:-4]: pictures[name] for name in pictures if name.endswith(".svg")})


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a search with failures and repeats."""
    spec = {"search": {"lr": {"low": 1e-3, "high": 50.0}, "points": 9, "repeats": 3}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LRSEARCH_TRAINER", "analytic")
        run = run_search(make_spec(spec), runs_dir=tmp_path_factory.mktemp("page"), report=False)
    return page_of(run)


def test_the_recommendation_comes_first(page):
    """Then pictures, table, learning curves, and how to make it again."""
    places = [page.index(f'id="{name}"') for name in ("answer", "accuracy", "rates", "courses", "reproduce")]
    assert places == sorted(places)
    assert "torch.optim.SGD(model.parameters(), lr=" in page


def test_the_page_runs_nothing_and_asks_for_nothing(page):
    """No script, no address to fetch, and a policy that would forbid both."""
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"<script|<iframe|<img|<image|<link|javascript:|\son\w+=|@import", page)
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"', page)


def test_text_from_outside_is_escaped(run_of):
    """A message of a trial is text, whatever it holds."""
    run = run_of(points=4)
    message = "<script>alert(1)</script>"
    log = (replace(run.log[0], state="failed", score=None, learned=None, message=message), *run.log[1:])
    page = page_of(replace(run, log=log))
    assert message not in page
    assert "&lt;script&gt;" in page


def test_no_two_things_of_a_page_have_one_name(page):
    """Pictures on one page keep to themselves."""
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    targets = set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(names)


def test_an_svg_loses_its_head():
    """An XML declaration has no place inside a page."""
    assert inline_svg(b"<?xml?><!DOCTYPE svg><svg><metadata>x</metadata><g/></svg>", "n").startswith("<svg role")


def test_of_very_many_rows_the_best_are_shown(run_of):
    """A page that nobody scrolls through helps nobody."""
    run = run_of(lr={"low": 1e-4, "high": 3.0}, points=210)
    assert len(shown_rows(run.ranking.rows, 1)) == 200
    assert "results.csv has all rates" in report_page(run, {})


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_shows_it(run_of):
    """Title and rows are there; nothing is asked for, nothing complained about, nothing is wider than a phone."""
    from playwright.sync_api import sync_playwright

    arms = {"one": {"train.epochs": 3}, "two": {"train.epochs": 4}}
    run = run_of(points=6, repeats=2, arms=arms, report=True)
    requests, complaints = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 400, "height": 800})
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(run.folder.report.as_uri())
        assert page.title() == f"{run.name}: learning rates"
        assert page.locator("#rates tbody tr").count() == len(run.ranking.rows)
        assert page.locator("svg").count() >= 3
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        browser.close()
    assert requests == [run.folder.report.as_uri()]
    assert complaints == []
