"""What a model needs in memory, to run and to train, measured without any."""

import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode

from cnnlab.specs import N_, SpecError

from .clone import cloned, on_meta
from .ladder import may_depend_on_values
from .needs import OPTIMIZERS, PRECISIONS, Memory, Saved
from .passes import empties, follow, sized
from .recording import tensors

SIZES = (2, 3, 5)  # of the batches that are measured: a norm cannot train on one sample


def memory(
    model: nn.Module, *inputs: Any, batch: int = 1, precision: str = "float32", optimizer: str = "Adam", **keywords: Any
) -> Memory:
    """The Memory of a model for inputs given as shapes without the batch, as `summarize` takes them.

    Passes on meta with 2 and with 3 samples tell what each sample adds, and one with 5 whether that is so; where it is
    not, or where the model refuses one of them, one of the `batch` itself is taken. Tensors among the inputs are taken
    by their shape, their first side being the batch. SpecError where that batch does not run on meta in training mode.
    """
    weights, activations = (getattr(torch, name) for name in _chosen(PRECISIONS, precision, "precision"))
    _chosen(OPTIMIZERS, optimizer, "optimizer")
    clone = cloned(model, on_meta).to(weights)
    parameters = list(clone.parameters())
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    passes = partial(_measured, model, inputs, keywords, activations)
    growth = _evenly(passes) or _constant(passes(batch))
    types = {name: type(module).__name__ for name, module in model.named_modules(remove_duplicate=False)}
    bytes_of_parameters = sum(parameter.nbytes for parameter in parameters)
    return Memory(
        batch,
        precision,
        optimizer,
        bytes_of_parameters,
        buffers=sum(buffer.nbytes for buffer in clone.buffers()),
        gradients=sum(parameter.nbytes for parameter in trained),
        states=_states(trained),
        copies=bytes_of_parameters // 2 if precision == "mixed" else 0,
        layers=tuple(Saved(name, types[name], *growth.saved[name]) for name in types if name in growth.saved),
        peaks=growth.peaks,
        linear=growth.linear,
    )


@dataclass(frozen=True)
class _Measured:
    """Bytes saved for backward by module, and all that is alive whenever something comes while it only runs."""

    saved: Counter
    alive: list[int]


@dataclass(frozen=True)
class _Growth:
    """(bytes fixed, bytes for each sample) of what each module saves, and of the moments when the most is alive."""

    saved: dict[str, tuple[int, int]]
    peaks: tuple[tuple[int, int], ...]
    linear: bool


def _evenly(passes: Callable[[int], _Measured]) -> _Growth | None:
    """What each sample adds; None where the model refuses some number of samples, or they do not add the same."""
    try:
        return _growth(*(passes(size) for size in SIZES))
    except SpecError:  # the batch that was asked for may still go
        return None


def _growth(two: _Measured, three: _Measured, more: _Measured) -> _Growth | None:
    """What each sample adds; None where a pass with more of them does not confirm it."""
    if not len(two.alive) == len(three.alive) == len(more.alive):
        return None
    saved = {name: _line(two.saved[name], three.saved[name]) for name in two.saved | three.saved}
    moments = [_line(*sizes) for sizes in zip(two.alive, three.alive, strict=True)]
    if more.saved != Counter({name: _at(line, SIZES[-1]) for name, line in saved.items()}):
        return None
    if more.alive != [_at(line, SIZES[-1]) for line in moments]:
        return None
    return _Growth(saved, _highest(moments), linear=True)


def _constant(once: _Measured) -> _Growth:
    return _Growth(
        {name: (size, 0) for name, size in once.saved.items()}, _highest([(max(once.alive), 0)]), linear=False
    )


def _line(two: int, three: int) -> tuple[int, int]:
    """Through the sizes of 2 and of 3 samples: what is there without any, and what each adds."""
    return 3 * two - 2 * three, three - two


def _at(line: tuple[int, int], batch: int) -> int:
    fixed, sample = line
    return fixed + sample * batch


