"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator

from cnnlab.images.jobs import Uploaded
from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind, Lane

from .view import View

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
PARTS = ("data", "classes", "samples", "validation", "test", "split_seed")
COUNTS = Kind("loading.counts", View, WORK + "counts", fields=PARTS)
UNPACK = Kind("loading.unpack", Uploaded, WORK + "brought", Lane.HEAVY, keeps=False)
KINDS = (CARD, COUNTS, UNPACK)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield COUNTS, View()
