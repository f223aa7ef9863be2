"""The pixel microscope: what its script finds out against the core and torch; then what a visitor points at, types and reads."""

import gzip
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from cnnlab.layers import LAYERS
from cnnlab.layers.contributions import contributions, fed, ravel, unravel
from cnnlab.layers.jobs import asked
from cnnlab.layers.view import View
from cnnlab.layers.work import pixels
from pages.layers.pixels import typed_numbers
from pages.shared import component
from tests.browser.fetching import kept_frames

ROOT = Path(__file__).parent.parent.parent
CALL = """
async ([source, name, cases]) => {
    window.script ??= await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    return cases.map((values) => script[name](...values));
}
"""
# For every element of a layer, in one go: what the script says of it.
WALK = """
async ([source, rows]) => {
    window.script ??= await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const each = (tensor, tell) => tensor.values.map((_, at) => tell(at));
    const working = (at) => { const { terms, added, divisor } = script.working(rows, at); return { terms, added, divisor }; };
    return { outputs: each(rows.output, working), inputs: each(rows.input, (at) => script.feeds(rows, at)) };
}
"""


def drawn(name: str, shape: tuple[int, ...], **values) -> tuple[View, dict]:
    """A view of a layer, and the rows that the browser gets of it."""
    more = {key: values.pop(key) for key in ("fill", "kernel", "numbers") if key in values}
    view = View(layers=(LAYERS[name](**values),), shape=shape, **({"fill": "counting", "kernel": "default"} | more))
    return view, json.loads(gzip.decompress(pixels(asked(view)).rows))


def conv(**values):
    return {"in_channels": 1, "out_channels": 1, "kernel_size": 3} | values


