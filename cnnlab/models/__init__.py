"""Models: the course's networks, torchvision's, and a visitor's own."""

from cnnlab.specs import catalogue

from .building import build, example_inputs, input_shapes
from .course.catalogue import COURSE
from .folder import from_folder, models_folder
from .initialisation import course_scheme, initialise
from .initialisations import INITIALISATIONS
from .matching import Match, match, under_prefix
from .source import Source, from_source, read_source
from .uploads import StateFile, TensorRow, read_state_dict
from .weights import cached, find_weights, load_weights, pretrained
from .zoo import ZOO

MODELS = catalogue((*COURSE.values(), *ZOO.values()))

__all__ = [
    "COURSE",
    "INITIALISATIONS",
    "MODELS",
    "ZOO",
    "Match",
    "Source",
    "StateFile",
    "TensorRow",
    "build",
    "cached",
    "course_scheme",
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
