"""What the loading page asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator

from cnnlab.links import Linked, Nothing
from cnnlab.workshop import PICTURES, ROWS, Kind

from .view import View

WORK = "cnnlab.loading.work:"

CARD = Kind("loading.card", Nothing, WORK + "card", gives=(PICTURES,))
SPLIT = ("data", "classes", "samples", "validation", "test", "split_seed")
SAMPLING = ("batch_size", "sampler", "drop_last", "workers", "seed", "of", "order", "batch_sampler")
ORDER = Kind("loading.order", View, WORK + "order", fields=(*SPLIT, *SAMPLING), gives=(ROWS,))
CLASHES = Kind("loading.clashes", Nothing, WORK + "clashes")
KINDS = (CARD, ORDER, CLASHES)


def order_asked(view: View) -> View:
    """The view as a question about the order; equal for all pictures where it is about a number of samples alone."""
    return View(**{name: getattr(view, name) for name in SAMPLING}) if view.of else view


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield CARD, Nothing()
