"""A dataset's row: besides what every Spec says, what its pictures are and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.specs import Spec


@dataclass(frozen=True)
class Remote:
    """A file to download: `path` below the data folder, the addresses that have it, in turn, its MD5 and its bytes.

    `unpack` says what is done with it: "gz", "tar", or "" where it is used as it is.
    """

    path: str
    mirrors: tuple[str, ...]
    md5: str
    nbytes: int
    unpack: str = ""


@dataclass(frozen=True)
class DatasetSpec(Spec):
    """Labelled pictures that a person may choose.

    `classes` are their names, `shape` is that of one picture, and `counts` how many there are for training and for
    testing; all empty where only the data itself tells. `plain` are lines of Python that read it without cnnlab, as
    `pictures` (uint8, N, C, H, W) and `labels`; none where there are no such. `reads` are such lines too, into which the
    values of a Call are put, and as {part} the words of its part. What is downloaded has `files`, and its
    Calls build torchvision's dataset out of the data folder and the words of `parts`, the training pictures and those for
    testing; all other Calls build a Source. An `own` one is made of files that a visitor sent, and says nothing in a link.
    """

    classes: tuple[str, ...] = ()
    shape: tuple[int, int, int] | None = None
    counts: tuple[int, ...] = ()
    files: tuple[Remote, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    plain: tuple[str, ...] = ()
    own: bool = False
    reads: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """That must be downloaded."""
        return sum(file.nbytes for file in self.files)

    @property
    def fetched(self) -> bool:
        """Whether it must be downloaded first."""
        return bool(self.files)

    @property
    def of_files(self) -> bool:
        """Whether a person says by a name of their own where its files are."""
        return any(param.type is str and not param.options for param in self.params)
