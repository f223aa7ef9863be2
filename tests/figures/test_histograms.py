"""Histograms as figures."""

import numpy as np
import plotly.graph_objects as go

from cnnlab.figures import histograms


def plotted(panels, labels):
    """The figure as plotly checks it."""
    return go.Figure(histograms(panels, labels).to_dict())


def test_each_panel_shows_shares_that_add_up_to_all():
    edges = np.arange(5.0)
    panels = [
        ("before", edges, np.array([[1, 2, 3, 4], [4, 4, 1, 1]]), ("red", "green")),
        ("after", edges, [[0, 0, 0, 0]], ("x",)),
    ]
    figure = plotted(panels, {"red": "rot"})
    assert [trace.name for trace in figure.data] == ["rot", "green", "x"]
    assert sum(figure.data[0].y[:-1]) == 100
    first = figure.data[0]
    assert [first.x0 + first.dx * place for place in range(len(first.y))] == list(edges)
    assert sum(figure.data[2].y) == 0
    assert [note.text for note in figure.layout.annotations] == ["before", "after"]


def test_a_figure_keeps_its_numbers_when_another_is_made_of_the_same_skeleton():
    edges, names = (0.0, 1.0, 2.0), ("gray",)
    first = histograms([("a", edges, ((1, 3),), names)], {})
    second = histograms([("a", (5.0, 7.0, 9.0), ((3, 1),), names)], {})
    assert [figure.to_dict()["data"][0]["y"][0] for figure in (first, second)] == [25, 75]
    assert [figure.to_dict()["data"][0]["x0"] for figure in (first, second)] == [0.0, 5.0]
