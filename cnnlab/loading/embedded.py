"""Pictures that need no download: scikit-learn's digits, and noise."""

import math
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from .sources import Source


@cache
def digits() -> Source:
    """scikit-learn's 1,797 handwritten digits; their 17 grays are spread over 0 to 255."""
    # The file is read without importing the package, which takes a second.
    file = Path(find_spec("sklearn").origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(file, delimiter=",")
    pictures = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    return Source(tuple("0123456789"), table[:, -1].astype(np.int64), read=lambda: pictures, some=pictures.__getitem__)


def FakeData(size: int = 1000, classes: int = 10, side: int = 32, channels: int = 3, seed: int = 0) -> Source:
    """Noise whose labels mean nothing: as many of each class as there are of any other, or one more."""
    labels = np.random.default_rng((seed, 0)).permutation(size) % classes
    return Source(
        tuple(str(number) for number in range(classes)),
        labels.astype(np.int64),
        read=partial(_noise, (size, channels, side, side), seed),
        some=partial(_some_noise, (channels, side, side), seed),
    )


def _noise(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng((seed, 1)).integers(0, 256, shape, np.uint8)


def _some_noise(shape: tuple[int, ...], seed: int, places: np.ndarray) -> np.ndarray:
    """`_noise` at some places, without what comes before them: the generator gives eight bytes a step."""
    made = np.empty((len(places), *shape), np.uint8)
    row = 0
    for run in np.split(places, np.flatnonzero(np.diff(places) != 1) + 1) if len(places) else ():
        start, count = int(run[0]) * math.prod(shape), len(run) * math.prod(shape)
        chance = np.random.default_rng((seed, 1))
        chance.bit_generator.advance(start // 8)
        bytes_ = chance.integers(0, 256, start % 8 + count, np.uint8)[start % 8 :]
        made[row : row + len(run)] = bytes_.reshape(-1, *shape)
        row += len(run)
    return made
