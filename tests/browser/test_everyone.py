"""Usable by everyone: two languages, small screens, keyboard and screen reader."""

import re
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import TimeoutError

from pages.shared.language import LANGUAGES
from pages.table import PAGES

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
WIDE = """() => ['html', '[data-testid="stMain"]', '[data-testid="stMainBlockContainer"]'].flatMap(name => {
    const box = document.querySelector(name);
    return box.scrollWidth > Math.min(box.clientWidth, innerWidth) ? [name] : [];
})"""
# Of two neighbours the one in front may lie over the other only where it would else be out of sight: beside an arrow.
COVERED = """() => [...document.querySelectorAll('[role="tablist"]')].filter((list) => list.checkVisibility()).flatMap((list) => {
    const box = (node) => node.getBoundingClientRect(), tabs = [...list.querySelectorAll('[role="tab"]')];
    const [left, right] = ["Left", "Right"].map((side) => list.parentElement.parentElement.querySelector(
        `:scope > [data-testid="stTabsScroll${side}"]`));
    const from = left ? box(left).right : box(list).left, to = right ? box(right).left : box(list).right;
    const chosen = tabs.find((tab) => tab.ariaSelected === "true");
    const held = (left && box(chosen).left <= from + 1) || (right && box(chosen).right >= to - 1);
    const out = box(chosen).left < from - 1 || box(chosen).right > to + 1;
    const over = tabs.slice(1).filter((tab, place) => box(tab).left < box(tabs[place]).right && !held);
    return [...(out ? [`${chosen.innerText} is out of sight`] : []), ...over.map((tab) => `over ${tab.innerText}`)];
})"""
# The strip may still grow when it is first scrolled, and its arrows come a moment later.
SCROLLED = """([place, arrow]) => {
    document.querySelector('[role="tablist"]').scrollLeft = place;
    return document.querySelector(`.stTabs > [data-testid="stTabsScroll${arrow}"]`) !== null;
}"""
ICON = re.compile(r"[a-z_]+ icon")

FIRST_VIEWS = ["home", *(page.path for page in PAGES)]
EVERYWHERE = [
    pytest.param(place, language, marks=() if place in FIRST_VIEWS else pytest.mark.sweep)
    for place in PLACES
    for language in LANGUAGES
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


def unnamed_controls(page) -> list[str]:
    """Controls whose name a screen reader could not say."""
    tree = page.locator("body").aria_snapshot()
    roles = "button|link|textbox|combobox|slider|spinbutton|switch|checkbox|tab|radio"
    assert re.search(rf"- '?({roles}) \"", tree)
    return re.findall(rf"^\s*- '?(?:{roles})(?![a-z]| \"|.*\").*$", tree, re.MULTILINE)


def wordless_pictures(page) -> list[str]:
    pictures = page.locator("img")
    return pictures.evaluate_all("images => images.filter(image => !image.alt.trim()).map(image => image.outerHTML)")


def covered(page) -> list[str]:
    """Tabs that lie over a neighbour, or are out of sight, once their strip has come to rest."""
    with suppress(TimeoutError):
        page.wait_for_function(f"() => !({COVERED})().length", timeout=3000)
    return page.evaluate(COVERED)


@pytest.mark.parametrize(("place", "language"), EVERYWHERE)
def test_a_phone_needs_no_sideways_scrolling_and_everything_has_a_name(open_page, place, language):
    page = open_page(f"{PLACES[place]}lang={language}", width=390, height=800)
    assert page.evaluate(WIDE) == []
    assert wordless_pictures(page) == []
    assert unnamed_controls(page) == []


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_no_tab_is_wider_than_a_phone_and_every_picture_in_it_has_words(open_page, settle, path):
    page = open_page(f"/{path}", width=390, height=800)
    tabs = page.locator('[role="tab"]')
    assert tabs.count() >= 4
    for number in range(tabs.count()):
        tabs.nth(number).click()
        settle(page)
        assert page.evaluate(WIDE) == [], tabs.nth(number).inner_text()
        assert covered(page) == []
        assert wordless_pictures(page) == []
        assert unnamed_controls(page) == []


@pytest.mark.parametrize("touch", [False, True])
def test_the_chosen_tab_stands_beside_the_arrows_and_over_no_neighbour_in_sight(browser, server, settle, touch):
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=touch)
    page = context.new_page()
    page.goto(f"{server}/summary?look=memory")
    settle(page)
    for place, arrow in ((0, "Right"), (200, "Left"), (10_000, "Left")):
        page.wait_for_function(SCROLLED, arg=[place, arrow])
        assert covered(page) == []
    context.close()


def test_an_open_step_is_no_wider_than_a_phone(open_page, settle):
    page = open_page("/augmentation", width=390, height=800)
    page.locator(".st-key-augmentation-RandomRotation-title button:visible").click()
    settle(page)
    assert page.evaluate(WIDE) == []


@pytest.mark.parametrize("place", FIRST_VIEWS)
def test_pictures_and_controls_have_names_on_a_wide_screen(open_page, place):
    page = open_page(PLACES[place])
    page.locator("main img, main button").first.wait_for()
    assert wordless_pictures(page) == []
    assert unnamed_controls(page) == []


def test_a_control_is_called_what_it_does_and_not_what_its_icon_is_called(open_page):
    page = open_page("/augmentation?count=1")
    buttons = re.findall(r"- button \"([^\"]*)\"", page.locator("body").aria_snapshot())
    assert [name for name in buttons if ICON.fullmatch(name)] == []
