"""What the workshop does for the training page."""

from cnnlab.images import png
from cnnlab.links import Nothing
from cnnlab.loading import Selection
from cnnlab.loading.reading import parts_of, source_of
from cnnlab.loading.splits import kept_classes
from cnnlab.summary.answers import Pictures

from .answers import Counts
from .card import card_pixels
from .config import TrainConfig


def card(nothing: Nothing) -> Pictures:
    return Pictures((png(card_pixels()),))


def counts(config: TrainConfig) -> Counts:
    """How many pictures each part has; SpecError where the data is not here, or cannot be divided so."""
    source = source_of(config.data)
    values = {
        name: getattr(config, name) for name in ("data", "classes", "samples", "validation", "test", "split_seed")
    }
    parts = parts_of(Selection(**values), source)
    train, validation, test = (len(parts[name][0]) if name in parts else 0 for name in ("train", "validation", "test"))
    classes = kept_classes(source.labels, config.classes, source.classes)
    return Counts(train, validation, test, tuple(source.classes[label] for label in classes), source.notes)
