"""Plain data in, plotly figures out."""

from .depth import along_depth
from .histograms import histograms
from .memory import memory_bar

__all__ = ["along_depth", "histograms", "memory_bar"]
