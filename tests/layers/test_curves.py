"""Curves of activations: torch's values, autograd's slopes, and where they are next to zero."""

import math

import numpy as np
import pytest
import torch

from cnnlab.layers import LAYERS
from cnnlab.layers.curves import BY_CHANCE, GATE, OF_CHANNELS, ONE_OTHER, POINTS, curve
from cnnlab.layers.jobs import asked
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View
from cnnlab.specs import Call, SpecError
from cnnlab.summary.view import View as Origin

ACTIVATIONS = [name for name, row in LAYERS.items() if row.family == "activation"]
JUMPING = ("Hardshrink", "Threshold")  # where they jump there is no slope


def drawn_curve(call: Call, seed: int = 0, training: bool = False, **more):
    return curve(asked(View(layers=(call,), seed=seed, training=training, **more)))


def arrays(drawn):
    return (np.array(part) for part in (drawn.x, drawn.y, drawn.slope))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_is_how_the_curve_climbs(name):
    call = LAYERS[name].example()
    drawn = drawn_curve(call, 0, training=False)
    x, y, slope = arrays(drawn)
    assert len(x) == POINTS
    assert np.isfinite([x, y, slope]).all()
    climbs = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    near = np.abs(climbs - slope[1:-1]) < 0.05
    assert near.mean() > (0.98 if name in JUMPING else 0.99)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if "dim" not in LAYERS[name].example().values])
def test_the_curve_is_torch_s(name):
    call = LAYERS[name].example()
    drawn, layer = drawn_curve(call, 0, training=False), call.build().eval()
    x, y, _ = arrays(drawn)
    values = torch.tensor(x, dtype=torch.float32)
    expected = values.sigmoid() if name == "Softmax2d" else layer(values)  # a softmax of two, the other 0
    assert y == pytest.approx(expected.detach().numpy(), abs=1e-6)


FLAT = {
    "ReLU": [(-6, 0)],
    "Sigmoid": [(-6, -4.35), (4.35, 6)],
    "Tanh": [(-6, -2.175), (2.175, 6)],
    "Hardtanh": [(-6, -1), (1, 6)],
    "ReLU6": [(-6, 0)],
    "Identity": [],
    "LeakyReLU": [(-6, 0)],
    "Softsign": [(-6, -3.475), (3.475, 6)],
}


@pytest.mark.parametrize("name", [name for name in FLAT if name != "Identity"])
def test_flat_parts_are_where_hardly_any_gradient_comes_through(name):
    drawn = drawn_curve(LAYERS[name].example(), 0, training=False)
    assert [low for low, _ in drawn.flat] == pytest.approx([low for low, _ in FLAT[name]], abs=0.03)
    assert [high for _, high in drawn.flat] == pytest.approx([high for _, high in FLAT[name]], abs=0.03)
    x, _y, slope = arrays(drawn)
    inside = np.any([(low <= x) & (x <= high) for low, high in drawn.flat], axis=0)
    assert np.abs(slope[inside]).max() <= 0.05 * np.abs(slope).max()


def test_what_stands_beside_x_is_said_and_so():
    softmax = drawn_curve(LAYERS["Softmax"].example(), 0, False)
    assert [note.template for note in softmax.notes] == [ONE_OTHER]
    assert softmax.y == pytest.approx([1 / (1 + math.exp(-x)) for x in softmax.x], abs=1e-6)
    gate = drawn_curve(LAYERS["GLU"].example(), 0, False)
    assert [note.template for note in gate.notes] == [GATE]
    assert gate.y == pytest.approx(softmax.y, abs=1e-6)
    several = drawn_curve(LAYERS["PReLU"](num_parameters=3, init=0.5), shape=(3, 4, 4))
    assert [note.template for note in several.notes] == [OF_CHANNELS]
    assert several.y[0] == pytest.approx(several.x[0] / 2)


def test_chance_is_seen_in_training_alone_and_by_its_seed():
    call = LAYERS["RReLU"].example()
    assert [note.template for note in drawn_curve(call, 0, True).notes] == [BY_CHANCE]
    assert drawn_curve(call, 0, True) == drawn_curve(call, 0, True)
    assert drawn_curve(call, 0, True).y != drawn_curve(call, 1, True).y
    assert drawn_curve(call, 0, False) == drawn_curve(call, 1, False)


def test_a_curve_goes_as_far_as_something_happens():
    drawn = drawn_curve(LAYERS["Hardtanh"](min_val=-20.0, max_val=40.0), 0, False)
    assert drawn.x[-1] == 60
    assert drawn.flat == ((-60, -20), (40, 60))


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [("Conv2d", {"in_channels": 1, "out_channels": 1, "kernel_size": 3}, "^Conv2d is no activation"),
     ("CELU", {"alpha": 0.0}, "alpha=0 would divide by zero")],
)  # fmt: skip
def test_what_has_no_curve_is_said(name, values, says):
    with pytest.raises(SpecError, match=says):
        drawn_curve(LAYERS[name](**values), 0, False)


def test_the_factors_are_those_of_the_model_or_typed():
    call = LAYERS["PReLU"](num_parameters=1)
    origin = Origin(source="nn.Sequential(nn.Conv2d(3, 2, 3), nn.PReLU(init=0.9))", shape=(3, 8, 8)).to_query()
    of_model = drawn_curve(call, shape=(2, 6, 6), kernel=MODEL, origin=origin, row="1")
    typed = drawn_curve(call, numbers={"w": (0.9,)})
    for drawn in (of_model, typed):
        assert (drawn.slope[0], drawn.slope[-1]) == pytest.approx((0.9, 1))
    assert drawn_curve(call).slope[0] == 0.25
    with pytest.raises(SpecError, match="has no module '7'"):
        drawn_curve(call, shape=(2, 6, 6), kernel=MODEL, origin=origin, row="7")


def test_the_curve_of_many_channels_is_that_of_the_model_s_first():
    call = LAYERS["PReLU"](num_parameters=64)
    origin = Origin(source="nn.Sequential(nn.PReLU(64, 0.4))", shape=(64, 8, 8)).to_query()
    assert drawn_curve(call, shape=(64, 8, 8), kernel=MODEL, origin=origin, row="0").slope[0] == pytest.approx(0.4)


@pytest.mark.parametrize(("name", "values"), [("ELU", {"alpha": -1}), ("LeakyReLU", {"negative_slope": -1})])
def test_working_in_place_leaves_the_curve_as_it_is(name, values):
    call = LAYERS[name](**values)
    assert drawn_curve(call.replace(inplace=True)) == drawn_curve(call)
