"""Models: the course's networks, torchvision's, and a visitor's own. Choosing one needs no torch, making it does."""

from cnnlab.objects import lazily
from cnnlab.specs import catalogue

from .course.catalogue import COURSE
from .initialisations import INITIALISATIONS, course_scheme
from .own import models_folder
from .published import WEIGHTS, Weights, cached, find_weights
from .rows import input_shapes
from .states import Match, TensorRow
from .zoo import ZOO

MODELS = catalogue((*COURSE.values(), *ZOO.values()))

HERE = "cnnlab.models."
__getattr__ = lazily(
    __name__,
    {
        "Source": HERE + "source:Source",
        "StateFile": HERE + "uploads:StateFile",
        "build": HERE + "building:build",
        "edited": HERE + "source:edited",
        "example_inputs": HERE + "building:example_inputs",
        "from_folder": HERE + "folder:from_folder",
        "from_source": HERE + "source:from_source",
        "initialise": HERE + "initialisation:initialise",
        "load_weights": HERE + "weights:load_weights",
        "match": HERE + "matching:match",
        "pretrained": HERE + "weights:pretrained",
        "read_source": HERE + "source:read_source",
        "read_state_dict": HERE + "uploads:read_state_dict",
        "under_prefix": HERE + "matching:under_prefix",
    },
)

__all__ = [
    "COURSE",
    "INITIALISATIONS",
    "MODELS",
    "WEIGHTS",
    "ZOO",
    "Match",
    "Source",
    "StateFile",
    "TensorRow",
    "Weights",
    "build",
    "cached",
    "course_scheme",
    "edited",
    "example_inputs",
    "find_weights",
    "from_folder",
    "from_source",
    "initialise",
    "input_shapes",
    "load_weights",
    "match",
    "models_folder",
    "pretrained",
    "read_source",
    "read_state_dict",
    "under_prefix",
]
