"""Why a pass stopped, in words, and the changes that were run and do work."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import prod

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.pooling import _AvgPoolNd, _MaxPoolNd

from cnnlab import limits
from cnnlab.specs import N_, Message, SpecError

from .clone import cloned, on_meta
from .effort import TooMuchWork
from .passes import Pass, run
from .recording import Called, Failed
from .rows import FUNCTION, Failure, Fix, Shape, Summary, TensorSize, shape_text
from .tree import settings

SIZES = (16, 28, 32, 48, 64, 96, 112, 128, 160, 192, 224, 227, 231, 240, 256, 299, 320, 384, 448, 512)


def explain(model: nn.Module, trial: Pass, report: Summary, fixes: bool = True) -> Failure:
    """The Failure of a pass that raised; with `fixes`, every fix in it was run on meta first."""
    failed, detail = trial.recorder.failed, _detail(trial.error)
    if failed is None:  # it did not even get into the model
        shapes = tuple(value.shape for value in report.inputs if isinstance(value, TensorSize))
        error = SpecError("The model cannot be called like this: {detail}", detail=detail)
        return Failure("", report.model, shapes, error, detail)
    name, module = failed.call.row, trial.clone.get_submodule(failed.call.row)
    shape = failed.arrived[0] if failed.arrived else ()
    if isinstance(trial.error, TooMuchWork):  # no change of the input is looked for: each would be run for real too
        return Failure(name, failed.call.type, failed.arrived, trial.error, detail, failed.operation)
    error = None if failed.operation else _mismatch(name, module, shape, trial.recorder.calls)
    if error is None:
        error = _in_general(failed, report.model, detail)
    remedies = tuple(_fixes(model, module, name, shape, report)) if fixes else ()
    return Failure(name, failed.call.type, failed.arrived, error, detail, failed.operation, remedies)


def _detail(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__


def _in_general(failed: Failed, model: str, detail: str) -> SpecError:
    shapes = " and ".join(shape_text(shape) for shape in failed.arrived) or "()"
    words = {"where": failed.call.row or model, "shape": shapes, "detail": detail}
    if failed.operation:
        return SpecError("{operation} in {where} cannot take {shape}: {detail}", operation=failed.operation, **words)
    if failed.call.row:
        return SpecError("Layer {where} ({type}) cannot take {shape}: {detail}", type=failed.call.type, **words)
    return SpecError("{where} cannot take {shape}: {detail}", **words)


def _mismatch(name: str, module: nn.Module, shape: Shape, calls: Sequence[Called]) -> SpecError | None:
    """What the layer expected and what arrived, where its kind is known."""
    words = {"where": name or type(module).__name__, "type": type(module).__name__, "shape": shape_text(shape)}
    dims = _dims(module)
    if dims is not None and len(shape) not in dims:
        return SpecError(
            "Layer {where} ({type}) takes a tensor of {dims} dimensions, and got {shape}.",
            **words,
            dims=" or ".join(map(str, dims)),
        )
    knob = _knob(module, shape)
    if knob is None:
        return _too_small(module, shape, words)
    argument, expected, got = knob
    words |= {"argument": argument, "expected": f"{expected:,}", "got": f"{got:,}"}
    if isinstance(module, nn.Linear):
        flattened = _flattened(shape, calls)
        if flattened:
            sides, operation = flattened
            return SpecError(
                "Layer {where} ({type}) expects {expected} features ({argument}), and got {got}: "
                "{sides} = {got} after {operation}.",
                **words,
                sides=shape_text(sides),
                operation=operation,
            )
        return SpecError(
            "Layer {where} ({type}) expects {expected} features ({argument}), and got {got}: its input is {shape}.",
            **words,
        )
    if expected == 1:
        return SpecError(
            "Layer {where} ({type}) expects 1 channel ({argument}), and got {got}: its input is {shape}.", **words
        )
    return SpecError(
        "Layer {where} ({type}) expects {expected} channels ({argument}), and got {got}: its input is {shape}.", **words
    )


def _flattened(shape: Shape, calls: Sequence[Called]) -> tuple[Shape, str] | None:
    """(sides of one sample, what flattened them) where the features of a (N, features) input come from."""
    for call in reversed(calls):
        before = call.inputs[0] if call.inputs else ()
        if call.finest and call.outputs == (shape,) and len(before) > len(shape) == 2 and prod(before[1:]) == shape[1]:
            return before[1:], call.type if call.kind == FUNCTION else f"{call.row} ({call.type})"
    return None


def _dims(module: nn.Module) -> tuple[int, ...] | None:
    """How many sides a layer's input may have, without and with the batch."""
    if isinstance(module, _ConvNd):
        return len(module.kernel_size) + 1, len(module.kernel_size) + 2
    known = {
        nn.BatchNorm1d: (2, 3),
        nn.BatchNorm2d: (4,),
        nn.BatchNorm3d: (5,),
        nn.MaxPool1d: (2, 3),
        nn.AvgPool1d: (2, 3),
        nn.MaxPool2d: (3, 4),
        nn.AvgPool2d: (3, 4),
        nn.MaxPool3d: (4, 5),
        nn.AvgPool3d: (4, 5),
    }
    return next((sides for kind, sides in known.items() if isinstance(module, kind)), None)


