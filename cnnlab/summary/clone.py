"""Copies of a model that leave it alone: on meta, where weights take no memory, or on the CPU."""

import copy
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter, UninitializedTensorMixin

from cnnlab.specs import SpecError

HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


def on_meta(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same shape, strides, dtype and kind, without memory."""
    if isinstance(tensor, UninitializedTensorMixin):
        return _lazy(tensor, "meta")
    if tensor.layout is not torch.strided:
        empty = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
    else:
        empty = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
    return _like(tensor, empty)


def on_cpu(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same values and kind in CPU memory of its own; a meta tensor gives random weights."""
    if isinstance(tensor, UninitializedTensorMixin):
        return _lazy(tensor, "cpu")
    if tensor.device.type == "meta":
        generator = torch.Generator().manual_seed(0)
        drawn = torch.float32 if tensor.dtype.itemsize == 1 and tensor.is_floating_point() else tensor.dtype
        values = torch.zeros(tensor.shape, dtype=drawn)
        if values.is_floating_point():
            values.normal_(std=0.02, generator=generator)
        return _like(tensor, values.to(tensor.dtype))
    return _like(tensor, tensor.detach().to("cpu", copy=True))


def _lazy(tensor: UninitializedTensorMixin, device: str) -> torch.Tensor:
    kind = UninitializedParameter if isinstance(tensor, UninitializedParameter) else UninitializedBuffer
    return kind(tensor.requires_grad, device=device, dtype=tensor.dtype)


def _like(tensor: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return nn.Parameter(values, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else values


def cloned(model: nn.Module, move: Callable[[torch.Tensor], torch.Tensor]) -> nn.Module:
    """A deep copy whose tensors are `move(tensor)`, each once, so that what was tied stays tied.

    The visitor's own hooks are not copied, for they may write outside the model; torch's own
    (weight_norm, pruning, lazy modules) are.
    """
    memo = {}
    for tensor in _tensors_of(model):
        if id(tensor) not in memo:
            memo[id(tensor)] = move(tensor)
    for hook in _foreign_hooks(model):
        if not isinstance(hook.function, FunctionType):  # a function is not copied anyway
            memo[id(hook.function)] = None
    try:
        clone = copy.deepcopy(model, memo)
    except Exception as error:
        raise SpecError(
            "{type} cannot be copied ({error}), so it cannot be looked at without changing it.",
            type=type(model).__name__,
            error=f"{type(error).__name__}: {error}",
        ) from error
    modules = list(clone.modules())
    for hook in _foreign_hooks(model):
        for attribute in HOOKS:
            (vars(modules[hook.module]).get(attribute) or {}).pop(hook.key, None)
    return clone


class Hook(NamedTuple):
    """A hook, by the number of its module in `modules()` and its key there."""

    module: int
    key: Any
    function: Callable


def foreign_hooks(model: nn.Module) -> int:
    """How many hooks on the model are not torch's own."""
    return sum(1 for _ in _foreign_hooks(model))


def _foreign_hooks(model: nn.Module) -> Iterator[Hook]:
    for number, module in enumerate(model.modules()):
        for attribute in HOOKS[:4]:
            for key, hook in (vars(module).get(attribute) or {}).items():
                if not (getattr(hook, "__module__", None) or type(hook).__module__).startswith("torch."):
                    yield Hook(number, key, hook)


def _tensors_of(model: nn.Module) -> Iterator[torch.Tensor]:
    """Every tensor the model holds: parameters, buffers, and plain attributes in lists and dicts too."""
    for module in model.modules():
        for name, value in vars(module).items():
            if name != "_modules":
                yield from _inside(value)


def _inside(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _inside(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _inside(item)
