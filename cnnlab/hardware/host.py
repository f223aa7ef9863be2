"""The machine and the run's own processes, through psutil."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from .cgroups import group

TREE_EVERY = 5.0  # seconds between two looks at all processes for the run's children
GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)
REFUSALS = (
    psutil.Error,
    OSError,
    NotImplementedError,
    AttributeError,
)  # AttributeError: psutil lacks it on this system


class Rates:
    """How fast counters rise, between one call and the next."""

    def __init__(self):
        self._last: tuple[float, tuple[float, ...]] | None = None

    def __call__(self, values: tuple[float, ...], now: float) -> tuple[float, ...] | None:
        last, self._last = self._last, (now, values)
        if last is None or now <= last[0]:
            return None
        return tuple(max(value - before, 0) / (now - last[0]) for value, before in zip(values, last[1], strict=True))


def _told(names: tuple[str, ...], ask: Callable[[], tuple | None]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by name, and why there is none."""
    try:
        values = ask()
    except REFUSALS as error:
        return dict.fromkeys(names), dict.fromkeys(names, type(error).__name__)
    if values is None:
        return dict.fromkeys(names), dict.fromkeys(names, "first")
    return dict(zip(names, values, strict=True)), {}


class Host:
    """The machine, whoever uses it; disks as seen from `folder`."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._disks, self._nets = Rates(), Rates()
        self._busy: list[tuple[float, float]] = []  # (time of each core, of which it worked)

    def sample(self, now: float | None = None) -> dict[str, Any]:
        now = time.monotonic() if now is None else now
        row, why = {}, {}
        for names, ask in (
            (("cpu", "cores"), self._processor),
            (("load", "core_count"), lambda: (round(psutil.getloadavg()[0], 2), psutil.cpu_count())),
            (("memory", "memory_total"), _memory),
            (("disk_free", "disk_total"), self._disk),
            (
                ("disk_read", "disk_write"),
                lambda: self._disks(_counters(psutil.disk_io_counters, "read_bytes", "write_bytes"), now),
            ),
            (
                ("net_in", "net_out"),
                lambda: self._nets(_counters(psutil.net_io_counters, "bytes_recv", "bytes_sent"), now),
            ),
        ):
            values, problems = _told(names, ask)
            row |= {
                name: round(value) if name in WHOLE and value is not None else value for name, value in values.items()
            }
            why |= problems
        return row | {"why": why}

    def _processor(self) -> tuple[float, list[float]] | None:
        times = [(sum(core[:8]), core.idle + getattr(core, "iowait", 0)) for core in psutil.cpu_times(percpu=True)]
        last, self._busy = self._busy, times
        if len(last) != len(times):
            return None
        passed = [(new[0] - old[0], new[1] - old[1]) for new, old in zip(times, last, strict=True)]
        cores = [round(100 * min(max(1 - idle / total, 0), 1), 1) if total > 0 else 0.0 for total, idle in passed]
        return round(sum(cores) / len(cores), 1), cores

    def _disk(self) -> tuple[int, int]:
        usage = psutil.disk_usage(str(self._folder))
        return usage.free, usage.total


WHOLE = ("disk_read", "disk_write", "net_in", "net_out")


def _memory() -> tuple[int, int]:
    memory = psutil.virtual_memory()
    return memory.total - memory.available, memory.total


def _counters(ask: Callable[[], Any], *names: str) -> tuple[float, ...]:
    counters = ask()
    if counters is None:  # no disk, or no network
        raise NotImplementedError
    return tuple(getattr(counters, name) for name in names)


class Tree:
    """A process and all that it started."""

    def __init__(self, process: psutil.Process, root: Path = Path("/")):
        self.process = process
        self.group = group(process.pid, root)
        self._members: list[psutil.Process] = [process]
        self._looked = float("-inf")
        self._spent: dict[psutil.Process, float] = {}
        self._last: float | None = None

    @property
    def alive(self) -> bool:
        """False once the process has ended, though its number may be another's by now."""
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except GONE:
            return False

    @property
    def pids(self) -> set[int]:
        return {member.pid for member in self._members}

    def sample(self, now: float | None = None) -> dict[str, Any]:
        """Processor in percent of a core, memory in bytes; the children are looked for every TREE_EVERY seconds."""
        now = time.monotonic() if now is None else now
        if now - self._looked >= TREE_EVERY:
            self._members, self._looked = [self.process, *self.process.children(recursive=True)], now
        spent, memory = {}, 0
        for member in self._members:
            try:
                with member.oneshot():
                    times = member.cpu_times()
                    memory += member.memory_info().rss
            except GONE:
                continue
            spent[member] = times.user + times.system
        self._members = [member for member in self._members if member in spent]
        why = {}
        cpu = None
        if self._last is not None and now > self._last:
            used = sum(seconds - self._spent.get(member, seconds) for member, seconds in spent.items())
            cpu = round(100 * used / (now - self._last), 1)
        else:
            why["cpu"] = "first"
        self._spent, self._last = spent, now
        group_memory = self.group.memory_used
        if group_memory is None:
            why["memory_group"] = "unlimited"
        return {
            "cpu": cpu,
            "cpu_limit": round(100 * self.cores(), 1),
            "memory": memory,
            "memory_group": group_memory,
            "memory_limit": min(
                self.group.memory_limit or psutil.virtual_memory().total, psutil.virtual_memory().total
            ),
            "processes": len(spent),
            "why": why,
        }

    def cores(self) -> float:
        """How many cores the process may use at most."""
        bound = len(self.process.cpu_affinity()) if hasattr(self.process, "cpu_affinity") else os.cpu_count() or 1
        return min(bound, self.group.cores or bound)
