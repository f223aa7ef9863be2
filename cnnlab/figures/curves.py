"""A curve with its slope; numbers that settle step by step."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from .ready import Ready, bare

HEIGHT, LOW = 380, 220
CURVE, SLOPE, GOES_IN = "#009E73", "#E69F00", "#0072B2"  # what comes out; what training changes weights by
FLAT = "rgba(127, 127, 127, 0.18)"


def curve_with_slope(
    x: Sequence[float],
    y: Sequence[float],
    slope: Sequence[float],
    flat: Sequence[tuple[float, float]],
    titles: tuple[str, str, str],
) -> Ready:
    """y and its slope over x, and a gray band where the slope is next to zero; `titles` are those of the three.

    Where the curve jumps, neighbouring points are joined; a slope that is not finite leaves a gap.
    """
    skeleton = _skeleton(titles)
    places = np.asarray(x, dtype=np.float32)
    lines = [
        {**trace, "x": places, "y": np.asarray(values, dtype=np.float32)}
        for trace, values in zip(skeleton["data"][:2], (y, slope), strict=True)
    ]
    shapes = [
        {"type": "rect", "xref": "x", "yref": "paper", "x0": low, "x1": high, "y0": 0, "y1": 1, "layer": "below"}
        | {"line": {"width": 0}, "fillcolor": FLAT}
        for low, high in flat
    ]
    named = skeleton["data"][2:] if flat else []
    return Ready({"data": [*lines, *named], "layout": {**skeleton["layout"], "shapes": shapes}})


@lru_cache(maxsize=16)
def _skeleton(titles: tuple[str, str, str]) -> dict[str, Any]:
    """The figure without its numbers; shared, so nobody changes it."""
    figure = go.Figure()
    for title, colour, dash in ((titles[0], CURVE, "solid"), (titles[1], SLOPE, "dash")):
        hover = "x = %{x:.3~f}<br>%{fullData.name}: %{y:.4~g}<extra></extra>"
        figure.add_scatter(
            name=title, mode="lines", line={"color": colour, "dash": dash, "width": 2.5}, hovertemplate=hover
        )
    marker = {"color": FLAT, "symbol": "square", "size": 14}
    figure.add_scatter(
        name=titles[2], mode="markers", x=[None], y=[None], marker=marker
    )  # the legend's word for a band
    figure.update_xaxes(title="x", zeroline=True, nticks=9)
    figure.update_yaxes(zeroline=True, nticks=8)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 45, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="x unified",
    )
    return bare(figure)


def settling(parts: Sequence[tuple[str, Sequence[float], float]], title: str) -> go.Figure:
    """Each (title, value before the first step and after each, what it goes to) as a line and a dotted level; the steps
    are called `title`."""
    figure = go.Figure()
    for (name, values, level), colour in zip(parts, (GOES_IN, SLOPE), strict=True):
        steps = np.arange(len(values))
        figure.add_scatter(
            name=name, x=steps, y=np.asarray(values), mode="lines+markers", line={"color": colour, "width": 2}
        )
        figure.add_hline(y=level, line={"color": colour, "dash": "dot", "width": 1.5})
    figure.update_xaxes(title=title, tickformat="d", range=[-0.3, max(10, len(parts[0][1])) + 0.3], nticks=8)
    figure.update_yaxes(nticks=5)
    figure.update_layout(
        height=LOW,
        margin={"l": 45, "r": 10, "t": 6, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure
