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
