"""The classes of batches as bars, and what is expected of them as levels."""

import numpy as np

from cnnlab.colours import CLASSES
from cnnlab.figures import balance

COUNTS = [[3, 1, 0], [1, 1, 2], [0, 0, 1]]


def test_a_bar_has_the_share_of_each_class_in_its_colour():
    bars = [
        trace for trace in balance(COUNTS, (0.5, 0.3, 0.2), "abc", ("batch", "expected")).data if trace.type == "bar"
    ]
    assert np.sum([bar.y for bar in bars], axis=0).tolist() == [1, 1, 1]
    assert [list(bar.y) for bar in bars] == [[0.75, 0.25, 0], [0.25, 0.25, 0], [0, 0.5, 1]]
    assert [bar.marker.color for bar in bars] == list(CLASSES[:3])
    assert list(bars[0].x) == [1, 2, 3]


def test_levels_stand_where_the_expected_parts_end():
    figure = balance(COUNTS, (0.5, 0.3, 0.2), "abc", ("batch", "expected"))
    levels = [trace.y[0] for trace in figure.data if trace.type == "scatter"]
    assert np.allclose(levels, [0.5, 0.8])


def test_a_single_class_has_no_level():
    assert [trace.type for trace in balance([[4]], (1.0,), "a", ("batch", "expected")).data] == ["bar"]
