"""What a trained network gets right: classes by what they were taken for, and pictures by what its last layer is given."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnnlab.colours import BLUE, GRAY, GREEN, ORANGE, PINK, RED, SKY, VERMILION

NUMBERED = 20  # classes up to which each cell has its number
CELL, MARGIN, LEAST, MOST = 30, 90, 260, 620  # pixels: a cell, what stands around all, and how high it is
HUES = (BLUE, VERMILION, GREEN, PINK, "#8A6D00", SKY, ORANGE, GRAY)
PALE = "#EDF4F9"  # a cell with nothing in it
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
            colorscale=[[0, mixed(0)], [1, mixed(1)]],
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=f"{words['true']} %{{y}}<br>{words['answer']} %{{x}}<br>{words['count']} %{{customdata}}<extra></extra>",
        )
    )
    if len(classes) <= NUMBERED:  # as text of its own, each in what is read on its cell
        told = [
            (x, y, f"{count:,}", ink(share))
            for y, row, parts in zip(classes, table, shares, strict=True)
            for x, count, share in zip(classes, row, parts, strict=True)
        ]
        x, y, text, inks = zip(*told, strict=True)
        figure.add_scatter(
            x=x, y=y, text=text, textfont={"color": inks}, mode="text", hoverinfo="skip", showlegend=False
        )
    figure.update_xaxes(type="category", side="top", title=words["answer"], showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", title=words["true"], showgrid=False)
    figure.update_layout(
        height=min(max(MARGIN + CELL * len(classes), LEAST), MOST), margin={"l": 10, "r": 10, "t": 10, "b": 10}
    )
    return figure


def mixed(share: float) -> str:
    """The colour of a cell with such a share of its row, from pale to blue; nothing of the page shines through."""
    ends = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (PALE, BLUE)]
    return "#" + "".join(f"{round(pale + share * (full - pale)):02X}" for pale, full in zip(*ends, strict=True))


def ink(share: float) -> str:
    """Black or white, whichever stands out from such a cell: by the relative luminance of WCAG, at least 4.5 to 1."""
    parts = [int(mixed(share)[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    light = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#FFFFFF"


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
