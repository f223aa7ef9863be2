"""Where this page asks for runs and reads their folders: the supervisor's client, and one reader of a run for all viewers."""

from typing import Any, NamedTuple

from cnnlab.specs import SpecError
from cnnlab.training.config import TrainConfig

Run = Any


class Stem(NamedTuple):
    run: str
    step: int


def submit(config, parent):
    raise SpecError("Not yet.")


def run(name: str):
    return None
