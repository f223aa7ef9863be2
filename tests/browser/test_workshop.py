"""What a visitor sees of the workshop: long work that can be stopped, and a server that dies and is there again."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

APP = Path(__file__).parents[2] / "app.py"
LONG = "/summary?model=vgg19&shape=3x512x512&row=features.35"
ANOTHER = "/summary?model=vgg16&shape=3x512x512&row=features.28"  # whose answer nobody has waited for

WATCH = """() => {
    window.seen = [];
    const look = () => {
        const main = document.querySelector('[data-testid="stMain"]');
        const images = [...main.querySelectorAll('[data-testid="stHtml"] img')].filter(image => image.offsetParent);
        window.seen.push(images.at(-1)?.getBoundingClientRect().height ?? 0);
        requestAnimationFrame(look);
    };
    look();
}"""


def stop_button(page):
    """The page's own, not the one of Streamlit's header."""
    return page.get_by_test_id("stMain").get_by_role("button", name="Stop")


def look(page, title: str) -> None:
    page.get_by_role("tab", name=title).click()


def facts(page) -> list[str]:
    """What the page shows of its view: captions, choices and numbers."""
    texts = page.locator(".tile .title, .tile .line, [role=treegrid] [role=row], [data-testid=stMetricValue], h1")
    return [*texts.all_inner_texts(), *(box.input_value() for box in page.locator("input[type=number]").all())]


def test_long_work_shows_how_far_it_is_and_can_be_stopped(open_page, settle):
    page = open_page(LONG)
    look(page, "Feature maps")
    stop = stop_button(page)
    stop.wait_for(timeout=30_000)
    page.get_by_text(re.compile("Running the model …|warming up|before yours")).first.wait_for()
    stop.dispatch_event("click")  # at once: a busy machine would be done before the button rests
    page.get_by_text("Stopped, as you asked.").wait_for(timeout=30_000)
    settle(page)
    expect(stop).to_have_count(0)
    look(page, "Layers")
    settle(page)
    expect(page.get_by_text("Stopped, as you asked.")).to_have_count(0)
    assert page.get_by_role("treegrid").is_visible()


def test_a_newer_wish_ends_the_work_for_the_one_before(open_page, settle):
    page = open_page(ANOTHER)
    look(page, "Feature maps")
    stop_button(page).wait_for(timeout=30_000)
    look(page, "Layers")
    settle(page)
    assert page.get_by_role("treegrid").is_visible()


@pytest.mark.parametrize(
    "path",
    [
        "/augmentation?seed=7&count=2&image=coffee",
        pytest.param("/summary?model=LeNet&row=conv2", marks=pytest.mark.sweep),
    ],
)
def test_a_page_comes_back_from_its_address_when_the_server_is_started_again(browser, serve, settle, tmp_path, path):
    log = tmp_path / "log.txt"
    with serve(APP, log) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address + path)
        settle(page)
        page.locator(".tile .title, [role=treegrid] [role=row]").nth(2).wait_for()
        shown = facts(page)
    page.locator("[data-testid=stApp]:not([data-test-connection-state=CONNECTED])").wait_for(timeout=30_000)
    with serve(APP, log, port=urlsplit(address).port):
        settle(page)
        page.reload()
        settle(page, 1000)
        for _ in range(50):  # rows are fetched after the page has come
            if facts(page) == shown:
                break
            page.wait_for_timeout(200)
        assert facts(page) == shown
        context.close()


def test_work_asked_for_again_is_not_said_to_be_stopped(open_page, settle):
    page = open_page(LONG)
    look(page, "Feature maps")
    stop_button(page).click(timeout=30_000)
    page.get_by_role("button", name="Again").click(timeout=30_000)
    stop_button(page).wait_for(timeout=30_000)
    expect(page.get_by_text("Stopped, as you asked.")).to_have_count(0)
    expect(page.get_by_role("button", name="Again")).to_have_count(0)


def test_a_picture_keeps_its_place_until_the_next_is_there(open_page, settle):
    page = open_page("/summary?model=LeNet&row=conv2&look=field")
    knob = page.get_by_role("slider", name="Row of the unit")
    knob.focus(timeout=30_000)
    settle(page)
    before = page.get_by_test_id("stHtml").locator("img").last.get_attribute("src")
    page.evaluate(WATCH)
    knob.press("ArrowRight")
    page.locator(f'[data-testid=stHtml] img:visible:not([src="{before}"])').last.wait_for(timeout=30_000)
    page.get_by_alt_text(re.compile("rows [0-9]+ to")).last.wait_for()
    settle(page)
    assert page.get_by_test_id("stHtml").locator("img").last.get_attribute("src") != before
    heights = set(page.evaluate("window.seen"))
    assert len(heights) == 1
    assert min(heights) > 0
