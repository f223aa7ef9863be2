"""Cost along the depth."""

import numpy as np
import pytest

from cnnlab.figures import along_depth

TITLES = {"params": "P", "macs": "M", "activations": "A"}
ROWS = [("conv1", 9408, 118013952, 3 << 20), ("bn<1>", 128, 0, 3 << 20), ("fc", 513000, 512000, 4000)]


def test_each_panel_shows_the_shares_of_its_measure_in_the_order_of_the_layers():
    figure = along_depth(ROWS, TITLES)
    for place, trace in enumerate(figure.data, 1):
        values = np.array([row[place] for row in ROWS])
        assert isinstance(trace.y, np.ndarray)
        np.testing.assert_allclose(trace.y, values / values.sum())
        assert list(trace.x) == [1, 2, 3]
    assert [note.text for note in figure.layout.annotations] == ["P", "M", "A"]


def test_hover_says_the_name_and_the_value_itself():
    params, macs, activations = along_depth(ROWS, TITLES).data
    assert list(params.hovertext) == ["conv1", "bn&lt;1&gt;", "fc"]
    assert list(params.customdata) == [row[1] for row in ROWS]
    assert list(macs.customdata) == [row[2] for row in ROWS]
    np.testing.assert_allclose(activations.customdata * 2**20, [row[3] for row in ROWS])


def test_panels_keep_their_colours_and_height_and_share_one_axis():
    figure, other = along_depth(ROWS, TITLES), along_depth(ROWS * 200, TITLES)
    assert len({trace.marker.color for trace in figure.data}) == 3
    assert figure.layout.height == other.layout.height == 340
    assert figure.layout.xaxis.matches == figure.layout.xaxis2.matches == "x3"
    assert not figure.layout.showlegend


@pytest.mark.parametrize("rows", [[], [("relu", 0, 0, 0)]])
def test_a_model_without_cost_has_bars_of_no_height(rows):
    figure = along_depth(rows, TITLES)
    assert [trace.y.sum() for trace in figure.data] == [0, 0, 0]
