"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, Kind

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
KINDS = (CARD,)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
