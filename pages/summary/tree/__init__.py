"""The rows of a model as a tree that folds, searches and picks, drawn by the browser alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.summary import MARKS, Report, cells
from cnnlab.summary.columns import COLUMNS, MEASURE, TREE, Column, shown
from pages.shared.component import component
from pages.shared.language import _, language, say

HTML = """
<div class="tree">
  <div class="bar">
    <input type="search" autocomplete="off" spellcheck="false">
    <span class="depths" role="group"></span>
    <span class="count" role="status"></span>
  </div>
  <div class="frame"><div class="sheet" role="treegrid"></div><div class="on" aria-hidden="true" hidden></div></div>
</div>
"""
_component = component("tree", HTML, Path(__file__).parent)


def tree(key: str, report: Report, source: str, picked: str, on_pick: Callable[[str], None], height: int = 560) -> None:
    """Draw the rows that lie at the address `source` (see cnnlab/summary/drawn.py), at most `height` pixels of them.

    `on_pick` takes the name of the row that was picked.
    """
    data = {
        "source": source,
        "signature": f"{source} {language()}",
        "picked": picked,
        "columns": [_column(column) for column in shown(COLUMNS, TREE)],
        "measures": [{**measure, "title": say(measure["title"])} for measure in cells.measures(report)],
        "measure": MEASURE,
        "marks": {name: {"text": _(m.word), "tone": m.tone, "title": _(m.about)} for name, m in MARKS.items()},
        "stopped": next((row.name for row in report.rows if "failed" in row.marks), ""),
        "words": _words(),
        "height": height,
    }

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(row.name == name for row in report.rows):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _column(column: Column) -> dict[str, Any]:
    words = {"title": _(column.title), "about": _(column.about)}
    return {"name": column.name, "kind": column.kind, "tone": column.tone, "least": column.least, **words}


def _words() -> dict[str, str]:
    return {
        "label": _("Layers of the model"),
        "turn": _("Which of its calls this is, and how many there are"),
        "search": _("Find a name or a type"),
        "none": _("No row has this in its name or type."),
        "collapse": _("Collapse all"),
        "expand": _("Expand all"),
        "depth": _("Depth"),
        "fold": _("Collapse {name}"),
        "unfold": _("Expand {name}"),
        "count": _("{shown} of {all} rows shown"),
        "hits": _("{shown} of {all} rows found"),
        "lost": _("This could not be fetched: reload the page."),
    }
