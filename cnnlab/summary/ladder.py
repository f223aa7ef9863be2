"""The ladder: run a copy of the model on meta, else on the CPU, and say which it was."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedTensorMixin
from torch.nn.utils.rnn import PackedSequence

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.specs import N_, Message, SpecError

from .clone import cloned, foreign_hooks, on_cpu, on_meta
from .counting import MacCounter, TooMuchWork
from .recording import Recorder, shapes, tensors
from .rows import Failure, Report, Rung, Step, TensorSize
from .tree import rows


@dataclass(frozen=True)
class Pass:
    """One run of a copy: the copy, what was written down, what came out, or what went wrong."""

    clone: nn.Module
    recorder: Recorder
    counter: MacCounter
    outputs: tuple = ()
    error: Exception | None = None


def summarize(
    model: nn.Module | Callable[[], nn.Module],
    *inputs: Any,
    batch: int = 1,
    dtype: torch.dtype | None = None,
    training: bool = False,
    fixes: bool = True,
    **keywords: Any,
) -> Report:
    """The Report of one pass through a copy of the model; the model itself is left bit for bit as it was.

    An input is a shape without the batch, such as (3, 224, 224) (`batch` is put in front), a tensor, or any
    other value that `forward` takes, also nested in lists and dicts; `keywords` go to `forward` by name.
    `dtype` is that of the shapes; without it, that of the model's parameters. `training` chooses the mode of the
    copy. A function that builds the model may stand for it: then it too is built on meta, without memory.
    A model that fails gives a Report up to there, with `failure`; SpecError is only for what cannot be begun.
    """
    model, rung = _built(model)
    if any(isinstance(module, torch.jit.ScriptModule) for module in model.modules()):
        raise SpecError(
            "{type} holds TorchScript, which runs outside Python and cannot be followed: "
            "give the module it was made from.",
            type=type(model).__name__,
        )
    dtype = dtype or _dtype(model)
    args = tuple(sized(value, batch, dtype) for value in inputs)
    kwargs = {name: sized(value, batch, dtype) for name, value in keywords.items()}
    lazy = {name for name, module in model.named_modules() if isinstance(module, LazyModuleMixin)}
    lazy = {name for name in lazy if model.get_submodule(name).has_uninitialized_params()}
    done = run(model, args, kwargs, training)
    if done.error is not None and _may_depend_on_values(done.error):
        rung, done = _on_the_cpu(model, (inputs, keywords), (args, kwargs), training, done)
    report = _report(model, done, args, kwargs, batch, training, rung, lazy)
    if done.error is None:
        return report
    from .failure import explain

    return replace(report, failure=explain(model, done, report, fixes))


def _built(model) -> tuple[nn.Module, Rung]:
    if isinstance(model, nn.Module):
        return model, Rung("meta")
    if not callable(model):
        raise SpecError("summarize takes a torch.nn.Module, and this is {type}.", type=type(model).__name__)
    try:
        with torch.device("meta"):
            built, rung = model(), Rung("meta")
    except Exception as error:  # whatever it was, the CPU will tell whether it was meta's fault
        with generator():
            built, rung = model(), Rung("built on cpu", _words(error))
    if not isinstance(built, nn.Module):
        raise SpecError("summarize takes a torch.nn.Module, and this is {type}.", type=type(built).__name__)
    return built, rung


def _dtype(model: nn.Module) -> torch.dtype:
    for parameter in model.parameters():
        if parameter.is_floating_point():
            return parameter.dtype
    return torch.float32


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(side) is int for side in value)


def sized(value: Any, batch: int, dtype: torch.dtype) -> Any:
    """The value with a TensorSize for each shape and tensor in it."""
    if isinstance(value, torch.Tensor):
        return TensorSize(tuple(value.shape), str(value.dtype).removeprefix("torch."))
    if _is_shape(value):
        if min(value) < 0:
            raise SpecError("A shape has no negative sides, and this is {shape}.", shape=value)
        return TensorSize((batch, *value), str(dtype).removeprefix("torch."))
    return _mapped(value, lambda item: sized(item, batch, dtype))


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if isinstance(value, PackedSequence):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(change(item) for item in value))
    return type(value)(change(item) for item in value) if type(value) in (list, tuple) else value


def empties(value: Any) -> Any:
    """Meta tensors in place of the TensorSizes."""
    if isinstance(value, TensorSize):
        return torch.empty(value.shape, dtype=getattr(torch, value.dtype), device="meta")
    return _mapped(value, empties)


def _filled(value: Any, size: Any, dice: torch.Generator) -> Any:
    """The visitor's own tensors copied, and random numbers in [0, 1) where only a shape was given."""
    if isinstance(value, torch.Tensor) and value.device.type != "meta":
        return value.detach().to("cpu", copy=True)
    if isinstance(size, TensorSize):
        dtype = getattr(torch, size.dtype)
        values = torch.rand(size.shape, generator=dice)
        return values.to(dtype) if dtype.is_floating_point else torch.zeros(size.shape, dtype=dtype)
    if isinstance(size, dict):
        return {key: _filled(value[key], size[key], dice) for key in size}
    if type(size) in (list, tuple):
        return type(size)(_filled(v, s, dice) for v, s in zip(value, size, strict=True))
    return size


