"""What a trained network gets right, as drawn."""

from cnnlab.colours import RED
from cnnlab.figures.outcome import confused, laid_out

WORDS = {"first": "first", "second": "second", "wrong": "told wrong", "taken": "taken for {name}"}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_number_of_the_confusion_matrix_is_read_on_its_cell_whatever_the_page():
    """Cells between the ends of the scale are worked out as plotly does."""
    words = {"true": "is", "answer": "taken for", "count": "pictures"}
    for right in range(101):
        heat, numbers = confused([[right, 100 - right], [0, 0]], ("a", "b"), words).data
        ends = [[int(end[at : at + 2], 16) for at in (1, 3, 5)] for _, end in heat.colorscale]
        for share, ink in zip((part for row in heat.z for part in row), numbers.textfont.color, strict=True):
            cell = "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in zip(*ends, strict=True))
            dark, light = sorted((luminance(cell), luminance(ink)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (share, cell)


def test_what_is_told_wrong_is_ringed_by_a_trace_of_its_own():
    points = [(0.0, 1.0), (2.0, 3.0), (4.0, 5.0)]
    *classes, rings = laid_out(points, [0, 1, 1], [0, 0, 1], ("cat", "dog"), WORDS).data
    assert [trace.name for trace in classes] == ["cat", "dog"]
    assert not any(trace.marker.line.width for trace in classes)
    assert (rings.name, rings.marker.symbol, rings.marker.color) == ("told wrong", "circle-open", RED)
    assert (rings.x, rings.y) == ((2.0,), (3.0,))


def test_where_all_is_right_no_ring_stands_in_the_legend():
    assert [trace.name for trace in laid_out([(0.0, 1.0)], [0], [0], ("cat",), WORDS).data] == ["cat"]
