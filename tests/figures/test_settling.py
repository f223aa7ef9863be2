"""The figure of numbers that settle."""

import pytest

from cnnlab.figures import settling


def test_each_number_is_a_line_from_its_start_and_a_level_that_it_goes_to():
    figure = settling([("mean", (0.0, 0.5, 0.95), 5.0), ("variance", (1.0, 1.2, 1.4), 3.0)], "batches")
    assert [(line.name, tuple(line.x), tuple(line.y)) for line in figure.data] == [
        ("mean", (0, 1, 2), (0.0, 0.5, 0.95)),
        ("variance", (0, 1, 2), (1.0, 1.2, 1.4)),
    ]
    assert [level.y0 for level in figure.layout.shapes] == [5.0, 3.0]
    assert [level.line.color for level in figure.layout.shapes] == [line.line.color for line in figure.data]
    assert figure.layout.xaxis.title.text == "batches"


@pytest.mark.parametrize(("steps", "end"), [(1, 10.3), (30, 30.3)])
def test_there_is_room_for_the_steps_to_come(steps, end):
    figure = settling([("mean", (0.0,) * steps, 1.0)], "batches")
    assert figure.layout.xaxis.range[1] == end
