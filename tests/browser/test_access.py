"""Who sees little, or uses no mouse: axe-core over every page, tab, box and theme, and the colours of controls."""

import re

import pytest

from pages.summary.looks import LOOKS
from pages.table import PAGES
from tests.browser.checks import (
    COLOURS,
    EDGES,
    RULES,
    SMALL,
    WIDE,
    covered,
    findings,
    unnamed_controls,
    wordless_pictures,
)

TABLESS = ("", "training")  # as they open
PANELS = '[role="tablist"], [role="tabpanel"]'
PATHS = ["", *(page.path for page in PAGES)]
# The style sheet of all pages arrives beside what it is about, and may come a moment later.
STYLED = "() => [...document.querySelectorAll('style')].some((sheet) => sheet.textContent.includes('pointer: coarse'))"
THEMED = "theme => getComputedStyle(document.querySelector('.stApp')).colorScheme === theme"
# Colours on their way to others are none to judge.
ARRIVED = "() => document.getAnimations().forEach((one) => one instanceof CSSTransition && one.finish())"


@pytest.fixture
def tour(open_page, settle):
    """`tour(path, look, …)` opens a page, a step in it, every tab, box and popover, and each time calls `look(page, within)`.

    What `look` gives is what is wrong there, a list for each check; `within` is a selector of what is new in sight.
    """

    def tour(path: str, look, **more) -> None:
        def stop(place: str, within: str = "html") -> None:
            wrong = {check: found for check, found in look(page, within).items() if found}
            assert wrong == {}, place

        page = open_page(f"/{path}", **more)
        if path:
            page.get_by_role("combobox").first.wait_for()
        page.wait_for_function(STYLED)
        page.locator("main img, main button").first.wait_for()
        stop("as it opens")
        # The settings of a step lie behind its title, where the steps are in sight.
        for title in page.locator('[class*="-title"] button:visible').all()[:1]:
            title.click()
            settle(page)
        for switch in page.get_by_role("switch").all()[:1]:
            switch.locator("xpath=ancestor::label").click()
            settle(page)
        tabs = page.get_by_role("tab").all()
        assert len(tabs) >= 4 or path in TABLESS
        for tab in tabs:
            tab.click()
            settle(page)
            stop(tab.inner_text(), PANELS)
        for box in page.locator("details summary").all():
            box.click()
        for popover in page.locator('[data-testid="stPopover"] button:visible').all():
            popover.click()
            settle(page)
            stop(popover.inner_text())
            assert popover.get_attribute("aria-expanded") == "true"
            page.keyboard.press("Escape")

    return tour


@pytest.mark.parametrize("path", PATHS)
def test_every_tab_and_box_is_drawn_in_silence_and_axe_finds_nothing_serious(tour, settle, path):
    """In both themes; the console of the page must stay silent too, under the policy that the server sends."""
    theme, edges = "light", []

    def look(page, within: str) -> dict[str, list]:
        # Each place starts in the theme in which the place before ended.
        nonlocal theme
        first, second = theme, {"light": "dark", "dark": "light"}[theme]
        wrong = {f"axe, {first}": findings(page, RULES, within), f"edges, {first}": page.evaluate(EDGES)}
        wrong |= {
            "small for a mouse": page.evaluate(SMALL, 24),
            "pictures without words": wordless_pictures(page),
            "controls without names": unnamed_controls(page),
        }
        page.emulate_media(color_scheme=second)
        page.wait_for_function(THEMED, arg=second)
        settle(page)
        page.evaluate(ARRIVED)
        wrong |= {f"axe, {second}": findings(page, COLOURS, within), f"edges, {second}": page.evaluate(EDGES)}
        theme = second
        for name in (f"edges, {first}", f"edges, {second}"):
            edges.extend(wrong[name])
            wrong[name] = [f"{control}: {contrast:.2f}" for control, contrast in wrong[name] if contrast < 3]
        return wrong

    tour(path, look)
    assert bool(edges) == bool(path)


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_every_tab_without_sideways_scrolling_and_in_the_size_of_fingers(tour, path):
    """With fingers, and as narrow a window with a mouse, which the same page is given in turns."""

    protocol = None

    def look(page, within: str) -> dict[str, list]:
        nonlocal protocol
        protocol = protocol or page.context.new_cdp_session(page)  # what it sets ends with it
        wrong = {
            "small for fingers": page.evaluate(SMALL, 44),
            "wider than the screen, fingers": page.evaluate(WIDE),
            "tabs, fingers": covered(page),
        }
        fingers(protocol, page, False)
        wrong |= {
            "wider than the screen, mouse": page.evaluate(WIDE),
            "tabs, mouse": covered(page),
            "pictures without words": wordless_pictures(page),
            "controls without names": unnamed_controls(page),
        }
        fingers(protocol, page, True)
        return wrong

    tour(path, look, width=390, height=844, has_touch=True, is_mobile=True)


def fingers(protocol, page, there: bool) -> None:
    """Give the visitor fingers, or take them."""
    protocol.send("Emulation.setTouchEmulationEnabled", {"enabled": there, "maxTouchPoints": 1})
    page.wait_for_function("there => matchMedia('(pointer: coarse)').matches === there", arg=there)


def test_all_tabs_are_seen_on_a_wide_screen(open_page):
    page = open_page("/summary")
    tabs = page.locator(".st-key-summary-look").first
    tabs.get_by_role("tab").last.wait_for()
    page.wait_for_function(STYLED)
    page.get_by_test_id("stTabsScrollRight").first.wait_for(state="hidden")
    # All at one moment: what stands above may still grow and push them down.
    right, places = tabs.evaluate("""tabs => [tabs.getBoundingClientRect().right,
        [...tabs.querySelector('[role="tablist"]').querySelectorAll('[role="tab"]')].map(
          (tab) => tab.getBoundingClientRect().toJSON())]""")
    assert len(places) == len(LOOKS)
    assert max(place["right"] for place in places) <= right
    assert places[-1]["y"] - places[0]["y"] < 60


def test_the_uploader_speaks_the_language_of_the_page(open_page):
    page = open_page("/augmentation", locale="zh-CN")
    page.get_by_text("用你自己的图像").first.click()
    button = page.get_by_test_id("stFileUploaderDropzone").get_by_role("button", name=re.compile("上传$"))
    assert button.locator("p").evaluate(
        "p => [getComputedStyle(p).fontSize, getComputedStyle(p, '::after').content]"
    ) == ["0px", '"上传"']
    assert "per file" not in page.locator("body").inner_text()
