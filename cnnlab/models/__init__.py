"""Models: the course's networks, torchvision's, and a visitor's own."""

from .building import build, example_inputs, input_shapes
from .course.catalogue import COURSE
from .initialisation import INITIALISATIONS, course_scheme, initialise
from .zoo import ZOO

MODELS = {**COURSE, **ZOO}

__all__ = ["COURSE", "INITIALISATIONS", "MODELS", "ZOO", "build", "course_scheme", "example_inputs", "initialise",
           "input_shapes"]  # fmt: skip
