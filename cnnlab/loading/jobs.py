"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind

from .view import View

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
CHOSEN = ("data", "classes", "samples", "validation", "test", "split_seed", "normalise", "side")
STEPS = ("augmentation", "evaluation", "seed", "picture", "part", "epoch", "tensors")
SAMPLE = Kind("loading.sample", View, WORK + "sample", fields=(*CHOSEN, *STEPS, "target"), gives=(PICTURES,))
BATCH_FIELDS = (*CHOSEN, *STEPS, "target", "batch_size", "pair", "collate", "multiple")
BATCH = Kind("loading.batch", View, WORK + "batch", fields=BATCH_FIELDS, gives=(PICTURES,))
BY_HAND_FIELDS = (*BATCH_FIELDS, "sampler", "drop_last")
BY_HAND = Kind("loading.by_hand", View, WORK + "by_hand", fields=BY_HAND_FIELDS)
KINDS = (CARD, SAMPLE, BATCH, BY_HAND)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
