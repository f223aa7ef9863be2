"""What comes from other pages: a model that was summarised, a pipeline that was tried out, data that was looked at; and what
goes there.
"""

from dataclasses import fields

from cnnlab.augmentation.view import View as Played
from cnnlab.loading import Feeding, Selection
from cnnlab.loading.view import View as Loaded
from cnnlab.models import MODELS
from cnnlab.models.rows import ModelSpec
from cnnlab.specs import Call
from cnnlab.summary.learnt import Learnt
from cnnlab.summary.view import MAPS
from cnnlab.summary.view import View as Summarised

from .config import TrainConfig
from .view import View

CLASSES = ("classes", "num_classes")  # what networks call how many they tell apart
CHANNELS = "in_channels"  # how networks call the channels of their input
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


def fitted(call: Call, classes: int, channels: int) -> Call:
    """The call with the classes and the channels of the data, where it has parameters for these."""
    name = classes_of(call.spec)
    values = {} if name is None else {name: classes}
    return call.replace(**values, **({CHANNELS: channels} if CHANNELS in call.values else {}))


def looked_at(config: TrainConfig, classes: int, shape: tuple[int, int, int], learnt: Learnt, image: str) -> Summarised:
    """The summary of a run's network, which tells so many classes apart in pictures of `shape`, with what it learnt."""
    made = {"learnt": learnt, "image": image, "shape": shape, "look": MAPS}
    if config.own or config.source:
        return Summarised(source=config.source, own=config.own, **made)
    return Summarised(model=fitted(config.model, classes, shape[0]), **made)


def same_network(config: TrainConfig, view: Summarised) -> bool:
    """Whether the view is about the network of a run, for whatever classes and channels."""
    if not view.listed or config.own or config.source:
        return (config.own, config.source) == (view.own, view.source)
    ours, theirs = config.model, view.model
    free = (CHANNELS, classes_of(ours.spec))
    return ours.name == theirs.name and all(ours[name] == theirs[name] for name in ours.values if name not in free)


def fed(origin: Loaded) -> View:
    """The set-up of a training run on the data of the loading page, in its order and its batches."""
    return View(**{name: getattr(origin, name) for name in DATA})


def loaded(config: TrainConfig) -> Loaded:
    """The data of a training run, to be looked at."""
    return Loaded(**{name: getattr(config, name) for name in DATA})
