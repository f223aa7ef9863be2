"""Which input places each output place reads along each side, for every family of layers with windows. No torch."""

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat

from cnnlab.specs import Call

from .rows import Shape
from .sizes import out_shape
from .taps import NOWHERE, Axis, Side, adaptive, fractional, interpolated, mean, sliding, transposed

__all__ = ["NOWHERE", "SIDES", "WINDOWS", "Axis", "Side", "axes", "each", "padding_of"]

Sizes = Iterator[tuple[int, int]]  # of each side: its length in the input and in the output


def each(call: Call, name: str, other: str = "") -> tuple:
    """A parameter's value for each side; where it is none, that of the `other`."""
    value = call[other] if call[name] is None else call[name]
    value = value if isinstance(value, tuple) else (value,)
    return value * call.spec.sides if len(value) == 1 else value


def padding_of(call: Call) -> tuple[tuple[int, int], ...]:
    """The places added before and after each side; 'same' adds the odd one after."""
    if call["padding"] == "valid":
        return ((0, 0),) * call.spec.sides
    if call["padding"] != "same":
        return tuple((padding, padding) for padding in each(call, "padding"))
    reaches = [
        dilation * (kernel - 1)
        for kernel, dilation in zip(each(call, "kernel_size"), each(call, "dilation"), strict=True)
    ]
    return tuple((reach // 2, reach - reach // 2) for reach in reaches)


def _convolution(call: Call, sizes: Sizes) -> Iterator[Side]:
    settings = zip(
        each(call, "kernel_size"), each(call, "stride"), padding_of(call), each(call, "dilation"), strict=True
    )
    for side, setting in zip(sizes, settings, strict=True):
        yield sliding(*side, *setting, call["padding_mode"])


def _transposed(call: Call, sizes: Sizes) -> Iterator[Side]:
    names = ("kernel_size", "stride", "padding", "dilation")
    for side, *setting in zip(sizes, *(each(call, name) for name in names), strict=True):
        yield transposed(*side, *setting)


def _max_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    stride = each(call, "stride", "kernel_size")
    padding = [(padding, padding) for padding in each(call, "padding")]
    for side, *setting in zip(sizes, each(call, "kernel_size"), stride, padding, each(call, "dilation"), strict=True):
        yield sliding(*side, *setting)


def _avg_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    stride = each(call, "stride", "kernel_size")
    override = call.values.get("divisor_override")
    divisors = (override, *repeat(override and 1, call.spec.sides - 1))
    for side, kernel, step, padding, divisor in zip(
        sizes, each(call, "kernel_size"), stride, each(call, "padding"), divisors, strict=True
    ):
        yield mean(*side, kernel, step, padding, call["count_include_pad"], divisor)


def _lp_pool(call: Call, sizes: Sizes) -> Iterator[Side]:
    """torch averages the powers, and multiplies with the window's whole size: a cut window counts for a whole one."""
    stride = each(call, "stride", "kernel_size")
    for side, kernel, step in zip(sizes, each(call, "kernel_size"), stride, strict=True):
        yield mean(*side, kernel, step, 0, False)


def _adaptive_avg(call: Call, sizes: Sizes) -> Iterator[Side]:
    return (adaptive(*side, mean=True) for side in sizes)


def _adaptive_max(call: Call, sizes: Sizes) -> Iterator[Side]:
    return (adaptive(*side) for side in sizes)


def _fractional_max(call: Call, sizes: Sizes) -> Iterator[Side]:
    return (fractional(*side, kernel) for side, kernel in zip(sizes, each(call, "kernel_size"), strict=True))


def _upsample(call: Call, sizes: Sizes) -> Iterator[Side]:
    factors = (None,) * call.spec.sides
    if call["scale_factor"] is not None and not call["recompute_scale_factor"]:
        factors = each(call, "scale_factor")
    for side, factor in zip(sizes, factors, strict=True):
        yield interpolated(*side, call["mode"], bool(call["align_corners"]), factor)


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
}


def sides(call: Call, shape: Shape) -> tuple[Side, ...]:
    """The rules of a layer with windows, one for each side of the input."""
    return tuple(SIDES[call.spec.family](call, zip(shape[1:], out_shape(call, shape)[1:], strict=True)))


def axes(call: Call, shape: Shape) -> tuple[Axis, ...]:
    """All windows of a layer, a side after the other; what an output element reads is the product of its rows."""
    return tuple(side.axis() for side in sides(call, shape))


WINDOWS: Mapping[str, Callable[[Call, Shape], tuple[Axis, ...]]] = dict.fromkeys(SIDES, axes)
