"""What a trained network gets right: classes by what they were taken for, and pictures by what its last layer is given."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, PINK, RED, SKY, VERMILION

NUMBERED = 20  # classes up to which each cell has its number
CELL, MARGIN, LEAST, MOST = 30, 90, 260, 620  # pixels: a cell, what stands around all, and how high it is
HUES = (BLUE, VERMILION, GREEN, PINK, "#8A6D00", SKY, ORANGE, GRAY)
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def confused(table: Sequence[Sequence[int]], classes: Sequence[str], words: Mapping[str, str]) -> go.Figure:
    """Counts (true class, answer) as a map of shares of the true class; `words` are "true", "answer" and "count"."""
    sizes = [max(sum(row), 1) for row in table]
    shares = [[count / size for count in row] for row, size in zip(table, sizes, strict=True)]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(classes),
            y=list(classes),
            customdata=table,
            zmin=0,
            zmax=1,
            colorscale=[[0, faint(BLUE, 0.05)], [1, faint(BLUE, 0.6)]],
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=f"{words['true']} %{{y}}<br>{words['answer']} %{{x}}<br>{words['count']} %{{customdata}}<extra></extra>",
        )
    )
    if len(classes) <= NUMBERED:  # as text of its own, which has the colour of the page's
        told = [
            (x, y, f"{count:,}")
            for y, row in zip(classes, table, strict=True)
            for x, count in zip(classes, row, strict=True)
        ]
        x, y, text = zip(*told, strict=True)
        figure.add_scatter(x=x, y=y, text=text, mode="text", hoverinfo="skip", showlegend=False)
    figure.update_xaxes(type="category", side="top", title=words["answer"], showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", title=words["true"], showgrid=False)
    figure.update_layout(
        height=min(max(MARGIN + CELL * len(classes), LEAST), MOST), margin={"l": 10, "r": 10, "t": 10, "b": 10}
    )
    return figure


def faint(colour: str, share: float) -> str:
    """A colour "#RRGGBB" of which so much covers what is behind it, so that it suits a light page and a dark one."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


def laid_out(
    points: Sequence[tuple[float, float]],
    labels: Sequence[int],
    answers: Sequence[int],
    classes: Sequence[str],
    words: Mapping[str, str],
) -> go.Figure:
    """Points by the colour and the form of their class, hollow red rings around those told wrong; `words` are "first",
    "second", "wrong" and "taken" with the place {name}."""
    figure = go.Figure()
    for place, name in enumerate(classes):
        own = [index for index, label in enumerate(labels) if label == place]
        if not own:
            continue
        figure.add_scatter(
            name=name,
            mode="markers",
            x=[points[index][0] for index in own],
            y=[points[index][1] for index in own],
            text=[words["taken"].format(name=classes[answers[index]]) for index in own],
            hovertemplate=f"{name}: %{{text}}<extra></extra>",
            marker={"size": 7, "color": HUES[place % len(HUES)], "symbol": SHAPES[place // len(HUES) % len(SHAPES)]},
        )
    wrong = [index for index, label in enumerate(labels) if answers[index] != label]
    if wrong:
        figure.add_scatter(
            name=words["wrong"],
            mode="markers",
            x=[points[index][0] for index in wrong],
            y=[points[index][1] for index in wrong],
            hoverinfo="skip",
            marker={"size": 11, "color": RED, "symbol": "circle-open", "line": {"width": 2}},
        )
    figure.update_xaxes(title=words["first"], zeroline=False)
    figure.update_yaxes(title=words["second"], zeroline=False)
    figure.update_layout(height=420, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend={"itemsizing": "constant"})
    return figure
