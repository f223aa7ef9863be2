"""Which points of a long curve are drawn: the least and the greatest of each stretch, so that no spike is lost."""

import numpy as np


def chosen(values: np.ndarray, points: int) -> np.ndarray:
    """Places of at most `points` of the values, in order (`points` ≥ 4).

    Stretches are as long as a power of two, counted from the beginning, so that what was drawn of a growing curve stays
    as it was. Each gives its least and its greatest finite value, or its first where it has none; the first and the last
    value of all are among them.

    >>> chosen(np.array([0, 0, 0, 9, 0, 0, 0, 0, 0, -1, 0, 0]), 8).tolist()
    [0, 3, 4, 8, 9, 11]
    """
    count = len(values)
    if count <= points:
        return np.arange(count)
    width = 1
    while 2 * -(-count // width) + 2 > points:
        width *= 2
    stretches = -(-count // width)
    least = np.argmin(_table(values, stretches, width, np.inf), axis=1)
    greatest = np.argmax(_table(values, stretches, width, -np.inf), axis=1)
    starts = np.arange(stretches) * width
    return np.unique(np.concatenate([[0], starts + least, starts + greatest, [count - 1]]))


def _table(values: np.ndarray, stretches: int, width: int, nothing: float) -> np.ndarray:
    """A row for each stretch; `nothing` stands for what is not finite, and after the last value."""
    table = np.full(stretches * width, nothing)
    table[: len(values)] = values
    finite = np.isfinite(table)
    if not finite.all():
        table[~finite] = nothing
    return table.reshape(stretches, width)


def broken(values: np.ndarray, points: int) -> np.ndarray:
    """Places of at most `points` of the values that are NaN or infinite, the first and the last among them."""
    places = np.flatnonzero(~np.isfinite(values))
    if len(places) <= points:
        return places
    return places[np.linspace(0, len(places) - 1, points).astype(int)]
