"""Looks at a layer, as a visitor sees them: matrices, feature maps, counts, a curve, numbers by hand, dropout."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import torch
from playwright.sync_api import expect

from cnnlab.layers import LAYERS
from cnnlab.layers.jobs import asked
from cnnlab.layers.view import View
from cnnlab.layers.work import matrix
from cnnlab.specs import Call
from pages.shared import component
from tests.browser.fetching import kept_frames

ROOT = Path(__file__).parent.parent.parent
WRITTEN = """
async ([source, rows, ways]) => {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const script = await import(address);
    return ways.map(([way, group]) => {
        const { left, right, shift, result, reads, makes } = script.written(rows, way, group);
        const places = result.flatMap((row, i) => row.map((_, j) => [reads(i, j), makes(i, j)]));
        return { left, right, shift, result, places };
    });
}
"""
WEAVES = {
    "the course's": ("Conv2d", (1, 4, 4), {"bias": False}),
    "padded in steps": ("Conv2d", (2, 5, 6), {"in_channels": 2, "out_channels": 3, "padding": 1, "stride": 2}),
    "in groups": ("Conv2d", (4, 4, 4), {"in_channels": 4, "out_channels": 6, "groups": 2, "dilation": (1, 1)}),
    "circular": ("Conv1d", (1, 6), {"padding": 2, "padding_mode": "circular"}),
    "transposed": ("ConvTranspose2d", (2, 3, 2), {"in_channels": 2, "out_channels": 2, "stride": 2, "output_padding": 1}),
    "linear": ("Linear", (3,), {"in_features": 3, "out_features": 4}),
}  # fmt: skip
LESSON = View(
    layers=(LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3, bias=False),),
    shape=(1, 4, 4),
    fill="counting",
    kernel="counting",
    look="matrix",
)


def at(page, key: str):
    """The element with a widget key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"layers.{key}"))


def shown(page):
    return View.from_query(dict(parse_qsl(urlsplit(page.evaluate("location.href")).query)))


@pytest.fixture
def visit(open_page):
    return lambda view, **how: open_page(f"/layers?{urlencode(view.to_query())}", **how)


@pytest.mark.parametrize("name", WEAVES)
def test_every_way_to_write_a_layer_multiplies_to_what_torch_gives(browser, name):
    layer, shape, values = WEAVES[name]
    base = {} if layer == "Linear" else {"in_channels": 1, "out_channels": 1, "kernel_size": 3}
    view = View(layers=(LAYERS[layer](**base | values),), shape=shape, fill="random", kernel="kaiming_normal_", seed=3)
    rows = json.loads(gzip.decompress(matrix(asked(view)).rows)) | {"kind": view.call.spec.family}
    ways = [("matrix", 0)]
    ways += [("windows", group) for group in range(rows["groups"])] if rows["columns"] else []
    ways += [("turned", 0)] if rows["adjoint"] else []
    context = browser.new_context()
    source = component.script(ROOT / "pages/layers/matrix")
    told = context.new_page().evaluate(WRITTEN, [source, rows, ways])
    context.close()
    parts: dict[str, list[float]] = {}
    for (way, _group), tables in zip(ways, told, strict=True):
        parts.setdefault(way, []).extend(value for row in tables["result"] for value in row)
        if way != "turned":
            assert [makes for _, (makes,) in tables["places"]] == list(range(len(parts[way])))[-len(tables["places"]) :]
    y = rows["output"]["values"]
    assert parts["matrix"] == pytest.approx(y, abs=1e-4)
    if "windows" in parts:
        assert parts["windows"] == pytest.approx(y, abs=1e-4)
    if "turned" in parts:  # the layer that the page names, with these very weights
        back = Call.from_dict(rows["adjoint"]["call"], LAYERS).build()
        weight = torch.tensor(rows["weight"]["values"]).reshape(rows["weight"]["shape"])
        with torch.no_grad():
            back.weight.copy_(weight)
            expected = back(torch.tensor(y).reshape(rows["output"]["shape"]))
        assert parts["turned"] == pytest.approx(expected.flatten().tolist(), abs=1e-4)


