"""Schedules of the learning rate by row: Calls build functions of the optimizer."""

from collections.abc import Mapping
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, Param, SpecError, catalogue

from .rows import ITERATION, ScheduleSpec

TORCH = "torch.optim.lr_scheduler:"


def gamma(default: float | None, start: float) -> Param:
    more = {} if default is None else {"default": default}
    return Param("gamma", start=start, low=0, high=10, step=0.05, help=N_("The factor on the learning rate."), **more)


def milestones_rise(values: Mapping[str, Any]) -> None:
    milestones, rising = values["milestones"], tuple(sorted(set(values["milestones"])))
    if milestones != rising:
        raise SpecError("milestones={milestones} must rise: use {sorted}.", milestones=milestones, sorted=rising)


SCHEDULES: dict[str, ScheduleSpec] = catalogue((
    ScheduleSpec("cnnlab.training.schedules:constant", (), N_("The same learning rate all along."), partial=True),
    ScheduleSpec(TORCH + "StepLR", (
        Param("step_size", int, start=5, low=1, high=limits.EPOCHS, unit="epochs",
              help=N_("How many epochs there are between two falls.")),
        gamma(0.1, 0.1),
    ), N_("Falls by a factor every so many epochs."), partial=True),
    ScheduleSpec(TORCH + "MultiStepLR", (
        Param("milestones", int, start=(6, 9), low=1, high=limits.EPOCHS, lengths=tuple(range(1, 9)), unit="epochs",
              help=N_("The epochs after which it falls.")),
        gamma(0.1, 0.1),
    ), N_("Falls by a factor after the epochs you name."), partial=True, check=milestones_rise),
    ScheduleSpec(TORCH + "ExponentialLR", (gamma(None, 0.9),), N_("Falls by the same factor after every epoch."), partial=True),
    ScheduleSpec(TORCH + "CosineAnnealingLR", (
        Param("eta_min", default=0.0, low=0, high=100, step=0.0001, help=N_("The learning rate at the end.")),
    ), N_("Falls along half a cosine wave, iteration by iteration, to the end of the run."),
        partial=True, per=ITERATION, steps="T_max"),
    ScheduleSpec(TORCH + "OneCycleLR", (
        Param("pct_start", default=0.3, low=0, high=1, step=0.05, help=N_("The share of the run in which it rises.")),
        Param("anneal_strategy", str, default="cos", options=("cos", "linear"),
              advanced=True, help=N_("The form of its rise and fall.")),
        Param("cycle_momentum", bool, default=True, help=N_("The momentum falls while the learning rate rises, and rises again.")),
        Param("base_momentum", default=0.85, low=0, high=0.9999, step=0.05, advanced=True, help=N_("The lowest momentum.")),
        Param("max_momentum", default=0.95, low=0, high=0.9999, step=0.05, advanced=True, help=N_("The highest momentum.")),
        Param("div_factor", default=25.0, low=1, high=1e6, step=1.0, help=N_("How much lower it begins than its peak.")),
        Param("final_div_factor", default=1e4, low=1, high=1e9, step=1000.0,
              advanced=True, help=N_("How much lower it ends than it began.")),
        Param("three_phase", bool, default=False, advanced=True, help=N_("It falls as slowly as it rose, and then to nothing.")),
    ), N_("Rises to the optimizer's learning rate and falls to almost nothing, once in the run (Smith 2018)."),
        partial=True, per=ITERATION, steps="total_steps", peak="max_lr"),
    ScheduleSpec(TORCH + "ReduceLROnPlateau", (
        Param("factor", default=0.1, low=0, high=0.9999, step=0.05, help=N_("The factor by which it falls.")),
        Param("patience", int, default=10, start=3, low=0, high=limits.EPOCHS, unit="epochs",
              help=N_("How many epochs without progress it bears.")),
        Param("threshold", default=1e-4, low=0, high=1, step=0.0001, advanced=True, help=N_("How much better counts as progress.")),
        Param("threshold_mode", str, default="rel", options=("rel", "abs"), advanced=True,
              help=N_("Progress as a share of the best loss, or as it is.")),
        Param("cooldown", int, default=0, low=0, high=limits.EPOCHS, unit="epochs", advanced=True,
              help=N_("How many epochs it rests after a fall.")),
        Param("min_lr", default=0, low=0, high=100, step=0.0001, advanced=True, help=N_("The lowest learning rate.")),
        Param("eps", default=1e-8, low=0, high=1, step=1e-8, advanced=True, help=N_("A smaller fall is none.")),
    ), N_("Falls by a factor when the validation loss has not become better for so many epochs."), partial=True, watches=True),
))
