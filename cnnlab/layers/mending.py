"""What would make a layer take its input: the nearest other settings, and the nearest other input."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice, product
from math import prod
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, Call, Message, Param, SpecError

from .catalogue import LAYERS
from .refusals import times
from .rows import Shape, first_input
from .sizes import dimensions, out_shape

NEAR = 8  # how far from its value a number is tried
MOST = 6  # that are offered
EACH = {1: range(-2, 3), 2: range(-2, 3), 3: range(-1, 2)}  # steps by which each of so many numbers is moved
PAIRED = 6  # changes of one parameter that are tried with those of another
# What a layer is told of its input.
TOLD = ("in_channels", "in_features", "in1_features", "num_features", "num_channels", "num_parameters")
RANKS = {"padding": 0, "output_padding": 0, "kernel_size": 1, "dilation": 1, "groups": 1, "num_groups": 1, "stride": 2}
Change = tuple[float, dict[str, Any], Shape]  # how far it is, the values that change, the input


@dataclass(frozen=True)
class Mend:
    """A layer and an input that go together, what was changed, and what comes out."""

    call: Call
    shape: Shape
    about: Message
    output: Shape


def mends(call: Call, shape: Shape) -> tuple[Mend, ...]:
    """At most MOST changes that work, the nearest first, one for each parameter and one of the input; () if all is well.

    Two parameters change at once only where none does alone.

    >>> from cnnlab.layers import LAYERS
    >>> [str(each.about) for each in mends(LAYERS["MaxPool2d"](kernel_size=3, padding=2), (1, 8, 8))]
    ['padding=1 instead of 2', 'kernel_size=4 instead of 3']
    """
    return _mends(json.dumps(call.to_dict()), shape)


@lru_cache(maxsize=256)
def _mends(layer: str, shape: Shape) -> tuple[Mend, ...]:
    call = Call.from_dict(json.loads(layer), LAYERS)
    if _tried(call, (0, {}, shape), shape):
        return ()
    single = _nearest(_of_parameters(call, shape))
    found = list(_first_of_each(call, (*single, *_of_the_input(call, shape)), shape))
    if not found:
        found = list(_first_of_each(call, _nearest(_of_two(call, single)), shape))
    return tuple(mend for _, mend in sorted(found, key=lambda each: each[0])[:MOST])


def _nearest(changes: Iterable[Change]) -> list[Change]:
    """Each change once, at most limits.MEND_TRIES of them."""
    different: dict[str, Change] = {}
    for change in sorted(changes, key=lambda change: change[0]):
        different.setdefault(repr(change[1]), change)
    return list(islice(different.values(), limits.MEND_TRIES))


def _first_of_each(call: Call, changes: Iterable[Change], shape: Shape) -> Iterator[tuple[float, Mend]]:
    """Of the changes that work the first for each set of parameters, and of the input."""
    seen = set()
    for change in changes:
        names = frozenset(change[1])
        if names not in seen and (mend := _tried(call, change, shape)):
            seen.add(names)
            yield change[0], mend


def _tried(call: Call, change: Change, shape: Shape) -> Mend | None:
    _, values, there = change
    try:
        mended = call.replace(**values) if values else call
        output = out_shape(mended, there)
    except SpecError:
        return None
    if not values:
        text = N_("an input of {new} instead of {old}")
        return Mend(mended, there, Message(text, {"new": times(there), "old": times(shape)}), output)
    if len(values) == 1:
        ((name, value),) = values.items()
        text = N_("{name}={new} instead of {old}")
        about = Message(text, {"name": name, "new": repr(value), "old": repr(call[name])})
        return Mend(mended, there, about, output)
    (one, first), (other, second) = values.items()
    text = N_("{one}={first} and {other}={second}")
    about = Message(text, {"one": one, "first": repr(first), "other": other, "second": repr(second)})
    return Mend(mended, there, about, output)


def _of_parameters(call: Call, shape: Shape) -> Iterator[Change]:
    for param in call.spec.params:
        rank = RANKS.get(param.name, 4)
        for distance, value in _others(call, param, shape):
            if value != call[param.name]:
                yield 3 * distance + rank, {param.name: value}, shape


def _others(call: Call, param: Param, shape: Shape) -> Iterator[tuple[float, Any]]:
    """Other values of a parameter, and how far they are from its own."""
    value = call[param.name]
    if param.optional:
        yield 1, None
    if param.name in TOLD:
        yield 0, shape[-1] if param.name.endswith("features") and param.name != "num_features" else shape[0]
    if param.name == "normalized_shape":
        for count in range(1, len(shape) + 1):
            yield count - 1, shape[-count:]
    if param.type is bool:
        yield 2, not value
    elif param.options:
        yield from ((4 + place, option) for place, option in enumerate(param.options))
    if param.type is float and not param.required:
        yield 4, param.default
    if param.type is float and isinstance(value, float):
        yield from ((4 + step, value * 2**step) for step in range(1, 9))
    if param.type is int:
        yield from _numbers(param, value, shape)
        if param.name not in TOLD and not isinstance(value, tuple):
            yield from ((NEAR + place, length) for place, length in enumerate(sorted(set(shape), reverse=True)))


def _numbers(param: Param, value: Any, shape: Shape) -> Iterator[tuple[float, Any]]:
    """One number up and down; of up to three each by itself; of several those beyond a bound near one of the numbers."""
    if not isinstance(value, tuple):
        start = value if isinstance(value, int) else param.low or 0
        for step in range(1, NEAR + 1):
            yield from ((step, start + sign * step) for sign in (-1, 1))
        return
    if len(value) <= 3:
        for steps in product(EACH[len(value)], repeat=len(value)):
            yield sum(map(abs, steps)), tuple(item + step for item, step in zip(value, steps, strict=True))
    for bound in {near + step for near in {*value, *shape} for step in range(-NEAR, NEAR + 1)}:
        for clamp in (min, max):
            other = tuple(clamp(item, bound) for item in value)
            yield sum(abs(a - b) for a, b in zip(value, other, strict=True)), other


def _of_the_input(call: Call, shape: Shape) -> Iterator[Change]:
    """Inputs of other channels, with longer sides, with other dimensions."""
    counts = dimensions(call.spec)
    if counts and len(shape) not in counts:
        rest = tuple(length for length in shape if length > 1)
        for other in ((1, *shape), rest, (prod(shape[:-1]), shape[-1]), first_input(call)):
            if other != shape:
                yield 2, {}, other
        return
    told = [call[name] for name in TOLD if name in call.values]
    if told:
        for other in ((prod(shape),), (told[0], *shape[1:]), (*shape[:-1], told[0])):
            yield 4, {}, other
    for more in range(1, 65):
        yield 3 + 3 * more, {}, (shape[0] + more, *shape[1:])
        yield 3 + 3 * more, {}, (*shape[:1], *(max(length, min(shape[1:], default=1) + more) for length in shape[1:]))
        yield 3 + 3 * more, {}, (*shape[:-1], shape[-1] + more)


def _of_two(call: Call, single: list[Change]) -> Iterator[Change]:
    """Two parameters at once, each of the nearest of its own."""
    nearest: dict[str, list[tuple[float, Any]]] = {}
    for distance, values, _ in single:
        ((name, value),) = values.items()
        if len(nearest.setdefault(name, [])) < PAIRED:
            nearest[name].append((distance, value))
    shape = single[0][2] if single else ()
    for (one, firsts), (other, seconds) in combinations(nearest.items(), 2):
        for near, first in firsts:
            for far, second in seconds:
                yield near + far, {one: first, other: second}, shape
