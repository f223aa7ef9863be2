"""An operation on meta as the CPU would do it: its checks, its words, and how its result lies in memory.

Meta checks less than the CPU (the channels of a transposed convolution, types, sides of no length), or more, and words
its refusals otherwise. What it refuses, and what is doubtful, is done once more on the CPU: that operation alone, on zeros.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch._prims_common import canonicalize_dim, suggest_memory_format

from .effort import effort, moved, on_meta
from .operations import MOVES

# That an operation may take when it is done once more, as foreseen:
SECONDS, REFUSAL_SECONDS, BYTES = 0.01, 1, 16 << 20
VALUES = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})  # nothing that zeros can tell
USUAL = frozenset({torch.float32, torch.float64})  # what every kernel is there for, one of them at a time
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
        name, judged, typed = _kind(func)
        try:
            if name == "convolution":
                torch._C._select_conv_backend(*args, None)  # the CPU's checks, and its words
            elif name == "_softmax":
                canonicalize_dim(args[0].dim(), args[1])
            out = func(*args, **kwargs)
        except NotImplementedError:  # there is no kernel for meta: whoever asked goes to the real CPU
            raise
        except Exception as error:
            result = _once_more(func, args, kwargs, None) if judged else None
            if result is None or func._schema.is_mutable:
                raise error
            return result
        doubtful = judged and args and self._doubtful(func, typed, args, out)
        if doubtful and _once_more(func, args, kwargs, out) is None:
            _refuse_types(func, args, kwargs)
        return LAID_OUT[name](out, *args) if name in LAID_OUT else out

    def _doubtful(self, func: Callable, typed: bool, args: tuple, out: Any) -> bool:
        """Whether something is empty, or the types of its tensors are new to the operation."""
        given = [arg for arg in args if isinstance(arg, torch.Tensor)]
        if given and not (given[0].numel() and (type(out) is not torch.Tensor or out.numel())):
            return True
        types = [arg.dtype for arg in given]
        if not typed or (USUAL.issuperset(types) and len({*types}) < 2):
            return False
        kind = (func, *types)
        if kind in self._known:
            return False
        self._known.add(kind)
        return True


@cache
def _kind(func: Callable) -> tuple[str, bool, bool]:
    """The operation's name, whether zeros on the CPU can judge it, and whether it is there for some types only."""
    if not isinstance(func, torch._ops.OpOverload):
        return "", False, False
    name = func._overloadpacket.__name__
    judged = func.namespace == "aten" and not func.is_view and VALUES.isdisjoint(func.tags)
    return name, judged, name not in MOVED


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
    """The same, but sides of one decide nothing."""
    if input.is_contiguous():
        strided = torch.empty_like(out[0], memory_format=torch.contiguous_format) if 1 in input.shape else out[0]
        return (strided, *out[1:])
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(input.dim())
    if last is None or not input.is_contiguous(memory_format=last):
        last = suggest_memory_format(input)
    return (torch.empty_like(out[0], memory_format=last), *out[1:])


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
