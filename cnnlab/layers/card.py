"""The picture of the home page: a digit, a kernel, and what the kernel makes of the digit."""

import numpy as np

from cnnlab.images import sample
from cnnlab.summary.sheets import NEGATIVE, POSITIVE, ZERO

from .weights import preset

INPUT, OUTPUT = (0, 114, 178), (0, 158, 115)  # blue goes in, green comes out
CELL, GAP = 9, 1  # pixels of a number, and of the line around it
GROUND, LINE = 255, 225


def card_pixels() -> np.ndarray:
    """uint8 (H, W, 3)."""
    digit = np.asarray(sample("digit_3"), np.float64) / 255
    kernel = preset("sobel", (1, 1, 3, 3))[0, 0]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(digit, 1), (3, 3))
    output = (windows * kernel).sum((2, 3))
    grids = [
        cells(digit, INPUT),
        cells(kernel / np.abs(kernel).max(), POSITIVE),
        cells(np.abs(output / np.abs(output).max()), OUTPUT),
    ]
    tall, room = max(len(grid) for grid in grids), np.full((1, CELL * 2, 3), GROUND, np.uint8)
    columns = []
    for grid in grids:
        above = (tall - len(grid)) // 2
        padded = np.pad(grid, ((above, tall - len(grid) - above), (0, 0), (0, 0)), constant_values=GROUND)
        columns += [padded, room.repeat(tall, 0)]
    return np.pad(np.hstack(columns[:-1]), ((CELL, CELL), (CELL, CELL), (0, 0)), constant_values=GROUND)


def cells(shares: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """A grid of squares from white to a colour, or below zero to that of negative weights."""
    ends = np.where(shares[..., None] < 0, np.array(NEGATIVE), np.array(colour))
    strength = np.abs(shares)[..., None]
    pixels = np.rint(np.array(ZERO) * (1 - strength) + ends * strength).astype(np.uint8)
    grid = pixels.repeat(CELL, 0).repeat(CELL, 1)
    grid[CELL - GAP :: CELL], grid[:, CELL - GAP :: CELL] = LINE, LINE
    return np.pad(grid, ((GAP, 0), (GAP, 0), (0, 0)), constant_values=LINE)
