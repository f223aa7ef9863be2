"""Model summaries: shapes, parameters, MACs and memory from one pass that leaves the model alone."""

from .rows import Failure, Fix, Report, Row, Rung, Step, TensorSize, shape_text
from .summarize import summarize

__all__ = ["Failure", "Fix", "Report", "Row", "Rung", "Step", "TensorSize", "shape_text", "summarize"]
