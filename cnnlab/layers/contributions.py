"""Which input elements and which weights make an output element, and which outputs an input element feeds. No torch."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from cnnlab.specs import Call

from .rows import Shape, per_side
from .sizes import out_shape
from .taps import NOWHERE, Side
from .windows import SIDES, sides
from .wiring import RULES, Indices, links, ravel, unravel

__all__ = ["RULES", "Term", "contributions", "fed", "links", "ravel", "terms_of", "unravel", "weight_shape"]


class Term(NamedTuple):
    """An input element, the weight that it is multiplied with, and a factor: of a mean, of an interpolation.

    A layer that sums, or takes a mean, gives the sum of share · weight · input over its terms, and its bias.
    """

    input: Shape
    weight: Shape | None
    share: float = 1.0


def contributions(call: Call, shape: Shape, element: Shape, indices: Indices = ()) -> tuple[Term, ...]:
    """What makes one output element, all without the batch; zeros of the padding are left out.

    Of a max pool all that stands for choice; of a normalisation all that its mean in training is over. An element of
    the input that is padded elsewhere too has a term for each place.
    """
    return terms_of(call, shape, indices)(element)


def terms_of(call: Call, shape: Shape, indices: Indices = ()) -> Callable[[Shape], tuple[Term, ...]]:
    """The `contributions` to any element of one layer, for whoever asks for many."""
    if call.spec.family in SIDES:
        rules = sides(call, shape)
        return lambda element: tuple(_through_windows(call, rules, element))
    result, weights = out_shape(call, shape), weight_shape(call)
    rule = RULES[call.spec.family](call, shape, result, indices)
    return lambda element: tuple(
        Term(unravel(place, shape), None if at == NOWHERE else unravel(at, weights))
        for place, at in rule(ravel(element, result))
    )


def _through_windows(call: Call, rules: Sequence[Side], element: Shape) -> Iterator[Term]:
    divisor = prod(side.counted(place) for side, place in zip(rules, element[1:], strict=True) if side.counted)
    rows = [
        [(k, tap) for k, tap in enumerate(side.row(place)) if tap.input != NOWHERE]
        for side, place in zip(rules, element[1:], strict=True)
    ]
    windows = [
        (tuple(tap.input for _, tap in taps), tuple(k for k, _ in taps), prod(tap.share for _, tap in taps) / divisor)
        for taps in product(*rows)
    ]
    for channel, weight in _channels(call, element[0]):
        for places, ks, share in windows:
            yield Term((channel, *places), None if weight is None else (*weight, *ks), share)


def _channels(call: Call, channel: int) -> Iterator[tuple[int, Shape | None]]:
    """The input channels that make an output channel, each with its place in the weights."""
    if call.spec.family not in ("convolution", "transposed"):
        yield channel, None
        return
    takes, makes = call["in_channels"] // call["groups"], call["out_channels"] // call["groups"]
    group, rest = divmod(channel, makes)
    for each_ in range(takes):
        source = group * takes + each_
        yield source, (channel, each_) if call.spec.family == "convolution" else (source, rest)


def fed(call: Call, shape: Shape, element: Shape, indices: Indices = ()) -> tuple[Shape, ...]:
    """The output elements that an input element goes into, in their order."""
    result = out_shape(call, shape)
    if call.spec.family not in SIDES:
        rule, place = RULES[call.spec.family](call, shape, result, indices), ravel(element, shape)
        return tuple(unravel(o, result) for o in range(prod(result)) if any(place == pair[0] for pair in rule(o)))
    places = [side.fed(place) for side, place in zip(sides(call, shape), element[1:], strict=True)]
    return tuple(product(_fed_channels(call, element[0]), *places))


def _fed_channels(call: Call, channel: int) -> Sequence[int]:
    if call.spec.family not in ("convolution", "transposed"):
        return (channel,)
    takes, makes = call["in_channels"] // call["groups"], call["out_channels"] // call["groups"]
    group = channel // takes
    return range(group * makes, (group + 1) * makes)


def weight_shape(call: Call) -> Shape:
    """The shape of torch's `weight` where inputs are multiplied with it, () elsewhere."""
    if call.spec.family == "convolution":
        return (
            call["out_channels"],
            call["in_channels"] // call["groups"],
            *per_side(call["kernel_size"], call.spec.sides),
        )
    if call.spec.family == "transposed":
        return (
            call["in_channels"],
            call["out_channels"] // call["groups"],
            *per_side(call["kernel_size"], call.spec.sides),
        )
    if call.spec.family == "linear":
        return (call["out_features"], call["in_features"])
    if call.spec.family == "bilinear":
        return (call["out_features"], call["in1_features"], call["in2_features"])
    return ()
