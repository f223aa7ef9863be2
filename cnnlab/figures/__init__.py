"""Plain data in, plotly figures out."""

from .balance import balance
from .curves import activation
from .depth import along_depth
from .gradients import Bar, norms, spreads
from .memory import memory_bar
from .settling import settling
from .throughput import Pace, throughput

__all__ = [
    "Bar",
    "Pace",
    "activation",
    "along_depth",
    "balance",
    "memory_bar",
    "norms",
    "settling",
    "spreads",
    "throughput",
]
