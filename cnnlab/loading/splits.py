"""Which pictures are for training, for validation and for the test: drawn class by class from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnlab.specs import SpecError

SPLITTING = 1  # so that no other draw of the same seed resembles this one


@dataclass(frozen=True, eq=False)
class Split:
    """Places of pictures in the dataset, rising."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(
    labels: np.ndarray,
    classes: Sequence[int] = (),
    samples: int = 0,
    validation: float = 0.2,
    test: float = 0.0,
    seed: int = 0,
    names: Sequence[str] = (),
) -> Split:
    """Pictures of these classes, all where there is none given; `samples` of them, all where it is 0; in three parts.

    Each part has as many of each class as there is in the whole, to within one. A class is drawn from (seed, class)
    alone, so that a smaller subset lies in a larger one. SpecError, with a class called by its name, where a part
    cannot be made.

    >>> [len(part) for part in vars(split(np.arange(100) % 2)).values()]
    [80, 20, 0]
    """
    if validation + test >= 1:
        raise SpecError(
            "validation={validation} and test={test} leave nothing to train with: together they must stay below 1.",
            validation=validation,
            test=test,
        )
    chosen = kept_classes(labels, classes, names)
    sizes = np.bincount(labels)[chosen]
    kept = shares(sizes, _checked_samples(samples, int(sizes.sum()), len(chosen)))
    tested = shares(kept, _count(test, kept.sum()))
    validated = shares(kept - tested, _count(validation, kept.sum()))
    parts: tuple[list, list, list] = ([], [], [])
    for label, count, of_test, of_validation in zip(chosen, kept, tested, validated, strict=True):
        _refuse_bare(int(count), int(of_test + of_validation), _name(label, names))
        order = np.random.default_rng((SPLITTING, seed, label)).permutation(np.flatnonzero(labels == label))[:count]
        for part, places in zip(
            parts, np.split(order, [count - of_test - of_validation, count - of_test]), strict=True
        ):
            part.append(places)
    return Split(*(np.sort(np.concatenate(part)) for part in parts))


def kept_classes(labels: np.ndarray, classes: Sequence[int], names: Sequence[str] = ()) -> list[int]:
    """The labels that are kept, rising; SpecError where the data has no such class, or fewer than two are left."""
    there = np.unique(labels).tolist()
    for label in classes:
        if label not in there:
            raise SpecError(
                "There is no picture of class {label}: the data has {count} classes, counted from 0.",
                label=label,
                count=max(len(names), len(there)),
            )
    chosen = sorted(set(classes)) or there
    if len(chosen) < 2:
        raise SpecError("One class alone cannot be told from another: choose two or more.")
    return chosen


def renumbered(labels: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """The labels as places in the rising list of kept classes.

    >>> renumbered(np.array([7, 3, 7]), [3, 7])
    array([1, 0, 1])
    """
    return np.searchsorted(np.asarray(classes), labels)


def shares(sizes: np.ndarray, total: int) -> np.ndarray:
    """`total` divided in proportion to `sizes`, by largest remainders: each within one of its exact share.

    >>> shares(np.array([5, 3, 2]), 5)
    array([3, 1, 1])
    """
    whole, rest = np.divmod(sizes * int(total), max(sizes.sum(), 1))
    missing = int(total) - whole.sum()
    whole[np.argsort(-rest, kind="stable")[:missing]] += 1
    return whole


def _count(share: float, whole: int) -> int:
    """A share of pictures, rounded up as scikit-learn's train_test_split does."""
    count = int(np.ceil(round(share * whole, 6)))
    return min(count, int(whole))


def _checked_samples(samples: int, there: int, classes: int) -> int:
    if samples > there:
        raise SpecError("samples={samples} is more than the {there} pictures there are.", samples=samples, there=there)
    if samples and samples < classes:
        raise SpecError(
            "samples={samples} is less than one picture for each of the {classes} classes.",
            samples=samples,
            classes=classes,
        )
    return samples or there


def _refuse_bare(count: int, held: int, name: str) -> None:
    if count <= held:
        raise SpecError(
            "Of class {name} {count} of the pictures are used, and none is left to train with: "
            "use more samples or smaller shares.",
            name=name,
            count=count,
        )


def _name(label: int, names: Sequence[str]) -> str:
    return names[label] if label < len(names) else str(label)
