"""Processes by what cannot be mistaken: a pid and when it began, for pids are given out again."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import psutil

from cnnlab.training.heartbeat import is_there


def family(pid: int) -> list[psutil.Process]:
    """The process and all below it."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def memory(pid: int, limit: int) -> int:
    """Bytes that the process and all below it hold.

    What they share is counted in each of them; above the limit it is counted once, where the system tells (Linux).
    """
    members = family(pid)
    held = sum(_held(member, exact=False) for member in members)
    return held if held <= limit else sum(_held(member, exact=True) for member in members)


def _held(process: psutil.Process, exact: bool) -> int:
    with suppress(psutil.Error):
        rough = process.memory_info().rss
        return getattr(process.memory_full_info(), "pss", rough) if exact else rough
    return 0


def send(pid: int, create_time: float, number: int) -> None:
    """A signal to this process, if it is still the same."""
    if is_there(pid, create_time):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def end(pid: int, create_time: float) -> None:
    """Kill the process and all that began in its session."""
    if is_there(pid, create_time):
        for process in family(pid):
            with suppress(psutil.Error):
                process.kill()
    for left in session(pid):
        with suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)


def session(pid: int) -> Iterator[int]:
    """Processes whose session a process began that is gone.

    The system gives no pid out again while a session bears its number, so they are that process's own.
    """
    if psutil.pid_exists(pid):
        return
    for other in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(other) == pid:
                yield other


def running(*words: str) -> Iterator[psutil.Process]:
    """Processes of this user whose command line ends in these words."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mine = process.uids().real == os.getuid() and tuple(process.cmdline()[-len(words) :]) == words
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                yield process
