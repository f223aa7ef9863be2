"""Data for training: datasets by row, how they are split and in which order they are seen. Choosing needs no torch."""

from .catalogue import DATASETS
from .rows import DatasetSpec

__all__ = ["DATASETS", "DatasetSpec"]
