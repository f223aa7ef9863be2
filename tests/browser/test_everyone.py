"""Usable by everyone: two languages, small screens, keyboard and screen reader."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.view import View, preset
from pages.shared.language import LANGUAGES

PATHS = ["/", "/augmentation"]
WIDE = """() => ['html', '[data-testid="stMain"]', '[data-testid="stMainBlockContainer"]'].flatMap(name => {
    const box = document.querySelector(name);
    return box.scrollWidth > Math.min(box.clientWidth, innerWidth) ? [name] : [];
})"""
ICON = re.compile(r"[a-z_]+ icon")


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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_phone_needs_no_sideways_scrolling(open_page, settle, path, language):
    page = open_page(f"{path}?lang={language}", width=390, height=800)
    assert page.evaluate(WIDE) == []
    if path == "/augmentation":
        page.locator(".st-key-augmentation-RandomRotation-title button:visible").click()
        settle(page)
        assert page.evaluate(WIDE) == []
        for number in range(page.locator('[role="tab"]').count()):
            page.locator('[role="tab"]').nth(number).click()
            assert page.evaluate(WIDE) == []


@pytest.mark.parametrize("path", PATHS)
def test_every_picture_has_words_in_its_place(open_page, path):
    page = open_page(path)
    pictures = page.locator("img")
    pictures.first.wait_for()
    assert (
        pictures.evaluate_all("images => images.filter(image => !image.alt.trim()).map(image => image.outerHTML)") == []
    )


@pytest.mark.parametrize("path", PATHS)
def test_every_control_has_a_name(open_page, path):
    page = open_page(path)
    tree = page.locator("body").aria_snapshot()
    roles = "button|link|textbox|combobox|slider|spinbutton|switch|checkbox|tab|radio"
    assert re.search(rf"- '?({roles}) \"", tree)
    assert re.findall(rf"^\s*- '?(?:{roles})(?![a-z]| \"|.*\").*$", tree, re.MULTILINE) == []


def test_a_control_is_called_what_it_does_and_not_what_its_icon_is_called(open_page):
    page = open_page("/augmentation?count=1")
    buttons = re.findall(r"- button \"([^\"]*)\"", page.locator("body").aria_snapshot())
    assert [name for name in buttons if ICON.fullmatch(name)] == []


@pytest.mark.parametrize("name", [name for name in PRESETS if name in ("detection", "simclr")])
def test_a_preset_opens_on_a_phone_without_overflow(open_page, name):
    view = View(PRESETS[name].image, preset(name), count=4)
    page = open_page("/augmentation?" + "&".join(f"{key}={value}" for key, value in view.to_query().items()), width=390)
    assert pictures(page)
    assert page.locator('[data-testid="stAlert"], [data-testid="stException"]').count() == 0
    assert page.evaluate(WIDE) == []