def test_a_matrix_is_gone_through_by_keys_and_by_mouse_without_asking_the_server(visit, settle):
    page = visit(LESSON)
    matrix, sent = at(page, "matrix"), []
    line, equation = matrix.locator(".line"), matrix.locator(".equation")
    expect(line).to_have_text("y[0, 0, 0] = 1·0 + 2·1 + 3·2 + 4·4 + 5·5 + 6·6 + 7·8 + 8·9 + 9·10 = 303")
    expect(matrix.locator(".says")).to_contain_text("4 × 16 · 16 × 1 = 4 × 1")
    settle(page)
    page.on("request", lambda request: sent.append(request.url))
    frames = kept_frames(page)
    equation.focus()
    page.keyboard.press("ArrowDown")
    expect(line).to_contain_text("y[0, 0, 1] = 1·1 + 2·2 + 3·3")
    page.keyboard.press("End")
    expect(line).to_contain_text("y[0, 1, 1]")
    box = matrix.locator(".left canvas").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] * 0.6)
    expect(line).to_contain_text("y[0, 1, 0]")
    matrix.get_by_role("button", name="Windows as columns (im2col)").click()
    expect(matrix.locator(".says")).to_contain_text("1 × 9 · 9 × 4 = 1 × 4")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    matrix.get_by_role("button", name="The transposed matrix").click()
    expect(matrix.locator(".says")).to_contain_text("16 × 4 · 4 × 1 = 16 × 1")
    expect(matrix.locator(".adjoint")).to_contain_text("nn.ConvTranspose2d(")
    assert (sent, frames()) == ([], [])


@pytest.mark.parametrize("side", [4, 5])
def test_all_of_an_equation_is_in_sight_and_no_size_is_broken(visit, side):
    page = visit(replace(LESSON, layers=(LESSON.call.replace(bias=True),), shape=(1, side, side)))
    matrix = at(page, "matrix")
    equation, titles = matrix.locator(".equation"), matrix.locator(".equation figcaption")
    ways = matrix.locator(".ways button")
    expect(ways).to_have_count(3)
    for way in ways.all():
        way.click()
        assert equation.evaluate("all => all.scrollWidth <= all.clientWidth"), way.inner_text()
        assert all(re.search(r"\d+\xa0×\xa0\d+$", title) for title in titles.all_text_contents() if title)


@pytest.mark.parametrize(("width", "theme"), [pytest.param(390, "dark", marks=pytest.mark.sweep), (1280, "light")])
def test_a_map_of_a_photo_is_enlarged_beside_its_kernel(visit, settle, width, theme):
    conv = LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5)
    page = visit(View(layers=(conv,), shape=(3, 32, 32), kernel="default", look="maps"), width=width, theme=theme)
    maps = at(page, "maps").first
    maps.get_by_role("option").first.wait_for()
    assert maps.get_by_role("option").count() == 6
    maps.get_by_role("option").first.click()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("channel=1"))
    settle(page)
    assert shown(page).channel == 1
    expect(maps.locator(".kernel figcaption")).to_contain_text("Its kernel, 5 × 5")
    assert maps.locator(".kernel canvas").count() == 4  # in colours, then each channel
    with page.expect_download() as download:
        page.get_by_role("button", name="All maps as PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


SCREENS = [
    (View(layers=(LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2),), kernel="ones",
          shape=(1, 5, 5), look="checkerboard"), "A checkerboard", ".numbers td, .st-key-layers-evenness img"),
    (View(layers=(LAYERS["Sigmoid"](),), look="curve"), "saturated", ".js-plotly-plot .scatterlayer"),
    (View(layers=(LAYERS["BatchNorm2d"](num_features=2),), look="normalised", step=2), "running mean became", ".numbers td"),
    (View(layers=(LAYERS["Dropout"](),), look="dropout"), "What was dropped is violet", ".numbers td.gone"),
    (LESSON, "each row makes one output", ".left canvas"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "words", "drawn"), SCREENS, ids=lambda value: getattr(value, "look", ""))
@pytest.mark.parametrize(("width", "theme"), [(390, "light"), pytest.param(1280, "dark", marks=pytest.mark.sweep)])
def test_a_look_is_drawn_with_what_it_shows_and_fits_the_screen(visit, settle, view, words, drawn, width, theme):
    page = visit(view, width=width, theme=theme)
    page.locator(drawn).first.wait_for()
    expect(page.get_by_text(words).first).to_be_visible()
    settle(page)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_violet_and_gray_say_what_was_dropped_and_what_is_of_another_group(visit):
    page = visit(View(layers=(LAYERS["BatchNorm2d"](num_features=2),), look="normalised", fill="counting"))
    colour = "cell => getComputedStyle(cell).backgroundColor"
    last, other = page.locator(".numbers.x td:not(.other)").last, page.locator(".numbers.x td.other").last
    last.wait_for()
    assert last.evaluate(colour) != other.evaluate(colour)
