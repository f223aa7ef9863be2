"""A dataset's row: besides what every Spec says, what its pictures are and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.specs import Spec


@dataclass(frozen=True)
class Remote:
    """A file to download: `path` below the data folder, the addresses that have it, in turn, and its MD5.

    `unpack` says what is done with it: "gz", "tar", or "" where it is used as it is. `mb` is its size, roughly.
    """

    path: str
    mirrors: tuple[str, ...]
    md5: str
    unpack: str = ""
    mb: float = 0


@dataclass(frozen=True)
class DatasetSpec(Spec):
    """Labelled pictures that a person may choose.

    `classes` are their names, `shape` is that of one picture, and `counts` how many there are for training and for
    testing; all empty where only the data itself tells. What is downloaded has `files`, and its Calls build a function
    of the data folder, which takes `parts[0]` for the training pictures and `parts[1]` for those of the test; all other
    Calls build a Source. `labels` is the path of the function that reads the labels out of those files.
    """

    classes: tuple[str, ...] = ()
    shape: tuple[int, int, int] | None = None
    counts: tuple[int, ...] = ()
    files: tuple[Remote, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    labels: str = ""

    @property
    def fetched(self) -> bool:
        """Whether it must be downloaded first."""
        return bool(self.files)
