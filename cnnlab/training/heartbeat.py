"""Whether a trainer lives: its process by number and start, and the promise of its next heartbeat. Needs no torch."""

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from .attempts import Attempt
from .folder import STATUS, write_essential

BEAT_S, PROMISE_S = 1.0, 15.0
START_S = 120.0  # between the claim of an attempt and its first heartbeat
SAME_S = 0.1  # by which a number may differ that says when one process began
PROCESSES = Path("/proc")
BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def machine() -> str:
    """This machine since it was last started: process numbers of another mean nothing here."""
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    return f"{socket.gethostname()} {boot}".strip()


def began(pid: int) -> float:
    """When a process began, by a clock that nobody sets (Linux: seconds since the machine was started); psutil.Error where
    there is none. psutil tells the time of day, which is another after the system's clock was set.
    """
    try:
        ticks = (
            (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
        )  # proc_pid_stat(5): starttime
        return int(ticks) / os.sysconf("SC_CLK_TCK")
    except OSError:  # gone, or not Linux
        return psutil.Process(pid).create_time()


def who() -> dict[str, Any]:
    """This process, in a way that tells it from a later one of the same number."""
    return {"pid": os.getpid(), "create_time": began(os.getpid()), "host": machine()}


def promise(seconds: float) -> dict[str, float]:
    """Until when something is to be heard again, by the time of day and, for this machine, by a clock that nobody sets."""
    return {"next_beat_before": time.time() + seconds, "steady_before": time.monotonic() + seconds}


def lives(said: Mapping[str, Any]) -> bool:
    """True for a heartbeat whose promise holds, of a process that is there if it is one of this machine."""
    here, steady = said.get("host") == machine(), said.get("steady_before")
    by_day = (said.get("next_beat_before"), time.time())
    before, now = (steady, time.monotonic()) if here and steady is not None else by_day
    if not isinstance(before, (int, float)) or not now <= before:
        return False
    return not here or is_there(said.get("pid"), said.get("create_time"))


def is_there(pid: Any, create_time: Any) -> bool:
    """True for a process of this machine, and no other that was given its number, and no zombie."""
    if type(pid) is not int or pid <= 0 or not isinstance(create_time, (int, float)):
        return False
    try:
        process = psutil.Process(pid)
        return abs(began(pid) - create_time) < SAME_S and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OverflowError):
        return False


class Heart:
    """Writes status.json once a second, and at once when something changes, from a thread of its own: it beats while a
    step is slow. It ends when another attempt has taken over.

    Beats that could not be written are counted; `watch` is called at each.
    """

    def __init__(self, attempt: Attempt, watch: Callable[[], None] = lambda: None):
        self.attempt, self.watch = attempt, watch
        self.said = {
            "v": 1,
            **who(),
            "attempt": attempt.number,
            "state": "running",
            "step": 0,
            "total": None,
            "epoch": 0,
        }
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.missed = 0
        self.thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        self.beat()
        self.thread.start()

    def tell(self, **news: Any) -> None:
        """What the next beat says."""
        self.said.update(news)

    def beat(self) -> None:
        """Says it now."""
        with self.lock:
            said = {**self.said, "beat": time.time(), **promise(PROMISE_S)}
            if self.attempt.owns():
                try:
                    write_essential(self.attempt.folder, STATUS, said)
                except OSError:
                    self.missed += 1

    def end(self) -> None:
        """No beat comes by itself any more."""
        self.ended.set()
        if self.thread.ident:  # it was started
            self.thread.join(PROMISE_S)

    def _beat(self) -> None:
        while not self.ended.wait(BEAT_S):
            self.watch()
            self.beat()
