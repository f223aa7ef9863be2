"""What the workshop does for the loading page."""

from cnnlab.hosting import refuse_hidden
from cnnlab.images import png
from cnnlab.images.jobs import Uploaded
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .archive import read_index
from .card import card_pixels
from .describing import Described, describe
from .uploads import Unpacked, unpacked
from .view import View


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(view: View) -> Described:
    """How many pictures each part has, and what a person should know of them."""
    refuse_hidden(view.data)
    return describe(view.selection, closely=True)


def brought(zipped: Uploaded) -> Unpacked:
    """Unpack a visitor's zip; SpecError where it makes no dataset."""
    classes, rows, notes = read_index(unpacked(zipped.digest, zipped.name, progress))
    return Unpacked(classes, len(rows), notes)
