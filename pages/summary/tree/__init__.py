"""The rows of a model as a tree that folds, searches and picks, drawn by the browser alone."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.specs import N_
from cnnlab.summary import MARKS, Report, Row, shape_text
from cnnlab.summary.rows import PARAMETER, Shape
from pages.shared.component import component
from pages.shared.language import _

BADGES = {  # mark: (word, tone)
    "repeated": (N_("repeated"), "violet"),
    "shared": (N_("shared"), "orange"),
    "alias": (N_("alias"), "orange"),
    "unused": (N_("unused"), "gray"),
    "not observed": (N_("not observed"), "gray"),
    "direct": (N_("direct"), "gray"),
    "frozen": (N_("frozen"), "blue"),
    "lazy": (N_("lazy"), "blue"),
    "failed": (N_("failed"), "red"),
}
SHORT = (  # argument, its letter, the value that goes without saying
    ("kernel_size", "k", None),
    ("stride", "s", 1),
    ("padding", "p", 0),
    ("output_padding", "op", 0),
    ("dilation", "d", 1),
    ("groups", "g", 1),
    ("output_size", "→", None),
)

HTML = """
<div class="tree">
  <div class="bar">
    <input type="search" autocomplete="off" spellcheck="false">
    <span class="depths" role="group"></span>
    <span class="count" role="status"></span>
  </div>
  <div class="sheet" role="treegrid"></div>
</div>
"""
_component = component("tree", HTML, Path(__file__).parent)


def tree(key: str, report: Report, picked: str, on_pick: Callable[[str], None], height: int = 560) -> None:
    """Draw the rows, at most `height` pixels of them at once; `on_pick` takes the name of the row that was picked."""
    rows, words = list(_rows(report)), _words()
    data = {
        "rows": rows,
        "words": words,
        "height": height,
        "totals": _totals(report, rows),
        "names": _digest([row[0] for row in rows]),
    }
    data |= {"signature": _digest(data), "picked": picked}

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(row.name == name for row in report.rows):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:16]


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    """What the browser shows of each row, in the order of FIELDS in the script."""
    activations = activation_bytes(report)
    about = {mark: _(text) for mark, text in MARKS.items()}
    for row in report.rows:
        inputs, outputs = ([_shape(report, row, shape) for shape in shapes] for shapes in (row.inputs, row.outputs))
        marks = [(mark, about[mark] + (f" = {row.alias_of}" if mark == "alias" else "")) for mark in row.marks]
        yield (
            row.name,
            row.label,
            row.type,
            row.kind,
            row.depth,
            _shape(report, row, row.input_shape),
            _shape(report, row, row.output_shape),
            inputs,
            outputs,
            row.params,
            row.macs,
            activations[row.name],
            row.activation_bytes,
            row.calls,
            marks,
            short(row),
            "\n".join(f"{name}={value!r}" for name, value in row.settings.items()),
        )


def _shape(report: Report, row: Row, shape: Shape | None) -> str:
    return shape_text(shape if row.kind == PARAMETER else report.sample(shape))


def _totals(report: Report, rows: list[tuple[Any, ...]]) -> dict[str, int]:
    return {"params": report.params, "macs": report.macs, "activations": rows[0][11]}


def activation_bytes(report: Report) -> dict[str, int]:
    """By the name of the row, the bytes of all results below it, each once: a container's result is its last child's."""
    below = dict.fromkeys((row.name for row in report.rows), 0)
    for row in reversed(report.rows):
        below[row.name] = below[row.name] or row.activation_bytes
        if row.parent is not None:
            below[row.parent] += below[row.name]
    return below


def short(row: Row) -> str:
    """The settings that shape the result.

    >>> short(Row("conv", "Conv2d", settings={"kernel_size": (3, 3), "stride": (2, 2), "padding": (0, 0)}))
    'k 3×3 s 2'
    """
    words = [
        f"{letter} {_sides(row, name, row.settings[name])}"
        for name, letter, usual in SHORT
        if name in row.settings and row.settings[name] is not None and _one(row.settings[name]) != usual
    ]
    if row.type.startswith("Dropout") and "p" in row.settings:
        words.append(f"p {row.settings['p']:g}")
    return " ".join(words)


def _one(value: Any) -> Any:
    """The value that all sides have, or the tuple as it is."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _sides(row: Row, name: str, value: Any) -> str:
    if name not in ("kernel_size", "output_size"):
        value = _one(value)
    elif isinstance(value, int) and row.type[-2:] in ("2d", "3d"):
        value = (value,) * int(row.type[-2])
    return "×".join("·" if side is None else str(side) for side in value) if isinstance(value, tuple) else str(value)


def _words() -> dict[str, Any]:
    heads = {
        "layer": (_("Layer"), _("What the model calls it, and its type.")),
        "input": (_("Input"), _("The shape that comes in, without the batch.")),
        "output": (_("Output"), _("The shape that goes out, without the batch.")),
        "params": (_("Parameters"), _("Weights and biases, with everything below the row.")),
        "macs": (_("MACs"), _("Multiply-accumulates of the pass, with everything below the row.")),
        "bytes": (_("Memory"), _("What the result takes in memory, in all calls together.")),
        "marks": (
            _("Notes"),
            _("What is unusual about the row, and how often it ran if not once: point at a note to read it."),
        ),
        "settings": (
            _("Settings"),
            _("k kernel, s stride, p padding, d dilation, g groups: point at a cell for all settings."),
        ),
    }
    return {
        "heads": heads,
        "share": _("Share of"),
        "measures": {"params": _("% parameters"), "macs": _("% MACs"), "activations": _("% activations")},
        "marks": {mark: (_(word), tone) for mark, (word, tone) in BADGES.items()},
        "label": _("Layers of the model"),
        "search": _("Find a name or a type"),
        "none": _("No row has this in its name or type."),
        "collapse": _("Collapse all"),
        "expand": _("Expand all"),
        "depth": _("Depth"),
        "fold": _("Collapse {name}"),
        "unfold": _("Expand {name}"),
        "count": _("{shown} of {all} rows shown"),
        "found": _("{shown} of {all} rows found"),
    }
