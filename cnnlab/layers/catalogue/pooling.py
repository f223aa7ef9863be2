"""Pooling and its way back."""

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import N_, SCALAR, Param

from .params import CEIL, INDICES, KERNEL, NN, PADDING, SIZE, along, kernel, pool_stride

POOLING, UNPOOLING = N_("Pooling"), N_("Unpooling")
WINDOW = N_("Length of the window along each side.")


def max_pool(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}MaxPool{sides}d", (
        kernel(sides, WINDOW),
        pool_stride(sides),
        along("padding", sides, 0, PADDING, N_("Places added around the input that never win, at most half a window."), default=0),
        along("dilation", sides, 1, KERNEL, N_("Distance between the places that a window reads."), default=1, advanced=True),
        INDICES,
        CEIL,
    ), about, POOLING, family="max_pool", sides=sides, input=(1, *(8,) * sides))


def avg_pool(sides: int, about: str) -> LayerSpec:
    divisor = Param("divisor_override", int, default=None, optional=True, on=1, low=1, high=2**20, advanced=True,
                    help=N_("What each sum is divided by, instead of the number of places in the window."))
    return LayerSpec(f"{NN}AvgPool{sides}d", (
        kernel(sides, WINDOW),
        pool_stride(sides),
        along("padding", sides, 0, PADDING, N_("Zeros added around the input, at most half a window."), default=0),
        CEIL,
        Param("count_include_pad", bool, default=True, help=N_("Whether added zeros count when a window is averaged.")),
        *([divisor] if sides > 1 else []),
    ), about, POOLING, family="avg_pool", sides=sides, input=(1, *(8,) * sides))


def lp_pool(sides: int, about: str) -> LayerSpec:
    window = kernel(sides, WINDOW)
    if sides == 1:  # torch multiplies by it, which a tuple refuses
        window = Param("kernel_size", int, start=2, low=1, high=KERNEL, help=WINDOW)
    return LayerSpec(f"{NN}LPPool{sides}d", (
        Param("norm_type", float, start=2, low=0.01, high=1000,
              help=N_("The power p: 1 adds the values up, 2 takes the root of the sum of their squares, a large one the largest.")),
        window,
        pool_stride(sides),
        CEIL,
    ), about, POOLING, family="lp_pool", sides=sides, input=(1, *(8,) * sides))


def adaptive(sides: int, kind: str, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}Adaptive{kind}Pool{sides}d", (
        along("output_size", sides, 1, SIZE, N_("The size of the output, whatever that of the input is."), start=3),
        *([INDICES] if kind == "Max" else []),
    ), about, POOLING, family=f"adaptive_{kind.lower()}", sides=sides, input=(1, *(8,) * sides))


def fractional(sides: int, about: str) -> LayerSpec:
    ratio = Param("output_ratio", float, default=None, optional=True, on=0.5, low=0.001, high=0.999, advanced=True,
                  lengths=(SCALAR, sides), labels=along("", sides, 1, 1, "").labels,
                  help=N_("The output size as a part of the input size; give this or output_size."))
    return LayerSpec(f"{NN}FractionalMaxPool{sides}d", (
        kernel(sides, WINDOW),
        along("output_size", sides, 1, SIZE, N_("The size of the output; give this or output_ratio."),
              default=None, optional=True, start=5, on=5),
        ratio,
        INDICES,
    ), about, POOLING, family="fractional_max", sides=sides, input=(1, *(8,) * sides))


def unpool(sides: int, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}MaxUnpool{sides}d", (
        kernel(sides, N_("Length of the window of the pooling that it undoes.")),
        pool_stride(sides),
        along("padding", sides, 0, PADDING, N_("Padding of the pooling that it undoes."), default=0),
        along("output_size", sides, 1, SIZE, N_("The size that the pooling started from, where several give the same output."),
              default=None, optional=True, on=8, advanced=True, forward=True),
    ), about, UNPOOLING, family="unpool", sides=sides, input=(1, *(4,) * sides))


POOLINGS = (
    max_pool(1, N_("Keeps the largest value of each window of a signal.")),
    max_pool(2, N_("Keeps the largest value of each window of a picture.")),
    max_pool(3, N_("Keeps the largest value of each window of a volume.")),
    avg_pool(1, N_("Replaces each window of a signal by its mean.")),
    avg_pool(2, N_("Replaces each window of a picture by its mean.")),
    avg_pool(3, N_("Replaces each window of a volume by its mean.")),
    lp_pool(1, N_("Takes the p-norm of each window of a signal, between a sum and a maximum.")),
    lp_pool(2, N_("Takes the p-norm of each window of a picture, between a sum and a maximum.")),
    lp_pool(3, N_("Takes the p-norm of each window of a volume, between a sum and a maximum.")),
    adaptive(1, "Avg", N_("Averages a signal to the length that is asked for.")),
    adaptive(2, "Avg", N_("Averages a picture to the size that is asked for.")),
    adaptive(3, "Avg", N_("Averages a volume to the size that is asked for.")),
    adaptive(1, "Max", N_("Takes maxima of a signal so that the length asked for comes out.")),
    adaptive(2, "Max", N_("Takes maxima of a picture so that the size asked for comes out.")),
    adaptive(3, "Max", N_("Takes maxima of a volume so that the size asked for comes out.")),
    fractional(2, N_("Takes maxima over windows that are placed by chance, so that sizes shrink by any ratio.")),
    fractional(3, N_("Takes maxima over windows of a volume that are placed by chance.")),
    unpool(1, N_("Puts each maximum of a signal back to where it came from, with zeros between.")),
    unpool(2, N_("Puts each maximum of a picture back to where it came from, with zeros between.")),
    unpool(3, N_("Puts each maximum of a volume back to where it came from, with zeros between.")),
)
