"""Where a run stands in line, and how long it waits."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from cnnlab.hosting import settings
from cnnlab.specs import SpecError
from cnnlab.training.run import Run

from .entries import length_s, remaining_s
from .launchers import LAUNCHERS
from .places import Root
from .queue import RUNNING, Entry, Queue, forecast


@dataclass(frozen=True)
class Place:
    """Where a run stands in line: `ahead` of it so many wait, or run and must end first; in `wait_s` it should begin,
    None where nobody can tell.

    `running` is true of one that has begun.
    """

    ahead: int = 0
    wait_s: float | None = 0.0
    running: bool = False


def begins(root: Root, queue: Queue, active: Iterable[Entry], line: Iterable[Entry]) -> dict[str, float]:
    """Seconds until each run of the line begins, infinite where nobody can tell."""
    try:
        host = settings()
    except SpecError:
        return {entry.run: float("inf") for entry in line}
    now = time.time()
    running = [entry for entry in active if entry.state == RUNNING and not LAUNCHERS[entry.launcher].by_hand]
    alike = {(entry.alike, entry.epochs): entry for entry in (*running, *line)}
    whole = {kind: length_s(queue, entry, host) for kind, entry in alike.items()}
    lengths = {entry.run: whole[entry.alike, entry.epochs] for entry in (*running, *line)}
    lefts = [remaining_s(entry, Run(root.path / entry.run), lengths[entry.run], now) for entry in running]
    return forecast(line, lefts, host.at_once, lengths)


def ahead(waiting: int, active: Iterable[Entry]) -> int:
    """So many that wait, and those running that must end before all of them and one more can run."""
    running = sum(entry.state == RUNNING and not LAUNCHERS[entry.launcher].by_hand for entry in active)
    try:
        free = settings().at_once - running
    except SpecError:
        free = 0
    return waiting + min(running, max(0, waiting + 1 - free))
