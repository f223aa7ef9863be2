"""Augmentation: the transforms on offer, pipelines of them, and what was drawn."""

from .catalogue import AUGMENTATIONS, GROUPS
from .pipeline import Pipeline, Trace
from .runner import Contract, Stage, contract

__all__ = ["AUGMENTATIONS", "GROUPS", "Contract", "Pipeline", "Stage", "Trace", "contract"]
