"""What pasted source may name: the layers of torch.nn, number types, and where they are imported from."""

import inspect
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn.modules.loss import _Loss
from torch.nn.modules.rnn import RNNBase

# torch.nn's modules that are no layers of a model.
LEFT_OUT = {
    "Module": "the base class",
    "Container": "an old base class",
    "RNNBase": "a base class",
    "RNNCellBase": "a base class",
    "DataParallel": "a wrapper for several GPUs",
    "ParameterList": "a list of tensors",
    "ParameterDict": "a table of tensors",
    "AdaptiveLogSoftmaxWithLoss": "a loss",
    "CTCLoss": "a loss",
    "LinearCrossEntropyLoss": "a loss",
    "TripletMarginWithDistanceLoss": "a loss",
}


def _layers() -> dict[str, type[nn.Module]]:
    modules = {
        name: value
        for name, value in vars(nn).items()
        if inspect.isclass(value) and issubclass(value, nn.Module) and name not in LEFT_OUT
    }
    return {name: value for name, value in sorted(modules.items()) if not issubclass(value, _Loss)}


LAYERS: Mapping[str, type[nn.Module]] = _layers()
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
# Layers that are made of another, and which argument of theirs it is.
NESTING = {
    "TransformerEncoder": {"encoder_layer": "TransformerEncoderLayer", "norm": "LayerNorm"},
    "TransformerDecoder": {"decoder_layer": "TransformerDecoderLayer", "norm": "LayerNorm"},
}
DTYPES = {name: value for name, value in vars(torch).items() if isinstance(value, torch.dtype)}
# How many layers stand in one, by the arguments that say so.
REPEATS = ("num_layers", "num_encoder_layers", "num_decoder_layers")
# Every dotted name that source may use, and those it may import.
MODULE_NAMES = ("torch", "torch.nn", "torch.nn.functional", "collections")
PATHS = {
    *MODULE_NAMES,
    "collections.OrderedDict",
    *(f"torch.nn.{name}" for name in LAYERS),
    *(f"torch.{name}" for name in DTYPES),
}


def signature(name: str) -> inspect.Signature:
    """The arguments of a layer; those of recurrent ones are written in their base class."""
    cls = LAYERS[name]
    if not issubclass(cls, RNNBase):
        return inspect.signature(cls)
    parameters = [p for key, p in inspect.signature(RNNBase).parameters.items() if key != "mode"]
    if name == "RNN":
        extra = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters = [p.replace(kind=kind) if n > 2 else p for n, p in enumerate(parameters)] + [extra]
    return inspect.Signature(parameters)
