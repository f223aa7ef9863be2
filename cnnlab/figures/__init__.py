"""Plain data in, plotly figures out."""

from .balance import balance
from .curves import activation
from .depth import along_depth
from .gradients import Bar, norms, spreads
from .histograms import histograms
from .memory import memory_bar
from .settling import settling

__all__ = ["Bar", "activation", "along_depth", "balance", "histograms", "memory_bar", "norms", "settling", "spreads"]
