"""Hardware as small charts: the value now, its limit, and a reason for what is missing."""

import pytest

from cnnlab.figures.hardware import POINTS, charts, figure
from cnnlab.hardware import METRICS

GIB = 1 << 30


def row(second, **gpu):
    told = {"index": 0, "uuid": "GPU-1", "name": "Test", "mig": False, "why": {}} | gpu
    return {"t": 1.7e9 + second, "host": {"cpu": 50.0, "why": {"net_in": "first"}}, "run": {}, "gpus": [told]}


ROWS = [
    row(second, utilisation=second % 100, memory_used=second << 20, memory_total=2 * GIB, power=100.0, power_limit=700.0,
        fan=None, why={"fan": "NotSupported"})
    for second in range(1000)
]  # fmt: skip


def drawn(part, rows, uuid=""):
    made, missing = charts(part, rows, str, str, uuid)
    return {chart.name: chart for chart in made}, missing


def test_a_chart_has_the_value_now_its_unit_and_its_limit():
    made, missing = drawn("gpu", ROWS, "GPU-1")
    assert [(made[name].now, made[name].limit) for name in ("utilisation", "memory_used", "power")] == [
        ("99 %", 100.0), ("999 MiB / 2.00 GiB", 2.0 * GIB), ("100 / 700 W", None)]  # fmt: skip
    assert "Fan: This GPU does not measure it." in missing
    assert "fan" not in made


def test_the_newest_second_is_zero_and_points_are_few():
    line = drawn("gpu", ROWS, "GPU-1")[0]["utilisation"].lines[0]
    assert (line.x[0], line.x[-1]) == (-999, 0)
    assert len(line.x) <= POINTS
    assert (line.y.min(), line.y.max()) == (0, 99)


def test_zero_is_now_or_the_end_of_what_is_over():
    for lives, title in ((True, "from now"), (False, "from the end")):
        (chart, *_), _missing = charts("gpu", ROWS, str, str, "GPU-1", lives)
        assert chart.x_title == title


def test_another_gpu_and_nothing_measured_yet_have_no_charts():
    made, missing = drawn("gpu", ROWS, "GPU-2")
    assert made == {}
    assert len(missing) == sum(metric.part == "gpu" and metric.chart for metric in METRICS)
    assert drawn("host", []) == ({}, [])


def test_a_value_that_was_there_and_is_not_any_more_leaves_a_dash():
    made, _ = drawn("gpu", [*ROWS, row(1000, utilisation=None, why={"utilisation": "GpuIsLost"})], "GPU-1")
    assert made["utilisation"].now.startswith("–")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0, "B", "0 B"), (1536, "B/s", "1.50 KiB/s"), (61.25, "%", "61.25 %"), (500, "J", "500 J"),
     (7_200_000, "J", "2 kWh"), (3, "", "3")],
)  # fmt: skip
def test_figures_read_as_people_read_them(value, unit, text):
    assert figure(value, unit) == text
