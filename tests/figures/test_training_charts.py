"""Charts of runs hold the runs' own numbers, few enough of them, and say what is no number."""

import base64
import json
from itertools import pairwise

import numpy as np
import pytest

from cnnlab.colours import RUNS
from cnnlab.figures.charts import Chart, Line
from cnnlab.figures.smoothing import smoothed
from cnnlab.figures.training import CURVES, NAMES, PARTS, POINTS, Seen, curves, spread, throughput, times

GENERATOR = np.random.default_rng(0)


def columns(count, **more):
    steps = {"step": np.arange(1.0, count + 1), "t": 1.7e9 + np.arange(count) / 4, "samples": np.full(count, 64.0)}
    names = ("train/loss", "train/accuracy", "grad/norm", *(name for name, *_ in PARTS))
    steps |= {name: GENERATOR.random(count) + 0.1 for name in names} | {"lr": np.full(count, 0.01)}
    steps |= more
    return steps | {"speed": throughput(steps)}


def ended(*steps, **more):
    count = len(steps)
    names = {name: GENERATOR.random(count) for name in ("val/loss", "val/accuracy")}
    return (
        {"step": np.array(steps, dtype=float), "epoch": np.arange(1.0, count + 1), "t": 1.7e9 + np.array(steps) / 4}
        | names
        | more
    )


RUN = Seen("a", columns(200), ended(100, 200))


def charted(*runs, **settings):
    return {chart.name: chart for chart in curves(runs, str, **settings)}


def test_each_row_of_the_table_is_a_chart_with_the_run_s_numbers():
    drawn = charted(RUN, smoothing=0.0)
    assert list(drawn) == [curve.name for curve in CURVES]
    training, validation = drawn["loss"].lines
    np.testing.assert_array_equal(training.y, RUN.steps["train/loss"])
    np.testing.assert_array_equal(training.x, RUN.steps["step"])
    np.testing.assert_array_equal(validation.y, RUN.epochs["val/loss"])
    np.testing.assert_array_equal(validation.x, [100, 200])
    np.testing.assert_array_equal(drawn["accuracy"].lines[0].y, 100 * RUN.steps["train/accuracy"])


def test_training_and_validation_of_a_run_share_a_colour_and_differ_in_their_dash():
    runs = [Seen(name, RUN.steps, RUN.epochs, colour) for name, colour in zip("abc", RUNS, strict=False)]
    lines = [line for line in charted(*runs)["loss"].lines if not line.quiet]
    assert [(line.name, line.colour, line.dash) for line in lines] == [
        (f"{run.name}: {name}", run.colour, dash) for run in runs for name, dash in (("training", False), ("validation", True))
    ]  # fmt: skip
    assert len({line.colour for line in lines}) == 3


def test_a_legend_has_an_entry_a_run_and_says_what_is_dashed():
    runs = [Seen(name, RUN.steps, RUN.epochs, colour) for name, colour in zip("ab", RUNS, strict=False)]
    drawn = charted(*runs)
    assert [line.group for line in drawn["loss"].lines] == ["a", "a", "a", "b", "b", "b"]
    assert (drawn["loss"].note, drawn["norm"].note) == ("Dashed: validation.", "")
    assert {line.packed().get("group") for line in charted(RUN)["loss"].lines} == {None}


def test_a_smoothed_line_has_its_numbers_faintly_behind():
    behind, line, _ = charted(RUN, smoothing=0.9)["loss"].lines
    np.testing.assert_array_equal(line.y, smoothed(RUN.steps["train/loss"], 0.9)[line.x.astype(int) - 1])
    assert (behind.faint, behind.quiet, line.faint) == (True, True, False)
    np.testing.assert_array_equal(behind.y, RUN.steps["train/loss"])


@pytest.mark.parametrize("count", [1, 2])
def test_a_long_run_is_drawn_with_few_points_its_spike_among_them(count):
    long = columns(100_000)
    long["train/loss"][77_777] = 99.0
    drawn = charted(*[Seen(str(place), long, ended(100_000)) for place in range(count)])
    for chart in drawn.values():
        assert max(len(line.x) for line in chart.lines) <= POINTS
    assert 99.0 in drawn["loss"].lines[0].y


