"""What tests of the supervisor share: waiting for events, folders of runs, and the end of all that was started."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnlab.training.heartbeat import began
from cnnlab.training.supervisor import Client, processes

STANDIN = "tests.training.standin"
PATIENCE_S = 60.0


def until(condition: Callable[[], Any], step: Callable[[], Any] = lambda: None) -> Any:
    """What the condition gives once it is true; `step` is done between two looks."""
    end = time.monotonic() + PATIENCE_S
    while not (got := condition()):
        assert time.monotonic() < end, "it did not come about"
        step()
        time.sleep(0.01)
    return got


def trainers(folder: Path) -> list[int]:
    """The processes that train in a folder."""
    return [process.pid for process in processes.running("-m", STANDIN, str(folder))]


def end_all(client: Client) -> None:
    """The supervisor of a root and all its trainers."""
    for words in (("-m", "cnnlab.training.supervisor", str(client.root.path), STANDIN),):
        for process in processes.running(*words):
            processes.end(process.pid, began(process.pid))
    for run in client.root.runs():
        for process in processes.running("-m", STANDIN, str(client.root.path / run)):
            processes.end(process.pid, began(process.pid))


def events(client: Client, run: str) -> list[str]:
    return [event["kind"] for event in client.run(run).events()]


def said(client: Client, run: str, kind: str) -> str:
    """The sentence of an event of the supervisor."""
    return next(event["says"]["text"] for event in client.run(run).events() if event["kind"] == kind)
