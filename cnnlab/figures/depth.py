"""Where a model's cost sits along its depth."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnlab import colours
from cnnlab.quantities import MIB

HEIGHT = 340
MEASURES = {  # weights orange, what they make green, what stays in memory blue
    "params": (colours.ORANGE, "%{customdata:,}"),
    "macs": (colours.GREEN, "%{customdata:,}"),
    "activations": (colours.BLUE, "%{customdata:,.3f} MiB"),
}


def along_depth(report_rows: Sequence[tuple[str, int, int, int]], titles: Mapping[str, str]) -> go.Figure:
    """Bars for (label, parameters, MACs, activation bytes) of each layer in order, as shares of their sum.

    `titles` are those of "params", "macs" and "activations", the panels from top to bottom.
    """
    figure = make_subplots(
        rows=len(MEASURES), shared_xaxes=True, vertical_spacing=0.11, subplot_titles=[titles[name] for name in MEASURES]
    )
    labels = np.array([html.escape(label, quote=False) for label, *_ in report_rows])
    numbers = np.array([row[1:] for row in report_rows], dtype=np.float64).reshape(-1, len(MEASURES))
    places = np.arange(1, len(report_rows) + 1)
    for index, (name, (colour, number)) in enumerate(MEASURES.items()):
        values = numbers[:, index]
        figure.add_bar(
            x=places,
            y=values / max(values.sum(), 1),
            customdata=values / MIB if name == "activations" else values,
            hovertext=labels,
            hovertemplate=f"<b>%{{hovertext}}</b><br>{number} (%{{y:.1%}})<extra></extra>",
            marker={"color": colour, "line": {"width": 0}},
            row=index + 1,
            col=1,
        )
    figure.update_yaxes(tickformat=".2~%", rangemode="tozero", nticks=4)
    figure.update_xaxes(range=[0.4, max(len(report_rows), 1) + 0.6], tickformat="d", nticks=12, showgrid=False)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    figure.update_layout(
        height=HEIGHT, showlegend=False, bargap=0.1, margin={"l": 45, "r": 10, "t": 26, "b": 26}, hovermode="closest"
    )
    return figure
