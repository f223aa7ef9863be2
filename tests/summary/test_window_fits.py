"""A window is called too small only if it is: torch refuses the layer for this very reason."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cnnlab.summary import summarize


def failure(layer, shape, dtype=torch.float32):
    report = summarize(nn.Sequential(layer), shape, dtype=dtype, fixes=False)
    return report.failure and str(report.failure.error)


# Height and width that just fit, one row or one column less, and what torch slides over them.
WINDOWS = [
    (nn.Conv2d(3, 2, (4, 2), dilation=(1, 3)), (4, 4), (4, 4)),
    (nn.Conv2d(3, 2, (5, 3), padding=(2, 0)), (1, 3), (5, 3)),
    (nn.MaxPool2d((2, 3), dilation=(3, 1)), (4, 3), (4, 3)),
    (nn.AvgPool2d((4, 3), padding=(2, 1)), (1, 1), (4, 3)),
]


@pytest.mark.parametrize(("layer", "sides", "window"), WINDOWS, ids=lambda value: str(value))
def test_a_window_that_just_fits_is_no_failure_and_one_less_is(layer, sides, window):
    larger = (sides[0] + 1, sides[1] + 1)
    assert failure(layer, (3, *larger)) is None
    assert failure(layer, (3, *sides)) is None
    for less in ((larger[0], sides[1] - 1), (sides[0] - 1, larger[1])):
        if min(less) > 0:
            height, width = less
            assert failure(layer, (3, *less)) == (
                f"Layer 0 ({type(layer).__name__}) gets {height} × {width}, too small for its window of "
                f"{window[0]} × {window[1]}: its input is 1 × 3 × {height} × {width}."
            )


@pytest.mark.parametrize(("layer", "sides", "window"), WINDOWS[:2], ids=lambda value: str(value))
def test_what_fails_for_another_reason_is_not_called_too_small(layer, sides, window):
    words = failure(layer, (3, *sides), torch.int64)
    assert words.startswith("Layer 0 (Conv2d) cannot take ")
    assert "too small" not in words


SIDES, KERNELS, PADS, DILATIONS = st.integers(1, 7), st.integers(1, 4), st.integers(0, 2), st.integers(1, 3)


@given(*[st.tuples(each, each) for each in (SIDES, KERNELS, PADS, DILATIONS)])
@settings(max_examples=80, deadline=None)
def test_a_window_is_too_small_exactly_where_torch_refuses_the_convolution(sides, kernel, padding, dilation):
    layer = nn.Conv2d(1, 1, kernel, 1, padding, dilation)
    try:
        layer(torch.zeros(1, 1, *sides))
    except RuntimeError:
        assert "too small for its window" in failure(layer, (1, *sides))
    else:
        assert failure(layer, (1, *sides)) is None
