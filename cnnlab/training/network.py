"""The network of a config, with the starting values of its seed; what does not fit the data is refused before the start."""

import copy
from collections.abc import Set
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from cnnlab.chance import generator
from cnnlab.models import from_folder, initialise, input_shapes, load_weights, read_source
from cnnlab.models.building import build
from cnnlab.specs import SpecError

from .conditions import explained
from .config import TrainConfig
from .groups import head_of, last_of
from .handover import CHANNELS, classes_of, fitted
from .losses import heads


@dataclass(frozen=True)
class Wanted:
    """The pictures that a network is made for; 0 channels and a side of 0 for any."""

    channels: int = 0
    side: int = 0


def wanted(config: TrainConfig) -> Wanted:
    """What a config's network asks of its pictures, or SpecError where it takes no labelled pictures at all."""
    if config.own:
        return Wanted(_first_channels(_own(config)))
    if config.source:
        return Wanted(_first_channels(read_source(config.source).build("meta")))
    shapes = input_shapes(config.model)
    if config.model.spec.takes_list or len(shapes) != 1 or len(shapes[0]) != 3:
        raise SpecError(
            "{model} is not trained here, as it does not say what one picture shows: choose a network for "
            "classification.",
            model=config.model.name,
        )
    channels, side, _ = shapes[0]
    return Wanted(0 if CHANNELS in config.model.values else channels, side)


def _first_channels(model: nn.Module) -> int:
    """The channels that the first layer with weights takes, if it is a convolution."""
    first = next((module for module in model.modules() if list(module.parameters(recurse=False))), None)
    return getattr(first, CHANNELS, 0)


def network(config: TrainConfig, classes: int, shape: tuple[int, int, int]) -> tuple[nn.Module, Set[str]]:
    """The network on the CPU for pictures of `shape`, and the names of the parameters that are its head."""
    if config.weights and (config.own or config.source):
        raise SpecError("weights={weights} are for a model of the catalogue: leave them out.", weights=config.weights)
    if config.own:
        model = _own(config)
        head = last_of(model)
    elif config.source:
        model = read_source(config.source).build("cpu", config.seed)
        head = last_of(model)
    else:
        call = fitted(config.model, classes, shape[0])
        model, head = build(call, "cpu", config.seed), head_of(call)
    if config.scheme:
        initialise(model, config.scheme, config.seed)
    if config.weights:
        _warm_start(model, head, config)
    if config.dropout is not None:
        _set_dropout(model, config.dropout)
    return model, head


def _own(config: TrainConfig) -> nn.Module:
    with generator() as set_seed:
        set_seed(config.seed)
        return from_folder(config.own)


def _warm_start(model: nn.Module, head: Set[str], config: TrainConfig) -> None:
    """Pretrained values for all but the head, which is drawn anew even where it would fit."""
    spec = config.model.spec
    name = classes_of(spec)
    whole = config.model.replace(**{name: spec.param(name).first})
    source = load_weights(build(whole, "cpu", config.seed), config.weights)
    values = {name: value for name, value in source.state_dict().items() if name not in head}
    model.load_state_dict({**model.state_dict(), **values})
    if hasattr(source, "transform_input"):
        model.transform_input = source.transform_input


def _set_dropout(model: nn.Module, share: float) -> None:
    layers = [module for module in model.modules() if isinstance(module, _DropoutNd)]
    if not layers:
        raise SpecError(
            "This network has no dropout layers, so dropout={share} does nothing: leave it empty.", share=share
        )
    for layer in layers:
        layer.p = share


def refuse_unfit(model: nn.Module, config: TrainConfig, classes: int, pictures: Tensor) -> None:
    """SpecError where the network does not take these pictures (N, C, H, W), or does not answer with one score a class."""
    was = model.training
    try:
        with torch.no_grad():
            answer = model.eval()(pictures)
    except (Exception, SystemExit) as error:  # a person's own code may raise anything
        raise explained(error) or _unfit(config, tuple(pictures.shape[1:]), error) from error
    finally:
        model.train(was)
    scores = None if isinstance(answer, dict) else heads(answer)[0]
    shape = tuple(scores.shape[1:]) if isinstance(scores, Tensor) else None
    if shape != (classes,):
        raise SpecError(
            "For each picture the network answers with {shape}, and training needs one score for each of the {classes} "
            "classes: let its last layer have {classes} outputs.",
            shape=" × ".join(map(str, shape)) if shape else type(answer).__name__,
            classes=classes,
        )


def _unfit(config: TrainConfig, shape: tuple[int, ...], error: BaseException) -> SpecError:
    own = 0 if config.own or config.source else wanted(config).side
    text = "The network does not take pictures of {shape} ({reason}): use side={side}, which it is made for."
    return SpecError(
        text if own else "The network does not take pictures of {shape} ({reason}): use another side.",
        shape=" × ".join(map(str, shape)),
        reason=str(error).partition("\n")[0][:200].rstrip("."),
        side=own,
    )


def refuse_lonely(model: nn.Module, pictures: Tensor, last: int, batch_size: int) -> None:
    """SpecError where the epoch's last batch has one picture alone, of which batch normalisation can take no average."""
    if last != 1 or not any(isinstance(module, _BatchNorm) for module in model.modules()):
        return
    try:
        with torch.no_grad():
            copy.deepcopy(model).train()(pictures[:1])
    except ValueError as error:
        raise SpecError(
            "The last batch of an epoch has one picture, of which batch normalisation can take no average: "
            "set drop_last, or batch_size={other}.",
            other=batch_size + 1,
        ) from error
