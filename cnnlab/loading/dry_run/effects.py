"""What a DataLoader's other settings do here: persistent_workers, prefetch_factor and pin_memory."""

import statistics
import time
from collections.abc import Callable

import torch

from .answers import Effects
from .loaders import checked, loader
from .subject import Subject
from .timing import quartiles, round_of

ROUNDS = 3
FACTORS = (1, 2, 4)


def effects(subject: Subject, workers: int, rate: float, deadline: float, tell: Callable[[int, int], None]) -> Effects:
    """Measured with `workers`, at least one, whose rate is about `rate`."""
    tell(0, ROUNDS + 1)
    anew, kept = between_epochs(subject, workers, False), between_epochs(subject, workers, True)
    rates: dict[int, list[float]] = {factor: [] for factor in FACTORS}
    for turn in range(ROUNDS):
        tell(turn + 1, ROUNDS + 1)
        for factor in FACTORS:
            if turn == 0 or time.monotonic() < deadline:
                rates[factor].append(round_of(subject, workers, rate, prefetch_factor=factor).rate)
    prefetch = tuple((factor, quartiles(some)) for factor, some in rates.items())
    return Effects(workers, anew, kept, prefetch, subject.batch_bytes, *to_the_gpu(subject))


def between_epochs(subject: Subject, workers: int, persistent: bool) -> float:
    """Seconds from the end of an epoch to the first batch of the next, by the second and the third epoch."""
    epoch = [subject.rows[place % len(subject.rows)] for place in range(2 * workers)]
    batches = loader(subject.shelf, epoch, workers, persistent_workers=persistent)
    seconds = []
    for _ in range(3):
        began, first = time.perf_counter(), True
        for batch in batches:
            checked(batch)
            if first:
                seconds.append(time.perf_counter() - began)
                first = False
    return statistics.fmean(seconds[1:])


def to_the_gpu(subject: Subject) -> tuple[float | None, float | None]:
    """Seconds to bring a batch there from usual memory, and from pinned; None without a GPU."""
    if not torch.cuda.is_available():
        return None, None
    usual = subject.shelf.batch(subject.rows[0])[0]
    return copied(usual), copied(usual.pin_memory())


def copied(batch: torch.Tensor) -> float:
    seconds = []
    for _ in range(2 * ROUNDS):
        torch.cuda.synchronize()
        began = time.perf_counter()
        batch.to("cuda", non_blocking=True)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[ROUNDS:])
