"""The new whole lines of a log that another process is writing. Needs no torch."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cnnlab import limits

from .folder import opened

CHUNK = 1 << 20


@dataclass(frozen=True)
class Line:
    """A row and where its text stands in the log."""

    row: dict[str, Any]
    start: int
    length: int


class Lines:
    """Reads a log on from where it stood; a last line without its end is left for next time.

    `skipped` counts lines that are no JSON object or too long; `cut` is true where there is more than is read;
    `turns` counts how often the file turned out to be another, so that all begins anew.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self.turns = 0
        self.identity = None
        self._begin()

    def _begin(self) -> None:
        self.place = self.skipped = 0  # where the rest began
        self.rest = b""
        self.lost = self.cut = False  # in the middle of a line that is not kept

    def open(self) -> BinaryIO | None:
        return opened(self.path.parent, self.path.name)

    def new(self, newest: int | None = None) -> Iterator[Line]:
        """Lines since the last call; with `newest` only those of the last so many bytes."""
        file = self.open()
        if file is None:
            return
        with file:
            status = os.fstat(file.fileno())
            self._recognise((status.st_dev, status.st_ino), status.st_size)
            read_to = self.place + len(self.rest)
            if newest and status.st_size - read_to > newest:
                self.place, self.rest, self.lost = status.st_size - newest, b"", True
                read_to = self.place
            file.seek(read_to)
            most = None if newest else limits.LOG_BYTES
            while not self.cut and (chunk := file.read(CHUNK)):
                read_to += len(chunk)
                yield from self._lines(chunk)
                self.cut = most is not None and read_to >= most

    def _recognise(self, identity: tuple[int, int], size: int) -> None:
        if self.identity not in (None, identity) or size < self.place + len(self.rest):
            self.turns += 1
            self._begin()
        self.identity = identity

    def _lines(self, chunk: bytes) -> Iterator[Line]:
        *whole, rest = (self.rest + chunk).split(b"\n")
        start, self.rest = self.place, rest
        self.place += sum(map(len, whole)) + len(whole)
        for text in whole:
            row = None if self.lost else parsed(text)
            self.skipped += row is None and bool(text) and not self.lost
            if row is not None:
                yield Line(row, start, len(text))
            start += len(text) + 1
            self.lost = False
        if len(self.rest) > limits.LOG_LINE:
            self.skipped += not self.lost
            self.lost = True
        if self.lost:
            self.place, self.rest = self.place + len(self.rest), b""


def parsed(text: bytes) -> dict[str, Any] | None:
    """The JSON object that a line says, None for anything else.

    >>> parsed(b'{"loss": NaN}'), parsed(b'{"loss": 0.1'), parsed(b"7")
    ({'loss': nan}, None, None)
    """
    if len(text) > limits.LOG_LINE:
        return None
    try:
        row = json.loads(text.decode())
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
