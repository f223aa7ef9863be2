"""A figure whose skeleton plotly has checked once, so that new numbers in it cost next to nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure


class Ready(BaseFigure):
    """A figure as plain data, which is shown as it is; `go.Figure(ready.to_dict())` is one that plotly checks again."""

    def __init__(self, data: Mapping[str, Any]):
        self._ready = dict(data)

    def to_dict(self) -> dict[str, Any]:
        return self._ready


def bare(figure: go.Figure) -> dict[str, Any]:
    """A figure's data and layout, without what its template has for every other kind of chart, most of its bytes."""
    data = figure.to_plotly_json()
    data["layout"]["template"] = {**data["layout"]["template"], "data": {}}
    return data


def filled(
    skeleton: Mapping[str, Any], traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any] | None = None
) -> Ready:
    """The skeleton with these numbers in its traces, in their order, and in its layout; the skeleton stays as it is."""
    data = [{**trace, **new} for trace, new in zip(skeleton["data"], traces, strict=True)]
    return Ready({**skeleton, "data": data, "layout": {**skeleton["layout"], **(layout or {})}})
