"""How many samples a second a loader gives, by workers, and what a worker takes."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psutil

from cnnlab.messages import Message
from cnnlab.specs import N_

from .answers import Quartiles, Speed
from .loaders import Cycle, checked, children, loader, said
from .subject import Subject

ROUNDS, ROUND_S = 5, 0.2
HANDED_S = 0.001  # that handing a batch over takes, about
STOPPED = N_("The loader stopped: {words}")
TOO_LARGE = N_("Not tried: its batches take {size} MiB at once, and the shared memory has {room} MiB left.")


def quartiles(rates: list[float]) -> Quartiles:
    """
    >>> quartiles([1.0, 2.0, 3.0, 4.0, 5.0])
    Quartiles(low=2.0, median=3.0, high=4.0, rounds=5)
    """
    if len(rates) < 2:
        return Quartiles(rates[0], rates[0], rates[0], len(rates))
    low, median, high = statistics.quantiles(rates, n=4, method="inclusive")
    return Quartiles(low, median, high, len(rates))


@dataclass(frozen=True)
class Round:
    """Samples a second, the seconds until the first batch, and the bytes of the largest worker, its own and its share."""

    rate: float
    started: float
    own_bytes: int | None
    share_bytes: int | None


def round_of(subject: Subject, workers: int, rate: float, **more: Any) -> Round:
    """About ROUND_S of a loader, where its rate is about this.

    Each worker's first batch comes before the clock starts; from then on all are as far, and so many batches are counted
    that they are again at the end.
    """
    team, size, before = max(workers, 1), subject.batch_size, children()
    began = time.perf_counter()
    batches = iter(loader(subject.shelf, Cycle(subject.rows), workers, **more))
    checked(next(batches))
    started = time.perf_counter() - began
    for batch in islice(batches, team - 1):
        checked(batch)
    count = team * max(1, round(ROUND_S * rate / size / team))
    began = time.perf_counter()
    for batch in islice(batches, count):
        checked(batch)
    seconds = time.perf_counter() - began
    return Round(count * size / seconds, started, *largest(children() - before))


def foreseen(subject: Subject, workers: int) -> float:
    """Samples a second before any was timed: rather fewer, so that the first round is soon over."""
    seconds = subject.sample_seconds + (HANDED_S / subject.batch_size if workers else 0)
    return 0.5 / max(seconds, 1e-7)


class Lane:
    """The rounds of one number of workers."""

    def __init__(self, subject: Subject, workers: int):
        self.subject, self.workers = subject, workers
        self.rounds: list[Round] = []
        self.failure = too_large(subject, workers)

    def go(self) -> None:
        if self.failure:
            return
        made = 1 / max(self.subject.sample_seconds, 1e-7)
        try:
            self.rounds.append(round_of(self.subject, self.workers, self.rounds[-1].rate if self.rounds else made / 2))
        except (RuntimeError, OSError, MemoryError) as error:  # a worker that died, or memory at its end
            self.failure = Message(STOPPED, {"words": said(error)})

    @property
    def speed(self) -> Speed:
        if self.failure or not self.rounds:
            return Speed(self.workers, failure=self.failure)
        last = self.rounds[-1]
        return Speed(
            self.workers,
            quartiles([one.rate for one in self.rounds]),
            statistics.median(one.started for one in self.rounds),
            last.own_bytes,
            last.share_bytes,
        )


def speeds(
    subject: Subject, workers: tuple[int, ...], deadline: float, last: float, tell: Callable[[int, int], None]
) -> tuple[Speed, ...]:
    """A Speed for each number of workers. Their rounds take turns, so that what else the machine does meets all alike.

    No round begins after the deadline; the first of a number of workers, none later than `last`.
    """
    lanes = [Lane(subject, number) for number in workers]
    for turn in range(ROUNDS):
        for place, lane in enumerate(lanes):
            tell(turn * len(lanes) + place, ROUNDS * len(lanes))
            if time.monotonic() < (deadline if turn else last):
                lane.go()
    return tuple(lane.speed for lane in lanes)


def too_large(subject: Subject, workers: int) -> Message | None:
    """Why so many workers would end in a bus error: what they hold at once does not fit into the shared memory."""
    needed = (2 * workers + 1) * subject.batch_bytes
    try:
        room = psutil.disk_usage("/dev/shm").free
    except OSError:  # there is none of that name
        return None
    if not workers or needed <= room / 2:
        return None
    return Message(TOO_LARGE, {"size": math.ceil(needed / 2**20), "room": room // 2**20})


def largest(processes: set[int]) -> tuple[int | None, int | None]:
    """The most bytes that one of the processes has to itself, and with its share of what several use; None for none."""
    own, share = [0], [0]
    for process in processes:
        try:
            memory = psutil.Process(process).memory_full_info()
        except psutil.Error:
            continue
        own.append(memory.uss)
        share.append(getattr(memory, "pss", 0))
    return max(own) or None, max(share) or None
