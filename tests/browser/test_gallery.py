"""A dataset's pictures in a real browser: each thumbnail is its picture, and a page of them is one request."""

import io
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from cnnlab.loading.embedded import digits
from cnnlab.loading.view import View
from cnnlab.loading.work import page as page_of

SLOW_MS = 30_000
GALLERY, CLASSES = ".st-key-loading-page", ".st-key-loading-classes"


def shown(page) -> View:
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


def seen(tile) -> np.ndarray:
    """The grays in the middle of each of the 8 × 8 squares of a thumbnail on the screen."""
    picture = Image.open(io.BytesIO(tile.locator("i").screenshot())).convert("L")
    side = picture.width / 8
    return np.array(
        [[picture.getpixel((int((x + 0.5) * side), int((y + 0.5) * side))) for x in range(8)] for y in range(8)]
    )


def test_pictures_are_seen_chosen_and_taken_to_the_next_look(open_page, settle):
    asked = []
    page = open_page("/loading?page=2")
    page.on("request", lambda request: asked.append(request.url) if "/picture/loading.page/" in request.url else None)
    tiles = page.locator(f"{GALLERY} .tile")
    page.locator(".st-key-loading-turning input").fill("3")
    page.keyboard.press("Enter")
    third = page_of(View(page=3)).tiles
    first = f"{third[0].index} · {third[0].label} · 8 × 8"
    expect(tiles.first).to_have_attribute("aria-label", first, timeout=SLOW_MS)
    settle(page)
    expect(tiles).to_have_count(len(third))
    assert [url for url in asked if url.endswith("page=3")] == asked[-1:]
    for at in (0, 12, 83):
        tiles.nth(at).scroll_into_view_if_needed()
        assert np.abs(seen(tiles.nth(at)) - digits().read()[third[at].index, 0].astype(int)).max() <= 2, at
    tiles.nth(5).click()
    expect(tiles.nth(5)).to_have_attribute("aria-pressed", "true")
    settle(page)
    assert shown(page).picture == third[5].index
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(6)).to_be_focused()
    page.locator(".st-key-loading-page-sample button").click()
    expect(page.get_by_role("tab", name="One sample")).to_have_attribute("aria-selected", "true")
    settle(page)
    assert (shown(page).look, shown(page).picture) == ("sample", third[5].index)


def test_a_class_opens_its_pictures_and_closes_them(open_page, settle):
    page = open_page("/loading")
    tiles, heads = page.locator(f"{GALLERY} .tile"), page.locator(f"{CLASSES} .head")
    expect(heads).to_have_count(10, timeout=SLOW_MS)
    heads.nth(4).click()
    expect(heads.nth(4)).to_have_attribute("aria-pressed", "true")
    settle(page)
    assert {label.split(" · ")[1] for label in tiles.evaluate_all("all => all.map(one => one.ariaLabel)")} == {"4"}
    assert shown(page).label == 4
    heads.nth(4).click()
    expect(heads.nth(4)).to_have_attribute("aria-pressed", "false")
    settle(page)
    assert shown(page).label is None
