"""One visitor at work: steps, chance, pictures of their own, by mouse and by keyboard."""

import re
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from cnnlab import limits
from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.augmentation.view import View
from tests.browser.fetching import fetched

PAGE = "/augmentation"


def at(page, key: str):
    """The element with a widget key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"augmentation.{key}"))


def press(page, key: str) -> None:
    at(page, key).locator("button:visible").click()


def switch(page, id: str):
    return at(page, f"{id}.on").locator("label")


def shown(page) -> View:
    """The view that the address bar names."""
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


def names(page) -> list[str]:
    return [call.name for call in shown(page).pipeline.calls]


def pictures(page, key: str) -> list[bytes]:
    """The pictures of the sheet, or of the steps of the sample that is looked at."""
    return fetched(at(page, key).locator(".steps img" if key == "strip" else "img"))


def upload(page, name: str, data: bytes) -> None:
    page.locator('[data-testid="stPopover"] button:visible').first.click()
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def png(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 200), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def visit(open_page, settle):
    """`visit(query)` opens the playground and waits for its pictures."""

    def visit(query: str = "", **how):
        page = open_page(f"{PAGE}{query}", **how)
        at(page, "strip").locator("img").first.wait_for(state="attached")
        return page

    return visit


def test_a_step_found_by_typing_is_added_opened_and_set(visit, settle):
    page = visit("?count=2")
    at(page, ".add").locator("input").focus()
    page.keyboard.type("pepper")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    settle(page)
    assert names(page)[-1] == "SaltAndPepperNoise"
    before = pictures(page, "strip")
    slider = at(page, "SaltAndPepperNoise.p.0").get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    settle(page)
    assert shown(page).pipeline.calls[-1]["p"] == 1
    assert pictures(page, "strip")[:-1] == before[:-1]


def test_a_typed_value_changes_the_pictures_after_its_step_alone(visit, settle):
    page = visit("?count=1")
    press(page, "RandomRotation.title")
    settle(page)
    before = pictures(page, "strip")
    box = at(page, "RandomRotation.degrees.0").locator("input")
    box.fill("170")
    box.press("Enter")
    settle(page)
    after = pictures(page, "strip")
    assert shown(page).pipeline.find("RandomRotation")["degrees"] == 170
    assert after[:3] == before[:3]
    assert after[3] != before[3]


def test_a_step_is_moved_and_another_switched_off(visit, settle):
    page = visit("?count=1")
    press(page, "ColorJitter.title")
    settle(page)
    press(page, "ColorJitter.up")
    settle(page)
    assert names(page) == ["RandomResizedCrop", "RandomHorizontalFlip", "ColorJitter", "RandomRotation"]
    switch(page, "RandomResizedCrop").click()
    settle(page)
    assert [call.enabled for call in shown(page).pipeline.calls] == [False, True, True, True]
    assert len(pictures(page, "strip")) == 4


def test_switches_clicked_faster_than_the_page_draws_all_count(visit, settle):
    page = visit("?seed=5&count=32")
    for call in View().pipeline.calls:
        switch(page, call.id).click()
    for call in View().pipeline.calls:
        expect(at(page, f"{call.id}.on").get_by_role("switch")).not_to_be_checked()
    settle(page, 1000)
    assert [call.enabled for call in shown(page).pipeline.calls] == [False] * 4


def test_what_is_done_while_the_page_draws_is_not_undone_by_an_older_address(visit, settle):
    page = visit("?seed=100")
    seed = at(page, "seed").locator("input")
    for number in range(8):
        press(page, "roll")
        page.wait_for_timeout(60 + 30 * number)  # a click at every moment of a run
    settle(page, 1000)
    assert seed.input_value() == str(shown(page).seed)
    assert shown(page).seed > 100


def test_one_sample_and_all_are_rolled_anew(visit, settle):
    page = visit("?count=4")
    first = pictures(page, "sheet")
    press(page, "roll_one")
    settle(page)
    second = pictures(page, "sheet")
    assert second[0] != first[0]
    assert second[1:] == first[1:]
    press(page, "roll")
    page.wait_for_function("() => location.search.includes('seed=1')")
    settle(page)
    assert all(new != old for new, old in zip(pictures(page, "sheet"), second, strict=True))


def test_the_sheet_shows_up_to_the_most_samples(visit, settle):
    page = visit("?count=2")
    at(page, "count").get_by_role("radio", name=str(limits.SAMPLES)).click()
    settle(page)
    at(page, "sheet").locator("img").nth(limits.SAMPLES - 1).wait_for(state="attached")
    assert shown(page).count == len(pictures(page, "sheet")) == limits.SAMPLES


def test_another_sample_and_another_picture_are_picked_by_keyboard(visit, settle):
    page = visit("?count=4")
    before = pictures(page, "strip")
    at(page, "sheet").locator('[data-id="2"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"place=3"), timeout=10_000)
    settle(page)
    assert shown(page).place == 2
    sample = pictures(page, "strip")
    assert sample[0] == before[0]
    assert sample[-1] != before[-1]
    at(page, "picture").locator('[data-id="coffee"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"image=coffee"), timeout=10_000)
    settle(page)
    assert shown(page).image == "coffee"
    assert pictures(page, "strip")[0] != before[0]


FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element.dataset.id ?? "";
}"""


