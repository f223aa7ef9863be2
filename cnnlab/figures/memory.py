"""What fills the memory, against what there is."""

import html
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, RED
from cnnlab.quantities import GIB, MIB, binary

from .ready import Ready, bare, filled

HEIGHT = 160
# What belongs to the weights is orange; buffers are gray, activations blue as along the depth.
COLOURS = (ORANGE, GRAY, "#F3CC80", "#A66F00", BLUE, GREEN)
DARK = (BLUE,)  # on which white is read, on the others black
ROOM = 0.08  # of the bar's whole length, which a written size takes
OVER, WITHIN = RED, GRAY


def memory_bar(parts: Sequence[tuple[str, int]], limit_bytes: int | None = None, *, limit_title: str = "") -> Ready:
    """One bar stacked from (title, bytes), in MiB or GiB, and a line at the limit, red where the bar passes it.

    The parts are parameters, buffers, gradients, optimizer state, activations, which gives them their colours. A size
    stands in its part where there is room for it, and beside the title in any case.
    """
    total = sum(size for _, size in parts)
    unit, scale = ("GiB", GIB) if max(total, limit_bytes or 0) >= GIB else ("MiB", MIB)
    end = max(total, limit_bytes or 0, 1) / scale
    skeleton = _skeleton(len(parts))
    axis = {**skeleton["layout"]["xaxis"], "range": [0, end * 1.04], "ticksuffix": f" {unit}"}
    layout: dict[str, Any] = {"xaxis": axis}
    if limit_bytes is not None:
        named = limit_title or f"{limit_bytes / scale:,.4g} {unit}"
        layout |= _limit_line(limit_bytes / scale, end, named, over=total > limit_bytes)
    bars = [
        {
            "x": [size / scale],
            "text": binary(size) if size / scale > ROOM * end else "",
            "name": f"{html.escape(title, quote=False)} {binary(size)}",
            "customdata": [size / max(total, 1)],
            "hovertemplate": f"<b>%{{fullData.name}}</b><br>%{{x:,.3f}} {unit} (%{{customdata:.1%}})<extra></extra>",
        }
        for title, size in parts
    ]
    return filled(skeleton, bars, layout)


@lru_cache(maxsize=8)
def _skeleton(count: int) -> dict[str, Any]:
    """The figure of so many parts without its numbers; shared, so nobody changes it."""
    figure = go.Figure()
    for index in range(count):
        colour = COLOURS[index % len(COLOURS)]
        figure.add_bar(
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none",
            textfont={"color": "white" if colour in DARK else "black", "size": 12},
            y=[0],
            orientation="h",
            width=0.8,
            marker={"color": colour, "line": {"width": 0}},
        )
    figure.update_xaxes(nticks=6, showgrid=False)
    figure.update_yaxes(visible=False, range=[-0.5, 0.5])
    figure.update_layout(
        barmode="stack",
        height=HEIGHT,
        margin={"l": 4, "r": 4, "t": 22, "b": 84},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "traceorder": "normal",
            "font": {"size": 10},
            "maxheight": 0.5,
        },
    )
    return bare(figure)


def _limit_line(place: float, end: float, title: str, over: bool) -> dict[str, Any]:
    """A line at the limit, its title on the side where there is room."""
    colour, width, dash = (OVER, 3, "solid") if over else (WITHIN, 2, "dash")
    line = {
        "type": "line",
        "xref": "x",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "line": {"color": colour, "width": width, "dash": dash},
    }
    words = {
        "x": place,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": html.escape(title, quote=False),
        "showarrow": False,
        "font": {"size": 12},  # in the theme's colour: no red is read on white and on black
        "xanchor": "right" if place > 0.9 * end else "left" if place < 0.1 * end else "center",
    }
    return {"shapes": [line], "annotations": [words]}