def _highest(lines: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Those that no other exceeds in both numbers: for every batch the largest is among them."""
    kept: list[tuple[int, int]] = []
    for fixed, sample in sorted(set(lines), key=lambda line: (line[1], line[0]), reverse=True):
        if not kept or fixed > kept[-1][0]:
            kept.append((fixed, sample))
    return tuple(kept)


def _chosen(table: Mapping, name: str, what: str) -> Any:
    if name in table:
        return table[name]
    raise SpecError("{what}={name} is not known: use {options}.", what=what, name=name, options=", ".join(table))


def _states(trained: list[nn.Parameter]) -> dict[str, int]:
    """Bytes of what each optimizer keeps, from a step of it on meta; the same for parameters of one shape and type."""
    kinds = Counter((parameter.shape, parameter.dtype) for parameter in trained)
    one_of_each = [nn.Parameter(torch.empty(shape, dtype=dtype, device="meta")) for shape, dtype in kinds]
    for parameter in one_of_each:
        parameter.grad = torch.empty_like(parameter)
    states = {}
    for name, settings in OPTIMIZERS.items() if kinds else ():
        stepper = getattr(torch.optim, name.partition(" ")[0])(one_of_each, **settings)
        stepper.step()
        kept = ((kinds[parameter.shape, parameter.dtype], stepper.state[parameter]) for parameter in one_of_each)
        states[name] = sum(count * tensor.nbytes for count, state in kept for tensor in tensors(state))
    return states or dict.fromkeys(OPTIMIZERS, 0)


def _resized(value: Any, batch: int, dtype: torch.dtype) -> Any:
    """Meta tensors for the inputs, with `batch` samples."""
    if isinstance(value, torch.Tensor):
        own = dtype if value.is_floating_point() else value.dtype
        return torch.empty((batch, *value.shape[1:]), dtype=own, device="meta")
    return empties(sized(value, batch, dtype))


def _measured(model, inputs, keywords, dtype: torch.dtype, batch: int) -> _Measured:
    args = [_resized(value, batch, dtype) for value in inputs]
    kwargs = {name: _resized(value, batch, dtype) for name, value in keywords.items()}
    clone = cloned(model, on_meta).to(dtype)
    try:
        saved = _saved(clone.train(), args, kwargs)
        return _Measured(saved, _alive(clone.eval(), args, kwargs))
    except Exception as error:  # the model is a stranger: a detector asserts that it is given targets to train with
        words = follow(cloned(model, on_meta).to(dtype), args, kwargs, True, torch.device("meta")).error or error
        for_real = N_("The memory of {type} cannot be measured without running it for real: {detail}")
        at_all = N_("The memory of {type} cannot be measured with a batch of {batch}, which it refuses: {detail}")
        raise SpecError(
            for_real if may_depend_on_values(words) else at_all,
            type=type(model).__name__,
            batch=batch,
            detail=str(words).strip().partition("\n")[0],
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


def _alive(clone: nn.Module, args: list, kwargs: dict) -> list[int]:
    live = _Live(clone, (args, kwargs))
    with torch.no_grad(), torch.device("meta"), live:
        clone(*args, **kwargs)
    return live.sizes


class _Live(TorchDispatchMode):
    """Bytes of all storages alive beside the model's own, whenever one came."""

    def __init__(self, clone: nn.Module, inputs: Any):
        super().__init__()
        self.now, self.sizes = 0, [0]
        self.known = {id(tensor.untyped_storage()) for tensor in [*clone.parameters(), *clone.buffers()]}
        for tensor in tensors(inputs):
            self._add(tensor.untyped_storage())

    def _add(self, storage) -> None:
        if id(storage) not in self.known:
            self.known.add(id(storage))
            self.now += storage.nbytes()
            self.sizes.append(self.now)
            weakref.finalize(storage, self._remove, id(storage), storage.nbytes())

    def _remove(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.now -= size

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tensors(result):
            self._add(tensor.untyped_storage())
        return result
