"""The memory bar."""

import json

import plotly.graph_objects as go
import pytest

from cnnlab import figures
from cnnlab.quantities import binary

PARTS = [("parameters", 97 << 20), ("buffers", 1 << 18), ("gradients", 97 << 20), ("activations", 700 << 20)]
SCALES = {"MiB": 1 << 20, "GiB": 1 << 30}


def memory_bar(*args, **words):
    """The figure as plotly checks it."""
    return go.Figure(figures.memory_bar(*args, **words).to_dict())


def unit(figure):
    return figure.layout.xaxis.ticksuffix.strip()


@pytest.mark.parametrize("limit", [None, 512 << 20, 24 << 30])
def test_the_parts_keep_their_order_and_add_up_to_the_total(limit):
    figure = memory_bar(PARTS, limit)
    assert [trace.name for trace in figure.data] == [f"{title} {binary(size)}" for title, size in PARTS]
    scale = SCALES[unit(figure)]
    assert [trace.x[0] * scale for trace in figure.data] == [size for _, size in PARTS]
    assert sum(trace.customdata[0] for trace in figure.data) == pytest.approx(1)
    assert figure.layout.barmode == "stack"


def test_a_size_stands_in_its_part_where_there_is_room():
    assert [trace.text for trace in memory_bar(PARTS).data] == ["97.0 MiB", "", "97.0 MiB", "700 MiB"]
    assert [trace.text for trace in memory_bar(PARTS, 24 << 30).data] == [""] * 4


def test_the_unit_follows_the_largest_of_total_and_limit():
    assert unit(memory_bar(PARTS, None)) == "MiB"
    assert unit(memory_bar(PARTS, 24 << 30)) == "GiB"
    assert unit(memory_bar([("parameters", 3 << 30)], 1 << 20)) == "GiB"


@pytest.mark.parametrize("limit", [1 << 20, 512 << 20, 24 << 30])
def test_the_line_stands_at_the_limit_and_inside_the_picture(limit):
    figure = memory_bar(PARTS, limit)
    (line,) = figure.layout.shapes
    total = sum(trace.x[0] for trace in figure.data)
    assert line.x0 == line.x1 == limit / SCALES[unit(figure)]
    assert figure.layout.xaxis.range[1] > max(total, line.x0)


def test_the_line_turns_red_only_where_the_bar_passes_it():
    total = sum(size for _, size in PARTS)
    within, over = (memory_bar(PARTS, limit).layout.shapes[0].line.color for limit in (total, total - 1))
    assert within != over
    assert memory_bar(PARTS, total - 1, limit_title="8 GiB").layout.annotations[0].text == "8 GiB"
    assert memory_bar(PARTS, total - 1).layout.annotations[0].font.color is None  # the theme's, which is read


def test_there_is_no_line_without_a_limit_and_the_height_stays():
    assert not memory_bar(PARTS, None).layout.shapes
    assert {memory_bar(PARTS[:count], limit).layout.height for count in (0, 1, 4) for limit in (None, 1)} == {160}


def test_a_figure_is_small_and_keeps_its_numbers_when_another_is_made_of_the_same_skeleton():
    first, second = (figures.memory_bar(PARTS[:1], limit) for limit in (None, 1 << 20))
    assert "shapes" not in first.to_dict()["layout"]
    assert figures.memory_bar([("x", 1 << 20)]).to_dict()["data"][0]["x"] == [1.0]
    assert first.to_dict()["data"][0]["x"] == second.to_dict()["data"][0]["x"] == [97.0]
    assert len(json.dumps(first.to_dict())) < 4000
