"""What the browser draws of a summary, as JSON: the rows of its tree, and its graph. No language is spoken here."""

import gzip
import json
from typing import Any

from cnnlab import limits

from . import cells
from .graph import Node, bands, graph, node_names
from .rows import FUNCTION, Summary, shape_text


def drawn(report: Summary) -> bytes:
    """`rows` and `tips` of the tree (see cells.py); `nodes`, `edges`, `bands` and `counts` of the graph. Packed by gzip."""
    return packed_json({"rows": cells.rows(report), "tips": cells.tips(report), **_graph(report)})


def packed_json(data: Any) -> bytes:
    """The same bytes whenever they are made."""
    return gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), 6, mtime=0)


def _graph(report: Summary) -> dict[str, Any]:
    """The first nodes in the order they ran, edges by their places, and runs of nodes under one name."""
    whole = graph(report)
    nodes = whole.nodes[: limits.GRAPH_NODES]
    place = {node.id: index for index, node in enumerate(nodes)}
    edges = {(place[source], place[to]) for source, to, _shape in whole.edges if source in place and to in place}
    runs = bands(nodes)
    return {
        "nodes": [_node(node, name, report) for node, name in zip(nodes, node_names(nodes, runs), strict=True)],
        "edges": [edge for edge in sorted(edges) if edge[0] < edge[1]],
        "counts": {"nodes": len(whole.nodes), "edges": len(whole.edges)},
        "bands": [{"first": band.first, "last": band.last, "name": band.name} for band in runs if band.name],
    }


def _node(node: Node, name: str, report: Summary) -> dict[str, str]:
    """Shapes are without the batch; layers that have parameters without arithmetic count as heavy too."""
    shape = shape_text(report.sample(node.output_shape))
    if node.kind == "input":
        return {"row": node.row, "kind": "input", "type": "", "tone": "input", "shape": shape}
    heavy = node.macs or report.row(report.row(node.row).path).own_params
    tone = " ".join(word for word, holds in (("weights", heavy), ("function", node.kind == FUNCTION)) if holds)
    macs = {"macs": f"{node.macs:,}"} if node.macs else {}
    return {"row": node.row, "name": name, "kind": node.kind, "type": node.type, "tone": tone, "shape": shape, **macs}