def _knob(module: nn.Module, shape: Shape) -> tuple[str, int, int] | None:
    """(argument, what it says, what it would have to say) where the layer's width does not fit."""
    if not shape:
        return None
    if isinstance(module, nn.Linear):
        argument, got = "in_features", shape[-1]
    elif isinstance(module, _ConvNd) and len(shape) > len(module.kernel_size):
        argument, got = "in_channels", shape[-len(module.kernel_size) - 1]
    elif isinstance(module, _BatchNorm) and len(shape) > 1:
        argument, got = "num_features", shape[1]
    elif isinstance(module, nn.GroupNorm) and len(shape) > 1:
        argument, got = "num_channels", shape[1]
    else:
        return None
    expected = getattr(module, argument)
    return None if expected == got else (argument, expected, got)


def _too_small(module: nn.Module, shape: Shape, words: dict) -> SpecError | None:
    """For a convolution or a pool whose window does not fit into the padded input."""
    if not isinstance(module, (_ConvNd, _MaxPoolNd, _AvgPoolNd)) or getattr(module, "transposed", False):
        return None
    sides = shape[2 - (len(shape) == (_dims(module) or (0,))[0]) :]
    kernel, padding, dilation = (
        _each(getattr(module, name, default), len(sides))
        for name, default in (("kernel_size", 1), ("padding", 0), ("dilation", 1))
    )
    if not sides or {len(kernel), len(padding), len(dilation)} != {len(sides)}:  # other sides than the layer has
        return None
    if min(padding) < 0:
        return SpecError(
            "Layer {where} ({type}) has a padding of {padding}, and padding is 0 or more.",
            **words,
            padding=min(padding),
        )
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if all(side + 2 * p >= span for side, p, span in zip(sides, padding, reach, strict=True)):
        return None
    return SpecError(
        "Layer {where} ({type}) gets {sides}, too small for its window of {kernel}: its input is {shape}.",
        **words,
        sides=shape_text(sides),
        kernel=shape_text(reach),
    )


def _each(value, count: int) -> tuple[int, ...]:
    """The value for each side; padding in words ("same", "valid") adds nothing that would let a window fit."""
    return value if isinstance(value, tuple) else (0 if isinstance(value, str) else value,) * count


def _fixes(model: nn.Module, module: nn.Module, name: str, shape: Shape, report: Summary) -> Iterator[Fix]:
    """The smallest change of the input that works, and the layer's own width."""
    if isinstance(module, (_ConvNd, _MaxPoolNd, _AvgPoolNd)) and min(_each(module.padding, 1)) < 0:
        return  # only the CPU refuses that
    only = [value for value in report.inputs if isinstance(value, TensorSize)]
    if len(only) == 1:
        yield from _input_fixes(model, report, only[0])
    knob = _knob(module, shape)
    if knob and name:
        argument, expected, got = knob
        changed = _widened(model, name, argument, got)
        if changed is not None and run(changed, report.inputs, report.keywords, report.training).error is None:
            words = {
                "where": name,
                "type": type(module).__name__,
                "argument": argument,
                "value": got,
                "before": expected,
            }
            message = Message(N_("Give layer {where} ({type}) {argument}={value} instead of {before}."), words)
            yield Fix(message, module=name, settings={argument: got})


