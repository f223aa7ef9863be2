"""What the layer inspector is told by the workshop: plain data, with pictures as PNG and rows as packed JSON."""

from dataclasses import dataclass
from typing import Any

from cnnlab.specs import Message
from cnnlab.summary.answers import Maps, Pictures

from .rows import Shape

__all__ = ["Array", "Counts", "Curve", "Dropped", "Maps", "Matrix", "Normed", "Pictures", "Pixels", "Stack"]


@dataclass(frozen=True)
class Pixels:
    """A small layer of the same arithmetic at work on small numbers: `rows` is what the browser draws and works with.

    `call` (Call.to_dict) and `input` are what is drawn: those of the view, or smaller where that is too large to draw,
    which `notes` say; it adds so many `biases`. See packing.py for the rows.
    """

    call: dict[str, Any]
    input: Shape
    output: Shape
    notes: tuple[Message, ...]
    rows: bytes
    biases: int = 0


@dataclass(frozen=True)
class Matrix:
    """The drawn layer as one multiplication of matrices, twice: as in Pixels, with other rows.

    `rows` are JSON packed by gzip. "height" and "width" of the large matrix, and its "entries" that are not zero: [output,
    input, weight] flat indices. "columns" of im2col, null for other layers than convolutions: of each tap of the window, in
    every position, the flat index of the input that it reads, −1 for a zero; a group has so many "rows" of them.
    "adjoint" is the layer of the transposed matrix, {"code", "call", "input"}, null where torch has none. "input",
    "weight", "bias" and "output", which is torch's own, are {"shape", "values"} as in packing.py.
    """

    call: dict[str, Any]
    input: Shape
    output: Shape
    notes: tuple[Message, ...]
    rows: bytes


@dataclass(frozen=True)
class Counts:
    """How often a transposed convolution writes each place of its output, beside resizing and then convolving.

    `sides` are the counts along each side; a place is written as often as their product. `uneven` where places away
    from the edges differ. The pictures, of the first channel and each from black, its least (`lows`), to white: the counts;
    the layer's output for ones; the same of layers that enlarge first, whose source is `instead`.
    """

    sides: tuple[tuple[int, ...], ...]
    uneven: bool
    instead: str
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    pictures: tuple[bytes, ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Curve:
    """An activation: y and its derivative, by autograd, at each x; `flat` are the intervals of x where it is next to zero.

    `notes` say what is not seen in a curve, such as the other elements that a softmax looks at.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: tuple[float, ...]
    flat: tuple[tuple[float, float], ...]
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Normed:
    """A normalisation by hand: of a batch of `shape` (N, C, …) with `values`, all flat lists in that order.

    `groups[i]` says which mean and variance element i is normalised with; in evaluation, where running ones are kept,
    these are the channels. `members` is over how many elements each is taken in training. `output` is `normal` times
    `weight` plus `bias`, which are said for each element; it is what torch gives. `running` has the (means, variances)
    kept before the first batch and after each, the same batch each time; it is empty where none are kept. `momentum` is
    None where they are plain averages, or none are kept. A normalisation that takes no mean has means of 0.
    """

    shape: Shape
    values: tuple[float, ...]
    groups: tuple[int, ...]
    members: int
    means: tuple[float, ...]
    variances: tuple[float, ...]
    eps: float
    normal: tuple[float, ...]
    weight: tuple[float, ...]
    bias: tuple[float, ...]
    output: tuple[float, ...]
    momentum: float | None = None
    running: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = ()
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """Dropout of an input of `shape` with `values`: what comes out in evaluation, and in training with some seeds.

    What is kept is multiplied by `factor`. In training `outputs` has one row for each of `seeds`, and `kept` which of the
    elements passed; `average` is the mean of so many `draws`, those among them.
    """

    shape: Shape
    values: tuple[float, ...]
    evaluated: tuple[float, ...]
    seeds: tuple[int, ...]
    outputs: tuple[tuple[float, ...], ...]
    kept: tuple[tuple[bool, ...], ...]
    average: tuple[float, ...]
    draws: int
    factor: float
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Array:
    """The feature maps of MAPS as the bytes of a .npy file: float32 (C, H, W)."""

    shape: Shape
    data: bytes


@dataclass(frozen=True)
class Stack:
    """The layers of pasted source, each as Call.to_dict; `notes` say what was left out."""

    layers: tuple[dict[str, Any], ...]
    notes: tuple[Message, ...] = ()
