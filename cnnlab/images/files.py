"""Pixels as the PNG that travels."""

from io import BytesIO

import numpy as np
from PIL import Image


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height that a PNG's header names (PNG specification, "IHDR").

    >>> png_size(png(np.zeros((2, 3), np.uint8)))
    (3, 2)
    """
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def png(pixels: np.ndarray, side: int | None = None) -> bytes:
    """A lossless PNG of uint8 (H, W, 3) or (H, W).

    With `side`, a longer picture is reduced to that longest side; one of at most half of it is enlarged by a
    whole factor without smoothing, so that each pixel stays a crisp square.
    """
    image = Image.fromarray(pixels)
    longest = max(image.size)
    if side and longest > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    elif side and side // longest > 1:
        factor = side // longest
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    file = BytesIO()
    # The picture travels once, mostly to the same machine: quick beats small.
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
