"""A run in a real browser: started by a click, watched while it grows, found again, stopped, resumed, compared."""

import json
import os
import re
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cnnlab.training import OPTIMIZERS, SCHEDULES, Run, Session, TrainConfig, attempts
from cnnlab.training.checkpoints import LAST
from cnnlab.training.folder import EXIT, FINISHED, METRICS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.keeping import Folder
from cnnlab.training.supervisor.keys import token
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
def visit(new_page, server):
    """`visit(path)` opens a fresh visitor's page; nothing is waited for, as a page that is watched seldom rests."""

    def visit(path: str):
        page = new_page()
        page.goto(server + path)
        return page

    return visit


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


@pytest.fixture(scope="module")
def ended():
    """The id of a run that has learnt for an epoch, trained here, as its trainer would."""
    run, session = Run.create(Path(os.environ["CNNLAB_RUNS"]) / token(), SHORT), Session(SHORT)
    attempts.claim(run.folder, who())
    told = enumerate(session.records())
    lines = [json.dumps({"v": 1, "attempt": 1, "seq": seq, "t": time.time(), **record}) for seq, record in told]
    (run.folder / METRICS).write_text("".join(f"{line}\n" for line in lines))
    note = {"step": session.step, "epoch": session.epoch, "place": 0, "t": time.time()}
    Folder(run.folder).save(session.state(), note, (LAST,))
    write_json(run.folder, EXIT, {"attempt": 1, "code": FINISHED})
    yield run.folder.name
    shutil.rmtree(run.folder)


@pytest.mark.timeout(200)
def test_a_mistake_opens_in_the_feature_maps_and_in_the_layer_inspector(visit, ended):
    page = visit(f"/training?run={ended}&look=after")
    first = page.locator(".mistakes a").first
    expect(first.locator("img")).to_have_js_property("complete", True, timeout=SLOW_MS)
    first.click()
    page.wait_for_url(re.compile(r"/summary\?.*learnt="), timeout=SLOW_MS)
    expect(page.get_by_text(re.compile("^What this layer puts out.*The weights are those that run"))).to_be_visible(
        timeout=SLOW_MS
    )
    expect(page.get_by_text("normalised by the run's data")).to_be_visible(timeout=SLOW_MS)
    page.locator(".st-key-summary-maps-layer input").click()
    page.get_by_role("option", name="conv2 (Conv2d)").click()
    page.get_by_role("link", name="Open in the layer inspector").click(timeout=SLOW_MS)
    page.wait_for_url(re.compile(r"/layers\?.*origin="), timeout=SLOW_MS)
    page.get_by_role("tab", name="Feature maps").click(timeout=SLOW_MS)
    expect(page.get_by_text("normalised by the run's data")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_touch_of_how_curves_are_drawn_is_in_the_address_and_in_the_link(visit, ended):
    page = visit(f"/training?run={ended}")
    page.get_by_role("radio", name="epoch").click(timeout=SLOW_MS)
    page.wait_for_url(re.compile("axis=epoch"), timeout=SLOW_MS)
    page.get_by_text("Link", exact=True).click()
    expect(page.locator(".st-key-training-take code")).to_contain_text("axis=epoch", timeout=SLOW_MS)
    page.reload()
    expect(page.get_by_role("radio", name="epoch")).to_be_checked(timeout=SLOW_MS)


def test_what_cannot_be_trained_is_said_where_it_is_typed(visit):
    page = visit("/training")
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled(timeout=SLOW_MS)
    rate = page.get_by_role("spinbutton", name="lr", exact=True)
    rate.fill("1000")
    rate.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("lr=1000.0 is too large: use 100 or less.", timeout=SLOW_MS)
    expect(start).to_be_disabled()
    expect(rate).to_have_value("1000")
    network = page.get_by_role("combobox", name="Network")
    network.fill("fasterrcnn")
    expect(page.locator(".none")).to_contain_text(
        "fasterrcnn_mobilenet_v3_large_320_fpn is known, and cannot be trained here."
    )
    network.fill("xyzzy")
    expect(page.locator(".none")).to_have_text("Nothing has that name.")
