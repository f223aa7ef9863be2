"""What the workshop does for the loading page."""

from cnnlab.hosting import refuse_hidden
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .card import card_pixels
from .dataset_code import written
from .gallery.answers import Classes, Numbers, Page, Sizes, Twins
from .gallery.numbers import numbers as numbers_of
from .gallery.sheets import classes as classes_of
from .gallery.sheets import page as page_of
from .gallery.sizes import sizes as sizes_of
from .gallery.twins import twins as twins_of
from .samples import Batch, Sample
from .shown import batch_of, sample_of
from .view import View


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


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


def sample(view: View) -> Sample:
    refuse_hidden(view.data)
    return sample_of(view)


def batch(view: View) -> Batch:
    refuse_hidden(view.data)
    return batch_of(view)


def by_hand(view: View) -> str:
    refuse_hidden(view.data)
    return written(view)
