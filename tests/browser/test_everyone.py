"""Usable by everyone: two languages, small screens, keyboard and screen reader."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from pages.shared.language import LANGUAGES
from pages.table import PAGES
from tests.browser.checks import WIDE, covered, unnamed_controls, wordless_pictures

# Home, and every page of the table with its first view and its examples.
PLACES = {
    "home": "/?",
    **{page.path: f"/{page.path}?" for page in PAGES},
    **{
        f"{page.path}, {name}": f"/{page.path}?{urlencode(view.to_query())}&"
        for page in PAGES
        for name, view in page.examples.items()
    },
}
# The strip may still grow when it is first scrolled, and its arrows come a moment later.
SCROLLED = """([place, arrow]) => {
    document.querySelector('[role="tablist"]').scrollLeft = place;
    return document.querySelector(`.stTabs > [data-testid="stTabsScroll${arrow}"]`) !== null;
}"""
ICON = re.compile(r"[a-z_]+ icon")

FIRST_VIEWS = ["home", *(page.path for page in PAGES)]
# The first views in English are among the tours of test_access.
EVERYWHERE = [
    pytest.param(place, language, marks=() if place in FIRST_VIEWS else pytest.mark.sweep)
    for place in PLACES
    for language in LANGUAGES
    if (place, language) not in [(first, "en") for first in FIRST_VIEWS]
]


def query(page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.evaluate("location.href")).query))


def choose_language(page, settle, language: str) -> None:
    page.locator(".st-key-language-choice").get_by_text(LANGUAGES[language], exact=True).click()
    settle(page)


def pictures(page) -> list[str]:
    tiles = page.locator(".st-key-augmentation-strip img")
    tiles.first.wait_for(state="attached")
    return tiles.evaluate_all("images => images.map(image => image.src)")


def test_the_language_changes_the_words_and_nothing_else(open_page, settle):
    page = open_page("/augmentation?seed=9&count=3")
    before, heading = pictures(page), page.locator("h1").inner_text()
    page.locator(".st-key-augmentation-RandomRotation-title button:visible").click()
    settle(page)
    choose_language(page, settle, "zh")
    assert query(page) == {"seed": "9", "count": "3", "lang": "zh"}
    assert page.locator("h1").inner_text() != heading
    assert re.search("[\u4e00-\u9fff]", page.locator("h1").inner_text())
    assert page.locator(".st-key-augmentation-RandomRotation-degrees-0").is_visible()
    assert pictures(page) == before
    page.reload()
    settle(page)
    assert re.search("[\u4e00-\u9fff]", page.locator("h1").inner_text())
    choose_language(page, settle, "en")
    assert page.locator("h1").inner_text() == heading
    assert query(page) == {"seed": "9", "count": "3", "lang": "en"}


def test_the_chosen_language_stays_in_the_address_of_every_page(open_page, settle):
    page = open_page("/?lang=zh")
    page.locator('[data-testid="stPageLink"] a').first.click()
    page.wait_for_url(re.compile("/augmentation"))
    settle(page)
    assert query(page)["lang"] == "zh"
    page.locator('[data-testid="stTopNavLink"]').first.click()
    settle(page)
    assert query(page).get("lang") == "zh"


def test_a_chinese_browser_is_met_in_chinese(open_page):
    page = open_page("/", locale="zh-CN")
    assert re.search("[\u4e00-\u9fff]", page.locator("main").inner_text().replace(LANGUAGES["zh"], ""))


@pytest.mark.parametrize(("place", "language"), EVERYWHERE)
def test_a_phone_needs_no_sideways_scrolling_and_everything_has_a_name(open_page, place, language):
    page = open_page(f"{PLACES[place]}lang={language}", width=390, height=800)
    assert page.evaluate(WIDE) == []
    assert wordless_pictures(page) == []
    assert unnamed_controls(page) == []


@pytest.mark.parametrize("touch", [False, True])
def test_the_chosen_tab_stands_beside_the_arrows_and_over_no_neighbour_in_sight(open_page, touch):
    page = open_page("/summary?look=memory", width=390, height=800, has_touch=touch)
    for place, arrow in ((0, "Right"), (200, "Left"), (10_000, "Left")):
        page.wait_for_function(SCROLLED, arg=[place, arrow])
        assert covered(page) == []


def test_an_open_step_is_no_wider_than_a_phone(open_page, settle):
    page = open_page("/augmentation", width=390, height=800)
    page.locator(".st-key-augmentation-RandomRotation-title button:visible").click()
    settle(page)
    assert page.evaluate(WIDE) == []


def test_a_control_is_called_what_it_does_and_not_what_its_icon_is_called(open_page):
    page = open_page("/augmentation?count=1")
    buttons = re.findall(r"- button \"([^\"]*)\"", page.locator("body").aria_snapshot())
    assert [name for name in buttons if ICON.fullmatch(name)] == []
