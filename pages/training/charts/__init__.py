"""Charts of what grows while it is watched, drawn by the browser: hovered, zoomed and hidden there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pages.shared.component import component
from pages.shared.language import _

HTML = """
<div class="charts"><button class="reset" type="button" hidden></button><div class="sheet"></div></div>
"""
_component = component("charts", HTML, Path(__file__).parent)


def charts(key: str, packed: Sequence[Mapping[str, Any]], axis: str = "", columns: int = 2) -> None:
    """Charts (`Chart.packed`) side by side, all over the same x; another `axis` ends the zoom."""
    words = {"reset": _("Show all"), "toggle": _("Show or hide {name}"), "bad": _("{name} is {value} at {x}")}
    xs: dict[str, int] = {}  # charts of the same moments share them
    told = [
        {**chart, "lines": [{**line, "x": xs.setdefault(line["x"], len(xs))} for line in chart["lines"]]}
        for chart in packed
    ]
    data = {"charts": told, "xs": list(xs), "axis": axis, "columns": columns, "words": words}
    _component(key=key, data=data, width="stretch")
