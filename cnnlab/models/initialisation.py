"""Initialisation: the schemes of torch.nn.init as Specs, chosen per kind of layer."""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from cnnlab.chance import generator
from cnnlab.specs import N_, Call, Param, Spec, SpecError, Target

INIT = "torch.nn.init:"
NONLINEARITIES = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                  "sigmoid", "tanh", "relu", "leaky_relu", "selu")
# Kinds of layers a person may choose for; containers and activations have nothing to initialise.
KINDS: Mapping[str, tuple[type[nn.Module], ...]] = {
    "convolution": (_ConvNd,),
    "linear": (nn.Linear, nn.Bilinear),
    "normalisation": (_NormBase, nn.GroupNorm, nn.LayerNorm),
}


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


SPECS = (
    Spec(INIT + "xavier_uniform_", (gain(),), N_("Evenly spread, as wide as inputs and outputs of the layer "
                                                 "ask: for tanh and sigmoid.")),
    Spec(INIT + "xavier_normal_", (gain(),), N_("Bell-shaped, as wide as inputs and outputs of the layer ask: "
                                                "for tanh and sigmoid.")),
    Spec(INIT + "kaiming_uniform_", kaiming(), N_("Evenly spread, as wide as keeps signals alive through ReLUs.")),
    Spec(INIT + "kaiming_normal_", kaiming(), N_("Bell-shaped, as wide as keeps signals alive through ReLUs.")),
    Spec(INIT + "normal_", (
        spread("mean", 0.0, N_("The middle of the bell.")), spread("std", 1.0, N_("The width of the bell."), low=0),
    ), N_("Bell-shaped, of a width you choose.")),
    Spec(INIT + "uniform_", (
        spread("a", 0.0, N_("The smallest value.")), spread("b", 1.0, N_("The largest value.")),
    ), N_("Evenly spread between two values."), check=lambda values: rising(values["a"], values["b"])),
    Spec(INIT + "constant_", (Param("val", start=0.0, low=-1000, high=1000, help=N_("The value.")),),
         N_("The same value everywhere.")),
    Spec(INIT + "orthogonal_", (gain(),), N_("Rows at right angles to each other: lengths are kept.")),
)
INITIALISATIONS: dict[str, Spec] = {spec.name: spec for spec in SPECS}

Scheme = Mapping[str, Call | None]  # from a kind of layer, or "bias", to how it starts; None is torch's own way


def rising(a: float, b: float) -> None:
    if a > b:
        raise SpecError("a={a} must not be larger than b={b}: exchange them.", a=a, b=b)


def course_scheme() -> dict[str, Call | None]:
    """What the course's `initialize_weights` does."""
    return {
        "convolution": INITIALISATIONS["xavier_normal_"](),
        "linear": INITIALISATIONS["normal_"](std=0.1),
        "normalisation": INITIALISATIONS["constant_"](val=1),
        "bias": INITIALISATIONS["constant_"](val=0),
    }


def initialise(model: nn.Module, scheme: Scheme, seed: int = 0) -> nn.Module:
    """The same model with new starting values, in place: the same seed gives the same values.

    A kind that `scheme` does not name keeps the values it has; None draws them as torch does.
    Biases follow "bias" wherever the kind of their layer is named, or are drawn as torch does.
    """
    for kind in scheme:
        if kind not in (*KINDS, "bias"):
            raise SpecError("{kind} is no kind of layer: use {kinds}.", kind=kind, kinds=", ".join((*KINDS, "bias")))
    with generator() as set_seed, torch.no_grad():
        set_seed(seed)
        for name, module in model.named_modules():
            kind = kind_of(module)
            if kind in scheme:
                _start(name, module, scheme[kind], scheme.get("bias"))
    return model


def kind_of(module: nn.Module) -> str | None:
    """The kind of layer, or None for what has no weights to choose for.

    >>> kind_of(nn.Conv2d(1, 1, 1)), kind_of(nn.ReLU())
    ('convolution', None)
    """
    return next((kind for kind, types in KINDS.items() if isinstance(module, types)), None)


def _start(name: str, module: nn.Module, weight: Call | None, bias: Call | None) -> None:
    module.reset_parameters()
    for call, tensor in ((weight, module.weight), (bias, getattr(module, "bias", None))):
        if call is None or tensor is None or nn.parameter.is_lazy(tensor):
            continue
        try:
            Target(call.spec.target).resolve()(tensor, **call.values)
        except ValueError as error:
            # Xavier, Kaiming and orthogonal need inputs and outputs; a normalisation's weight is a mere list.
            raise SpecError(
                "{scheme} does not suit the layer {layer} of shape {shape}: choose normal_, uniform_ or constant_ for it.",
                scheme=call.name, layer=name or type(module).__name__, shape=tuple(tensor.shape),
            ) from error
