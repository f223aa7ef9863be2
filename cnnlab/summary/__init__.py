"""Model summaries: shapes, parameters, MACs and memory from one pass that leaves the model alone."""

from .agreement import Agreement, agreement
from .compare import Difference, compare
from .export import hand_over
from .feature_maps import FeatureMaps, feature_maps
from .graph import Graph, Node, graph
from .ladder import summarize
from .memory import OPTIMIZERS, PRECISIONS, Memory, memory
from .receptive import Box, ReceptiveField, receptive_field
from .rows import MARKS, RUNGS, Failure, Fix, Report, Row, Rung, Step, TensorSize, shape_text
from .walks import Item, Walk, walks

__all__ = [
    "MARKS",
    "OPTIMIZERS",
    "PRECISIONS",
    "RUNGS",
    "Agreement",
    "Box",
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
    "compare",
    "feature_maps",
    "graph",
    "hand_over",
    "memory",
    "receptive_field",
    "shape_text",
    "summarize",
    "walks",
]
