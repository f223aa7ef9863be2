"""Curves made smooth as TensorBoard does it."""

import math

import numpy as np

BLOCK = 256  # values that are worked out at once
GROWTH = 200.0  # of a block, in powers of e: within a float's range


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """Exponential moving average in which what is past counts `weight` (0 to 1), without the pull of its start at zero.

    TensorBoard's `classicSmoothing`: s = weight · s + (1 − weight) · x, shown as s / (1 − weightⁿ) for the n-th finite
    value. What is not finite stays as it is and counts for nothing; a constant stays itself.

    >>> smoothed(np.array([1.0, 3.0]), 0.5).tolist()
    [1.0, 2.3333333333333335]
    """
    values = np.array(values, dtype=np.float64)
    finite = np.isfinite(values)
    told = values if finite.all() else values[finite]
    if not 0 < weight < 1 or len(told) == 0 or (told[0] == told[-1] and (told == told[0]).all()):
        return values
    average = _average(told, weight)
    young = min(len(told), int(40 / -math.log(weight)) + 1)  # after which the start weighs less than a rounding
    average[:young] /= -np.expm1(np.arange(1, young + 1) * math.log(weight))
    values[finite] = average
    return values


def _average(values: np.ndarray, weight: float) -> np.ndarray:
    """s = weight · s + (1 − weight) · x from s = 0, block by block: within one, s is a sum of scaled values."""
    length = max(1, min(BLOCK, int(GROWTH / -math.log(weight))))
    blocks = -(-len(values) // length)
    padded = np.zeros(blocks * length)
    padded[: len(values)] = (1 - weight) * values
    scale = weight ** np.arange(length)
    within = np.cumsum(padded.reshape(blocks, length) / scale, axis=1) * scale
    carry, carries = 0.0, np.empty(blocks)
    for block, end in enumerate(within[:, -1]):
        carries[block] = carry
        carry = end + carry * weight**length
    return (within + carries[:, None] * (scale * weight)).reshape(-1)[: len(values)]