def _input_fixes(model: nn.Module, report: Summary, size: TensorSize) -> Iterator[Fix]:
    messages = {
        "dtype": N_("Give whole numbers (torch.long) as input."),
        "channel": N_("Give an input of {shape}: 1 channel."),
        "channels": N_("Give an input of {shape}: {channels} channels."),
        "sides": N_("Give an input of {shape}."),
        "size": N_("Give an input of {shape}: {height} × {width} pixels."),
    }
    for kind, other in islice(_candidates(model, size), limits.FIXES):
        inputs = tuple(other if value is size else value for value in report.inputs)
        if run(model, inputs, report.keywords, report.training).error is None:
            words = {"shape": shape_text(other.shape[1:])}
            if kind == "channels":
                words["channels"] = other.shape[1]
            if kind == "size":
                words |= {"height": other.shape[-2], "width": other.shape[-1]}
            yield Fix(Message(messages[kind], words), inputs=inputs)
            return


def _candidates(model: nn.Module, size: TensorSize) -> Iterator[tuple[str, TensorSize]]:
    """Inputs worth a try, the smallest change first."""
    shape = size.shape
    channels = _first_channels(model)
    if size.dtype not in ("int64", "int32") and any(isinstance(m, nn.Embedding) for m in model.modules()):
        yield "dtype", replace(size, dtype="int64")
    if channels is None or len(shape) < 2:
        return
    if len(shape) == 2:  # (N, side)
        yield "size", replace(size, shape=(shape[0], channels, shape[1], shape[1]))
        for side in _sides(shape[1]):
            yield "size", replace(size, shape=(shape[0], channels, side, side))
        return
    if len(shape) == 3:  # (N, H, W): the channel is missing
        yield "sides", replace(size, shape=(shape[0], channels, *shape[1:]))
        return
    if len(shape) != 4:
        return
    fitting = (shape[0], channels, *shape[2:])
    if channels != shape[1]:
        yield "channel" if channels == 1 else "channels", replace(size, shape=fitting)
    if channels == shape[3]:  # (N, H, W, C)
        yield "sides", replace(size, shape=(shape[0], channels, shape[1], shape[2]))
    for side in _sides(max(shape[2:])):
        if (side, side) != shape[2:]:
            yield "size", replace(size, shape=(shape[0], channels, side, side))


def _first_channels(model: nn.Module) -> int | None:
    return next((m.in_channels for m in model.modules() if isinstance(m, _ConvNd) and hasattr(m, "in_channels")), None)


def _sides(now: int) -> list[int]:
    """Usual sizes and multiples of 32 around the present one, nearest first."""
    near = {
        now // 32 * 32,
        now // 32 * 32 + 32,
        now // 16 * 16 + 16,
        now // 8 * 8 + 8,
        now - 1,
        now + 1,
        now - 4,
        now + 4,
    }
    return sorted((side for side in {*SIZES, *near} if side > 0), key=lambda side: abs(side - now))


def _widened(model: nn.Module, name: str, argument: str, value: int) -> nn.Module | None:
    """A meta copy whose layer `name` takes `value` channels or features; None where it cannot."""
    clone = cloned(model, on_meta)
    module = clone.get_submodule(name)
    arguments = settings(module)
    if argument not in arguments:
        return None
    if argument == "in_channels" and value % module.groups:
        return None
    parent = clone.get_submodule(name.rpartition(".")[0])
    with torch.device("meta"):
        try:
            parent._modules[name.rpartition(".")[2]] = type(module)(**{**arguments, argument: value})
        except (TypeError, ValueError):  # a subclass with a constructor of its own
            return None
    return clone
