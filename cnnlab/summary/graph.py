"""The model as a graph: which step's result goes into which."""

from dataclasses import dataclass

from .rows import Report, Shape

INPUT = -1


@dataclass(frozen=True)
class Node:
    """A call of a leaf module or of an operation between modules; `id` is its number in the pass, -1 the input."""

    id: int
    row: str
    type: str
    kind: str
    parent: str | None
    output_shape: Shape | None
    macs: int


@dataclass(frozen=True)
class Graph:
    """Nodes in the order they ran; edges are (from, to, shape of what flows: that of the source)."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, Shape | None], ...]


def graph(report: Report) -> Graph:
    """The graph of one pass; a tensor made inside `forward` or by code outside torch has no edge to it."""
    nodes = [Node(INPUT, "", "Input", "input", None, _first_shape(report), 0)]
    edges = []
    for step in report.steps:
        if not step.finest:
            continue
        shape = step.outputs[0] if step.outputs else None
        nodes.append(Node(step.index, step.row, step.type, step.kind, report.row(step.row).parent, shape, step.macs))
        edges += [(source, step.index) for source in step.sources]
    shapes = {node.id: node.output_shape for node in nodes}
    return Graph(tuple(nodes), tuple((source, to, shapes[source]) for source, to in edges if source in shapes))


def _first_shape(report: Report) -> Shape | None:
    return report.rows[0].input_shape
