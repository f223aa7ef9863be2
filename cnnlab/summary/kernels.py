"""An operation on meta as the CPU would do it: its checks, its words, and how its result lies in memory.

Meta checks less than the CPU (the channels of a transposed convolution, types, sides of no length), or more, and words
its refusals otherwise. What it refuses, and what is doubtful, is done once more on the CPU: that operation alone, on zeros.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import torch
from torch._prims_common import canonicalize_dim, suggest_memory_format

from .effort import effort, moved, on_meta
from .operations import MOVES

# That an operation may take when it is done once more, as foreseen:
SECONDS, REFUSAL_SECONDS, BYTES = 0.01, 1, 16 << 20
VALUES = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})  # nothing that zeros can tell
# What every kernel is there for: tensors of one such type.
USUAL = {(dtype,) * count for dtype in (torch.float32, torch.float64) for count in range(6)}
MOVED = MOVES - {  # they move numbers of any type; these do not
    *(f"{name}{sides}d" for name in ("reflection_pad", "replication_pad", "max_unpool") for sides in (1, 2, 3)),
    *("im2col", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle"),
}


class Kernels:
    """Runs operations in one pass on meta; each kind of operation on each unusual type is done once on the CPU."""

    def __init__(self):
        self._known: set[tuple] = set()

    def run(self, func: Callable, args: tuple, kwargs: Mapping[str, Any]) -> Any:
        """The result on meta, laid out as the CPU's; what the CPU raises, where it refuses."""
        kind = _kind(func)
        if kind.at_once and not kwargs and (out := kind.at_once(*args)) is not None:
            return out
        try:
            if kind.check:
                kind.check(*args)
            out = func(*args, **kwargs)
        except NotImplementedError:  # there is no kernel for meta: whoever asked goes to the real CPU
            raise
        except Exception as error:
            result = _once_more(func, args, kwargs, None) if kind.judged else None
            if result is None or func._schema.is_mutable:
                raise error
            return result
        doubtful = kind.judged and args and self._doubtful(func, kind.typed, args, out)
        if doubtful and _once_more(func, args, kwargs, out) is None:
            _refuse_types(func, args, kwargs)
        return kind.laid_out(out, *args) if kind.laid_out else out

    def _doubtful(self, func: Callable, typed: bool, args: tuple, out: Any) -> bool:
        """Whether something is empty, or the types of its tensors are new to the operation."""
        given = [arg for arg in args if isinstance(arg, torch.Tensor)]
        if given and not (given[0].numel() and (type(out) is not torch.Tensor or out.numel())):
            return True
        types = tuple(arg.dtype for arg in given)
        if not typed or types in USUAL or (func, types) in self._known:
            return False
        self._known.add((func, types))
        return True


class Kind(NamedTuple):
    """What is done for an operation: whether zeros on the CPU can judge it, whether it is there for some types only.

    `at_once` tells the result from the arguments, or None; `check` are checks of the CPU that meta lacks.
    """

    judged: bool = False
    typed: bool = False
    at_once: Callable[..., Any] | None = None
    check: Callable[..., Any] | None = None
    laid_out: Callable[..., Any] | None = None


@cache
def _kind(func: Callable) -> Kind:
    if not isinstance(func, torch._ops.OpOverload):
        return Kind()
    name = func._overloadpacket.__name__
    judged = func.namespace == "aten" and not func.is_view and VALUES.isdisjoint(func.tags)
    return Kind(judged, name not in MOVED, AT_ONCE.get(name), CHECKS.get(name), LAID_OUT.get(name))


# The CPU's checks, and its words.
CHECKS: Mapping[str, Callable[..., Any]] = {
    "convolution": lambda *args: torch._C._select_conv_backend(*args, None),
    "_softmax": lambda input, dim, *rest: canonicalize_dim(input.dim(), dim),
}


def _batch_normed(input, weight, bias, mean, var, training, *rest) -> tuple | None:
    sides, whole = input.shape[1:2], training or (mean is not None and var is not None)
    if not sides or not whole or not _fit(input, sides, weight, bias, mean, var):
        return None
    kept = sides if training else (0,)
    return torch.empty_like(input, memory_format=_order(input)), input.new_empty(kept), input.new_empty(kept)


def _layer_normed(input, normalized_shape, weight, bias, *rest) -> tuple | None:
    sides = tuple(normalized_shape)
    before = input.dim() - len(sides)
    if not sides or before < 0 or input.shape[before:] != sides or not _fit(input, sides, weight, bias):
        return None
    kept = (*input.shape[:before], *(1 for _ in sides))
    return input.new_empty(input.shape), input.new_empty(kept), input.new_empty(kept)


def _fit(input: torch.Tensor, sides: tuple[int, ...], *given: torch.Tensor | None) -> bool:
    """Whether each has these sides and the type of the input, which is usual and not empty."""
    if (input.dtype,) not in USUAL or not input.numel():
        return False
    return all(one is None or (one.shape == sides and one.dtype is input.dtype) for one in given)


