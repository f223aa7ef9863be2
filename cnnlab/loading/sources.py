"""Labelled pictures before anything was chosen among them. Their labels are read without torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnnlab.messages import Message

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Source:
    """`labels` are those of all pictures, `own_test` those of the pictures that the dataset keeps for testing.

    Pictures are read by `read`, which gives uint8 (N, C, H, W), and those at some places by `some`, or lie at `paths`,
    which say nothing to a person where there are `names`; where there is neither, torchvision reads them. `notes` say
    what a person should know of them, and `traps` what only the pictures' files tell.
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    own_test: np.ndarray = field(default_factory=lambda: NONE)
    read: Callable[[], np.ndarray] | None = None
    some: Callable[[np.ndarray], np.ndarray] | None = None
    paths: Sequence[Path] = ()
    names: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()
    traps: Callable[[], tuple[Message, ...]] = tuple

    def called(self, index: int) -> str:
        """What a person knows the picture of a file by: its class and its name."""
        return self.names[index] if self.names else "/".join(self.paths[index].parts[-2:])


def spread(count: int, most: int) -> np.ndarray:
    """Places of `most` of so many things, evenly over all; all where they are fewer.

    >>> spread(9, 3)
    array([0, 4, 8])
    """
    return np.linspace(0, count - 1, min(count, most)).round().astype(int)
