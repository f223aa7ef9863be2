"""A run in a real browser: started by a click, watched while it grows, found again, stopped, resumed, compared."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from cnnlab.training import OPTIMIZERS, SCHEDULES, TrainConfig
from cnnlab.training.view import View

SLOW_MS = 60_000
STATE = ".st-key-training-state"
# Long enough to be caught at work on any machine, with steps that take next to no time.
LONG = TrainConfig(
    samples=200,
    batch_size=8,
    epochs=300,
    optimizer=OPTIMIZERS["SGD"](lr=0.01),
    schedule=SCHEDULES["constant"](),
    deterministic=False,
)
SCROLLED = """cell => {
    const place = cell.closest('[data-testid="stMarkdownContainer"]'), before = cell.getBoundingClientRect().left;
    cell.closest("table").style.width = "900px";
    place.scrollLeft = 200;
    return { by: place.scrollLeft, before, name: cell.getBoundingClientRect().left };
}"""
SHORT = TrainConfig(samples=100, epochs=1)


def link(config: TrainConfig) -> str:
    query = View.of(config).to_query()
    return "/training?" + "&".join(f"{name}={value}" for name, value in query.items())


@pytest.fixture
def visit(browser, server, listen):
    """`visit(path)` opens a fresh visitor's page; nothing is waited for, as a page that is watched seldom rests."""
    contexts = []

    def visit(path: str):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = contexts[-1].new_page()
        listen(page)
        page.goto(server + path)
        return page

    yield visit
    for context in contexts:
        context.close()


def begin(page):
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled(timeout=SLOW_MS)
    start.click()
    page.wait_for_url(re.compile("run="), timeout=SLOW_MS)


def step(page) -> int:
    words = page.get_by_text(re.compile(r"^step [\d,]+ of")).inner_text(timeout=SLOW_MS)
    return int(re.search(r"step ([\d,]+) of", words)[1].replace(",", ""))


def wait_for_step(page, past: int) -> None:
    page.wait_for_function(
        """past => [...document.querySelectorAll('[data-testid="stProgress"]')].some(bar =>
               Number(bar.innerText.match(/step ([\\d,]+) of/)?.[1].replace(",", "")) > past)""",
        arg=past,
        timeout=SLOW_MS,
    )


def ask(page, name: str, state: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(STATE)).to_contain_text(state, timeout=SLOW_MS)


@pytest.mark.timeout(300)
def test_a_run_is_started_watched_found_again_stopped_resumed_and_compared(visit, server):
    page = visit(link(LONG))
    begin(page)
    address = page.url.removeprefix(server)
    wait_for_step(page, 0)
    page.locator(".st-key-training-curves canvas, .st-key-training-curves svg").first.wait_for(timeout=SLOW_MS)
    before = step(page)
    wait_for_step(page, before)

    page.reload()  # another session finds it by its address, and the browser still has the key
    wait_for_step(page, before)
    watcher = visit(address)
    wait_for_step(watcher, before)
    expect(watcher.get_by_role("button", name="Stop", exact=True)).to_be_disabled(timeout=SLOW_MS)

    ask(page, "Stop", "stopped")
    stopped = step(page)
    expect(watcher.locator(STATE)).to_contain_text("stopped", timeout=SLOW_MS)
    ask(page, "Resume", "running")
    wait_for_step(page, stopped)
    ask(page, "Stop", "stopped")

    page.goto(server + link(SHORT))
    begin(page)
    expect(page.locator(STATE)).to_contain_text("finished", timeout=SLOW_MS)
    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=SLOW_MS) as weights:
        page.get_by_role("link", name=re.compile(r"last\.pt")).click()
    assert re.fullmatch(r"[\w-]{6}-last\.pt", weights.value.suggested_filename)
    assert zipfile.is_zipfile(weights.value.path())
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Compare").click()
    page.locator(".st-key-training-compare-runs input").click(timeout=SLOW_MS)
    page.get_by_role("option").first.click()
    page.locator(".st-key-training-compared").wait_for(timeout=SLOW_MS)
    page.wait_for_url(re.compile("runs="), timeout=SLOW_MS)
    legend = page.locator(".st-key-training-compared figure[data-chart=loss] .legend button")
    expect(legend).to_have_count(2)  # a run each

    page.set_viewport_size({"width": 390, "height": 900})
    first = page.locator(".st-key-training-table-different tbody td:first-child").first
    expect(first).to_have_text(re.compile("samples|batch_size|epochs|optimizer"))
    scrolled = first.evaluate(SCROLLED)
    assert scrolled["by"] > 0  # what is too wide can be scrolled to
    assert abs(scrolled["name"] - scrolled["before"]) <= 1  # and the names of the rows stay
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
