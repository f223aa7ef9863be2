"""What a run asks of its machine, as small charts with the value now, its unit and its limit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnlab.colours import BLUE, DARK_ORANGE, GREEN
from cnnlab.hardware import METRICS, Metric, latest, reason, series, why
from cnnlab.messages import N_, Message
from cnnlab.quantities import binary

from .charts import Chart, Line
from .downsampling import chosen

POINTS = 120
HEIGHT = 150
NOW, END = N_("from now"), N_("from the end")  # where zero is
COLOURS = {"gpu": GREEN, "run": BLUE, "host": DARK_ORANGE}


def charts(
    part: str,
    rows: Sequence[Mapping[str, Any]],
    say: Callable[[str], str],
    said: Callable[[Message], str],
    uuid: str = "",
    lives: bool = True,
) -> tuple[list[Chart], list[str]]:
    """A small chart for each metric of a part that was ever measured, seconds before the last row on x; and a sentence
    for each that never was, with the reason. Times run backwards from zero, which is now, or the end of what is over.
    """
    drawn, missing = [], []
    if not rows:
        return drawn, missing
    for metric in METRICS:
        if metric.part != part or not metric.chart:
            continue
        times, values = series(rows, metric, uuid)
        y = np.array([np.nan if value is None else value for value in values], dtype=float)
        if np.isnan(y).all():
            missing.append(f"{say(metric.title)}: {said(reason(why(rows[-1], metric, uuid) or 'first'))}")
            continue
        drawn.append(_chart(metric, np.array(times) - times[-1], y, rows, say, uuid, lives))
    return drawn, missing


def _chart(
    metric: Metric,
    x: np.ndarray,
    y: np.ndarray,
    rows: Sequence[Mapping[str, Any]],
    say: Callable[[str], str],
    uuid: str,
    lives: bool,
) -> Chart:
    told = ~np.isnan(y)
    x, y = x[told], y[told]
    places = chosen(y, POINTS)
    value, limit = latest(rows[-1], metric, uuid)
    unit = metric.unit
    now = "–" if value is None else figure(value, unit)
    if limit not in (None, 100):
        now = of(now, figure(limit, unit))
    title = say(metric.title)
    line = Line(title, COLOURS[metric.part], x[places], y[places])
    near = limit is not None and limit <= 4 * max(y.max(), 1e-9)  # a limit far above would flatten the line
    return Chart(
        metric.name,
        title,
        (line,),
        say(NOW if lives else END),
        "s",
        unit,
        height=HEIGHT,
        about=say(metric.about),
        now=now,
        alt=f"{title}: {now}",
        limit=float(limit) if near else None,
        low=0.0,
        high=100.0 if limit == 100 else None,
    )


def of(value: str, limit: str) -> str:
    """A figure and its limit, their unit said once.

    >>> of("24.6 GiB", "139 GiB"), of("800 MiB", "2.00 GiB"), of("5.8", "16")
    ('24.6 / 139 GiB', '800 MiB / 2.00 GiB', '5.8 / 16')
    """
    number, _, unit = value.partition(" ")
    return f"{number if unit and unit == limit.partition(' ')[2] else value} / {limit}"


def figure(value: float, unit: str) -> str:
    """A number and its unit, as people read them.

    >>> figure(3 << 30, "B"), figure(2048, "B/s"), figure(61, "%"), figure(123456, "J")
    ('3.00 GiB', '2.00 KiB/s', '61 %', '123 kJ')
    """
    if unit in ("B", "B/s"):
        return binary(value) + unit[1:]
    if unit == "J" and value >= 1000:
        return f"{value / 1000:,.3g} kJ" if value < 1_000_000 else f"{value / 3_600_000:,.3g} kWh"
    return f"{value:,.4g} {unit}".strip()
