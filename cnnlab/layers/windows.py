"""Which input places each output place reads along each side, for every family of layers with windows. No torch."""

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat

from cnnlab.specs import Call

from .rows import Shape, each, per_side, setting
from .sides import borders, margins
from .sizes import out_shape
from .taps import NOWHERE, Axis, Side, adaptive, fractional, interpolated, mean, padded, sliding, transposed

__all__ = ["NOWHERE", "SIDES", "Axis", "Side", "axes", "sides"]

DRAW = 0.5  # what chance gives every side of a fractional pool where its windows are to be known
Sizes = tuple[tuple[int, int], ...]  # of each side: its length in the input and in the output


def _convolution(call: Call, sizes: Sizes) -> Iterator[Side]:
    settings = each(call, "kernel_size", "stride", "dilation")
    for size, (kernel, stride, dilation), padding in zip(sizes, settings, borders(call, call.spec.sides), strict=True):
        yield sliding(*size, kernel, stride, padding, dilation, call["padding_mode"])


def _transposed(call: Call, sizes: Sizes) -> Iterator[Side]:
    settings = each(call, "kernel_size", "stride", "padding", "dilation")
    return (transposed(*size, *lengths) for size, lengths in zip(sizes, settings, strict=True))


def _max_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    settings = each(call, "kernel_size", "stride", "padding", "dilation")
    for size, (kernel, stride, padding, dilation) in zip(sizes, settings, strict=True):
        yield sliding(*size, kernel, stride, (padding, padding), dilation)


def _avg_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    override = call.values.get("divisor_override")
    divisors = (override, *repeat(override and 1, call.spec.sides - 1))
    for size, lengths, divisor in zip(sizes, each(call, "kernel_size", "stride", "padding"), divisors, strict=True):
        yield mean(*size, *lengths, call["count_include_pad"], divisor)


def _lp_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    """torch averages the powers and multiplies by the window's whole size, so a cut window counts as a whole one."""
    for size, lengths in zip(sizes, each(call, "kernel_size", "stride"), strict=True):
        yield mean(*size, *lengths, 0, False)


def _adaptive_avg(call: Call, sizes: Sizes) -> Iterator[Side]:
    return (adaptive(*size, mean=True) for size in sizes)


def _adaptive_max(call: Call, sizes: Sizes) -> Iterator[Side]:
    return (adaptive(*size) for size in sizes)


def _fractional_max(call: Call, sizes: Sizes) -> Iterator[Side]:
    """As chance lays them where torch's `_random_samples` are all DRAW."""
    return (fractional(*size, kernel, DRAW) for size, (kernel,) in zip(sizes, each(call, "kernel_size"), strict=True))


def _upsample(call: Call, sizes: Sizes) -> Iterator[Side]:
    mode, corners = setting(call, "mode"), bool(setting(call, "align_corners"))
    given = call["scale_factor"] is not None and not setting(call, "recompute_scale_factor")
    factors = per_side(call["scale_factor"] if given else None, len(sizes))
    for (size, out), factor in zip(sizes, factors, strict=True):
        if mode == "nearest" and len(sizes) == 2 and out in (size, 2 * size):
            factor = None  # torch does not look at it then, in small planes
        yield interpolated(size, out, mode, corners, factor)


def _pad(call: Call, sizes: Sizes) -> Iterator[Side]:
    for size, added in zip(sizes, margins(call, len(sizes)), strict=True):
        yield padded(*size, *added, setting(call, "mode"))


SIDES: Mapping[str, Callable[[Call, Sizes], Iterator[Side]]] = {
    "convolution": _convolution,
    "transposed": _transposed,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "lp_pool": _lp_pool,
    "adaptive_avg": _adaptive_avg,
    "adaptive_max": _adaptive_max,
    "fractional_max": _fractional_max,
    "upsample": _upsample,
    "pad": _pad,
}


def sides(call: Call, shape: Shape) -> tuple[Side, ...]:
    """The rules of a layer with windows, one for each side of the input."""
    return tuple(SIDES[call.spec.family](call, tuple(zip(shape[1:], out_shape(call, shape)[1:], strict=True))))


def axes(call: Call, shape: Shape) -> tuple[Axis, ...]:
    """All windows of a layer, a side after the other; what an output element reads is the product of its rows."""
    return tuple(side.axis() for side in sides(call, shape))
