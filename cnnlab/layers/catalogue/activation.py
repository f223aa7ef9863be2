"""Activations."""

from collections.abc import Callable, Mapping
from typing import Any

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import N_, REQUIRED, Param, SpecError

from .params import CHANNELS, FACTOR, INPLACE, NN, number

DIM = N_("Along which dimension, counted with the batch: 1 is that of the channels, −1 the last.")


def activation(name: str, about: str, *params: Param, input: tuple[int, ...] = (1, 4, 4), sides: int | None = None,
               check: Callable[[Mapping[str, Any]], None] = lambda values: None, **fixed: Any) -> LayerSpec:
    return LayerSpec(f"{NN}{name}", params, about, N_("Activation"), family="activation", sides=sides, input=input,
                     check=check, fixed=fixed)


def dimension(default: Any, start: int | None = None, **more: Any) -> Param:
    return Param("dim", int, default=default, start=start, on=1, low=-8, high=8, help=DIM, **more)


def smaller(low: str, high: str, or_equal: bool = False) -> Callable[[Mapping[str, Any]], None]:
    """A check that one parameter is smaller than another."""

    def check(values: Mapping[str, Any]) -> None:
        if values[low] > values[high] or (values[low] == values[high] and not or_equal):
            raise SpecError(
                "{low}={smallest} must be smaller than {high}={largest}: exchange them, or lower {low}.",
                low=low, high=high, smallest=values[low], largest=values[high],
            )

    return check


def not_zero(values: Mapping[str, Any]) -> None:
    if not values["alpha"]:
        raise SpecError("alpha=0 would divide by zero: use a number above or below it.")


LAMBDA = number("lambd", 0.5, N_("Values closer to zero than this become zero."), low=0)

ACTIVATIONS = (
    activation("ReLU", N_("Keeps what is positive and makes the rest zero."), INPLACE),
    activation("LeakyReLU", N_("Keeps what is positive and shrinks the rest."),
               number("negative_slope", 0.01, N_("What negative values are multiplied by.")), INPLACE),
    activation("PReLU", N_("Keeps what is positive and shrinks the rest by a factor that is learned."),
               Param("num_parameters", int, default=1, low=1, high=CHANNELS,
                     help=N_("How many factors are learned: one for all, or one for each channel.")),
               number("init", 0.25, N_("What the factors begin with."))),
    activation("RReLU", N_("Keeps what is positive and shrinks the rest by a factor drawn by chance while training."),
               number("lower", 1 / 8, N_("The smallest factor.")), number("upper", 1 / 3, N_("The largest factor.")), INPLACE,
               check=smaller("lower", "upper", or_equal=True)),
    activation("ReLU6", N_("Keeps what lies between 0 and 6 and cuts off the rest."), INPLACE),
    activation("ELU", N_("Keeps what is positive and lets the rest come near −alpha in a curve."),
               number("alpha", 1.0, N_("How far negative values go down.")), INPLACE),
    activation("CELU", N_("An ELU without a kink at zero, whatever alpha is."),
               number("alpha", 1.0, N_("How far negative values go down.")), INPLACE, check=not_zero),
    activation("SELU", N_("A scaled ELU that brings values near mean 0 and variance 1 by itself."), INPLACE),
    activation("GELU", N_("Multiplies each value by the chance that a standard normal draw is smaller."),
               Param("approximate", str, default="none", options=("none", "tanh"),
                     help=N_("Whether the exact curve is taken, or a quicker one made with tanh."))),
    activation("SiLU", N_("Multiplies each value by its sigmoid; also called swish."), INPLACE),
    activation("Mish", N_("Multiplies each value by the tanh of its softplus."), INPLACE),
    activation("Sigmoid", N_("Squeezes every value between 0 and 1.")),
    activation("LogSigmoid", N_("The logarithm of the sigmoid.")),
    activation("Tanh", N_("Squeezes every value between −1 and 1.")),
    activation("Tanhshrink", N_("Takes the tanh of each value away from it.")),
    activation("Softsign", N_("Squeezes every value between −1 and 1, more gently than tanh.")),
    activation("Softplus", N_("A smooth ReLU that stays positive."),
               number("beta", 1.0, N_("How sharply it bends at zero."), low=0.001),
               number("threshold", 20.0, N_("Where beta times the value exceeds this, the value itself is taken."))),
    activation("Hardsigmoid", N_("A sigmoid made of straight lines."), INPLACE),
    activation("Hardswish", N_("A SiLU made of simple pieces, quick to compute."), INPLACE),
    activation("Hardtanh", N_("Cuts values off below and above."),
               number("min_val", -1.0, N_("The smallest value that comes out.")),
               number("max_val", 1.0, N_("The largest value that comes out.")), INPLACE, check=smaller("min_val", "max_val")),
    activation("Hardshrink", N_("Sets values close to zero to zero and keeps the rest."), LAMBDA),
    activation("Softshrink", N_("Moves all values towards zero by lambd, and those close to it to zero."), LAMBDA),
    activation("Threshold", N_("Replaces values that are not above a threshold by one number."),
               Param("threshold", float, default=REQUIRED, start=0.1, low=-FACTOR, high=FACTOR,
                     help=N_("Values above this are kept.")),
               Param("value", float, default=REQUIRED, start=0.0, low=-FACTOR, high=FACTOR,
                     help=N_("What the others become.")), INPLACE),
    activation("GLU", N_("Multiplies one half of the channels by the sigmoid of the other half."), dimension(-1, 1),
               input=(4, 4, 4), halves=True),
    activation("Softmax", N_("Turns scores into shares that add up to 1."), dimension(None, 1, optional=True), input=(5,)),
    activation("Softmax2d", N_("Turns the channels at each pixel into shares that add up to 1."), input=(3, 4, 4), sides=2),
    activation("Softmin", N_("Turns scores into shares that add up to 1, the smallest with the largest share."),
               dimension(None, 1, optional=True), input=(5,)),
    activation("LogSoftmax", N_("The logarithm of Softmax, more exact than taking it afterwards."),
               dimension(None, 1, optional=True), input=(5,)),
)
