"""The picture on the home page: digits that a network never learnt from, at four moments of its training."""

import numpy as np

from cnnlab.colours import GREEN, RED, rgb
from cnnlab.loading.card import ROOM, board, tinted
from cnnlab.loading.embedded import digits
from cnnlab.loading.splits import split

RIGHT, WRONG = rgb(GREEN), rgb(RED)
MOMENTS = (0, 3, 15, 300)  # steps
ROWS, COLUMNS = 6, 4


def card_pixels() -> np.ndarray:
    """uint8 (H, W, 3): those that are recognised are green, the others red."""
    source = digits()
    parts = split(source.labels, validation=0.5)
    inputs = source.read().reshape(len(source.labels), -1) / 255
    shown = parts.validation[: ROWS * COLUMNS]
    boards = [
        board(tinted(inputs[shown], np.where((source.labels[shown] == guessed)[:, None], RIGHT, WRONG)), ROWS)
        for guessed in guesses(inputs[parts.train], source.labels[parts.train], inputs[shown])
    ]
    room = np.full((boards[0].shape[0], ROOM, 3), 255, np.uint8)
    strip = [part for each in boards for part in (each, room)]
    return np.pad(np.hstack(strip[:-1]), ((ROOM, ROOM), (ROOM, ROOM), (0, 0)), constant_values=255)


def guesses(inputs: np.ndarray, labels: np.ndarray, shown: np.ndarray) -> list[np.ndarray]:
    """What one linear layer takes the digits for at each moment, trained by plain gradient descent."""
    weights, wanted, said = np.random.default_rng(0).normal(0, 0.1, (inputs.shape[1], 10)), np.eye(10)[labels], []
    for step in range(MOMENTS[-1] + 1):
        if step in MOMENTS:
            said.append((shown @ weights).argmax(1))
        scores = np.exp(inputs @ weights - (inputs @ weights).max(1, keepdims=True))
        weights -= 0.3 * inputs.T @ (scores / scores.sum(1, keepdims=True) - wanted) / len(labels)
    return said
