"""Where the time of a step goes adds up, and the verdict names what holds it up."""

from itertools import pairwise

import numpy as np
import pytest

from cnnlab.figures.training import PARTS as DRAWN
from cnnlab.training.timing import PARTS, RECENT, bars, shares, verdict


def columns(count, *seconds):
    return {"step": np.arange(1, count + 1)} | {
        name: np.full(count, part, dtype=float) for name, part in zip(PARTS, seconds, strict=True)
    }


@pytest.mark.parametrize("count", [1, 23, 24, 25, 1000, 99_999])
def test_bars_cover_all_steps_once(count):
    generator = np.random.default_rng(count)
    steps = columns(count, 0, 0, 0, 0, 0) | {name: generator.random(count) for name in PARTS}
    made = bars(steps)
    assert len(made) <= 24
    assert (made[0].first, made[-1].last) == (1, count)
    assert all(one.last + 1 == other.first for one, other in pairwise(made))
    total = sum(np.array(bar.seconds) * (bar.last - bar.first + 1) for bar in made)
    np.testing.assert_allclose(total, [steps[name].sum() for name in PARTS])


def test_shares_are_of_the_latest_steps_and_add_up():
    steps = columns(RECENT + 50, 1, 0, 1, 1, 1)
    steps["time/data"][:50] = 1000
    assert shares(steps) == {
        "time/data": 0.25,
        "time/transfer": 0.0,
        "time/forward": 0.25,
        "time/backward": 0.25,
        "time/optimizer": 0.25,
    }
    assert shares(columns(0, 1, 1, 1, 1, 1)) == {}


@pytest.mark.parametrize(
    ("seconds", "workers", "says"),
    [
        ((61, 0, 13, 13, 13), 0,
         "The step waits for data 61 % of the time: the trainer loads by itself. Workers would load beside it."),
        ((61, 0, 13, 13, 13), 2, "The step waits for data 61 % of the time: more workers or cheaper augmentation would help."),
        ((5, 50, 15, 15, 15), 2, "Copying to the device takes 50 % of the step: larger batches copy better."),
        ((5, 5, 20, 20, 50), 0, "The optimizer takes 50 % of the step: with larger batches it has fewer steps to take."),
        ((10, 1, 30, 50, 9), 0, "The network itself takes 80 % of the step."),
        ((19, 0, 30, 47, 4), 0, "None"),
    ],
)  # fmt: skip
def test_the_verdict_names_what_holds_the_step_up(seconds, workers, says):
    assert str(verdict(columns(10, *seconds), workers)) == says


def test_before_the_first_step_there_is_no_verdict():
    assert verdict(columns(0, 1, 1, 1, 1, 1), 0) is None


def test_the_parts_that_are_drawn_are_those_that_are_judged():
    assert [name for name, *_ in DRAWN] == list(PARTS)
