"""What the workshop answers about a training run that is set up: plain data."""

from dataclasses import dataclass

from cnnlab.specs import Message


@dataclass(frozen=True)
class Counts:
    """Pictures for training, validation and the test, the names of the classes, and what to know of the data."""

    train: int
    validation: int
    test: int
    classes: tuple[str, ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Rates:
    """The learning rate at some steps, counted from 0; an epoch has so many."""

    steps: tuple[int, ...]
    values: tuple[float, ...]
    an_epoch: int
