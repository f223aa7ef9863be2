"""The picture on the home page: handwritten digits on their way into batches."""

import numpy as np

from .embedded import digits

SCALE, GAP, ROWS, COLUMNS = 5, 5, 6, 16


def card_pixels() -> np.ndarray:
    """uint8 (H, W, 3): an epoch of digits, four at a time."""
    pictures = digits().read()[: ROWS * COLUMNS, 0]
    tiles = np.pad(np.kron(pictures, np.ones((SCALE, SCALE), np.uint8)), ((0, 0), (GAP, 0), (GAP, 0)))
    rows = [np.hstack(tiles[row * COLUMNS : (row + 1) * COLUMNS]) for row in range(ROWS)]
    return np.repeat(np.pad(np.vstack(rows), ((0, GAP), (0, GAP)))[:, :, None], 3, 2)