SMALL = {
    "padded": ("Conv2d", (1, 5, 5), conv(padding=1)),
    "reflected": ("Conv2d", (1, 5, 6), conv(padding=2, padding_mode="reflect")),
    "circular": ("Conv2d", (1, 4, 5), conv(padding=1, padding_mode="circular", stride=2)),
    "strided and dilated": ("Conv2d", (1, 7, 7), conv(stride=2, dilation=2, padding=2)),
    "grouped": ("Conv2d", (4, 4, 4), conv(in_channels=4, out_channels=4, groups=2)),
    "depthwise": ("Conv2d", (3, 4, 4), conv(in_channels=3, out_channels=6, groups=3)),
    "a line": ("Conv1d", (2, 6), conv(in_channels=2, out_channels=3, padding=1)),
    "a volume": ("Conv3d", (1, 3, 4, 4), conv(padding=1, kernel_size=2)),
    "transposed": ("ConvTranspose2d", (1, 3, 3), conv(stride=2, output_padding=1, padding=1)),
    "transposed in groups": ("ConvTranspose2d", (4, 3, 3), conv(in_channels=4, out_channels=2, groups=2, dilation=2)),
    "largest of cut windows": ("MaxPool2d", (2, 6, 6), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    "mean with padding": ("AvgPool2d", (1, 5, 5), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    "mean without": ("AvgPool2d", (1, 5, 5), {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    "mean of unequal windows": ("AdaptiveAvgPool2d", (1, 5, 5), {"output_size": 3}),
    "unpooled": ("MaxUnpool2d", (2, 3, 3), {"kernel_size": 2, "fill": "digit"}),
    "interpolated": ("Upsample", (1, 3, 3), {"scale_factor": 2.0, "mode": "bilinear"}),
    "a matrix": ("Linear", (3,), {"in_features": 3, "out_features": 4}),
    "two inputs": ("Bilinear", (2, 4), {"in1_features": 4, "in2_features": 3, "out_features": 2, "fill": "random"}),
    "shuffled": ("PixelShuffle", (4, 2, 2), {"upscale_factor": 2}),
    "folded": ("Fold", (4, 9), {"output_size": (4, 4), "kernel_size": (2, 2)}),
}  # fmt: skip
COURSE = {"x": (1.0, 2.0, 3.0), "w": tuple(float(row) for row in (1, 2, 3, 4) for _ in range(3)), "b": (0.5,) * 4}


@pytest.fixture(scope="module")
def source():
    return component.script(ROOT / "pages/layers/pixels") + component.script(ROOT / "pages/shared")


@pytest.fixture(scope="module")
def blank(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def call(blank, source):
    return lambda name, *cases: blank.evaluate(CALL, [source, name, cases])


@pytest.mark.parametrize("case", SMALL)
def test_what_makes_an_element_is_what_the_core_says_and_its_sum_what_torch_gives(case, blank, source):
    name, shape, values = SMALL[case]
    view, rows = drawn(name, shape, **values)
    told = blank.evaluate(WALK, [source, rows])
    layer, place = view.call, unravel
    plane = len(rows["output"]["values"]) // rows["output"]["shape"][0]
    indices = tuple(index % plane for index in rows["indices"] or ())
    for at, work in enumerate(told["outputs"]):
        terms = contributions(layer, shape, place(at, tuple(rows["output"]["shape"])), indices)
        expected = sorted((ravel(term.input, shape), _weight(term.weight, rows)) for term in terms)
        assert sorted((term["input"], term["weight"]) for term in work["terms"] if term["input"] != -1) == expected
        if rows["join"] in ("sum", "mean", "copy"):
            total = sum(term["value"] for term in work["terms"]) / (work["divisor"] or 1) + (work["added"] or 0)
            assert total == pytest.approx(rows["output"]["values"][at], rel=1e-4, abs=1e-4)
    for at, outputs in enumerate(told["inputs"]):
        expected = [
            ravel(output, tuple(rows["output"]["shape"])) for output in fed(layer, shape, place(at, shape), indices)
        ]
        assert sorted({output["output"] for output in outputs}) == sorted(expected)


def _weight(place, rows) -> int:
    return -1 if place is None else ravel(place, tuple(rows["weight"]["shape"]))


SIGNED = {"w": (-1.0, 0.25), "b": (-2.0,)}
PAIR = {"in1_features": 2, "in2_features": 2, "out_features": 1, "kernel": "ones"}
VOLUME = conv(in_channels=3, kernel="ones")
POOLED = ("MaxPool2d", (1, 4, 4), {"kernel_size": 2, "fill": "course"})


@pytest.mark.parametrize(
    ("layer", "output", "says"),
    [
        (("Linear", (3,), {"in_features": 3, "out_features": 4, "numbers": COURSE}), 0, "y[0] = 1 · 1 + 2 · 1 + 3 · 1 + 0.5 = 6.5"),
        (POOLED, 3, "y[0, 1, 1] = max(3, 4, 3, 0) = 4"),
        (("AvgPool2d", (1, 4, 4), {"kernel_size": 3, "padding": 1}), 0, "y[0, 0, 0] = (0 + 1 + 4 + 5) / 9 ≈ 1.111"),
        (("Conv1d", (1, 3), conv(kernel_size=2, numbers=SIGNED)), 1, "y[0, 1] = 1 · (−1) + 2 · 0.25 − 2 = −2.5"),
        (("PixelShuffle", (4, 2, 2), {"upscale_factor": 2}), 1, "y[0, 0, 1] = x[1, 0, 0] = 4"),
        (("LPPool1d", (1, 4), {"norm_type": 2.0, "kernel_size": 2}), 1, "y[0, 1] = (2² + 3²)^(1/2) ≈ 3.606"),
        (("ReLU", (1, 2, 2), {}), 3, "y[0, 1, 1] = ReLU(3) = 3"),
        (("Conv2d", (2, 3, 3), conv(in_channels=2, kernel="ones")), 0, "y[0, 0, 0] = 36 + 117 + 0 = 153"),
        (("Conv3d", (3, 5, 11, 11), VOLUME), 0, "y[0, 0, 0, 0] = 1971 + 10611 + 19251 + 0 = 31833"),
        (("Bilinear", (1, 2), PAIR), 0, "y[0, 0] = 0 · 1 · 0 + 0 · 1 · 1 + 1 · 1 · 0 + 1 · 1 · 1 + 0 = 1"),
    ],
)  # fmt: skip
def test_a_sum_is_written_out_as_people_read_it(call, layer, output, says):
    name, shape, values = layer
    _, rows = drawn(name, shape, **values)
    (line,) = call("written", [{**rows, "layer": name}, output])
    assert "".join(piece["text"] for piece in line["pieces"]) == says


PADDED = ("Conv2d", (1, 4, 4), conv(padding=1, kernel="ones"))
WORDS = {
    "feeds": {"one": "feeds one", "many": "feeds {count}"},
    "writes": {"one": "writes one", "many": "writes {count}"},
    "joins": {"one": "used once", "many": "used {count}"},
    "left": {"zero": "zero", "rows": "rows", "channels": "channels", "more": "more"},
    "inPadding": "padding",
    "pad": "nothing",
    "inside": {"one": "in one", "many": "in {count}"},
    "wins": "wins",
    "loses": "{element} wins",
}


@pytest.mark.parametrize(
    ("layer", "focus", "says"),
    [
        (("Conv2d", (1, 4, 4), conv(padding=1, padding_mode="reflect")), ("x", 5), "x[0, 1, 1] = 5 feeds 9: "),
        (("Bilinear", (1, 2), PAIR | {"out_features": 2}), ("x", 0), "x[0, 0] = 0 feeds 2: "),
        (("ConvTranspose2d", (1, 3, 3), conv()), ("x", 4), "x[0, 1, 1] = 4 writes 9: "),
        (("AvgPool2d", (1, 4, 4), {"kernel_size": 2}), ("x", 4), "x[0, 1, 0] = 4 feeds one: "),
        (PADDED, ("w", 0), "w[0, 0, 0, 0] = 1 used 16: y[0, 0, 0] ← nothing: 0 · 1 = 0; "),
        (POOLED, ("x", 2), "x[0, 0, 2] = 4 in one: y[0, 0, 1], wins"),
        (POOLED, ("x", 3), "x[0, 0, 3] = 3 in one: y[0, 0, 1], x[0, 0, 2] wins"),
    ],
)  # fmt: skip
def test_each_output_that_an_element_feeds_counts_once(call, layer, focus, says):
    name, shape, values = layer
    _, rows = drawn(name, shape, **values)
    kind, at = focus
    (told,) = call("account", [rows, {"kind": kind, "at": at}, WORDS])
    assert "".join(piece["text"] for piece in told["line"]).startswith(says)


@pytest.mark.parametrize(
    ("layer", "output", "part", "lines"),
    [
        (("Conv2d", (1, 4, 4), conv(kernel="ones", fill="random")), 0, False, 9),
        (("Conv2d", (1, 5, 5), conv(kernel_size=4, kernel="identity")), 0, True, 16),
        (("Conv2d", (2, 3, 3), conv(in_channels=2, kernel="ones")), 0, True, 18),
        (("ReLU", (1, 2, 2), {}), 0, False, 0),
    ],
)
def test_a_sum_knows_whether_all_its_terms_stand_in_it(call, layer, output, part, lines):
    name, shape, values = layer
    _, rows = drawn(name, shape, **values)
    (told,) = call("account", [rows, {"kind": "y", "at": output}, WORDS])
    assert (told["part"], len(told["lines"])) == (part, lines)


def test_numbers_are_read_with_their_signs_and_without_false_digits(call):
    values = [3, -0.5, 1 / 3, 12345.678, 2e-7, -3e12, 0, None]
    assert call("told", *([value] for value in values)) == [
        "3", "−0.5", "≈ 0.3333", "≈ 12346", "2·10⁻⁷", "−3·10¹²", "0", "–"
    ]  # fmt: skip
    shorts = [(0.25, ".25"), (-0.0321, "−.03"), (0.0001234, "~0"), (-12.34, "−12"), (123456, "123k"), (-999.6, "−1000")]
    assert call("short", *([value, 4] for value, _ in shorts)) == [text for _, text in shorts]


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2.5", {"value": 2.5}),
        (" −.5 ", {"value": -0.5}),
        ("+1e3", {"value": 1000}),
        ("-0", {"value": 0}),
        ("", {"why": "empty"}),
        ("-", {"why": "word"}),
        ("abc", {"why": "word"}),
        ("1,5", {"why": "word"}),
        ("0x10", {"why": "word"}),
        ("nan", {"why": "word"}),
        ("inf", {"why": "infinite"}),
        ("−∞", {"why": "infinite"}),
        ("1e400", {"why": "large"}),
        ("1000001", {"why": "large"}),
    ],
)
def test_only_finite_numbers_of_a_size_are_taken(call, said, read):
    assert call("typed", [said, 10**6]) == [read]


def test_an_arrow_key_leads_within_a_grid(call):
    keys = ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End", "a")
    assert call("moved", *([key, [0, 1], [2, 2]] for key in keys)) == [
        [0, 1],
        [1, 1],
        [0, 0],
        [0, 1],
        [0, 0],
        [0, 1],
        None,
    ]


def test_padding_is_drawn_with_what_its_mode_puts_there(call):
    _, rows = drawn("Conv2d", (1, 3, 3), **conv(padding=1, padding_mode="reflect"))
    ((plane,),) = call("planes", [rows, "x", {"x": [0], "y": [0]}])
    held = [[cell.get("at", cell.get("source")) for cell in line] for line in plane["cells"]]
    assert held[0] == [4, 3, 4, 5, 4]
    assert ["place" in cell for cell in plane["cells"][1]] == [True, False, False, False, True]
    _, rows = drawn("MaxPool2d", (1, 5, 5), kernel_size=2, ceil_mode=True)
    ((plane,),) = call("planes", [rows, "x", {"x": [0], "y": [0]}])
    assert [cell.get("outside", False) for cell in plane["cells"][0]] == [False] * 5 + [True]


@pytest.mark.parametrize("forged", [
    None, [], {"y": [1.0]}, {"x": "1"}, {"x": [1.0]}, {"x": [1.0, 2.0, float("inf")]}, {"x": [1.0, 2.0, 10**7]},
    {"x": [1.0, 2.0, True]}, {"b": [1.0] * 3}, {"x": [1.0, 2.0, 3.0], "w": [None] * 12},
])  # fmt: skip
def test_forged_numbers_are_not_taken(forged):
    view = View(layers=(LAYERS["Linear"](in_features=3, out_features=4),), shape=(3,))
    rows = pixels(asked(view)).rows
    assert typed_numbers(forged, rows) == {}
    assert typed_numbers({"x": [1.0, 2.0, -0.5]}, rows) == {"x": (1.0, 2.0, -0.5)}


APP = """
import streamlit as st
from pages.serving.answers import answer_routes
from pages.serving.headers import Headers
from pages.serving.parts import part_route
from starlette.middleware import Middleware

app = st.App("lab.py", routes=[part_route(""), *answer_routes("")], middleware=[Middleware(Headers)])
"""
LAB = """
from cnnlab.layers.view import View
from pages.layers.pixels_look import pixels_look
from pages.shared.history import History

history = History("layers", View)
pixels_look(history, history.now.places()[history.now.place])
history.write_url()
"""


@pytest.fixture(scope="module")
def lab(serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pixels")
    (folder / "app.py").write_text(APP)
    (folder / "lab.py").write_text(LAB)
    with serve(folder / "app.py", folder / "log.txt") as address:
        yield address
    assert "Traceback" not in (folder / "log.txt").read_text()


@pytest.fixture
def visit(new_page, lab, settle):
    """`visit(view)` opens the look at it; its console must stay silent."""

    def visit(view: View, **has):
        page = new_page(**has)
        query = "&".join(f"{name}={value}" for name, value in view.to_query().items())
        page.goto(f"{lab}/?{query}")
        page.locator(".panel.y .cell").first.wait_for(timeout=60_000)
        settle(page)
        return page

    return visit


def cell(page, kind: str, at: int):
    return page.locator(f'.panel.{kind} .cell[data-at="{at}"]')


def lit(page, kind: str) -> list[int]:
    return page.locator(f".panel.{kind} .cell.lit[data-at]").evaluate_all(
        "cells => cells.map(cell => +cell.dataset.at)"
    )


PLUS = View(layers=(LAYERS["Conv2d"](**conv(padding=1)),), shape=(1, 4, 4), fill="counting", kernel="identity")


def test_pointing_lights_up_both_ways_and_asks_the_server_nothing(open_page, settle):
    page = open_page(f"/layers?{urlencode(PLUS.to_query())}")
    cell(page, "y", 0).wait_for()
    settle(page)
    frames = kept_frames(page)
    for at in range(16):
        cell(page, "y", at).hover()
    expect(page.locator(".line")).to_contain_text("y[0, 3, 3] = ")  # written in one go with what lights up
    assert lit(page, "x") == [10, 11, 14, 15]
    assert lit(page, "w") == list(range(9))
    expect(page.locator(".more")).to_have_text("Line by line")  # nothing is left out of the sum
    assert page.locator(".cell.padding.lit").count() == 5
    cell(page, "x", 0).hover()
    expect(page.locator(".line")).to_contain_text("x[0, 0, 0] = 0 feeds 4 outputs")
    assert lit(page, "y") == [0, 1, 4, 5]
    cell(page, "w", 4).hover()
    expect(page.locator(".more")).to_have_text("Show all 16")
    assert len(lit(page, "y")) == len(lit(page, "x")) == 16
    page.wait_for_timeout(600)
    assert frames() == []


def test_a_chosen_element_is_in_the_link_and_arrow_keys_go_on_from_it(visit, settle):
    page = visit(PLUS)
    cell(page, "y", 5).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".heard")).to_contain_text("y[0, 2, 2] = ")
    page.wait_for_url(re.compile("element=0x2x2"))
    settle(page)
    expect(cell(page, "y", 10)).to_have_class(re.compile("self"))
    assert page.locator('.panel.y [tabindex="0"]').count() == 1
    page.get_by_role("button", name="One step on").click()
    expect(page.locator(".turn")).to_have_text("12 of 16")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".turn")).to_have_text("13 of 16")
    page.get_by_role("button", name="Pause").click()
    at = int(page.locator(".turn").inner_text().split()[0]) - 1
    page.wait_for_url(re.compile(f"element=0x{at // 4}x{at % 4}"))
    page.reload()
    expect(cell(page, "y", at)).to_have_class(re.compile("self"))


