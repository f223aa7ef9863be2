"""The figures of a scenario as a row of a table, beside what they are to reach."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.messages import RED_BOX
from tests.load.server import Cpu, Memory, Watch
from tests.load.session import Action

KB = 1000


@dataclass(frozen=True)
class Aim:
    """A figure of a row that is to be at most so much."""

    figure: str
    limit: float
    unit: str

    def met(self, row: "Row") -> bool:
        """True too where the figure is not known."""
        return not row.figures[self.figure] > self.limit

    def said(self, row: "Row") -> str:
        mark = "–" if math.isnan(row.figures[self.figure]) else "✓" if self.met(row) else "✗"
        return f"{mark} {self.figure} ≤ {self.limit:g} {self.unit}"


LIGHT = (Aim("CPU", 30, "ms"), Aim("socket", 40, "KB"))
ALONE = (*LIGHT, Aim("p50", 80, "ms"))
CLASS = (*LIGHT, Aim("p95", 400, "ms"))
BESIDE = (Aim("p95", 600, "ms"),)
LESSON = (Aim("max", 3000, "ms"),)
FIRST = (Aim("max", 300, "ms"),)


@dataclass
class Row:
    """One scenario: its actions, what they cost the server, its memory, and what was aimed at."""

    name: str
    visitors: int
    actions: Sequence[Action]
    cpu: Cpu = field(default_factory=lambda: Cpu(float("nan"), float("nan")))
    watch: Watch | None = None
    aims: Sequence[Aim] = ()
    note: str = ""
    aside: Sequence[Action] = ()  # of one whose waiting is no matter, but who must see no red box either

    @property
    def problems(self) -> list[str]:
        return [problem for action in self.actions for problem in action.problems]

    @property
    def every_problem(self) -> list[str]:
        theirs = [problem for action in self.aside for problem in action.problems]
        return [*self.problems, *(problem for problem in theirs if problem.startswith(RED_BOX))]

    @property
    def parts(self) -> list["Row"]:
        """A row for every kind of action, without what is the server's."""
        names = sorted({action.name for action in self.actions})
        return [Row(f"  {name}", self.visitors, [a for a in self.actions if a.name == name]) for name in names]

    @property
    def figures(self) -> dict[str, float]:
        """Milliseconds and KB, each of one action."""
        whole = [action.all_s * 1e3 for action in self.actions]
        count = max(len(self.actions), 1)
        return {
            "p50": percentile(whole, 0.5),
            "p95": percentile(whole, 0.95),
            "max": max(whole, default=float("nan")),
            "text p50": percentile([action.text_s * 1e3 for action in self.actions], 0.5),
            "CPU": self.cpu.alone * 1e3 / count,
            "CPU all": self.cpu.together * 1e3 / count,
            "socket": sum(action.socket_bytes for action in self.actions) / KB / count,
            "HTTP": sum(action.picture_bytes for action in self.actions) / KB / count,
        }

    @property
    def cells(self) -> list[str]:
        figures = [number(value) for value in self.figures.values()]
        verdicts = [aim.said(self) for aim in self.aims]
        problems = [f"{len(self.problems)} problems"] if self.problems else []
        said = "  ".join([*verdicts, *problems, *([self.note] if self.note else [])])
        return [self.name, str(self.visitors), str(len(self.actions)), *figures, *memory_cells(self.watch), said]


HEAD = ["", "visitors", "actions", "p50", "p95", "max", "text p50", "CPU", "CPU all", "socket", "HTTP"]
HEAD += ["own MiB", "resident MiB", "all MiB", "aims"]
LEGEND = (
    "p50, p95, max: ms until text and pictures are there, text p50: until the text is; CPU: ms of the server's process "
    "for an action, CPU all: of all processes;\nsocket, HTTP: KB of an action; MiB: before, at most, after; own and "
    "resident of the server's process, all: of all processes together, shared pages once."
)


def memory_cells(watch: Watch | None) -> list[str]:
    if watch is None or not watch.before.resident:
        return ["", "", ""]
    moments: tuple[Memory, ...] = (watch.before, watch.most, watch.after)
    return [" ".join(f"{moment.values[index]:.0f}" for moment in moments) for index in range(3)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least so large a share of them does not exceed.

    >>> percentile([4, 1, 3, 2], 0.5), percentile(range(1, 101), 0.95)
    (2, 95)
    """
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def number(value: float) -> str:
    """Three digits or whole numbers.

    >>> number(0.1234), number(12.34), number(1234.5)
    ('0.12', '12.3', '1234')
    """
    return (
        "–" if value != value else f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells with their columns aligned: the first and the last to the left, the others to the right.

    >>> print(table([["", "n", "aims"], ["alone", "10", "✓"]]))
            n  aims
    alone  10  ✓
    """
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [" " * (width - _width(cell)) + cell for cell, width in zip(row, widths, strict=True)]
        cells[0], cells[-1] = row[0] + " " * (widths[0] - _width(row[0])), row[-1]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
