"""What the workshop does for the loading page."""

from cnnlab.hosting import refuse_hidden
from cnnlab.images import png
from cnnlab.images.jobs import Uploaded
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .card import card_pixels
from .describing import Described, describe
from .gallery.answers import Classes, Numbers, Page, Sizes, Twins
from .gallery.numbers import numbers as numbers_of
from .gallery.sheets import classes as classes_of
from .gallery.sheets import page as page_of
from .gallery.sizes import sizes as sizes_of
from .gallery.twins import twins as twins_of
from .uploads import Unpacked, told, unpacked
from .view import View


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(view: View) -> Described:
    """How many pictures each part has, and what a person should know of them."""
    refuse_hidden(view.data)
    return describe(view.selection)


def brought(zipped: Uploaded) -> Unpacked:
    """Unpack a visitor's zip; SpecError where it makes no dataset."""
    return told(unpacked(zipped.digest, zipped.name, progress))


def classes(view: View) -> Classes:
    refuse_hidden(view.data)
    return classes_of(view)


def page(view: View) -> Page:
    refuse_hidden(view.data)
    return page_of(view)


def numbers(view: View) -> Numbers:
    refuse_hidden(view.data)
    return numbers_of(view, progress)


def twins(view: View) -> Twins:
    refuse_hidden(view.data)
    return twins_of(view, progress)


def sizes(view: View) -> Sizes:
    refuse_hidden(view.data)
    return sizes_of(view)
