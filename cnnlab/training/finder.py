"""A learning rate found by trying (Smith 2017): it grows with every step, and the loss tells when it is too much."""

import math
from dataclasses import dataclass, replace

from .catalogue import SCHEDULES
from .config import TrainConfig
from .session import Session

LOWEST, HIGHEST = 1e-7, 10.0
STEPS = 100
MEMORY = 0.9  # of the running mean that smooths the losses
FAR = 4  # times the best loss so far is too far to go on


@dataclass(frozen=True)
class Search:
    """The learning rates that were tried, the smoothed loss at each, and the one where it fell fastest.

    There is no suggestion where the loss did not fall.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None


def find(config: TrainConfig, steps: int = STEPS) -> Search:
    """A search from LOWEST to HIGHEST on a network of its own: whatever run there is of this config stays as it is.

    It ends when the loss is FAR from its best, or no number. Groups keep the proportions of their learning rates.
    """
    session = Session(replace(config, schedule=SCHEDULES["constant"](), warmup=0, epochs=steps, patience=0))
    groups = session.optimizer.param_groups
    proportions = [group["lr"] / (groups[0]["lr"] or 1.0) for group in groups]
    rates, losses, mean = [], [], 0.0
    records = session.records()
    while len(rates) < steps:
        rate = LOWEST * (HIGHEST / LOWEST) ** (len(rates) / (steps - 1))
        for group, proportion in zip(groups, proportions, strict=True):
            group["lr"] = rate * proportion
        record = next(records)
        while record["kind"] not in ("step", "end"):
            record = next(records)
        if record["kind"] == "end":
            break
        mean = MEMORY * mean + (1 - MEMORY) * record["train/loss"]
        smooth = mean / (1 - MEMORY ** (len(rates) + 1))
        rates.append(rate)
        losses.append(smooth)
        if smooth > FAR * min(losses):
            break
    return Search(tuple(rates), tuple(losses), steepest(rates, losses))


def steepest(rates: list[float], losses: list[float]) -> float | None:
    """The rate at which the loss falls fastest over its logarithm, before the loss is lowest; None where it never falls.

    >>> steepest([0.01, 0.1, 1.0, 10.0], [2.0, 1.9, 0.5, 4.0])
    0.1
    """
    falls = [
        ((after - before) / math.log(higher / lower), lower)
        for before, after, lower, higher in zip(losses, losses[1:], rates, rates[1:], strict=False)
    ]
    slope, rate = min(falls, default=(0.0, 0.0))
    return rate if slope < 0 else None
