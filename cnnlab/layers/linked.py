"""The fields of the layer inspector's link, read with all its bounds."""

from collections.abc import Mapping
from typing import Any

from cnnlab import limits
from cnnlab.links import damaged
from cnnlab.specs import Call
from cnnlab.summary.view import View as Origin

from .catalogue import LAYERS
from .rows import Shape

# Input, weights and bias as a visitor typed them, each a flat list; "pool" is what a pooling before an unpooling was given.
TYPED = ("x", "w", "b", "pool")
Numbers = Mapping[str, tuple[float, ...]]


def read_stack(data: Any) -> tuple[Call, ...]:
    if not isinstance(data, list) or not 1 <= len(data) <= limits.STACK:
        raise damaged()
    return tuple(Call.from_dict(each, LAYERS) for each in data)


def listed(numbers: Numbers) -> dict[str, list[float]]:
    return {name: list(values) for name, values in numbers.items()}


def read_others(data: Any) -> dict[int, dict[str, tuple[float, ...]]]:
    if not isinstance(data, dict) or not set(data) <= set(map(str, range(limits.STACK))):
        raise damaged()
    return {int(place): read_numbers(numbers) for place, numbers in data.items()}


def read_numbers(data: Any) -> dict[str, tuple[float, ...]]:
    if not isinstance(data, dict) or not set(data) <= set(TYPED):
        raise damaged()
    for values in data.values():
        if not isinstance(values, list) or len(values) > limits.TYPED_NUMBERS or not all(map(is_number, values)):
            raise damaged()
    return {name: tuple(values) for name, values in data.items()}


def is_number(value: Any) -> bool:
    """True for what a cell may hold; NaN is none, being no smaller than anything.

    >>> is_number(10**400), is_number(float("nan")), is_number(-2.5)
    (False, False, True)
    """
    return type(value) in (int, float) and abs(value) <= limits.TYPED_NUMBER


def read_origin(data: Any) -> dict[str, str]:
    """A link of the summary, read once, so that what it carries is as sound as there."""
    if not isinstance(data, dict) or not all(isinstance(each, str) for each in (*data, *data.values())):
        raise damaged()
    return Origin.from_query(data).to_query()


def _places(text: str, most: int) -> Shape:
    places = text.split("x")
    if len(places) > most or not all(place.isascii() and place.isdigit() and len(place) <= 6 for place in places):
        raise damaged()
    return tuple(map(int, places))


def read_element(text: str) -> Shape:
    return _places(text, 4)


def read_goal(text: str) -> tuple[int, int]:
    lengths = _places(text, 2)
    if len(lengths) != 2 or not all(1 <= length <= limits.SIDE for length in lengths):
        raise damaged()
    return lengths