def run(model: nn.Module, args: tuple, kwargs: Mapping, training: bool = False) -> Pass:
    """One pass of a copy on meta; `args` and `kwargs` hold TensorSizes."""
    return _pass(cloned(model, on_meta), empties(args), empties(kwargs), training, torch.device("meta"))


def _materialized(clone: nn.Module, args, kwargs, device) -> None:
    """Lets lazy modules see the input once, so that what they do to get their weights is not taken for the model's."""
    with torch.no_grad(), device or nullcontext():
        try:
            clone(*args, **kwargs)
        except Exception:  # the pass that is written down will meet it again, and report it
            return


def _pass(clone, args, kwargs, training, device=None, limit=None) -> Pass:
    counter = MacCounter(limit)
    clone.train(training)
    if any(isinstance(t, UninitializedTensorMixin) for t in [*clone.parameters(), *clone.buffers()]):
        _materialized(clone, args, kwargs, device)
    recorder = Recorder(clone, counter)
    for tensor in tensors((args, kwargs)):
        tensor._cnnlab_step = -1
    with ExitStack() as stack:
        for context in (torch.no_grad(), device or nullcontext(), counter, recorder):
            stack.enter_context(context)
        try:
            outputs = shapes(clone(*args, **kwargs))
        except Exception as error:  # the model is a stranger: whatever it raises is the answer
            return Pass(clone, recorder, counter, error=error)
    return Pass(clone, recorder, counter, outputs)


def _may_depend_on_values(error: Exception) -> bool:
    """True unless the error is plainly about shapes, which meta judges as well as any device."""
    text = str(error).lower()
    if isinstance(error, NotImplementedError) or "meta" in text or "data-dependent" in text:
        return True
    return not isinstance(error, (RuntimeError, ValueError, SpecError))


def _on_the_cpu(model, given, sizes, training, before: Pass) -> tuple[Rung, Pass]:
    weights = sum(
        t.nbytes for t in [*model.parameters(), *model.buffers()] if not isinstance(t, UninitializedTensorMixin)
    )
    if weights > limits.REAL_WEIGHT_BYTES:
        return Rung("meta"), before
    dice = torch.Generator().manual_seed(0)
    args, kwargs = (_filled(value, size, dice) for value, size in zip(given, sizes, strict=True))
    with generator() as seed_generator:
        seed_generator(0)
        done = _pass(cloned(model, on_cpu), args, kwargs, training, limit=limits.REAL_MACS)
    if isinstance(done.error, TooMuchWork) or (done.error and type(done.error) is type(before.error)):
        return Rung("meta"), before
    return Rung("cpu", _words(before.error)), done


def _words(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {first[:200]}" if first else type(error).__name__


def _report(model, done: Pass, args, kwargs, batch, training, rung, lazy) -> Report:
    recorder, counter = done.recorder, done.counter
    weights = [t for t in done.clone.parameters() if not isinstance(t, UninitializedTensorMixin)]
    buffers = [t for t in done.clone.buffers() if not isinstance(t, UninitializedTensorMixin)]
    names = {id(p): name for name, p in done.clone.named_parameters()}
    notes = []
    if hooks := foreign_hooks(model):
        notes.append(
            Message(N_("Hooks that were registered on this model by hand were not run: {count}."), {"count": hooks})
        )
    return Report(
        model=type(model).__name__,
        rows=rows(done.clone, recorder.calls, counter.used, lazy, recorder.failed if done.error else None),
        steps=tuple(_steps(recorder)),
        inputs=args,
        keywords=kwargs,
        outputs=done.outputs,
        batch=_batch(args, kwargs, batch),
        training=training,
        macs=counter.macs,
        counted=dict(counter.counted),
        uncounted=dict(counter.uncounted),
        rung=rung,
        parameter_bytes=sum(t.nbytes for t in weights),
        buffer_bytes=sum(t.nbytes for t in buffers),
        unused_parameters=() if done.error else tuple(n for key, n in names.items() if key not in counter.used),
        notes=tuple(notes),
    )


def _batch(args, kwargs, batch: int) -> int:
    """The length of the first side of the first tensor that went in."""
    flat = [value for value in [*args, *kwargs.values()] if isinstance(value, TensorSize)]
    return flat[0].shape[0] if flat and flat[0].shape else batch


def _steps(recorder: Recorder):
    for call in recorder.calls:
        yield Step(
            call.index, call.row, call.type, call.kind, call.inputs, call.outputs, call.macs, call.sources, call.finest
        )


__all__ = ["Failure", "Pass", "empties", "run", "summarize"]
