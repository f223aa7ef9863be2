"""The forms a number takes, for every parameter of every row."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.forms import COLOUR, LIST, NONE, WORD, parsed_numbers, reshaped, variant, variants
from cnnlab.specs import SCALAR, Call, Param, SpecError

NUMBERS = {
    f"{name}.{param.name}": param
    for name, spec in AUGMENTATIONS.items()
    for param in spec.params
    if param.type in (int, float) and param.widget != "weights"
}
PARAMS = pytest.mark.parametrize("param", NUMBERS.values(), ids=NUMBERS)


def numbers(param: Param, length: int) -> st.SearchStrategy:
    low, high = param.bounds(length)
    if param.type is int:
        return st.integers(low, high)
    return st.floats(low, high, allow_nan=False, allow_infinity=False, width=64) | st.integers(
        -(-low // 1) if low is not None else None, high // 1 if high is not None else None
    ).map(int)


def values(param: Param) -> st.SearchStrategy:
    """Everything that the parameter accepts."""
    kinds = [st.none()] if param.optional else []
    kinds += [st.sampled_from(list(param.options))] if param.options else []
    for length in param.lengths:
        one = numbers(param, length)
        several = st.tuples(*[one] * length)
        if param.rising and length == 2:
            several = several.map(lambda pair: tuple(sorted(pair)))
        kinds.append(one if length == SCALAR else several)
    return st.one_of(kinds)


def accepted(param: Param, value) -> bool:
    try:
        param.check(value)
    except SpecError:
        return False
    return True


@PARAMS
@settings(max_examples=30)
@given(data=st.data())
def test_a_value_has_a_form_on_offer_and_is_one_the_parameter_accepts_in_every_other(param, data):
    value = param.check(data.draw(values(param)))
    assert variant(param, value) in variants(param)
    for form in variants(param):
        brought = reshaped(param, value, form)
        assert accepted(param, brought), (value, form)
        assert variant(param, brought) == form


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_choosing_another_form_for_the_first_value_is_not_refused_by_the_row(name):
    call = AUGMENTATIONS[name].example()
    for param in NUMBERS.values():
        # Those that have presets, mean and std, change their number together.
        if param not in call.spec.params or call.spec.presets:
            continue
        for form in variants(param):
            value = reshaped(param, call[param.name], form)
            if value is not None:  # None may leave a step without what it needs, and is refused in words then
                assert isinstance(call.replace(**{param.name: value}), Call), (param.name, form)


def test_a_middle_chosen_for_the_first_time_lies_in_or_near_the_picture():
    center = AUGMENTATIONS["RandomRotation"].param("center")
    assert all(0 <= number <= 512 for number in reshaped(center, None, 2))


def test_the_forms_of_a_parameter_are_told_by_its_row():
    spec = AUGMENTATIONS["RandomErasing"]
    assert variants(spec.param("value")) == [WORD, SCALAR, 3]
    assert variants(AUGMENTATIONS["Pad"].param("fill")) == [NONE, SCALAR, 3, COLOUR]
    assert variants(AUGMENTATIONS["RandomShortestSize"].param("min_size")) == [SCALAR, LIST]
    assert variants(AUGMENTATIONS["Pad"].param("padding")) == [SCALAR, 2, 4]


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("96, 128", True, (96, 128)),
        ("96; 128 ;", True, (96, 128)),
        ("0.5,1", False, (0.5, 1.0)),
        ("96.5", True, (96.5,)),
        ("", True, ()),
        ("abc", True, "abc"),
        ("1,,2", False, (1.0, 2.0)),
    ],
)
def test_a_list_of_numbers_is_read_or_left_for_the_parameter_to_refuse(text, whole, expected):
    assert parsed_numbers(text, whole) == expected


@given(text=st.text(max_size=200) | st.text("0123456789.,;-+e ", max_size=40))
def test_any_text_is_read_as_numbers_or_refused_in_words(text):
    param = AUGMENTATIONS["RandomShortestSize"].param("min_size")
    value = parsed_numbers(text, whole=True)
    if accepted(param, value):
        assert all(isinstance(number, int) for number in param.check(value))
