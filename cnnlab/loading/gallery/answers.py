"""What a page is told of the pictures of a dataset: plain data, with sheets of thumbnails as pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.messages import Message

DAMAGED, LARGE = "damaged", "large"  # why a picture is not shown


@dataclass(frozen=True)
class Tile:
    """A picture by its index in the dataset, or in what that keeps for testing where it is of the `part` "test".

    `label` is the dataset's own, `size` the picture's (width, height), `thumbnail` that of what is on the sheet.
    A picture with a `fault` is not there.
    """

    index: int
    label: int
    part: str
    size: tuple[int, int] = (0, 0)
    thumbnail: tuple[int, int] = (0, 0)
    fault: str = ""


@dataclass(frozen=True)
class Sheet:
    """Where thumbnails lie in one picture of (width, height): each at the top left of a cell, `columns` cells a row.

    `step` is the (width, height) from one cell to the next.
    """

    size: tuple[int, int]
    step: tuple[int, int]
    columns: int


@dataclass(frozen=True)
class Page:
    """One page of a part's pictures, of one class alone where there is a `label`; pages are counted from 1."""

    part: str
    label: int | None
    page: int
    pages: int
    count: int
    tiles: tuple[Tile, ...]
    sheet: Sheet
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Kept:
    """A class that is kept: its label in the dataset, its name, how many of its pictures each part has, some of them."""

    label: int
    name: str
    counts: Mapping[str, int]
    tiles: tuple[Tile, ...] = ()


@dataclass(frozen=True)
class Classes:
    """All classes that are kept, the samples of all on one sheet in their order; `own_test` as in `Places`."""

    classes: tuple[Kept, ...]
    own_test: bool
    sheet: Sheet
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Numbers:
    """Of the training pictures' values from 0 to 1, channel by channel: mean and standard deviation of all of them,
    the mean of each picture's own deviation, and the deviation of the pictures' own means.

    `seen` of `count` pictures were counted, brought to `side` where they have many sizes, 0 for as they are. `counts`
    are the histograms of the bytes, by channel.
    """

    seen: int
    count: int
    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    own_std: tuple[float, ...]
    std_of_means: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Twins:
    """Groups of pictures with the same pixels among `seen` of `count` pictures of all parts.

    There are so many `groups`, `surplus` pictures that others repeat, groups `across` parts, and groups whose pictures
    have `other_labels`; the first groups are `shown`, all their tiles on one sheet in their order.
    """

    seen: int
    count: int
    groups: int
    surplus: int
    across: int
    other_labels: int
    shown: tuple[tuple[Tile, ...], ...]
    sheet: Sheet
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Oddity:
    """What is odd about some files, what mends it, Python that does ("" for none), and the first of them by name."""

    said: Message
    fix: str
    code: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sizes:
    """How large the pictures are, of `seen` of `count`: pairs of (width, height), and how many have them.

    The histograms of both sides share `edges`. `odd` is what a person should know of the files.
    """

    seen: int
    count: int
    different: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    edges: tuple[float, ...]
    widths: tuple[int, ...]
    heights: tuple[int, ...]
    odd: tuple[Oddity, ...]
