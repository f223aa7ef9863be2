"""What the workshop does for the loading page."""

from cnnlab import limits
from cnnlab.hosting import refuse_hidden, settings
from cnnlab.images import png
from cnnlab.images.jobs import Uploaded
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .batching import Clashes, Order
from .card import card_pixels
from .clashing import clashes as clashing
from .dataset_code import written
from .describing import Described, describe
from .dry_run.answers import Rehearsed
from .dry_run.rehearsing import rehearse
from .gallery.answers import Classes, Numbers, Page, Sizes, Twins
from .gallery.numbers import numbers as numbers_of
from .gallery.sheets import classes as classes_of
from .gallery.sheets import page as page_of
from .gallery.sizes import sizes as sizes_of
from .gallery.twins import twins as twins_of
from .jobs import Rehearsal
from .keeping import source_of
from .orders import IMAGINED, imagined
from .parts import parts_of
from .samples import Batch, Sample
from .sampling import ordered
from .shown import batch_of, sample_of
from .splits import kept_classes
from .uploads import Unpacked, told, unpacked
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


def counts(view: View) -> Described:
    """How many pictures each part has, and what a person should know of them."""
    refuse_hidden(view.data)
    return describe(view)


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


def sample(view: View) -> Sample:
    refuse_hidden(view.data)
    return sample_of(view)


def batch(view: View) -> Batch:
    refuse_hidden(view.data)
    return batch_of(view)


def by_hand(view: View) -> str:
    refuse_hidden(view.data)
    return written(view)
