"""A formula filled in comes to the length that torch makes, at every step."""

import math
import re
import warnings

import pytest
from hypothesis import HealthCheck, assume, given, settings

from cnnlab.layers import LAYERS, out_shape
from cnnlab.layers.workings import LETTERS, WORKED, workings
from cnnlab.specs import SpecError
from tests.layers.random_layers import ROWS, layers

WORKED_ROWS = [spec for spec in ROWS if spec.family in WORKED]


def worth(text: str) -> float:
    """What a formula with numbers comes to."""
    for sign, python in (("⌊", "floor("), ("⌋", ")"), ("⌈", "ceil("), ("⌉", ")"), ("·", "*"), ("−", "-"), ("²", "**2")):
        text = text.replace(sign, python)
    assert re.fullmatch(r"(?:floor|ceil|[-0-9.+*/() ])+", text), text
    return eval(text, {"floor": math.floor, "ceil": math.ceil})


@pytest.mark.parametrize("spec", WORKED_ROWS, ids=lambda spec: spec.name)
def test_every_step_comes_to_the_length(spec):
    @settings(max_examples=8, database=None, suppress_health_check=list(HealthCheck))
    @given(layers(spec))
    def check(pair):
        call, shape = pair
        try:
            out = out_shape(call, shape)
        except SpecError:
            assume(False)
        shown = workings(call, shape)
        for each in shown:
            assert [worth(text) for text in (each.filled, *each.steps)] == [each.length] * (1 + len(each.steps))
            for before, after in zip((each.filled, *each.steps), each.steps, strict=False):
                assert before != after
            with_numbers = each.formula
            for letter, _ in each.letters:
                assert letter in with_numbers
                assert letter[0] in LETTERS or letter in LETTERS
        if len(shown) == len(out) - 1 and spec.sides:
            assert tuple(each.length for each in shown) == out[1:]
        assert {each.length for each in shown} >= {length for length in out if length not in shape} - {out[0]}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()


def test_ceil_mode_tells_of_the_window_that_is_left_out():
    kept, left = (workings(LAYERS["MaxPool1d"](kernel_size=1, stride=3, ceil_mode=True), (1, i))[0] for i in (4, 5))
    assert (kept.filled, kept.steps, kept.length) == (
        "⌈(4 + 2·0 − 1·(1 − 1) − 1) / 3⌉ + 1",
        ("⌈3 / 3⌉ + 1", "1 + 1"),
        2,
    )
    assert (left.steps, left.length, len(left.notes)) == (("⌈4 / 3⌉ + 1 − 1", "2 + 1 − 1"), 2, 1)


def test_the_odd_place_of_padding_same_stands_in_the_formula():
    call = LAYERS["Conv1d"](in_channels=1, out_channels=1, kernel_size=4, padding="same")
    assert [(each.formula, each.filled) for each in workings(call, (1, 9))] == [
        ("⌊(i + p₀ + p₁ − d·(k − 1) − 1) / s⌋ + 1", "⌊(9 + 1 + 2 − 1·(4 − 1) − 1) / 1⌋ + 1")
    ]


@pytest.mark.parametrize(
    ("dim", "shape", "side"),
    [
        (1, (4, 6, 8), "channels"),
        (2, (4, 6, 8), "height"),
        (-1, (4, 6, 8), "width"),
        (2, (4, 6), "length"),
        (1, (4,), "length"),
    ],
)
def test_the_side_that_is_halved_is_called_by_its_name(dim, shape, side):
    (working,) = workings(LAYERS["GLU"](dim=dim), shape)
    assert (working.side, working.length) == (side, shape[dim - (dim > 0)] // 2)


def test_output_padding_that_torch_chooses_is_worked_out():
    call = LAYERS["ConvTranspose2d"](in_channels=1, out_channels=1, kernel_size=3, stride=2, output_size=(9, 10))
    assert [dict(each.letters)["op"] for each in workings(call, (1, 4, 4))] == [0, 1]


def test_a_layer_that_leaves_the_shape_alone_has_nothing_to_work_out():
    assert workings(LAYERS["ReLU"](), (1, 4, 4)) == ()


def test_any_number_of_lengths_is_multiplied():
    (worked,) = workings(LAYERS["Flatten"](), (1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 3))
    assert (worked.length, worked.letters[-1]) == (6, ("n₁₀", 3))


@pytest.mark.parametrize(
    ("call", "shape", "filled", "steps", "length"),
    [
        (
            LAYERS["Upsample"](size=None, scale_factor=0.99999999),
            (1, 10000),
            "⌊10000 · 0.99999999⌋",
            ("⌊9999.9999⌋",),
            9999,
        ),
        (LAYERS["Upsample"](size=None, scale_factor=0.29), (1, 100), "⌊100 · 0.29⌋", ("⌊28.999999999999996⌋",), 28),
        (LAYERS["Flatten"](), (3, 16777217), "3 · 16777217", (), 50331651),
        (LAYERS["ConstantPad1d"](padding=(-1, 0), value=0.0), (1, 1234567), "1234567 + (−1) + 0", (), 1234566),
    ],
)
def test_no_digit_of_a_number_is_left_out(call, shape, filled, steps, length):
    (shown,) = workings(call, shape)
    assert (shown.filled, shown.steps, shown.length) == (filled, steps, length)
