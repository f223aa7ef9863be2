"""What the rows of layers have in common: their bounds and the parameters that many of them take."""

from typing import Any

from cnnlab import limits
from cnnlab.layers.rows import SIDE_NAMES
from cnnlab.specs import N_, SCALAR, Param

NN = "torch.nn:"
CHANNELS, FEATURES = 65_536, limits.LAYER_SIDE
KERNEL, STRIDE, PADDING, SIZE = 1024, 1024, 4096, 4096  # the largest that are taken
FACTOR = 1e6  # of slopes, thresholds and constants
ORDER = (N_("first"), N_("second"), N_("third"), N_("fourth"))
BORDERS = {
    2: ("left", "right"),
    4: ("left", "right", "top", "bottom"),
    6: ("left", "right", "top", "bottom", N_("front"), N_("back")),
}


def channels(name: str, help: str, start: int = 1) -> Param:
    return Param(name, int, start=start, low=1, high=CHANNELS, help=help)


def along(name: str, sides: int, low: int, high: int, help: str, **more: Any) -> Param:
    """One whole number for all sides, or one for each."""
    lengths = (SCALAR, 1) if sides == 1 else (SCALAR, sides)
    return Param(name, int, low=low, high=high, lengths=lengths, labels={sides: SIDE_NAMES[sides]}, help=help, **more)


def number(name: str, default: float, help: str, low: float = -FACTOR, high: float = FACTOR, **more: Any) -> Param:
    return Param(name, float, default=default, low=low, high=high, help=help, **more)


def kernel(sides: int, help: str, start: int = 2) -> Param:
    return along("kernel_size", sides, 1, KERNEL, help, start=start)


def pool_stride(sides: int) -> Param:
    return along("stride", sides, 1, STRIDE, N_("How far the window moves at each step; none stands for its own length."),
                 default=None, optional=True, on=2)


def groups() -> Param:
    return Param("groups", int, default=1, low=1, high=CHANNELS,
                 help=N_("Into how many parts the channels are divided, each worked on by itself."))


BIAS = Param("bias", bool, default=True, help=N_("Whether a number is added to each output channel."))
INPLACE = Param("inplace", bool, default=False, advanced=True,
                help=N_("Whether the result is written over the input, which saves memory."))
CEIL = Param("ceil_mode", bool, default=False,
             help=N_("Whether a last window that is cut off by the border gives an output too."))
INDICES = Param("return_indices", bool, default=False, advanced=True,
                help=N_("Whether the place of each maximum comes out as well, as unpooling needs it."))
EPS = number("eps", 1e-05, N_("A small number added to the variance, so that nothing is divided by zero."),
             low=0, high=1, advanced=True)
AFFINE_BIAS = Param("bias", bool, default=True, advanced=True,
                    help=N_("Whether a learned number is added after scaling."))
