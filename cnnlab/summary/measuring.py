"""What a model needs in memory, to run and to train, measured without any."""

import weakref
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode

from cnnlab.specs import SpecError

from .clone import cloned, on_meta
from .needs import OPTIMIZERS, PRECISIONS, Memory, Saved
from .passes import empties, sized
from .recording import tensors


def memory(
    model: nn.Module, *inputs: Any, batch: int = 1, precision: str = "float32", optimizer: str = "Adam", **keywords: Any
) -> Memory:
    """The Memory of a model for inputs given as shapes without the batch, as `summarize` takes them.

    Two passes on meta, with 2 and with 3 samples, tell what each sample adds; tensors among the inputs are taken by
    their shape, their first side being the batch. SpecError where the model does not run on meta in training mode.
    """
    weights, activations = (getattr(torch, name) for name in _chosen(PRECISIONS, precision, "precision"))
    settings = _chosen(OPTIMIZERS, optimizer, "optimizer")
    clone = cloned(model, on_meta).to(weights)
    parameters = list(clone.parameters())
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    two, three = (_measured(model, inputs, keywords, size, activations) for size in (2, 3))
    (saved_two, peak_two), (saved_three, peak_three) = two, three
    types = {name: type(module).__name__ for name, module in model.named_modules(remove_duplicate=False)}
    layers = tuple(
        Saved(name, types[name], 3 * saved_two[name] - 2 * saved_three[name], saved_three[name] - saved_two[name])
        for name in types
        if saved_two[name] or saved_three[name]
    )
    bytes_of_parameters = sum(parameter.nbytes for parameter in parameters)
    return Memory(
        batch,
        precision,
        optimizer,
        bytes_of_parameters,
        buffers=sum(buffer.nbytes for buffer in clone.buffers()),
        gradients=sum(parameter.nbytes for parameter in trained),
        optimizer_state=_state(optimizer.partition(" ")[0], settings, trained),
        copies=bytes_of_parameters // 2 if precision == "mixed" else 0,
        layers=layers,
        peak_fixed=3 * peak_two - 2 * peak_three,
        peak_sample=peak_three - peak_two,
    )


def _chosen(table: Mapping, name: str, what: str) -> Any:
    if name in table:
        return table[name]
    raise SpecError("{what}={name} is not known: use {options}.", what=what, name=name, options=", ".join(table))


def _state(name: str, settings: Mapping, trained: list[nn.Parameter]) -> int:
    """Bytes of what the optimizer keeps, from a step of it on meta."""
    if not trained:
        return 0
    stepper = getattr(torch.optim, name)(trained, **settings)
    for parameter in trained:
        parameter.grad = torch.empty_like(parameter)
    stepper.step()
    return sum(tensor.nbytes for state in stepper.state.values() for tensor in tensors(state))


def _resized(value: Any, batch: int, dtype: torch.dtype) -> Any:
    """Meta tensors for the inputs, with `batch` samples."""
    if isinstance(value, torch.Tensor):
        own = dtype if value.is_floating_point() else value.dtype
        return torch.empty((batch, *value.shape[1:]), dtype=own, device="meta")
    return empties(sized(value, batch, dtype))


def _measured(model, inputs, keywords, batch: int, dtype: torch.dtype) -> tuple[Counter, int]:
    """(bytes saved for backward by module, peak bytes of running alone)."""
    args = [_resized(value, batch, dtype) for value in inputs]
    kwargs = {name: _resized(value, batch, dtype) for name, value in keywords.items()}
    clone = cloned(model, on_meta).to(dtype)
    try:
        saved = _saved(clone.train(), args, kwargs)
        return saved, _peak(clone.eval(), args, kwargs)
    except Exception as error:  # the model is a stranger: a detector asserts that it is given targets to train with
        raise SpecError(
            "The memory of {type} cannot be measured without running it for real: {detail}",
            type=type(model).__name__,
            detail=str(error).strip().partition("\n")[0],
        ) from error


def _saved(clone: nn.Module, args: list, kwargs: dict) -> Counter:
    """Bytes that autograd keeps in each module, each storage once, the parameters left out."""
    seen = {id(tensor.untyped_storage()) for tensor in [*clone.parameters(), *clone.buffers()]}
    counts, inside, alive = Counter(), [], []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if id(storage) not in seen:
            seen.add(id(storage))
            alive.append(storage)  # so that its id is not given to another
            counts[inside[-1] if inside else ""] += storage.nbytes()
        return tensor

    with ExitStack() as stack:
        for name, module in clone.named_modules():
            before = module.register_forward_pre_hook(lambda module, args, name=name: inside.append(name))
            after = module.register_forward_hook(lambda module, args, out: inside.pop() and None)
            stack.callback(before.remove)
            stack.callback(after.remove)
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.device("meta"))
        stack.enter_context(saved_tensors_hooks(pack, lambda tensor: tensor))
        results = clone(*args, **kwargs)
    del results
    return counts


def _peak(clone: nn.Module, args: list, kwargs: dict) -> int:
    live = _Live(clone, (args, kwargs))
    with torch.no_grad(), torch.device("meta"), live:
        clone(*args, **kwargs)
    return live.peak


class _Live(TorchDispatchMode):
    """Bytes of all storages alive beside the model's own, and the most there ever were."""

    def __init__(self, clone: nn.Module, inputs: Any):
        super().__init__()
        self.now = self.peak = 0
        self.known = {id(tensor.untyped_storage()) for tensor in [*clone.parameters(), *clone.buffers()]}
        for tensor in tensors(inputs):
            self._add(tensor.untyped_storage())

    def _add(self, storage) -> None:
        if id(storage) not in self.known:
            self.known.add(id(storage))
            self.now += storage.nbytes()
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._remove, id(storage), storage.nbytes())

    def _remove(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tensors(result):
            self._add(tensor.untyped_storage())
        return result
