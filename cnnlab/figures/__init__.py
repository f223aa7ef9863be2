"""Plain data in, plotly figures out."""

from .curves import curve_with_slope, settling
from .depth import along_depth
from .gradients import Bar, norms, spreads
from .histograms import histograms
from .memory import memory_bar

__all__ = ["Bar", "along_depth", "curve_with_slope", "histograms", "memory_bar", "norms", "settling", "spreads"]
