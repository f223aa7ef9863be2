"""Numbers that settle step by step."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnnlab.colours import BLUE, ORANGE

HEIGHT = 220
COLOURS = (BLUE, ORANGE)


def settling(parts: Sequence[tuple[str, Sequence[float], float]], title: str) -> go.Figure:
    """Each (title, value before the first step and after each, what it goes to) as a line and a dotted level; the steps
    are called `title`."""
    figure = go.Figure()
    for (name, values, level), colour in zip(parts, COLOURS, strict=False):
        steps = np.arange(len(values))
        figure.add_scatter(
            name=name, x=steps, y=np.asarray(values), mode="lines+markers", line={"color": colour, "width": 2}
        )
        figure.add_hline(y=level, line={"color": colour, "dash": "dot", "width": 1.5})
    figure.update_xaxes(title=title, tickformat="d", range=[-0.3, max(10, len(parts[0][1])) + 0.3], nticks=8)
    figure.update_yaxes(nticks=5)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 45, "r": 10, "t": 6, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )
    return figure
