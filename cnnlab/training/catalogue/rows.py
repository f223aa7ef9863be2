"""Rows of training: besides what every Spec says, what a loss is given, and when a schedule steps."""

from dataclasses import dataclass

from cnnlab.specs import Spec

ITERATION, EPOCH = "iteration", "epoch"


@dataclass(frozen=True)
class LossSpec(Spec):
    """A loss, which is called with what `scores` makes of the network's (N, classes) and what `labels` makes of (N,).

    Both are paths of functions, empty for none. One that is `weighted` takes a `weight` for each class.
    """

    scores: str = ""
    labels: str = ""
    weighted: bool = True


@dataclass(frozen=True)
class OptimizerSpec(Spec):
    """An optimizer, whose Calls build functions of the parameter groups.

    `momentum` names the parameter that a schedule may turn against the learning rate, empty where there is none.
    """

    momentum: str = ""


@dataclass(frozen=True)
class ScheduleSpec(Spec):
    """A schedule, whose Calls build functions of the optimizer; it steps once per ITERATION or once per EPOCH.

    Of the run it needs what `steps` and `peak` name: the parameter for the number of its steps, and that for the
    learning rates of the groups. One that `watches` is given the validation loss at each step, so that nobody knows
    its course beforehand.
    """

    per: str = EPOCH
    steps: str = ""
    peak: str = ""
    watches: bool = False
