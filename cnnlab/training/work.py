"""What the workshop does for the training page."""

import numpy as np

from cnnlab.figures.downsampling import chosen
from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.loading import DATASETS, iterations
from cnnlab.loading.fetching import fetch
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import parts_of
from cnnlab.loading.splits import kept_classes
from cnnlab.models.own import leave
from cnnlab.specs import SpecError
from cnnlab.summary.answers import Pictures
from cnnlab.workshop.worker import progress

from .answers import Counts, Rates
from .card import card_pixels
from .config import TrainConfig
from .jobs import Wanted
from .schedules import preview

POINTS = 400  # of a schedule that is drawn


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(config: TrainConfig) -> Counts:
    """How many pictures each part has; SpecError where the data is not here, or cannot be divided so."""
    source = source_of(config.data)
    sizes = {name: len(part.indices) for name, part in parts_of(config.selection, source).items()}
    classes = tuple(source.classes[label] for label in kept_classes(source.labels, config.classes, source.classes))
    return Counts(sizes.get("train", 0), sizes.get("validation", 0), sizes.get("test", 0), classes, source.notes)


def rates(config: TrainConfig) -> Rates:
    """The learning rate over the run, of many steps the lowest and the highest of each stretch."""
    an_epoch = iterations(counts(config).train, config.batch_size, config.drop_last)
    if not an_epoch:
        return Rates((), (), 0)
    values = np.array(preview(config, an_epoch))
    steps = chosen(values, POINTS)
    return Rates(tuple(steps.tolist()), tuple(values[steps].tolist()), an_epoch)


def fetched(wanted: Wanted) -> bool:
    """Bring a dataset here."""
    if wanted.leave != leave(wanted.data):
        raise SpecError("{data} is only fetched from the page: open it, and ask there.", data=wanted.data)
    fetch(DATASETS[wanted.data].example(), progress)
    return True
