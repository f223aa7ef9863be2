"""How large the gradients of each layer are, and how they are spread."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

HEAD, PANEL, FOOT = 70, 130, 40  # pixels: above, of each panel, below
GRADIENT, WEIGHT, MARKED = "#A86400", "#E69F00", "#B3261E"  # what belongs to weights is orange; what is wrong is red
DECADES = 6  # that are shown above and below the middle of the first panel
NAMED = 12  # layers that have room for their names


class Bar(NamedTuple):
    """A layer: its name, the norms of its gradient (None where there is none) and of its weights, and what is wrong."""

    label: str
    gradient: float | None
    weight: float
    vanishing: bool = False
    exploding: bool = False


def norms(panels: Sequence[tuple[str, Sequence[Bar]]], words: Mapping[str, str]) -> go.Figure:
    """A panel for each (title, layers), one below the other, on one logarithmic scale.

    Norms beyond the scale, zero and infinity among them, stand at its edge. `words` name "gradient", "weight",
    "vanishing" and "exploding".
    """
    count = len(panels)
    figure = make_subplots(
        rows=count,
        shared_xaxes=True,
        vertical_spacing=0.22 / count if count > 1 else 0,
        subplot_titles=[html.escape(title, quote=False) for title, _ in panels],
    )
    low, high = _scale([layers for _, layers in panels])
    for row, (_title, layers) in enumerate(panels, 1):
        for trace in _traces(layers, words, low, high):
            figure.add_scatter(**trace, showlegend=row == 1, row=row, col=1)
    layers = panels[0][1]
    places = list(range(1, len(layers) + 1))
    ticks = (
        {"tickvals": places, "ticktext": [_short(bar.label) for bar in layers]}
        if len(layers) <= NAMED
        else {"nticks": 12}
    )
    figure.update_xaxes(range=[0.5, len(layers) + 0.5], showgrid=False, **ticks)
    figure.update_yaxes(type="log", range=[low - 0.3, high + 0.3], nticks=6, exponentformat="power", zeroline=False)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    figure.update_layout(
        height=HEAD + PANEL * count + FOOT,
        margin={"l": 50, "r": 8, "t": HEAD, "b": FOOT},
        legend={"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "font": {"size": 12}},
        hovermode="closest",
    )
    return figure


def _scale(panels: Sequence[Sequence[Bar]]) -> tuple[float, float]:
    """The powers of ten at the ends of the scale."""
    powers = [
        [math.log10(value) for bar in layers for value in (bar.gradient, bar.weight) if _shown(value)]
        for layers in panels
    ]
    everything = [power for one in powers for power in one] or [0.0]
    middle = float(np.median(powers[0])) if powers and powers[0] else 0.0
    return max(min(everything), middle - DECADES), min(max(everything), middle + DECADES)


def _shown(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def _traces(layers: Sequence[Bar], words: Mapping[str, str], low: float, high: float):
    """Weights, gradients, and the gradients that vanish or explode once more as triangles."""
    marks = (
        ("weight", WEIGHT, "lines", {}, lambda bar: bar.weight, lambda bar: True),
        ("gradient", GRADIENT, "lines+markers", {"size": 6}, lambda bar: bar.gradient, lambda bar: True),
        (
            "vanishing",
            MARKED,
            "markers",
            {"symbol": "triangle-down", "size": 12},
            lambda bar: bar.gradient,
            lambda bar: bar.vanishing,
        ),
        (
            "exploding",
            MARKED,
            "markers",
            {"symbol": "triangle-up", "size": 12},
            lambda bar: bar.gradient,
            lambda bar: bar.exploding,
        ),
    )
    for name, colour, mode, marker, norm, fits in marks:
        chosen = [(place, bar) for place, bar in enumerate(layers, 1) if fits(bar) and norm(bar) is not None]
        yield {
            "name": words[name],
            "legendgroup": name,
            "mode": mode,
            "x": [place for place, _ in chosen] or [None],
            "y": [_clipped(norm(bar), low, high) for _, bar in chosen] or [None],
            "line": {"color": colour, "width": 2, **({"dash": "dot"} if name == "weight" else {})},
            "marker": {"color": colour, **marker},
            "customdata": [f"{norm(bar):.3g}" for _, bar in chosen],
            "hovertext": [html.escape(bar.label, quote=False) for _, bar in chosen],
            "hovertemplate": "<b>%{hovertext}</b><br>%{fullData.name} %{customdata}<extra></extra>",
        }


def _clipped(value: float, low: float, high: float) -> float:
    if not math.isfinite(value):
        return 10**high
    return 10 ** min(max(math.log10(value), low), high) if value > 0 else 10**low


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
        for column, (colour, histogram) in enumerate(zip((GRADIENT, WEIGHT), both, strict=True), 1):
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
