"""Where the time of a step goes, and what that says."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnlab.messages import N_, Message

PARTS = ("time/data", "time/transfer", "time/forward", "time/backward", "time/optimizer")
RECENT = 200  # steps that the verdict is about
MUCH = 0.4  # of a step: from here on a part other than the network itself is what holds it up
NETWORK = 0.8  # from here on it is the network itself that takes the time


@dataclass(frozen=True)
class Bar:
    """A stretch of steps: its first and last, and the mean seconds of each part, in the order of PARTS."""

    first: int
    last: int
    seconds: tuple[float, ...]


def bars(columns: Mapping[str, np.ndarray], most: int = 24) -> list[Bar]:
    """The steps in at most so many stretches of equal length, a power of two, counted from the first."""
    steps = columns["step"]
    width = 1
    while -(-len(steps) // width) > most:
        width *= 2
    taken = []
    for start in range(0, len(steps), width):
        part = slice(start, start + width)
        seconds = tuple(float(_mean(columns[name][part])) for name in PARTS)
        taken.append(Bar(int(steps[part][0]), int(steps[part][-1]), seconds))
    return taken


def shares(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    """What part of the latest steps' time goes where, together 1; empty before the first step."""
    sums = {name: float(np.nansum(columns[name][-RECENT:])) for name in PARTS}
    total = sum(sums.values())
    return {name: seconds / total for name, seconds in sums.items()} if total > 0 else {}


def verdict(columns: Mapping[str, np.ndarray], workers: int) -> Message | None:
    """What the latest steps say, in a sentence; None before the first, and where no part stands out."""
    parts = shares(columns)
    if not parts:
        return None
    data, transfer, optimizer = parts["time/data"], parts["time/transfer"], parts["time/optimizer"]
    network = parts["time/forward"] + parts["time/backward"]
    if data >= MUCH and not workers:
        return _said(
            N_(
                "The step waits for data {percent} % of the time: the trainer loads by itself. Workers would load beside it."
            ),
            data,
        )
    if data >= MUCH:
        return _said(
            N_("The step waits for data {percent} % of the time: more workers or cheaper augmentation would help."),
            data,
        )
    if transfer >= MUCH:
        return _said(N_("Copying to the device takes {percent} % of the step: larger batches copy better."), transfer)
    if optimizer >= MUCH:
        return _said(
            N_("The optimizer takes {percent} % of the step: with larger batches it has fewer steps to take."),
            optimizer,
        )
    return _said(N_("The network itself takes {percent} % of the step."), network) if network >= NETWORK else None


def _said(template: str, share: float) -> Message:
    return Message(template, {"percent": round(100 * share)})


def _mean(values: np.ndarray) -> float:
    told = values[np.isfinite(values)]
    return told.mean() if len(told) else 0.0
