"""What the training page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, Nothing, choice, text
from cnnlab.loading import DATASETS
from cnnlab.models.own import leave
from cnnlab.workshop import PICTURES, Kind, Lane

from .config import TrainConfig


@dataclass(frozen=True)
class Wanted(Linked):
    """A dataset by name, and the leave to download it."""

    data: str = next(iter(DATASETS))
    leave: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (choice("data", lambda wanted: DATASETS), text("leave", limits.LINK_NAME))


def wanted(data: str) -> Wanted:
    return Wanted(data, leave(data))


WORK = "cnnlab.training.work:"
PARTS = ("data", "classes", "samples", "validation", "test", "split_seed")
STEPS = ("batch_size", "drop_last", "epochs", "optimizer", "schedule", "warmup")

CARD = Kind("training.card", Nothing, WORK + "card", gives=(PICTURES,))
COUNTS = Kind("training.counts", TrainConfig, WORK + "counts", fields=PARTS)
RATES = Kind("training.rates", TrainConfig, WORK + "rates", fields=(*PARTS, *STEPS))
FETCH = Kind("training.fetch", Wanted, WORK + "fetched", Lane.WAITING, keeps=False)
KINDS = (CARD, COUNTS, RATES, FETCH)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
    yield COUNTS, TrainConfig()
    yield RATES, TrainConfig()
