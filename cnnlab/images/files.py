"""Pixels as the PNG that travels."""

from io import BytesIO

import numpy as np
from PIL import Image


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
