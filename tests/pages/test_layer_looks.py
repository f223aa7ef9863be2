"""The looks at a layer beside its pixels and its shape, run without a browser."""

import re
from dataclasses import replace
from math import isqrt

import numpy as np
import pytest
import torch
import visit
from visit import said

from cnnlab.layers import LAYERS
from cnnlab.layers.checkerboard import written
from cnnlab.layers.jobs import CURVE, NORMED, asked
from cnnlab.layers.view import View
from cnnlab.summary.view import View as Origin
from pages.layers import checkerboard_look
from pages.layers.checkerboard_look import plane, verdict
from pages.layers.hand_look import goals
from pages.layers.looks import LOOKS
from pages.shared.work import done
from tests.sampling import some

PANELS = {look.name: look for look in LOOKS if look.name not in ("pixels", "shape")}
SEEN = [
    (name, layer)
    for layer, spec in LAYERS.items()
    for name, look in PANELS.items()
    if look.suits(View().of(spec.example()).here)
]
NORM = LAYERS["BatchNorm2d"](num_features=2)
CELL = re.compile(r"<td([^>]*)>([^<]*)</td>")


def opened(view, **query):
    app = visit.visit("layers", {**view.to_query(), **query})
    assert not app.exception, app.exception
    return app


def now(app):
    return app.session_state["layers.trail"].now


def tables(app):
    """The cells of each block of numbers: (attributes, text)."""
    blocks = [html.proto.body for html in app.get("html") if "numbers" in html.proto.body]
    return [CELL.findall(block) for block in blocks if "<table>" in block]


def of(look, call, **more):
    return View(layers=(call,), look=look, **more)


@pytest.mark.parametrize("seen", some(SEEN, 4), ids="-".join)
def test_every_look_at_every_layer_that_it_suits_says_what_to_see(seen):
    look, layer = seen
    app = opened(replace(View().of(LAYERS[layer].example()), look=look))
    assert said(app) == []
    assert [tab.label for tab in app.tabs if tab.proto.label == PANELS[look].title]
    assert any(len(text.value) > 40 for text in (*app.caption, *app.markdown))


def test_maps_are_not_offered_for_a_layer_of_two_inputs():
    call = LAYERS["Bilinear"](in1_features=8, in2_features=2, out_features=2)
    assert not PANELS["maps"].suits(View(layers=(call,), shape=(3, 8, 8)).here)
    assert PANELS["maps"].suits(View(layers=(LAYERS["Linear"](in_features=8, out_features=2),), shape=(3, 8, 8)).here)


def test_the_maps_of_a_layer_are_of_its_weights_and_of_the_photo():
    app = opened(of("maps", LAYERS["Conv2d"](in_channels=3, out_channels=4, kernel_size=3), shape=(3, 40, 40)))
    assert [metric.value for metric in app.metric if metric.label == "Maps"] == ["4"]
    app.button(key="layers.maps.ask").click().run()
    assert said(app) == []
    assert [button.label for button in app.get("download_button")][:2] == ["All maps as PNG", "Save Conv2d.npy"]


def test_a_layer_of_a_model_takes_the_place_of_this_one_with_its_weights():
    app = opened(of("maps", LAYERS["Conv2d"].example()), **{})
    app.session_state["layers.of_model"] = True
    app.session_state["layers.of_model.name"] = "LeNet"
    app.run()
    assert app.selectbox(key="layers.of_model.row").options[0] == "conv1 (Conv2d)"
    app.selectbox(key="layers.of_model.row").set_value("conv2").run()
    view = now(app)
    assert (view.row, view.kernel, view.look, view.call["in_channels"]) == ("conv2", "model", "maps", 6)
    assert said(app) == []


