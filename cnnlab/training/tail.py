"""The records of a run, read while they are written; one reader serves all who watch. Needs no torch."""

import threading
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from heapq import merge
from math import nan
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cnnlab import limits

from .lines import Line, Lines, parsed

BEGIN, STEP, END = "attempt", "step", "end"
NOT_FINITE = "not finite"  # the reason of an END
ORDER = (STEP, "epoch", "histograms", END)  # of what belongs to the same step
KINDS, KIND_NAME = 20, 40
SETTLED = 4096  # rows that are put into columns at once
HEAVY = 8192  # characters of a row that is left in the file until it is asked for
DICTIONARY = 8  # bytes of memory for each character of a row that is kept as a dictionary
INTEGER = 40  # bytes of a step in a list
WHOLE = 2**53  # up to which whole numbers are exact as floats


def number(value: Any) -> float:
    """The value as a float, NaN where it is no number."""
    try:
        return float(value) if isinstance(value, (int, float)) else nan
    except OverflowError:
        return nan


class Columns:
    """Rows of numbers by column, 8 bytes each; what is no number is not kept."""

    def __init__(self):
        self.steps: list[int] = []
        self.waiting: list[dict[str, Any]] = []
        self.columns = {"step": array("d")}
        self.whole = {"step"}  # columns of whole numbers alone
        self.partial: set[str] = set()  # columns that some row lacks, where NaN stands for nothing

    @property
    def numbers(self) -> int:
        return len(self.steps) * max(1, len(self.columns))

    @property
    def held(self) -> int:
        return 8 * self.numbers + INTEGER * len(self.steps)

    def append(self, line: Line) -> None:
        self.steps.append(line.row["step"])
        self.waiting.append(line.row)
        if len(self.waiting) >= SETTLED:
            self.settle()

    def settle(self) -> None:
        """Puts rows into the columns, many at once."""
        rows, self.waiting = self.waiting, []
        settled = len(self.steps) - len(rows)
        for name in dict.fromkeys(name for row in rows for name in row if name not in self.columns):
            if name != "kind" and len(self.columns) < limits.LOG_COLUMNS:
                self.columns[name] = array("d", [nan]) * settled
                self.whole.add(name)
                self.partial |= {name} if settled else set()
        for name, column in self.columns.items() if rows else ():
            values = [row.get(name) for row in rows]
            kinds = set(map(type, values))
            if kinds != {int} or max(map(abs, values)) > WHOLE:
                self.whole.discard(name)
            if not kinds <= {int, float}:
                self.partial.add(name)
            column.extend(values if kinds == {float} else map(number, values))

    def cut(self, step: int) -> int:
        """Without the rows past a step; how many they were."""
        self.settle()
        before, keep = len(self.steps), bisect_right(self.steps, step)
        for column in (self.steps, *self.columns.values()):
            del column[keep:]
        return before - keep

    def row(self, place: int, file: BinaryIO | None = None) -> dict[str, Any]:
        self.settle()
        numbers = ((name, column[place]) for name, column in self.columns.items())
        said = {name: value for name, value in numbers if value == value or name not in self.partial}
        return {"kind": STEP} | {name: int(value) if name in self.whole else value for name, value in said.items()}

    def rows(self, file: BinaryIO | None) -> Iterator[dict[str, Any]]:
        self.settle()
        whole = (map(int, column) if name in self.whole else column for name, column in self.columns.items())
        for values in zip(*whole, strict=True):
            row = {"kind": STEP, **dict(zip(self.columns, values, strict=True))}
            for name in self.partial:
                if row[name] != row[name]:
                    del row[name]
            yield row

    def column(self, name: str) -> np.ndarray:
        self.settle()
        return np.array(self.columns[name]) if name in self.columns else np.full(len(self.steps), nan)


class Rows:
    """Other rows: as they are, the heavy ones by their place in the file."""

    def __init__(self):
        self.steps: list[int] = []
        self.kept: list[dict[str, Any] | tuple[int, int]] = []
        self.characters = 0

    @property
    def numbers(self) -> int:
        return 100 * len(self.steps)  # what a row of a few entries takes as a dictionary, in numbers of a column

    @property
    def held(self) -> int:
        return DICTIONARY * self.characters + 2 * INTEGER * len(self.steps)

    def append(self, line: Line) -> None:
        light = line.length <= HEAVY
        self.characters += line.length * light
        self.steps.append(line.row["step"])
        self.kept.append(line.row if light else (line.start, line.length))

    def cut(self, step: int) -> int:
        before, keep = len(self.steps), bisect_right(self.steps, step)
        del self.steps[keep:], self.kept[keep:]
        self.characters = self.characters * keep // max(1, before)
        return before - keep

    def row(self, place: int, file: BinaryIO | None) -> dict[str, Any]:
        row = self.kept[place]
        return read_back(file, *row) if isinstance(row, tuple) else row

    def rows(self, file: BinaryIO | None) -> Iterator[dict[str, Any]]:
        """Without those that can no longer be read back."""
        return filter(None, (self.row(place, file) for place in range(len(self.kept))))

    def column(self, name: str) -> np.ndarray:
        return np.array([number(row.get(name)) if isinstance(row, dict) else nan for row in self.kept], dtype=float)


