"""Who sees little, or uses no mouse: axe-core over every page, tab, box and theme, and the colours of controls."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages.table import PAGES

PATHS = ["", *(page.path for page in PAGES)]
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# The second theme has the same structure: only its colours are new.
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The least contrast between a control's edge or its own colour and what lies around it.
EDGES = """
() => {
  const light = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    const linear = [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return { a, y: 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] };
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const one = light(getComputedStyle(at).backgroundColor);
      if (one.a > 0.5) return one.y;
    }
    return 1;
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const boxes = document.querySelectorAll(`.react-aria-ComboBox > div, [data-testid="stTextInputRootElement"],
    [data-testid="stNumberInputContainer"], [data-testid="stTextAreaRootElement"]`);
  const tracks = [...document.querySelectorAll('[role="switch"]')].map((input) =>
    input.closest("label").querySelector(":scope > div"));
  const seen = (element) => element.checkVisibility();
  return [
    ...[...boxes].filter(seen).map((box) => [
      box.parentElement.closest("[class*=st-key-]")?.className ?? box.className,
      contrast(light(getComputedStyle(box).borderTopColor).y, behind(box.parentElement))]),
    ...tracks.filter(seen).map((track) => [
      track.closest("[class*=st-key-]").className,
      contrast(light(getComputedStyle(track).backgroundColor).y, behind(track.parentElement))]),
  ];
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
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, settle, path, theme):
    rules = RULES if theme == "light" else COLOURS
    page = open_page(f"/{path}", theme=theme)
    assert findings(page, rules) == []
    tabs = page.locator('[role="tab"]')
    for number in range(tabs.count()):
        tabs.nth(number).click()
        settle(page)
        assert findings(page, rules) == [], tabs.nth(number).inner_text()
    for box in page.locator("details summary").all():
        box.click()
    for popover in page.locator('[data-testid="stPopover"] button').all():
        popover.click()
        settle(page)
        assert findings(page, rules) == [], popover.inner_text()
        page.keyboard.press("Escape")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_edges_of_controls_are_seen(open_page, path, theme):
    page = open_page(f"/{path}", theme=theme)
    if path:
        page.get_by_role("combobox").first.wait_for()
    for switch in page.get_by_role("switch").all()[:1]:
        switch.locator("xpath=ancestor::label").click()
    for popover in page.locator('[data-testid="stPopover"] button').all():
        popover.click()
    edges = page.evaluate(EDGES)
    assert bool(edges) == bool(path)
    assert [f"{name}: {contrast:.2f}" for name, contrast in edges if contrast < 3] == []


def test_the_uploader_speaks_the_language_of_the_page(open_page):
    page = open_page("/augmentation", locale="zh-CN")
    page.get_by_text("用你自己的图像").first.click()
    button = page.get_by_test_id("stFileUploaderDropzone").get_by_role("button", name=re.compile("上传$"))
    assert button.locator("p").evaluate(
        "p => [getComputedStyle(p).fontSize, getComputedStyle(p, '::after').content]"
    ) == ["0px", '"上传"']
    assert "per file" not in page.locator("body").inner_text()
