"""A dataset's row: besides what every Spec says, what its pictures are and where they come from."""

from dataclasses import dataclass

from cnnlab.specs import Spec


@dataclass(frozen=True)
class DatasetSpec(Spec):
    """Labelled pictures that a person may choose.

    `classes` are their names, `shape` is that of one picture, and `counts` how many there are for training and for
    testing; all empty where only the data itself tells. `fetched` says whether it must be downloaded first.
    """

    classes: tuple[str, ...] = ()
    shape: tuple[int, int, int] | None = None
    counts: tuple[int, ...] = ()
    fetched: bool = False
