"""The figure of an activation shows its numbers, and where it is flat."""

import pytest

from cnnlab.figures import activation
from cnnlab.layers import LAYERS
from cnnlab.layers.curves import curve
from cnnlab.layers.jobs import asked
from cnnlab.layers.view import View

WORDS = {"x": "x", "y": "y", "slope": "dy/dx", "flat": "next to no gradient"}


def drawn_curve(name, training):
    return curve(asked(View(layers=(LAYERS[name].example(),), training=training)))


@pytest.mark.parametrize("name", ["ReLU", "Tanh", "GELU", "LeakyReLU", "Mish"])
def test_lines_are_the_numbers_and_flat_parts_are_marked(name):
    drawn = drawn_curve(name, False)
    figure = activation(drawn.x, drawn.y, drawn.slope, drawn.flat, WORDS)
    y, slope, *named = figure.data
    assert (y.x, y.y, slope.x, slope.y) == (drawn.x, drawn.y, drawn.x, drawn.slope)
    assert [y.name, slope.name, *(trace.name for trace in named)] == [
        WORDS["y"],
        WORDS["slope"],
        *[WORDS["flat"]] * bool(drawn.flat),
    ]
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == list(drawn.flat)
    assert tuple(figure.layout.xaxis.range) == (drawn.x[0], drawn.x[-1])


def test_what_is_drawn_by_chance_stands_as_points():
    drawn = drawn_curve("RReLU", True)
    figure = activation(drawn.x, drawn.y, drawn.slope, drawn.flat, WORDS, by_chance=True)
    assert {trace.mode for trace in figure.data} == {"markers"}
