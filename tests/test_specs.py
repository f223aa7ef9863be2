"""Specs and Calls, on small rows of their own; what concerns one argument is in test_params."""

import functools
import json
import math
import pickle
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_origin

import pytest
import torch
from torch import nn

from cnnlab import limits
from cnnlab.specs import SCALAR, Call, Message, Param, Spec, SpecError, catalogue

PAD = Spec("torch.nn:ZeroPad2d", (Param("padding", int, low=0, high=9, lengths=(SCALAR, 4)),), "pads", "shape")
STACK = Spec("torch.nn:Sequential", (Param("layers", Call, start=()),))
KINDS = {"relu": "torch.nn:ReLU", "pi": "math:pi"}
CHOICE = Spec(
    "builtins:dict", (Param("act", str, default="relu", options=KINDS, optional=True), Param("gain", default=1))
)


def below(values: Mapping[str, Any]) -> None:
    if values["a"] >= values["b"]:
        raise SpecError("a={a} is not below b={b}.", a=values["a"], b=values["b"])


PAIR = Spec("random:uniform", (Param("a", default=0.0, start=0.5), Param("b", default=1.0)), check=below)
ROWS = catalogue((PAD, STACK, CHOICE, PAIR))
PADDED = {"name": "ZeroPad2d", "params": {"padding": 1}, "enabled": True}


@pytest.mark.parametrize(
    ("spec", "values", "message"),
    [
        (PAD, {}, "ZeroPad2d needs a value for padding."),
        (PAD, {"padding": 1, "size": 2}, "ZeroPad2d has no parameter size: it takes padding."),
        (PAIR, {"low": 1}, "uniform has no parameter low: it takes a, b."),
        (Spec("math:pi"), {"low": 1}, "pi has no parameter low: it takes ()."),
        (PAIR, {"a": 2}, "a=2 is not below b=1.0."),
    ],
)
def test_a_spec_refuses_missing_unknown_and_unsuitable_arguments(spec, values, message):
    with pytest.raises(SpecError) as refusal:
        spec(**values)
    assert str(refusal.value) == message


def test_what_a_row_leaves_unsaid_is_absent_and_of_the_type_it_declares():
    spec = Spec("math:pi")
    for field in fields(Spec)[1:]:
        value = getattr(spec, field.name)
        assert field.name == "check" or not value
        assert isinstance(value, get_origin(field.type) or field.type)
    assert (spec().id, spec().enabled, spec().values) == ("", True, {})
    assert (spec.nested, spec().children, spec().changed()) == (None, (), {})


def test_a_spec_goes_by_the_name_of_its_target_and_its_call_by_the_same():
    assert PAD.name == PAD(padding=1).name == "ZeroPad2d"


def test_an_example_begins_with_the_start_of_every_parameter():
    assert STACK.example() == STACK(layers=())
    assert PAIR.example().values == {"a": 0.5, "b": 1.0}


def test_a_call_holds_what_was_said_in_its_plain_form_and_defaults_for_the_rest():
    call = PAD(padding=[1, 2, 3, 4])
    assert (call.values, call["padding"]) == ({"padding": (1, 2, 3, 4)}, (1, 2, 3, 4))
    assert PAIR(a=0.25).values == {"a": 0.25, "b": 1.0}


def test_a_call_with_other_values_keeps_the_rest_and_is_checked_anew():
    call = PAIR(a=0.25, b=3).marked(id="first", enabled=False)
    assert call.replace(a=2) == PAIR(a=2, b=3).marked(id="first", enabled=False)
    assert call.replace(a=2).marked(enabled=True) == PAIR(a=2, b=3).marked(id="first")
    with pytest.raises(SpecError, match=r"^a=4 is not below b=3\.$"):
        call.replace(a=4)


def test_children_are_the_calls_that_a_call_holds():
    pads = PAD(padding=1), PAD(padding=2)
    assert STACK.nested is STACK.params[0]
    assert STACK(layers=list(pads)).children == pads


def test_a_change_is_what_differs_from_a_default_or_has_none():
    assert PAD(padding=0).changed() == {"padding": 0}
    assert PAIR(b=3).changed() == {"b": 3}
    assert PAIR(a=0.0, b=1.0).changed() == {}
    assert eval(PAIR(a=0.25, b=3).code(), {"uniform": dict}) == {"a": 0.25, "b": 3}


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


def test_targets_are_all_that_the_source_of_a_call_names():
    call = STACK(layers=[PAD(padding=1), CHOICE(act="pi"), CHOICE(act=None), CHOICE(gain=2)])
    assert [target.path for target in call.targets()] == [
        "torch.nn:Sequential",
        "torch.nn:ZeroPad2d",
        "builtins:dict",
        "math:pi",
        "builtins:dict",
        "builtins:dict",
    ]
    assert call.code() == "nn.Sequential(layers=[nn.ZeroPad2d(padding=1), dict(act=pi), dict(act=None), dict(gain=2)])"


def test_an_object_is_built_with_the_values_that_were_not_said_too():
    assert CHOICE(act="pi").build() == {"act": math.pi, "gain": 1}
    assert CHOICE(gain=2).build() == {"act": nn.ReLU, "gain": 2}


