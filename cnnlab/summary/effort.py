"""What an operation takes on one thread of a CPU, foreseen from the shapes that go in and come out.

The rates were measured with torch 2.15 on a server's core, and are meant to be right within a factor of three.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import ceil, prod
from typing import Any

import torch

from cnnlab import limits
from cnnlab.quantities import GIB
from cnnlab.specs import SpecError

from .operations import ADAPTIVE, CONVOLUTIONS
from .rows import Effort

CALL = 1e-5  # seconds of any operation, however small
ELEMENT = 5e-9  # for an element that is read or written: some do arithmetic, some wait for memory
HEAVIER: Mapping[str, float] = {
    **dict.fromkeys(("sort", "argsort", "msort", "topk", "kthvalue", "median", "nanmedian", "mode"), 5e-7),
    **dict.fromkeys(("unique_dim", "_unique2", "unique_consecutive"), 5e-7),
    **dict.fromkeys(("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"), 5e-8),
    **dict.fromkeys(
        ("upsample_bicubic2d", "_upsample_bicubic2d_aa", "mish", "grid_sampler_2d", "grid_sampler_3d"), 3e-8
    ),
    **dict.fromkeys(("randn", "normal", "bernoulli", "rrelu_with_noise", "var", "std", "var_mean"), 3e-8),
}
WINDOW = 4e-9  # for an element in the window of a pool
# Seconds for a multiply-accumulate, and for each number of a convolution's windows laid side by side.
MAC = {torch.float32: 1e-10}
COLUMN = {torch.float32: 2.5e-9}
SLOW_MAC, SLOW_COLUMN = 6.5e-10, 25e-9  # of other types, which oneDNN does not do
DEEP = 3  # how many times slower a convolution in three dimensions is
DEFORMED, RECURRENT, DISTANCE, STEP = 1e-9, 4e-10, 25e-9, 2e-5
LAID_OUT = frozenset({"im2col", "col2im"})  # whose kernel_size is in the shape of the result or of the argument


class TooMuchWork(SpecError):
    """The real CPU would take too long, or too much memory."""


def refuse(effort: Effort) -> None:
    """TooMuchWork where what was foreseen is more than a page gives."""
    if effort.seconds > limits.REAL_SECONDS:
        raise TooMuchWork(
            "Running this model for real would take about {seconds:.0f} s; here {limit} s are allowed: "
            "a smaller input, or smaller windows would do.",
            seconds=effort.seconds,
            limit=limits.REAL_SECONDS,
        )
    if effort.largest_bytes > limits.REAL_BYTES:
        raise TooMuchWork(
            "Running this model for real would take about {size:.1f} GiB at once; here {limit:.1f} GiB are allowed: "
            "a smaller input would do.",
            size=effort.largest_bytes / GIB,
            limit=limits.REAL_BYTES / GIB,
        )


def effort(func: Any, args: tuple, kwargs: Mapping[str, Any], out: Any, macs: int = 0) -> Effort:
    """What an operation of torch takes, whose arguments and result may be on meta, and whose MACs are known."""
    if getattr(func, "is_view", False):
        return Effort()
    name = func._overloadpacket.__name__.rstrip("_") if isinstance(func, torch._ops.OpOverload) else func.name()
    given, made = list(_tensors((*args, *kwargs.values()))), list(_tensors([out]))
    seconds = CALL + sum(t.numel() for t in (*given, *made)) * HEAVIER.get(name, ELEMENT)
    seconds += _windows(func, name, args, kwargs, given, made) * WINDOW
    extra = 0
    if name in CONVOLUTIONS and len(given) > 1:
        dtype, weight, groups = given[0].dtype, given[1], args[-1]
        columns = macs // max(weight.shape[0] // max(groups, 1), 1)
        deep = DEEP if weight.dim() > 4 else 1
        seconds += deep * (macs * MAC.get(dtype, SLOW_MAC) + columns * COLUMN.get(dtype, SLOW_COLUMN))
        extra = 0 if dtype in COLUMN else columns * given[0].element_size()
    elif macs:
        seconds += macs * _rate(name, given)
    if name == "mkldnn_rnn_layer":  # runs step by step
        seconds += given[0].shape[0] * STEP
    if name == "_cdist_forward":
        seconds += sum(t.numel() for t in made) * given[0].shape[-1] * DISTANCE
    if "linalg" in name:
        seconds += sum(t.numel() * max(t.shape, default=1) for t in given) * ELEMENT
    arrived = {id(tensor) for tensor in given}
    results = sum(_nbytes(tensor) for tensor in made if id(tensor) not in arrived)
    return Effort(seconds, sum(map(_nbytes, given)) + results + extra, results)


def _rate(name: str, given: list[torch.Tensor]) -> float:
    if name == "deform_conv2d":
        return DEFORMED
    if name == "mkldnn_rnn_layer":
        return RECURRENT
    return MAC.get(given[0].dtype, SLOW_MAC) if given else SLOW_MAC


def _windows(func: Any, name: str, args: tuple, kwargs: Mapping, given: list, made: list) -> int:
    """How many elements the windows of a pool hold, all together."""
    if not made or not given or not isinstance(func, torch._ops.OpOverload):
        return 0
    out, sides = made[0], given[0].dim() - 2
    if name in ADAPTIVE:
        spans = zip(given[0].shape[2:], out.shape[2:], strict=False)
        return out.numel() * prod(ceil(side / max(result, 1)) + 1 for side, result in spans)
    names = (argument.name for argument in func._schema.arguments)
    kernel = {**dict(zip(names, args, strict=False)), **kwargs}.get("kernel_size")
    if kernel is None or name in LAID_OUT:
        return 0
    kernel = [kernel] if isinstance(kernel, int) else kernel
    return out.numel() * (prod(kernel) if len(kernel) > 1 else kernel[0] ** max(sides, 1))


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _nbytes(tensor: torch.Tensor) -> int:
    """Bytes of the tensor; one that is expanded has those of its storage."""
    if tensor.layout is not torch.strided:
        return 0
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())


def foreseen(func: Any, args: tuple, kwargs: Mapping[str, Any]) -> Any:
    """What the operation would put out, on meta; None where the values decide."""
    arguments, words = moved(args, on_meta), moved(dict(kwargs), on_meta)
    if isinstance(func, torch._ops.OpOverload) and any(one.name == "device" for one in func._schema.arguments):
        words["device"] = torch.device("meta")
    try:
        return func(*arguments, **words)
    except Exception:  # operations say in many ways that meta does not do them; what goes in is counted then
        return None


def moved(value: Any, move: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The value with `move(tensor)` for each tensor that has strides."""
    if isinstance(value, torch.Tensor):
        return move(value) if value.layout is torch.strided else value
    if isinstance(value, (list, tuple)):
        return type(value)(moved(item, move) for item in value) if type(value) in (list, tuple) else value
    return {key: moved(item, move) for key, item in value.items()} if isinstance(value, dict) else value


def on_meta(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
