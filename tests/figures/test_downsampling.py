"""No spike is lost in a curve that is drawn with few points; it is smoothed as TensorBoard smooths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnlab.figures.downsampling import broken, chosen
from cnnlab.figures.smoothing import smoothed

CURVES = arrays.arrays(np.float64, st.integers(1, 600), elements=st.floats(-1e30, 1e30) | st.sampled_from(
    [0.0, np.nan, np.inf, -np.inf]))  # fmt: skip


@given(CURVES, st.integers(4, 60))
def test_the_ends_the_least_and_the_greatest_are_drawn_in_order(values, points):
    places = chosen(values, points)
    assert len(places) <= points
    assert (np.diff(places) > 0).all()
    assert (places[0], places[-1]) == (0, len(values) - 1)
    finite = values[np.isfinite(values)]
    if len(finite):
        drawn = values[places][np.isfinite(values[places])]
        assert (drawn.min(), drawn.max()) == (finite.min(), finite.max())


@given(st.integers(0, 99_999), st.sampled_from([-5.0, 5.0]), st.sampled_from([64, 600, 2000]))
def test_a_spike_of_one_step_in_100_000_is_drawn(place, height, points):
    values = np.zeros(100_000)
    values[place] = height
    assert place in chosen(values, points)


@given(CURVES, st.integers(4, 60))
def test_every_stretch_between_drawn_points_lies_within_their_neighbourhood(values, points):
    """What is left out lies between the least and the greatest drawn value of its own stretch."""
    places = chosen(values, points)
    width = 1
    while len(values) > points and 2 * -(-len(values) // width) + 2 > points:
        width *= 2
    for start in range(0, len(values), width):
        own = values[start : start + width]
        own = own[np.isfinite(own)]
        drawn = values[[place for place in places if start <= place < start + width]]
        drawn = drawn[np.isfinite(drawn)]
        if len(own):
            assert (drawn.min(), drawn.max()) == (own.min(), own.max())


def test_what_was_drawn_of_a_growing_curve_stays():
    values = np.random.default_rng(0).normal(size=1000)
    before, after = chosen(values[:800], 200), chosen(values, 200)
    assert set(before[:-1]) - {0} <= set(after)


def test_what_is_no_number_is_marked():
    values = np.zeros(10_000)
    values[[3, 70, 9_000]] = [np.nan, np.inf, -np.inf]
    assert broken(values, 100).tolist() == [3, 70, 9_000]
    many = broken(np.full(10_000, np.nan), 100)
    assert (len(many), many[0], many[-1]) == (100, 0, 9_999)


def classic(values, weight):
    """TensorBoard's classicSmoothing, line by line (line_chart_v2/data_transformer)."""
    last, count, told = 0.0, 0, []
    constant = all(value == values[0] for value in values)
    for value in values:
        if constant or not np.isfinite(value):
            told.append(value)
            continue
        last = last * weight + (1 - weight) * value
        count += 1
        told.append(last / (1 - weight**count if weight != 1 else 1))
    return told


@pytest.mark.parametrize("weight", [0.001, 0.1, 0.6, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 5000])
def test_smoothing_is_tensorboard_s(weight, count):
    values = np.random.default_rng(count).normal(loc=3, size=count)
    np.testing.assert_allclose(smoothed(values, weight), classic(values, weight), rtol=1e-9, atol=1e-12)


@given(
    arrays.arrays(np.float64, st.integers(1, 600), elements=st.floats(-100, 100) | st.sampled_from([np.nan, np.inf])),
    st.floats(0.01, 0.995),
)
def test_smoothing_passes_over_what_is_no_number(values, weight):
    finite = values[np.isfinite(values)]
    expected = np.array(values)
    expected[np.isfinite(values)] = classic(finite, weight) if len(finite) else finite
    np.testing.assert_allclose(smoothed(values, weight), expected, rtol=1e-7, atol=1e-9)


def test_no_smoothing_is_none():
    values = np.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(smoothed(values, 0.0), values)
