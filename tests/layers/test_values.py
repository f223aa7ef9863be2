"""The numbers of a drawn layer are torch's, and travel without loss."""

import gzip
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.layers import LAYERS
from cnnlab.layers.contributions import terms_of
from cnnlab.layers.jobs import PIXELS, asked
from cnnlab.layers.packing import numbers
from cnnlab.layers.presets import FILLS, kernels
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.values import COURSE, filled, run, sample
from cnnlab.layers.view import View
from cnnlab.specs import SpecError

POOLED = torch.tensor([[[4.0, 4.0], [4.0, 4.0]]])
CONVOLUTION = LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3)


def rows(view: View) -> dict:
    return json.loads(gzip.decompress(PIXELS.do(asked(view).to_query()).rows))


def tensor(told: dict) -> torch.Tensor:
    values = [math.nan if value is None else value for value in told["values"]]
    return torch.tensor(values, dtype=torch.float32).reshape(told["shape"])


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("training", [True, False])
def test_what_every_layer_gives_is_what_torch_gives_and_travels_without_loss(name, training):
    view = View(layers=(LAYERS[name].example(),), fill="random", seed=3, training=training)
    drawn, data = sample(asked(view)), rows(view)
    assert tuple(drawn.y.shape) == out_shape(drawn.call, tuple(drawn.x.shape))
    for key, values in (("input", drawn.x), ("output", drawn.y), ("second", drawn.second)):
        assert (values is None) == (data[key] is None)
        if values is not None:
            assert torch.equal(tensor(data[key]).nan_to_num(7e7), values.nan_to_num(7e7))
    again = run(drawn.call, drawn.layer, drawn.x, drawn.indices if data["indices"] else None, drawn.second, view.seed)[
        0
    ]
    torch.testing.assert_close(again, drawn.y, equal_nan=True)
    assert (data["axes"] != []) != (data["links"] is not None)


def test_numbers_have_as_few_digits_as_tell_them_apart():
    values = torch.cat([torch.randn(2000) * 10.0 ** torch.randint(-30, 30, (2000,)), torch.arange(-5.0, 5)])
    back = torch.tensor(numbers(values), dtype=torch.float32)
    assert torch.equal(back, values)
    assert numbers(torch.tensor([0.1, 3.0, -0.25, math.inf, math.nan])) == [0.1, 3, -0.25, None, None]


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize("shape", [(5,), (2, 7), (3, 8, 8), (1, 1, 1), (2, 3, 4, 5), (4, 1, 9)])
def test_every_fill_has_whole_numbers_of_any_shape(name, shape):
    values = filled(name, shape, 1)
    assert (values.shape, values.dtype) == (torch.Size(shape), torch.float32)
    assert torch.equal(values, values.round())
    assert torch.equal(values, filled(name, shape, 1))


def test_fills_are_what_they_are_called():
    assert filled("counting", (2, 2, 2), 0).flatten().tolist() == list(range(8))
    assert filled("impulse", (2, 3, 3), 0).sum() == 1
    assert filled("impulse", (2, 3, 3), 0)[0, 1, 1] == 1
    assert filled("course", (1, 4, 4), 0)[0].tolist() == [list(row) for row in COURSE]
    assert filled("edge", (1, 2, 4), 0)[0].tolist() == [[8, 8, 0, 0]] * 2
    assert not torch.equal(filled("random", (30,), 0), filled("random", (30,), 1))


def test_a_digit_is_the_one_of_scikit_learn():
    from sklearn.datasets import load_digits

    data = load_digits()
    for channel in range(2):
        first = data.images[np.argmax(data.target == channel + 3)]
        assert torch.equal(filled("digit", (2, 8, 8), 0)[channel], torch.tensor(first, dtype=torch.float32))