def test_the_same_element_is_chosen_in_one_layer_after_the_other(open_page):
    page = open_page(f"/layers?{urlencode(replace(PLUS, layers=PLUS.layers * 2).to_query())}")
    cell(page, "y", 5).click()
    page.wait_for_url(re.compile("element=0x1x1"))
    page.locator(".st-key-layers-place-1 button").first.click()
    page.wait_for_url(lambda url: "place=2" in url and "element" not in url)
    expect(cell(page, "y", 5)).not_to_have_class(re.compile("self"))
    cell(page, "y", 5).click()
    page.wait_for_url(re.compile("element=0x1x1"))


def test_a_number_is_typed_into_the_kernel_and_torch_works_it_out(visit, settle):
    page = visit(PLUS)
    cell(page, "y", 5).click()
    expect(page.locator(".line")).to_contain_text("= 5")
    cell(page, "w", 4).dblclick()
    field = page.locator(".editor input")
    for wrong, why in (
        ("inf", "finite"),
        ("-", "no number"),
        ("1e400", "between −1,000,000 and 1,000,000"),
        ("abc", "no number"),
    ):
        field.fill(wrong)
        field.press("Enter")
        expect(page.locator(".why")).to_contain_text(why)
    field.fill("-2")
    field.press("Tab")
    page.keyboard.press("Escape")
    expect(cell(page, "y", 5)).to_have_text("−10")
    settle(page)
    assert "numbers=" in page.url
    cell(page, "y", 5).click()
    expect(page.locator(".line")).to_contain_text("5 · (−2)")
    expect(page.locator(".line")).to_contain_text("= −10")
    settle(page, 600)  # the choice of the element is told after a pause
    page.get_by_role("button", name="Reset numbers").click()
    expect(cell(page, "y", 5)).to_have_text("5")


