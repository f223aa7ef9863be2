"""Samples of a run and its machine, a row each, for as long as the run lives."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from .gpus import Gpus
from .host import GONE, Host, Tree
from .log import Log


class Sampler:
    """What a process and its machine do. `last` is the row that an earlier attempt of the same run ended with."""

    def __init__(self, process: psutil.Process, folder: Path, last: Mapping[str, Any] | None = None):
        energies = {gpu["uuid"]: gpu.get("energy") or 0.0 for gpu in (last or {}).get("gpus", ())}
        self.tree, self.host = Tree(process), Host(folder)
        self.gpus = Gpus(_visible(process), energies)

    @property
    def alive(self) -> bool:
        return self.tree.alive

    def sample(self) -> dict[str, Any]:
        """One row; raises NoSuchProcess once the process has ended."""
        run = self.tree.sample()
        gpus = self.gpus.sample(self.tree.pids)
        row = {"t": round(time.time(), 3), "host": self.host.sample(), "run": run, "gpus": gpus}
        return row if gpus else row | {"why": self.gpus.why}


def watch(sampler: Sampler, log: Log, every: float, samples: int | None = None) -> dict[str, float]:
    """Append rows until the process ends, or for so many samples; what that has cost. Raises OSError as `log` does."""
    began, spent, count = time.monotonic(), time.process_time(), 0
    due = began
    while sampler.alive and (samples is None or count < samples):
        try:
            log.append(sampler.sample())
        except GONE:
            break
        count += 1
        due = max(due + every, time.monotonic())  # after a halt of the machine no rows are made up for
        time.sleep(max(due - time.monotonic(), 0))
    seconds = time.monotonic() - began
    return {
        "rows": count,
        "seconds": round(seconds, 1),
        "core_percent": round(100 * (time.process_time() - spent) / seconds, 3) if seconds else 0.0,
        "rss_mib": round(psutil.Process().memory_info().rss / 2**20, 1),
    }


def _visible(process: psutil.Process) -> str | None:
    """The CUDA_VISIBLE_DEVICES that a process was started with."""
    try:
        return process.environ().get("CUDA_VISIBLE_DEVICES")
    except (psutil.Error, NotImplementedError, AttributeError):
        return None
