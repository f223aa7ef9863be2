"""Index tables held against torch: which elements of a row of ones and zeros make each element of the result."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as F

from cnnlab.summary.windows import INF, adaptive, compact, cubic, gathered, linear, sliding, transposed

LENGTHS, KERNELS, STRIDES, DILATIONS = st.integers(1, 14), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)


def rows(length):
    """Each element of a side alone in a sample of its own: what it reaches is not zero."""
    return torch.eye(length, dtype=torch.float64)[:, None]


def made_of(results):
    """For each element of the result, the elements it is made of; `results` (length, 1, out)."""
    return [set(column.nonzero().flatten().tolist()) for column in results[:, 0].T.abs() > 1e-9]


def named(table):
    return [set(row.tolist()) - {-1} for row in table]


@given(LENGTHS, KERNELS, STRIDES, st.integers(0, 4), DILATIONS)
def test_a_sliding_window_names_what_a_convolution_reads(length, kernel, stride, padding, dilation):
    assume(length + 2 * padding > dilation * (kernel - 1))
    out = F.conv1d(rows(length), torch.ones(1, 1, kernel, dtype=torch.float64), None, stride, padding, dilation)
    table = sliding(kernel, stride, padding, dilation)(length, out.shape[-1])
    assert table.shape == (out.shape[-1], kernel)
    assert named(table) == made_of(out)


def test_a_sliding_window_names_the_elements_in_their_order():
    assert sliding(3, 2, 2, 2)(5, 3).tolist() == [[-1, 0, 2], [0, 2, 4], [2, 4, -1]]


def test_a_pool_that_rounds_up_looks_past_the_end():
    out = F.avg_pool1d(rows(6), 3, 2, ceil_mode=True)
    assert named(sliding(3, 2, 0, 1)(6, out.shape[-1])) == made_of(out) == [{0, 1, 2}, {2, 3, 4}, {4, 5}]


@given(LENGTHS, KERNELS, STRIDES, st.integers(0, 4), DILATIONS, st.integers(0, 3))
def test_a_transposed_window_names_what_a_transposed_convolution_reads(
    length, kernel, stride, padding, dilation, output_padding
):
    assume(output_padding < max(stride, dilation))
    assume((length - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1 > 0)
    weight = torch.ones(1, 1, kernel, dtype=torch.float64)
    out = F.conv_transpose1d(rows(length), weight, None, stride, padding, output_padding, 1, dilation)
    table = transposed(kernel, stride, padding, dilation)(length, out.shape[-1])
    assert table.shape == (out.shape[-1], kernel)
    assert named(table) == made_of(out)


@given(LENGTHS, LENGTHS)
def test_an_adaptive_window_names_what_an_adaptive_pool_averages(length, out):
    assert named(adaptive(length, out)) == made_of(F.adaptive_avg_pool1d(rows(length), out))


@given(LENGTHS, LENGTHS, st.booleans())
def test_linear_interpolation_names_the_elements_with_a_weight(length, out, corners):
    results = F.interpolate(rows(length), out, mode="linear", align_corners=corners)
    table = linear(corners)(length, out)
    assert table.shape == (out, 2)
    assert named(table) == made_of(results)


@given(LENGTHS, LENGTHS, st.booleans())
def test_cubic_interpolation_names_the_elements_with_a_weight(length, out, corners):
    results = F.interpolate(rows(length)[..., None, :], (1, out), mode="bicubic", align_corners=corners)[:, :, 0]
    table = cubic(corners)(length, out)
    assert table.shape == (out, 4)
    # A weight may vanish where taps meet at the border; what has one is named.
    assert all(made <= name for made, name in zip(made_of(results), named(table), strict=True))
    assert sum(map(len, named(table))) <= sum(map(len, made_of(results))) + 2


@given(st.integers(2, 14), st.sampled_from([0.5, 0.7, 1.5, 1.7, 2.0, 3.0]))
def test_interpolation_by_a_factor_goes_by_the_factor(length, scale):
    results = F.interpolate(rows(length), scale_factor=scale, mode="linear")
    assert named(linear(False, scale)(length, results.shape[-1])) == made_of(results)


@given(st.data(), st.integers(0, 3))
def test_gathering_takes_the_smallest_of_the_elements_that_a_row_names(data, dim):
    values = torch.tensor(data.draw(st.permutations(range(2 * 3 * 4)))).reshape(2, 3, 4, 1).float()
    length = values.shape[dim]
    table = torch.tensor(
        data.draw(st.lists(st.lists(st.integers(-1, length - 1), min_size=2, max_size=2), min_size=1, max_size=5))
    )
    result = gathered(values, dim, table)
    expected = [
        torch.stack([values.select(dim, i) if i >= 0 else torch.full_like(values.select(dim, 0), INF) for i in row])
        for row in table.tolist()
    ]
    assert torch.equal(result, torch.stack([row.amin(0) for row in expected], dim))


def test_only_sides_along_which_nothing_varies_are_cut():
    values = torch.arange(6.0).reshape(1, 2, 1, 3)
    assert compact(values.expand(2, 2, 5, 3)).tolist() == values.tolist()
    assert compact(values) is values


def test_a_table_of_a_side_is_of_whole_numbers():
    tables = (sliding(2, 1, 0, 1)(4, 3), transposed(2, 1, 0, 1)(4, 5), adaptive(4, 3), linear(True)(4, 3))
    assert {table.dtype for table in tables} == {torch.int64}


@pytest.mark.parametrize("out", [1, 2])
def test_the_corners_of_a_result_of_one_element_are_its_first(out):
    assert linear(True)(5, out)[0].tolist() == [0, 0]
