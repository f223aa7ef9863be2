"""The model as a graph: which step's result goes into which."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from .rows import FUNCTION, INPUT, Shape, Summary

CROWDED = 0.5  # a group with more than this share of all nodes says little, so the groups inside it are shown


@dataclass(frozen=True)
class Node:
    """A call of a leaf module or of an operation between modules; `id` is its number in the pass, INPUT the input."""

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


@dataclass(frozen=True)
class Band:
    """A run of nodes under one module, by their places in the list; no name for nodes of the model itself."""

    first: int
    last: int
    name: str


def graph(report: Summary) -> Graph:
    """The graph of one pass; a tensor made inside `forward` or by code outside torch has no edge to it."""
    nodes = [Node(INPUT, "", "Input", "input", None, report.rows[0].input_shape, 0)]
    edges = []
    for step in report.steps:
        if not step.finest:
            continue
        shape = step.outputs[0] if step.outputs else None
        nodes.append(Node(step.index, step.row, step.type, step.kind, report.row(step.row).holder, shape, step.macs))
        edges += [(source, step.index) for source in step.sources]
    shapes = {node.id: node.output_shape for node in nodes}
    return Graph(tuple(nodes), tuple((source, to, shapes[source]) for source, to in edges if source in shapes))


def bands(nodes: Sequence[Node]) -> list[Band]:
    """The nodes in runs: by the first part of their module's name, by two parts where the first takes in most of them.

    >>> nodes = [Node(i, row, "", "", row[0], None, 0) for i, row in enumerate(["a.x", "a.y", "b.x"])]
    >>> [(band.first, band.last, band.name) for band in bands(nodes)]
    [(0, 1, 'a'), (2, 2, 'b')]
    """
    paths = [node.parent.split(".") if node.parent else [] for node in nodes]
    depths = {}
    for name, count in Counter(path[0] for path in paths if path).items():
        inside = {path[1] for path in paths if path[:1] == [name] and len(path) > 1}
        depths[name] = 2 if count > CROWDED * len(nodes) and len(inside) > 1 else 1
    groups = ["" if not path or len(path) < depths[path[0]] else ".".join(path[: depths[path[0]]]) for path in paths]
    runs = [list(run) for _group, run in groupby(range(len(nodes)), lambda index: groups[index])]
    return [Band(run[0], run[-1], groups[run[0]]) for run in runs]


def node_names(nodes: Sequence[Node], bands: Sequence[Band]) -> list[str]:
    """The name of each node inside its band, of a first operation without its number.

    >>> nodes = [Node(0, "a.x", "", "module", "a", None, 0), Node(1, "a/add:1", "", "function", "a", None, 0)]
    >>> node_names(nodes, [Band(0, 1, "a")])
    ['x', 'add']
    """
    names = []
    for band in bands:
        for node in nodes[band.first : band.last + 1]:
            name = node.row.removeprefix(band.name).lstrip("./") if band.name else node.row.lstrip("/")
            names.append(name.removesuffix(":1") if node.kind == FUNCTION else name)
    return names
