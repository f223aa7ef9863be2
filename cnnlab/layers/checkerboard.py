"""How often a transposed convolution writes each place, and how evenly resize-then-convolve does. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cnnlab.specs import Call, SpecError

from .catalogue import LAYERS
from .rows import Shape, each, per_side
from .sizes import out_shape
from .taps import NOWHERE
from .windows import sides

MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


@dataclass(frozen=True)
class Counts:
    """How many input elements of one channel make each output element: along each side, and their product."""

    sides: tuple[tuple[int, ...], ...]

    @property
    def shape(self) -> Shape:
        return tuple(map(len, self.sides))

    def flat(self) -> tuple[int, ...]:
        """The counts of all places, the last side quickest.

        >>> Counts(((1, 2), (1, 3))).flat()
        (1, 3, 2, 6)
        """
        counts: Sequence[int] = (1,)
        for side in self.sides:
            counts = [before * here for before in counts for here in side]
        return tuple(counts)


def counts(call: Call, shape: Shape) -> Counts:
    """For a transposed convolution how often each place is written; for a convolution how many places it reads there."""
    if call.spec.family not in ("convolution", "transposed"):
        raise SpecError(
            "{layer} has no checkerboard: there is one only behind transposed convolutions.", layer=call.name
        )
    return Counts(
        tuple(
            tuple(sum(tap.input != NOWHERE for tap in side.row(o)) for o in range(side.out))
            for side in sides(call, shape)
        )
    )


def written(kernel: int, stride: int, dilation: int = 1) -> tuple[int, ...]:
    """How often `stride` neighbouring places away from the border are written: all alike, or a checkerboard.

    >>> written(3, 2), written(4, 2)
    ((2, 1), (2, 2))
    """
    counts = [0] * stride
    for k in range(kernel):
        counts[k * dilation % stride] += 1
    return tuple(counts)


@cache
def unequal(kernel: int, stride: int, dilation: int = 1) -> bool:
    """True where some of them are written more often than others (Odena et al., 2016)."""
    return len(set(written(kernel, stride, dilation))) > 1


def uneven(call: Call) -> tuple[bool, ...]:
    """For each side of a transposed convolution, whether some places are written more often than their neighbours."""
    return tuple(unequal(*setting) for setting in each(call, "kernel_size", "stride", "dilation"))


def resized(call: Call, shape: Shape, mode: str = "nearest") -> tuple[Call, Call]:
    """Two layers that give an output of the same size without a checkerboard: an enlargement, then a convolution.

    The convolution has a kernel of the same length, made odd so that it has a middle; `mode` is nearest or linear.
    """
    size = out_shape(call, shape)[1:]
    kernel = tuple(length // 2 * 2 + 1 for length in per_side(call["kernel_size"], call.spec.sides))
    smooth = {"mode": MODES[call.spec.sides], "align_corners": False} if mode == "linear" else {"mode": mode}
    enlarge = LAYERS["Upsample"](size=size, scale_factor=None, **smooth)
    convolve = LAYERS[f"Conv{call.spec.sides}d"](
        in_channels=call["in_channels"],
        out_channels=call["out_channels"],
        kernel_size=kernel,
        padding=tuple(length // 2 for length in kernel),
        groups=call["groups"],
        bias=call["bias"],
    )
    return enlarge, convolve
