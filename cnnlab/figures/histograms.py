"""Channel histograms, before and after."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from plotly.subplots import make_subplots

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, PINK, SKY, VERMILION

from .ready import Ready, bare, filled

CHANNELS = {"red": VERMILION, "green": GREEN, "blue": BLUE, "gray": GRAY}
OTHERS = (PINK, ORANGE, SKY)
HEIGHT = 240
DIGITS = 2  # of a share in percent: less than a pixel of the screen


Panel = tuple[str, Sequence[float], Sequence[Sequence[int]], Sequence[str]]


def histograms(panels: Sequence[Panel], labels: Mapping[str, str]) -> Ready:
    """One panel per (title, bin edges, counts per channel, channel names); shares of all pixels in percent, as steps.

    The bins are equally wide. `labels` are the channels' names as the legend shows them.
    """
    heads = tuple((title, tuple(names)) for title, _edges, _counts, names in panels)
    numbers = []
    for _title, edges, counts, _names in panels:
        for row in counts:
            total = max(sum(row), 1)
            shares = [round(100 * value / total, DIGITS) or 0 for value in row]
            numbers.append({"x0": edges[0], "dx": edges[1] - edges[0], "y": [*shares, shares[-1]]})
    return filled(_skeleton(heads, tuple(labels.items())), numbers)


@lru_cache(maxsize=32)
def _skeleton(panels: Sequence[tuple[str, Sequence[str]]], labels: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The figure without its numbers; shared, so nobody changes it."""
    figure = make_subplots(cols=len(panels), subplot_titles=[title for title, _ in panels], horizontal_spacing=0.12)
    for column, (_, names) in enumerate(panels, 1):
        for index, name in enumerate(names):
            colour = CHANNELS.get(name, OTHERS[index % len(OTHERS)])
            figure.add_scatter(
                name=dict(labels).get(name, name),
                mode="lines",
                line={"shape": "hv", "width": 1.5, "color": colour},
                fill="tozeroy",
                opacity=0.75,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_yaxes(ticksuffix="%", rangemode="tozero", nticks=4)
    figure.update_xaxes(nticks=6)
    figure.update_layout(
        height=HEIGHT, margin={"l": 40, "r": 10, "t": 30, "b": 60}, legend={"orientation": "h", "y": -0.2}
    )
    return bare(figure)
