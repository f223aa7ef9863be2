"""One sample and its batch as a visitor sees them: every picture comes, a failure is mended by a press."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import expect

from cnnlab.augmentation import Pipeline
from cnnlab.loading.view import View

VIEW = View(look="sample", picture=30, augmentation=Pipeline.from_code("[v2.RandomRotation(30)]"))
SEEN = """
() => {
    const images = [...document.querySelectorAll(".strip img")];
    return images.length > 8 && images.every(image => image.complete && image.naturalWidth > 0 && image.alt);
}
"""


def at(view):
    return f"/loading?{urlencode(view.to_query())}"


def shown(page):
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


def test_every_step_and_the_first_of_the_batch_are_seen(open_page):
    page = open_page(at(VIEW))
    page.wait_for_function(SEEN)
    steps = page.get_by_role("group", name="Step by step")
    expect(steps.locator("figure")).to_have_count(5)
    expect(steps.locator("figure").nth(1)).to_contain_text("rotated")
    expect(steps.locator("figure").last).to_contain_text("float32")
    expect(page.get_by_role("group", name="The first pictures of the batch").locator("figure")).to_have_count(8)
    expect(page.locator(".parts")).to_contain_text("Tensor float32 · 64 × 1 × 8 × 8")


def test_unequal_sizes_are_padded_by_one_press_on_a_phone(open_page, settle):
    page = open_page(at(replace(VIEW, augmentation=Pipeline())), width=390)
    page.get_by_role("button", name="Unequal sizes").click()
    settle(page)
    expect(page.locator(".words")).to_contain_text("stack expects each tensor to be equal size, but got [3, 100, 200]")
    drawn = page.get_by_role("group", name="The first pictures of the batch").locator("img")
    wide, tall = (drawn.nth(number).bounding_box() for number in (0, 1))
    assert wide["width"] > tall["width"]
    assert wide["height"] < tall["height"]
    page.get_by_role("button", name="Pad to a multiple of 32").click()
    settle(page)
    expect(page.locator(".parts")).to_contain_text("Tensor float32 · 2 × 3 × 160 × 224")
    expect(page.locator(".parts")).to_contain_text("Tensor bool · 2 × 160 × 224 · False … True")
    expect(page.locator(".words")).to_have_count(0)
    one, other = (drawn.nth(number).bounding_box() for number in (0, 1))
    assert (one["width"], one["height"]) == (other["width"], other["height"])
    assert shown(page).multiple == 32
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
