"""Who sees little, or uses no mouse: axe-core over every page, tab, box and theme, and the colours of controls."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages.summary.looks import LOOKS
from pages.table import PAGES

PATHS = ["", *(page.path for page in PAGES)]
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# The second theme has the same structure: only its colours are new.
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The style sheet of all pages arrives beside what it is about, and may come a moment later.
STYLED = "() => [...document.querySelectorAll('style')].some((sheet) => sheet.textContent.includes('pointer: coarse'))"
# The least contrast between a control's edge or its own colour and what lies around it.
EDGES = """
() => {
  const light = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    const linear = [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return { a, y: 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] };
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      const one = light(getComputedStyle(at).backgroundColor);
      if (one.a > 0.5) return one.y;
    }
    return 1;
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const shadows = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
  const fields = shadows.flatMap((host) => [...host.shadowRoot.querySelectorAll("input:not([type=checkbox]), select")]);
  const boxes = document.querySelectorAll(`.react-aria-ComboBox > div, [data-testid="stTextInputRootElement"],
    [data-testid="stNumberInputContainer"], [data-testid="stTextAreaRootElement"]`);
  const tracks = [...document.querySelectorAll('[role="switch"]')].map((input) =>
    input.closest("label").querySelector(":scope > div"));
  const seen = (element) => element.checkVisibility();
  return [
    ...[...boxes].filter(seen).map((box) => [
      box.parentElement.closest("[class*=st-key-]")?.className ?? box.className,
      contrast(light(getComputedStyle(box).borderTopColor).y, behind(box.parentElement))]),
    ...fields.filter(seen).map((field) => [
      field.getRootNode().host.closest("[class*=st-key-]").className + " " + (field.ariaLabel ?? field.className),
      contrast(light(getComputedStyle(field).borderTopColor).y, behind(field.parentElement))]),
    ...tracks.filter(seen).map((track) => [
      track.closest("[class*=st-key-]").className,
      contrast(light(getComputedStyle(track).backgroundColor).y, behind(track.parentElement))]),
  ];
}
"""

# What is pressed and smaller than so many pixels on a side. Exceptions: the hidden way to what is in the page, links
# inside sentences (they are no buttons), what Streamlit lays over a table and the bar of a chart, which fingers do
# without; for fingers also steps of a graph and rows that fold, which are as dense as the table that they make.
SMALL = """
least => {
  const pressed = `button, summary, select, input:not([type=checkbox], [type=range], [type=file]), [role="tab"],
    [data-testid="stPageLink-NavLink"], [data-testid="stSidebarNavLink"], [data-testid="stTopNavLink"]`;
  const dense = `[data-testid="stElementToolbar"] *, .end, .node, .fold, .row select`;
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])]);
  const target = (element) => element.closest(`[data-testid="stTextInputRootElement"],
    [data-testid="stNumberInputContainer"], .react-aria-ComboBox > div`);
  return inside(document).filter((element) => element.matches(pressed) && element.checkVisibility()
    && !(least > 24 && element.matches(dense))).filter((element) => {
      const box = (element.matches("input") && target(element) || element).getBoundingClientRect();
      const after = getComputedStyle(element, "::after"); // what reaches beyond a dense line takes presses too
      const height = Math.max(box.height, after.position === "absolute" && parseFloat(after.height) || 0);
      return box.width > 1 && (box.width < least - 0.1 || height < least - 0.1);
    }).map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return `${width} x ${height}: ${element.outerHTML.slice(0, 200)}`;
    });
}
"""


def findings(page, rules) -> list[str]:
    """What axe calls serious or critical, a line each."""
    violations = Axe().run(page, options=rules).response["violations"]
    return [
        f"{violation['id']}: {node['target'][-1]} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.sweep)])
def test_every_tab_and_box_is_drawn_in_silence_and_axe_finds_nothing_serious(open_page, settle, path, theme):
    """The console of the page must stay silent too, under the policy that the server sends."""
    rules, edges = RULES if theme == "light" else COLOURS, []

    def look(place: str) -> None:
        assert findings(page, rules) == [], place
        edges.extend(page.evaluate(EDGES))

    page = open_page(f"/{path}", theme=theme)
    if path:
        page.get_by_role("combobox").first.wait_for()
    for switch in page.get_by_role("switch").all()[:1]:
        switch.locator("xpath=ancestor::label").click()
        settle(page)
    look("as it opens")
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
        look(tab.inner_text())
    for box in page.locator("details summary").all():
        box.click()
    for popover in page.locator('[data-testid="stPopover"] button').all():
        popover.click()
        settle(page)
        look(popover.inner_text())
        page.keyboard.press("Escape")
    assert bool(edges) == bool(path)
    assert {f"{name}: {contrast:.2f}" for name, contrast in edges if contrast < 3} == set()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("touch", "least"), [pytest.param(False, 24, marks=pytest.mark.sweep), (True, 44)])
def test_what_is_pressed_is_large_enough(browser, server, settle, path, touch, least):
    """A mouse's 24 pixels are among axe's rules too."""
    context = browser.new_context(
        viewport={"width": 390 if touch else 1280, "height": 844}, has_touch=touch, is_mobile=touch
    )
    page = context.new_page()
    page.goto(f"{server}/{path}")
    settle(page)
    page.wait_for_function(STYLED)
    # The settings of a step lie behind its title, where the steps are in sight.
    for title in page.locator('[class*="-title"] button:visible').all()[:1]:
        title.click()
        settle(page)
    small = page.evaluate(SMALL, least)
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
        small += page.evaluate(SMALL, least)
    for popover in page.locator('[data-testid="stPopover"] button:visible').all():
        popover.click()
        settle(page)
        small += page.evaluate(SMALL, least)
        page.keyboard.press("Escape")
    assert set(small) == set()
    context.close()


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
