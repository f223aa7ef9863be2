"""What the workshop answers about a training run that is set up: plain data."""

from dataclasses import dataclass

from .judging import ClassFigures, Mistake


@dataclass(frozen=True)
class Probe:
    """What a run would take: its `parameters`, those that learn, how many `steps` were tried, and of the median one the
    seconds, of an epoch with its validation the seconds, and the `bytes` that the process grew by."""

    parameters: int
    learning: int
    steps: int
    step_seconds: float
    epoch_seconds: float
    bytes: int


@dataclass(frozen=True)
class Rates:
    """The learning rate of a run beforehand: `rates` at some of its `total` steps, every turn among them.

    `watched` says that the schedule waits for the loss, which nobody knows yet.
    """

    steps: tuple[int, ...]
    rates: tuple[float, ...]
    total: int
    iterations: int
    watched: bool


@dataclass(frozen=True)
class Search:
    """Learning rates that were tried, the smoothed loss at each, and the one where it fell fastest, if it fell."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None


@dataclass(frozen=True)
class Outcome:
    """What the weights after `step` steps make of a part of the data, of which they get `correct` of `count` right.

    `table` counts classes (rows) by what they were taken for; `pictures` are those of the `mistakes`, as the network gets
    them. `points` are some of the pictures by what the last layer is given, on the two directions along which that varies
    most, which hold `shares` of its variance (both empty where it cannot be laid out); `point_labels` and `point_answers`
    are their classes and what they were taken for. The network is given pictures of `shape`; `elements` are the `mistakes`
    by their indices in the dataset, or in what that keeps as its `own_test`, and at the end the first picture of all.
    """

    part: str
    step: int
    epoch: int
    count: int
    correct: int
    loss: float
    classes: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    figures: tuple[ClassFigures, ...]
    mistakes: tuple[Mistake, ...]
    pictures: tuple[bytes, ...]
    points: tuple[tuple[float, float], ...] = ()
    point_labels: tuple[int, ...] = ()
    point_answers: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    shape: tuple[int, int, int] = (1, 1, 1)
    elements: tuple[int, ...] = ()
    own_test: bool = False
