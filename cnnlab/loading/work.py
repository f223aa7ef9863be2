"""What the workshop does for the loading page."""

from cnnlab.hosting import refuse_hidden
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.summary.answers import Pictures

from .card import card_pixels
from .dataset_code import written
from .samples import Batch, Sample
from .shown import batch_of, sample_of
from .view import View


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def sample(view: View) -> Sample:
    refuse_hidden(view.data)
    return sample_of(view)


def batch(view: View) -> Batch:
    refuse_hidden(view.data)
    return batch_of(view)


def by_hand(view: View) -> str:
    refuse_hidden(view.data)
    return written(view)
