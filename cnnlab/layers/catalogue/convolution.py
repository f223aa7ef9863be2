"""Convolutions and transposed convolutions along one, two and three sides."""

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import N_, Param

from .params import BIAS, KERNEL, NN, PADDING, SIZE, STRIDE, along, channels, groups, kernel

MODES = ("zeros", "reflect", "replicate", "circular")


def convolution(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}Conv{sides}d", (
        channels("in_channels", N_("Channels of the input; every kernel spans all of its group.")),
        channels("out_channels", N_("How many kernels there are, and so channels of the output.")),
        kernel(sides, N_("Length of the window along each side."), start=3),
        along("stride", sides, 1, STRIDE, N_("How far the window moves at each step."), default=1),
        along("padding", sides, 0, PADDING, N_("Places added around the input; 'same' keeps its size, 'valid' adds none."),
              default=0, options=("same", "valid")),
        along("dilation", sides, 1, KERNEL, N_("Distance between the places that a window reads."), default=1),
        groups(),
        BIAS,
        Param("padding_mode", str, default="zeros", options=MODES, help=N_("What the added places hold.")),
    ), about, N_("Convolution"), family="convolution", sides=sides, input=("in_channels", *(8,) * sides))


def transposed(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}ConvTranspose{sides}d", (
        channels("in_channels", N_("Channels of the input.")),
        channels("out_channels", N_("Channels of the output.")),
        kernel(sides, N_("Length of the patch that each input element writes."), start=3),
        along("stride", sides, 1, STRIDE, N_("Distance between the patches of neighbours."), default=1),
        along("padding", sides, 0, PADDING, N_("Places cut off around the output."), default=0),
        along("output_padding", sides, 0, STRIDE, N_("Places added at the end of each side, less than stride or dilation."),
              default=0),
        groups(),
        BIAS,
        along("dilation", sides, 1, KERNEL, N_("Distance between the places that a patch writes."), default=1),
        Param("padding_mode", str, default="zeros", options=("zeros",), help=N_("Only zeros, as torch has it."),
              advanced=True),
        along("output_size", sides, 1, SIZE, N_("The size wanted of the output; torch then finds output_padding."),
              default=None, optional=True, on=8, advanced=True, forward=True),
    ), about, N_("Transposed convolution"), family="transposed", sides=sides,
    input=("in_channels", *(4,) * sides))


CONVOLUTIONS = (
    convolution(1, N_("Slides kernels along a signal, such as sound.")),
    convolution(2, N_("Slides kernels over height and width of a picture.")),
    convolution(3, N_("Slides kernels through a volume, or through a video and its frames.")),
    transposed(1, N_("Each element of a signal writes a copy of the kernel times its value; where copies overlap, they add up.")),
    transposed(2, N_("Each pixel writes a copy of the kernel times its value; "
                     "where copies overlap, they add up: the way back up in size.")),
    transposed(3, N_("Each element of a volume writes a copy of the kernel times its value; where copies overlap, they add up.")),
)
