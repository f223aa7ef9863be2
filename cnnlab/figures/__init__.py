"""Plain data in, plotly figures out."""

from .histograms import histograms

__all__ = ["histograms"]
