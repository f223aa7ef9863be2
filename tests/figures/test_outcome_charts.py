"""What a trained network gets right, as drawn."""

from cnnlab.colours import RED
from cnnlab.figures.outcome import laid_out

WORDS = {"first": "first", "second": "second", "wrong": "told wrong", "taken": "taken for {name}"}


def test_what_is_told_wrong_is_ringed_by_a_trace_of_its_own():
    points = [(0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]
    *classes, rings = laid_out(points, [0, 1, 1], [0, 0, 1], ("cat", "dog"), WORDS).data
    assert [trace.name for trace in classes] == ["cat", "dog"]
    assert not any(trace.marker.line.width for trace in classes)
    assert (rings.name, rings.marker.symbol, rings.marker.color) == ("told wrong", "circle-open", RED)
    assert (rings.x, rings.y) == ((2.0,), (3.0,))


def test_where_all_is_right_no_ring_stands_in_the_legend():
    assert [trace.name for trace in laid_out([(0.0, 1.0)], [0], [0], ("cat",), WORDS).data] == ["cat"]
