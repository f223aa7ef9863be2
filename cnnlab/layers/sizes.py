"""Sizes of outputs by formula, and why there is none: both are torch's, on a batch of the shape.

A layer that works along sides takes channels and just these sides. Dimensions are counted with the batch.
"""

from collections.abc import Callable, Mapping
from math import prod

from cnnlab.specs import N_, Call, Message, SpecError

from .refusals import agree, divide, times
from .rows import LayerSpec, Shape
from .sides import (
    adaptive,
    convolution,
    fold,
    fractional,
    mean_pool,
    pad,
    pool,
    transposed_convolution,
    unfold,
    unpool,
    upsample,
)

EITHER = {2: N_("{low} or {high}"), 3: N_("{low} to {high}")}  # neighbouring counts


def out_shape(call: Call, shape: Shape) -> Shape:
    """The output's shape without the batch; SpecError where torch refuses the layer or its input.

    >>> from cnnlab.layers import LAYERS
    >>> out_shape(LAYERS["Conv2d"](in_channels=3, out_channels=8, kernel_size=3, padding=1), (3, 32, 32))
    (8, 32, 32)
    """
    if not shape or min(shape) < 1:
        raise SpecError("The input {shape} is empty: every length must be 1 or more.", shape=times(shape))
    counts = dimensions(call.spec)
    if counts and len(shape) not in counts:
        raise SpecError(
            "{name} takes {count} numbers as the shape of its input, the channels first, and {shape} has {there}: "
            "add or leave out a length.",
            name=call.name,
            count=counts[0]
            if len(counts) == 1
            else Message(EITHER[len(counts)], {"low": counts[0], "high": counts[-1]}),
            shape=times(shape),
            there=len(shape),
        )
    out = SIZES[call.spec.family](call, shape)
    if min(out) < 1:
        raise SpecError(
            "Nothing would be left: the output would be {out}. Use a larger input, or cut off less.", out=times(out)
        )
    return out


def dimensions(spec: LayerSpec) -> tuple[int, ...]:
    """How many numbers the shape of an input may have, () where any; what torch takes is said by the sides."""
    if spec.family in DIMENSIONS:
        return DIMENSIONS[spec.family](spec.sides)
    return () if spec.sides is None else (spec.sides + 1,)


