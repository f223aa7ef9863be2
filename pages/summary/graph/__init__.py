"""A model's graph as one line per call, with an arc for every result that skips ahead; drawn by the browser alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.summary import Report
from pages.shared.component import component
from pages.shared.language import _, language

HTML = """
<div class="graph">
  <div class="legend"></div>
  <div class="pane"><div class="plane"></div></div>
</div>
"""
_component = component("graph", HTML, Path(__file__).parent)


def graph_view(
    key: str, report: Report, source: str, picked: str, on_pick: Callable[[str], None], height: int = 560
) -> None:
    """Draw what lies at the address `source` (see cnnlab/summary/drawn.py); `on_pick` takes the row of a picked node."""
    signature = f"{source} {language()}"
    data = {"source": source, "signature": signature, "picked": picked, "words": _words(), "height": height}

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(row.name == name for row in report.rows):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _words() -> dict[str, Any]:
    return {
        "input": _("Input"),
        "macs": _("{macs} MACs"),
        "label": _("{nodes} layers and operations, {edges} connections"),
        "cut": _("The first {shown} of {all} nodes are drawn."),
        "lost": _("This could not be fetched: reload the page."),
        "legend": [
            {"tone": tone, "text": text}
            for tone, text in (
                ("input", _("input")),
                ("weights", _("layer with arithmetic or parameters")),
                ("plain", _("other layer")),
                ("function", _("operation")),
                ("line in", _("what comes in")),
                ("line out", _("what goes out")),
            )
        ],
    }
