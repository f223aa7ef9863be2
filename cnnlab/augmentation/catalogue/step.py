"""A transform's row: besides what every Spec says, what it asks of a picture, draws, and does to it.

The marks are plain values; what follows from them is said once by those who act on them: explain, words, dice, looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cnnlab.specs import Spec

from .cost import Cost


class Need(Enum):
    """What must reach a step, or it cannot work."""

    BATCH = "a whole batch, whose pictures and labels it mixes"
    BOXES = "boxes beside the picture"
    KEYPOINTS = "key points beside the picture"
    ALONE = "no boxes, masks or key points beside the picture"
    TENSOR = "a tensor, not a PIL picture"
    FLOATS = "floats, where it is a tensor"
    BYTES = "uint8, where it is a tensor"
    DIGIT = "the 1 × 8 × 8 values of a digit"
    CHANNELS = "as many channels as mean and std have numbers"
    SIZE = "as many pixels as size asks for"
    KERNEL = "a picture wider than kernel_size blurs"
    SIGMA = "a picture wider than sigma blurs"


class Inner(Enum):
    """Which of the steps inside a container run for a sample."""

    ALL = "all, in turn"
    ALL_OR_NONE = "all, if a coin says so"
    ONE = "one, drawn by weight"
    SHUFFLED = "all, in random order"


class Normalisation(Enum):
    """What a step does to a normalisation, which is undone when values are shown as a picture."""

    BEGINS = "it subtracts mean and divides by std"
    ENDS = "what it leaves is no longer a normalised picture"


@dataclass(frozen=True)
class Step(Spec):
    """A transform that a person may put into a pipeline.

    `draws` are the parts of the sentence that tells what it drew; a part is said where all it names was drawn.
    `grows` gives the largest number of pixels it may make, from its values and the (height, width) that reach it.
    `cost` gives the seconds and bytes that it takes, from its values and the Size that reaches it, where that is more
    than any step takes. `inner` says what a container does; an `idle` step is there to do nothing. One of
    `keywords_only` takes no values without a name; all others take their parameters in the order of the row.
    """

    needs: tuple[Need, ...] = ()
    draws: tuple[str, ...] = ()
    grows: Callable[[Mapping[str, Any], int, int], float] | None = None
    cost: Cost | None = None
    inner: Inner | None = None
    normalisation: Normalisation | None = None
    idle: bool = False
    keywords_only: bool = False
