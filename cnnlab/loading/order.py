"""In which order the pictures of a part are seen: a function of (seed, epoch) alone."""

import math
from collections.abc import Callable, Mapping

import numpy as np

ORDERING = 2  # so that no other draw of the same seed resembles this one


def iterations(samples: int, batch_size: int, drop_last: bool = False) -> int:
    """How many batches an epoch has.

    >>> iterations(1437, 64), iterations(1437, 64, drop_last=True)
    (23, 22)
    """
    return samples // batch_size if drop_last else math.ceil(samples / batch_size)


def epoch_order(labels: np.ndarray, sampler: str, seed: int, epoch: int) -> np.ndarray:
    """The places of a part's pictures as one epoch sees them: as many as there are.

    >>> epoch_order(np.zeros(4), "in order", seed=0, epoch=3)
    array([0, 1, 2, 3])
    """
    return SAMPLERS[sampler](np.asarray(labels), np.random.default_rng((ORDERING, seed, epoch)))


def _shuffled(labels: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return chance.permutation(len(labels))


def _in_order(labels: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return np.arange(len(labels))


def _weighted(labels: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Drawn with replacement, a picture the likelier the rarer its class: all classes are as likely."""
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights = 1 / counts[places]
    return chance.choice(len(labels), len(labels), p=weights / weights.sum())


def balanced(labels: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """As many of each class, to within one: pictures of rare classes come again, each as often as its neighbours."""
    classes = chance.permutation(np.unique(labels))  # those that come first may have one more
    own = [chance.permutation(np.flatnonzero(labels == label)) for label in classes]
    counts = [len(labels) // len(own) + (place < len(labels) % len(own)) for place in range(len(own))]
    return chance.permutation(
        np.concatenate([np.resize(places, count) for places, count in zip(own, counts, strict=True)])
    )


SAMPLERS: Mapping[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "shuffled": _shuffled,
    "in order": _in_order,
    "weighted": _weighted,
    "balanced": balanced,
}