@pytest.mark.parametrize("count", [1, 2, len(RUNS)])
@pytest.mark.parametrize("smoothing", [0.0, 0.6])
@pytest.mark.parametrize("steps", [POINTS // 2, POINTS + 1, 700, 10_000])
def test_at_any_step_a_line_is_between_the_least_and_the_greatest_around_it(count, smoothing, steps):
    fall = 2.3 * np.exp(-np.arange(steps) / 8) + 0.01 * GENERATOR.random(steps)
    runs = [Seen(str(place), columns(steps, **{"train/loss": fall}), ended(), RUNS[place]) for place in range(count)]
    truth, near = smoothed(fall, smoothing) if smoothing else fall, 4 * steps // POINTS * 2
    for line in charted(*runs, smoothing=smoothing)["loss"].lines:
        seen = fall if line.faint else truth
        drawn = np.interp(np.arange(1.0, steps + 1), line.x, line.y)
        around = [seen[max(0, at - near) : at + near + 1] for at in range(steps)]
        assert len(line.x) >= min(steps, POINTS // 2)
        assert all(part.min() - 1e-9 <= y <= part.max() + 1e-9 for part, y in zip(around, drawn, strict=True))


def test_what_a_comparison_sends_is_bounded():
    runs = [Seen(str(place), columns(100_000), ended(100_000), colour) for place, colour in enumerate(RUNS)]
    assert len(json.dumps([chart.packed() for chart in curves(runs, str)])) < 120_000


def test_what_is_no_number_is_marked_with_its_place():
    loss = np.linspace(3, 1, 50)
    loss[[6, 8, 9]] = [np.nan, np.inf, -np.inf]
    lines = charted(Seen("a", columns(50, **{"train/loss": loss}), ended()))["loss"].lines
    assert lines[-1].bad == [(7.0, 0), (9.0, 1), (10.0, -1)]


def test_epochs_and_time_may_be_on_x():
    for axis, step, epoch in (("epoch", 0.01, 1.0), ("time", 0.25, 25.0)):
        training, validation = charted(RUN, axis=axis, smoothing=0.0)["loss"].lines
        assert training.x[1] - training.x[0] == pytest.approx(step)
        assert validation.x[0] == pytest.approx(epoch)
    assert charted(RUN, axis="time")["loss"].x_unit == "s"


def test_each_group_has_its_learning_rate_and_a_level_one_costs_two_points():
    steps = columns(200)
    del steps["lr"]
    steps |= {"lr/backbone": np.full(200, 0.001), "lr/head": np.full(200, 0.01)}
    lines = charted(Seen("a", steps, ended()))["rate"].lines
    assert [line.name for line in lines] == ["backbone", "head"]
    assert [line.y.tolist() for line in lines] == [[0.001, 0.001], [0.01, 0.01]]
    assert lines[0].colour != lines[1].colour


def test_a_run_that_just_began_has_charts():
    assert charted(Seen("a", columns(1), ended()))["loss"].lines[-1].x.tolist() == [1]
    assert charted(Seen("a", columns(0), ended())) == {}


def test_the_parts_of_a_step_stand_on_each_other():
    chart = times([(0.5, 8.5, (1, 2, 3, 4, 5)), (8.5, 9.5, (5, 4, 3, 2, 1))], str, "Time", "because")
    assert [line.name for line in chart.lines] == [name for _, name, _ in PARTS]
    assert [line.top.tolist() for line in chart.lines] == [
        [1, 1, 5, 5], [3, 3, 9, 9], [6, 6, 12, 12], [10, 10, 14, 14], [15, 15, 15, 15]]  # fmt: skip
    for below, line in pairwise(chart.lines):
        np.testing.assert_array_equal(below.top, line.y)
    assert chart.lines[0].x.tolist() == [0.5, 8.5, 8.5, 9.5]


def test_a_family_is_its_mean_with_a_band_of_one_standard_deviation():
    values = np.array([[0.5, 0.6], [0.7, 0.8], [0.9, 0.7]])
    band, line = spread("m", "Mean", [("three", np.array([1.0, 2.0]), values)], str, "%", 100).lines
    np.testing.assert_allclose(line.y, 100 * values.mean(axis=0))
    np.testing.assert_allclose((band.top - band.y) / 2, 100 * values.std(axis=0, ddof=1))
    assert spread("m", "Mean", [("one", np.array([1.0]), values[:1, :1])], str).lines[0].top.tolist() == [0.5]


def test_throughput_is_pictures_by_seconds():
    steps = {name: np.array([0.1, 0.0]) for name, *_ in PARTS} | {"samples": np.array([64.0, 64.0])}
    np.testing.assert_allclose(throughput(steps), [128, np.nan])


def test_numbers_travel_as_four_bytes_each():
    line = Line("a", RUNS[0], np.array([1, 2**24]), np.array([0.5, np.nan]), bad=[(2, 0)])
    packed = Chart("c", "C", (line,), "step").packed()["lines"][0]
    for name, values in (("x", [1, 2**24]), ("y", [0.5, np.nan]), ("bad", [2, 0])):
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(packed[name]), "<f4"), values)
    assert packed.keys() == {"name", "colour", "x", "y", "bad"}


def test_every_curve_of_the_table_has_a_name_for_its_lines():
    assert {curve.steps for curve in CURVES} | {curve.epochs for curve in CURVES if curve.epochs} <= set(NAMES)
