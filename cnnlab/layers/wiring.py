"""What makes each output element of the layers that have no windows, by flat indices. No torch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from cnnlab.specs import Call

from .lengths import convolved
from .rows import Shape, each, per_side
from .sizes import out_shape
from .taps import NOWHERE, sliding, transposed

Pair = tuple[int, int]  # an input element, and a weight or NOWHERE
Indices = Sequence[int]  # what a pool told an unpooling layer: per input element the place in the flat output plane
Rule = Callable[[int], tuple[Pair, ...]]  # what makes an output element


def ravel(place: Shape, shape: Shape) -> int:
    """The flat index of a place.

    >>> ravel((1, 0, 2), (2, 3, 4))
    14
    """
    flat = 0
    for index, size in zip(place, shape, strict=True):
        flat = flat * size + index
    return flat


def unravel(flat: int, shape: Shape) -> Shape:
    place = []
    for size in reversed(shape):
        flat, index = divmod(flat, size)
        place.append(index)
    return tuple(reversed(place))


def _same(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    return lambda o: ((o, NOWHERE),)


def _linear(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    def rule(o: int) -> tuple[Pair, ...]:
        row, feature = divmod(o, result[-1])
        return tuple((row * shape[-1] + i, feature * shape[-1] + i) for i in range(shape[-1]))

    return rule


def _unpool(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    """Where two pooled values have one index, the last is written."""
    plane, pooled = prod(result[1:]), prod(shape[1:])
    writer = {i // pooled * plane + index: i for i, index in enumerate(indices)}
    return lambda o: ((writer[o], NOWHERE),) if o in writer else ()


def _blocks(call: Call, plane: Shape) -> Iterator[tuple[int, ...]]:
    """Of each side of a picture in blocks: its length, their number, and their kernel, stride, padding, dilation."""
    for size, lengths in zip(plane, each(call, "kernel_size", "stride", "padding", "dilation"), strict=True):
        yield size, convolved(size, *lengths), *lengths


def _unfold(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    kernel, plane = per_side(call["kernel_size"], 2), shape[1:]
    cuts = [sliding(size, count, k, s, (p, p), d) for size, count, k, s, p, d in _blocks(call, plane)]

    def rule(o: int) -> tuple[Pair, ...]:
        channel, *taps = unravel(o // result[1], (shape[0], *kernel))
        block = unravel(o % result[1], tuple(cut.out for cut in cuts))
        places = tuple(cut.row(b)[k].input for cut, b, k in zip(cuts, block, taps, strict=True))
        return () if NOWHERE in places else ((ravel((channel, *places), shape), NOWHERE),)

    return rule


def _fold(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    kernel, plane = per_side(call["kernel_size"], 2), result[1:]
    pastes = [transposed(count, size, k, s, p, d) for size, count, k, s, p, d in _blocks(call, plane)]
    inner = (result[0], *kernel, *(paste.size for paste in pastes))

    def rule(o: int) -> tuple[Pair, ...]:
        channel, *places = unravel(o, result)
        rows = [list(enumerate(paste.row(place))) for paste, place in zip(pastes, places, strict=True)]
        return tuple(
            (ravel((channel, *(k for k, _ in taps), *(tap.input for _, tap in taps)), inner), NOWHERE)
            for taps in product(*rows)
            if all(tap.input != NOWHERE for _, tap in taps)
        )

    return rule


def _shuffle(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    factor = call["upscale_factor"]

    def rule(o: int) -> tuple[Pair, ...]:
        *more, channel, y, x = unravel(o, result)
        source = channel * factor**2 + y % factor * factor + x % factor
        return ((ravel((*more, source, y // factor, x // factor), shape), NOWHERE),)

    return rule


def _unshuffle(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    factor = call["downscale_factor"]

    def rule(o: int) -> tuple[Pair, ...]:
        *more, channel, y, x = unravel(o, result)
        source, down, right = unravel(channel, (shape[-3], factor, factor))
        return ((ravel((*more, source, y * factor + down, x * factor + right), shape), NOWHERE),)

    return rule


def _channel_shuffle(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    plane = prod(shape[1:])

    def rule(o: int) -> tuple[Pair, ...]:
        each_, group = divmod(o // plane, call["groups"])
        return (((group * (shape[0] // call["groups"]) + each_) * plane + o % plane, NOWHERE),)

    return rule


def _bilinear(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    first, second = call["in1_features"], call["in2_features"]

    def rule(o: int) -> tuple[Pair, ...]:
        row, feature = divmod(o, result[-1])
        return tuple((row * first + i, (feature * first + i) * second + j) for i in range(first) for j in range(second))

    return rule


def _activation(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    if "dim" not in call.values and call.spec.sides is None:
        return _same(call, shape, result, indices)
    dim = call.values.get("dim", 1)
    if dim is None:  # as torch chooses it
        dim = 0 if len(shape) == 2 else 1
    dim = dim + len(shape) if dim < 0 else dim - 1
    if dim < 0:  # that of the batch
        return _same(call, shape, result, indices)
    step = result[dim] if result != shape else 1  # each with its partner in the other half, or with all

    def rule(o: int) -> tuple[Pair, ...]:
        place = unravel(o, result)
        along = range(place[dim] if result != shape else 0, shape[dim], step)
        return tuple((ravel((*place[:dim], index, *place[dim + 1 :]), shape), NOWHERE) for index in along)

    return rule


def _members(count: Callable[[Call, Shape], int]) -> Callable[[Call, Shape, Shape, Indices], Rule]:
    """A normalisation whose means are each over so many elements that follow one another."""

    def rule_of(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
        length = count(call, shape)
        return lambda o: tuple((i, NOWHERE) for i in range(o - o % length, o - o % length + length))

    return rule_of


def _normalised(call: Call, shape: Shape) -> int:
    lengths = call["normalized_shape"]
    return prod(lengths) if isinstance(lengths, tuple) else lengths


def _neighbours(call: Call, shape: Shape, result: Shape, indices: Indices) -> Rule:
    plane, size = prod(shape[1:]), call["size"]

    def rule(o: int) -> tuple[Pair, ...]:
        channel, place = divmod(o, plane)
        near = range(max(channel - size // 2, 0), min(channel + (size - 1) // 2 + 1, shape[0]))
        return tuple((each_ * plane + place, NOWHERE) for each_ in near)

    return rule


RULES: Mapping[str, Callable[[Call, Shape, Shape, Indices], Rule]] = {
    "linear": _linear,
    "bilinear": _bilinear,
    "unpool": _unpool,
    "unfold": _unfold,
    "fold": _fold,
    "shuffle": _shuffle,
    "unshuffle": _unshuffle,
    "channel_shuffle": _channel_shuffle,
    **dict.fromkeys(("flatten", "unflatten", "identity", "dropout"), _same),
    "activation": _activation,
    **dict.fromkeys(("batch_norm", "instance_norm"), _members(lambda call, shape: prod(shape[1:]))),
    "group_norm": _members(lambda call, shape: prod(shape) // call["num_groups"]),
    **dict.fromkeys(("layer_norm", "rms_norm"), _members(_normalised)),
    "local_response_norm": _neighbours,
}


def pairs(call: Call, shape: Shape) -> int:
    """About how many pairs `links` has: as many for each output element as for the one in the middle."""
    result = out_shape(call, shape)
    rule = RULES[call.spec.family](call, shape, result, ())
    return prod(result) * len(rule(prod(result) // 2))


def links(call: Call, shape: Shape, indices: Indices = ()) -> tuple[tuple[Pair, ...], ...]:
    """For each output element, counted flat, what makes it; its size is the product of both for a normalisation."""
    result = out_shape(call, shape)
    rule = RULES[call.spec.family](call, shape, result, indices)
    return tuple(rule(o) for o in range(prod(result)))
