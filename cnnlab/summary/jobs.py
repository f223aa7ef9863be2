"""What the summary asks of the workshop, and the answers."""

from collections.abc import Iterator

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import Kind, Lane

CARD = Kind("summary.card", Nothing, "cnnlab.summary.work:card", Lane.HEAVY)
KINDS = (CARD,)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
