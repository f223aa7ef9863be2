"""Each start of a trainer on a folder is an attempt with a number, and the highest owns the folder. Needs no torch.

A trainer that was cut off and comes back finds a higher number and leaves. That is no lock: one write may still race, so
rows carry the number of their attempt and readers take the newest's.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .folder import ATTEMPTS, PRIVATE, read_json

DIGITS = 4


@dataclass(frozen=True)
class Attempt:
    """The attempt of this process on a folder."""

    folder: Path
    number: int

    def owns(self) -> bool:
        """True while no later attempt has been made, and the folder is there."""
        own, next_one = self._places
        return os.path.exists(own) and not os.path.exists(next_one)

    @cached_property
    def _places(self) -> tuple[str, str]:
        return place(self.folder, self.number), place(self.folder, self.number + 1)


def place(folder: Path, number: int) -> str:
    return f"{folder}/{ATTEMPTS}/{number:0{DIGITS}}"


def newest(folder: Path) -> int:
    """The number of the newest attempt, 0 where there is none."""
    try:
        with os.scandir(folder / ATTEMPTS) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return 0
    return max((int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10), default=0)


def claim(folder: Path, who: Mapping[str, Any]) -> Attempt:
    """A new attempt, which says who makes it; OSError where the folder cannot be written."""
    (folder / ATTEMPTS).mkdir(mode=PRIVATE, exist_ok=True)
    while True:
        number = newest(folder) + 1
        try:
            file = os.open(place(folder, number), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except FileExistsError:  # another came first
            continue
        with os.fdopen(file, "wb") as attempt:
            attempt.write(json.dumps({**who, "t": time.time(), "steady": time.monotonic()}).encode())
        return Attempt(folder, number)


def claimant(folder: Path, number: int) -> dict[str, Any]:
    """Who made an attempt and when ("t"), empty until it is written."""
    return read_json(folder, f"{ATTEMPTS}/{number:0{DIGITS}}")
