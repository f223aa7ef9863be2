"""How many of each class the batches have."""

from collections.abc import Sequence

import plotly.graph_objects as go

from cnnlab.colours import CLASSES, GRAY

HEIGHT = 290


def balance(
    counts: Sequence[Sequence[int]], expected: Sequence[float], names: Sequence[str], words: tuple[str, str]
) -> go.Figure:
    """A bar for each batch, stacked of so many samples of each named class, as shares; and where the parts end that are
    `expected`, as dotted levels. `words` are what a batch and the expected levels are called."""
    figure = go.Figure()
    numbers = list(range(1, len(counts) + 1))
    for place, (name, colour) in enumerate(zip(names, CLASSES, strict=False)):
        figure.add_bar(
            x=numbers,
            y=[batch[place] / sum(batch) for batch in counts],
            customdata=[[batch[place], sum(batch)] for batch in counts],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"{words[0]} %{{x}}<br>%{{fullData.name}}: %{{customdata[0]}} / %{{customdata[1]}}<extra></extra>",
        )
    level, edges = 0.0, [0.4, len(counts) + 0.6]
    for place, share in enumerate(expected[:-1]):
        level += share
        figure.add_scatter(
            x=edges,
            y=[level, level],
            mode="lines",
            line={"color": GRAY, "dash": "dot", "width": 1.5},
            name=words[1],
            legendgroup="expected",
            showlegend=not place,
            hoverinfo="skip",
        )
    figure.update_xaxes(
        title=words[0], range=edges, tickformat="d", dtick=len(counts) // 12 + 1, tick0=1, showgrid=False
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1], nticks=6)
    figure.update_layout(
        barmode="stack",
        bargap=0.1,
        height=HEIGHT,
        margin={"l": 45, "r": 10, "t": 6, "b": 40},
        legend={"orientation": "v", "traceorder": "normal"},
        hovermode="closest",
    )
    return figure
