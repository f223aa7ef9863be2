"""Taps held against torch, a side alone: each place of the input by itself in a sample, and what it puts into each output."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as F

from cnnlab.layers import LAYERS
from cnnlab.layers.taps import (
    NOWHERE,
    Side,
    adaptive,
    fractional,
    interpolated,
    mean,
    padded,
    shown,
    sliding,
    transposed,
)  # fmt: skip
from cnnlab.layers.windows import axes

LENGTHS, KERNELS, STRIDES, DILATIONS = st.integers(1, 14), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)
MODES = ("zeros", "reflect", "replicate", "circular")
INTERPOLATIONS = ("nearest", "nearest-exact", "linear", "bicubic", "area")


def ones(length):
    return torch.eye(length)[:, None]


def weighted(side: Side, weights=None):
    """What each input place puts into each output place, (size, out), by the taps and a weight for each."""
    table = torch.zeros(side.size, side.out)
    for o in range(side.out):
        divisor = side.counted(o) if side.counted else 1
        for k, tap in enumerate(side.row(o)):
            if tap.input != NOWHERE:
                table[tap.input, o] += tap.share * (1 if weights is None else weights[k]) / divisor
    return table


def padded_by_torch(length, before, after, mode):
    return F.pad(ones(length), (before, after), "constant" if mode == "zeros" else mode)


@given(LENGTHS, KERNELS, STRIDES, st.tuples(st.integers(0, 4), st.integers(0, 4)), DILATIONS, st.sampled_from(MODES))
def test_a_sliding_window_reads_what_a_convolution_reads(length, kernel, stride, padding, dilation, mode):
    assume(length + sum(padding) > dilation * (kernel - 1))
    assume(mode in ("zeros", "replicate") or max(padding) < length)
    weights = torch.arange(1.0, kernel + 1)
    there = padded_by_torch(length, *padding, mode)
    result = F.conv1d(there, weights[None, None], None, stride, 0, dilation)[:, 0]
    side = sliding(length, result.shape[1], kernel, stride, padding, dilation, mode)
    assert torch.equal(weighted(side, weights), result)
    held = torch.tensor([[place == each for each in side.axis().shows] for place in range(length)])
    assert torch.equal(held.float(), there[:, 0]) or not any(padding)


@given(LENGTHS, KERNELS, STRIDES, st.integers(0, 4), st.integers(0, 3), DILATIONS)
def test_a_transposed_window_reads_what_writes_there(length, kernel, stride, padding, more, dilation):
    assume(more < max(stride, dilation))
    assume((length - 1) * stride - 2 * padding + dilation * (kernel - 1) + more >= 0)
    weights = torch.arange(1.0, kernel + 1)
    result = F.conv_transpose1d(ones(length), weights[None, None], None, stride, padding, more, 1, dilation)[:, 0]
    side = transposed(length, result.shape[1], kernel, stride, padding, dilation)
    assert torch.equal(weighted(side, weights), result)


@given(LENGTHS, KERNELS, STRIDES, st.integers(0, 2), st.booleans(), st.booleans(), st.none() | st.integers(1, 9))
def test_a_mean_divides_by_what_torch_divides_by(length, kernel, stride, padding, ceil, include, divisor):
    assume(length + 2 * padding >= kernel and padding <= kernel // 2)
    try:
        result = F.avg_pool2d(ones(length)[:, None], (1, kernel), (1, stride), (0, padding), ceil, include, divisor)
    except RuntimeError:
        assume(False)
    side = mean(length, result.shape[-1], kernel, stride, padding, include, divisor)
    assert torch.allclose(weighted(side), result[:, 0, 0])


@given(LENGTHS, LENGTHS)
def test_an_adaptive_mean_divides_what_torch_divides(length, out):
    assert torch.allclose(weighted(adaptive(length, out, mean=True)), F.adaptive_avg_pool1d(ones(length), out)[:, 0])


@given(
    st.integers(1, 20),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(0, 1023).map(lambda part: part / 1024),
    st.integers(0, 99),
)
def test_fractional_windows_lie_where_torch_lays_them(length, kernel, out, sample, seed):
    assume(out + kernel - 1 <= length)
    values = torch.rand(1, 1, 1, length, generator=torch.Generator().manual_seed(seed))
    samples = torch.tensor([[[sample, 0.0]]])  # width first
    result, index = F.fractional_max_pool2d(values, (1, kernel), (1, out), return_indices=True, _random_samples=samples)
    side = fractional(length, out, kernel, sample)
    for o in range(out):
        window = [tap.input for tap in side.row(o)]
        assert max(window, key=lambda place: values[..., place].item()) == index[..., o].item()
        assert values[..., window].max() == result[..., o]


@given(LENGTHS, st.integers(-3, 4), st.integers(-3, 4), st.sampled_from(MODES))
def test_padding_holds_what_torch_puts_there(length, before, after, mode):
    assume(length + before + after > 0 and length + min(before, 0) + min(after, 0) > 0)
    assume(mode in ("zeros", "replicate") or max(before, after) < length)
    result = padded_by_torch(length, before, after, mode)[:, 0]
    assert torch.equal(weighted(padded(length, result.shape[1], before, after, mode)), result)


def interpolation(length, mode, **arguments):
    if mode == "bicubic":
        rows = ones(length)[:, None]
        size, scale = arguments.pop("size", None), arguments.pop("scale_factor", None)
        arguments |= {"size": (1, size)} if size else {"scale_factor": (1.0, scale)}
        return F.interpolate(rows, mode=mode, **arguments)[:, 0, 0]
    return F.interpolate(ones(length), mode=mode, **arguments)[:, 0]


@given(LENGTHS, st.integers(1, 40), st.sampled_from(INTERPOLATIONS), st.booleans())
def test_an_interpolation_to_a_size_weighs_as_torch_does(length, out, mode, corners):
    corners = corners and mode in ("linear", "bicubic")
    more = {"align_corners": corners} if mode in ("linear", "bicubic") else {}
    side = interpolated(length, out, mode, corners)
    assert torch.allclose(weighted(side), interpolation(length, mode, size=out, **more), atol=1e-5)


@given(LENGTHS, st.floats(0.2, 4), st.sampled_from(INTERPOLATIONS[:4]), st.booleans())
def test_an_interpolation_by_a_factor_weighs_as_torch_does(length, factor, mode, corners):
    assume(int(length * factor) >= 1)
    corners = corners and mode in ("linear", "bicubic")
    more = {"align_corners": corners} if mode in ("linear", "bicubic") else {}
    result = interpolation(length, mode, scale_factor=factor, **more)
    side = interpolated(length, result.shape[1], mode, corners, factor)
    assert torch.allclose(weighted(side), result, atol=1e-5)


@pytest.mark.parametrize("sides", [1, 2, 3])
@pytest.mark.parametrize("factor", [1.25, 1.5, 2.2, 2.3, 2.6])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_the_nearest_place_is_torchs_even_where_it_forgets_the_factor(sides, factor, mode):
    call = LAYERS["Upsample"](scale_factor=factor, mode=mode)
    for length in range(1, 6):
        inputs = torch.arange(float(length)).expand(1, 1, *(2,) * (sides - 1), length)
        expected = call.build()(inputs.contiguous())[(0, 0, *(0,) * (sides - 1))]
        assert [tap for (tap,) in axes(call, inputs.shape[1:])[-1].taps] == expected.int().tolist()


def test_windows_say_where_their_taps_lie_and_what_the_padding_shows():
    axis = sliding(4, 4, 3, 1, (1, 1), mode="reflect").axis()
    assert axis.taps == ((1, 0, 1), (0, 1, 2), (1, 2, 3), (2, 3, 2))
    assert axis.places == ((-1, 0, 1), (0, 1, 2), (1, 2, 3), (2, 3, 4))
    assert (axis.before, axis.after, axis.shows, axis.shares, axis.counted) == (1, 1, (1, 0, 1, 2, 3, 2), (), ())


def test_a_transposed_window_says_where_nothing_is_written():
    axis = transposed(2, 5, 3, 2, 0, 1).axis()
    assert axis.places == ((0, None, -1), (None, 0, None), (1, None, 0), (None, 1, None), (2, None, 1))
    assert axis.taps == ((0, -1, -1), (-1, 0, -1), (1, -1, 0), (-1, 1, -1), (-1, -1, 1))


@pytest.mark.parametrize("mode", MODES)
def test_what_lies_in_the_input_shows_itself(mode):
    assert [shown(place, 5, mode) for place in range(5)] == list(range(5))
