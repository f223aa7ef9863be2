"""An activation and its slope over x, with the parts where hardly any gradient comes through."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnnlab.colours import DARK_ORANGE, GREEN, RED

HEIGHT = 380
OUTPUT, SLOPE, FLAT = GREEN, DARK_ORANGE, RED  # what comes out is green, gradients orange, what is wrong red


def activation(
    x: Sequence[float],
    y: Sequence[float],
    slope: Sequence[float],
    flat: Sequence[tuple[float, float]],
    words: Mapping[str, str],
    by_chance: bool = False,
) -> go.Figure:
    """Lines of y and its slope, points where they are drawn `by_chance`; `words` name "x", "y", "slope" and "flat"."""
    figure = go.Figure()
    lines = {"mode": "markers", "marker": {"size": 4}} if by_chance else {"mode": "lines"}
    for name, values, colour, dash in (("y", y, OUTPUT, "solid"), ("slope", slope, SLOPE, "dot")):
        look = {"marker_color": colour} if by_chance else {"line": {"color": colour, "width": 2.5, "dash": dash}}
        hover = f"{words['x']} = %{{x:.3g}}<br>{words[name]} = %{{y:.4g}}<extra></extra>"
        figure.add_scatter(x=list(x), y=list(values), name=words[name], hovertemplate=hover, **lines, **look)
    for low, high in flat:
        figure.add_vrect(x0=low, x1=high, fillcolor=FLAT, opacity=0.12, line_width=0, layer="below")
    if flat:  # a name for the marked parts
        marker = {"color": FLAT, "opacity": 0.3, "symbol": "square", "size": 12}
        figure.add_scatter(x=[None], y=[None], name=words["flat"], mode="markers", marker=marker)
    figure.update_xaxes(title=words["x"], range=[x[0], x[-1]], zeroline=True)
    figure.update_yaxes(zeroline=True)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 40, "r": 8, "t": 40, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
        hovermode="x",
    )
    return figure