def test_typed_numbers_are_not_called_by_the_name_of_a_filling():
    view = of("matrix", LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3), shape=(1, 4, 4))
    app = opened(replace(view, numbers={"x": (1.0,) * 16}))
    assert [app.selectbox(key=key).value for key in ("layers.fill", "layers.kernel")] == ["own", "sobel"]
    assert app.selectbox(key="layers.fill").options[-1] == "Input: own numbers"
    app.selectbox(key="layers.fill").select("digit").run()
    assert (now(app).numbers, app.selectbox(key="layers.fill").value) == ({}, "digit")
    assert "Input: own numbers" not in app.selectbox(key="layers.fill").options


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ({"model": "LeNet", "seed": "3"}, "untrained (seed 3)"),
        ({"model": "resnet18", "weights": "ResNet18_Weights.IMAGENET1K_V1"}, "Weights: From a model"),
    ],
)
def test_kernels_of_a_model_that_nobody_trained_are_not_taken_for_learned_ones(origin, words):
    origin = Origin.from_query(origin).to_query()
    app = opened(of("maps", LAYERS["Conv2d"].example(), kernel="model", origin=origin, row="conv1"))
    (said,) = [name for name in app.selectbox(key="layers.kernel").options if "From a model" in name]
    assert said.endswith(words)


@pytest.mark.parametrize(
    ("kernel", "stride", "word"), [(3, 2, "A checkerboard"), (4, 2, "Written evenly"), (2, 3, "A checkerboard")]
)
def test_a_transposed_layer_is_even_where_torch_writes_ones_evenly(kernel, stride, word):
    call = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=kernel, stride=stride, bias=False)
    layer = call.build()
    torch.nn.init.ones_(layer.weight)
    with torch.no_grad():
        inside = layer(torch.ones(1, 1, 9, 9))[0, 0, 9:18, 9:18]
    even = bool((inside == inside[0, 0]).all())
    assert word in verdict(call, not even)
    app = opened(of("checkerboard", call, shape=(1, 5, 5), kernel="ones"))
    assert word in "".join(text.value for text in app.markdown)
    cells = tables(app)[0]
    side = (isqrt(len(cells)) - kernel) // stride + 1  # of the input as it is drawn
    with torch.no_grad():
        expected = layer(torch.ones(1, 1, side, side)).flatten().int().tolist()
    assert [int(text) for _, text in cells] == expected
    assert plane(((1, 2), (1, 2), (3, 1))) == [[6, 2], [12, 4]]


def test_wide_strides_are_judged_one_side_at_a_time(monkeypatch):
    call = LAYERS["ConvTranspose3d"](in_channels=1, out_channels=1, kernel_size=(1, 2, 3), stride=1024)
    asked_of, real = [], checkerboard_look.prod
    monkeypatch.setattr(checkerboard_look, "prod", lambda counts: asked_of.append(counts) or real(counts))
    assert "between 0 and 1 times" in verdict(call, True)
    assert len(asked_of) <= 2
    assert (len(written(4096, 1024)), set(written(4096, 1024))) == (1024, {4})


