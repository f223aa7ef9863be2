"""Params on small rows of their own: what they refuse, take, print and build."""

from dataclasses import fields
from math import inf, nan, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cnnlab import params
from cnnlab.params import LARGEST, REQUIRED, SCALAR, Param, short
from cnnlab.specs import Call, Spec, SpecError

SIZE = Param("size", int, start=8, low=1, high=64, lengths=(SCALAR, 2))
TURN = Param("degrees", default=0.0, low=-360, high=360, lengths=(SCALAR, 2), mirrored=True, rising=True)
MODE = Param("mode", str, default="a", options=("a", "b"))
ACTIVATION = Param("act", str, default=None, options={"relu": "torch.nn:ReLU", "pi": "math:pi"}, optional=True)
FLAG = Param("flag", bool, default=False)
WORD = Param("value", default=0.0, low=0, options=("random",))
STEPS = Param("layers", Call, start=())
BLUR = Param("blur", lengths=(2, 3), rising=True)
FREE = Param("x")
PADS = Spec("torch.nn:ZeroPad2d", (Param("padding", int),))


@pytest.mark.parametrize(
    ("param", "value", "message"),
    [
        (SIZE, 0, "size=0 is too small: use 1 or more."),
        (SIZE, 65, "size=65 is too large: use 64 or less."),
        (SIZE, (8, 65), "size=(8, 65) is too large: use 64 or less."),
        (SIZE, 2.5, "size=2.5 must be a whole number."),
        (SIZE, (8, 2.5), "size=(8, 2.5) must be a whole number."),
        (SIZE, (1, 2, 3), "size=(1, 2, 3) has 3 values: it takes 1 / 2."),
        (
            Param("stride", int, lengths=(SCALAR, 2)),
            (1,),
            "stride=(1,) is one value in brackets: leave these out, or give 2 values.",
        ),
        (FREE, [1.0], "x=[1.0] is one value in brackets: leave these out."),
        (SIZE, (), "size=() has 0 values: it takes 1 / 2."),
        (Param("size", int, lengths=(SCALAR, 1, 2)), [], "size=[] has 0 values: it takes 1 / 2."),
        (BLUR, 1, "blur=1 has 1 values: it takes 2 / 3."),
        (SIZE, "8", "size='8' must be a finite number."),
        (SIZE, True, "size=True must be a finite number."),
        (SIZE, (8, True), "size=(8, True) must be a finite number."),
        (SIZE, None, "size must have a value."),
        (TURN, -5, "degrees=-5 is too small: use 0 or more."),
        (TURN, (-361, 0), "degrees=(-361, 0) is too small: use -360 or more."),
        (TURN, (30, -30), "degrees=(30, -30) must go from the smaller to the larger number: use (-30, 30)."),
        (BLUR, (3, 1), "blur=(3, 1) must go from the smaller to the larger number: use (1, 3)."),
        (TURN, nan, "degrees=nan must be a finite number."),
        (FREE, inf, "x=inf must be a finite number."),
        (FREE, -inf, "x=-inf must be a finite number."),
        (MODE, "c", "mode='c' is not one of its values: use a, b."),
        (MODE, 1, "mode=1 is not one of its values: use a, b."),
        (ACTIVATION, "tanh", "act='tanh' is not one of its values: use relu, pi."),
        (ACTIVATION, 3, "act=3 is not one of its values: use relu, pi."),
        (WORD, "noise", "value='noise' is not one of its values: use random."),
        (WORD, -1, "value=-1 is too small: use 0 or more."),
        (FLAG, 1, "flag=1 must be True or False."),
        (STEPS, 5, "layers must be a list of steps."),
        (STEPS, PADS(padding=1), "layers must be a list of steps."),
        (STEPS, [PADS(padding=1), 5], "layers must be a list of steps."),
    ],
)
def test_a_refusal_names_the_argument_its_value_and_a_way_out(param, value, message):
    with pytest.raises(SpecError) as refusal:
        param.check(value)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("param", "value"),
    [
        (SIZE, 1),
        (SIZE, 64),
        (SIZE, [3, 4]),
        (SIZE, (64, 1)),
        (Param("size", int, lengths=(1,)), [5]),
        (TURN, 0),
        (TURN, (-5, 5)),
        (TURN, (-360, 360)),
        (BLUR, (2, 2)),
        (BLUR, (3, 2, 1)),
        (FREE, -0.5),
        (MODE, "b"),
        (ACTIVATION, "pi"),
        (ACTIVATION, None),
        (FLAG, True),
        (FLAG, False),
        (WORD, "random"),
        (WORD, 3),
        (STEPS, [PADS(padding=1), PADS(padding=2)]),
    ],
)
def test_a_valid_value_comes_back_in_its_plain_form(param, value):
    assert param.check(value) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("param", "value"), [(SIZE, 10**99), (SIZE, "8" * 99), (TURN, (7.5,) * 40), (MODE, "c" * 99), (FLAG, ["no"] * 40)]
)
def test_a_long_value_is_cut_in_its_refusal(param, value):
    with pytest.raises(SpecError) as refusal:
        param.check(value)
    assert str(refusal.value).startswith(f"{param.name}={short(value)} ")
    assert short(value).endswith("...")


