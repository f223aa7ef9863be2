"""Matrices held against torch: times the flat input they are the layer, and transposed the transposed layer."""

from math import prod

import pytest
import torch
from legal_layers import layers
from torch.nn import functional as F

from cnnlab.layers import LAYERS
from cnnlab.layers.contributions import weight_shape
from cnnlab.layers.matrix import adjoint, im2col, matrix
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.wiring import NOWHERE
from cnnlab.specs import SpecError

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels
SETTINGS = {"in_channels": 1, "out_channels": 1, "kernel_size": 3}
SLIDING = ("convolution", "transposed")


def filled(table, weight):
    """The dense matrix with these weights."""
    dense = torch.zeros(table.rows, table.columns)
    for row, column, place in table.entries:
        dense[row, column] += weight.flatten()[place]
    return dense


def small_whole(shape, seed):
    """Whole numbers, so that sums are exact in any order."""
    return torch.randint(-9, 10, shape, generator=torch.Generator().manual_seed(seed)).float()


def with_weight(call, weight):
    layer = call.replace(bias=False).build()
    layer.weight.data = weight
    return layer


@pytest.mark.parametrize("family", [*SLIDING, "linear"])
def test_the_matrix_times_the_input_is_the_layers_output(family):
    for seed, (call, shape) in enumerate(layers(family, 0, 30, most=120)):
        weight, inputs = small_whole(weight_shape(call), seed), small_whole(shape, seed + 1)
        output = with_weight(call, weight)(inputs[None])[0]
        assert torch.equal(filled(matrix(call, shape), weight) @ inputs.flatten(), output.flatten()), call.code()


@pytest.mark.parametrize("family", SLIDING)
def test_its_transpose_is_the_transposed_layer_with_the_same_weights(family):
    counted = 0
    for seed, (call, shape) in enumerate(layers(family, 1, 60, most=120)):
        try:
            back, there = adjoint(call, shape)
        except SpecError:
            continue
        counted += 1
        assert there == out_shape(call, shape)
        weight, outputs = small_whole(weight_shape(call), seed), small_whole(there, seed + 1)
        result = with_weight(back, weight)(outputs[None])[0]
        assert result.shape == shape
        assert torch.equal(filled(matrix(call, shape).transposed(), weight) @ outputs.flatten(), result.flatten())
        assert matrix(call, shape).transposed() == matrix(back, there)
    assert counted >= 15


def test_the_windows_as_columns_times_the_kernels_are_the_output():
    for seed, (call, shape) in enumerate(layers("convolution", 2, 40, most=150)):
        weight, inputs = small_whole(weight_shape(call), seed), small_whole(shape, seed + 1)
        columns = im2col(call, shape)
        flat = torch.cat([inputs.flatten(), torch.zeros(1)])  # the last stands for NOWHERE
        values = flat[torch.tensor(columns.inputs)]
        assert min(map(min, columns.inputs)) >= NOWHERE
        groups = call["groups"]
        products = [
            kernels.flatten(1) @ rows
            for kernels, rows in zip(weight.chunk(groups), values.split(columns.rows), strict=True)
        ]
        output = with_weight(call, weight)(inputs[None])[0]
        assert torch.equal(torch.cat(products).flatten(), output.flatten()), call.code()


def test_columns_are_what_unfold_gives():
    call = LAYERS["Conv2d"](
        in_channels=2, out_channels=1, kernel_size=(2, 3), stride=(1, 2), padding=1, dilation=(2, 1)
    )
    inputs = torch.arange(1.0, 2 * 5 * 6 + 1).reshape(1, 2, 5, 6)
    flat = torch.cat([inputs.flatten(), torch.zeros(1)])
    expected = F.unfold(inputs, (2, 3), dilation=(2, 1), padding=1, stride=(1, 2))[0]
    assert torch.equal(flat[torch.tensor(im2col(call, (2, 5, 6)).inputs)], expected)


def test_the_courses_convolution_is_4_by_16_and_back_16_by_4():
    course = matrix(LAYERS["Conv2d"](**SETTINGS), (1, 4, 4))
    assert (course.rows, course.columns) == (4, 16)
    numbers = filled(course, torch.arange(1.0, 10)).int().tolist()
    assert numbers == [
        [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0],
        [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9],
    ]
    back = matrix(LAYERS["ConvTranspose2d"](**SETTINGS), (1, 2, 2))
    assert (back.rows, back.columns) == (16, 4)
    assert back == course.transposed()
    assert adjoint(LAYERS["Conv2d"](**SETTINGS), (1, 4, 4)) == (
        LAYERS["ConvTranspose2d"](**SETTINGS, bias=False),
        (1, 2, 2),
    )


def test_what_has_no_matrix_or_transpose_says_so():
    reflecting = LAYERS["Conv2d"](**SETTINGS, padding=1, padding_mode="reflect")
    for ask in (lambda: matrix(LAYERS["MaxPool2d"](kernel_size=2), (1, 4, 4)),
                lambda: im2col(LAYERS["ConvTranspose2d"](**SETTINGS), (1, 4, 4)),
                lambda: adjoint(reflecting, (1, 4, 4)),
                lambda: adjoint(LAYERS["Linear"](in_features=1, out_features=1), (1,))):  # fmt: skip
        with pytest.raises(SpecError, match="has no"):
            ask()


def test_padding_that_repeats_the_input_adds_weights_at_one_place():
    table = matrix(LAYERS["Conv1d"](**SETTINGS, padding=1, padding_mode="replicate"), (1, 2))
    assert [tuple(entry) for entry in table.entries if entry.row == 0] == [(0, 0, 0), (0, 0, 1), (0, 1, 2)]
    assert prod((table.rows, table.columns)) == 4
