"""What training offers, a row each: losses, optimizers, schedules of the learning rate."""

from .losses import LOSSES
from .optimizers import OPTIMIZERS
from .rows import EPOCH, ITERATION, LossSpec, OptimizerSpec, ScheduleSpec
from .schedules import SCHEDULES

__all__ = ["EPOCH", "ITERATION", "LOSSES", "OPTIMIZERS", "SCHEDULES", "LossSpec", "OptimizerSpec", "ScheduleSpec"]
