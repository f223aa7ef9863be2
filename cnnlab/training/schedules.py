"""The learning rate over the course of a run: warm-up, then torch's own scheduler."""

import math
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from cnnlab import limits
from cnnlab.specs import SpecError

from .catalogue import ITERATION
from .config import TrainConfig


class _Constant(LRScheduler):
    def get_lr(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]


def constant(optimizer: Optimizer) -> LRScheduler:
    """A scheduler that leaves the learning rates as they are."""
    return _Constant(optimizer)


class Rate:
    """Turns the learning rates of an optimizer after each step and each epoch of a run of `total` steps.

    In the first `config.warmup` steps they rise in a straight line to what the schedule begins with: step n of w, counted
    from 0, has (n + 1) / (w + 1) of it. Then the schedule begins; one that steps by epochs does so at their ends.
    """

    def __init__(self, optimizer: Optimizer, config: TrainConfig, total: int):
        self.optimizer, self.row, self.warmup = optimizer, config.schedule.spec, config.warmup
        self.steps, self.done = total - self.warmup, 0
        if self.steps < 1:
            raise SpecError(
                "warmup={warmup} is no less than the {total} iterations of the whole run: use a smaller one, "
                "or more epochs.",
                warmup=self.warmup,
                total=total,
            )
        self._refuse_momentum(config)
        of_run: dict[str, Any] = {self.row.steps: self.steps} if self.row.steps else {}
        if self.row.peak:
            of_run[self.row.peak] = [group["lr"] for group in optimizer.param_groups]
        self.schedule = config.schedule.build()(optimizer, **of_run)
        self.first = [group["lr"] for group in optimizer.param_groups]
        self._warm()

    def _refuse_momentum(self, config: TrainConfig) -> None:
        if config.schedule.values.get("cycle_momentum") and not config.optimizer.spec.momentum:
            raise SpecError(
                "{optimizer} has no momentum that {schedule} could turn: set cycle_momentum=False.",
                optimizer=config.optimizer.name,
                schedule=config.schedule.name,
            )

    def _warm(self) -> None:
        for group, first in zip(self.optimizer.param_groups, self.first, strict=True):
            group["lr"] = first * ((self.done + 1) / (self.warmup + 1))

    def stepped(self) -> None:
        """To be called after each step of the optimizer."""
        self.done += 1
        if self.done <= self.warmup:
            self._warm()
        elif self.row.per == ITERATION and self.done - self.warmup < self.steps:
            self.schedule.step()

    def epoch_ended(self, loss: float) -> None:
        """To be called after each epoch, with its validation loss."""
        if self.row.per != ITERATION and self.done > self.warmup:
            self.schedule.step(*([loss] if self.row.watches else []))

    def state(self) -> dict[str, Any]:
        return {"done": self.done, "schedule": self.schedule.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """The learning rates themselves come back with the optimizer's own state."""
        self.done = state["done"]
        self.schedule.load_state_dict(state["schedule"])

    def forward(self, steps: int, epochs: int) -> None:
        """To where it would stand after so many steps in so many epochs; what watches a loss has seen none."""
        for step in range(steps):
            self.optimizer.step()  # no gradients, so nothing moves; a schedule warns if it steps alone
            self.stepped()
            if (step + 1) * epochs // steps > step * epochs // steps and not self.row.watches:
                self.epoch_ended(math.nan)


def preview(config: TrainConfig, iterations: int) -> tuple[float, ...]:
    """The learning rate of every step of a run with so many iterations an epoch, that of the head where there are two.

    A schedule that watches the loss is shown as if the loss kept falling: nobody knows when it will not.
    """
    total = config.epochs * iterations
    if total > limits.PREVIEW_STEPS:
        raise SpecError(
            "A run of {total} steps is too long to be drawn beforehand: at most {limit}.",
            total=f"{total:,}",
            limit=f"{limits.PREVIEW_STEPS:,}",
        )
    optimizer = config.optimizer.build()([torch.nn.Parameter(torch.zeros(()))])
    rate, rates = Rate(optimizer, config, total), []
    for _ in range(config.epochs):
        for _ in range(iterations):
            rates.append(optimizer.param_groups[0]["lr"])
            rate.forward(1, 0)
        if not rate.row.watches:
            rate.epoch_ended(math.nan)
    return tuple(rates)
