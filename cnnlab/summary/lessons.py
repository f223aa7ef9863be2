"""What a call of a module did, there and back, and what gradients a pass left: plain data, read without torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from cnnlab.specs import N_

from .rows import Shape

PRE_HOOK, HOOK = "forward pre-hook", "forward hook"
BACKWARD_PRE_HOOK, BACKWARD_HOOK = "full backward pre-hook", "full backward hook"

# Why hooks ran on the way there alone, or in a model that was changed a little.
NOT_IN_PLACE = N_(
    "torch refuses backward hooks where a result is changed in place, so the layers of this copy run with "
    "inplace=False, which gives the same numbers."
)
IN_PLACE = N_(
    "Forward pass only: this model changes what goes into or comes out of the module in place, and there torch "
    "refuses backward hooks."
)
NO_TENSOR = N_(
    "Forward pass only: torch puts backward hooks on a tensor or a tuple of tensors, and this module puts out {type}."
)
NO_LOSS = N_("Forward pass only: nothing that the model puts out has a gradient to go back from.")

CROSS_ENTROPY = N_("cross entropy of its {count} scores against a random class")
SQUARES = N_("the mean square of its distance to random numbers")


FACTOR = 100  # how many times more or less than the median layer's is marked


def takes_picture(shapes: Sequence[Shape]) -> bool:
    """True for a model with one input of channels, height and width; others are given random numbers."""
    return len(shapes) == 1 and len(shapes[0]) == 3


@dataclass(frozen=True)
class Event:
    """A hook that ran: the stage of the call, how many times it had run, and what went through, a line for each tensor."""

    stage: str
    number: int
    lines: tuple[str, ...]

    def __str__(self):
        return "\n    ".join((f"{self.stage} {self.number}", *self.lines))


@dataclass(frozen=True)
class Calls:
    """What the hooks of one module told while a model ran there and back.

    `returns` are the calls to which the ways back belong, in the order in which they were gone; calls count from 1.
    `forward` is how its `forward` is called. `note` says why there is no way back, or what was changed for it.
    """

    path: str
    type: str
    forward: str
    events: tuple[Event, ...]
    returns: tuple[int, ...]
    note: str
    code: str = ""

    @property
    def count(self) -> int:
        return sum(event.stage == PRE_HOOK for event in self.events)

    @property
    def output(self) -> str:
        """What the code prints."""
        return "".join(f"{event}\n" for event in self.events)

    def of(self, call: int) -> Mapping[str, Event]:
        """By stage, the hooks that ran for one call; without those that did not run."""
        back = self.returns.index(call) + 1 if call in self.returns else None
        numbers = {PRE_HOOK: call, HOOK: call, BACKWARD_PRE_HOOK: back, BACKWARD_HOOK: back}
        return {event.stage: event for event in self.events if event.number == numbers[event.stage]}


@dataclass(frozen=True)
class Spread:
    """The values of a tensor: its norm, and how many lie in each of equally wide bins from `low` to `high`."""

    norm: float
    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """A layer's weights and their gradient, None where none arrived; `name` is that of the parameter without ".weight"."""

    name: str
    type: str
    shape: Shape
    weight: Spread
    gradient: Spread | None


@dataclass(frozen=True)
class Gradients:
    """What one pass there and back left in the weights of two and more dimensions, in the order in which they were used.

    `loss_name` says what loss it was, of `scores` scores for classes, of a batch of `batch`.
    """

    loss: float
    loss_name: str
    scores: int
    batch: int
    layers: tuple[Layer, ...]
    code: str = ""

    @cached_property
    def median(self) -> float:
        """The norm of the middle one of the gradients that are finite and not zero; 0 where there is none."""
        norms = [layer.gradient.norm for layer in self.layers if layer.gradient]
        return median([norm for norm in norms if math.isfinite(norm) and norm] or [0.0])

    def vanishing(self, layer: Layer) -> bool:
        """True where the gradient is zero, or smaller than the median one FACTOR times and more."""
        return layer.gradient is not None and layer.gradient.norm * FACTOR <= self.median

    def exploding(self, layer: Layer) -> bool:
        """True where the gradient is not finite, or larger than the median one FACTOR times and more."""
        norm = layer.gradient.norm if layer.gradient else 0.0
        return not math.isfinite(norm) or norm >= FACTOR * self.median > 0