@pytest.mark.parametrize(("key", "first", "last"), [("picture", "chelsea", "digit_9"), ("sheet", "0", "7")])
def test_pictures_are_one_stop_of_the_tab_key_and_arrows_lead_through_them(visit, key, first, last):
    page = visit()
    tiles = at(page, key).locator(".tile")
    at(page, key).locator(f'[data-id="{last}"]').wait_for()
    assert tiles.evaluate_all("tiles => tiles.filter(tile => tile.tabIndex === 0).map(tile => tile.dataset.id)") == [
        first
    ]
    tiles.first.focus()
    reached = [page.evaluate(FOCUSED)]
    for _ in range(tiles.count() - 1):
        page.keyboard.press("ArrowRight")
        reached.append(page.evaluate(FOCUSED))
    assert reached == tiles.evaluate_all("tiles => tiles.map(tile => tile.dataset.id)")
    assert (reached[0], reached[-1]) == (first, last)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) not in reached


def test_a_picture_of_ones_own_is_shown_and_a_broken_file_leaves_it(visit, settle):
    page = visit("?count=1")
    upload(page, "mine.png", png("teal"))
    at(page, "picture").locator('[data-id="own"][aria-pressed="true"]').wait_for()
    settle(page)
    mine = pictures(page, "strip")
    assert shown(page).image == "own"
    expect(page.locator('input[type="file"]')).to_have_count(0)  # the popover has gone over its answer
    upload(page, "broken.png", png("red")[:60])
    page.locator('[data-testid="stAlert"]').first.wait_for()
    settle(page)
    assert page.locator('[data-testid="stAlert"]').count() == 1
    assert pictures(page, "strip") == mine
    assert "Traceback" not in page.content()


def test_the_picture_on_the_screen_is_framed_and_any_other_can_be_picked_again(visit, settle):
    page = visit("?count=1&image=own")
    framed = at(page, "picture").locator('[aria-pressed="true"]')
    assert framed.get_attribute("data-id") == "chelsea"
    framed.click()
    page.wait_for_url(lambda address: "image=own" not in address, timeout=10_000)
    expect(page.locator('[data-testid="stAlert"]')).to_have_count(0)
    upload(page, "mine.png", png("teal"))
    at(page, "picture").locator('[data-id="own"][aria-pressed="true"]').wait_for()
    settle(page)
    at(page, "picture").locator('[data-id="chelsea"]').click()
    page.wait_for_url(lambda address: "image=own" not in address, timeout=10_000)


def test_every_kind_of_step_is_offered_and_the_search_narrows_it(visit, settle):
    page = visit("?count=1")
    at(page, ".add").locator("input").click()
    page.keyboard.type("Random")
    options = page.get_by_role("option")
    options.first.wait_for()
    assert 0 < options.count() < len(AUGMENTATIONS)


def test_a_typed_text_is_kept_while_its_popover_is_closed_and_goes_when_it_was_read(visit, settle):
    page = visit()
    button = page.get_by_role("button", name="Paste code")
    text = page.get_by_role("textbox", name="A Compose or JSON to read")
    button.click()
    text.fill("[v2.RandomInvert()]")
    page.keyboard.press("Escape")
    settle(page)
    expect(text).to_have_count(0)
    button.click()
    assert text.input_value() == "[v2.RandomInvert()]"
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("Steps read: 1.").wait_for()
    settle(page)
    expect(text).to_have_count(0)
    assert names(page) == ["RandomInvert"]
