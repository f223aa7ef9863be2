"""One sample and its batch, as a page is told of them: plain data, without torch."""

from dataclasses import dataclass, replace
from itertools import takewhile

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.calls import walk
from cnnlab.augmentation.jobs import Failed, Still
from cnnlab.messages import Message
from cnnlab.specs import N_, Call

from .view import View

LEFT, SIZES, OTHER = "left", "sizes", "other"  # why samples could not be collated
TO_FLOAT = (AUGMENTATIONS["ToImage"](), AUGMENTATIONS["ToDtype"](dtype="float32", scale=True))
MULTIPLE = 32  # what networks that halve five times need


@dataclass(frozen=True)
class Value:
    """What something is: its type, dtype ("" for none), shape and range; `several` counts it in a list."""

    type: str
    dtype: str
    shape: tuple[int, ...]
    low: float
    high: float
    several: int = 0


@dataclass(frozen=True)
class Neighbours:
    """Indices of pictures of the same part: those before and after, and the next one of each class, -1 for none."""

    before: int
    after: int
    of_class: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """A picture of a part step by step: its `index` in the dataset, its `place` in the part of so many.

    The last `added` of its `stills` are what training adds by itself; `pictures` has one for each still. `target` is
    its label after target_transform, spelled in `text`. Training's mean and deviation may be `unknown` here.
    """

    index: int
    place: int
    length: int
    label: int
    classes: tuple[str, ...]
    neighbours: Neighbours
    stills: tuple[Still, ...]
    added: int
    failure: Failed | None
    target: Value
    text: str
    unknown: bool
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Entry:
    """A picture of a batch as it is shown: the name of its class, its shape, its width and height on the screen."""

    name: str
    shape: tuple[int, ...]
    size: tuple[int, int]


@dataclass(frozen=True)
class Trouble:
    """Why samples made no batch, one of LEFT, SIZES, OTHER, and in torch's words; `side` is the shortest of all.

    `before` is the id of the first step that leaves no PIL picture, "" where there is none.
    """

    kind: str
    words: str
    side: int
    before: str


@dataclass(frozen=True)
class Batch:
    """The batch that begins with a sample, of `count` pictures of the `asked`; what it is made of, by the names in code.

    There are either `values` or a `trouble`. `entries` are its first pictures, which `pictures` has.
    """

    asked: int
    count: int
    values: tuple[tuple[str, Value], ...]
    trouble: Trouble | None
    entries: tuple[Entry, ...]
    pictures: tuple[bytes, ...]


@dataclass(frozen=True)
class Fix:
    """What would make a batch of such samples: as a button says it, and the view that has it."""

    title: Message
    view: View


def fixes(view: View, trouble: Trouble) -> tuple[Fix, ...]:
    """What helps against a trouble, best first."""
    if trouble.kind == LEFT:
        return (_fix(N_("Put ToImage and ToDtype(float32, scale=True) at the end"), added(view, *TO_FLOAT)),)
    if trouble.kind != SIZES:
        return ()
    resize, crop = AUGMENTATIONS["Resize"](size=trouble.side), AUGMENTATIONS["CenterCrop"](size=trouble.side)
    return (
        _fix(
            N_("Resize({side}) and CenterCrop({side})"),
            added(view, resize, crop, before=trouble.before),
            side=trouble.side,
        ),
        _fix(N_("Pad to the largest"), replace(view, collate="padded", multiple=1)),
        _fix(
            N_("Pad to a multiple of {multiple}"), replace(view, collate="padded", multiple=MULTIPLE), multiple=MULTIPLE
        ),
    )


def _fix(title: str, view: View, **values: int) -> Fix:
    return Fix(Message(title, values), view)


def added(view: View, *calls: Call, before: str = "") -> View:
    """The view with further steps for the pictures of its part."""
    return with_steps(view, getattr(view, view.steps).added(*calls, before=before))


def with_steps(view: View, pipeline: Pipeline) -> View:
    return replace(view, **{view.steps: pipeline})


def left_in(view: View, sample: Sample) -> View:
    """The view whose pictures stay PIL: the first classic failure."""
    tensors = {still.step for still in sample.stills if "PIL" not in still.type}
    kept = takewhile(lambda call: not tensors & {one.id for one in walk((call,))}, getattr(view, view.steps).calls)
    return with_steps(replace(view, tensors=False, pair=False, collate="default"), Pipeline(tuple(kept)))


def unequal(view: View) -> View:
    """The view of two pictures of unequal size: the second."""
    return with_steps(replace(view, tensors=True, pair=True, collate="default"), Pipeline())


def many_crops(view: View, sample: Sample) -> View:
    """The view of five pictures made of each, half as long as they are."""
    side = max(1, min(sample.stills[0].shape[-2:]) // 2)
    five = Pipeline((AUGMENTATIONS["FiveCrop"](size=side),))
    return with_steps(replace(view, tensors=True, pair=False, collate="default"), five)
