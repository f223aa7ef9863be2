"""Sizes of layers that work along sides: windows that slide, write or are undone, padding, enlarging."""

from collections.abc import Iterator
from math import prod

from cnnlab.specs import Call, SpecError

from .lengths import convolved, pooled, same, scaled, strided, transposed, unpooled
from .refusals import agree, bordered, divide, fits, half, left, one_of, times, wanted
from .rows import Shape, each, per_side, setting

SMOOTH = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # modes that mix neighbours, along so many sides


def along(call: Call, shape: Shape, *names: str) -> Iterator[tuple]:
    """For each side its length, and what each parameter says of it."""
    rows = each(call, *names, sides=len(shape) - 1)
    return ((length, *values) for length, values in zip(shape[1:], rows, strict=True))


def borders(call: Call, sides: int) -> list[tuple[int, int]]:
    """How many places a convolution adds before and after each side."""
    padding = call["padding"]
    if padding == "valid":
        return [(0, 0)] * sides
    if padding == "same":
        return [same(k, d) for k, d in each(call, "kernel_size", "dilation")]
    return [(p, p) for p in per_side(padding, sides)]


def _grouped(call: Call, channels: int) -> None:
    for name in ("in_channels", "out_channels"):
        divide(name, call[name], "groups", call["groups"])
    agree("in_channels", call["in_channels"], channels)


def convolution(call: Call, shape: Shape) -> Shape:
    _grouped(call, shape[0])
    sides = len(shape) - 1
    if call["padding"] == "same" and max(each(call, "stride")) > (1,):
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
    ceil, lengths = call["ceil_mode"], []
    for i, k, s, p, d in along(call, shape, "kernel_size", "stride", "padding", "dilation"):
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
    lengths = []
    for i, k, s, p, size in along(call, shape, "kernel_size", "stride", "padding", "output_size"):
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
            "{name}={value} must be one number for all sides, or one for each of them ({sides}).",
            name=name,
            value=call[name],
            sides=sides,
        )
    if name == "size":
        if setting(call, "recompute_scale_factor"):
            raise SpecError("recompute_scale_factor=True goes with scale_factor, not with size: leave it at None.")
        return (shape[0], *per_side(call["size"], sides))
    return (shape[0], *(left(scaled(i, factor), name, factor, i) for i, factor in along(call, shape, "scale_factor")))


def margins(call: Call, sides: int) -> list[tuple[int, int]]:
    """How many places a padding layer adds before and after each side; torch names the last one first."""
    places = per_side(call["padding"], 2 * sides)
    return list(zip(places[::2], places[1::2], strict=True))[::-1]


def pad(call: Call, shape: Shape) -> Shape:
    lengths = []
    for i, (before, after) in zip(shape[1:], margins(call, len(shape) - 1), strict=True):
        bordered(setting(call, "mode"), i, before, after)
        lengths.append(i + before + after)
    return (shape[0], *lengths)