def test_the_course_s_pooling_and_its_way_back():
    pool = LAYERS["MaxPool2d"](kernel_size=2)
    drawn = sample(asked(View(layers=(pool,), shape=(1, 4, 4), fill="course")))
    assert torch.equal(drawn.y, POOLED)
    data = rows(View(layers=(pool,), shape=(1, 4, 4), fill="course"))
    assert data["winners"] == [1, 2, 8, 11]  # of equal maxima the first
    back = View(
        layers=(LAYERS["MaxUnpool2d"](kernel_size=2),), shape=(1, 2, 2), fill="course", numbers={"x": (5, 6, 7, 8)}
    )
    data = rows(back)
    assert data["indices"] == [1, 2, 8, 11]
    assert data["output"]["values"] == [0, 5, 6, 0, 0, 0, 0, 0, 7, 0, 0, 8, 0, 0, 0, 0]


UNPOOLINGS = [  # settings, and the length of a side that they suit
    ({"kernel_size": 2}, 3),
    ({"kernel_size": 3, "stride": 2}, 3),
    ({"kernel_size": 3, "stride": 2, "padding": 1}, 3),
    ({"kernel_size": 2, "stride": 3}, 3),
    ({"kernel_size": 3, "padding": 1}, 3),
    ({"kernel_size": 2, "output_size": 7}, 3),
    ({"kernel_size": 2, "output_size": 7}, 4),
    ({"kernel_size": 3, "stride": 3, "output_size": 8}, 3),
    ({"kernel_size": 2, "stride": 2, "padding": 2}, 4),
]


@pytest.mark.parametrize("sides", [1, 2, 3])
@pytest.mark.parametrize(("settings", "length"), UNPOOLINGS)
def test_an_unpooling_is_given_what_a_pooling_gave(sides, settings, length):
    call, shape = LAYERS[f"MaxUnpool{sides}d"](**settings), (2, *(length,) * sides)
    drawn = sample(asked(View(layers=(call,), shape=shape, fill="random")))
    assert drawn.indices.shape == drawn.x.shape
    assert drawn.indices.min() >= 0
    assert drawn.indices.max() < math.prod(drawn.y.shape[1:])
    back = drawn.y.flatten(1).gather(1, drawn.indices.flatten(1)).reshape(drawn.x.shape)
    assert torch.equal(back, drawn.x)  # maxima of windows that share their place are equal


@pytest.mark.parametrize(("pool", "settings"), [("Max", {"padding": 1}), ("AdaptiveMax", {}), ("FractionalMax", {})])
def test_winners_are_the_input_elements_that_come_out(pool, settings):
    call = LAYERS[f"{pool}Pool2d"].example().replace(**settings)
    data = rows(View(layers=(call,), shape=(3, 8, 8), fill="random"))
    winners = [data["input"]["values"][place] for place in data["winners"]]
    assert winners == data["output"]["values"]


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("override", [None, 5])
def test_sums_divided_by_the_divisors_are_the_means(include, override):
    call = LAYERS["AvgPool2d"](kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=include,
                               divisor_override=override)  # fmt: skip
    data = rows(View(layers=(call,), shape=(2, 6, 7), fill="counting"))
    x, (high, wide) = tensor(data["input"]), data["axes"]
    means = [
        sum(float(x[channel, i, j]) for i in high["taps"][o] for j in wide["taps"][p] if min(i, j) >= 0)
        for channel in range(2) for o in range(high["out"]) for p in range(wide["out"])
    ]  # fmt: skip
    ours = [total / divisor for total, divisor in zip(means, data["divisors"], strict=True)]
    assert ours == pytest.approx(data["output"]["values"], rel=1e-6)


def test_typed_numbers_take_the_place_of_drawn_ones_where_they_fit():
    view = View(layers=(LAYERS["Linear"](in_features=3, out_features=4),), numbers={
        "x": (1, 2, 3), "w": (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4), "b": (0.5,) * 4})  # fmt: skip
    data = rows(view)
    assert data["output"]["values"] == [6.5, 12.5, 18.5, 24.5]  # the course's
    assert sample(asked(view)).typed == {"weight", "bias"}
    other = replace(view, numbers={"x": (1, 2), "w": (1,)})
    assert sample(asked(other)).typed == frozenset()


@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d", "Linear", "Bilinear"])
def test_every_suiting_kernel_can_be_drawn(name):
    call = LAYERS[name].example()
    for kernel in kernels(call)[:-1]:
        assert rows(View(layers=(call,), kernel=kernel))["weight"]


