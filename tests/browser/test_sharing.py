"""What is on the screen travels: as a link, through a reload, and as code."""

import re
from io import BytesIO
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from PIL import Image

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.view import View
from cnnlab.images import sample, to_pixels
from tests.browser.fetching import fetched

TILES = {"sheet": ".st-key-augmentation-sheet img", "strip": ".st-key-augmentation-strip .steps img"}


def path(view: View, **more: str) -> str:
    return "/augmentation?" + urlencode({**view.to_query(), **more})


def shown(page) -> View:
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


def pictures(page) -> list[bytes]:
    """The pictures of the contact sheet and the film strip."""
    page.locator(TILES["strip"]).first.wait_for(state="attached")
    return [picture for key in ("sheet", "strip") for picture in fetched(page.locator(TILES[key]))]


def press(page, key: str) -> None:
    page.locator(f".st-key-augmentation-{key} button:visible").click()


VIEW = View("coffee", Pipeline.from_code("[v2.RandomCrop(64), v2.ColorJitter(0.5)]"), seed=11, count=6, place=2)


def test_a_link_gives_the_same_pixels_to_another_visitor_in_the_other_theme(open_page, settle):
    page = open_page("/augmentation", theme="light")
    press(page, "roll")
    settle(page)
    press(page, "RandomRotation-title")
    settle(page)
    press(page, "RandomRotation-remove")
    settle(page)
    link = urlsplit(page.evaluate("location.href"))
    other = open_page(f"{link.path}?{link.query}", theme="dark")
    assert len(pictures(other)) == 8 + 4
    assert pictures(other) == pictures(page)
    ground = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    assert page.evaluate(ground) != other.evaluate(ground)


def test_the_exact_code_gives_the_pixels_on_the_screen(open_page):
    page = open_page(path(VIEW))
    seen = np.asarray(Image.open(BytesIO(pictures(page)[-1])))
    page.locator('.st-key-augmentation-take [role="tab"]').nth(1).click()
    code = page.locator('.st-key-augmentation-take [role="tabpanel"]:visible [data-testid="stCode"] code').inner_text()
    scope = {}
    exec(code, scope)
    made = to_pixels(scope["transform"](sample("coffee")))
    factor = len(seen) // len(made)
    assert np.array_equal(seen, made.repeat(factor, 0).repeat(factor, 1))


def test_the_link_tab_names_the_address_of_the_page(open_page):
    page = open_page(path(VIEW))
    page.locator('.st-key-augmentation-take [role="tab"]').nth(3).click()
    panel = page.locator('.st-key-augmentation-take [role="tabpanel"]:visible [data-testid="stCode"]')
    assert panel.inner_text().strip() == page.url


def test_a_reload_keeps_everything(open_page, settle):
    page = open_page(path(VIEW))
    press(page, "roll_one")
    settle(page)
    before, view = pictures(page), shown(page)
    page.reload()
    settle(page)
    assert (pictures(page), shown(page)) == (before, view)


def test_back_and_forward_walk_through_what_was_shown(open_page, settle):
    page = open_page(path(VIEW))
    seeds = [VIEW.seed]
    for _ in range(2):
        press(page, "roll")
        settle(page)
        seeds.append(shown(page).seed)
    seed = page.locator(".st-key-augmentation-seed input")
    for expected in (seeds[1], seeds[0]):
        page.go_back()
        settle(page, 600)
        assert (shown(page).seed, seed.input_value()) == (expected, str(expected))
    page.go_forward()
    settle(page, 600)
    assert seed.input_value() == str(seeds[1])
    assert not page.get_by_text("Traceback").count()


def test_back_to_the_very_first_view_shows_it(open_page, settle):
    page = open_page("/augmentation")
    press(page, "roll")
    settle(page)
    page.go_back()
    settle(page, 600)
    assert page.locator(".st-key-augmentation-seed input").input_value() == "0"


def test_a_damaged_link_says_so_and_shows_the_example(open_page):
    page = open_page("/augmentation?steps=garbage&seed=3")
    assert page.locator('[data-testid="stAlert"]').count() == 1
    assert len(pictures(page)) == 8 + 5
    assert "Traceback" not in page.content()


def test_a_visit_leads_from_home_to_the_playground_and_back(open_page, settle):
    page = open_page("/")
    page.locator('[data-testid="stPageLink"] a').first.click()
    page.wait_for_url(re.compile("/augmentation"))
    settle(page)
    first = pictures(page)
    press(page, "roll")
    settle(page)
    rolled = pictures(page)
    page.locator('[data-testid="stTopNavLink"]').first.click()
    settle(page)
    page.locator('[data-testid="stTopNavLink"]').nth(1).click()
    settle(page)
    assert rolled != first
    assert pictures(page) == rolled
