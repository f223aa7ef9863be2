"""Convolutions and transposed convolutions along one, two and three sides."""

from collections.abc import Mapping
from typing import Any

from cnnlab.layers.rows import SIDE_NAMES, LayerSpec
from cnnlab.specs import N_, SCALAR, Param, SpecError

NN = "torch.nn:"
CHANNELS, KERNEL, STRIDE, PADDING = 65_536, 1024, 1024, 4096  # the largest that are taken
MODES = ("zeros", "reflect", "replicate", "circular")


def channels(name: str, help: str) -> Param:
    return Param(name, int, start=1, low=1, high=CHANNELS, help=help)


def along(name: str, sides: int, low: int, high: int, help: str, **more: Any) -> Param:
    """One whole number for all sides, or one for each."""
    lengths = (SCALAR, 1) if sides == 1 else (SCALAR, sides)
    return Param(name, int, low=low, high=high, lengths=lengths, labels={sides: SIDE_NAMES[sides]}, help=help, **more)


def in_groups(values: Mapping[str, Any]) -> None:
    """Each group takes as many channels, and makes as many."""
    for name in ("in_channels", "out_channels"):
        if values[name] % values["groups"]:
            raise SpecError(
                "{name}={value} cannot be divided among groups={groups}: use a multiple of {groups}, such as {multiple}.",
                name=name, value=values[name], groups=values["groups"],
                multiple=-(-values[name] // values["groups"]) * values["groups"],
            )


def convolution(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}Conv{sides}d", (
        channels("in_channels", N_("Channels of the input; every kernel spans all of its group.")),
        channels("out_channels", N_("How many kernels there are, and so channels of the output.")),
        along("kernel_size", sides, 1, KERNEL, N_("Length of the window along each side."), start=3),
        along("stride", sides, 1, STRIDE, N_("How far the window moves at each step."), default=1),
        along("padding", sides, 0, PADDING, N_("Places added around the input; 'same' keeps its size, 'valid' adds none."),
              default=0, options=("same", "valid")),
        along("dilation", sides, 1, KERNEL, N_("Distance between the places that a window reads."), default=1),
        Param("groups", int, default=1, low=1, high=CHANNELS,
              help=N_("Into how many parts the channels are divided, each convolved by itself.")),
        Param("bias", bool, default=True, help=N_("Whether a number is added to each output channel.")),
        Param("padding_mode", str, default="zeros", options=MODES, help=N_("What the added places hold.")),
    ), about, N_("Convolution"), check=in_groups, family="convolution", sides=sides, input=("in_channels", *(8,) * sides))


def transposed(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}ConvTranspose{sides}d", (
        channels("in_channels", N_("Channels of the input.")),
        channels("out_channels", N_("Channels of the output.")),
        along("kernel_size", sides, 1, KERNEL, N_("Length of the patch that each input element writes."), start=3),
        along("stride", sides, 1, STRIDE, N_("Distance between the patches of neighbours."), default=1),
        along("padding", sides, 0, PADDING, N_("Places cut off around the output."), default=0),
        along("output_padding", sides, 0, STRIDE, N_("Places added at the end of each side, less than stride or dilation."),
              default=0),
        Param("groups", int, default=1, low=1, high=CHANNELS,
              help=N_("Into how many parts the channels are divided, each by itself.")),
        Param("bias", bool, default=True, help=N_("Whether a number is added to each output channel.")),
        along("dilation", sides, 1, KERNEL, N_("Distance between the places that a patch writes."), default=1),
        Param("padding_mode", str, default="zeros", options=("zeros",), help=N_("Only zeros, as torch has it."),
              advanced=True),
    ), about, N_("Transposed convolution"), check=in_groups, family="transposed", sides=sides,
    input=("in_channels", *(4,) * sides))


CONVOLUTIONS = (
    convolution(1, N_("Slides kernels along a signal, such as sound.")),
    convolution(2, N_("Slides kernels over height and width of a picture.")),
    convolution(3, N_("Slides kernels through a volume, or through a video and its frames.")),
    transposed(1, N_("Each element of a signal writes a copy of the kernel; where copies overlap, they add up.")),
    transposed(2, N_("Each pixel writes a copy of the kernel; where copies overlap, they add up: the way back up in size.")),
    transposed(3, N_("Each element of a volume writes a copy of the kernel; where copies overlap, they add up.")),
)
