"""Epoch, iteration, batch: how many there are, and what the workshop says of two epochs."""

from dataclasses import dataclass

from .order import iterations


@dataclass(frozen=True)
class Batching:
    """`drawn` places of an epoch in batches, in one process.

    >>> [(b.batches, b.last, b.left) for b in (Batching(80, 8), Batching(87, 8), Batching(87, 8, drop_last=True))]
    [(10, 8, 0), (11, 7, 0), (10, 8, 7)]
    """

    drawn: int
    batch_size: int
    drop_last: bool = False

    @property
    def batches(self) -> int:
        """The iterations of an epoch."""
        return iterations(self.drawn, self.batch_size, self.drop_last)

    @property
    def rest(self) -> int:
        """What no full batch can be made of."""
        return self.drawn % self.batch_size

    @property
    def left(self) -> int:
        """How many places of an epoch are in no batch."""
        return self.rest if self.drop_last else 0

    @property
    def last(self) -> int:
        """The size of the last batch, 0 where there is none."""
        if not self.batches:
            return 0
        return self.batch_size if self.drop_last or not self.rest else self.rest


@dataclass(frozen=True)
class Coverage:
    """Of one epoch of one process: how many different samples come, and how often the most frequent one does."""

    different: int
    most: int


@dataclass(frozen=True)
class Order:
    """Two epochs of a sampler over `samples` of these `classes`.

    `hues` has a number from 0 on for each class, the last one for all that are too many to tell apart; `counts` how many
    of each such number the first batches of the first epoch have, and `expected` which shares a batch has on average.
    Of the full batches of the first epoch, `kinds` is how many different classes they have on average, and at least.
    `code` makes the loader. `rows` are JSON packed by gzip: "epochs", each with "batches": {"batch", its number from 0 on,
    "size", "left" where it is dropped, "samples": [index among the samples, class]}, the first ones of it}, the first
    batches and the last; "classes", "hues".
    """

    samples: int
    drawn: int
    classes: tuple[str, ...]
    hues: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    expected: tuple[float, ...]
    kinds: tuple[float, int] | None
    coverage: tuple[Coverage, Coverage]
    code: str
    rows: bytes


@dataclass(frozen=True)
class Clash:
    """Arguments that a DataLoader does not take together, as Python, and what torch says of them."""

    code: str
    words: str


@dataclass(frozen=True)
class Clashes:
    clashes: tuple[Clash, ...]
