"""Counts of a checkerboard held against torch: a kernel of ones on an input of ones writes how often it is written."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from legal_layers import layers

from cnnlab.layers import LAYERS
from cnnlab.layers.checkerboard import counts, resized, uneven, written
from cnnlab.layers.sizes import out_shape
from cnnlab.specs import SpecError

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so once, of even kernels


@pytest.mark.parametrize("family", ["convolution", "transposed"])
def test_counts_are_what_ones_add_up_to(family):
    for call, shape in layers(family, 5, 40):
        layer = call.replace(bias=False).build()
        torch.nn.init.ones_(layer.weight)
        output = layer(torch.ones(1, *shape))[0, 0]
        made = counts(call, shape)
        assert made.shape == output.shape
        assert [
            count * call["in_channels"] // call["groups"] for count in made.flat()
        ] == output.flatten().int().tolist()


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_a_checkerboard_is_what_counts_away_from_the_border_show(kernel, stride, dilation):
    call = LAYERS["ConvTranspose1d"](
        in_channels=1, out_channels=1, kernel_size=kernel, stride=stride, dilation=dilation
    )
    reach = dilation * (kernel - 1)
    inner = counts(call, (1, 2 * reach + 9)).sides[0][reach : reach + 4 * stride]
    assert uneven(call) == (len(set(inner)) > 1,)
    assert sorted(set(inner)) == sorted(set(written(kernel, stride, dilation)))


@given(st.integers(1, 12), st.integers(1, 6))
def test_without_dilation_a_kernel_that_the_stride_divides_is_even(kernel, stride):
    assert (len(set(written(kernel, stride))) > 1) == (kernel % stride != 0)


def test_dilation_can_make_a_checkerboard_of_a_kernel_that_the_stride_divides():
    assert written(2, 2, 2) == (2, 0)


@pytest.mark.parametrize("sides", [1, 2, 3])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_enlarging_first_gives_the_same_size_with_no_place_written_less(sides, mode):
    call = LAYERS[f"ConvTranspose{sides}d"](in_channels=2, out_channels=3, kernel_size=4, stride=3, padding=1)
    shape = (2, *(5, 4, 3)[:sides])
    enlarge, convolve = resized(call, shape, mode)
    larger = out_shape(enlarge, shape)
    assert out_shape(convolve, larger) == out_shape(call, shape)
    assert torch.nn.Sequential(enlarge.build(), convolve.build())(torch.ones(1, *shape)).shape[1:] == out_shape(
        call, shape
    )
    assert any(uneven(call))
    assert all(len(set(side[2:-2])) == 1 for side in counts(convolve, larger).sides)


def test_what_writes_nothing_says_so():
    with pytest.raises(SpecError, match="MaxPool2d has no checkerboard"):
        counts(LAYERS["MaxPool2d"](kernel_size=2), (1, 4, 4))
