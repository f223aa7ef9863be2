"""Two epochs as squares, as a visitor sees them: each batch in its order, what is left out, and where a sample comes again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from cnnlab.colours import CLASSES
from cnnlab.loading.orders import imagined
from cnnlab.loading.sampling import epochs_of
from cnnlab.loading.view import View
from pages.shared import component

ROOT = Path(__file__).parent.parent.parent
WORKED = """
async ([source, colours]) => {
    const script = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const steps = [["ArrowRight", [0, -1]], ["ArrowDown", [1, 3]], ["ArrowUp", [0, 2]], ["End", [1, 0]], ["Tab", [0, 0]]];
    return [colours.map(script.inkOn), steps.map(([key, at]) => script.led(key, at, [4, 4, 2]))];
}
"""


def contrast(colour, ink):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return (light + 0.05) / 0.05 if ink == "black" else 1.05 / (light + 0.05)


@pytest.fixture
def worked(browser):
    page = browser.new_page()
    page.goto("about:blank")
    yield page.evaluate(
        WORKED, [component.script(ROOT / "pages/shared") + component.script(ROOT / "pages/loading/orders"), CLASSES]
    )
    page.close()


def test_numbers_are_read_on_their_colours_and_keys_lead_to_squares(worked):
    inks, places = worked
    for colour, ink in zip(CLASSES, inks, strict=True):
        assert contrast(colour, ink) >= 4.5
    assert places == [[0, 0], [2, 1], [0, 2], [1, 3], None]


def test_the_squares_are_the_batches_of_the_sampler(open_page, settle):
    page = open_page("/loading?look=batches")
    page.get_by_role("button", name="87 / 8, drop_last").click()
    settle(page)
    figures = page.locator("figure.epoch")
    expect(figures).to_have_count(2)
    for figure, places in zip(figures.all(), epochs_of(View().ordering, imagined(87), 0), strict=True):
        expect(figure.locator(".batch")).to_have_count(11)
        assert figure.locator(".squares span").all_text_contents() == [str(place) for place in places]
        expect(figure.get_by_role("img", name="Left out by drop_last: 7 samples")).to_be_visible()
        expect(figure.get_by_role("img", name="Batch 10: 8 samples")).to_be_visible()
    square = figures.first.locator(".squares span").nth(9)
    square.hover()
    sample = square.text_content()
    expect(page.locator(".orders .line")).to_have_text(
        f"Epoch 1, batch 2, place 2: sample {sample}, class {int(sample) % 10 // 9}"
    )
    expect(page.locator(".squares .same")).to_have_text([sample, sample])
    page.mouse.move(0, 0)  # else what scrolls below it is pointed at
    figures.last.locator(".sheet").press("End")
    expect(page.locator(".orders .line")).to_contain_text("Epoch 2, batch 1, place 8")
    page.get_by_role("switch", name="drop_last").first.click(force=True)
    settle(page)
    expect(figures.first.get_by_role("img", name="Batch 11: 7 samples")).to_be_visible()
