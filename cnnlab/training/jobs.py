"""What the training page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind

from .config import TrainConfig

WORK = "cnnlab.training.work:"
CARD = Kind("training.card", Nothing, WORK + "card", gives=(PICTURES,))
PARTS = ("data", "classes", "samples", "validation", "test", "split_seed")
COUNTS = Kind("training.counts", TrainConfig, WORK + "counts", fields=PARTS)
KINDS = (CARD, COUNTS)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield COUNTS, TrainConfig()
