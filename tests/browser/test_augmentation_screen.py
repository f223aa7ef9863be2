"""The playground as it stands on the screen: what is seen together, where a refusal is told, and that nothing jumps."""

from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.view import View, preset
from tests.browser.checks import COLOURS
from tests.browser.test_playground import at, press, switch

FAILING = View(pipeline=Pipeline.from_code("[v2.RandomHorizontalFlip(), v2.Normalize((0.5,), (0.5,)), v2.RGB()]"))


def path(view: View) -> str:
    return "/augmentation?" + urlencode(view.to_query())


def box(locator) -> dict[str, float]:
    locator.wait_for()
    return locator.bounding_box()


@pytest.fixture
def visit(open_page):
    def visit(view: View, **how):
        page = open_page(path(view), **how)
        at(page, "strip").locator("img").first.wait_for()
        return page

    return visit


def test_steps_one_sample_large_and_the_sheet_are_seen_together(visit):
    page = visit(View())
    large = [box(figure) for figure in at(page, "strip").locator(".pair .frame").all()]
    assert len(large) == 2
    assert all(picture["width"] >= 240 for picture in large)
    seen = [
        *large,
        box(at(page, "ColorJitter.row")),
        box(at(page, ".add")),
        box(at(page, "sheet").locator(".tile").last),
    ]
    assert max(part["y"] + part["height"] for part in seen) <= 900
    assert all(box(at(page, f"{call.id}.card"))["height"] <= 40 for call in View().pipeline.calls)


def test_on_a_phone_the_samples_come_first_and_stay_above_what_is_edited(visit, settle):
    page = visit(View(), width=390, height=844)
    first = at(page, "sheet").locator(".tile").first
    assert box(first)["y"] + 96 < 500
    press(page, "ColorJitter.title")
    settle(page)
    at(page, "ColorJitter.body").evaluate("body => body.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(200)
    sheet, body = box(first), box(at(page, "ColorJitter.body"))
    assert 40 < sheet["y"] < 100
    assert sheet["y"] + sheet["height"] < body["y"] + body["height"] < 844


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.sweep), 390])
def test_why_a_step_fails_and_the_mend_stand_in_its_row_and_at_its_picture(visit, settle, width):
    page = visit(FAILING, width=width)
    card = at(page, "Normalize.card")
    reason = card.locator('[data-testid="stAlert"]')
    row, told, mend = box(at(page, "Normalize.row")), box(reason), box(at(page, "remedy"))
    assert 0 <= told["y"] - row["y"] - row["height"] < 20
    assert mend["y"] + mend["height"] <= box(card)["y"] + box(card)["height"]
    assert page.locator('[data-testid="stAlert"]').count() == 1
    assert at(page, "strip").locator(".pair .none").inner_text() == reason.locator("p").inner_text()
    press(page, "remedy")
    settle(page)
    assert page.locator('[data-testid="stAlert"]').count() == 0


def test_the_first_change_of_a_preset_moves_nothing(visit, settle):
    page = visit(View(pipeline=preset("cifar10")))
    parts = [at(page, f"{call.id}.row") for call in preset("cifar10").calls] + [at(page, "sheet"), at(page, "strip")]
    before = [box(part) for part in parts]
    switch(page, "RandomHorizontalFlip").click()
    settle(page)
    assert page.get_by_text("Custom steps: 6, of which 5 are switched on.").is_visible()
    after = [box(part) for part in parts]
    assert [part["y"] for part in after] == [part["y"] for part in before]


def test_how_far_the_work_is_takes_no_room(visit):
    page = visit(View())
    where = "parts => parts.map(part => getComputedStyle(part.parentElement).position)"
    assert page.locator('[class*="st-key-augmentation-busy"]').evaluate_all(where) == ["absolute", "absolute"]