@given(st.text(max_size=80) | st.integers().map(str))
def test_a_value_is_cut_only_where_its_source_is_longer_than_sixty_characters(value):
    source = repr(value)
    if len(source) <= 60:
        assert short(value) == source
    else:
        assert short(value).endswith("...")
        assert source.startswith(short(value).removesuffix("..."))
        assert len(short(value)) == 60


@pytest.mark.parametrize("length", [57, 58, 59, 60, 61, 62])
def test_a_source_of_sixty_characters_is_whole_and_a_longer_one_is_cut_to_as_many(length):
    source = repr("a" * (length - 2))
    assert short("a" * (length - 2)) == (source if length <= 60 else source[:57] + "...")


def test_the_largest_numbers_are_those_that_floats_tell_from_their_neighbours():
    assert FREE.check(LARGEST - 1) == -FREE.check(1 - LARGEST) == LARGEST - 1
    assert float(LARGEST - 2) != float(LARGEST - 1) != float(LARGEST)
    assert float(LARGEST) == float(LARGEST + 1)
    for number in (LARGEST, -LARGEST):
        with pytest.raises(SpecError) as refusal:
            FREE.check(number)
        assert str(refusal.value) == f"x={number} must be a finite number."


@pytest.mark.parametrize(("low", "lowest"), [(None, 0), (-360, 0), (0, 0), (0.5, 0.5), (5, 5)])
def test_a_mirrored_number_is_not_negative_and_its_pair_keeps_the_bounds(low, lowest):
    param = Param("degrees", low=low, high=9, lengths=(SCALAR, 2), mirrored=True)
    assert param.bounds(SCALAR) == (lowest, 9)
    assert param.bounds(2) == (low, 9)


def test_a_number_that_is_not_mirrored_has_its_own_bounds():
    assert SIZE.bounds(SCALAR) == SIZE.bounds(2) == (1, 64)
    assert Param("shift", low=-3).bounds(SCALAR) == (-3, None)


@pytest.mark.parametrize(
    ("param", "first"),
    [
        (Param("x"), None),
        (Param("x", start=8), 8),
        (Param("x", default=1.0), 1.0),
        (Param("x", default=1.0, start=8), 8),
        (Param("x", default=None, start=(), optional=True), ()),
        (Param("x", default=None, optional=True), None),
    ],
)
def test_a_new_call_begins_with_the_start_or_else_the_default(param, first):
    assert param.first == first


def test_a_parameter_without_a_default_is_required():
    assert FREE.required
    assert not TURN.required
    assert not ACTIVATION.required
    assert getattr(params, repr(REQUIRED)) is REQUIRED


def test_what_a_row_leaves_unsaid_is_absent_and_of_the_type_it_declares():
    unsaid = {field.name: getattr(FREE, field.name) for field in fields(Param)[3:] if field.name != "lengths"}
    assert not any(unsaid.values())
    for field in fields(Param):
        if field.type in (bool, str):
            assert isinstance(getattr(FREE, field.name), field.type)
    assert {name: unsaid[name] for name in ("start", "on", "low", "high", "step")} == dict.fromkeys(
        ("start", "on", "low", "high", "step")
    )
    assert dict(unsaid["labels"]) == {}
    assert tuple(unsaid["options"]) == ()


def test_an_object_is_read_as_the_option_that_stands_for_it():
    assert ACTIVATION.check(nn.ReLU) == "relu"
    assert ACTIVATION.check(pi) == "pi"
    assert ACTIVATION.build("relu") is nn.ReLU
    assert ACTIVATION.code("relu") == "nn.ReLU"


@pytest.mark.parametrize(
    ("param", "value"),
    [(SIZE, (3, 4)), (TURN, -0.5), (MODE, "b"), (FLAG, True), (ACTIVATION, None), (WORD, "random"), (STEPS, None)],
)
def test_a_plain_value_is_built_and_printed_as_itself(param, value):
    assert param.build(value) == value
    assert eval(param.code(value), {}) == value


def test_nested_calls_are_built_and_printed_in_their_order_without_those_switched_off():
    calls = STEPS.check([PADS(padding=n).marked(enabled=n != 2) for n in (1, 2, 3)])
    built, evaluated = STEPS.build(calls), eval(STEPS.code(calls), {"nn": nn})
    assert [pad.padding for pad in built] == [pad.padding for pad in evaluated] == [(1,) * 4, (3,) * 4]
    assert STEPS.code(calls) == "[nn.ZeroPad2d(padding=1), nn.ZeroPad2d(padding=3)]"
    assert STEPS.nests
    assert not SIZE.nests