@pytest.mark.parametrize(
    ("call", "data"),
    [
        (PAIR(), {"name": "uniform"}),
        (PAIR(b=3), {"name": "uniform", "params": {"b": 3}}),
        (PAIR().marked(id="a"), {"name": "uniform", "id": "a"}),
        (PAIR().marked(enabled=False), {"name": "uniform", "enabled": False}),
        (PAD(padding=0), {"name": "ZeroPad2d", "params": {"padding": 0}}),
        (PAD(padding=(1, 2, 3, 4)), {"name": "ZeroPad2d", "params": {"padding": [1, 2, 3, 4]}}),
        (CHOICE(act=None), {"name": "dict", "params": {"act": None}}),
        (STACK(layers=()), {"name": "Sequential", "params": {"layers": []}}),
        (STACK(layers=[PAD(padding=1)] * 2), {"name": "Sequential", "params": {"layers": [PADDED, PADDED]}}),
    ],
)
def test_a_call_is_plain_json_data_without_what_is_empty(call, data):
    assert call.to_dict() == json.loads(json.dumps(call.to_dict())) == {"enabled": True, **data}
    assert Call.from_dict(data, ROWS) == Call.from_dict(call.to_dict(), ROWS) == call


def test_a_call_is_enabled_and_nameless_where_a_dict_says_nothing_else():
    call = Call.from_dict({"name": "uniform"}, ROWS)
    assert (call.id, call.enabled, call) == ("", True, PAIR())


def test_a_call_survives_a_dict_with_its_id_and_switch():
    call = STACK(layers=[PAD(padding=1).marked(id="first", enabled=False)])
    assert Call.from_dict(call.to_dict(), ROWS) == call
    assert call.code() == "nn.Sequential(layers=[])"


def test_an_id_keeps_the_64_characters_that_the_docstring_promises():
    for length in (63, 64, 65, 300):
        assert Call.from_dict({**PADDED, "id": "a" * length}, ROWS).id == "a" * min(length, 64)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "A step must be an object with a name, and this is None."),
        ([], "A step must be an object with a name, and this is []."),
        ({}, "A step must be an object with a name, and this is {}."),
        ({"name": 3}, "A step must be an object with a name, and this is {'name': 3}."),
        ("a" * 99, f"A step must be an object with a name, and this is '{'a' * 56}...."),
        ({"name": "Nothing"}, "There is no 'Nothing' here."),
        ({"name": "a" * 99}, f"There is no '{'a' * 56}... here."),
        ({"name": "ZeroPad2d"}, "ZeroPad2d needs a value for padding."),
        ({"name": "ZeroPad2d", "params": []}, "The description of ZeroPad2d is not well formed."),
        ({"name": "ZeroPad2d", "params": None}, "The description of ZeroPad2d is not well formed."),
        ({**PADDED, "id": 1}, "The description of ZeroPad2d is not well formed."),
        ({**PADDED, "id": None}, "The description of ZeroPad2d is not well formed."),
        ({**PADDED, "enabled": "no"}, "The description of ZeroPad2d is not well formed."),
        ({**PADDED, "enabled": None}, "The description of ZeroPad2d is not well formed."),
        ({"name": "ZeroPad2d", "params": {"size": 1}}, "ZeroPad2d has no parameter size: it takes padding."),
        ({"name": "ZeroPad2d", "params": {"padding": {"a": 1}}}, "padding={'a': 1} must be a finite number."),
        (
            {"name": "ZeroPad2d", "params": {"padding": [{}]}},
            "padding=[{}] is one value in brackets: leave these out, or give 4 values.",
        ),
        ({"name": "Sequential", "params": {"layers": 5}}, "layers must be a list of steps."),
        ({"name": "Sequential", "params": {"layers": [5]}}, "A step must be an object with a name, and this is 5."),
    ],
)
def test_a_dict_that_is_no_call_is_refused(data, message):
    with pytest.raises(SpecError) as refusal:
        Call.from_dict(data, ROWS)
    assert str(refusal.value) == message


@pytest.mark.parametrize("levels", [limits.STEP_DEPTH, limits.STEP_DEPTH + 1, 5000])
def test_calls_are_read_as_deep_as_a_pipeline_may_be_and_no_deeper(levels):
    data = PADDED
    for _ in range(levels - 1):
        data = {"name": "Sequential", "params": {"layers": [data]}, "enabled": True}
    if levels <= limits.STEP_DEPTH:
        assert Call.from_dict(data, ROWS).to_dict() == data
    else:
        with pytest.raises(SpecError) as refusal:
            Call.from_dict(data, ROWS)
        assert str(refusal.value) == "The steps are nested too deeply: at most 4 levels."


def test_errors_and_messages_survive_pickling():
    error = pickle.loads(pickle.dumps(SpecError("{a} is {b}", a=1, b=2)))
    assert (str(error), error.template, error.values) == ("1 is 2", "{a} is {b}", {"a": 1, "b": 2})
    assert str(pickle.loads(pickle.dumps(Message("{a}", {"a": 3})))) == "3"
