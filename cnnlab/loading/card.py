"""The picture on the home page: handwritten digits as they lie, and the same as the batches of an epoch."""

import numpy as np

from cnnlab.colours import BLUE, GREEN, PINK, VERMILION, rgb

from .embedded import digits
from .order import epoch_order

PICTURES, BATCH, ROWS = 46, 12, 6
SCALE, GAP, ROOM = 5, 2, 22  # pixels of a digit's pixel, between digits, between batches
HUES = np.array([rgb(colour) for colour in (BLUE, VERMILION, GREEN, PINK)])


def card_pixels() -> np.ndarray:
    """uint8 (H, W, 3): each digit has the colour of its batch, of which the last one is short."""
    source = digits()
    order = epoch_order(source.labels[:PICTURES], "shuffled", seed=0, epoch=0)
    hues = HUES[np.argsort(order) // BATCH]
    tiles = tinted(source.read()[:PICTURES, 0] / 255, hues)
    batches = [tiles[order[start : start + BATCH]] for start in range(0, PICTURES, BATCH)]
    boards = [board(some, ROWS) for some in (tiles, *batches)]
    room = np.full((boards[0].shape[0], ROOM, 3), 255, np.uint8)
    strip = [part for each in boards for part in (each, room)]
    return np.pad(np.hstack(strip[:-1]), ((ROOM, ROOM), (ROOM, ROOM), (0, 0)), constant_values=255)


def tinted(digits: np.ndarray, hues: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) on white of digits (N, 8, 8) of 0 to 1: as strong a colour (N, 3) as their pixels are bright."""
    strength = 0.12 + 0.88 * digits.reshape(-1, 8, 8, 1).repeat(SCALE, 1).repeat(SCALE, 2)
    tiles = np.rint(255 * (1 - strength) + hues[:, None, None, :] * strength).astype(np.uint8)
    return np.pad(tiles, ((0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255)


def board(tiles: np.ndarray, rows: int) -> np.ndarray:
    """Tiles (N, H, W, 3) row by row in so many rows, white where there are too few."""
    columns = -(-len(tiles) // rows)
    whole = np.pad(tiles, ((0, rows * columns - len(tiles)), (0, 0), (0, 0), (0, 0)), constant_values=255)
    _, high, wide, _ = tiles.shape
    return whole.reshape(rows, columns, high, wide, 3).swapaxes(1, 2).reshape(rows * high, columns * wide, 3)
