"""One pass of a copy of a model, written down: on meta from sizes alone, or with real values."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedTensorMixin
from torch.nn.utils.rnn import PackedSequence

from cnnlab import limits
from cnnlab.specs import SpecError

from .clone import cloned, on_meta
from .counting import MacCounter
from .effort import TooMuchWork
from .kernels import Kernels
from .recording import Recorder, note_source, shapes, tensors
from .rows import INPUT, Shape, TensorSize


@dataclass(frozen=True)
class Pass:
    """One run of a copy: the copy, what was written down, what came out, or what went wrong."""

    clone: nn.Module
    recorder: Recorder
    counter: MacCounter
    outputs: tuple[Shape, ...] = ()
    error: Exception | None = None


def run(model: nn.Module, args: tuple, kwargs: Mapping, training: bool = False) -> Pass:
    """One pass of a copy on meta; `args` and `kwargs` hold TensorSizes."""
    return follow(cloned(model, on_meta), empties(args), empties(kwargs), training, torch.device("meta"))


def follow(
    clone: nn.Module,
    args: tuple,
    kwargs: Mapping,
    training: bool,
    device: torch.device | None = None,
    limit: int | None = None,
) -> Pass:
    """One pass of the copy itself, at most `limit` MACs; tensors that it makes are made on `device`."""
    counter = MacCounter(limit) if limit else MacCounter(run=Kernels().run)
    clone.train(training)
    if any(isinstance(t, UninitializedTensorMixin) for t in [*clone.parameters(), *clone.buffers()]):
        _materialize(clone, args, kwargs, device, MacCounter(limit))
    recorder = Recorder(clone, counter)
    note_source(tensors((args, kwargs)), INPUT)
    with ExitStack() as stack:
        for context in (torch.no_grad(), device or nullcontext(), counter, recorder):
            stack.enter_context(context)
        try:
            outputs = shapes(clone(*args, **kwargs))
        except Exception as error:  # the model is a stranger: whatever it raises is the answer
            return Pass(clone, recorder, counter, error=error)
    return Pass(clone, recorder, counter, outputs)


def refuse_other_inputs(model: nn.Module) -> None:
    """SpecError for a model that takes more than one picture."""
    parameters = signature(model.forward).parameters.values()
    needed = [one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    if len(needed) > 1:
        raise SpecError(
            "{type} takes {count} inputs ({names}), and here it is given one picture: choose a model that takes one.",
            type=type(model).__name__,
            count=len(needed),
            names=", ".join(needed),
        )


def refuse_lazy(model: nn.Module) -> None:
    """SpecError for a model that has no values to run with before it has met an input."""
    if any(isinstance(value, UninitializedTensorMixin) for value in (*model.parameters(), *model.buffers())):
        raise SpecError(
            "{type} has lazy layers, which have no weights before they meet an input: "
            "write their sizes, such as Conv2d(3, 8, 3) for LazyConv2d(8, 3).",
            type=type(model).__name__,
        )


def foreseen(model: nn.Module, image: torch.Tensor) -> bool:
    """True if meta tells what the model takes for a batch, False if only running it can; TooMuchWork if it is too much."""
    try:
        with torch.no_grad(), torch.device("meta"), MacCounter(limits.REAL_MACS):
            cloned(model, on_meta).eval()(torch.empty_like(image, device="meta"))
    except TooMuchWork:
        raise
    except Exception:  # the real run, which is watched, will meet it again
        return False
    return True


def _materialize(
    clone: nn.Module, args: tuple, kwargs: Mapping, device: torch.device | None, counter: MacCounter
) -> None:
    """Lets lazy modules see the input once, so that what they do to get their weights is not taken for the model's."""
    with torch.no_grad(), device or nullcontext(), counter:
        try:
            clone(*args, **kwargs)
        except Exception:  # the pass that is written down will meet it again, and report it
            return


def sized(value: Any, batch: int, dtype: torch.dtype) -> Any:
    """The value with a TensorSize for each shape and tensor in it."""
    if isinstance(value, torch.Tensor):
        return TensorSize(tuple(value.shape), str(value.dtype).removeprefix("torch."))
    if _is_shape(value):
        if min(value) < 0:
            raise SpecError("A shape has no negative dimensions, and this is {shape}.", shape=value)
        return TensorSize((batch, *value), str(dtype).removeprefix("torch."))
    return _mapped(value, lambda item: sized(item, batch, dtype))


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(side) is int for side in value)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if isinstance(value, PackedSequence):  # a named tuple whose fields are no inputs of their own
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(change(item) for item in value))
    return type(value)(change(item) for item in value) if type(value) in (list, tuple) else value


def empties(value: Any) -> Any:
    """Meta tensors in place of the TensorSizes."""
    if isinstance(value, TensorSize):
        return torch.empty(value.shape, dtype=getattr(torch, value.dtype), device="meta")
    return _mapped(value, empties)


def filled(value: Any, size: Any, dice: torch.Generator) -> Any:
    """The visitor's own tensors copied, and random numbers in [0, 1) where only a shape was given."""
    if isinstance(value, torch.Tensor) and value.device.type != "meta":
        return value.detach().to("cpu", copy=True)
    if isinstance(size, TensorSize):
        dtype = getattr(torch, size.dtype)
        values = torch.rand(size.shape, generator=dice)
        return values.to(dtype) if dtype.is_floating_point else torch.zeros(size.shape, dtype=dtype)
    if isinstance(size, dict):
        return {key: filled(value[key], size[key], dice) for key in size}
    if type(size) in (list, tuple):
        return type(size)(filled(v, s, dice) for v, s in zip(value, size, strict=True))
    return size
