"""Answers kept for whoever asks the same again: the least recently used go first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any


@dataclass
class Kept:
    """A value, what it takes, and when it is forgotten and was last asked for, in seconds of the monotonic clock."""

    value: Any
    size: int
    until: float
    used: float


class Store:
    """Values by key, at most so many bytes of them; used by several threads.

    >>> store = Store(10)
    >>> store.put("a", 1, 6)
    >>> store.put("b", 2, 6)
    >>> store.get("a"), store.get("b")
    (None, 2)
    """

    def __init__(self, most_bytes: int):
        self._most, self._held = most_bytes, 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()  # the one that was used last stands last
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        return self._held

    def put(self, key: Hashable, value: Any, size: int, seconds: float = float("inf")) -> None:
        """Keep a value of `size` bytes, for so many seconds at most; one larger than all room is not kept."""
        with self._lock:
            self._drop(key)
            if size > self._most:
                return
            now = time.monotonic()
            self._kept[key] = Kept(value, size, now + seconds, now)
            self._held += size
            while self._held > self._most:
                self._drop(next(iter(self._kept)))

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            kept, now = self._kept.get(key), time.monotonic()
            if kept is None:
                return None
            if now > kept.until:
                self._drop(key)
                return None
            kept.used = now
            self._kept.move_to_end(key)
            return kept.value

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._drop(key)

    def rest(self, seconds: float, most_bytes: int) -> None:
        """Let go of what nobody has asked for in so long, the oldest first, until no more than so many bytes are held."""
        with self._lock:
            before = time.monotonic() - seconds
            while self._held > most_bytes:
                key, kept = next(iter(self._kept.items()))
                if kept.used > before:
                    return
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        self._held -= kept.size if kept else 0
