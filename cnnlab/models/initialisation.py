"""Initialisation: a scheme of torch.nn.init for each kind of layer."""

from collections.abc import Mapping

import torch
from torch import nn

from cnnlab.chance import generator
from cnnlab.specs import Call, SpecError, Target

from .initialisations import LAYER_KINDS, STARTS, Scheme

KINDS: Mapping[str, tuple[type[nn.Module], ...]] = {
    kind: tuple(Target(path).resolve() for path in paths) for kind, paths in LAYER_KINDS.items()
}


def initialise(model: nn.Module, scheme: Scheme, seed: int = 0) -> nn.Module:
    """The same model with new starting values, in place: the same seed gives the same values.

    A kind that `scheme` does not name keeps the values it has; None draws them as torch does.
    Biases follow "bias" wherever the kind of their layer is named, or are drawn as torch does.
    """
    for kind in scheme:
        if kind not in STARTS:
            raise SpecError("{kind} is no kind of layer: use {kinds}.", kind=kind, kinds=", ".join(STARTS))
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
    for call, tensor in ((weight, module.weight), (bias, module.bias)):
        if call is None or tensor is None or nn.parameter.is_lazy(tensor):
            continue
        try:
            call.build()(tensor)
        except ValueError as error:
            # Xavier, Kaiming and orthogonal need inputs and outputs; a normalisation's weight is a mere list.
            raise SpecError(
                "{scheme} does not suit the layer {layer} of shape {shape}: choose normal_, uniform_ or constant_ for it.",
                scheme=call.name,
                layer=name or type(module).__name__,
                shape=tuple(tensor.shape),
            ) from error