def test_a_step_is_looked_at_large_without_asking_the_server(visit, settle):
    page = visit(View())
    film = at(page, "strip")
    after, source = film.locator(".pair .tile").nth(1), "images => images.map(image => image.src)"
    stages = film.locator(".steps img").evaluate_all(source)
    for number in (2, 1, 4):
        film.locator(".steps .tile").nth(number).click()
        assert after.locator("img").evaluate_all(source) == [stages[number]]
    assert page.locator('[data-testid="stApp"]').get_attribute("data-test-script-state") == "notRunning"
    film.locator(".steps .tile").nth(1).click()
    press(page, "roll")
    settle(page)
    assert film.locator('.steps [aria-pressed="true"]').get_attribute("data-id") == "RandomResizedCrop"
    assert "RandomResizedCrop" in after.inner_text().replace("\u200b", "")


def test_the_step_that_is_looked_at_stays_the_same_and_in_sight_when_others_come_and_go(visit, settle):
    page = visit(View("coffee", preset("simclr")), width=390)
    strip = at(page, "strip").locator(".steps")
    chosen = strip.locator('[aria-pressed="true"]')
    strip.locator('[data-id="RandomResizedCrop"]').click()
    strip.evaluate("strip => strip.scrollTo(strip.scrollWidth, 0)")
    for _ in range(2):
        switch(page, "RandomHorizontalFlip").click()
        settle(page)
        assert chosen.get_attribute("data-id") == "RandomResizedCrop"
        outer, inner = box(strip), box(chosen)
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def test_what_scrolls_sideways_has_arrows_where_more_lies(visit):
    page = visit(View())
    strip, arrows = at(page, "picture").locator(".tiles"), at(page, "picture").locator(".end")
    hidden, where = "arrows => arrows.map(arrow => arrow.hidden)", "strip => strip.scrollLeft"
    assert strip.evaluate("strip => strip.scrollWidth > 2 * strip.clientWidth")
    assert arrows.evaluate_all(hidden) == [True, False]
    arrows.last.click()
    page.wait_for_timeout(800)
    assert strip.evaluate("strip => strip.scrollLeft / strip.clientWidth") == pytest.approx(0.8, abs=0.05)
    assert arrows.evaluate_all(hidden) == [False, False]
    strip.evaluate("strip => strip.scrollTo(strip.scrollWidth, 0)")
    page.wait_for_timeout(200)
    assert arrows.evaluate_all(hidden) == [False, True]
    before = strip.evaluate(where)
    arrows.first.click()
    page.wait_for_timeout(800)
    assert strip.evaluate(where) < before
    assert (
        arrows.evaluate_all("arrows => arrows.map(arrow => [arrow.tabIndex, arrow.ariaHidden])") == [[-1, "true"]] * 2
    )
    assert at(page, "strip").locator(".end").evaluate_all(hidden) == [True, True]


def test_no_name_is_cut_and_none_is_read_with_its_markup(visit, settle):
    page = visit(View())
    cut = "titles => titles.filter(title => title.scrollWidth > title.clientWidth).map(title => title.textContent)"
    assert at(page, "picture").locator(".title").evaluate_all(cut) == []
    press(page, "ColorJitter.title")
    settle(page)
    assert "`" not in page.locator("main").aria_snapshot()


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.sweep), 390])
def test_what_was_set_of_a_step_is_shortened_with_dots(visit, width):
    cut = """codes => codes.filter(code => code.checkVisibility()).filter(code => {
        const room = code.closest("p").getBoundingClientRect(), own = code.getBoundingClientRect();
        return own.right > room.right + 1 || (code.scrollWidth > code.clientWidth && code.clientWidth < 15);
    }).map(code => code.textContent)"""
    long = (
        "v2.RandomPhotometricDistort(p=0.25, brightness=(0.5, 1.5)), v2.RandomResizedCrop(size=224, scale=(0.4, 1.0))"
    )
    page = visit(View(pipeline=Pipeline.from_code(f"[{long}]")), width=width)
    assert at(page, "steps").locator('[class*="-title"] code').evaluate_all(cut) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_step_under_the_mouse_is_still_read(visit, theme):
    page = visit(View(pipeline=preset("imagenet_train")), theme=theme)
    at(page, "Normalize.title").locator("button:visible").hover()
    page.wait_for_timeout(400)  # its colour changes slowly
    faint = Axe().run(page, ".st-key-augmentation-Normalize-row", COLOURS).response["violations"]
    assert [node["html"] for rule in faint for node in rule["nodes"]] == []
