"""Sizes of outputs by formula, and why there is none: both are torch's, on a batch of the shape.

A layer that works along sides takes channels and just these sides. Dimensions are counted with the batch.
"""

from collections.abc import Callable, Iterator, Mapping
from math import prod

from cnnlab.specs import Call, SpecError

from .lengths import convolved, pooled, same, scaled, strided, transposed, unpooled
from .refusals import agree, bordered, divide, fits, half, left, one_of, times, wanted
from .rows import LayerSpec, Shape, per_side, setting

SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # modes that mix neighbours, along so many sides


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
            "{name} takes {count} numbers as the shape of its input, the channels first, and {shape} has {there}.",
            name=call.name,
            count=" / ".join(map(str, counts)),
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


def along(call: Call, shape: Shape, *names: str) -> Iterator[tuple]:
    """For each side its length, and what each parameter says of it."""
    sides = len(shape) - 1
    return zip(shape[1:], *(per_side(call[name], sides) for name in names), strict=True)


def borders(call: Call, sides: int) -> list[tuple[int, int]]:
    """How many places a convolution adds before and after each side."""
    padding = call["padding"]
    if padding == "valid":
        return [(0, 0)] * sides
    if padding == "same":
        return [
            same(k, d)
            for k, d in zip(per_side(call["kernel_size"], sides), per_side(call["dilation"], sides), strict=True)
        ]
    return [(p, p) for p in per_side(padding, sides)]


def strides(call: Call, sides: int) -> tuple[int, ...]:
    """How far a window moves along each side: of a pool by its own length, where nothing else is said."""
    return per_side(call["kernel_size"] if call["stride"] is None else call["stride"], sides)


def _grouped(call: Call, channels: int) -> None:
    for name in ("in_channels", "out_channels"):
        divide(name, call[name], "groups", call["groups"])
    agree("in_channels", call["in_channels"], channels)


def convolution(call: Call, shape: Shape) -> Shape:
    _grouped(call, shape[0])
    sides = len(shape) - 1
    if call["padding"] == "same" and max(strides(call, sides)) > 1:
        raise SpecError(
            "padding='same' keeps the size, and stride={stride} does not: use stride=1, or a number as padding.",
            stride=call["stride"],
        )
    lengths = []
    for (i, k, s, d), (before, after) in zip(
        along(call, shape, "kernel_size", "stride", "dilation"), borders(call, sides), strict=True
    ):
        bordered(call["padding_mode"], i, before, after)
        fits(i + before + after, k, d)
        lengths.append(strided(i + before + after, k, s, d))
    return (call["out_channels"], *lengths)


def transposed_convolution(call: Call, shape: Shape) -> Shape:
    _grouped(call, shape[0])
    sizes = per_side(call["output_size"], len(shape) - 1)
    rows = along(call, shape, "kernel_size", "stride", "padding", "output_padding", "dilation")
    lengths = []
    for (i, k, s, p, op, d), size in zip(rows, sizes, strict=True):
        if size is not None:
            least = transposed(i, k, s, p, 0, d)
            lengths.append(wanted(size, max(least, 1), least + s - 1))
            continue
        if op >= max(s, d):
            raise SpecError(
                "output_padding={op} must be smaller than stride={s} or dilation={d}: use {most} or less.",
                op=op,
                s=s,
                d=d,
                most=max(s, d) - 1,
            )
        lengths.append(left(transposed(i, k, s, p, op, d), "padding", p, i))
    return (call["out_channels"], *lengths)


def pool(call: Call, shape: Shape) -> Shape:
    sides, ceil = len(shape) - 1, call["ceil_mode"]
    paddings, dilations = (
        per_side(call.values.get(name, other), sides) for name, other in (("padding", 0), ("dilation", 1))
    )
    rows = zip(shape[1:], per_side(call["kernel_size"], sides), strides(call, sides), paddings, dilations, strict=True)
    lengths = []
    for i, k, s, p, d in rows:
        half(p, k)
        if pooled(i, k, s, p, d, ceil) < 1:
            fits(i + 2 * p, k, d)
        lengths.append(pooled(i, k, s, p, d, ceil))
    return (shape[0], *lengths)


def mean_pool(call: Call, shape: Shape) -> Shape:
    """Along three sides torch compares the window with the input alone, without padding or ceil_mode."""
    if call.spec.sides == 3:
        for i, k in along(call, shape, "kernel_size"):
            if k > i:
                raise SpecError(
                    "kernel_size={k} is longer than a side of {i}, and {name} does not count padding here: use {i} or less.",
                    k=k,
                    i=i,
                    name=call.name,
                )
    return pool(call, shape)


