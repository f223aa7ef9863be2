"""A transposed convolution at work on ones, beside enlarging first and then convolving: what a checkerboard looks like."""

import numpy as np
import torch
from torch import Tensor

from cnnlab.images import png
from cnnlab.specs import N_, Call, Message, SpecError
from cnnlab.summary.maps import to_pixels

from .answers import Counts
from .checkerboard import counts, resized, uneven
from .drawn import drawn
from .jobs import Asked
from .rows import each
from .values import run
from .weights import built, chosen, weighted

SIDE = 480  # pixels of a picture
CANCELLED = N_(
    "With these weights ones show no checkerboard: in every place the weights that meet there add up to {total}. "
    "Another picture may still show it, and so do ones with “Ones” as weights."
)


def evenness(asked: Asked) -> Counts:
    """The Counts of the drawn layer; ones go in, so that what is seen is the layer's own doing.

    The kernels of the other way are drawn with the same start, or are the same preset.
    """
    small = drawn(asked.call, asked.first_shape)
    if small.call.spec.family != "transposed":
        raise SpecError("{name} writes no places twice: only transposed convolutions do.", name=small.call.name)
    ones = torch.ones(small.shape)
    often = counts(small.call, small.shape)
    grid = torch.tensor(often.flat(), dtype=torch.float32).reshape(often.shape)
    enlarge, convolve = resized(small.call, small.shape)
    kernel = chosen(asked, convolve)
    layer = weighted(asked, small)
    there = run(small.call, layer, ones)[0]
    larger = run(enlarge, enlarge.build(), ones)[0]
    other = run(convolve, built(convolve, kernel, asked.seed), larger)[0]
    planes = [plane(part) for part in (grid[None], there, other)]
    clash, sums = any(uneven(small.call)), meeting(small.call, layer.weight.detach())
    alike = clash and bool(sums.max() - sums.min() <= 1e-6 * layer.weight.abs().max())
    return Counts(
        often.sides,
        clash,
        f"nn.Sequential({enlarge.code()}, {convolve.code()})",
        tuple(float(part.min()) for part in planes),
        tuple(float(part.max()) for part in planes),
        tuple(png(to_pixels(part), SIDE) for part in planes),
        (*([Message(CANCELLED, {"total": f"{float(sums.mean()) + 0.0:.3g}"})] if alike else []), *small.notes),
    )


def meeting(call: Call, weight: Tensor) -> Tensor:
    """What the weights add up to that meet in each of `stride` neighbouring places of the first channel, off the border."""
    sums = weight[: len(weight) // call["groups"], 0].sum(0)
    for side, (length, stride, dilation) in enumerate(each(call, "kernel_size", "stride", "dilation")):
        shape = (*sums.shape[:side], stride, *sums.shape[side + 1 :])
        sums = torch.zeros(shape).index_add(side, torch.arange(length) * dilation % stride, sums)
    return sums


def plane(values: Tensor) -> np.ndarray:
    """The first channel as (H, W): a signal as one row, of a volume the middle slice."""
    first = values[0]
    while first.dim() > 2:
        first = first[len(first) // 2]
    return first.reshape(-1, first.shape[-1]).numpy()
