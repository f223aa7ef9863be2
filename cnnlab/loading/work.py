"""What the workshop does for the loading page."""

from cnnlab import limits
from cnnlab.hosting import refuse_hidden, settings
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .batching import Clashes, Order
from .card import card_pixels
from .clashing import clashes as clashing
from .dry_run.answers import Rehearsed
from .dry_run.rehearsing import rehearse
from .jobs import Rehearsal
from .keeping import source_of
from .orders import IMAGINED, imagined
from .parts import parts_of
from .sampling import ordered
from .splits import kept_classes
from .view import View


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def rehearsed(view: Rehearsal) -> Rehearsed:
    """No more workers are tried than the host lets a run have."""
    refuse_hidden(view.data)
    most = settings().cores
    return rehearse(view, view, limits.LOADERS if most is None else most, progress)


def order(view: View) -> Order:
    """Two epochs of the training part, or of so many samples; SpecError where the data is not here, or not for visitors."""
    if view.of:
        return ordered(view, imagined(view.of), IMAGINED)
    refuse_hidden(view.data)
    source = source_of(view.data)
    names = [source.classes[label] for label in kept_classes(source.labels, view.classes, source.classes)]
    return ordered(view, parts_of(view, source)["train"].labels, names)


def clashes(nothing: Nothing) -> Clashes:
    return clashing()
