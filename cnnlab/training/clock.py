"""Where the time of a step goes: seconds by the host's clock, or by events on a CUDA device, which nothing waits for."""

import time
from abc import ABC, abstractmethod

import torch

PARTS = ("data", "transfer", "forward", "backward", "optimizer")


class Clock(ABC):
    """`mark` ends a part of the step, the next begins; `read` gives the seconds of the parts that are known."""

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def mark(self, part: str) -> None: ...

    @abstractmethod
    def read(self) -> dict[str, float]: ...


class HostClock(Clock):
    def start(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def mark(self, part: str) -> None:
        now = time.perf_counter()
        self.seconds[f"time/{part}"] = now - self.last
        self.last = now

    def read(self) -> dict[str, float]:
        return self.seconds


class CudaClock(Clock):
    """The device's own seconds; those of "data" are the host's, and those of the optimizer the step's before.

    The optimizer's part is under way when a step is read, and waiting for it would leave the device idle.
    """

    def __init__(self, device: torch.device):
        self.stream = torch.cuda.current_stream(device)
        self.pending: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []

    def start(self) -> None:
        self.host = time.perf_counter()
        self.seconds: dict[str, float] = {"time/optimizer": 0.0}

    def mark(self, part: str) -> None:
        event = torch.cuda.Event(enable_timing=True)
        event.record(self.stream)
        if part == "data":
            self.seconds["time/data"] = time.perf_counter() - self.host
        else:
            self.pending.append((part, self.last, event))
        self.last = event

    def read(self) -> dict[str, float]:
        over = [mark for mark in self.pending if mark[2].query()]
        self.pending = [mark for mark in self.pending if mark not in over]
        self.seconds.update({f"time/{part}": begun.elapsed_time(ended) / 1e3 for part, begun, ended in over})
        return {f"time/{part}": self.seconds[f"time/{part}"] for part in PARTS if f"time/{part}" in self.seconds}


def clock_for(device: torch.device) -> Clock:
    return CudaClock(device) if device.type == "cuda" else HostClock()
