"""What pages ask of the workshop about pictures."""

from dataclasses import dataclass
from typing import ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, text, whole
from cnnlab.workshop import PICTURES, Kind, Lane

WORK = "cnnlab.images.work:"
THUMBNAIL = 72


@dataclass(frozen=True)
class Named(Linked):
    """A picture by its name, or by its hash on the shelf, and how long its longest side shall be."""

    name: str = ""
    side: int = THUMBNAIL

    FIELDS: ClassVar[tuple[Field, ...]] = (text("name", limits.LINK_NAME), whole("side", 16, limits.PICTURE_SIDE))


@dataclass(frozen=True)
class Shown:
    """A picture as it is shown; a `small` one without smoothing."""

    small: bool
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Uploaded(Linked):
    """A file on the shelf by its hash, and what its owner calls it."""

    digest: str = ""
    name: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (text("digest", 64), text("name", limits.LINK_NAME))


@dataclass(frozen=True)
class Read:
    """An upload as a PNG that all can read, and what was done to it: messages with their values."""

    png: bytes
    notes: tuple[str, ...]
    values: dict[str, int]


SMALL = Kind("images.small", Named, WORK + "small", gives=(PICTURES,))
READ = Kind("images.read", Uploaded, WORK + "read", Lane.HEAVY, keeps=False)
KINDS = (SMALL, READ)
