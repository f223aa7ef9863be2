"""What the supervisor writes into the folder of a run: events, who may stop it, where it was started, how it was ended."""

import json
import os
import time
from pathlib import Path
from typing import Any

from cnnlab.training import attempts
from cnnlab.training.folder import EVENTS, EXIT, PRIVATE, opened, read_json, write_json
from cnnlab.training.heartbeat import who

KEYS, LAUNCH = "keys.json", "launch.json"


def note(folder: Path, event: str, **values: Any) -> None:
    """A line of its own among the events, also after one that a killed trainer left half written."""
    line = {"v": 1, "attempt": attempts.newest(folder), "t": time.time(), "event": event, "by": "supervisor", **values}
    file = opened(folder, EVENTS)
    torn = False
    if file is not None:
        with file:
            torn = file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(folder / EVENTS, flags, 0o600)
    try:
        os.write(descriptor, b"\n" * torn + json.dumps(line).encode() + b"\n")
    finally:
        os.close(descriptor)


def hold(folder: Path, visitor: str, key: str, launcher: str) -> None:
    """Whose run it is, by the digests of the visitor's token and of the key."""
    write_json(folder, KEYS, {"v": 1, "visitor": visitor, "key": key, "launcher": launcher, "created": time.time()})


def held_by(folder: Path) -> dict[str, Any] | None:
    """What `hold` wrote, None for a folder that was not made for a visitor."""
    said = read_json(folder, KEYS)
    kinds = {"visitor": str, "key": str, "launcher": str, "created": float}
    return said if all(isinstance(said.get(name), kind) for name, kind in kinds.items()) else None


def launched(folder: Path, launcher: str, ticket: str, **more: Any) -> None:
    write_json(folder, LAUNCH, {"v": 1, "launcher": launcher, "ticket": ticket, "t": time.time(), **more})


def left(folder: Path, code: int, after: int) -> None:
    """How the trainer ended, in its place: it could not say. `after` is the attempt before it was started."""
    attempt = attempts.newest(folder)
    if attempt == after:  # it did not come so far as to claim one
        (folder / attempts.ATTEMPTS).mkdir(mode=PRIVATE, exist_ok=True)
        attempt = attempts.claim(folder, who()).number
    write_json(folder, EXIT, {"attempt": attempt, "code": code})
