"""What a selection comes to, in numbers and without torch: said before a run starts."""

from dataclasses import dataclass

import numpy as np

from cnnlab.messages import Message

from .keeping import source_of
from .order import iterations
from .parts import parts_of
from .selection import Feeding, Selection
from .splits import kept_classes


@dataclass(frozen=True)
class Described:
    """The kept classes by name, how many pictures of each a part has, and what a person should know of the data."""

    classes: tuple[str, ...]
    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    notes: tuple[Message, ...] = ()

    def iterations(self, feeding: Feeding) -> int:
        """Of one epoch of training."""
        return iterations(sum(self.train), feeding.batch_size, feeding.drop_last)


def describe(selection: Selection) -> Described:
    """What `prepare` will make of a selection; SpecError where it would refuse it, or the data is not here yet.

    >>> described = describe(Selection())
    >>> sum(described.train), described.iterations(Feeding()), described.iterations(Feeding(drop_last=True))
    (1437, 23, 22)
    """
    source = source_of(selection.data)
    chosen = kept_classes(source.labels, selection.classes, source.classes)
    counts = {
        name: tuple(np.bincount(part.labels, minlength=len(chosen)).tolist())
        for name, part in parts_of(selection, source).items()
    }
    return Described(tuple(source.classes[label] for label in chosen), **counts, notes=source.notes)
