"""The parts of a selection: which pictures of the dataset, with the labels that the network learns."""

from dataclasses import dataclass, fields

import numpy as np

from .selection import Selection
from .sources import Source
from .splits import Split, kept_classes, renumbered, split

PARTS = tuple(field.name for field in fields(Split))


@dataclass(frozen=True, eq=False)
class Places:
    """`indices` of pictures, rising, with their `labels`; in the dataset, or in what it keeps as its `own_test`."""

    indices: np.ndarray
    labels: np.ndarray
    own_test: bool = False


def parts_of(selection: Selection, source: Source) -> dict[str, Places]:
    """By name, one of PARTS. The dataset's own pictures for testing are used where none are asked for."""
    chosen = kept_classes(source.labels, selection.classes, source.classes)
    parts = split(
        source.labels,
        selection.classes,
        selection.samples,
        selection.validation,
        selection.test,
        selection.split_seed,
        source.classes,
    )
    made = {name: Places(indices, renumbered(source.labels[indices], chosen)) for name, indices in vars(parts).items()}
    if len(source.own_test) and not selection.test:
        indices = np.flatnonzero(np.isin(source.own_test, chosen))
        made["test"] = Places(indices, renumbered(source.own_test[indices], chosen), own_test=True)
    return made
