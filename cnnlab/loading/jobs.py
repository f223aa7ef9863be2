"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

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
KINDS = (CARD, ORDER, CLASHES, REHEARSED)


def rehearsal(view: View, turn: int = 0) -> Rehearsal:
    return Rehearsal(**vars(view), turn=turn)


def order_asked(view: View) -> View:
    """The view as a question about the order; equal for all pictures where it is about a number of samples alone."""
    return View(**{name: getattr(view, name) for name in SAMPLING}) if view.of else view


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
