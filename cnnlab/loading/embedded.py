"""Pictures that need no download: scikit-learn's digits, and noise."""

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
    return Source(tuple("0123456789"), table[:, -1].astype(np.int64), read=lambda: pictures)


def FakeData(size: int = 1000, classes: int = 10, side: int = 32, channels: int = 3, seed: int = 0) -> Source:
    """Noise whose labels mean nothing: as many of each class as there are of any other, or one more."""
    labels = np.random.default_rng((seed, 0)).permutation(size) % classes
    return Source(
        tuple(str(number) for number in range(classes)),
        labels.astype(np.int64),
        read=partial(_noise, (size, channels, side, side), seed),
    )


def _noise(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng((seed, 1)).integers(0, 256, shape, np.uint8)