# What is told at once where meta works it out by dozens of operations.
AT_ONCE: Mapping[str, Callable[..., Any]] = {"native_batch_norm": _batch_normed, "native_layer_norm": _layer_normed}


def _convolved(out: torch.Tensor, input: torch.Tensor, weight: torch.Tensor, *rest: Any) -> torch.Tensor:
    """With its channels last where those of the input or of the weight lie so."""
    given = [input, weight]
    if all(tensor.stride(1) > tensor.stride(-1) for tensor in given):
        return out
    flat = out.dim() == 3  # worked on as if it had a height
    if flat:
        given, out = [tensor.contiguous().unsqueeze(2) for tensor in given], out.unsqueeze(2)
    formats = {suggest_memory_format(tensor) for tensor in given} - {torch.contiguous_format}
    out = out.contiguous(memory_format=formats.pop()) if formats else out
    return out.squeeze(2) if flat else out


def _like(out: torch.Tensor, input: torch.Tensor, *rest: Any) -> torch.Tensor:
    """With its channels last where those of the input lie so, and in order otherwise."""
    return out if input.is_contiguous() else torch.empty_like(out, memory_format=suggest_memory_format(input))


def _padded(out: torch.Tensor, input: torch.Tensor, pad: list[int], *rest: Any) -> torch.Tensor:
    return _like(out, input) if max(pad, default=0) > 0 else out  # what is only cut is copied as it lies


def _normed(out: tuple, input: torch.Tensor, *rest: Any) -> tuple:
    """With the first result as a batch norm lays it out."""
    return (torch.empty_like(out[0], memory_format=_order(input)), *out[1:])


def _order(input: torch.Tensor) -> torch.memory_format:
    """How a batch norm lays out its result; sides of one decide nothing."""
    if input.is_contiguous():
        return torch.contiguous_format
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(input.dim())
    return last if last and input.is_contiguous(memory_format=last) else suggest_memory_format(input)


def _in_order(out: Any, *rest: Any) -> Any:
    return (out[0].contiguous(), *out[1:]) if isinstance(out, tuple) else out.contiguous()


# How the results of the CPU's kernels lie in memory where meta's lie otherwise.
LAID_OUT: Mapping[str, Callable[..., Any]] = {
    "convolution": _convolved,
    **dict.fromkeys(("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training"), _normed),
    "constant_pad_nd": _padded,
    **dict.fromkeys(("reflection_pad2d", "reflection_pad3d", "replication_pad2d", "replication_pad3d", "roll"), _like),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle", "native_channel_shuffle", "channel_shuffle"), _like),
    **dict.fromkeys(("log_sigmoid_forward", "rrelu_with_noise"), _in_order),
}


def _once_more(func: Callable, args: tuple, kwargs: Mapping[str, Any], out: Any) -> Any:
    """The CPU's result, on meta, or its refusal; None where it would take too much."""
    expected = effort(func, args, kwargs, out)
    seconds = REFUSAL_SECONDS if out is None else SECONDS  # what is refused is refused before it is begun
    held = expected.largest_bytes if func._schema.is_mutable else expected.result_bytes
    if expected.seconds > seconds or held > BYTES:
        return None
    words = moved(dict(kwargs), _zeros)
    if "device" in words:
        words["device"] = torch.device("cpu")
    return moved(func(*moved(args, _zeros), **words), on_meta)


def _zeros(tensor: torch.Tensor) -> torch.Tensor:
    """Zeros of the same shape and type on the CPU: of the same strides too where that is cheap, else one number."""
    if tensor.nbytes > BYTES:
        return torch.zeros((), dtype=tensor.dtype, device="cpu").expand(tensor.shape)
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="cpu").zero_()


def _refuse_types(func: Callable, args: tuple, kwargs: Mapping[str, Any]) -> None:
    """What the CPU raises for one number in each tensor, where float32 would do."""
    names = [argument.name for argument in func._schema.arguments]

    def run(dtype: torch.dtype | None) -> None:
        def single(name: str, value: Any) -> Any:
            return _single(value, 0 if "pad" in name else 1, dtype)

        func(*map(single, names, args), **{name: single(name, value) for name, value in kwargs.items()})

    try:
        run(None)
    except Exception as refusal:
        try:
            run(torch.float32)
        except Exception:  # then it is not the types
            return
        raise refusal


def _single(value: Any, most: int, dtype: torch.dtype | None) -> Any:
    """The value with one number in each tensor, and no whole number above `most`."""
    if isinstance(value, torch.Tensor):
        return torch.zeros((1,) * value.dim(), dtype=dtype or value.dtype, device="cpu")
    if isinstance(value, (list, tuple)):
        return type(value)(_single(item, most, dtype) for item in value)
    return min(value, most) if type(value) is int else value