def shuffle(call: Call, shape: Shape) -> Shape:
    factor = call["upscale_factor"]
    if shape[0] % factor**2:
        raise SpecError(
            "upscale_factor={factor} takes {block} channels for each one that it makes, and the input has {channels}: "
            "use a multiple of {block} channels, such as {multiple}.",
            factor=factor,
            block=factor**2,
            channels=shape[0],
            multiple=-(-shape[0] // factor**2) * factor**2,
        )
    return (shape[0] // factor**2, shape[1] * factor, shape[2] * factor)


def unshuffle(call: Call, shape: Shape) -> Shape:
    factor = call["downscale_factor"]
    for i in shape[1:]:
        if i % factor:
            raise SpecError(
                "downscale_factor={factor} does not divide a side of {i}: use an input of {multiple}, or another factor.",
                factor=factor,
                i=i,
                multiple=-(-i // factor) * factor,
            )
    return (shape[0] * factor**2, shape[1] // factor, shape[2] // factor)


def channel_shuffle(call: Call, shape: Shape) -> Shape:
    divide("channels", shape[0], "groups", call["groups"])
    return shape


def place(name: str, dim: int, shape: Shape) -> int:
    """A dimension, counted with the batch, as one of the shape without it: −1 is the batch's."""
    count = len(shape) + 1
    if not -count <= dim < count:
        raise SpecError(
            "{name}={dim} names no dimension of the input, which has {count} with the batch: use {low} to {high}.",
            name=name,
            dim=dim,
            count=count,
            low=-count,
            high=count - 1,
        )
    return dim % count - 1


def _not_batch(name: str, dim: int, shape: Shape) -> int:
    where = place(name, dim, shape)
    if where < 0:
        raise SpecError(
            "{name}={dim} names the batch, and would mix one input with another: use 1 or more.", name=name, dim=dim
        )
    return where


def flatten(call: Call, shape: Shape) -> Shape:
    first, last = (_not_batch(name, call[name], shape) for name in ("start_dim", "end_dim"))
    if first > last:
        raise SpecError(
            "start_dim={first} comes after end_dim={last}: exchange them.",
            first=call["start_dim"],
            last=call["end_dim"],
        )
    return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])


def unflatten(call: Call, shape: Shape) -> Shape:
    where, sizes = _not_batch("dim", call["dim"], shape), call["unflattened_size"]
    known = prod(size for size in sizes if size >= 0)
    free = sizes.count(-1)
    if free > 1 or (shape[where] != known if not free else not known or shape[where] % known):
        raise SpecError(
            "unflattened_size={sizes} does not multiply up to the {length} that dim={dim} has: use lengths that do.",
            sizes=sizes,
            length=shape[where],
            dim=call["dim"],
        )
    filled = tuple(size if size >= 0 else shape[where] // known for size in sizes)
    return (*shape[:where], *filled, *shape[where + 1 :])


def linear(call: Call, shape: Shape) -> Shape:
    agree("in_features", call["in_features"], shape[-1])
    return (*shape[:-1], call["out_features"])


def bilinear(call: Call, shape: Shape) -> Shape:
    """The second input has the first one's shape but for its last length, which is in2_features."""
    agree("in1_features", call["in1_features"], shape[-1])
    return (*shape[:-1], call["out_features"])


def batch_norm(call: Call, shape: Shape) -> Shape:
    if call["affine"] or call["track_running_stats"]:  # without either it holds nothing, and takes any channels
        agree("num_features", call["num_features"], shape[0])
    if call.spec.family == "batch_norm" and not call["eps"]:
        raise SpecError(
            "eps=0 is refused by torch while {name} trains: use a number above 0, such as 1e-05.", name=call.name
        )
    return shape


def instance_norm(call: Call, shape: Shape) -> Shape:
    batch_norm(call, shape)
    if prod(shape[1:]) == 1:
        raise SpecError(
            "{name} takes each mean over the sides of one channel, and the input has a single value there: "
            "use a larger input.",
            name=call.name,
        )
    return shape


def last_dimensions(call: Call, shape: Shape) -> Shape:
    sizes = call["normalized_shape"]
    sizes = sizes if isinstance(sizes, tuple) else (sizes,)
    if shape[-len(sizes) :] != sizes:
        raise SpecError(
            "normalized_shape={sizes} is not how the input {shape} ends: use {end}.",
            sizes=call["normalized_shape"],
            shape=times(shape),
            end=shape[-len(sizes) :],
        )
    return shape


def group_norm(call: Call, shape: Shape) -> Shape:
    divide("num_channels", call["num_channels"], "num_groups", call["num_groups"])
    if call["affine"]:
        agree("num_channels", call["num_channels"], shape[0])
    divide("channels", shape[0], "num_groups", call["num_groups"])
    return shape


def unchanged(call: Call, shape: Shape) -> Shape:
    return shape


def activation(call: Call, shape: Shape) -> Shape:
    """One of them halves a dimension; of the others a few need to know one, or how many channels there are."""
    if call.values.get("num_parameters", 1) > 1:
        agree("num_parameters", call["num_parameters"], shape[0])
    dim = call.values.get("dim")
    if dim is None:
        return shape
    if not call.spec.fixed.get("halves"):
        place("dim", dim, shape)
        return shape
    where = _not_batch("dim", dim, shape)
    if shape[where] % 2:
        raise SpecError(
            "dim={dim} has {length} places, which cannot be halved: use an even number of them, such as {even}.",
            dim=dim,
            length=shape[where],
            even=shape[where] + 1,
        )
    return (*shape[:where], shape[where] // 2, *shape[where + 1 :])


DIMENSIONS: Mapping[str, Callable[[int | None], tuple[int, ...]]] = {
    "fold": lambda sides: (2,),
    "batch_norm": lambda sides: (1, 2) if sides == 1 else (sides + 1,),
    "channel_shuffle": lambda sides: (2, 3, 4),
    "local_response_norm": lambda sides: (2, 3, 4),
    "upsample": lambda sides: (sides + 1,) if sides else (2, 3, 4),
}
SIZES: Mapping[str, Callable[[Call, Shape], Shape]] = {
    "convolution": convolution,
    "transposed": transposed_convolution,
    "max_pool": pool,
    "avg_pool": mean_pool,
    "lp_pool": mean_pool,
    "adaptive_avg": adaptive,
    "adaptive_max": adaptive,
    "fractional_max": fractional,
    "unpool": unpool,
    "unfold": unfold,
    "fold": fold,
    "upsample": upsample,
    "shuffle": shuffle,
    "unshuffle": unshuffle,
    "channel_shuffle": channel_shuffle,
    "pad": pad,
    "linear": linear,
    "bilinear": bilinear,
    "flatten": flatten,
    "unflatten": unflatten,
    "identity": unchanged,
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "layer_norm": last_dimensions,
    "group_norm": group_norm,
    "rms_norm": last_dimensions,
    "local_response_norm": unchanged,
    "dropout": unchanged,
    "activation": activation,
}
