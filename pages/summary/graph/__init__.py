"""A model's graph as one line per call, with an arc for every result that skips ahead; drawn by the browser alone."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.summary import Graph, Node, Report, bands, node_names, shape_text
from cnnlab.summary.rows import FUNCTION, Shape
from pages.shared.component import component
from pages.shared.language import _

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
    edges = {(place[source], place[to]) for source, to, _shape in graph.edges if source in place and to in place}
    runs = bands(nodes)
    data = {
        "nodes": [_node(node, name, report) for node, name in zip(nodes, node_names(nodes, runs), strict=True)],
        "edges": [edge for edge in sorted(edges) if edge[0] < edge[1]],
        "bands": [asdict(band) for band in runs if band.name],
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


def _node(node: Node, name: str, report: Report | None) -> dict[str, str]:
    shape = _shape(node.output_shape, report)
    if node.kind == "input":
        return {"row": node.row, "label": _("Input"), "type": "", "tone": "input", "shape": shape, "title": shape}
    heavy = node.macs or (report is not None and report.row(node.row).own_params)
    tone = " ".join(word for word, holds in (("weights", heavy), ("function", node.kind == FUNCTION)) if holds)
    title = [f"{node.row} ({node.type})", shape]
    if node.macs:
        title.append(_("{macs} MACs").format(macs=f"{node.macs:,}"))
    return {
        "row": node.row,
        "label": name or node.type,
        "type": "" if node.kind == FUNCTION else node.type,
        "tone": tone,
        "shape": shape,
        "title": "\n".join(title),
    }


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
