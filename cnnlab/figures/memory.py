"""What fills the memory, against what there is."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, RED
from cnnlab.quantities import GIB, MIB, binary

HEIGHT = 160
# What belongs to the weights is orange; buffers are gray, activations blue as along the depth.
COLOURS = (ORANGE, GRAY, "#F3CC80", "#A66F00", BLUE, GREEN)
DARK = (BLUE,)  # on which white is read, on the others black
ROOM = 0.08  # of the bar's whole length, which a written size takes
OVER, WITHIN = RED, GRAY


def memory_bar(
    parts: Sequence[tuple[str, int]],
    limit_bytes: int | None = None,
    *,
    limit_title: str = "",
    colours: Sequence[str] = COLOURS,
) -> go.Figure:
    """One bar stacked from (title, bytes), in MiB or GiB, and a line at the limit, red where the bar passes it.

    The colours go to the parts in order: parameters, buffers, gradients, optimizer state, activations. A size stands in
    its part where there is room for it, and beside the title in any case.
    """
    total = sum(size for _, size in parts)
    unit, scale = ("GiB", GIB) if max(total, limit_bytes or 0) >= GIB else ("MiB", MIB)
    end = max(total, limit_bytes or 0, 1) / scale
    figure = go.Figure()
    for index, (title, size) in enumerate(parts):
        text = binary(size) if size / scale > ROOM * end else ""
        named = f"{html.escape(title, quote=False)} {binary(size)}"
        _part(figure, named, text, size / scale, size / max(total, 1), unit, colours[index % len(colours)])
    if limit_bytes is not None:
        limit = limit_title or f"{limit_bytes / scale:,.4g} {unit}"
        _limit_line(figure, limit_bytes / scale, end, limit, over=total > limit_bytes)
    figure.update_xaxes(range=[0, end * 1.04], ticksuffix=f" {unit}", nticks=6, showgrid=False)
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
    return figure


def _part(figure: go.Figure, title: str, text: str, length: float, share: float, unit: str, colour: str) -> None:
    figure.add_bar(
        text=text,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"color": "white" if colour in DARK else "black", "size": 12},
        x=np.array([length]),
        y=np.zeros(1),
        orientation="h",
        name=title,
        width=0.8,
        marker={"color": colour, "line": {"width": 0}},
        customdata=np.array([share]),
        hovertemplate=f"<b>%{{fullData.name}}</b><br>%{{x:,.3f}} {unit} (%{{customdata:.1%}})<extra></extra>",
    )


def _limit_line(figure: go.Figure, place: float, end: float, title: str, over: bool) -> None:
    """A line at the limit, its title on the side where there is room."""
    colour, width, dash = (OVER, 3, "solid") if over else (WITHIN, 2, "dash")
    figure.add_vline(x=place, line={"color": colour, "width": width, "dash": dash})
    figure.add_annotation(
        x=place,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=html.escape(title, quote=False),
        showarrow=False,
        font={"color": colour, "size": 12},
        xanchor="right" if place > 0.9 * end else "left" if place < 0.1 * end else "center",
    )
