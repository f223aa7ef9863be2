"""A model's graph as one line per call, with an arc for every result that skips ahead; drawn by the browser alone."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.summary import Graph, Node, Report, shape_text
from cnnlab.summary.rows import FUNCTION, Shape
from pages.shared.component import component
from pages.shared.language import _

CROWDED = 0.5  # a group with more than this share of all nodes says little, so the groups inside it are shown

HTML = """
<div class="graph">
  <div class="legend"></div>
  <div class="pane"><div class="plane"></div></div>
</div>
"""
_component = component("graph", HTML, Path(__file__).parent)


def graph_view(
    key: str, graph: Graph, picked: str, on_pick: Callable[[str], None], height: int = 560, report: Report | None = None
) -> None:
    """Draw the nodes in the order they ran; `on_pick` takes the row of the node that was picked.

    With the report, shapes lose the batch, and layers that have parameters without arithmetic are orange too.
    """
    nodes = graph.nodes[: limits.GRAPH_NODES]
    place = {node.id: index for index, node in enumerate(nodes)}
    edges = sorted(
        {(place[source], place[to]) for source, to, _shape in graph.edges if source in place and to in place}
    )
    bands = _bands(nodes)
    data = {
        "nodes": [_node(node, name, report) for node, name in zip(nodes, _named(nodes, bands), strict=True)],
        "edges": [edge for edge in edges if edge[0] < edge[1]],
        "bands": [band for band in bands if band[2]],
        "words": _words(graph),
        "height": height,
    }
    data |= {"signature": hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16], "picked": picked}

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(node.row == name for node in nodes):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _bands(nodes: Sequence[Node]) -> list[tuple[int, int, str]]:
    """Runs of nodes under one module as (first, last, its name); "" for nodes of the model itself."""
    paths = [node.parent.split(".") if node.parent else [] for node in nodes]
    depths = {}
    for name, count in Counter(path[0] for path in paths if path).items():
        inside = {path[1] for path in paths if path[:1] == [name] and len(path) > 1}
        depths[name] = 2 if count > CROWDED * len(nodes) and len(inside) > 1 else 1
    groups = ["" if not path or len(path) < depths[path[0]] else ".".join(path[: depths[path[0]]]) for path in paths]
    runs = [list(run) for _group, run in groupby(range(len(nodes)), lambda index: groups[index])]
    return [(run[0], run[-1], groups[run[0]]) for run in runs]


def _named(nodes: Sequence[Node], bands: list[tuple[int, int, str]]) -> list[str]:
    """The name of each node inside its band."""
    names = []
    for first, last, group in bands:
        for node in nodes[first : last + 1]:
            name = node.row.removeprefix(group).lstrip("./") if group else node.row.lstrip("/")
            names.append(name.rpartition(":")[0] if node.kind == FUNCTION else name)
    return names


def _node(node: Node, name: str, report: Report | None) -> tuple[str, ...]:
    """Row, label, type, tone, shape and tooltip."""
    if node.kind == "input":
        shape = _shape(node.output_shape, report)
        return node.row, _("Input"), "", "input", shape, shape
    heavy = node.macs or (report is not None and report.row(node.row).own_params)
    tone = " ".join(word for word, holds in (("weights", heavy), ("function", node.kind == FUNCTION)) if holds)
    shape = _shape(node.output_shape, report)
    title = [f"{node.row} ({node.type})", shape] + (
        [_("{macs} MACs").format(macs=f"{node.macs:,}")] if node.macs else []
    )
    return node.row, name or node.type, "" if node.kind == FUNCTION else node.type, tone, shape, "\n".join(title)


def _shape(shape: Shape | None, report: Report | None) -> str:
    return shape_text(report.sample(shape) if report else shape)


def _words(graph: Graph) -> dict[str, Any]:
    count = len(graph.nodes)
    cut = _("The first {shown} of {all} nodes are drawn.").format(shown=limits.GRAPH_NODES, all=f"{count:,}")
    label = _("{nodes} layers and operations, {edges} connections")
    return {
        "label": label.format(nodes=f"{count - 1:,}", edges=f"{len(graph.edges):,}"),
        "cut": cut if count > limits.GRAPH_NODES else "",
        "legend": [
            ("input", _("input")),
            ("weights", _("layer with arithmetic or parameters")),
            ("plain", _("other layer")),
            ("function", _("operation")),
            ("line in", _("what comes in")),
            ("line out", _("what goes out")),
        ],
    }
