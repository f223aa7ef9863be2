"""What a step takes on one thread, from its values and the picture that reaches it: seconds, and bytes beside the picture.

The rates were measured with torch 2.15 on a server's core, and are meant to be right within a factor of three.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]

BYTES = {"uint8": 1, "bool": 1, "float16": 2, "bfloat16": 2, "int16": 2, "float32": 4, "int32": 4}


@dataclass(frozen=True)
class Size:
    """The sides and channels of a picture, of how many there are; `dtype` as torch names it."""

    height: int
    width: int
    channels: int
    dtype: str
    pictures: int = 1

    @property
    def values(self) -> int:
        return self.height * self.width * self.channels * self.pictures

    @property
    def itemsize(self) -> int:
        return BYTES.get(self.dtype, 8)

    @property
    def nbytes(self) -> int:
        return self.values * self.itemsize


Cost = Callable[[Values, Size], tuple[float, float]]

# Seconds for one value under one number of a kernel, and for one that oneDNN does not do: those are laid out first.
MULTIPLY, LAID_OUT = 1e-9, 24e-9
SLOW = ("float16", "float64")


def each(nanoseconds: float, copies: float) -> Cost:
    """So much for each value: time, and the whole picture so many times in memory."""

    def cost(values: Values, size: Size) -> tuple[float, float]:
        return size.values * nanoseconds * 1e-9, size.values * max(size.itemsize, 4) * copies

    return cost


PLAIN = each(60, 2)
WARPED, TINTED, SHARPENED, NOISY, POLICY = each(150, 6), each(400, 8), each(200, 7), each(130, 6), each(400, 8)


def blurred(values: Values, size: Size) -> tuple[float, float]:
    """GaussianBlur: every value under the whole kernel, not side by side."""
    kernel = values["kernel_size"]
    across, down = (kernel * 2)[:2] if isinstance(kernel, tuple) else (kernel, kernel)
    return _convolved(across * down, size)


def swayed(values: Values, size: Size) -> tuple[float, float]:
    """ElasticTransform: two fields of the picture's size are blurred, each with a kernel of 8 sigma a side."""
    sigma = values["sigma"]
    sigmas = (sigma * 2)[:2] if isinstance(sigma, tuple) else (sigma, sigma)
    field = Size(size.height, size.width, 1, "float32")
    seconds = sum(_convolved((8 * sigma + 2) ** 2, field)[0] for sigma in sigmas)
    return seconds + size.values * 1e-6, size.values * 64.0


def repeated(values: Values, size: Size) -> tuple[float, float]:
    """RandAugment: operations one after the other."""
    seconds, nbytes = POLICY(values, size)
    return seconds * values["num_ops"] / 2, nbytes


def mixed(values: Values, size: Size) -> tuple[float, float]:
    """AugMix: chains of operations, each on a picture of its own."""
    depth = values["chain_depth"] if values["chain_depth"] > 0 else 3
    seconds, nbytes = POLICY(values, size)
    return seconds / 2 * values["mixture_width"] * depth, nbytes * 2


def _convolved(numbers: float, size: Size) -> tuple[float, float]:
    plain = PLAIN({}, size)
    if size.dtype in SLOW:
        columns = size.height * size.width * size.pictures * numbers  # of one channel at a time
        return plain[0] + size.values * numbers * LAID_OUT, plain[1] + columns * size.itemsize
    return plain[0] + size.values * numbers * MULTIPLY, plain[1] + size.values * 8