def adaptive(call: Call, shape: Shape) -> Shape:
    return (shape[0], *per_side(call["output_size"], len(shape) - 1))


def fractional(call: Call, shape: Shape) -> Shape:
    one_of({name: call[name] for name in ("output_size", "output_ratio")})
    sides = len(shape) - 1
    if call["output_size"] is None:
        sizes = tuple(scaled(i, ratio) for i, ratio in along(call, shape, "output_ratio"))
    else:
        sizes = per_side(call["output_size"], sides)
    for i, k, out in zip(shape[1:], per_side(call["kernel_size"], sides), sizes, strict=True):
        need = k + out - (1 if sides < 3 else 0)  # along three sides torch wants one place more
        if need > i:
            raise SpecError(
                "{out} windows of kernel_size={k} need a side of {need}, and the input has {i}: use a smaller output or a "
                "larger input.",
                out=out,
                k=k,
                need=need,
                i=i,
            )
    return (shape[0], *sizes)


def unpool(call: Call, shape: Shape) -> Shape:
    sides = len(shape) - 1
    lengths = []
    for (i, k, p, size), s in zip(
        along(call, shape, "kernel_size", "padding", "output_size"), strides(call, sides), strict=True
    ):
        out = unpooled(i, k, s, p)
        lengths.append(left(out, "padding", p, i) if size is None else wanted(size, max(out - s + 1, 1), out + s - 1))
    return (shape[0], *lengths)


def blocks(call: Call, sizes: Shape) -> tuple[int, ...]:
    """How many windows lie along each side of a picture."""
    counts = []
    for i, k, d, p, s in along(call, (1, *sizes), "kernel_size", "dilation", "padding", "stride"):
        fits(i + 2 * p, k, d)
        counts.append(convolved(i, k, s, p, d))
    return tuple(counts)


def unfold(call: Call, shape: Shape) -> Shape:
    return (shape[0] * prod(per_side(call["kernel_size"], 2)), prod(blocks(call, shape[1:])))


def fold(call: Call, shape: Shape) -> Shape:
    size, window = per_side(call["output_size"], 2), prod(per_side(call["kernel_size"], 2))
    if shape[0] % window:
        raise SpecError(
            "Columns of {rows} numbers cannot be windows of kernel_size={k}, which hold {window} in each channel: "
            "use a multiple of {window} rows, such as {multiple}.",
            rows=shape[0],
            k=call["kernel_size"],
            window=window,
            multiple=-(-shape[0] // window) * window,
        )
    count = prod(blocks(call, size))
    if shape[1] != count:
        raise SpecError(
            "output_size={size} is made of {count} windows, and the input has {columns} columns: give it {count}.",
            size=call["output_size"],
            count=count,
            columns=shape[1],
        )
    return (shape[0] // window, *size)


def upsample(call: Call, shape: Shape) -> Shape:
    sides, mode = len(shape) - 1, setting(call, "mode")
    if SMOOTH.get(mode, sides) != sides:
        raise SpecError(
            "mode={mode} does not go with {shape}: linear is for channels and 1 length, bilinear and bicubic are for 2, "
            "trilinear is for 3, and the others for 1 to 3.",
            mode=mode,
            shape=times(shape),
        )
    if mode not in SMOOTH and setting(call, "align_corners") is not None:
        raise SpecError(
            "align_corners={value} is only for modes that mix neighbours, and mode={mode} does not: leave it at None.",
            value=str(setting(call, "align_corners")),
            mode=mode,
        )
    one_of({name: call[name] for name in ("size", "scale_factor")})
    name = "scale_factor" if call["size"] is None else "size"
    if isinstance(call[name], tuple) and len(call[name]) != sides:
        raise SpecError(
            "{name}={value} must have a number for each of the {sides} sides: use one, or {sides}.",
            name=name,
            value=call[name],
            sides=sides,
        )
    if name == "size":
        if setting(call, "recompute_scale_factor"):
            raise SpecError("recompute_scale_factor=True goes with scale_factor, not with size: leave it at None.")
        return (shape[0], *per_side(call["size"], sides))
    return (shape[0], *(left(scaled(i, factor), name, factor, i) for i, factor in along(call, shape, "scale_factor")))


def pad(call: Call, shape: Shape) -> Shape:
    sides = len(shape) - 1
    places, lengths = per_side(call["padding"], 2 * sides), []
    for side, i in enumerate(shape[1:]):
        before, after = places[2 * (sides - 1 - side) : 2 * (sides - side)]  # torch names the last side first
        bordered(setting(call, "mode"), i, before, after)
        lengths.append(i + before + after)
    return (shape[0], *lengths)


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
