"""Specs, Params and Calls, on small rows of their own."""

import functools
import pickle

import pytest
import torch
from torch import nn

from cnnlab.specs import SCALAR, Call, Message, Param, Spec, SpecError, catalogue

SIZE = Param("size", int, start=8, low=1, high=64, lengths=(SCALAR, 2))
TURN = Param("degrees", default=0.0, low=-360, high=360, lengths=(SCALAR, 2), mirrored=True, rising=True)
MODE = Param("mode", str, default="a", options=("a", "b"))
ACTIVATION = Param("act", str, default=None, options={"relu": "torch.nn:ReLU", "pi": "math:pi"}, optional=True)
PAD = Spec("torch.nn:ZeroPad2d", (Param("padding", int, low=0, high=9, lengths=(SCALAR, 4)),), "pads", "shape")
STACK = Spec("torch.nn:Sequential", (Param("layers", Call, start=()),))


@pytest.mark.parametrize(
    ("param", "value", "message"),
    [
        (SIZE, 0, "size=0 is too small: use 1 or more."),
        (SIZE, 65, "size=65 is too large: use 64 or less."),
        (SIZE, 2.5, "size=2.5 must be a whole number."),
        (SIZE, (1, 2, 3), "size=(1, 2, 3) has 3 values: it takes 1 / 2."),
        (SIZE, (), "size=() has 0 values: it takes 1 / 2."),
        (SIZE, "8", "size='8' must be a finite number."),
        (SIZE, True, "size=True must be a finite number."),
        (SIZE, None, "size must have a value."),
        (TURN, -5, "degrees=-5 is too small: use 0 or more."),
        (TURN, (30, -30), "degrees=(30, -30) must go from the smaller to the larger number: use (-30, 30)."),
        (TURN, float("nan"), "degrees=nan must be a finite number."),
        (MODE, "c", "mode='c' is not one of its values: use a, b."),
        (Param("flag", bool), 1, "flag=1 must be True or False."),
    ],
)
def test_a_refusal_names_the_argument_its_value_and_a_way_out(param, value, message):
    with pytest.raises(SpecError) as refusal:
        param.check(value)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("param", "value"), [(SIZE, 8), (SIZE, [3, 4]), (TURN, (-5, 5)), (MODE, "b"), (ACTIVATION, None)]
)
def test_a_valid_value_comes_back_in_its_plain_form(param, value):
    assert param.check(value) == (tuple(value) if isinstance(value, list) else value)


def test_an_object_is_read_as_the_option_that_stands_for_it():
    assert ACTIVATION.check(nn.ReLU) == "relu"
    assert ACTIVATION.build("relu") is nn.ReLU
    assert ACTIVATION.code("relu") == "nn.ReLU"


def test_a_number_may_also_be_one_of_its_words():
    value = Param("value", default=0.0, low=0, options=("random",))
    assert value.check("random") == "random"
    assert value.check(3) == 3
    with pytest.raises(SpecError, match="not one of its values"):
        value.check("noise")


def test_a_spec_refuses_missing_and_unknown_arguments():
    with pytest.raises(SpecError, match="^ZeroPad2d needs a value for padding.$"):
        PAD()
    with pytest.raises(SpecError, match="^ZeroPad2d has no parameter size: it takes padding.$"):
        PAD(padding=1, size=2)


def test_a_call_builds_what_its_code_says():
    call = PAD(padding=[1, 2, 3, 4])
    image = torch.rand(1, 2, 2)
    assert torch.equal(call.build()(image), eval(call.code(), {"nn": nn})(image))


def test_a_call_of_a_partial_spec_builds_a_function_as_its_code_does():
    call = Spec("torch.nn.init:constant_", (Param("val"),), partial=True)(val=3)
    scope = {"functools": functools, "init": nn.init}
    assert call.code() == "functools.partial(init.constant_, val=3)"
    assert {target.module for target in call.targets()} == {"functools", "torch.nn.init"}
    for fill in (call.build(), eval(call.code(), scope)):
        assert fill(torch.zeros(2)).tolist() == [3, 3]


def test_a_catalogue_has_its_rows_by_name_in_their_order():
    assert list(catalogue((STACK, PAD)).items()) == [("Sequential", STACK), ("ZeroPad2d", PAD)]


def test_a_catalogue_refuses_two_rows_of_one_name():
    with pytest.raises(ValueError, match=r"^pi has two rows: math:pi and cmath:pi\.$"):
        catalogue((PAD, Spec("math:pi"), Spec("cmath:pi")))


def test_a_call_survives_a_dict_with_its_id_and_switch():
    call = STACK(layers=[PAD(padding=1).marked(id="first", enabled=False)])
    assert Call.from_dict(call.to_dict(), catalogue((PAD, STACK))) == call
    assert call.code() == "nn.Sequential(layers=[])"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"name": 3},
        {"name": "Nothing"},
        {"name": "ZeroPad2d", "params": []},
        {"name": "ZeroPad2d", "id": 1},
        {"name": "ZeroPad2d", "params": {"padding": {"a": 1}}},
        {"name": "Sequential", "params": {"layers": 5}},
        {"name": "Sequential", "params": {"layers": [5]}},
        {"name": "ZeroPad2d", "params": {"padding": 1}, "enabled": "no"},
    ],
)
def test_a_dict_that_is_no_call_is_refused(data):
    with pytest.raises(SpecError):
        Call.from_dict(data, catalogue((PAD, STACK)))


def test_errors_and_messages_survive_pickling():
    error = pickle.loads(pickle.dumps(SpecError("{a} is {b}", a=1, b=2)))
    assert (str(error), error.template, error.values) == ("1 is 2", "{a} is {b}", {"a": 1, "b": 2})
    assert str(pickle.loads(pickle.dumps(Message("{a}", {"a": 3})))) == "3"
