"""Augmentation: the transforms on offer, pipelines of them, and what was drawn."""

from cnnlab.objects import lazily

from .catalogue import AUGMENTATIONS, GROUPS
from .pipeline import Pipeline

__all__ = ["AUGMENTATIONS", "GROUPS", "Contract", "Pipeline", "Stage", "Trace", "contract"]
__getattr__ = lazily(
    __name__,
    {
        "Contract": "cnnlab.augmentation.runner:Contract",
        "Stage": "cnnlab.augmentation.runner:Stage",
        "Trace": "cnnlab.augmentation.running:Trace",
        "contract": "cnnlab.augmentation.runner:contract",
    },
)
