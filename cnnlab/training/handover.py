"""What comes from other pages: a model that was summarised, a pipeline that was tried out."""

from cnnlab.augmentation.view import View as Played
from cnnlab.models import MODELS
from cnnlab.models.rows import ModelSpec
from cnnlab.summary.view import View as Summarised

from .view import View

CLASSES = ("classes", "num_classes")  # what networks call how many they tell apart
GROUPS = {MODELS["LeNet"].group, MODELS["resnet18"].group}


def classifies(spec: ModelSpec) -> bool:
    """True for a network that says of one picture which class it is of, out of as many as it is told."""
    return spec.group in GROUPS and any(param.name in CLASSES for param in spec.params)


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
