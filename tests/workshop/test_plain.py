"""Answers as bytes."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.messages import Message, Passing, SpecError, Spoken
from cnnlab.summary.rows import Row, TensorSize
from cnnlab.workshop.plain import packed, unpacked

SAID = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
LEAVES = SAID | st.binary()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(-9, 9), inner, max_size=4)
        | st.builds(lambda value: Message("{x}", {"x": value}), SAID | st.lists(SAID).map(tuple))
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_packed_comes_back(value):
    back = unpacked(packed(value))
    assert back == value
    assert type(back) is type(value)


def test_rows_and_sentences_come_back_as_they_were():
    row = Row("conv1", "Conv2d", input_shape=(1, 3, 8, 8), settings={"stride": (2, 2)}, params=2**70)
    message = Spoken("rotated {angle}", {"angle": -3})
    back = unpacked(packed((row, TensorSize((1, 2)), message)))
    assert back == (row, TensorSize((1, 2)), message)
    assert str(back[2]) == "rotated −3"


def test_an_error_comes_back_with_its_values():
    error = unpacked(
        packed(SpecError("{name} has {shape}: {why}.", name="x", shape=(1, 2), why=Message("{a}", {"a": 3})))
    )
    assert (type(error), str(error), error.values["shape"]) == (SpecError, "x has (1, 2): 3.", (1, 2))


def test_an_error_of_a_class_of_its_own_is_told_as_what_everybody_knows():
    class Own(Passing):
        __module__ = "cnnlab.elsewhere"

    back = unpacked(packed(Own("{x} is not here.", x=1)))
    assert (type(back), str(back)) == (Passing, "1 is not here.")


def test_what_an_error_can_only_say_travels_as_text():
    assert unpacked(packed(SpecError("{path}", path=object))).values == {"path": "<class 'object'>"}


@pytest.mark.parametrize("value", [object(), {1, 2}, print, 1j, pytest])
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(TypeError):
        packed(value)


@pytest.mark.parametrize(
    "name", [("os", "system"), ("cnnlab.shelf", "keep"), ("cnnlab.workshop.store", "Store"), ("x", "y")]
)
def test_nothing_but_data_is_made_of_an_answer(name):
    forged = msgpack.packb(msgpack.ExtType(3, msgpack.packb([*name, ["echo"]])))
    with pytest.raises(ValueError, match="not a plain class"):
        unpacked(forged)
