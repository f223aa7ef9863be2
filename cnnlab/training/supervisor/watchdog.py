"""What a running run has come to: silent, over its minutes, its memory or its disk. Decided from plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cnnlab.hosting import Host

from .queue import Entry

GRACE_S = 40.0  # from the wish to leave until the trainer is killed: it has time for a checkpoint
MEMORY_GRACE_S = 5.0
BEGIN = 3  # times as long may pass before the first heartbeat: a slow disk loads torch for a while
KILL, STOP = "kill", "stop"
MEMORY = "memory"  # the event after which a run is not started again: it would take as much


@dataclass(frozen=True)
class Verdict:
    """What is done: KILL, or STOP (gently, killed after so many seconds); the event that says why, with its numbers."""

    deed: str
    event: str
    numbers: dict[str, Any] = field(default_factory=dict)
    grace_s: float = GRACE_S


@dataclass(frozen=True)
class Look:
    """A run as it is seen: the seconds since something was `heard` of it, if anything was, and the bytes it takes.

    `disk` is that of its visitor's runs, `address_disk` of those from its network address.
    """

    entry: Entry
    silence: float = 0.0
    heard: bool = True
    memory: int = 0
    disk: int = 0
    address_disk: int = 0
    free: int = 1 << 62


def _greedy(look: Look, host: Host, now: float) -> Verdict | None:
    mib = look.memory >> 20
    if host.memory_mib is None or mib <= host.memory_mib:
        return None
    numbers = {"memory_mib": mib, "limit_mib": host.memory_mib}
    return Verdict(KILL if mib > 2 * host.memory_mib else STOP, MEMORY, numbers, MEMORY_GRACE_S)


def _slow(look: Look, host: Host, now: float) -> Verdict | None:
    minutes = look.entry.seconds(now) / 60
    if host.minutes is None or minutes <= host.minutes:
        return None
    return Verdict(STOP, "minutes", {"minutes": round(minutes, 2), "limit_minutes": host.minutes})


def _large(look: Look, host: Host, now: float) -> Verdict | None:
    taken = (("disk", look.disk, host.disk_mib), ("address disk", look.address_disk, host.address_disk_mib))
    for event, nbytes, limit in taken:
        if limit is not None and nbytes >> 20 > limit:
            return Verdict(STOP, event, {"disk_mib": nbytes >> 20, "limit_mib": limit})
    return None


def _crowded(look: Look, host: Host, now: float) -> Verdict | None:
    mib = look.free >> 20
    if mib >= host.free_mib // 2:
        return None
    return Verdict(STOP, "disk full", {"free_mib": mib, "limit_mib": host.free_mib // 2})


def _silent(look: Look, host: Host, now: float) -> Verdict | None:
    if look.silence <= host.silence_s * (1 if look.heard else BEGIN):
        return None
    return Verdict(KILL, "silent", {"seconds": round(look.silence, 1), "limit_s": host.silence_s})


LIMITS: tuple[Callable[[Look, Host, float], Verdict | None], ...] = (_greedy, _slow, _large, _crowded, _silent)


def verdict(look: Look, host: Host, now: float) -> Verdict | None:
    """The first thing that is wrong; None where the run may go on."""
    return next(filter(None, (limit(look, host, now) for limit in LIMITS)), None)
