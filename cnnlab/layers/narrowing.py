"""Fewer channels and features, a way for each family of layers; what is grouped stays grouped. No torch."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

from cnnlab import limits
from cnnlab.specs import Call, SpecError

from .lengths import span
from .rows import Shape, each, per_side
from .sides import blocks
from .sizes import out_shape

Small = tuple[Call, Shape]


class Room(NamedTuple):
    """How much of a layer is drawn at most: channels, windows and places along each side."""

    channels: int
    windows: int
    side: int


def narrowed(call: Call, shape: Shape, room: Room) -> Small:
    """The layer with as few channels as there is room for, on its input's whole sides."""
    return CHANNELS.get(call.spec.family, _each_channel)(call, shape, room.channels)


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
