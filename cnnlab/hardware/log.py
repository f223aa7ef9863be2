"""The file that samples go to: it stays within so many rows, the older of them ever further apart."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TAIL = 1 << 16  # bytes at the end of a file in which its last row lies


class Log:
    """Rows appended to a file. Past `rows` of them every second row of the older half goes, in one exchange of the file:
    the newer half always has them all. A reader sees another file, shorter than the one it knew, and begins anew.

    Written by one sampler; whoever reads finds whole rows, but for the last one.
    """

    def __init__(self, path: Path, rows: int):
        self.path, self.rows = path, rows
        self.count = self._mend()

    def append(self, row: Mapping[str, Any]) -> None:
        """Raises OSError where the disk is full or the folder gone."""
        line = json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.write(file, line) < len(line):
                raise OSError("the disk is full")
        finally:
            os.close(file)
        self.count += 1
        if self.count > self.rows:
            self._thin()

    def last(self) -> dict[str, Any]:
        """The last row, empty where there is none."""
        if not self.path.is_file():
            return {}
        with self.path.open("rb") as file:
            file.seek(max(self.path.stat().st_size - TAIL, 0))
            lines = file.read().splitlines()
        try:
            return json.loads(lines[-1]) if lines else {}
        except ValueError:
            return {}

    def _mend(self) -> int:
        """Cut off what a sampler that was killed has left of a row, and count the rows."""
        if not self.path.is_file():
            return 0
        held = self.path.read_bytes()
        if not held.endswith(b"\n"):
            os.truncate(self.path, held.rfind(b"\n") + 1)
        return held.count(b"\n")

    def _thin(self) -> None:
        lines = self.path.read_bytes().splitlines(keepends=True)
        half = len(lines) // 2
        kept = lines[:half:2] + lines[half:]
        thinner = self.path.with_suffix(".thinner")
        thinner.write_bytes(b"".join(kept))
        os.replace(thinner, self.path)
        self.count = len(kept)
