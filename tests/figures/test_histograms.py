"""Histograms as figures."""

import numpy as np

from cnnlab.figures import histograms


def test_each_panel_shows_shares_that_add_up_to_one():
    edges = np.arange(5.0)
    panels = [
        ("before", edges, np.array([[1, 2, 3, 4], [4, 4, 1, 1]]), ("red", "green")),
        ("after", edges, [[0, 0, 0, 0]], ("x",)),
    ]
    figure = histograms(panels, {"red": "rot"})
    assert [trace.name for trace in figure.data] == ["rot", "green", "x"]
    assert sum(figure.data[0].y[:-1]) == 1
    assert figure.data[0].x == tuple(edges)
    assert sum(figure.data[2].y) == 0
    assert [note.text for note in figure.layout.annotations] == ["before", "after"]
