"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import replace

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind, Lane

from .view import View

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
SPLIT = ("data", "classes", "samples", "validation", "test", "split_seed")
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
KINDS = (CARD, *LIGHT, NUMBERS, TWINS, SIZES, *OPENED.values())


def suited(kind: Kind, view: View) -> Kind:
    """The kind of job that answers the same question for the view's data."""
    return OPENED.get(kind, kind) if view.data.spec.of_files else kind


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield from ((kind, View()) for kind in (CLASSES, PAGE, NUMBERS, TWINS, SIZES))
