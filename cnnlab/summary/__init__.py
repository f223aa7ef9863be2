"""Model summaries: shapes, parameters, MACs and memory from one pass that leaves the model alone."""

from .agreement import Agreement, agreement
from .columns import COLUMNS, MARKS, Column
from .compare import Difference, compare, side_by_side
from .export import hand_over
from .feature_maps import FeatureMaps, feature_maps
from .graph import Band, Graph, Node, bands, graph, node_names
from .ladder import summarize
from .memory import OPTIMIZERS, PRECISIONS, Memory, memory
from .receptive import Box, ReceptiveField, receptive_field
from .report import Report
from .rows import RUNGS, Failure, Fix, Row, Rung, Step, TensorSize, shape_text
from .walks import Item, Walk, walks

__all__ = [
    "COLUMNS",
    "MARKS",
    "OPTIMIZERS",
    "PRECISIONS",
    "RUNGS",
    "Agreement",
    "Band",
    "Box",
    "Column",
    "Difference",
    "Failure",
    "FeatureMaps",
    "Fix",
    "Graph",
    "Item",
    "Memory",
    "Node",
    "ReceptiveField",
    "Report",
    "Row",
    "Rung",
    "Step",
    "TensorSize",
    "Walk",
    "agreement",
    "bands",
    "compare",
    "feature_maps",
    "graph",
    "hand_over",
    "memory",
    "node_names",
    "receptive_field",
    "shape_text",
    "side_by_side",
    "summarize",
    "walks",
]
