"""Answers kept for whoever asks the same again: the least recently used go first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


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
        self._kept: OrderedDict[Hashable, tuple[Any, int, float]] = OrderedDict()
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
            self._kept[key] = (value, size, time.monotonic() + seconds)
            self._held += size
            while self._held > self._most:
                self._drop(next(iter(self._kept)))

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        with self._lock:
            value, _size, until = self._kept.get(key, (None, 0, 0.0))
            if value is None:
                return None
            if time.monotonic() > until:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return value

    def _drop(self, key: Hashable) -> None:
        _value, size, _until = self._kept.pop(key, (None, 0, 0.0))
        self._held -= size
