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


def filled(skeleton: go.Figure, traces: Sequence[Mapping[str, Any]]) -> Ready:
    """The skeleton with these numbers in its traces, in their order."""
    figure = skeleton.to_plotly_json()
    # A template has something for every kind of chart there is, most of its bytes.
    template = {**figure["layout"]["template"], "data": {}}
    return Ready(
        {
            "data": [{**trace, **new} for trace, new in zip(figure["data"], traces, strict=True)],
            "layout": {**figure["layout"], "template": template},
        }
    )
