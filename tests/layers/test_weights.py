"""Weights by the names of KERNELS: known filters, torch's own starts, and those of a model's layer."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.ndimage
import torch
from torch import nn

from cnnlab.layers import LAYERS
from cnnlab.layers.drawn import Drawn, drawn
from cnnlab.layers.jobs import asked
from cnnlab.layers.presets import KERNELS, MODEL, STARTS, SUITING, kernels
from cnnlab.layers.view import View
from cnnlab.layers.weights import FILTERS, built, preset, weighted
from cnnlab.models import INITIALISATIONS, MODELS
from cnnlab.models.own import leave
from cnnlab.specs import SpecError
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View as Origin

KNOWN = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "counting": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    "ones": [[1, 1, 1]] * 3,
    "blur": [[1 / 9] * 3] * 3,
    "gaussian": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
}
ORIGIN = Origin(model=MODELS["LeNet"].example(), seed=3)
CONV1 = LAYERS["Conv2d"](in_channels=3, out_channels=6, kernel_size=5)
OF_MODEL = View(
    layers=(CONV1,),
    shape=(3, 32, 32), kernel=MODEL, origin=ORIGIN.to_query(), row="conv1",
)  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_a_preset_of_three_by_three_is_the_well_known_one(name):
    assert preset(name, (1, 1, 3, 3))[0, 0] == pytest.approx(np.array(KNOWN[name]))


def test_every_kernel_is_known_drawn_or_a_model_s():
    assert set(KNOWN) | {"default", *STARTS, MODEL} == set(KERNELS)
    assert all(set(names) <= set(KERNELS) for names in SUITING.values())


@pytest.mark.parametrize("window", [(1,), (2,), (5,), (1, 1), (2, 3), (4, 4), (5, 5), (1, 2, 3), (3, 3, 3)])
def test_filters_of_any_size_keep_what_they_are_for(window):
    flat = {name: FILTERS[name](window).sum() for name in FILTERS}
    assert [flat[name] for name in ("blur", "gaussian", "sharpen")] == pytest.approx([1, 1, 1])
    assert flat["edges"] == pytest.approx(0)
    for name, side in (("sobel", -1), ("sobel_y", -min(2, len(window)))):
        if window[side] > 1:  # nothing where all is one value, and no difference along the other sides
            assert flat[name] == pytest.approx(0)
            assert FILTERS[name](window).sum(side) == pytest.approx(np.zeros(window[:side] + window[side:][1:]))


def test_sobel_and_gaussian_are_those_of_scipy():
    image = np.random.default_rng(0).normal(size=(9, 9))
    for name, axis in (("sobel", 1), ("sobel_y", 0)):
        ours = scipy.ndimage.correlate(image, FILTERS[name]((3, 3)))
        assert ours == pytest.approx(scipy.ndimage.sobel(image, axis))


@pytest.mark.parametrize(("takes", "makes", "groups"), [(3, 3, 1), (4, 4, 4), (3, 6, 1), (6, 3, 1), (4, 8, 4)])
def test_an_identity_hands_its_channels_on(takes, makes, groups):
    call = LAYERS["Conv2d"](in_channels=takes, out_channels=makes, kernel_size=3, padding=1, groups=groups)
    x = torch.randn(1, takes, 5, 5)
    y = built(call, "identity", 0)(x)
    if takes == makes:
        assert torch.equal(y, x)
    kept = {tuple(one.flatten().tolist()) for one in y[0]}
    assert kept <= {tuple(one.flatten().tolist()) for one in x[0]} or takes > makes


@pytest.mark.parametrize("kernel", STARTS)
def test_a_start_is_what_torch_draws_with_the_seed(kernel):
    call = LAYERS["Conv2d"](in_channels=3, out_channels=4, kernel_size=3)
    layer = built(call, kernel, 7)
    torch.manual_seed(7)
    other = nn.Conv2d(3, 4, 3)
    INITIALISATIONS[kernel].example().build()(other.weight)
    assert torch.equal(layer.weight, other.weight)
    assert not layer.bias.any()


def test_the_default_is_torch_s_and_chance_is_left_as_it_was():
    state = torch.get_rng_state()
    layer = built(LAYERS["Linear"](in_features=3, out_features=2), "default", 5)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    other = nn.Linear(3, 2)
    assert torch.equal(layer.weight, other.weight)
    assert torch.equal(layer.bias, other.bias)


@pytest.mark.parametrize("name", LAYERS)
def test_every_kernel_that_suits_a_layer_can_be_had(name):
    call = LAYERS[name].example()
    for kernel in kernels(call):
        if kernel != MODEL:
            layer = built(call, kernel, 0)
            assert all(torch.isfinite(tensor).all() for tensor in layer.state_dict().values())


def test_the_weights_of_a_model_s_layer_are_the_model_s_cut_to_what_is_drawn():
    theirs = Subject(ORIGIN).real().conv1
    question = asked(OF_MODEL)
    layer = weighted(question, Drawn(question.call, question.shape))
    assert torch.equal(layer.weight, theirs.weight)
    assert torch.equal(layer.bias, theirs.bias)
    small = weighted(question, Drawn(question.call.replace(in_channels=2, out_channels=4), (2, 32, 32)))
    assert torch.equal(small.weight, theirs.weight[:4, :2])
    assert torch.equal(small.bias, theirs.bias[:4])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"origin": {}}, "^No model is chosen for the weights"),
        ({"row": "conv9"}, "^LeNet has no module 'conv9'"),
        ({"row": "fc1"}, "^The model's layer has weight of 120 × 400, and this one needs 6 × 3 × 5 × 5"),
        ({"row": "pool"}, "^(The model's layer has weight of —|LeNet has no module)"),
        ({"row": "conv2"}, "^The model's layer has weight of 16 × 6 × 5 × 5, and this one needs 6 × 3 × 5 × 5"),
        (
            {"layers": (CONV1.replace(kernel_size=3),)},
            "^The model's layer has weight of 6 × 3 × 5 × 5, and this one needs",
        ),
        (
            {"layers": (CONV1.replace(out_channels=4),)},
            "^The model's layer has weight of 6 × 3 × 5 × 5, and this one needs",
        ),
    ],
)
def test_weights_that_a_model_does_not_have_are_refused(change, says):
    question = asked(replace(OF_MODEL, **change))
    for small in (Drawn(question.call, question.shape), drawn(question.call, question.shape)):
        with pytest.raises(SpecError, match=says):
            weighted(question, small)


def test_a_model_of_one_s_own_is_run_with_leave_alone(monkeypatch):
    own = replace(OF_MODEL, origin=Origin(own="net:Net").to_query())
    assert asked(own).leave
    for given in ("", leave("other")):
        with pytest.raises(SpecError, match=r"^net:Net is only run when its owner says so"):
            weighted(replace(asked(own), leave=given), Drawn(own.call, (3, 32, 32)))


SEVERAL = {
    "Conv2d": {"in_channels": 32, "out_channels": 48, "kernel_size": 3, "padding": 1},
    "ConvTranspose2d": {"in_channels": 48, "out_channels": 32, "kernel_size": 2, "stride": 2},
}


@pytest.mark.parametrize("groups", [1, 2, 4, 16])
@pytest.mark.parametrize("name", SEVERAL)
def test_a_drawn_layer_of_a_model_does_what_the_whole_one_does_to_its_channels(name, groups):
    """With nothing in the channels that are not drawn, and weights of this layer alone, the drawn outputs are the whole's."""
    call = LAYERS[name](**SEVERAL[name], groups=groups)
    source = f"nn.Sequential({call.code()})"
    view = View(layers=(call,), shape=(call["in_channels"], 6, 6), kernel=MODEL, row="0",
                origin=Origin(source=source, shape=(call["in_channels"], 6, 6)).to_query())  # fmt: skip
    question = asked(view)
    small, whole = drawn(question.call, question.shape), Subject(Origin.from_query(view.origin)).real()
    assert small.shape[0] < call["in_channels"]
    x = torch.zeros(1, *question.shape)
    x[:, small.inputs] = values = torch.randn(1, len(small.inputs), 6, 6)
    with torch.no_grad():
        ours, theirs = weighted(question, small)(values), whole(x)[:, small.outputs]
    torch.testing.assert_close(ours, theirs)
    assert math.prod(ours.shape)
