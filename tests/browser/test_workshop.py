"""What a visitor sees of the workshop: long work that can be stopped, and a server that dies and is there again."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

APP = Path(__file__).parents[2] / "app.py"
LONG = "/summary?model=vgg19&shape=3x512x512&row=features.35"


def look(page, title: str) -> None:
    page.get_by_role("tab", name=title).click()


def way_out(page):
    """The page's own button: Streamlit has one in its header too."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop")


def facts(page) -> list[str]:
    """What the page shows of its view: captions, choices and numbers."""
    texts = page.locator(".tile .title, .tile .line, [role=treegrid] [role=row], [data-testid=stMetricValue], h1")
    return [*texts.all_inner_texts(), *(box.input_value() for box in page.locator("input[type=number]").all())]


def test_long_work_shows_how_far_it_is_and_can_be_stopped(open_page, settle):
    page = open_page(LONG)
    look(page, "Feature maps")
    stop = way_out(page)
    stop.wait_for(timeout=30_000)
    page.get_by_text(re.compile("Running the model …|warming up|before yours")).first.wait_for()
    stop.click()
    page.get_by_text("Stopped, as you asked.").wait_for(timeout=30_000)
    settle(page)
    assert stop.count() == 0
    look(page, "Layers")
    settle(page)
    assert page.get_by_text("Stopped, as you asked.").count() == 0
    assert page.get_by_role("treegrid").is_visible()


def test_a_newer_wish_ends_the_work_for_the_one_before(open_page, settle):
    page = open_page(LONG)
    look(page, "Feature maps")
    way_out(page).wait_for(timeout=30_000)
    look(page, "Layers")
    settle(page)
    assert page.get_by_role("treegrid").is_visible()


@pytest.mark.parametrize("path", ["/augmentation?seed=7&count=2&image=coffee", "/summary?model=LeNet&row=conv2"])
def test_a_page_comes_back_from_its_address_when_the_server_is_started_again(browser, serve, settle, tmp_path, path):
    log = tmp_path / "log.txt"
    with serve(APP, log) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address + path)
        settle(page)
        page.locator(".tile .line, [role=treegrid] [role=row]").nth(2).wait_for()
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
