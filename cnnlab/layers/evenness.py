"""A transposed convolution at work on ones, beside enlarging first and then convolving: what a checkerboard looks like."""

import numpy as np
import torch
from torch import Tensor

from cnnlab.images import png
from cnnlab.specs import SpecError
from cnnlab.summary.maps import to_pixels

from .answers import Counts
from .checkerboard import counts, resized, uneven
from .drawn import drawn
from .jobs import Asked
from .values import run
from .weights import built, chosen, weighted

SIDE = 480  # pixels of a picture


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
    there = run(small.call, weighted(asked, small), ones)[0]
    larger = run(enlarge, enlarge.build(), ones)[0]
    other = run(convolve, built(convolve, kernel, asked.seed), larger)[0]
    planes = [plane(part) for part in (grid[None], there, other)]
    return Counts(
        often.sides,
        any(uneven(small.call)),
        f"nn.Sequential({enlarge.code()}, {convolve.code()})",
        tuple(float(part.min()) for part in planes),
        tuple(float(part.max()) for part in planes),
        tuple(png(to_pixels(part), SIDE) for part in planes),
        small.notes,
    )


def plane(values: Tensor) -> np.ndarray:
    """The first channel as (H, W): a signal as one row, of a volume the middle slice."""
    first = values[0]
    while first.dim() > 2:
        first = first[len(first) // 2]
    return first.reshape(-1, first.shape[-1]).numpy()
