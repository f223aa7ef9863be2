"""What the playground asks of the workshop, and the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cnnlab import limits
from cnnlab.images import SAMPLES
from cnnlab.images.jobs import SMALL, Named
from cnnlab.links import Field, Linked, Nothing, flag, text, whole
from cnnlab.messages import Message, SpecError
from cnnlab.workshop import PICTURES, Kind

from .pipeline import Pipeline
from .view import SAMPLE, STEPS, View, batch_size, preset

DENSE_SIDE, SHEET_SIDE = 128, 192  # of a sample among many, and among few
STRIP_SIDE, LARGE_SIDE = 256, 512  # of a still at least, where it is enlarged, and at most
FEW = 16  # samples
WORK = "cnnlab.augmentation.work:"


@dataclass(frozen=True)
class Recipe(Linked):
    """A pipeline's work: the picture's name (or its hash on the shelf), the steps, and which sample, how large.

    `count` is the size of a batch, 0 for a single picture; `raw` and `targets` are as in the View.
    """

    image: str = "chelsea"
    pipeline: Pipeline = field(default_factory=lambda: preset("first"))
    seed: int = 0
    sample: int = 0
    count: int = 0
    raw: bool = False
    targets: bool = True
    side: int = SHEET_SIDE

    FIELDS: ClassVar[tuple[Field, ...]] = (
        text("image", limits.LINK_NAME),
        STEPS,
        whole("seed", 0, limits.SEED),
        flag("raw"),
        flag("targets"),
        whole("side", DENSE_SIDE, SHEET_SIDE),
        whole("count", 0, limits.SAMPLES),
        whole("sample", 0, SAMPLE),
    )


def sample_of(view: View, picture: str, place: int) -> Recipe:
    """The recipe of the sample at a place of the view's sheet; `picture` is the name or the hash of its picture."""
    side = SHEET_SIDE if view.count <= FEW else DENSE_SIDE
    return Recipe(picture, view.pipeline, view.seed, view.sample(place), 0, view.raw, view.targets, side)


def looked_at(view: View, picture: str) -> Recipe:
    """The recipe of the sample looked at closely, or of the batch."""
    mixes = view.pipeline.mixes
    count, place = (batch_size(view), 0) if mixes else (0, view.place)
    return Recipe(picture, view.pipeline, view.seed, view.sample(place), count, view.raw, view.targets)


@dataclass(frozen=True)
class Drawn:
    """One sample, as far as it came: what each step drew, and the name of the step that failed, if one did.

    `pictures` has the one picture; a `small` picture is shown without smoothing.
    """

    drawn: tuple[tuple[str, tuple[Message, ...]], ...]
    failed: str
    small: bool
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Still:
    """What a step left: its contract in numbers, and what was drawn for it; `above` are the containers it stands in.
    `step` is its id, "" for the start.

    `several` counts the pictures, where it is not one; `undone` says that a normalisation was taken back to show it.
    """

    step: str
    name: str
    above: tuple[str, ...]
    drawn: tuple[Message, ...]
    untouched: bool
    type: str
    dtype: str
    shape: tuple[int, ...]
    low: float
    high: float
    small: bool
    several: int
    undone: bool


@dataclass(frozen=True)
class Failed:
    """The step that failed, why, and the steps that would help before it, as `Call.to_dict` has them."""

    step: str
    error: SpecError
    remedy: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Counted:
    """A histogram of each channel: `edges` of the bins, `counts` by channel."""

    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Mixed:
    """A picture of a batch, by its label: (share, picture's name) pairs, the largest share first; one of 1 is unmixed."""

    shares: tuple[tuple[float, str], ...]
    small: bool


@dataclass(frozen=True)
class Steps:
    """One sample step by step, or a batch: a picture for each still, then one for each picture of the `batch`.

    The picture of the first still is empty where `photo` has an address for it, the same for all samples.
    """

    stills: tuple[Still, ...]
    failure: Failed | None
    histograms: tuple[Counted, Counted]
    batch: tuple[Mixed, ...]
    pictures: tuple[bytes, ...]


FIELDS = ("image", "steps", "seed", "sample", "raw", "targets")
SAMPLE_KIND = Kind("augmentation.sample", Recipe, WORK + "drawn", fields=(*FIELDS, "side"), gives=(PICTURES,))
STEPS_KIND = Kind("augmentation.steps", Recipe, WORK + "closely", fields=(*FIELDS, "count"), gives=(PICTURES,))
EXACT = Kind("augmentation.exact", Recipe, WORK + "exact", fields=("steps", "seed", "sample", "count"))
CARD = Kind("augmentation.card", Nothing, WORK + "card", gives=(PICTURES,))
KINDS = (SAMPLE_KIND, STEPS_KIND, EXACT, CARD)


def photo(recipe: Recipe, sides: tuple[int, ...]) -> Named | None:
    """The picture before the first step, of these sides, as a question of its own; None where it shows more than a photo."""
    if recipe.count or recipe.image == "scene":
        return None
    return Named(recipe.image, still_side(sides))


def still_side(sides: tuple[int, ...]) -> int:
    """The longest side of a still on the screen, of a picture of these sides."""
    return LARGE_SIDE if max(sides) > STRIP_SIDE else STRIP_SIDE  # never enlarged to it


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    view = View()
    yield CARD, Nothing()
    yield from ((SMALL, Named(name)) for name in SAMPLES)
    yield SMALL, Named(view.image, LARGE_SIDE)
    yield from ((SAMPLE_KIND, sample_of(view, view.image, place)) for place in range(view.count))
    yield STEPS_KIND, looked_at(view, view.image)
