"""What is drawn in place of large layers: small, of the same kind, and still taken by torch."""

import random
from math import prod

import pytest
import torch
from legal_layers import layers, run

from cnnlab import limits
from cnnlab.layers import LAYERS, first_input
from cnnlab.layers.contributions import weight_shape
from cnnlab.layers.drawn import drawn
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.wiring import links, pairs
from cnnlab.specs import SpecError

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels
FAMILIES = sorted({spec.family for spec in LAYERS.values()})
CASES = [
    # layer, its arguments, an input; what is drawn: its input and its output
    ("Conv2d", {"in_channels": 3, "out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3},
     (3, 224, 224), (3, 12, 12), (4, 6, 6)),
    ("Conv2d", {"in_channels": 1, "out_channels": 96, "kernel_size": 11, "stride": 4}, (1, 224, 224), (1, 16, 16), (4, 2, 2)),
    ("Conv2d", {"in_channels": 64, "out_channels": 64, "kernel_size": 3, "padding": 1}, (64, 56, 56), (4, 12, 12), (4, 12, 12)),
    ("Conv2d", {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2}, (3, 31, 30), (3, 11, 12), (4, 5, 5)),
    ("Conv2d", {"in_channels": 1, "out_channels": 1, "kernel_size": 5, "dilation": 4}, (1, 64, 64), (1, 18, 18), (1, 2, 2)),
    ("Conv1d", {"in_channels": 1, "out_channels": 1, "kernel_size": 3}, (1, 500), (1, 24), (1, 22)),
    ("Conv3d", {"in_channels": 3, "out_channels": 16, "kernel_size": 3}, (3, 16, 112, 112), (3, 6, 6, 6), (4, 4, 4, 4)),
    ("ConvTranspose2d", {"in_channels": 64, "out_channels": 32, "kernel_size": 2, "stride": 2},
     (64, 28, 28), (4, 6, 6), (4, 12, 12)),
    ("ConvTranspose2d", {"in_channels": 21, "out_channels": 21, "kernel_size": 64, "stride": 32},
     (21, 16, 16), (2, 1, 1), (2, 64, 64)),
    ("ConvTranspose2d", {"in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2, "output_size": 57},
     (8, 28, 28), (4, 5, 5), (4, 11, 11)),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, (64, 112, 112), (4, 12, 12), (4, 6, 6)),
    ("MaxUnpool2d", {"kernel_size": 2, "output_size": 57}, (64, 28, 28), (4, 5, 5), (4, 11, 11)),
    ("AdaptiveAvgPool2d", {"output_size": 1}, (512, 7, 7), (4, 7, 7), (4, 1, 1)),
    ("AdaptiveAvgPool2d", {"output_size": (7, 7)}, (512, 28, 28), (4, 12, 12), (4, 3, 3)),
    ("Upsample", {"size": (112, 112), "scale_factor": None}, (3, 28, 28), (3, 3, 3), (3, 12, 12)),
    ("Upsample", {"scale_factor": 2.0}, (3, 224, 224), (3, 6, 6), (3, 12, 12)),
    ("PixelShuffle", {"upscale_factor": 2}, (64, 32, 32), (4, 6, 6), (1, 12, 12)),
    ("PixelUnshuffle", {"downscale_factor": 4}, (3, 64, 64), (3, 12, 12), (48, 3, 3)),
    ("BatchNorm2d", {"num_features": 64}, (64, 56, 56), (4, 12, 12), (4, 12, 12)),
    ("GroupNorm", {"num_groups": 32, "num_channels": 64}, (64, 56, 56), (4, 10, 10), (4, 10, 10)),
    ("LayerNorm", {"normalized_shape": (64, 56, 56)}, (64, 56, 56), (4, 8, 8), (4, 8, 8)),
    ("Linear", {"in_features": 9216, "out_features": 4096}, (9216,), (12,), (12,)),
    ("Flatten", {}, (256, 6, 6), (4, 4, 4), (64,)),
    ("Unflatten", {"dim": 1, "unflattened_size": (256, 6, -1)}, (9216,), (64,), (4, 4, 4)),
    ("Softmax", {"dim": 1}, (1000,), (12,), (12,)),
    ("GLU", {"dim": 1}, (64, 9, 9), (4, 9, 9), (2, 9, 9)),
    ("Unfold", {"kernel_size": 3, "padding": 1}, (64, 56, 56), (2, 6, 6), (18, 36)),
    ("Fold", {"output_size": (56, 56), "kernel_size": 3, "padding": 1}, (576, 3136), (18, 36), (2, 6, 6)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "shape", "size", "result"), CASES)
def test_a_large_layer_is_drawn_small(name, values, shape, size, result):
    small = drawn(LAYERS[name](**values), shape)
    assert (small.shape, out_shape(small.call, small.shape)) == (size, result)
    assert run_on_ones(small).shape == result
    assert small.notes


def run_on_ones(small):
    indices = None
    if small.call.spec.family == "unpool":
        plane = prod(small.shape[1:])
        indices = torch.arange(plane).reshape(small.shape[1:]).expand(small.shape)
    return run(small.call, torch.ones(small.shape), small.call.build().eval(), indices)


@pytest.mark.parametrize("name", LAYERS)
def test_what_a_row_is_first_shown_with_is_drawn_itself(name):
    call = LAYERS[name].example()
    small = drawn(call, first_input(call))
    assert (small.call.to_dict(), small.shape, small.notes) == (call.to_dict(), first_input(call), ())


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_drawn_is_within_the_limits_and_taken_by_torch(family):
    rng = random.Random(family)
    for call, shape in layers(family, seed=0, count=8, most=10**5):
        stretched = tuple(side if index == 0 else side * rng.randint(1, 40) for index, side in enumerate(shape))
        try:
            out_shape(call, stretched)
        except SpecError:
            stretched = shape
        small = drawn(call, stretched)
        assert max(small.shape[1:], default=0) <= limits.DRAWN_WINDOW
        assert max(map(prod, (small.shape, weight_shape(small.call)))) <= limits.DRAWN_NUMBERS
        assert all(after <= before for after, before in zip(small.shape, stretched, strict=True))
        again = drawn(small.call, small.shape)
        assert (again.call.to_dict(), again.shape) == (small.call.to_dict(), small.shape)


LARGE = [
    ("Conv2d", {"in_channels": 64, "out_channels": 64, "kernel_size": 9}, (64, 56, 56)),
    ("Conv3d", {"in_channels": 64, "out_channels": 64, "kernel_size": 5}, (64, 56, 56, 56)),
    ("Conv3d", {"in_channels": 64, "out_channels": 64, "kernel_size": 3}, (64, 56, 56, 56)),
    ("MaxPool3d", {"kernel_size": 2}, (64, 56, 56, 56)),
    ("Linear", {"in_features": 64, "out_features": 64}, (64, 56, 56, 64)),
    ("GroupNorm", {"num_groups": 1, "num_channels": 64}, (64, 32, 32, 32)),
    ("GroupNorm", {"num_groups": 1, "num_channels": 64}, (64, 56, 56)),
    ("LayerNorm", {"normalized_shape": (64, 32, 32, 32)}, (64, 32, 32, 32)),
    ("BatchNorm3d", {"num_features": 64}, (64, 32, 32, 32)),
    ("InstanceNorm3d", {"num_features": 64}, (64, 32, 32, 32)),
    ("Softmax", {"dim": 1}, (64, 32, 32, 32)),
]  # fmt: skip
large = pytest.mark.parametrize(("name", "values", "shape"), LARGE)


@large
def test_every_number_that_is_drawn_can_be_typed(name, values, shape):
    small = drawn(LAYERS[name](**values), shape)
    with torch.device("meta"):
        weights = [tensor.numel() for tensor in small.call.build().parameters()]
    assert max(prod(small.shape), *weights, 0) <= limits.TYPED_NUMBERS
    assert small.shape[0] > 1


@large
def test_what_makes_each_number_is_little_to_send(name, values, shape):
    small = drawn(LAYERS[name](**values), shape)
    if name.endswith(("Norm", "Norm3d", "Softmax", "Linear")):
        found = links(small.call, small.shape)
        assert sum(map(len, found)) == pairs(small.call, small.shape) <= limits.DRAWN_PAIRS


def test_sides_are_as_short_as_they_are_asked_for():
    small = drawn(LAYERS["BatchNorm2d"](num_features=16), (16, 32, 32), side=4)
    assert (small.shape, str(small.notes[0]).partition(";")[0]) == (
        (4, 4, 4), "The input is drawn with 4 × 4 × 4 numbers in place of 16 × 32 × 32")  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"in_channels": 64, "out_channels": 64, "groups": 64}, (4, 4, 4)),
        ({"in_channels": 64, "out_channels": 128, "groups": 64}, (2, 4, 2)),
        ({"in_channels": 64, "out_channels": 32, "groups": 8}, (4, 4, 2)),
        ({"in_channels": 3, "out_channels": 64, "groups": 1}, (3, 4, 1)),
    ],
)
@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d"])
def test_the_weights_of_what_is_kept_do_the_same_in_the_small_layer(name, settings, kept):
    call = LAYERS[name](kernel_size=3, padding=1, **settings)
    shape = (settings["in_channels"], 6, 5)
    small = drawn(call, shape)
    assert tuple(small.call[each] for each in ("in_channels", "out_channels", "groups")) == kept
    whole, part = call.build(), small.call.build()
    per_group = weight_shape(small.call)[1]
    rows = small.outputs if name == "Conv2d" else small.inputs
    part.weight.data, part.bias.data = whole.weight.data[list(rows), :per_group], whole.bias.data[list(small.outputs)]
    inputs = torch.zeros(1, *shape)
    inputs[:, list(small.inputs)] = torch.rand(1, *small.shape)
    result = whole(inputs)[:, list(small.outputs)]
    assert torch.allclose(part(inputs[:, list(small.inputs)]), result, atol=1e-5)


def test_notes_say_what_became_smaller():
    small = drawn(LAYERS["Conv2d"](in_channels=64, out_channels=128, kernel_size=3, groups=2), (64, 56, 56))
    assert [str(note) for note in small.notes] == [
        "The input is drawn with 4 × 12 × 12 numbers in place of 64 × 56 × 56; what is done with them is the same.",
        "in_channels=4 is drawn in place of 64.",
        "out_channels=4 is drawn in place of 128.",
    ]


def test_a_window_that_no_screen_can_draw_is_refused():
    call = LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=99)
    with pytest.raises(SpecError, match="is too large to draw: the smallest input that its windows take"):
        drawn(call, (1, 224, 224))


def test_what_torch_refuses_is_refused_as_ever():
    with pytest.raises(SpecError):
        drawn(LAYERS["Conv2d"](in_channels=3, out_channels=1, kernel_size=3), (1, 8, 8))
