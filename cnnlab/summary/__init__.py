"""Model summaries: shapes, parameters, MACs and memory from one pass that leaves the model alone.

What a summary says is plain data, read without torch; what makes one is loaded when it is first asked for.
"""

from cnnlab.objects import lazily

from .answers import Agreement, Item, Walk
from .columns import COLUMNS, MARKS, Column
from .compare import Difference, compare, side_by_side
from .export import hand_over
from .graph import Band, Graph, Node, bands, graph, node_names
from .needs import OPTIMIZERS, PRECISIONS, Memory
from .report import Report
from .rows import RUNGS, Failure, Fix, Row, Rung, Step, TensorSize, shape_text

HERE = "cnnlab.summary."
__getattr__ = lazily(
    __name__,
    {
        "Box": HERE + "receptive:Box",
        "FeatureMaps": HERE + "maps:FeatureMaps",
        "ReceptiveField": HERE + "receptive:ReceptiveField",
        "agreement": HERE + "agreeing:agreement",
        "feature_maps": HERE + "maps:feature_maps",
        "memory": HERE + "measuring:memory",
        "receptive_field": HERE + "receptive:receptive_field",
        "summarize": HERE + "ladder:summarize",
        "walks": HERE + "walking:walks",
    },
)

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