def test_a_number_normalised_line_by_line_is_torchs():
    app = opened(of("normalised", NORM, shape=(2, 4, 4), fill="counting"))
    lines = next(code.value for code in app.code if "x̂" in code.value).splitlines()
    x = torch.arange(96.0).reshape(3, 2, 4, 4)
    y = NORM.build().train()(x).detach()
    assert lines[0].startswith("mean = (0 + 1 + 2 + 3 + …) / 48 = ")
    assert float(lines[0].rpartition("= ")[2]) == pytest.approx(float(x[:, 0].mean()), rel=5e-3)
    assert float(lines[1].rpartition("= ")[2]) == pytest.approx(float(x[:, 0].var(correction=0)), rel=5e-3)
    assert float(lines[3].rpartition("= ")[2].replace("−", "-")) == pytest.approx(float(y.flatten()[0]), rel=5e-3)
    goes_in, _normal, comes_out = tables(app)
    assert [float(text) for _, text in goes_in] == list(range(96))
    shown = [float(text.replace("−", "-")) for _, text in comes_out]
    assert shown == pytest.approx(y.flatten().tolist(), rel=1e-2, abs=1e-2)
    assert [("other" in marks) for marks, _ in goes_in] == [bool(of % 2) for of in np.arange(96) // 16]


def test_running_statistics_move_batch_by_batch_and_serve_in_evaluation():
    app = opened(of("normalised", NORM, shape=(2, 4, 4), fill="counting"))
    app.number_input(key="layers.step").set_value(3).run()
    app.toggle(key="layers.training").set_value(False).run()
    layer, x = NORM.build().train(), torch.arange(96.0).reshape(3, 2, 4, 4)
    for _ in range(3):
        layer(x)
    line = next(code.value for code in app.code if "x̂" in code.value).splitlines()[0]
    assert line == f"mean = {float(layer.running_mean[0]):.3g} (after 3 batches)"
    assert "running mean became" in "".join(text.value for text in app.caption)


@pytest.mark.parametrize(
    ("look", "row", "kind"), [("curve", "1", CURVE), ("normalised", "2", NORMED)], ids=["curve", "normalised"]
)
def test_a_model_s_layer_is_shown_with_its_weights(look, row, kind, monkeypatch):
    """And as torch starts it once that is chosen."""
    source = "nn.Sequential(nn.Conv2d(3, 2, 3), nn.PReLU(init=0.9), nn.BatchNorm2d(2))"
    call = {"1": LAYERS["PReLU"](), "2": NORM}[row]
    origin = Origin(source=source, shape=(3, 8, 8)).to_query()
    view = of(look, call, shape=(2, 6, 6), kernel="model", origin=origin, row=row)
    for kernel in ("model", "default"):
        app = opened(replace(view, kernel=kernel))
        asked_of = []
        monkeypatch.setattr(
            f"pages.layers.{'curve' if row == '1' else 'hand'}_look.done",
            lambda kind, recipe, says, of=asked_of, ask=done: of.append(kind) or ask(kind, recipe, says),
        )
        app.run()
        assert said(app) == []
        assert [each.name for each in asked_of] == [kind.name + ("_of_model" if kernel == "model" else "")]
        monkeypatch.undo()
    assert app.selectbox(key="layers.kernel").value == "default"
    words = "".join(text.value for text in app.markdown)
    assert ("between 0.25 and 1" in words) == (look == "curve")
    app.selectbox(key="layers.kernel").set_value("model").run()
    words = "".join(text.value for text in app.markdown)
    assert ("between 0.9 and 1" in words) == (look == "curve")


@pytest.mark.parametrize(
    "call", [NORM, LAYERS["InstanceNorm2d"](num_features=2, track_running_stats=True)], ids=lambda call: call.name
)
def test_the_dotted_levels_are_what_torchs_running_statistics_go_to(call):
    normed = NORMED.do(asked(View(layers=(call,), shape=(2, 3, 4), fill="random")).to_query())
    layer, x = call.build().train(), torch.tensor(normed.values).float().reshape(normed.shape)
    for _ in range(200):
        layer(x)
    for channel in (0, 1):
        mean, variance = goals(normed, channel, call.name == "InstanceNorm2d")
        assert mean == pytest.approx(float(layer.running_mean[channel]), rel=1e-4)
        assert variance == pytest.approx(float(layer.running_var[channel]), rel=1e-4)


def test_what_dropout_dropped_is_marked():
    app = opened(of("dropout", LAYERS["Dropout"](p=0.5), shape=(1, 8, 8), fill="ones", seed=4))
    _input, _evaluated, first, *_others, mean = tables(app)
    torch.manual_seed(4)
    expected = torch.nn.Dropout(0.5)(torch.ones(1, 1, 8, 8)).flatten().tolist()
    assert [float(text) for _, text in first] == expected
    assert ["gone" in marks for marks, _ in first] == [value == 0 for value in expected]
    assert np.mean([float(text) for _, text in mean]) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("call", "flat"), [(LAYERS["Sigmoid"](), True), (LAYERS["LeakyReLU"](negative_slope=0.5), False)]
)
def test_a_curve_says_where_it_is_flat(call, flat):
    words = "".join(text.value for text in opened(of("curve", call, shape=(1, 4, 4))).markdown)
    assert ("saturated" in words) is flat
    assert ("(x < −4.38, x > 4.38)" in words) is flat
    assert "In the drawn range" in words
    assert f"and {'0.25' if flat else '1'}: by it" in words


@pytest.mark.parametrize(
    ("call", "fill"),
    [
        (LAYERS["InstanceNorm2d"](num_features=2, eps=0), "ones"),
        (LAYERS["LayerNorm"](normalized_shape=(4, 4), eps=0), "ones"),
    ],
)
def test_a_division_by_nothing_is_shown_as_no_number(call, fill):
    assert said(opened(replace(View().of(call), fill=fill, look="normalised"))) == []
