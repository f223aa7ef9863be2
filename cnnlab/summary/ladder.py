"""The ladder: run a copy of the model on meta, else on the CPU, and say which it was."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedTensorMixin

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.specs import N_, Message, SpecError

from .clone import cloned, foreign_hooks, on_cpu
from .effort import TooMuchWork, refuse
from .failure import explain
from .passes import Pass, filled, follow, run, sized
from .recording import Called
from .report import Report
from .rows import Effort, Rung, Step, TensorSize
from .tree import tree


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
    trial = run(model, args, kwargs, training)
    if trial.error is not None and may_depend_on_values(trial.error):
        rung, trial = _on_the_cpu(model, (inputs, keywords), (args, kwargs), training, trial)
    report = _report(model, trial, args, kwargs, batch, training, rung)
    if trial.error is None:
        return report
    return replace(report, failure=explain(model, trial, report, fixes))


def _built(model: Any) -> tuple[nn.Module, Rung]:
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


def may_depend_on_values(error: Exception) -> bool:
    """True unless the error is plainly about shapes, which meta judges as well as any device."""
    text = str(error).lower()
    if isinstance(error, NotImplementedError) or "meta" in text or "data-dependent" in text:
        return True
    return not isinstance(error, (RuntimeError, ValueError, SpecError))


def _on_the_cpu(model: nn.Module, values: tuple, sizes: tuple, training: bool, on_meta: Pass) -> tuple[Rung, Pass]:
    """A pass with real weights; the one on meta stands where that would cost too much or fails in the same way."""
    weights = sum(t.nbytes for t in _sized_tensors([*model.parameters(), *model.buffers()]))
    if weights > limits.REAL_WEIGHT_BYTES:
        return Rung("meta"), on_meta
    try:
        refuse(Effort(largest_bytes=_bytes(sizes)))
    except TooMuchWork as error:
        return Rung("meta"), replace(on_meta, error=error)
    dice = torch.Generator().manual_seed(0)
    args, kwargs = (filled(value, size, dice) for value, size in zip(values, sizes, strict=True))
    with generator() as seed_generator:
        seed_generator(0)
        trial = follow(cloned(model, on_cpu), args, kwargs, training, limit=limits.REAL_MACS)
    if isinstance(trial.error, TooMuchWork):
        return Rung("meta"), replace(on_meta, error=trial.error)
    if trial.error and type(trial.error) is type(on_meta.error):
        return Rung("meta"), replace(on_meta, error=trial.error)
    return Rung("cpu", _words(on_meta.error)), trial


def _bytes(value: Any) -> int:
    """Bytes of the inputs that the sizes stand for."""
    if isinstance(value, TensorSize):
        return prod(value.shape) * getattr(torch, value.dtype).itemsize
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return sum(map(_bytes, inner))


def _words(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {first[:200]}" if first else type(error).__name__


def _report(
    model: nn.Module, trial: Pass, args: tuple, kwargs: Mapping, batch: int, training: bool, rung: Rung
) -> Report:
    recorder, counter, clone = trial.recorder, trial.counter, trial.clone
    lazy = {
        name
        for name, module in model.named_modules()
        if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params()
    }
    names = {id(p): name for name, p in clone.named_parameters()}
    hooks = foreign_hooks(model)
    failed = recorder.failed if trial.error else None
    rows, names_of_calls = tree(clone, recorder.calls, counter.used, lazy, failed)
    note = N_("Hooks that were registered on this model by hand were not run: {count}.")
    return Report(
        model=type(model).__name__,
        rows=rows,
        steps=tuple(map(_step, recorder.calls, names_of_calls)),
        inputs=args,
        keywords=kwargs,
        outputs=trial.outputs,
        batch=_batch(args, kwargs, batch),
        training=training,
        macs=counter.macs,
        counted=dict(counter.counted),
        uncounted=dict(counter.uncounted),
        rung=rung,
        parameter_bytes=sum(t.nbytes for t in _sized_tensors(clone.parameters())),
        buffer_bytes=sum(t.nbytes for t in _sized_tensors(clone.buffers())),
        effort=counter.effort,
        unused_parameters=() if trial.error else tuple(n for key, n in names.items() if key not in counter.used),
        notes=(Message(note, {"count": hooks}),) if hooks else (),
    )


def _sized_tensors(values: Any) -> Iterator[torch.Tensor]:
    """Those that have a size: not the parameters of lazy modules that have met no input."""
    return (value for value in values if not isinstance(value, UninitializedTensorMixin))


def _batch(args: tuple, kwargs: Mapping, batch: int) -> int:
    """The length of the first side of the first tensor that went in."""
    flat = [value for value in [*args, *kwargs.values()] if isinstance(value, TensorSize)]
    return flat[0].shape[0] if flat and flat[0].shape else batch


def _step(call: Called, row: str) -> Step:
    return Step(call.index, row, call.type, call.kind, call.inputs, call.outputs, call.macs, call.sources, call.finest)
