"""The server's shell in a real browser: its policy, uploads it refuses, and what a page did not catch."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

LAB = """
import streamlit as st
from drawn import part
from pages.serving.mishaps import pending_mishap
from pages.shared.uploader import uploader

def fail():
    raise KeyError("a stranger's words")

pending_mishap()
st.write("before")
part(key="part", data=f"run {st.session_state.get('runs', 0)}")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.session_state["kept"] = st.session_state.get("view", "")
st.text_input("Kept", key="kept", on_change=lambda: st.session_state.update(view=st.session_state["kept"]))
st.button("callback", on_click=fail)
if st.button("page"):
    fail()
file = uploader("A file", ["png"], "up")
st.write(f"after, {len(file.getvalue()) if file else 'no'} bytes")
"""
DRAWN = """
from pathlib import Path
from pages.shared.component import component

part = component("part", '<p class="part">not yet</p>', Path(__file__).parent)
"""
SCRIPT = "export default ({ data, parentElement }) => { parentElement.querySelector('.part').textContent = data; };"
APP = """
import streamlit as st
from starlette.middleware import Middleware
from pages.serving.headers import Headers
from pages.serving.mishaps import on_script_error
from pages.serving.parts import part_route
from pages.serving.uploads import Uploads
from pages.shared.ledger import LEDGER

LEDGER.limit = 2000
app = st.App(
    "lab/pages/index.py",
    routes=[part_route(st.get_option("server.baseUrlPath"))],
    middleware=[Middleware(Headers), Middleware(Uploads)],
    on_script_error=on_script_error,
)
"""


def png(side: int, noise: bool = False) -> dict:
    file = io.BytesIO()
    picture = Image.effect_noise((side, side), 90) if noise else Image.new("RGB", (side, side), "red")
    picture.save(file, "PNG")
    return {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}


@pytest.fixture(scope="module", params=["", "/uni/lab"], ids=["at the root", "under a path"])
def lab(request, serve, tmp_path_factory):
    """A page that fails when asked to, under the real shell: (address, log)."""
    folder = tmp_path_factory.mktemp("shell")
    pages = folder / "lab" / "pages"
    pages.mkdir(parents=True)
    for path, text in {
        pages / "index.py": LAB,
        pages / "drawn.py": DRAWN,
        pages / "part.js": SCRIPT,
        pages / "part.css": ".part { color: rgb(1, 2, 3); }",
        folder / "app.py": APP,
    }.items():
        path.write_text(text)
    log = folder / "log.txt"
    with serve(folder / "app.py", log, base=request.param) as address:
        yield address, log


@pytest.fixture
def visit(browser, lab, settle):
    context = browser.new_context()
    page = context.new_page()
    page.goto(lab[0])
    settle(page)
    yield page
    context.close()


def test_an_upload_and_downloads_work_under_the_policy(open_page, settle):
    page = open_page("/augmentation")
    page.get_by_text("Your own picture").first.click()
    page.locator("input[type=file]").first.set_input_files(png(64))
    settle(page)
    page.keyboard.press("Escape")
    page.locator('[data-testid="stBidiComponentIsolated"] .tile').first.wait_for()
    tabs = page.locator('[role="tab"]')
    downloads = 0
    for number in range(tabs.count()):
        tabs.nth(number).click()
        settle(page)
        button = page.locator('[data-testid="stDownloadButton"] button:visible')
        if button.count():
            with page.expect_download() as download:
                button.first.click()
            assert Path(download.value.path()).stat().st_size > 0
            downloads += 1
    assert downloads


def test_charts_are_drawn_under_the_policy(open_page, settle):
    page = open_page("/summary")
    page.get_by_role("tab", name="Along the depth").click()
    settle(page)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()


def test_a_component_is_fetched_once_and_styled(browser, lab, settle):
    context = browser.new_context()
    page = context.new_page()
    fetched = []
    page.on("request", lambda request: fetched.append(request.url) if "/part/" in request.url else None)
    page.goto(lab[0])
    settle(page)
    part = page.locator(".part")
    assert part.inner_text() == "run 0"
    assert part.evaluate("part => getComputedStyle(part).color") == "rgb(1, 2, 3)"
    element = part.element_handle()
    page.get_by_label("Kept").fill("again")
    page.get_by_label("Kept").press("Enter")
    settle(page)
    assert element.inner_text() == "run 1"
    assert len(fetched) == 1
    context.close()


def test_a_failing_page_keeps_what_it_drew_and_gives_a_number(visit, lab, settle):
    visit.get_by_role("button", name="page", exact=True).click()
    settle(visit)
    told = visit.locator('[data-testid="stAlert"]').inner_text()
    (number,) = re.findall(r"\b[2-9A-Z]{6}\b", told)
    assert visit.get_by_text("before").is_visible()
    assert visit.locator('[data-testid="stException"]').count() == 0
    assert "stranger" not in visit.locator("body").inner_text()
    after = lab[1].read_text().split(f"Mishap {number}")[1]
    assert "Traceback" in after
    assert "a stranger's words" in after


def test_a_failing_callback_leaves_the_page_and_its_state(visit, lab, settle):
    visit.get_by_label("Kept").fill("mine")
    visit.get_by_label("Kept").press("Enter")
    settle(visit)
    visit.get_by_role("button", name="callback").click()
    settle(visit)
    (number,) = re.findall(r"\b[2-9A-Z]{6}\b", visit.locator('[data-testid="stAlert"]').inner_text())
    assert f"Mishap {number}" in lab[1].read_text()
    assert visit.get_by_text("after, no bytes").is_visible()
    assert visit.get_by_label("Kept").input_value() == "mine"
    visit.get_by_label("Kept").fill("more")
    visit.get_by_label("Kept").press("Enter")
    settle(visit)
    assert visit.locator('[data-testid="stAlert"]').count() == 0


def test_a_file_for_which_there_is_no_room_is_refused_in_words(visit, settle):
    visit.locator("input[type=file]").set_input_files(png(100, noise=True))
    settle(visit)
    told = visit.locator('[data-testid="stAlert"]')
    told.wait_for()
    assert "1.95 KiB" in told.inner_text()
    visit.locator("input[type=file]").set_input_files(png(10))
    visit.get_by_text(re.compile(r"after, \d+ bytes")).wait_for()
    expect(told).to_have_count(0)


def test_nobody_sends_a_file_to_a_session_that_asked_for_none(visit, lab):
    answer = visit.request.put(
        f"{lab[0]}/_stcore/upload_file/00000000-0000-0000-0000-000000000000/1",
        multipart={"file": {"name": "a", "mimeType": "image/png", "buffer": b"1"}},
    )
    assert answer.status == 403
    assert answer.text() == "No page of this session asked for a file."
