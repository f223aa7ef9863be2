"""What a trainer writes down as it goes: rows of logs, one writer each. What fails is counted, never raised. No torch."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnlab import limits
from cnnlab.messages import N_, Message, SpecError

from .attempts import Attempt
from .folder import EVENTS, METRICS
from .tail import BEGIN, STEP

PLENTY = 3 / 4  # of a log may be rows of steps and histograms, so that the end is still said


class Appender:
    """Rows at the end of a log, each by one call of the system. After a torn row, of whomever, the next begins anew."""

    def __init__(self, path: Path):
        self.path = path
        self.file: int | None = None
        self.torn = False
        self.missed = self.size = 0

    def append(self, row: Mapping[str, Any]) -> bool:
        """False where the row could not be written, which is counted."""
        try:
            if self.file is None:
                self._open()
            data = b"\n" * self.torn + json.dumps(row, default=str).encode() + b"\n"
            written = os.write(self.file, data)
        except OSError:
            written, data = 0, b"\n"
        self.size += written
        whole = written == len(data)
        self.torn = not whole and (self.torn or written > 0)
        self.missed += not whole
        return whole

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        self.file = os.open(self.path, flags, 0o600)
        self.size = os.lseek(self.file, 0, os.SEEK_END)
        self.torn = self.size > 0 and os.pread(self.file, 1, self.size - 1) != b"\n"

    def close(self) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None


class Journal:
    """The records and events of one attempt, until another has taken over."""

    def __init__(self, attempt: Attempt):
        self.attempt = attempt
        self.metrics, self.events = Appender(attempt.folder / METRICS), Appender(attempt.folder / EVENTS)
        self.seq = self.left_out = 0

    def begin(self, step: int) -> None:
        """Says from which step this attempt goes on: readers drop what earlier ones recorded past it."""
        self.record({"kind": BEGIN, "step": step})

    def record(self, record: Mapping[str, Any]) -> None:
        if record["kind"] in (STEP, "histograms") and self.metrics.size > PLENTY * limits.LOG_BYTES:
            self.left_out += 1
            return
        self.seq += 1
        about = {"v": 1, "attempt": self.attempt.number, "seq": self.seq, "t": time.time()}
        self.metrics.append({**about, **record})

    def event(self, kind: str, says: Message | None = None, **more: Any) -> None:
        said = {} if says is None else {"says": spoken(says)}
        self.events.append({"v": 1, "attempt": self.attempt.number, "t": time.time(), "kind": kind, **said, **more})

    def missed(self) -> dict[str, int]:
        """How many rows each log lacks, because they could not be written or there were too many."""
        counts = {METRICS: self.metrics.missed + self.left_out, EVENTS: self.events.missed}
        return {name: count for name, count in counts.items() if count}

    def close(self) -> None:
        self.metrics.close()
        self.events.close()


def spoken(says: Message) -> dict[str, Any]:
    """A sentence as JSON, for pages to translate: its template, its values, and the English."""
    values = {name: value if isinstance(value, (int, float)) else str(value) for name, value in says.values.items()}
    return {"template": says.template, "values": values, "text": str(says)}


def told(error: BaseException) -> Message:
    """An error in a sentence; where it happened is for the log of the process."""
    if isinstance(error, SpecError):
        return Message(error.template, error.values)
    lines = str(error).strip().splitlines()
    values = {"kind": type(error).__name__, "line": lines[0][:300] if lines else "?"}
    return Message(N_("Training failed with {kind}: {line}"), values)
