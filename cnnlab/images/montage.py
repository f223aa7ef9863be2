"""Pictures side by side as one."""

import math
from collections.abc import Sequence

import numpy as np

GAP = 2


def montage(pictures: Sequence[np.ndarray], columns: int = 0, gap: int = GAP, ground: int = 255) -> np.ndarray:
    """uint8 pictures (H, W) or (H, W, 3) on a sheet, nearly square unless it has so many columns.

    `gap` pixels of the value `ground` stand between them, and beside a picture smaller than the largest.

    >>> montage([np.zeros((4, 6, 3), np.uint8)] * 5).shape
    (10, 22, 3)
    """
    columns = columns or math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    tall, wide = max(p.shape[0] for p in pictures), max(p.shape[1] for p in pictures)
    size = (rows * (tall + gap) - gap, columns * (wide + gap) - gap, *pictures[0].shape[2:])
    sheet = np.full(size, ground, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (tall + gap), index % columns * (wide + gap)
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet
