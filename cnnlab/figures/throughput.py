"""How many samples a second a loader gives, by its workers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from cnnlab.colours import GRAY, GREEN, SKY

HEIGHT = 260


class Pace(NamedTuple):
    """With so many workers the median of several rounds, and the quartiles around it."""

    workers: int
    low: float
    median: float
    high: float
    best: bool = False


def throughput(paces: Sequence[Pace], words: Mapping[str, str]) -> go.Figure:
    """A bar for each number of workers, the best one green, with the quartiles as whiskers. `words` name "workers", "rate",
    "best"."""
    figure = go.Figure()
    figure.add_bar(
        x=[str(pace.workers) for pace in paces],
        y=[pace.median for pace in paces],
        marker={"color": [GREEN if pace.best else SKY for pace in paces], "line": {"width": 0}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [pace.high - pace.median for pace in paces],
            "arrayminus": [pace.median - pace.low for pace in paces],
            "color": GRAY,
            "thickness": 1.5,
            "width": 6,
        },
        text=[words["best"] if pace.best else "" for pace in paces],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={"color": "white"},
        customdata=[(f"{pace.median:,.0f}", f"{pace.low:,.0f}", f"{pace.high:,.0f}") for pace in paces],
        hovertemplate="%{x}: <b>%{customdata[0]}</b> (%{customdata[1]} … %{customdata[2]})<extra></extra>",
    )
    figure.update_xaxes(type="category", title=words["workers"])
    figure.update_yaxes(title=words["rate"], rangemode="tozero", nticks=6)
    figure.update_layout(height=HEIGHT, margin={"l": 60, "r": 8, "t": 10, "b": 44}, showlegend=False, bargap=0.35)
    return figure
