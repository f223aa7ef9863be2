"""Whether a trainer lives: its process by number and start, and the promise of its next heartbeat. Needs no torch."""

import os
import socket
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil

BEAT_S, PROMISE_S = 1.0, 15.0
START_S = 120.0  # between the claim of an attempt and its first heartbeat
SAME_S = 1.0  # by which two clocks may differ about the start of one process
BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def machine() -> str:
    """This machine since it was last started: process numbers of another mean nothing here."""
    boot = BOOT.read_text().strip() if BOOT.exists() else ""
    return f"{socket.gethostname()} {boot}".strip()


def who() -> dict[str, Any]:
    """This process, in a way that tells it from a later one of the same number."""
    return {"pid": os.getpid(), "create_time": psutil.Process().create_time(), "host": machine()}


def lives(said: Mapping[str, Any]) -> bool:
    """True for a heartbeat whose promise holds, of a process that is there if it is one of this machine."""
    promise = said.get("next_beat_before")
    if not isinstance(promise, (int, float)) or not time.time() <= promise:
        return False
    return said.get("host") != machine() or is_there(said.get("pid"), said.get("create_time"))


def is_there(pid: Any, create_time: Any) -> bool:
    """True for a process of this machine, and no other that was given its number, and no zombie."""
    if type(pid) is not int or pid <= 0 or not isinstance(create_time, (int, float)):
        return False
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - create_time) < SAME_S and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OverflowError):
        return False
