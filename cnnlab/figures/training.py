"""What runs have learnt, as charts over their steps, their epochs or the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from cnnlab.colours import BLUE, DARK_ORANGE, GRAY, GREEN, ORANGE, RUNS, SKY
from cnnlab.messages import N_

from .charts import Chart, Line
from .downsampling import broken, chosen
from .smoothing import smoothed

POINTS = 300  # of a line, half of them at least: a pair each 3 to 6 pixels; what goes to every watcher is counted
MARKS = 50  # of what is no number
FEW = 3  # runs that are drawn with what stands behind their smoothed lines

Columns = Mapping[str, np.ndarray]
Say = Callable[[str], str]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a run has said: columns of its steps and of its epochs, among them "step" and "t"."""

    name: str
    steps: Columns
    epochs: Columns
    colour: str = BLUE

    @property
    def iterations(self) -> float:
        """Steps of an epoch, as far as they are known: those of the longest until one is over."""
        ended = self.epochs["step"]
        return float(ended[-1] / len(ended)) if len(ended) else float(max(self.steps["step"], default=1))

    def along(self, axis: str, columns: Columns) -> np.ndarray:
        if axis == "epoch":
            return columns["step"] / self.iterations
        if axis == "time":
            return columns["t"] - (self.steps["t"][0] if len(self.steps["t"]) else 0)
        return columns["step"]


@dataclass(frozen=True)
class Curve:
    """A chart of the table: the column of the steps that begin so, and that of the epochs."""

    name: str
    title: str
    about: str
    steps: str = ""
    epochs: str = ""
    unit: str = ""
    factor: float = 1
    log: bool = False
    smooth: bool = True


CURVES = (
    Curve("loss", N_("Loss"), N_("What training makes small: of each batch, and of all validation pictures after an epoch."),
          "train/loss", "val/loss"),
    Curve("accuracy", N_("Accuracy"), N_("Share of pictures whose most probable class is the right one."),
          "train/accuracy", "val/accuracy", "%", 100),
    Curve("rate", N_("Learning rate"), N_("How far a step goes, for each group of parameters."), "lr", smooth=False),
    Curve("norm", N_("Gradient norm"), N_("Length of the gradient of all parameters together, before it is clipped."),
          "grad/norm", log=True),
    Curve("speed", N_("Throughput"), N_("Pictures a second, all devices together."), "speed", unit=""),
)  # fmt: skip
AXES = {"step": (N_("step"), ""), "epoch": (N_("epoch"), ""), "time": (N_("time"), "s")}
NAMES = {  # columns that a chart shows; lr/<group> by the group's own name
    "train/loss": N_("training"),
    "train/accuracy": N_("training"),
    "val/loss": N_("validation"),
    "val/accuracy": N_("validation"),
    "lr": N_("learning rate"),
    "grad/norm": N_("gradient"),
    "speed": N_("pictures a second"),
}
VALIDATION = N_("Dashed: validation.")
PARTS = (  # of a step's time: what waits is gray and yellow, the network green, what goes back orange
    ("time/data", N_("waiting for data"), GRAY),
    ("time/transfer", N_("copying"), SKY),
    ("time/forward", N_("forward"), GREEN),
    ("time/backward", N_("backward"), ORANGE),
    ("time/optimizer", N_("optimizer"), DARK_ORANGE),
)


def curves(
    runs: Sequence[Seen], say: Say, axis: str = "step", smoothing: float = 0.6, log: bool = False
) -> list[Chart]:
    """A chart for each row of CURVES of which a run knows something; several runs lie over each other.

    `smoothing` weighs what is past (0 to 1): then the lines are smooth, with the numbers themselves faintly behind.
    """
    title, unit = AXES[axis]
    drawn = []
    for curve in CURVES:
        lines = [line for run in runs for line in _lines(run, curve, say, axis, smoothing, len(runs))]
        if lines:
            logarithmic = curve.log or (log and curve.name == "loss")
            high = 100 if curve.unit == "%" else None
            words = {"title": say(curve.title), "about": say(curve.about), "x_title": say(title), "x_unit": unit}
            alt = _told(say(curve.title), lines)
            if len(runs) > 1:
                words["note"] = say(VALIDATION) if any(line.dash for line in lines) else ""
            drawn.append(
                Chart(curve.name, lines=tuple(lines), unit=curve.unit, log=logarithmic, high=high, alt=alt, **words)
            )
    return drawn


