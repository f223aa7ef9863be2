"""Charts that change every second, as plain data: a browser draws them anew without a blink, and keeps its zoom.

(Streamlit takes a plotly figure with other numbers for another figure.)
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Line:
    """Points joined by a line, x rising; with `top` the area from y up to it.

    `faint` is what stands behind another line, `quiet` what neither legend nor pointer names, `solid` an area that
    stands for a number of its own. Lines of a `group` are one entry of the legend. `bad` are places on x where there is
    no number, with 0 for NaN, 1 and −1 for the infinities.
    """

    name: str
    colour: str
    x: np.ndarray
    y: np.ndarray
    top: np.ndarray | None = None
    dash: bool = False
    faint: bool = False
    dots: bool = False
    quiet: bool = False
    solid: bool = False
    bad: Sequence[tuple[float, int]] = ()
    group: str = ""

    def packed(self) -> dict[str, Any]:
        flags = {name: True for name in ("dash", "faint", "dots", "quiet", "solid") if getattr(self, name)}
        areas = {} if self.top is None else {"top": _packed(self.top)}
        bad = {"bad": _packed(np.array(self.bad, dtype=float).reshape(-1))} if self.bad else {}
        told = {"name": self.name, "colour": self.colour, "x": _packed(self.x), "y": _packed(self.y)}
        return told | areas | bad | flags | ({"group": self.group} if self.group else {})


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines over one x. Words are as the visitor reads them; `unit` is "B", "B/s", "s" (said in what reads well), "%" …

    `now` stands beside the title, `note` below; `limit` is a dotted line, `low` and `high` where the upright axis ends.
    """

    name: str
    title: str
    lines: tuple[Line, ...]
    x_title: str
    x_unit: str = ""
    unit: str = ""
    log: bool = False
    height: int = 250
    about: str = ""
    now: str = ""
    note: str = ""
    alt: str = ""
    limit: float | None = None
    low: float | None = None
    high: float | None = None

    def packed(self) -> dict[str, Any]:
        """For the browser, numbers as base64 of 4 bytes each."""
        names = ("name", "title", "unit", "log", "height", "about", "now", "note", "limit", "low", "high")
        told = {name: value for name in names if (value := getattr(self, name)) not in ("", None)}
        lines = [line.packed() for line in self.lines]
        return {
            "log": False,
            "unit": "",
            **told,
            "alt": self.alt or self.title,
            "x": {"title": self.x_title, "unit": self.x_unit},
            "lines": lines,
        }


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()
