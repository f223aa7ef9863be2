"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from cnnlab.images.jobs import Uploaded
from cnnlab.links import Field, Linked, Nothing, whole
from cnnlab.workshop import PICTURES, ROWS, Kind, Lane

from .fields import DATA_FIELDS
from .view import View

WORK = "cnnlab.loading.work:"

MOST_TURNS = 99


@dataclass(frozen=True)
class Rehearsal(View):
    """A view as a question that is measured; another `turn` has it measured anew."""

    turn: int = 0

    FIELDS: ClassVar[tuple[Field, ...]] = (*View.FIELDS, whole("turn", 0, MOST_TURNS))


CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
FED = tuple(field.name for field in DATA_FIELDS if field.name != "workers")  # for all numbers of them are tried
REHEARSED = Kind(
    "loading.rehearsed", Rehearsal, WORK + "rehearsed", Lane.HEAVY, fields=(*FED, "turn"), gives=(PICTURES,)
)
SPLIT = ("data", "classes", "samples", "validation", "test", "split_seed")
SAMPLING = ("batch_size", "sampler", "drop_last", "workers", "seed", "of", "order", "batch_sampler")
ORDER = Kind("loading.order", View, WORK + "order", fields=(*SPLIT, *SAMPLING), gives=(ROWS,))
CLASHES = Kind("loading.clashes", Nothing, WORK + "clashes")
COUNTS = Kind("loading.counts", View, WORK + "counts", fields=SPLIT)
UNPACK = Kind("loading.unpack", Uploaded, WORK + "brought", Lane.HEAVY, keeps=False)
CLASSES = Kind("loading.classes", View, WORK + "classes", fields=SPLIT, gives=(PICTURES,))
PAGE = Kind("loading.page", View, WORK + "page", fields=(*SPLIT, "part", "label", "page"), gives=(PICTURES,))
NUMBERS = Kind("loading.numbers", View, WORK + "numbers", Lane.HEAVY, fields=(*SPLIT, "side"))
TWINS = Kind("loading.twins", View, WORK + "twins", Lane.HEAVY, fields=SPLIT, gives=(PICTURES,))
SIZES = Kind("loading.sizes", View, WORK + "sizes", Lane.HEAVY, fields=("data",))
STEPS = (
    *SPLIT,
    "normalise",
    "side",
    "augmentation",
    "evaluation",
    "seed",
    "part",
    "picture",
    "epoch",
    "tensors",
    "target",
)
COLLATED = (*STEPS, "batch_size", "pair", "collate", "multiple")
SAMPLE = Kind("loading.sample", View, WORK + "sample", fields=STEPS, gives=(PICTURES,))
BATCH = Kind("loading.batch", View, WORK + "batch", fields=COLLATED, gives=(PICTURES,))
BY_HAND = Kind("loading.by_hand", View, WORK + "by_hand", fields=(*COLLATED, "sampler", "drop_last"))
# The same of files that people made, which are strangers' files: by workers of their own.
LIGHT = (CLASSES, PAGE, SAMPLE, BATCH, BY_HAND)
OPENED = {kind: replace(kind, name=f"{kind.name}_files", lane=Lane.HEAVY) for kind in LIGHT}
KINDS = (CARD, COUNTS, UNPACK, *LIGHT, NUMBERS, TWINS, SIZES, *OPENED.values(), ORDER, CLASHES, REHEARSED)


def rehearsal(view: View, turn: int = 0) -> Rehearsal:
    return Rehearsal(**vars(view), turn=turn)


def order_asked(view: View) -> View:
    """The view as a question about the order; equal for all pictures where it is about a number of samples alone."""
    return View(**{name: getattr(view, name) for name in SAMPLING}) if view.of else view


def suited(kind: Kind, view: View) -> Kind:
    """The kind of job that answers the same question for the view's data."""
    return OPENED.get(kind, kind) if view.data.spec.of_files else kind


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield from ((kind, View()) for kind in (COUNTS, CLASSES, PAGE, NUMBERS, TWINS, SIZES))
