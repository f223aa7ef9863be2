"""Channel histograms, before and after."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

CHANNELS = {"red": "#D55E00", "green": "#009E73", "blue": "#0072B2", "gray": "#7F7F7F"}
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9")
HEIGHT = 240


Panel = tuple[str, Sequence[float], Sequence[Sequence[int]], Sequence[str]]


def histograms(panels: Sequence[Panel], labels: Mapping[str, str]) -> go.Figure:
    """One panel per (title, bin edges, counts per channel, channel names); shares of all pixels, as steps.

    `labels` are the channels' names as the legend shows them.
    """
    figure = make_subplots(cols=len(panels), subplot_titles=[title for title, *_ in panels], horizontal_spacing=0.12)
    for column, (_, edges, counts, names) in enumerate(panels, 1):
        for index, (name, row) in enumerate(zip(names, counts, strict=True)):
            total = max(sum(row), 1)
            shares = [value / total for value in row]
            colour = CHANNELS.get(name, OTHERS[index % len(OTHERS)])
            line = {"shape": "hv", "width": 1.5, "color": colour}
            figure.add_scatter(
                x=list(edges),
                y=[*shares, shares[-1]],
                name=labels.get(name, name),
                mode="lines",
                line=line,
                fill="tozeroy",
                opacity=0.75,
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", nticks=4)
    figure.update_xaxes(nticks=6)
    figure.update_layout(
        height=HEIGHT, margin={"l": 40, "r": 10, "t": 30, "b": 60}, legend={"orientation": "h", "y": -0.2}
    )
    return figure
