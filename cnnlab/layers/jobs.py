"""What the layer inspector asks of the workshop: a kind of job for each question, with what its answer depends on."""

from collections.abc import Iterator
from dataclasses import replace

from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.workshop import ROWS, Kind

from .view import View

WORK = "cnnlab.layers.work:"
LAYER = ("layers", "shape")
NUMBERS = (*LAYER, "fill", "kernel", "numbers", "origin", "row", "seed", "training")


def asked(view: View) -> View:
    """The view as a question about the layer at its place alone, with the input that reaches it; equal for equal work.

    SpecError where nothing reaches it, or it cannot take what does.
    """
    place = view.here
    if place.error:
        raise place.error
    if place.input is None:
        raise SpecError("A layer before this one cannot take its input: mend that one first.")
    return replace(view, layers=(place.call,), place=0, shape=place.input)


PIXELS = Kind("layers.pixels", View, WORK + "pixels", fields=NUMBERS, gives=(ROWS,))
KINDS = (PIXELS,)


def first() -> Iterator[tuple[Kind, Linked]]:
    """What the page's first view asks for."""
    yield PIXELS, asked(View())
