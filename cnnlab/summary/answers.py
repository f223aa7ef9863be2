"""What a page is told of a model besides its summary: plain data, with pictures as PNG."""

from dataclasses import dataclass

from cnnlab.models import Match, TensorRow
from cnnlab.specs import Message

from .report import Report
from .rows import Shape


@dataclass(frozen=True)
class Agreement:
    """Ours beside theirs; None where there is nothing to compare with.

    `beyond` are our MACs by operation that torch's counter has no formula for. `published_gmacs` is what torchvision
    labels GFLOPS: it counts multiply-accumulates, to three decimals.
    """

    macs: int
    torch_macs: int | None
    beyond: dict[str, int]
    params: int
    published_params: int | None = None
    published_gmacs: float | None = None

    @property
    def with_torch(self) -> bool | None:
        return None if self.torch_macs is None else self.macs - sum(self.beyond.values()) == self.torch_macs

    @property
    def with_published(self) -> bool | None:
        if self.published_gmacs is None:
            return None
        return round(self.macs / 1e9, 3) == self.published_gmacs and self.params == self.published_params


@dataclass(frozen=True)
class Item:
    """One thing that a walk yields: its name where the walk gives one, its type, the shape if it is a tensor."""

    name: str | None
    type: str
    shape: Shape | None = None


@dataclass(frozen=True)
class Walk:
    """A way to walk: the code that walks it, what it is for, and what it yields for this model."""

    name: str
    code: str
    about: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Summarised:
    """The summary of a model, who agrees with it, and the inputs (without the batch) that the model was made for.

    `shapes` are those that it was given. `rows` is what the page's tree is drawn from, as JSON, packed by gzip.
    """

    report: Report
    agreement: Agreement
    natural: tuple[Shape, ...]
    shapes: tuple[Shape, ...]
    rows: bytes


@dataclass(frozen=True)
class Side:
    """One of two models beside each other: the inputs it was given (without the batch), its totals, why it stopped."""

    shapes: tuple[Shape, ...]
    output: Shape | None
    params: int
    macs: int
    layers: int
    activation_bytes: int
    failure: Message | None = None


@dataclass(frozen=True)
class Compared:
    """Two models beside each other, and why the second could not take the first's input and so was given its own.

    `rows` is what `side_by_side` gives, as JSON, packed by gzip.
    """

    left: Side
    right: Side
    refusal: Message | None
    rows: bytes


@dataclass(frozen=True)
class Framed:
    """How a photo came to fit: its shorter side in pixels, then the (height, width) cut out of its middle.

    `like` names the weights for which torchvision does the same, "" for none; `gray` photos have one channel. `of_run`
    says that a run's network was given it so, normalised by that run's data.
    """

    side: int
    crop: tuple[int, int]
    like: str
    gray: bool
    of_run: bool = False


@dataclass(frozen=True)
class Maps:
    """What a module puts out for a photo: see FeatureMaps. The first `shown` of its `count` maps are drawn, a `reduced`th
    of their size.

    The pictures are all maps on one sheet, the photo as the model gets it, and for a layer that looks at few channels
    its kernels. `rows` says what is where, and the values of each map: see sheets.py.
    """

    path: str
    count: int
    shown: int
    reduced: int
    dead: int
    constant: int
    counts: tuple[int, ...]
    edges: tuple[float, ...]
    not_finite: int
    photo: Framed
    rows: bytes
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Sight:
    """What one unit sees of the input: see ReceptiveField. `box` has top, left, bottom, right; the picture is the photo."""

    path: str
    unit: tuple[int, ...]
    box: tuple[int, int, int, int] | None
    size: tuple[int, int] | None
    guessed: tuple[str, ...]
    photo: Framed
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Pictures:
    """Pictures, and no more to say."""

    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Fit:
    """The tensors of a file of weights, and how they fit the model."""

    rows: tuple[TensorRow, ...]
    match: Match
