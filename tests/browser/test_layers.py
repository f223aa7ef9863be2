"""One visitor and a layer: its shape, a goal, a stack, a lesson, and the way from a summary and back."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from cnnlab.layers import LAYERS
from cnnlab.layers.lessons import LESSONS
from cnnlab.layers.view import View
from cnnlab.summary.view import View as Origin

FIRST = View()
CONV = LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5)
UP = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, padding=1)


def at(page, key: str):
    """The element with a widget key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"layers.{key}"))


def shown(page, kind=View):
    return kind.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


@pytest.fixture
def visit(open_page):
    """`visit(view)` opens the inspector and waits for its first line."""

    def visit(view: View = FIRST, **how):
        page = open_page(f"/layers?{urlencode(view.to_query())}", **how)
        at(page, "head").wait_for()
        return page

    return visit


def test_a_layer_is_chosen_given_an_input_mended_and_its_shape_explained(visit, settle):
    page = visit(View(look="shape"))
    box = at(page, "layer").locator("input")
    box.focus()
    page.keyboard.type("MaxPool2d")
    page.keyboard.press("Enter")
    settle(page)
    assert shown(page).call.name == "MaxPool2d"
    field = at(page, "shape").locator("input")
    field.fill("3x7x9")
    field.press("Enter")
    settle(page)
    assert "3 × 7 × 9 → 3 × 3 × 4" in at(page, "head").inner_text()
    assert page.get_by_text("o = ⌊(i + 2·p − d·(k − 1) − 1) / s⌋ + 1").count() == 2  # the sides differ
    field.fill("3x1x9")
    field.press("Enter")
    settle(page)
    mend = at(page, "mend.0").get_by_role("button")
    mend.click()
    settle(page)
    assert shown(page).here.output
    assert page.get_by_role("alert").count() == 0


def test_what_is_typed_as_a_shape_and_is_none_stays_with_a_sentence(visit, settle):
    page = visit()
    field = at(page, "shape").locator("input")
    field.fill("3x0x9")
    field.press("Enter")
    settle(page)
    assert "3x0x9 is not a shape" in page.get_by_role("alert").first.inner_text()
    assert field.input_value() == "3x0x9"
    assert shown(page) == View()


def test_a_setting_that_reaches_the_goal_is_ticked_and_used(visit, settle):
    page = visit(View(layers=(UP,), shape=(1, 14, 14), goal=(14, 28), look="shape"))
    table = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
    table.click(position={"x": 15, "y": 52})
    settle(page)
    assert shown(page).here.output == (1, 28, 28)
    assert (shown(page).call["kernel_size"], shown(page).call["stride"]) == (2, 2)


def test_a_stack_is_pasted_and_each_layer_inspected(visit, settle):
    page = visit(View(look="shape"))
    at(page, "pasting").get_by_role("button").click()
    page.get_by_role("textbox", name="An nn.Sequential, or one layer").fill(
        "nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2))"
    )
    page.get_by_role("button", name="Read it").click()
    settle(page)
    assert [call.name for call in shown(page).layers] == ["Conv2d", "ReLU", "MaxPool2d"]
    at(page, "place.2").get_by_role("button").click()
    settle(page)
    assert shown(page).place == 2
    at(page, "remove").get_by_role("button").click()
    settle(page)
    assert [call.name for call in shown(page).layers] == ["Conv2d", "ReLU"]


def test_a_lesson_is_opened_from_the_row(visit, settle):
    page = visit()
    page.get_by_role("button", name="Often got wrong").click()
    page.get_by_role("button", name="Dilation needs more padding").click()
    settle(page)
    (lesson,) = (lesson for lesson in LESSONS if lesson.title == "Dilation needs more padding")
    assert shown(page) == lesson.view
    assert page.get_by_text(str(lesson.told())).is_visible()
    assert not page.get_by_role("button", name="Channels come first").is_visible()


def test_a_link_names_no_look_where_it_is_the_first_of_the_layer(visit, settle):
    page = visit(View(layers=(LAYERS["Sigmoid"](),), look="pixels"))
    for title, look in (("Curve", ""), ("Pixels", "pixels")):
        page.get_by_role("tab", name=title).click()
        settle(page)
        assert shown(page).look == look


def test_a_row_of_a_summary_is_opened_here_with_its_weights_and_leads_back(open_page, settle):
    page = open_page("/summary?model=LeNet&row=conv1")
    link = page.get_by_role("link", name="Open in the layer inspector")
    assert link.evaluate("link => link.scrollWidth <= link.clientWidth")
    link.click()
    at(page, "head").wait_for()
    settle(page)
    view = shown(page)
    assert (view.call["out_channels"], view.first_shape, view.kernel, view.row) == (6, (3, 32, 32), "model", "conv1")
    assert page.get_by_role("alert").count() == 0
    page.get_by_role("link", name="Back to conv1 of LeNet").click()
    page.locator(".st-key-summary-tree").wait_for()
    settle(page)
    assert (shown(page, Origin).model.name, shown(page, Origin).row) == ("LeNet", "conv1")
    assert page.get_by_role("link", name="Open in the layer inspector").is_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen_and_the_layer_comes_first(visit):
    page = visit(View(layers=(CONV, LAYERS["ReLU"](), UP), shape=(3, 32, 32), look="shape"), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert (
        at(page, "head").bounding_box()["y"]
        < page.locator('[class*="st-key-layers-Conv2d-"]').first.bounding_box()["y"]
    )
