"""The layer that is drawn in place of a larger one: the same arithmetic, fewer channels, a smaller input. No torch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from cnnlab import limits
from cnnlab.specs import N_, Call, Message, SpecError

from .contributions import weight_shape
from .lengths import span
from .rows import Shape, each, per_side
from .sides import blocks
from .sizes import out_shape
from .windows import SIDES
from .wiring import pairs

SMALLER = N_("The input is drawn with {drawn} numbers in place of {whole}; what is done with them is the same.")
CHANGED = N_("{name}={drawn} is drawn in place of {whole}.")
Small = tuple[Call, Shape]
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


class Room(NamedTuple):
    """How much of a layer is drawn at most: channels, windows and places along each side."""

    channels: int
    windows: int
    side: int


def drawn(call: Call, shape: Shape, side: int = 0) -> Drawn:
    """The layer itself where it is small enough to draw; SpecError where its windows alone are too large for that.

    Its numbers are few enough to be typed, unless the windows need more. `side` is how long a side is drawn at most
    that no window makes longer.
    """
    whole, found = out_shape(call, shape), None
    for room in _rooms(side or limits.DRAWN_SIDE * 2 // max(len(shape) - 1, 1)):
        try:
            small, size = _narrow(call, shape, room)
        except Wide:
            continue
        made, weights = prod(out_shape(small, size)), prod(weight_shape(small))
        if max(prod(size), made, weights) > limits.DRAWN_NUMBERS or _pairs(small, size) > limits.DRAWN_PAIRS:
            continue
        found = found or (small, size)
        if max(prod(size), weights) <= limits.TYPED_NUMBERS:
            found = small, size
            break
    if found:
        return Drawn(*found, tuple(_notes(call, shape, *found)), *_kept(call, shape, whole, *found))
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
    call, shape = CHANNELS.get(call.spec.family, _each_channel)(call, shape, room.channels)
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


def _each_channel(call: Call, shape: Shape, most: int) -> Small:
    """A layer that does the same in every channel, or that takes any number of them."""
    most = limits.DRAWN_SIDE if len(shape) == 1 else most
    for count in range(min(shape[0], most), 0, -1):
        names = {name for name in ("num_features", "num_parameters") if call.values.get(name) == shape[0] != 1}
        size = (count, *shape[1:])
        try:
            small = call.replace(**dict.fromkeys(names, count)) if count != shape[0] else call
            out_shape(small, size)
            return small, size
        except SpecError:
            continue
    return call, shape


def _grouped(takes: int, makes: int, groups: int, most: int) -> tuple[int, int, int]:
    """Channels in, channels out and groups, fewer of each: what is grouped or depthwise stays so.

    >>> _grouped(64, 64, 64, 4), _grouped(64, 128, 32, 4), _grouped(64, 128, 1, 4)
    ((4, 4, 4), (4, 4, 2), (4, 4, 1))
    """
    each = most if groups == 1 else max(most // 2, 1)
    takes, makes = min(takes // groups, each), min(makes // groups, each)
    groups = min(groups, max(most // max(takes, makes), 1))
    return takes * groups, makes * groups, groups


def _convolution(call: Call, shape: Shape, most: int) -> Small:
    takes, makes, groups = _grouped(call["in_channels"], call["out_channels"], call["groups"], most)
    return call.replace(in_channels=takes, out_channels=makes, groups=groups), (takes, *shape[1:])


def _group_norm(call: Call, shape: Shape, most: int) -> Small:
    takes, _, groups = _grouped(shape[0], shape[0], call["num_groups"], most)
    return call.replace(num_groups=groups, num_channels=takes), (takes, *shape[1:])


def _channel_shuffle(call: Call, shape: Shape, most: int) -> Small:
    takes, _, groups = _grouped(shape[0], shape[0], call["groups"], most)
    return call.replace(groups=groups), (takes, *shape[1:])


def _shuffle(call: Call, shape: Shape, most: int) -> Small:
    block = call["upscale_factor"] ** 2
    return call, (min(shape[0] // block, max(most // block, 1)) * block, *shape[1:])


def _neighbours(call: Call, shape: Shape, most: int) -> Small:
    """Channels weigh on one another: one more of them than do so together."""
    return call, (min(shape[0], max(most, min(call["size"] + 1, limits.DRAWN_SIDE))), *shape[1:])


CHANNELS: Mapping[str, Callable[[Call, Shape, int], Small]] = {
    **dict.fromkeys(("convolution", "transposed"), _convolution),
    "group_norm": _group_norm,
    "channel_shuffle": _channel_shuffle,
    "shuffle": _shuffle,
    "local_response_norm": _neighbours,
}


def _features(call: Call, shape: Shape, room: Room) -> Small:
    """A linear layer's numbers are written as a list."""
    linear = call.spec.family == "linear"
    most, rows = (limits.DRAWN_SIDE, room.side) if linear else (room.channels, room.channels)
    names = [name for name in call.values if name.endswith("_features")]
    small = call.replace(**{name: min(call[name], most) for name in names})
    return small, (*(min(length, rows) for length in shape[:-1]), min(shape[-1], most))


def _normalised(call: Call, shape: Shape, room: Room) -> Small:
    channels, lengths = room.channels if len(shape) > 1 else limits.DRAWN_SIDE, call["normalized_shape"]
    size = (min(shape[0], channels), *(min(length, room.side) for length in shape[1:]))
    return call.replace(normalized_shape=size[-len(lengths) :] if isinstance(lengths, tuple) else size[-1]), size


def _flatten(call: Call, shape: Shape, room: Room) -> Small:
    return call, tuple(min(length, room.channels) for length in shape)


def _unflatten(call: Call, shape: Shape, room: Room) -> Small:
    most, whole, count = room.channels, out_shape(call, shape), len(call["unflattened_size"])
    at = call["dim"] - 1 if call["dim"] > 0 else call["dim"] + len(shape)
    parts = tuple(min(length, most) for length in whole[at : at + count])
    rest = tuple(min(length, most) for length in shape)
    return _changed(call, unflattened_size=parts, whole=whole[at : at + count]), (
        *rest[:at],
        prod(parts),
        *rest[at + 1 :],
    )


def _changed(call: Call, whole: Any, **values: Any) -> Call:
    """The call with other values where these are not the whole."""
    return call if list(values.values()) == [whole] else call.replace(**values)


def _plane(call: Call, plane: Shape) -> Shape:
    """The sides of a picture that is cut into blocks: they hold a window and a second one."""
    lengths = each(call, "kernel_size", "stride", "padding", "dilation")
    return tuple(
        min(size, max(limits.DRAWN_SIDE // 2, span(kernel, dilation) - 2 * padding + stride))
        for size, (kernel, stride, padding, dilation) in zip(plane, lengths, strict=True)
    )


def _unfold(call: Call, shape: Shape, room: Room) -> Small:
    return call, (min(shape[0], max(room.channels // 2, 1)), *_plane(call, shape[1:]))


def _fold(call: Call, shape: Shape, room: Room) -> Small:
    whole, block = per_side(call["output_size"], 2), prod(per_side(call["kernel_size"], 2))
    plane = _plane(call, whole)
    channels = min(shape[0] // block, max(room.channels // 2, 1))
    return _changed(call, output_size=plane, whole=whole), (channels * block, prod(blocks(call, plane)))


WHOLLY: Mapping[str, Callable[[Call, Shape, Room], Small]] = {
    **dict.fromkeys(("linear", "bilinear"), _features),
    **dict.fromkeys(("layer_norm", "rms_norm"), _normalised),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "unfold": _unfold,
    "fold": _fold,
}
