"""What comes from other pages: a model that was summarised, a pipeline that was tried out, data that was looked at."""

from dataclasses import fields

from cnnlab.augmentation.view import View as Played
from cnnlab.loading import Feeding, Selection
from cnnlab.loading.view import View as Loaded
from cnnlab.models import MODELS
from cnnlab.models.rows import ModelSpec
from cnnlab.summary.view import View as Summarised

from .config import TrainConfig
from .view import View

CLASSES = ("classes", "num_classes")  # what networks call how many they tell apart
DATA = tuple(field.name for kind in (Selection, Feeding) for field in fields(kind))  # what loading decides of a run
GROUPS = {MODELS["LeNet"].group, MODELS["resnet18"].group}


def classes_of(spec: ModelSpec) -> str | None:
    """The name of the parameter that sets how many classes a catalogue model tells apart."""
    return next((param.name for param in spec.params if param.name in CLASSES), None)


def classifies(spec: ModelSpec) -> bool:
    """True for a network that says of one picture which class it is of, out of as many as it is told."""
    return spec.group in GROUPS and classes_of(spec) is not None


TRAINABLE = tuple(name for name, spec in MODELS.items() if classifies(spec))


def trained(origin: Summarised) -> View | None:
    """The set-up of a training run for the model of a summary; None for one that does not tell classes apart."""
    values = {"scheme": origin.scheme, "seed": origin.seed}
    if not origin.listed:
        return View(source="" if origin.own else origin.source, own=origin.own, **values)
    return View(model=origin.model, weights=origin.weights, **values) if origin.model.name in TRAINABLE else None


def augmented(origin: Played) -> View:
    """The set-up of a training run with the steps of the playground."""
    return View(augmentation=origin.pipeline)


def fed(origin: Loaded) -> View:
    """The set-up of a training run on the data of the loading page, in its order and its batches."""
    return View(**{name: getattr(origin, name) for name in DATA})


def loaded(config: TrainConfig) -> Loaded:
    """The data of a training run, to be looked at."""
    return Loaded(**{name: getattr(config, name) for name in DATA})
