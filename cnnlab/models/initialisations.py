"""The schemes of torch.nn.init on offer, and the layers that start so; a Call builds a function of the tensor it fills."""

from collections.abc import Mapping
from typing import Any

from cnnlab.specs import N_, Call, Param, Spec, SpecError, catalogue

INIT = "torch.nn.init:"
NONLINEARITIES = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                  "sigmoid", "tanh", "relu", "leaky_relu", "selu")
# Kinds of layers a person may choose for; containers and activations have nothing to initialise.
LAYER_KINDS: Mapping[str, tuple[str, ...]] = {
    "convolution": ("torch.nn.modules.conv:_ConvNd",),
    "linear": ("torch.nn:Linear", "torch.nn:Bilinear"),
    "normalisation": ("torch.nn.modules.batchnorm:_NormBase", "torch.nn:GroupNorm", "torch.nn:LayerNorm"),
}
STARTS = (*LAYER_KINDS, "bias")
Scheme = Mapping[str, Call | None]  # from a kind of layer, or "bias", to how it starts; None is torch's own way


def gain() -> Param:
    return Param("gain", default=1.0, low=0, high=100, step=0.1, help=N_("A factor on the spread."))


def spread(name: str, default: float, help: str, low: float = -1000) -> Param:
    return Param(name, default=default, low=low, high=1000, step=0.01, help=help)


def kaiming() -> tuple[Param, ...]:
    return (
        spread("a", 0, N_("The slope of leaky_relu below zero.")),
        Param("mode", str, default="fan_in", options=("fan_in", "fan_out"),
              help=N_("fan_in keeps the size of signals on the way forward, fan_out that of gradients on the way back.")),
        Param("nonlinearity", str, default="leaky_relu", start="relu", options=NONLINEARITIES, help=N_("What follows the layer.")),
    )


def rising(values: Mapping[str, Any]) -> None:
    """uniform_: the interval goes upwards."""
    a, b = values["a"], values["b"]
    if a > b:
        raise SpecError("a={a} must not be larger than b={b}: exchange them.", a=a, b=b)


def scheme(name: str, params: tuple[Param, ...], about: str, **more: Any) -> Spec:
    """A row of torch.nn.init, whose functions fill a tensor in place."""
    return Spec(INIT + name, params, about, partial=True, **more)


INITIALISATIONS: dict[str, Spec] = catalogue((
    scheme("xavier_uniform_", (gain(),),
           N_("Evenly spread, as wide as inputs and outputs of the layer ask: for tanh and sigmoid.")),
    scheme("xavier_normal_", (gain(),),
           N_("Bell-shaped, as wide as inputs and outputs of the layer ask: for tanh and sigmoid.")),
    scheme("kaiming_uniform_", kaiming(), N_("Evenly spread, as wide as keeps signals alive through ReLUs.")),
    scheme("kaiming_normal_", kaiming(), N_("Bell-shaped, as wide as keeps signals alive through ReLUs.")),
    scheme("normal_", (
        spread("mean", 0.0, N_("The middle of the bell.")), spread("std", 1.0, N_("The width of the bell."), low=0),
    ), N_("Bell-shaped, of a width you choose.")),
    scheme("uniform_", (
        spread("a", 0.0, N_("The smallest value.")), spread("b", 1.0, N_("The largest value.")),
    ), N_("Evenly spread between two values."), check=rising),
    scheme("constant_", (Param("val", start=0.0, low=-1000, high=1000, help=N_("The value.")),),
           N_("The same value everywhere.")),
    scheme("orthogonal_", (gain(),), N_("Rows at right angles to each other: lengths are kept.")),
))


def course_scheme() -> dict[str, Call | None]:
    """What the course's `initialize_weights` does."""
    return {
        "convolution": INITIALISATIONS["xavier_normal_"](),
        "linear": INITIALISATIONS["normal_"](std=0.1),
        "normalisation": INITIALISATIONS["constant_"](val=1),
        "bias": INITIALISATIONS["constant_"](val=0),
    }


def everywhere(call: Call) -> Scheme:
    """All convolutions and linear layers alike, their biases 0."""
    return {"convolution": call, "linear": call, "bias": INITIALISATIONS["constant_"](val=0)}


# What a model's own start is held against, by the word in a link: its name, and how the layers start.
RIVALS: Mapping[str, tuple[str, Scheme]] = {
    "xavier": ("Xavier", everywhere(INITIALISATIONS["xavier_normal_"]())),
    "kaiming": ("Kaiming", everywhere(INITIALISATIONS["kaiming_normal_"](nonlinearity="relu"))),
    "small": ("normal 0.01", everywhere(INITIALISATIONS["normal_"](std=0.01))),
    "large": ("normal 1", everywhere(INITIALISATIONS["normal_"](std=1))),
}
