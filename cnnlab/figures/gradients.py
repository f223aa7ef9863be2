"""How large the gradients of each layer are, and how they are spread."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnlab.colours import DARK_ORANGE, ORANGE, RED

HEAD, PANEL, FOOT = 60, 140, 40  # pixels: above, of each panel, below
DECADES = 7  # that are shown above and below the middle of the first panel
NAMED = 12  # layers that have room for their names
HOVER = "<b>%{hovertext}</b><br>%{fullData.name} %{customdata}<extra></extra>"
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "weight": {"mode": "lines", "line": {"color": ORANGE, "width": 2, "dash": "dot"}},
    "gradient": {"mode": "lines+markers", "line": {"color": DARK_ORANGE, "width": 2}, "marker": {"size": 6}},
    "vanishing": {
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"color": RED, "symbol": "triangle-down", "size": 12},
    },
    "exploding": {
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"color": RED, "symbol": "triangle-up", "size": 12},
    },
    "beyond": {
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"color": DARK_ORANGE, "symbol": "diamond-open", "size": 9},
    },
}


class Bar(NamedTuple):
    """A layer: its name, the norms of its gradient (None where there is none) and of its weights, and what is wrong."""

    label: str
    gradient: float | None
    weight: float
    vanishing: bool = False
    exploding: bool = False


def norms(panels: Sequence[tuple[str, Sequence[Bar]]], words: Mapping[str, str]) -> go.Figure:
    """A panel for each (title, layers), one below the other, on one logarithmic scale.

    Norms beyond the scale, zero and infinity among them, are marked at its edge. `words` name "gradient",
    "weight", "vanishing", "exploding" and "beyond".
    """
    count = len(panels)
    figure = make_subplots(
        rows=count,
        shared_xaxes=True,
        vertical_spacing=0.28 / count if count > 1 else 0,
        subplot_titles=[html.escape(title, quote=False) for title, _ in panels],
    )
    low, high = scale = _scale([layers for _, layers in panels])
    over = (row for row, (_, layers) in enumerate(panels, 1) if _points("beyond", layers, scale)["x"])
    legend = {"weight": 1, "gradient": 1, "beyond": next(over, None)}  # the row whose trace stands in it
    for row, (_title, layers) in enumerate(panels, 1):
        for name, look in LOOKS.items():
            figure.add_scatter(
                name=words[name],
                legendgroup=name,
                showlegend=row == legend.get(name),
                hovertemplate=HOVER,
                row=row,
                col=1,
                **_points(name, layers, scale),
                **look,
            )
    layers = panels[0][1]
    ticks = {"nticks": 12}
    if len(layers) <= NAMED:
        ticks = {"tickvals": list(range(1, len(layers) + 1)), "ticktext": [_short(bar.label) for bar in layers]}
    figure.update_xaxes(range=[0.5, len(layers) + 0.5], showgrid=False, **ticks)
    edge = 0.2 + 0.05 * (high - low)
    decades = math.ceil((high - low + 2 * edge) / 5)
    figure.update_yaxes(
        type="log", range=[low - edge, high + edge], dtick=decades, exponentformat="power", zeroline=False
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    figure.update_layout(
        height=HEAD + PANEL * count + FOOT,
        margin={"l": 50, "r": 8, "t": HEAD, "b": FOOT},
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "font": {"size": 12}},
        hovermode="closest",
    )
    return figure


def _scale(panels: Sequence[Sequence[Bar]]) -> tuple[float, float]:
    """The powers of ten at the ends of the scale, at most DECADES from the middle of the first panel."""
    norms = [[norm for bar in layers for norm in (bar.gradient, bar.weight) if norm] for layers in panels]
    powers = [[math.log10(norm) for norm in one if math.isfinite(norm)] for one in norms]
    everything = [power for one in powers for power in one] or [0.0]
    middle = float(np.median(powers[0] or [0.0]))
    return max(min(everything), middle - DECADES), min(max(everything), middle + DECADES)


def _points(name: str, layers: Sequence[Bar], scale: tuple[float, float]) -> dict[str, Sequence[Any]]:
    """What a trace shows: lines stop where the scale does, marks stand at its edge."""
    low, high = scale
    chosen = []
    for place, bar in enumerate(layers, 1):
        norm = bar.weight if name == "weight" else bar.gradient
        inside = norm is not None and norm > 0 and low <= math.log10(norm) <= high
        marked = bar.vanishing or bar.exploding
        if name in ("weight", "gradient"):
            chosen.append((place, bar.label, norm, norm if inside else None))
        elif norm is not None and (getattr(bar, name) if name != "beyond" else not inside and not marked):
            edge = 10.0**low if norm < 10**low else 10.0**high
            chosen.append((place, bar.label, norm, norm if inside else edge))
    return {
        "x": [place for place, *_ in chosen],
        "y": [shown for *_, shown in chosen],
        "hovertext": [html.escape(label, quote=False) for _, label, *_ in chosen],
        "customdata": ["" if norm is None else f"{norm:.3g}" for *_, norm, _ in chosen],
    }


def _short(label: str) -> str:
    """The end of a long name."""
    return html.escape(label if len(label) <= 10 else "…" + label[-9:], quote=False)


Histogram = tuple[float, float, Sequence[int]]  # from, to, and how many values lie in each of the bins


def spreads(panels: Sequence[tuple[str, Histogram | None, Histogram]], words: Mapping[str, str]) -> go.Figure:
    """For each (title, gradient, weights) the histograms of both, side by side; shares of all values in percent."""
    count = len(panels)
    titles = [text for title, *_ in panels for text in (f"{title}: {words['gradient']}", words["weight"])]
    figure = make_subplots(
        rows=count,
        cols=2,
        horizontal_spacing=0.12,
        vertical_spacing=0.35 / count if count > 1 else 0,
        subplot_titles=[html.escape(title, quote=False) for title in titles],
    )
    for row, (_title, *both) in enumerate(panels, 1):
        for column, (colour, histogram) in enumerate(zip((DARK_ORANGE, ORANGE), both, strict=True), 1):
            if histogram is None:
                continue
            low, high, counts = histogram
            width, total = (high - low) / len(counts), max(sum(counts), 1)
            figure.add_bar(
                x=[low + width * (place + 0.5) for place in range(len(counts))],
                y=[100 * count / total for count in counts],
                width=width,
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="%{x:.3g}: %{y:.3g} %<extra></extra>",
                row=row,
                col=column,
            )
    figure.update_xaxes(nticks=4, exponentformat="e", tickangle=0)
    figure.update_yaxes(ticksuffix="%", rangemode="tozero", nticks=3)
    figure.update_annotations(font={"size": 12})
    figure.update_layout(
        height=30 + PANEL * count + 20, margin={"l": 40, "r": 8, "t": 30, "b": 26}, showlegend=False, bargap=0
    )
    return figure
