"""What a call does as boxes with arrows, and gradients as small multiples, as a visitor sees them."""

import pytest

PAGE = "/summary?model=LeNetSigmoid&row=conv.3"
BOXES = """
list => [...list.querySelectorAll("li")].map(item => {
    const box = item.getBoundingClientRect(), style = getComputedStyle(item);
    return {left: box.left, right: box.right, top: box.top, bottom: box.bottom, way: style.borderLeftColor,
            arrow: getComputedStyle(item, "::after").content, text: item.innerText};
})
"""
BLUE, ORANGE = "rgb(0, 114, 178)", "rgb(168, 100, 0)"


def opened(open_page, settle, look, **how):
    page = open_page(PAGE, **how)
    page.get_by_role("tab", name=look, exact=True).click()
    settle(page)
    return page


@pytest.mark.parametrize(("width", "theme"), [pytest.param(1280, "light", marks=pytest.mark.sweep), (390, "dark")])
def test_a_call_goes_down_in_blue_and_comes_back_up_beside_it(open_page, settle, width, theme):
    page = opened(open_page, settle, "Call and hooks", width=width, theme=theme)
    steps = page.locator("ol.calls")
    steps.wait_for()
    boxes = steps.evaluate(BOXES)
    numbers = [box["text"].split()[0] for box in boxes]
    assert numbers == ["1", "2", "3", "The", "4", "5", "6"]
    assert [box["way"] for box in boxes[:3]] == [BLUE] * 3
    assert [box["way"] for box in boxes[4:]] == [ORANGE] * 3
    assert all(0 <= box["left"] < box["right"] <= width for box in boxes)
    tops = [box["top"] for box in boxes]
    if width < 1000:
        assert tops == sorted(tops)
        assert all("↓" in box["arrow"] for box in boxes[:-1])
    else:  # what goes in stands beside its gradient, what comes out beside that one's
        assert [tops[6], tops[5], tops[4]] == tops[:3] == sorted(tops[:3])
        assert boxes[0]["right"] < boxes[6]["left"]
        assert all("↓" in box["arrow"] for box in boxes[:3])
        assert all("↑" in box["arrow"] for box in boxes[3:-1])
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_gradients_of_all_starts_stand_below_each_other_and_a_start_can_be_taken_away(open_page, settle):
    page = opened(open_page, settle, "Gradients", width=390)
    chart = page.locator(".st-key-summary-gradients-norms")
    chart.locator(".subplot").first.wait_for()
    assert chart.locator(".subplot").count() == 5
    tall = chart.bounding_box()["height"]
    assert chart.locator(".main-svg").first.bounding_box()["width"] <= 390
    page.locator(".st-key-summary-gradients-rivals").get_by_role("button", name="Kaiming").click()
    settle(page)
    assert chart.locator(".subplot").count() == 4
    assert chart.bounding_box()["height"] < tall
    assert "rivals=xavier-small-large" in page.url