def read_back(file: BinaryIO | None, start: int, length: int) -> dict[str, Any]:
    if file is None:
        return {}
    file.seek(start)
    return parsed(file.read(length)) or {}


class Tail:
    """Records by kind, each kind in order of its steps.

    `skipped` counts lines that say nothing, `dropped` rows of attempts that others took over from or that lie past the
    step from which a later one resumed; `cut` is true where the log says more than is read.
    """

    def __init__(self, path: Path):
        self.lines = Lines(path)
        self.lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self.turn, self.attempt, self.dropped, self.wrong = self.lines.turns, 0, 0, 0
        self.kinds: dict[str, Columns | Rows] = {}

    @property
    def skipped(self) -> int:
        return self.lines.skipped + self.wrong

    @property
    def cut(self) -> bool:
        return self.lines.cut

    @property
    def held(self) -> int:
        """Bytes of memory, roughly, that the records take."""
        return len(self.lines.rest) + sum(rows.held for rows in list(self.kinds.values()))

    def refresh(self) -> None:
        """Reads what was written since."""
        with self.lock:
            self._refresh()

    def rows(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Records of one kind, or all of them in order of their steps; changing them changes what others are given."""
        with self.lock:
            self._refresh()
            file = self.lines.open()
            try:
                order = (*ORDER, *self.kinds)
                names = sorted(self.kinds, key=order.index) if kind is None else [kind]
                kinds = [self.kinds[name].rows(file) for name in names if name in self.kinds]
                return list(merge(*kinds, key=lambda row: row["step"]))
            finally:
                if file is not None:
                    file.close()

    def steps(self, kind: str = STEP) -> list[int]:
        """The steps of the records of one kind."""
        with self.lock:
            self._refresh()
            rows = self.kinds.get(kind)
            return list(rows.steps) if rows else []

    def row(self, kind: str, step: int) -> dict[str, Any]:
        """The record of one kind at a step, empty where there is none: of heavy ones only this one is read."""
        with self.lock:
            self._refresh()
            rows = self.kinds.get(kind, Rows())
            place = bisect_right(rows.steps, step) - 1
            if place < 0 or rows.steps[place] != step:
                return {}
            file = self.lines.open()
            try:
                return rows.row(place, file)
            finally:
                if file is not None:
                    file.close()

    def columns(self, *names: str, kind: str = STEP) -> dict[str, np.ndarray]:
        """Numbers of the records of one kind as columns of the same length, NaN where a record lacks one."""
        with self.lock:
            self._refresh()
            rows = self.kinds.get(kind, Columns())
            return {name: rows.column(name) for name in names}

    def last(self) -> dict[str, Any]:
        """The newest record of a step, empty before the first."""
        with self.lock:
            self._refresh()
            steps = self.kinds.get(STEP)
            return steps.row(-1) if steps and steps.steps else {}

    def _refresh(self) -> None:
        for line in self.lines.new():
            if self.turn != self.lines.turns:
                self._begin()
            self._take(line)
        if self.turn != self.lines.turns:
            self._begin()
        if sum(rows.numbers for rows in self.kinds.values()) > limits.LOG_NUMBERS:
            self.lines.cut = True
        for rows in self.kinds.values():
            if isinstance(rows, Columns):
                rows.settle()

    def _take(self, line: Line) -> None:
        kind, attempt, step = (line.row.get(name) for name in ("kind", "attempt", "step"))
        said = isinstance(kind, str) and len(kind) <= KIND_NAME and (kind in self.kinds or len(self.kinds) < KINDS)
        if not said or type(attempt) is not int or type(step) is not int or not 0 <= step <= WHOLE:
            self.wrong += 1
            return
        if attempt < self.attempt:
            self.dropped += 1
            return
        if attempt > self.attempt:
            self._resume(attempt, step - 1 if kind == STEP else step)
        if kind == BEGIN:
            return
        rows = self.kinds.setdefault(kind, Columns() if kind == STEP else Rows())
        if rows.steps and step <= rows.steps[-1]:  # said once more: the newer holds
            self.dropped += rows.cut(step - 1)
        rows.append(line)

    def _resume(self, attempt: int, step: int) -> None:
        self.attempt = attempt
        self.dropped += sum(rows.cut(-1 if kind == END else step) for kind, rows in self.kinds.items())


class Recent:
    """The newest rows of a log that has no steps but times ("t"): events, or the machine."""

    def __init__(self, path: Path):
        self.lines = Lines(path)
        self.lock = threading.Lock()
        self.turn = 0
        self.kept: deque[dict[str, Any]] = deque(maxlen=limits.ROWS)
        self.lengths: deque[int] = deque(maxlen=limits.ROWS)

    @property
    def held(self) -> int:
        """Bytes of memory, roughly, that the rows take."""
        with self.lock:
            return len(self.lines.rest) + DICTIONARY * sum(self.lengths)

    def rows(self) -> list[dict[str, Any]]:
        with self.lock:
            for line in self.lines.new(limits.ROWS_BYTES):
                if self.turn != self.lines.turns:
                    self.kept.clear()
                    self.lengths.clear()
                    self.turn = self.lines.turns
                if isinstance(line.row.get("t"), (int, float)):
                    self.kept.append(line.row)
                    self.lengths.append(line.length)
            return list(self.kept)
