"""A convolution as a matrix: which weight stands where, and the windows as columns (im2col). Positions only; no torch."""

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from cnnlab.specs import Call, SpecError

from .catalogue import LAYERS
from .contributions import terms_of, weight_shape
from .rows import LayerSpec, Shape
from .sides import borders
from .sizes import out_shape
from .taps import NOWHERE
from .windows import sides
from .wiring import ravel, unravel

MULTIPLYING = ("convolution", "transposed", "linear")  # families that are a matrix of their weights


class Entry(NamedTuple):
    """A weight, by its flat index, at a row and a column; several at one place add up."""

    row: int
    column: int
    weight: int


@dataclass(frozen=True)
class Matrix:
    """The matrix that takes the flat input to the flat output, the bias left out: rows are outputs, columns inputs."""

    rows: int
    columns: int
    entries: tuple[Entry, ...]

    def transposed(self) -> "Matrix":
        entries = sorted(Entry(column, row, weight) for row, column, weight in self.entries)
        return Matrix(self.columns, self.rows, tuple(entries))


def matrix(call: Call, shape: Shape) -> Matrix:
    """The matrix of a convolution, a transposed one or a linear layer; it grows with the input times the output.

    >>> course = matrix(LAYERS["Conv2d"](in_channels=1, out_channels=1, kernel_size=3), (1, 4, 4))
    >>> course.rows, course.columns, len(course.entries)
    (4, 16, 36)
    """
    if call.spec.family not in MULTIPLYING:
        raise SpecError("{layer} has no matrix: only convolutions and linear layers are one.", layer=call.name)
    result, weights, terms = out_shape(call, shape), weight_shape(call), terms_of(call, shape)
    entries = sorted(
        Entry(row, ravel(term.input, shape), ravel(term.weight, weights))
        for row in range(prod(result))
        for term in terms(unravel(row, result))
    )
    return Matrix(prod(result), prod(shape), tuple(entries))


@dataclass(frozen=True)
class Columns:
    """The windows of a convolution, one a column: `inputs[r][c]` is a flat input index, NOWHERE for a zero.

    The weight, flattened to a row for each output channel, times the columns of its group is the output without the
    bias; a group has so many `rows` that follow one another.
    """

    inputs: tuple[tuple[int, ...], ...]
    rows: int


def im2col(call: Call, shape: Shape) -> Columns:
    """What torch.nn.Unfold gives of the padded input, along any number of sides and in any padding_mode."""
    if call.spec.family != "convolution":
        raise SpecError("{layer} has no columns of windows: only convolutions do.", layer=call.name)
    rules, kernel = sides(call, shape), weight_shape(call)[2:]
    places = tuple(side.out for side in rules)
    windows = [
        [side.row(o) for side, o in zip(rules, unravel(window, places), strict=True)] for window in range(prod(places))
    ]

    def place(row: int, window: list) -> int:
        channel, *taps = unravel(row, (shape[0], *kernel))
        inputs = tuple(taps_of[k].input for taps_of, k in zip(window, taps, strict=True))
        return NOWHERE if NOWHERE in inputs else ravel((channel, *inputs), shape)

    rows = shape[0] * prod(kernel)
    return Columns(
        tuple(tuple(place(row, window) for window in windows) for row in range(rows)), rows // call["groups"]
    )


def adjoint(call: Call, shape: Shape) -> tuple[Call, Shape]:
    """The layer whose matrix is the transpose, with the very same weights, and the input that it takes.

    SpecError where torch has none: the padding must be zeros, as many before as after.
    """
    if call.spec.family not in ("convolution", "transposed"):
        raise SpecError("{layer} has no transpose among torch's layers: only convolutions have.", layer=call.name)
    there = out_shape(call, shape)
    same = {name: call[name] for name in ("kernel_size", "stride", "dilation", "groups")}
    channels = {"in_channels": call["out_channels"], "out_channels": call["in_channels"], "bias": False}
    if call.spec.family == "transposed":
        back = _row("convolution", call.spec.sides)(**same, **channels, padding=call["padding"])
    else:
        padding = borders(call, call.spec.sides)
        zeros = call["padding_mode"] == "zeros" or not any(map(any, padding))
        if not zeros or any(before != after for before, after in padding):
            raise SpecError(
                "{layer} has no transpose in torch: its padding is not of zeros, as many on both sides.",
                layer=call.name,
            )
        cut = tuple(before for before, _ in padding) if isinstance(call["padding"], str) else call["padding"]
        back = _row("transposed", call.spec.sides)(**same, **channels, padding=cut)
        rest = tuple(size - made for size, made in zip(shape[1:], out_shape(back, there)[1:], strict=True))
        back = back.replace(output_padding=rest) if any(rest) else back
    if out_shape(back, there) != shape:
        raise SpecError(
            "{layer} has no transpose in torch that gives {shape} back.",
            layer=call.name,
            shape=" × ".join(map(str, shape)),
        )
    return back, there


def _row(family: str, sides: int) -> LayerSpec:
    return next(spec for spec in LAYERS.values() if (spec.family, spec.sides) == (family, sides))
