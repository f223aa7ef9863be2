"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import replace

from cnnlab.images.jobs import Uploaded
from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind, Lane

from .view import View

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
SPLIT = ("data", "classes", "samples", "validation", "test", "split_seed")
COUNTS = Kind("loading.counts", View, WORK + "counts", fields=SPLIT)
UNPACK = Kind("loading.unpack", Uploaded, WORK + "brought", Lane.HEAVY, keeps=False)
CLASSES = Kind("loading.classes", View, WORK + "classes", fields=SPLIT, gives=(PICTURES,))
PAGE = Kind("loading.page", View, WORK + "page", fields=(*SPLIT, "part", "label", "page"), gives=(PICTURES,))
NUMBERS = Kind("loading.numbers", View, WORK + "numbers", Lane.HEAVY, fields=(*SPLIT, "side"))
TWINS = Kind("loading.twins", View, WORK + "twins", Lane.HEAVY, fields=SPLIT, gives=(PICTURES,))
SIZES = Kind("loading.sizes", View, WORK + "sizes", Lane.HEAVY, fields=("data",))
# The same of files that people made, which are strangers' files: by workers of their own.
OPENED = {kind: replace(kind, name=f"{kind.name}_files", lane=Lane.HEAVY) for kind in (CLASSES, PAGE)}
KINDS = (CARD, COUNTS, UNPACK, CLASSES, PAGE, NUMBERS, TWINS, SIZES, *OPENED.values())


def suited(kind: Kind, view: View) -> Kind:
    """The kind of job that answers the same question for the view's data."""
    return OPENED.get(kind, kind) if view.data.spec.of_files else kind


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield from ((kind, View()) for kind in (COUNTS, CLASSES, PAGE, NUMBERS, TWINS, SIZES))
