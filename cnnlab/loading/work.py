"""What the workshop does for the loading page."""

from cnnlab import limits
from cnnlab.hosting import refuse_hidden, settings
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .card import card_pixels
from .dry_run.answers import Rehearsed
from .dry_run.rehearsing import rehearse
from .jobs import Rehearsal


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def rehearsed(view: Rehearsal) -> Rehearsed:
    """No more workers are tried than the host lets a run have."""
    refuse_hidden(view.data)
    most = settings().cores
    return rehearse(view, view, limits.LOADERS if most is None else most, progress)
