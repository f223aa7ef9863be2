"""Which parameters learn, in which groups: the head with the optimizer's learning rate, the backbone with a share of it."""

from collections.abc import Set
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnnlab.models.building import on_meta
from cnnlab.specs import Call, SpecError

from .config import TrainConfig

BACKBONE, HEAD = "backbone", "head"
CLASSES = ("classes", "num_classes")  # how networks call the number of classes


def classes_of(call: Call) -> str | None:
    """The name of the parameter that sets how many classes a catalogue model tells apart."""
    return next((param.name for param in call.spec.params if param.name in CLASSES), None)


def head_of(call: Call) -> Set[str]:
    """The parameters whose shape depends on the number of classes, by name.

    >>> from cnnlab.models import MODELS
    >>> sorted(head_of(MODELS["LeNet"]()))
    ['fc3.bias', 'fc3.weight']
    """
    name = classes_of(call)
    if name is None:
        return last_of(on_meta(call))
    ours, theirs = (dict(on_meta(call.replace(**{name: classes})).named_parameters()) for classes in (7, 8))
    return {name for name in ours if ours[name].shape != theirs[name].shape}


def last_of(model: nn.Module) -> Set[str]:
    """The parameters of the last layer that has some: the head where nothing else tells."""
    layers = [name for name, module in model.named_modules() if list(module.parameters(recurse=False))]
    own = dict(model.get_submodule(layers[-1]).named_parameters(recurse=False)) if layers else {}
    return {f"{layers[-1]}.{name}".lstrip(".") for name in own}


def freeze(model: nn.Module, head: Set[str], frozen: str) -> tuple[nn.Module, ...]:
    """Takes what shall not learn out of the gradient; the batch normalisations among it, which are to stay in eval mode.

    Left in training mode, a frozen backbone would go on following the mean and variance of what it sees.
    """
    norms = [(name, module) for name, module in model.named_modules() if isinstance(module, _BatchNorm)]
    if frozen == "nothing":
        return ()
    if frozen == "batch norms":
        if not norms:
            raise SpecError("This network has no batch normalisation that could be frozen: choose frozen=nothing.")
        for _, module in norms:
            module.requires_grad_(False)
        return tuple(module for _, module in norms)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in head)
    return tuple(module for name, module in norms if f"{name}.weight".lstrip(".") not in head)


def groups(model: nn.Module, head: Set[str], config: TrainConfig) -> list[dict[str, Any]]:
    """Parameter groups for an optimizer, the head's first; one without a name where all learn alike."""
    learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if not learning:
        raise SpecError("Nothing is left to learn: this network has no parameters outside of what is frozen.")
    if config.backbone_lr == 1 or not set(learning) - set(head) or not set(learning) & set(head):
        factor = config.backbone_lr if not set(learning) & set(head) else 1
        parts = {"": (learning, factor)}
    else:
        parts = {
            HEAD: ({name: p for name, p in learning.items() if name in head}, 1),
            BACKBONE: ({name: p for name, p in learning.items() if name not in head}, config.backbone_lr),
        }
    made = []
    for name, (parameters, factor) in parts.items():
        rate = {"name": name, **({"lr": config.optimizer["lr"] * factor} if factor != 1 else {})}
        made += [{**rate, **half} for half in _halves(list(parameters.values()), config.decay_all)]
    return made


def _halves(parameters: list[Tensor], decay_all: bool) -> list[dict[str, Any]]:
    """What shrinks and what does not: biases and normalisations are lists, weights have two dimensions or more."""
    if decay_all:
        return [{"params": parameters}]
    weights, lists = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
    halves = [{"params": weights}, {"params": lists, "weight_decay": 0.0}]
    return [half for half in halves if half["params"]]