def test_fingers_have_room_and_the_sum_stays_in_sight(browser, visit):
    page = visit(PLUS, has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 700})
    page.wait_for_timeout(300)
    box = cell(page, "y", 15).bounding_box()
    assert min(box["width"], box["height"]) >= 44
    cell(page, "x", 5).tap()
    expect(page.locator(".line")).to_contain_text("x[0, 1, 1] = 5 feeds 9 outputs")
    cell(page, "y", 15).scroll_into_view_if_needed()
    assert page.locator(".sum").evaluate("sum => sum.getBoundingClientRect().bottom <= innerHeight + 1")


def test_a_weight_says_once_between_which_channels_it_lies(visit):
    grouped = View(layers=(LAYERS["Conv2d"](**conv(in_channels=4, out_channels=4, groups=2)),), shape=(4, 4, 4))
    label = cell(visit(grouped), "w", 2 * 2 * 9 + 9 + 5).get_attribute("aria-label")
    assert label.startswith("Weights from input channel 3 to output channel 2, row 1 column 2, ")


def test_a_padded_grid_of_eight_fits_a_phone_and_is_typed_into_by_a_double_tap(visit):
    padded = View(layers=(LAYERS["Conv2d"](**conv(padding=1)),), shape=(1, 8, 8))
    page = visit(padded, has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    assert cell(page, "x", 63).bounding_box()["width"] >= 30
    assert page.locator(".panel.x .planes").evaluate("planes => planes.scrollWidth <= planes.clientWidth")
    expect(page.locator(".hint")).to_contain_text("double-tap")
    double_tap(page, cell(page, "x", 5))
    expect(page.locator(".editor input")).to_be_visible()


def double_tap(page, place) -> None:
    """Two taps a tenth of a second apart by their own clock, however busy the machine is."""
    place.tap()  # which waits until it is at rest
    box, began = place.bounding_box(), time.time() + 1
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    protocol = page.context.new_cdp_session(page)
    for after in (0, 0.1):
        for kind, points, later in (("touchStart", at, 0), ("touchEnd", [], 0.02)):
            event = {"type": kind, "touchPoints": points, "timestamp": began + after + later}
            protocol.send("Input.dispatchTouchEvent", event)


LONG = View(layers=(LAYERS["Conv2d"](**conv()),), shape=(1, 8, 8), fill="random", kernel="random")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_sum_leaves_room_for_what_it_explains_and_can_be_read_in_full(visit, width):
    page = visit(LONG)
    page.set_viewport_size({"width": width, "height": 700})
    panel, line, cut = page.locator(".sum"), page.locator(".line"), "line => line.scrollHeight > line.clientHeight + 1"
    for kind in ("w", "y"):
        cell(page, kind, 0).click()
        assert panel.bounding_box()["height"] <= 136
        if line.evaluate(cut):
            assert line.evaluate("line => getComputedStyle(line).webkitLineClamp") != "none"  # ends in …
        page.locator(".more").click()
        assert panel.bounding_box()["height"] <= 281
        assert not line.evaluate(cut)
        page.locator(".more").click()


UNPOOLED = View(layers=(LAYERS["MaxUnpool2d"](kernel_size=2),), shape=(2, 2, 2), fill="random")
# Of each arrow: the output element that its tip touches, and whether it is lit.
TIPS = """
paths => paths.map((path) => {
    const { x, y } = path.getPointAtLength(path.getTotalLength()).matrixTransform(path.getScreenCTM());
    const near = ({ left, right, top, bottom }) => x > left - 1 && x < right + 1 && y > top - 1 && y < bottom + 1;
    const cells = [...path.getRootNode().querySelectorAll(".panel.y .cell[data-at]")];
    const touched = cells.filter((cell) => near(cell.getBoundingClientRect())).map((cell) => +cell.dataset.at);
    return [touched, path.classList.contains("lit")];
})
"""
HEAR_PACES = """
() => {
    const set = setInterval;
    window.paces = [];
    window.setInterval = (does, ms) => (paces.push(ms), set(does, 1e6));
}
"""


def test_an_arrow_leads_from_each_pooled_value_to_its_place(visit):
    page = visit(UNPOOLED)
    places = json.loads(gzip.decompress(pixels(asked(UNPOOLED)).rows))["indices"]
    arrows = page.locator(".arrows g path")
    for at, place in enumerate(places):
        for kind, index in (("x", at), ("y", place)):
            cell(page, kind, index).hover()
            tips = arrows.evaluate_all(TIPS)
            assert all(expected in touched for expected, (touched, _) in zip(places, tips, strict=True))
            assert [turn for turn, (_, bright) in enumerate(tips) if bright] == [at]


def test_the_speed_is_chosen_before_and_while_it_plays(visit):
    page = visit(PLUS)
    page.evaluate(
        "() => { const set = setInterval; window.paces = []; window.setInterval = (does, ms) => (paces.push(ms), set(does, 1e6)); }"
    )
    for speed in ("fast", "slow", "normal"):
        page.get_by_label("Speed").select_option(speed)
        if speed == "fast":
            page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Speed").select_option("fast")
    assert page.evaluate("() => paces") == [150, 1200, 500]


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_glides_for_who_wants_no_motion_and_nothing_plays_by_itself(visit, motion, moves):
    page = visit(PLUS, reduced_motion=motion)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    durations = page.locator(".pixels, .pixels *").evaluate_all(
        "all => all.map(each => getComputedStyle(each).transitionDuration)"
    )
    assert any(duration not in ("0s", "0s, 0s") for duration in durations) is moves
