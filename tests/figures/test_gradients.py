"""Norms of gradients on one scale, and how values are spread."""

import math

import pytest

from cnnlab.figures import Bar, norms, spreads

WORDS = {"gradient": "G", "weight": "W", "vanishing": "V", "exploding": "X", "beyond": "B"}
LAYERS = [
    Bar("conv<1>", 1e-4, 1.0, vanishing=True),
    Bar("conv2", 0.5, 2.0),
    Bar("spare", None, 3.0),
    Bar("fc", 2.0, 4.0),
]
OTHERS = [
    Bar("conv<1>", 1e-30, 1.0),
    Bar("conv2", math.inf, 2.0, exploding=True),
    Bar("spare", None, 3.0),
    Bar("fc", 0.0, 4.0),
]


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == WORDS[name]]


def test_every_panel_has_all_layers_in_order_and_a_gap_where_no_gradient_is():
    figure = norms([("one", LAYERS), ("<two>", LAYERS)], WORDS)
    for trace in traces(figure, "gradient"):
        assert list(trace.x) == [1, 2, 3, 4]
        assert list(trace.y) == [1e-4, 0.5, None, 2.0]
        assert not trace.connectgaps
    assert [list(trace.y) for trace in traces(figure, "weight")] == [[1.0, 2.0, 3.0, 4.0]] * 2
    assert [note.text for note in figure.layout.annotations] == ["one", "&lt;two&gt;"]


def test_what_vanishes_and_explodes_has_marks_of_two_shapes():
    figure = norms([("one", LAYERS), ("two", OTHERS)], WORDS)
    (down, none), (nothing, up) = traces(figure, "vanishing"), traces(figure, "exploding")
    assert (list(down.x), list(none.x), list(nothing.x), list(up.x)) == ([1], [], [], [2])
    assert {down.marker.symbol, up.marker.symbol} == {"triangle-down", "triangle-up"}
    assert list(down.hovertext) == ["conv&lt;1&gt;"]
    assert list(up.customdata) == ["inf"]


def test_all_panels_share_one_scale_and_what_lies_beyond_it_is_marked_at_its_edge():
    figure = norms([("one", LAYERS), ("two", OTHERS)], WORDS)
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis2.range == (low, high)
    assert figure.layout.yaxis.type == figure.layout.yaxis2.type == "log"
    assert high - low < 40
    *_, gradient = traces(figure, "gradient")
    assert list(gradient.y) == [None] * 4
    first, beyond = traces(figure, "beyond")
    assert (list(first.x), list(beyond.x), list(beyond.customdata)) == ([], [1, 4], ["1e-30", "0"])
    assert all(low <= math.log10(y) <= high for y in beyond.y)
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert sorted(shown) == ["B", "G", "W"]


@pytest.mark.parametrize(
    "layers", [[Bar("a", None, 0.0)], [Bar("a", 0.0, 0.0, True)], [Bar("a", math.nan, math.inf, False, True)]]
)
def test_a_scale_without_a_number_is_a_scale(layers):
    low, high = norms([("one", layers)], WORDS).layout.yaxis.range
    assert math.isfinite(low)
    assert low < high


def test_few_layers_are_named_and_many_are_numbered():
    few, many = norms([("one", LAYERS)], WORDS), norms([("one", LAYERS * 30)], WORDS)
    assert list(few.layout.xaxis.ticktext) == ["conv&lt;1&gt;", "conv2", "spare", "fc"]
    assert many.layout.xaxis.ticktext is None
    assert few.layout.height == many.layout.height


def test_histograms_stand_side_by_side_as_shares():
    figure = spreads([("one", (-1.0, 1.0, (1, 3)), (0.0, 4.0, (2, 2))), ("two", None, (0.0, 4.0, (4, 0)))], WORDS)
    gradient, weight, other = figure.data
    assert (list(gradient.x), list(gradient.y)) == ([-0.5, 0.5], [25, 75])
    assert (list(weight.x), list(weight.y)) == ([1, 3], [50, 50])
    assert list(other.y) == [100, 0]
    assert other.xaxis == "x4"  # the place of the gradient that is not there stays empty
    assert [note.text for note in figure.layout.annotations] == ["one: G", "W", "two: G", "W"]
