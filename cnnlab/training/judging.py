"""What a trained network gets right and wrong, from its answers as plain arrays. No torch."""

from dataclasses import dataclass

import numpy as np

from cnnlab.specs import SpecError


@dataclass(frozen=True)
class ClassFigures:
    """Of one class: the share of what was called so that is, of what is so that was called so, their harmonic mean, and
    how many there are; None where nothing was called so, or is."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Mistake:
    """A picture by its place in the part, what it is, what it was taken for, and how sure the network was."""

    place: int
    label: int
    predicted: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Projection:
    """Points (N, 2) on the two directions in which the features vary most, and the shares of the variance along them."""

    points: np.ndarray
    shares: tuple[float, float]


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many of each class (rows) were taken for each (columns), int64 (classes, classes).

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def per_class(table: np.ndarray, names: tuple[str, ...]) -> tuple[ClassFigures, ...]:
    """The figures of every class, from a confusion matrix."""
    rows = []
    for name, right, called, there in zip(names, table.diagonal(), table.sum(0), table.sum(1), strict=True):
        f1 = 2 * right / (called + there) if called + there else None
        rows.append(
            ClassFigures(
                name,
                float(right / called) if called else None,
                float(right / there) if there else None,
                None if f1 is None else float(f1),
                int(there),
            )
        )
    return tuple(rows)


def mistakes(probabilities: np.ndarray, labels: np.ndarray, most: int) -> tuple[Mistake, ...]:
    """What was taken for something else, the surest first; `probabilities` (N, classes)."""
    predicted, sure = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    return tuple(Mistake(int(i), int(labels[i]), int(predicted[i]), float(sure[i])) for i in wrong)


def projected(features: np.ndarray) -> Projection:
    """The principal components of features (N, F); each points where its largest entry is positive.

    SpecError where there are fewer than two pictures or numbers each to look at.
    """
    if min(features.shape) < 2:
        raise SpecError(
            "{pictures} pictures of {numbers} numbers each cannot be laid out in a plane: two of both are needed.",
            pictures=features.shape[0],
            numbers=features.shape[1],
        )
    centred = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2]
    directions = directions * np.sign(directions[np.arange(2), np.abs(directions).argmax(1)])[:, None]
    variance = lengths**2
    whole = variance.sum() or 1.0
    first, second = (variance[:2] / whole).tolist()
    return Projection(centred @ directions.T, (first, second))
