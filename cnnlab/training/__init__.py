"""Training: a configuration, the loop as a generator of records, the folder of a run. Setting up needs no torch."""

from cnnlab.objects import lazily

from .answers import Outcome, Probe, Rates, Search
from .catalogue import LOSSES, OPTIMIZERS, SCHEDULES, LossSpec, OptimizerSpec, ScheduleSpec
from .config import TrainConfig
from .run import Run

HERE = "cnnlab.training."
__getattr__ = lazily(__name__, {"Session": HERE + "session:Session", "train": HERE + "session:train"})

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "LossSpec",
    "OptimizerSpec",
    "Outcome",
    "Probe",
    "Rates",
    "Run",
    "ScheduleSpec",
    "Search",
    "Session",
    "TrainConfig",
    "train",
]
