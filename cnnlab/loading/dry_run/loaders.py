"""DataLoaders whose workers end with whoever started them, and their batches without end."""

import itertools
import multiprocessing
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import torch
from torch.utils.data import DataLoader, Dataset

from cnnlab import limits
from cnnlab.specs import SpecError
from cnnlab.workshop.worker import prepare

PATIENCE_S = 20  # that a worker may take for a batch


@dataclass(frozen=True)
class Leash:
    """What a worker does first: from then on it ends with its parent, and takes so many bytes at most.

    `main` is the process whose work it does. (torch's workers look every five seconds whether their parent lives, and
    never see one that died before they began.)
    """

    main: int
    most_bytes: int

    def __call__(self, worker: int) -> None:
        prepare(self.most_bytes, niceness=0)
        if not psutil.pid_exists(self.main):
            os._exit(1)


@dataclass(frozen=True)
class Cycle:
    """A sampler that begins again whenever it is through."""

    rows: Sequence[Any]

    def __iter__(self) -> Iterator[Any]:
        return itertools.cycle(self.rows)


def loader(dataset: Dataset, sampler: Any, workers: int, **more: Any) -> DataLoader:
    """A loader of whole batches, unless a `batch_size` is given; torch's own random numbers are left alone.

    All its workers together may take as much as a job of the workshop.
    """
    leash = Leash(os.getpid(), limits.HEAVY_BYTES // max(workers, 1))
    started = {"worker_init_fn": leash, "timeout": PATIENCE_S} if workers else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more workers than cores are tried too
        return DataLoader(
            dataset, **{"batch_size": None, "sampler": sampler, "generator": torch.Generator(), **started, **more},
            num_workers=workers,
        )  # fmt: skip


@contextmanager
def may_have_children() -> Iterator[None]:
    """Workers of the workshop are daemons, which may start no processes; within, this one is none."""
    process = multiprocessing.current_process()
    before = process.daemon
    if before:
        process.daemon = False
    try:
        yield
    finally:
        if before:
            process.daemon = True


def checked(batch: Any) -> Any:
    """The batch, unless it is a refusal that a worker handed over."""
    if isinstance(batch, SpecError):
        raise batch
    return batch


def children() -> set[int]:
    """The processes started by multiprocessing that live."""
    return {process.pid for process in multiprocessing.active_children()}


def said(error: BaseException) -> str:
    """The words of an error, the last line of what a worker reports of its own, without addresses in memory."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    words = lines[-1] if lines and "Caught" in lines[0] else lines[0] if lines else ""
    return f"{type(error).__name__}: {words}"[:400] if not words.startswith(type(error).__name__) else words[:400]