def _lines(run: Seen, curve: Curve, say: Say, axis: str, smoothing: float, count: int) -> list[Line]:
    before = f"{run.name}: " if count > 1 else ""
    names = (
        [name for name in run.steps if name == curve.steps or name.startswith(f"{curve.steps}/")] if curve.steps else []
    )
    lines = []
    for place, name in enumerate(names):
        called = before + (say(NAMES[name]) if name in NAMES else name.partition("/")[2])
        colour = run.colour if count > 1 else RUNS[place % len(RUNS)]
        values, x = run.steps[name] * curve.factor, run.along(axis, run.steps)
        lines += _training(called, colour, x, values, smoothing if curve.smooth else 0.0, count)
    if curve.epochs in run.epochs and np.isfinite(run.epochs[curve.epochs]).any():
        values, x = run.epochs[curve.epochs] * curve.factor, run.along(axis, run.epochs)
        places = chosen(values, POINTS)
        called = before + say(NAMES[curve.epochs])
        lines.append(Line(called, run.colour, x[places], values[places], dash=True, dots=True, bad=_bad(x, values)))
    return [replace(line, group=run.name) for line in lines] if count > 1 else lines


def _training(name: str, colour: str, x: np.ndarray, values: np.ndarray, smoothing: float, count: int) -> list[Line]:
    if not len(values):
        return []
    bad = _bad(x, values)
    if not smoothing:
        places = _turning(values, chosen(values, POINTS))
        return [Line(name, colour, x[places], values[places], bad=bad)]
    smooth = smoothed(values, smoothing)
    places = chosen(smooth, POINTS)
    line = Line(name, colour, x[places], smooth[places], bad=bad)
    if count > FEW:
        return [line]
    behind = chosen(values, POINTS)
    return [Line("", colour, x[behind], values[behind], faint=True, quiet=True), line]


def _turning(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Those of the places that a line needs: within a level stretch none."""
    drawn = values[places]
    level = np.zeros(len(places), dtype=bool)
    level[1:-1] = (drawn[1:-1] == drawn[:-2]) & (drawn[1:-1] == drawn[2:])
    return places[~level]


def _bad(x: np.ndarray, values: np.ndarray) -> list[tuple[float, int]]:
    kinds = {inf: 1, -inf: -1}
    return [(float(x[place]), kinds.get(float(values[place]), 0)) for place in broken(values, MARKS)]


def _told(title: str, lines: Sequence[Line]) -> str:
    """The chart in words: each line's name and its last number."""
    ends = [f"{line.name} {line.y[-1]:.4g}" for line in lines if not line.quiet and len(line.y)]
    return f"{title}: {', '.join(ends)}"


def throughput(steps: Columns) -> np.ndarray:
    """Pictures a second of each step, by the parts of its time."""
    seconds = sum(np.nan_to_num(steps[name]) for name, *_ in PARTS)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seconds > 0, steps["samples"] / seconds, np.nan)


def times(
    bars: Sequence[tuple[float, float, Sequence[float]]], say: Say, title: str, note: str = "", axis: str = "step"
) -> Chart:
    """Where the time of steps goes: for each (from, to, seconds of each part) a bar of stacked parts."""
    edges = np.array([edge for low, high, _ in bars for edge in (low, high)], dtype=float)
    heights = np.array([seconds for *_, seconds in bars], dtype=float).reshape(len(bars), len(PARTS))
    tops = np.repeat(np.cumsum(heights, axis=1), 2, axis=0)
    lines = []
    for place, (_, name, colour) in enumerate(PARTS):
        floor = tops[:, place - 1] if place else np.zeros(len(edges))
        lines.append(Line(say(name), colour, edges, floor, top=tops[:, place], solid=True))
    words, unit = AXES[axis]
    return Chart("time", title, tuple(lines), say(words), unit, unit="s", low=0.0, note=note, alt=f"{title}: {note}")


def spread(
    name: str,
    title: str,
    groups: Sequence[tuple[str, np.ndarray, np.ndarray]],
    say: Say,
    unit: str = "",
    factor: float = 1,
) -> Chart:
    """For each (name, epochs, values of several runs as rows) their mean and, one standard deviation wide, a band."""
    lines = []
    for (called, x, values), colour in zip(groups, RUNS, strict=False):
        mean = np.mean(values, axis=0) * factor
        wide = np.std(values, axis=0, ddof=1) * factor if len(values) > 1 else np.zeros(len(x))
        lines.append(Line("", colour, x, mean - wide, top=mean + wide, quiet=True))
        lines.append(Line(called, colour, x, mean, dots=True))
    high = 100 if unit == "%" else None
    return Chart(name, title, tuple(lines), say(AXES["epoch"][0]), unit=unit, high=high, alt=_told(title, lines))
