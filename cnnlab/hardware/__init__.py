"""What a run asks of its machine, a row a second: GPUs, the run itself, the host. Reading it needs no driver, no torch."""

from .metrics import METRICS, PARTS, THROTTLES, Metric, reason
from .rows import latest, series, why

__all__ = ["METRICS", "PARTS", "THROTTLES", "Metric", "latest", "reason", "series", "why"]
