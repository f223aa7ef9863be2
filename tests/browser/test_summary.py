"""One visitor and a model: the tree, its search, feature maps, a table taken away."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnnlab.images import sample
from cnnlab.models import INITIALISATIONS, MODELS, build
from cnnlab.summary import feature_maps, summarize
from cnnlab.summary.pictures import pictured
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View

PAGE = "/summary"
ZEROS = {kind: INITIALISATIONS["constant_"](val=0) for kind in ("convolution", "bias")}


def at(page, key: str):
    """The element with a widget key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"summary.{key}"))


def rows(page) -> list[str]:
    """The names of the rows that the tree shows."""
    found = at(page, "tree").locator(".row[data-row]")
    return found.evaluate_all("rows => rows.filter(row => row.offsetParent).map(row => row.dataset.row)")


def shown(page) -> View:
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


@pytest.fixture
def visit(open_page, settle):
    """`visit(query)` opens the summary and waits for its tree."""

    def visit(query: str = "", **how):
        page = open_page(f"{PAGE}{query}", **how)
        at(page, "tree").locator(".row[data-row]").first.wait_for()
        return page

    return visit


def test_resnet50_is_loaded_collapsed_searched_looked_into_and_taken_away(visit, settle):
    page = visit()
    box = at(page, "model").locator("input")
    box.focus()
    page.keyboard.type("resnet50")
    assert (
        at(page, "model")
        .get_by_role("option")
        .first.locator("span")
        .evaluate("span => span.scrollWidth <= span.clientWidth")
    )
    page.keyboard.press("Enter")
    settle(page)
    assert shown(page).model == MODELS["resnet50"]()
    report = summarize(build(MODELS["resnet50"]()), (3, 224, 224))

    tree = at(page, "tree")
    tree.get_by_role("button", name="Expand all").click()
    assert rows(page) == [row.name for row in report.rows]
    tree.get_by_role("button", name="Collapse all").click()
    assert rows(page) == [""]
    tree.locator("input").fill("downsample.0")
    found = rows(page)
    assert "layer4.0.downsample.0" in found
    assert all(any(name.startswith(above) for name in found if "downsample" in name) for above in found)
    tree.locator('.row[data-row="layer1.0.downsample.0"]').click()
    settle(page)
    assert shown(page).row == "layer1.0.downsample.0"

    page.get_by_role("tab", name="Feature maps").click()
    settle(page)
    maps = page.get_by_role("listbox", name="256 feature maps of layer1.0.downsample.0")
    maps.get_by_role("option").first.wait_for()
    assert maps.get_by_role("option").count() == 256

    page.get_by_role("tab", name="CSV").click()
    settle(page)
    with page.expect_download() as download:
        at(page, "csv.download").locator("button").click()
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["name"] for row in table] == [row.name for row in report.rows]
    assert int(table[0]["macs"]) == report.macs


