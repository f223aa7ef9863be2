"""What may be wrong with a page as it stands: every check gives what it finds, nothing where all is well."""

import re
from contextlib import suppress

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import TimeoutError

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


def findings(page, rules, within: str = "html") -> list[str]:
    """What axe calls serious or critical in the page, or within what a selector names, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("async ([within, rules]) => (await axe.run(within, rules)).violations", [within, rules])
    return [
        f"{violation['id']}: {node['target'][-1]} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


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
