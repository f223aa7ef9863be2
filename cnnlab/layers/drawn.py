"""The layer that is drawn in place of a larger one: the same arithmetic, fewer channels, a smaller input. No torch."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from cnnlab import limits
from cnnlab.specs import N_, Call, Message, SpecError

from .contributions import weight_shape
from .narrowing import WHOLLY, Room, Small, narrowed
from .rows import Shape, each, per_side
from .sizes import out_shape
from .windows import SIDES
from .wiring import pairs

SMALLER = N_("The input is drawn with {drawn} numbers in place of {whole}; what is done with them is the same.")
CHANGED = N_("{name}={drawn} is drawn in place of {whole}.")
# Sizes of the output that a layer is told, which become smaller with the input: as many times, or by as much.
IN_PROPORTION = {
    "adaptive_avg": "output_size",
    "adaptive_max": "output_size",
    "fractional_max": "output_size",
    "upsample": "size",
}
BY_AS_MUCH = {"transposed": "output_size", "unpool": "output_size"}


@dataclass(frozen=True)
class Drawn:
    """A small layer and its input, what was made smaller, and which channels of the whole layer its weights are of."""

    call: Call
    shape: Shape
    notes: tuple[Message, ...] = ()
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()


def drawn(call: Call, shape: Shape, side: int = 0) -> Drawn:
    """The layer itself where it is small enough to draw; SpecError where its windows alone are too large for that.

    Its numbers are few enough to be typed, unless the windows need more. `side` is how long a side is drawn at most
    that no window makes longer.
    """
    whole, fit = out_shape(call, shape), None
    for room in _rooms(side or limits.DRAWN_SIDE * 2 // max(len(shape) - 1, 1)):
        try:
            small, size = _narrow(call, shape, room)
        except Wide:
            continue
        made, weights = prod(out_shape(small, size)), prod(weight_shape(small))
        if max(prod(size), made, weights) > limits.DRAWN_NUMBERS or _pairs(small, size) > limits.DRAWN_PAIRS:
            continue
        fit = fit or (small, size)
        if max(prod(size), weights) <= limits.TYPED_NUMBERS:
            fit = small, size
            break
    if fit:
        return Drawn(*fit, tuple(_notes(call, shape, *fit)), *_kept(call, shape, whole, *fit))
    raise SpecError(
        "{layer} is too large to draw: the smallest input that its windows take, or what they make of it, "
        "would have more than {limit} numbers, or more than {side} on one side.",
        layer=call.code(),
        limit=limits.DRAWN_NUMBERS,
        side=limits.DRAWN_WINDOW,
    )


def _rooms(side: int) -> Iterator[Room]:
    """From the largest on: shorter sides before fewer channels."""
    for channels in range(limits.DRAWN_CHANNELS, 0, -1):
        for length in range(side, side // 2 - 1, -1):
            yield Room(channels, 2, max(length, 1))
    yield Room(1, 1, side)


def _pairs(call: Call, shape: Shape) -> int:
    return 0 if call.spec.family in SIDES else pairs(call, shape)


class Wide(Exception):
    """No side short enough to draw holds a window."""


def remarked(source: str, notes: tuple[Message, ...]) -> str:
    """Source that begins with what was made smaller."""
    return "".join([*(f"# {note}\n" for note in notes), source])


def _narrow(call: Call, shape: Shape, room: Room) -> Small:
    if call.spec.family in WHOLLY:
        return WHOLLY[call.spec.family](call, shape, room)
    call, shape = narrowed(call, shape, room)
    for side in range(1, len(shape)):
        call, shape = _shorter(call, shape, side, room)
    return call, shape


def _notes(call: Call, shape: Shape, small: Call, size: Shape) -> Iterator[Message]:
    if size != shape:
        yield Message(SMALLER, {"drawn": " × ".join(map(str, size)), "whole": " × ".join(map(str, shape))})
    for name, value in call.values.items():
        if small[name] != value:
            yield Message(CHANGED, {"name": name, "drawn": small[name], "whole": value})


def _kept(call: Call, shape: Shape, whole: Shape, small: Call, size: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The channels of the whole layer that the small one's stand for: of the first groups the first."""
    if call.spec.family in ("linear", "bilinear"):
        return tuple(range(size[-1])), tuple(range(out_shape(small, size)[-1]))
    groups = small.values.get("groups", 1)
    of = call.values.get("groups", 1)
    return tuple(
        tuple(group * (before // of) + each for group in range(groups) for each in range(after // groups))
        for before, after in ((shape[0], size[0]), (whole[0], out_shape(small, size)[0]))
    )


class Side(NamedTuple):
    """A length that a side may be drawn with, and what the layer is then."""

    enough: bool  # windows, as far as the whole layer has them
    fits: bool
    exact: bool  # as much left over behind the last window, or the same proportion
    nearness: int
    call: Call
    shape: Shape


def _shorter(call: Call, shape: Shape, side: int, room: Room) -> Small:
    """One side as long as can be drawn well: with so many windows, and the rest that the last one leaves."""
    whole = out_shape(call, shape)[side]
    choices = []
    for length in range(1, min(shape[side], limits.DRAWN_WINDOW) + 1):
        size = (*shape[:side], length, *shape[side + 1 :])
        try:
            small, exact = _told(call, shape, size, side, whole)
            out = out_shape(small, size)[side]
        except SpecError:
            continue
        if out <= limits.DRAWN_WINDOW:
            fits = length <= room.side and out <= room.side
            choices.append(Side(out >= min(whole, room.windows), fits, exact, length if fits else -length, small, size))
    if not choices:
        raise Wide
    best = max(choices, key=lambda choice: choice[:4])
    return best.call, best.shape


def _told(call: Call, shape: Shape, size: Shape, side: int, whole: int) -> tuple[Call, bool]:
    """The layer for a shorter side, and whether that is just like the longer one."""
    name = IN_PROPORTION.get(call.spec.family) or BY_AS_MUCH.get(call.spec.family)
    if name is None or call[name] is None:
        ((step,), *_) = each(call, "stride", sides=len(shape) - 1)[side - 1 :]
        return call, call.spec.family == "transposed" or (shape[side] - size[side]) % step == 0
    values = list(per_side(call[name], len(shape) - 1))
    if call.spec.family in IN_PROPORTION:
        exact = size[side] * whole % shape[side] == 0
        values[side - 1] = max(round(size[side] * whole / shape[side]), min(whole, 2))
    else:
        free, exact = call.replace(**{name: None}), True
        values[side - 1] = whole - out_shape(free, shape)[side] + out_shape(free, size)[side]
    return (call if values[side - 1] == whole else call.replace(**{name: tuple(values)})), exact
