"""What training offers, a row each: losses, optimizers, schedules of the learning rate."""

from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .schedules import SCHEDULES

__all__ = ["LOSSES", "OPTIMIZERS", "SCHEDULES"]