def test_what_torch_refuses_in_training_alone_is_said_in_its_words():
    call = LAYERS["BatchNorm1d"](num_features=2)
    with pytest.raises(SpecError, match="^torch refuses this layer: Expected more than 1 value per channel"):
        sample(asked(View(layers=(call,), shape=(2,))))
    assert sample(asked(View(layers=(call,), shape=(2,), training=False))).y.shape == (2,)


def test_a_layer_that_works_in_place_leaves_the_input_that_is_shown():
    call = LAYERS["ReLU"](inplace=True)
    drawn = sample(asked(View(layers=(call,), shape=(1, 2, 2), numbers={"x": (-1, 2, -3, 4)})))
    assert (drawn.x.flatten().tolist(), drawn.y.flatten().tolist()) == ([-1, 2, -3, 4], [0, 2, 0, 4])


def test_the_pixels_are_those_of_the_layer_with_its_weights():
    data = rows(View(layers=(CONVOLUTION,), shape=(1, 5, 5), fill="counting", kernel="default", seed=4))
    torch.manual_seed(4)
    layer = nn.Conv2d(1, 1, 3)
    assert torch.equal(tensor(data["weight"]), layer.weight)
    with torch.no_grad():
        torch.testing.assert_close(tensor(data["output"]), layer(torch.arange(25.0).reshape(1, 1, 5, 5))[0])


def test_an_unpooling_gets_what_was_typed_for_the_pooling_before_it():
    numbers = {"x": (0, 4, 4, 3, 3, 3, 1, 1, 4, 2, 3, 4, 1, 3, 3, 0)}
    pool = View(layers=(LAYERS["MaxPool2d"](kernel_size=2),), shape=(1, 4, 4), numbers=numbers)
    drawn = sample(asked(pool.added(LAYERS["MaxUnpool2d"](kernel_size=2))))
    whole = torch.tensor(numbers["x"]).float().reshape(1, 1, 4, 4)
    x, indices = nn.MaxPool2d(2, return_indices=True)(whole)
    assert torch.equal(drawn.x, x[0])
    assert torch.equal(drawn.y, nn.MaxUnpool2d(2)(x, indices)[0])
    other = pool.added(LAYERS["MaxUnpool2d"](kernel_size=2, stride=1))
    assert "pool" not in asked(other).numbers


# The numerical figures of "A guide to convolution arithmetic for deep learning" (Dumoulin & Visin, 2016).
FIGURE = (3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1)
KERNEL = (0, 1, 2, 2, 2, 0, 0, 1, 2)
ONE = {"in_channels": 1, "out_channels": 1, "bias": False}
CELLS = [
    ("Conv2d", ONE, (12, 12, 17, 10, 17, 19, 9, 6, 14)),
    ("Conv2d", {**ONE, "stride": 2, "padding": 1}, (6, 17, 3, 8, 17, 13, 6, 4, 4)),
    ("AvgPool2d", {"stride": 1}, (1.67, 1.67, 1.67, 1, 1.22, 1.78, 1.11, 0.78, 1.33)),
    ("MaxPool2d", {"stride": 1}, (3, 3, 3, 3, 3, 3, 3, 2, 3)),
]


@pytest.mark.parametrize(("name", "settings", "cells"), CELLS)
def test_every_cell_is_the_one_in_the_guide_to_convolution_arithmetic(name, settings, cells):
    """The output that is drawn, and what its listed terms come to."""
    call = LAYERS[name](kernel_size=3, **settings)
    told = rows(View(layers=(call,), shape=(1, 5, 5), numbers={"x": FIGURE, "w": KERNEL}))
    assert [round(value, 2) for value in told["output"]["values"]] == list(cells)
    x, weight = tensor(told["input"]), tensor(told["weight"]) if told["weight"] else None
    terms_to = terms_of(call, (1, 5, 5))
    for place, cell in zip(np.ndindex(1, 3, 3), cells, strict=True):
        terms = terms_to(place)
        parts = [
            float(x[term.input]) * (1 if weight is None else float(weight[term.weight])) * term.share for term in terms
        ]
        assert round(max(parts) if name == "MaxPool2d" else sum(parts), 2) == cell
