"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from cnnlab.links import Field, Linked, Nothing, whole
from cnnlab.workshop import PICTURES, Kind, Lane

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
KINDS = (CARD, REHEARSED)


def rehearsal(view: View, turn: int = 0) -> Rehearsal:
    return Rehearsal(**vars(view), turn=turn)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