CUT = """sheet => {
  const edge = sheet.getBoundingClientRect().left + sheet.clientLeft + sheet.clientWidth, range = document.createRange();
  return [...sheet.querySelectorAll(".row:not([hidden]) > :is(.number, .share)")].filter((cell) => {
    range.selectNodeContents(cell.querySelector("select, span") ?? cell);
    const text = range.getBoundingClientRect(), box = cell.getBoundingClientRect();
    return text.width && ((text.left < edge && text.right > edge + 1) || text.right > box.right + 1 || text.left < box.left - 1);
  }).map((cell) => cell.textContent);
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_no_number_is_cut_by_the_frame_which_says_that_there_is_more(visit, width):
    query = urlencode(View(model=MODELS["resnet50"](), shape=(3, 512, 512)).to_query())
    page = visit(f"?{query}", width=width)
    sheet, on = at(page, "tree").locator(".sheet"), at(page, "tree").locator(".on")
    assert sheet.evaluate(CUT) == []
    if sheet.evaluate("sheet => sheet.scrollWidth > sheet.clientWidth"):
        expect(on).to_have_text("›")
        on.click()
        expect(on).to_have_text("‹")
    else:
        expect(on).to_be_hidden()


def test_another_model_begins_with_an_empty_search(visit, settle):
    page = visit()
    search = at(page, "tree").get_by_role("searchbox")
    search.fill("conv1")
    at(page, "model").locator("input").focus()
    page.keyboard.type("resnet34")
    page.keyboard.press("Enter")
    settle(page)
    assert shown(page).model == MODELS["resnet34"]()
    expect(at(page, "tree").locator('.row[data-row="layer1"]')).to_be_visible()
    expect(search).to_have_value("")


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.sweep)])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_its_graph_leads_to_the_row(visit, settle, theme, width):
    page = visit("?model=LeNet", theme=theme, width=width)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.get_by_role("tab", name="Graph").click()
    settle(page)
    at(page, "graph").locator('.node[data-row="conv2"]').click()
    settle(page)
    assert shown(page).row == "conv2"


def test_rows_come_once_and_again_after_a_reload(visit, settle):
    page = visit("?model=resnet18")
    asked, frames = [], []
    page.on("request", lambda request: asked.append(request.url) if "/rows/" in request.url else None)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
    page.reload()
    at(page, "tree").locator(".row[data-row]").first.wait_for()
    settle(page)
    assert len(asked) == 1
    seen = rows(page)
    frames.clear()
    for name in ("conv1", "fc"):
        at(page, "tree").locator(f'.row[data-row="{name}"]').click()
        settle(page)
        assert shown(page).row == name
    assert len(asked) == 1
    assert max(frames) < 12_000  # the rows of this model are 30 000 bytes
    assert rows(page) == seen


def test_a_link_shows_the_same_model_in_another_browser(visit, settle):
    page = visit("?model=VGG&shape=1x96x96&batch=2")
    other = visit("?" + urlsplit(page.evaluate("location.href")).query)
    assert rows(other) == rows(page)
    assert shown(other) == shown(page)
    assert shown(other).shape == (1, 96, 96)


def test_a_wrong_input_is_explained_and_mended_with_one_press(visit, settle):
    page = visit("?model=AlexNet&shape=3x100x100")
    page.get_by_role("alert").first.wait_for()
    at(page, "fix.0").locator("button").click()
    settle(page)
    assert shown(page).shape == (1, 224, 224)
    assert page.get_by_role("alert").count() == 0


def test_rows_read_downwards_as_the_forward_of_lenet_does(visit, settle):
    page = visit("?model=LeNet")
    order = ["conv1", "/relu:1", "/max_pool2d:1", "conv2", "/relu:2", "/max_pool2d:2", "/flatten:1"]
    assert rows(page)[1:8] == order
    page.get_by_role("tab", name="Graph").click()
    settle(page)
    nodes = at(page, "graph").locator(".node[data-row]")
    assert nodes.evaluate_all("nodes => nodes.map(node => node.dataset.row)")[1:8] == order


def test_a_call_of_a_module_that_ran_before_is_light_and_leads_to_its_own_shapes(visit, settle):
    page = visit("?model=resnet18&row=layer3.0.relu%3A2")
    line = at(page, "tree").locator('.row[data-row="layer3.0.relu:2"]')
    assert line.locator(".turn").inner_text() == "2/2"
    assert line.get_attribute("aria-selected") == "true"
    card = page.locator('[data-testid="stMarkdownContainer"]').filter(has_text="layer3.0.relu:2").last
    assert "256 × 14 × 14" in card.inner_text()
    page.get_by_text("Call 2 of 2 of layer3.0.relu: the parameters are counted at the first.").wait_for()
    jargon = page.get_by_text("native_batch_norm ×20")
    assert not jargon.count() or not jargon.is_visible()
    page.get_by_role("button", name="Method").click()
    jargon.wait_for()


@pytest.mark.parametrize(("width", "theme"), [pytest.param(1280, "light", marks=pytest.mark.sweep), (390, "dark")])
def test_resnet34_beside_resnet18_shows_what_differs_and_nothing_off_the_edge(visit, settle, width, theme):
    against = View(model=MODELS["resnet18"](), against=MODELS["resnet34"]()).to_query()["against"]
    page = visit(f"?model=resnet18&against={against}", width=width, theme=theme)
    page.get_by_role("tab", name="Compare").click()
    settle(page)
    panel = at(page, "compared")
    panel.locator(".row[data-at]").first.wait_for()
    figures = panel.locator(".totals tbody tr").first.locator("td").all_inner_texts()
    assert [text.split("\n")[0] for text in figures] == ["11.7 M", "21.8 M", "+10.1 M"]
    assert panel.locator(".row[data-at] .name").first.inner_text().split() == [
        "A",
        "resnet18",
        "B",
        "resnet34",
        "differs",
    ]
    assert panel.get_by_role("button", name="16 equal rows").count() == 1
    assert panel.locator(".row.same").count() == 0
    before = panel.locator(".row[data-at]").count()
    panel.get_by_role("button", name="16 equal rows").click()
    assert panel.locator(".row.same").count() == 16
    panel.get_by_role("button", name="7 rows below").first.click()
    assert panel.locator(".row[data-at]").count() == before + 16 + 7
    edges = panel.locator(".sheet, .totals, .row > *, .totals th, .totals td").evaluate_all(
        "parts => Math.max(...parts.map(part => part.getBoundingClientRect().right))"
    )
    assert edges <= width
    sheet = panel.locator(".sheet")
    assert sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth + 1")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


PIXELS = """canvas => {
    const { width, height } = canvas, copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return [height, width, [...copy.getImageData(0, 0, width, height).data].filter((_, at) => at % 4 === 0)];
}"""


def arrived(page, words: str) -> None:
    """Once the link says so: on a busy machine a click takes its time."""
    page.wait_for_function("words => location.search.includes(words)", arg=words)


def enlarged(page) -> np.ndarray:
    height, width, red = at(page, "maps").locator(".one canvas").evaluate(PIXELS)
    return np.array(red, np.uint8).reshape(height, width)


@pytest.fixture
def look(open_page):
    """`look(query)` opens the feature maps and waits for them."""

    def look(query: str, **how):
        page = open_page(f"{PAGE}{query}", **how)
        at(page, "maps").get_by_role("option").first.wait_for()
        return page

    return look


def test_a_link_opens_one_map_and_arrows_and_clicks_lead_to_others_without_another_picture(look, settle):
    view = View(model=MODELS["LeNet"].example(), row="conv1", image="coffee", look="maps", channel=2)
    layer = feature_maps(Subject(view).real(), "conv1", pictured(sample("coffee"), (3, 32, 32)))
    page = look("?" + urlencode(view.to_query()))
    assert np.array_equal(enlarged(page), layer.channel(2))
    maps, asked = at(page, "maps"), []
    page.on("request", lambda request: asked.append(request.url))
    grid = maps.get_by_role("listbox")
    grid.focus()
    page.keyboard.press("ArrowRight")
    assert np.array_equal(enlarged(page), layer.channel(3))  # at once
    arrived(page, "channel=3")
    assert shown(page) == replace(view, channel=3)
    maps.get_by_role("option", name="Map 5").click()
    arrived(page, "channel=5")
    assert (shown(page).channel, maps.locator("input").input_value()) == (5, "5")
    assert np.array_equal(enlarged(page), layer.channel(5))
    maps.locator("input").fill("1")
    arrived(page, "channel=1")
    settle(page)
    assert [url for url in asked if "/picture/" in url or "/rows/" in url] == []
    assert page.get_by_role("button", name="Undo").is_disabled()  # where one looks is no step
    values = layer.maps[1]
    caption = maps.locator(".one figcaption").inner_text()
    assert [float(number.replace("−", "-")) for number in re.findall(r"−?[0-9.]*[0-9]", caption)] == pytest.approx(
        [values.min(), values.max(), values.mean()], rel=6e-3
    )


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.sweep)])
def test_the_enlarged_map_stands_beside_the_others_with_its_picture_and_kernel(look, width):
    page = look("?model=LeNet&row=conv1&look=maps&channel=4", width=width)
    maps = at(page, "maps")
    grid, one, photo, kernel = (
        maps.locator(part).bounding_box() for part in (".grid", ".one", ".photo", ".kernel canvas >> nth=0")
    )
    assert one["y"] == photo["y"]
    assert one["x"] + one["width"] <= photo["x"]
    assert kernel["y"] > one["y"]
    if width > 1000:
        assert grid["x"] + grid["width"] <= one["x"]
        assert abs(grid["y"] - one["y"]) < 60
    assert maps.locator(".kernel canvas").count() == 4  # in colours, red, green, blue
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    # One stop for all the maps, then the way to one of them.
    stops = maps.locator("[tabindex='0'], button:not([disabled]), input").count()
    assert stops == 4


def test_dead_maps_are_marked(look):
    page = look("?" + urlencode(View(model=MODELS["LeNet"](), row="conv1", look="maps", scheme=ZEROS).to_query()))
    maps = at(page, "maps")
    assert maps.locator(".tile.dead").count() == 6
    assert maps.get_by_role("option", name="Map 0 dead: zero everywhere").count() == 1
    assert maps.locator(".state").inner_text() == "dead: zero everywhere"


def test_the_open_tab_is_in_the_link_and_no_step(visit, settle):
    page = visit("?model=LeNet")
    page.get_by_role("tab", name="Memory").click()
    arrived(page, "look=memory")
    settle(page)
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.reload()
    settle(page)
    assert page.get_by_role("tab", name="Memory").get_attribute("aria-selected") == "true"
    page.get_by_role("tab", name="Layers").click()
    page.wait_for_function("() => !location.search.includes('look=')")


def test_a_friend_is_told_that_the_picture_was_the_senders_own(look, settle, tmp_path):
    page = look("?model=LeNet&row=conv1&look=maps")
    page.get_by_role("button", name="Your own picture").click()
    file = tmp_path / "mine.png"
    Image.new("RGB", (40, 30), "white").save(file)
    page.locator("input[type=file]").set_input_files(file)
    arrived(page, "image=own")
    settle(page, 600)
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Link").click()
    settle(page)
    page.get_by_text("Your own picture is not part of the link").wait_for()
    friend = look("?" + urlsplit(page.evaluate("location.href")).query)
    friend.get_by_text("This link was made with a picture of its sender's own").wait_for()
    assert page.get_by_text("This link was made with a picture of its sender's own").count() == 0
    page.get_by_role("button", name="Your own picture").click()
    page.get_by_role("button", name="Remove mine.png").click()
    page.wait_for_function("() => !location.search.includes('image=')")


def test_a_picture_that_is_too_large_is_refused_in_words_and_the_one_before_stays(look, settle, tmp_path):
    page = look("?model=LeNet&row=conv1&look=maps")
    page.get_by_role("button", name="Your own picture").click()
    page.get_by_text("up to 8 MB").wait_for()
    words = page.get_by_text("This file was not taken: it is larger than 8 MB")
    words.wait_for(state="hidden")
    file, large = tmp_path / "mine.png", tmp_path / "large.png"
    Image.new("RGB", (40, 30), "white").save(file)
    large.write_bytes(file.read_bytes() + bytes(9 << 20))
    page.locator("input[type=file]").set_input_files(file)
    arrived(page, "image=own")
    settle(page, 600)
    page.get_by_role("button", name="Your own picture").click()
    page.locator("input[type=file]").set_input_files(large)
    words.wait_for(state="visible")
    settle(page, 600)
    assert shown(page).image == "own"


def test_on_a_phone_the_look_comes_before_the_settings_and_enter_chooses_the_row_found(visit, settle):
    page = visit("?model=LeNet", width=390)
    tabs, card = page.get_by_role("tablist").first.bounding_box(), page.get_by_text("Starting values").bounding_box()
    assert tabs["y"] < card["y"]
    field = at(page, "tree").locator("input")
    field.fill("conv2")
    field.press("Enter")
    settle(page)
    page.wait_for_function("() => location.search.includes('row=conv2')")


def test_on_a_phone_the_chosen_tab_and_the_totals_are_in_sight(open_page):
    page = open_page(f"{PAGE}?look=state", width=390, height=844)
    tab, strip = page.get_by_role("tab", name="State dict"), page.get_by_role("tablist").first
    expect(tab).to_have_attribute("aria-selected", "true")
    for end in (0, 10_000):
        strip.evaluate("(strip, end) => { strip.scrollLeft = end; }", end)
        inner, outer = tab.bounding_box(), strip.bounding_box()
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1
    page.get_by_test_id("stMetric").nth(4).wait_for()
    numbers = [metric.bounding_box() for metric in page.get_by_test_id("stMetric").all()[:5]]
    assert max(box["y"] + box["height"] for box in numbers) - numbers[0]["y"] < 150


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.sweep)])
def test_the_pickers_of_the_hooks_stand_in_line_and_no_number_is_broken(open_page, width):
    page = open_page(f"{PAGE}?look=call&row=conv1", width=width)
    numbers = page.locator(".calls code span")
    numbers.first.wait_for()
    assert numbers.evaluate_all("spans => spans.filter(span => span.getClientRects().length > 1).length") == 0
    boxes = [
        at(page, key).locator(".react-aria-ComboBox > div").bounding_box() for key in ("calls.module", "calls.image")
    ]
    assert width < 641 or boxes[0]["y"] == boxes[1]["y"]
