"""Which part of the input each element of each tensor depends on, followed through every operation on meta.

A Field holds, for each side of the input, the first index and minus the last one that an element depends on, so that
two dependences join by the smaller number everywhere, and infinity means "none". The tensors have the shape of the
one they describe but are expanded where nothing varies, so a whole network costs about as much as its longest sides.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cnnlab.specs import SpecError

from . import windows
from .recording import tensors
from .windows import INF, adaptive, compact, gathered, interpolated, sliding

Field = tuple[torch.Tensor, ...]

_SAME = {"clone", "contiguous", "_to_copy", "detach", "alias", "lift_fresh", "dropout"}
_MOVE = {
    "view",
    "_unsafe_view",
    "reshape",
    "permute",
    "transpose",
    "t",
    "expand",
    "squeeze",
    "unsqueeze",
    "slice",
    "select",
    "split",
    "split_with_sizes",
    "unbind",
    "chunk",
    "roll",
    "flip",
    "pixel_shuffle",
    "pixel_unshuffle",
    "repeat",
    "unsafe_split",
    "channel_shuffle",
    "native_channel_shuffle",
    "index_select",
    "as_strided",
    "unfold",
    "upsample_nearest1d",
    "upsample_nearest2d",
    "upsample_nearest3d",
    "_reshape_alias",
    "view_as",
    "diagonal",
}
_OVER_DIMS = {
    "mean",
    "sum",
    "amax",
    "amin",
    "var",
    "std",
    "max",
    "min",
    "argmax",
    "linalg_vector_norm",
    "_softmax",
    "_safe_softmax",
    "_log_softmax",
    "cumsum",
}
_CONVOLUTIONS = {"convolution", "_convolution"}
_POOLS = {"max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d", "max_pool2d", "avg_pool1d"}
_ADAPTIVE = {"_adaptive_avg_pool2d", "adaptive_max_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool3d"}
_PRODUCTS = {"mm": (0, 1), "bmm": (0, 1), "addmm": (1, 2), "baddbmm": (1, 2)}
_NORMS = {"native_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "cudnn_batch_norm"}


class Dependence(TorchDispatchMode):
    """Gives every tensor that depends on `image` (N, C, *sides) its Field; `guessed` lists operations without a rule,
    whose results are taken to depend on everything. With `most`, SpecError where a Field would need more numbers."""

    def __init__(self, image: torch.Tensor, most: int | None = None):
        super().__init__()
        self.guessed: set[str] = set()
        self.most = most
        with torch.device("cpu"):
            image._cnnlab_field = _start(image.shape)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if any(field_of(tensor) is not None for tensor in tensors((args, kwargs))):
            with torch.device("cpu"):  # the Fields are real numbers
                self._follow(func, args, kwargs, out)
            if self.most is not None and any(_numbers(tensor) > self.most for tensor in tensors(out)):
                raise SpecError("Following this input takes more than {most} numbers.", most=f"{self.most:,}")
        return out

    def _follow(self, func, args, kwargs, out) -> None:
        name = func._overloadpacket.__name__
        name = name if name.startswith("__") else name.rstrip("_")
        results = list(tensors(out))
        if not results or name.startswith("new_") or name.endswith("_like"):  # these take only the shape
            return
        if name in _MOVE or name == "constant_pad_nd":
            sides = [_moved(func, args, kwargs, axis, name, results[0].shape) for axis in range(_axes(args))]
            for number, result in enumerate(results):
                result._cnnlab_field = tuple(list(tensors(side))[number] for side in sides)
            return
        rule, first = _rule(name), results[0]
        field = rule(args, kwargs, first) if rule else None
        if field is None:
            field = _elementwise((args, kwargs), first.shape)
        if field is None:
            self.guessed.add(name)
            field = _everything((args, kwargs), first.shape)
        for result in results:  # such as a pool's indices; statistics of a norm have other shapes and go nowhere
            if result.shape == first.shape:
                result._cnnlab_field = field


def field_of(tensor: torch.Tensor) -> Field | None:
    return getattr(tensor, "_cnnlab_field", None)


def _numbers(tensor: torch.Tensor) -> int:
    field = field_of(tensor)
    return 0 if field is None else max(compact(axis).numel() for axis in field)


def _start(shape: Sequence[int]) -> Field:
    """Every pixel depends on itself."""
    field = []
    for dim in range(2, len(shape)):
        index = torch.arange(shape[dim], dtype=torch.float32)
        index = index.reshape([-1 if other == dim else 1 for other in range(len(shape))])
        field += [index.expand(shape), (-index).expand(shape)]
    return tuple(field)


def _axes(args: Any) -> int:
    return next(len(field) for tensor in tensors(args) if (field := field_of(tensor)) is not None)


def _rule(name: str) -> Callable | None:
    if name in _SAME or name in _NORMS:
        return lambda args, kwargs, out: _joined([field_of(args[0])], out.shape)
    if name in _CONVOLUTIONS:
        return _convolution
    if name in _POOLS:
        return _pool
    if name in _ADAPTIVE:
        return lambda args, kwargs, out: _windows(args[0], out, [adaptive] * (out.dim() - _lead(out)))
    if name.startswith("upsample_"):
        return _interpolation
    if name in _PRODUCTS:
        return lambda args, kwargs, out: _product(args, _PRODUCTS[name], out)
    if name in _OVER_DIMS:
        return _over_dims
    if name == "cat":
        return _cat
    return {"native_layer_norm": _layer_norm, "native_group_norm": _group_norm}.get(name)


def _moved(func, args, kwargs, axis: int, name: str, shape: Sequence[int]):
    """The operation itself, done to the numbers of one axis."""

    def swap(value):
        if isinstance(value, torch.Tensor):
            field = field_of(value)
            return torch.full((), INF).expand(value.shape) if field is None else field[axis]
        return type(value)(map(swap, value)) if isinstance(value, (list, tuple)) else value

    if name == "constant_pad_nd":
        return func(swap(args[0]), args[1], INF)
    if name in ("view", "_unsafe_view", "_reshape_alias"):  # these cannot take expanded tensors
        return _reshaped(swap(args[0]), shape)
    return func(*swap(args), **{key: swap(value) for key, value in kwargs.items()})


def _reshaped(values: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Reshaped; last sides that stay and along which nothing varies are left out of the work."""
    same = 0
    while same < min(values.dim(), len(shape)) and values.shape[-same - 1] == shape[-same - 1]:
        if values.stride(-same - 1) != 0:
            break
        same += 1
    if not same:
        return values.reshape(shape)
    for dim in range(values.dim() - same, values.dim()):
        values = values.narrow(dim, 0, 1)
    return values.reshape(*shape[: len(shape) - same], *[1] * same).expand(shape)


def _joined(fields: list[Field | None], shape: Sequence[int]) -> Field | None:
    """The union of dependences that broadcast to `shape`; None if one does not."""
    fields = [field for field in fields if field is not None]
    joined = []
    for axis in zip(*fields, strict=True):
        total = compact(axis[0])
        for other in axis[1:]:
            total = torch.minimum(total, compact(other))
        try:
            joined.append(total.expand(shape))
        except RuntimeError:
            return None
    return tuple(joined)


def _elementwise(given: Any, shape: Sequence[int]) -> Field | None:
    parts = list(tensors(given))
    try:
        fits = torch.broadcast_shapes(*(part.shape for part in parts)) == tuple(shape)
    except RuntimeError:
        return None
    return _joined([field_of(part) for part in parts], shape) if fits else None


def _everything(given: Any, shape: Sequence[int]) -> Field:
    fields = [field for part in tensors(given) if (field := field_of(part)) is not None]
    return tuple(torch.stack([part.amin() for part in axis]).amin().expand(shape) for axis in zip(*fields, strict=True))


def _lead(out: torch.Tensor) -> int:
    return 2 if out.dim() > 3 else 1  # without a batch only the channels come before the sides


def _windows(source: torch.Tensor, out: torch.Tensor, tables: Sequence[Callable], groups: int = 0) -> Field:
    """The union over a window along each of the last sides; `tables` give each side's index table from its lengths.

    With `groups` the channels of a group are joined, else each channel keeps its own.
    """
    field = []
    lead = out.dim() - len(tables)
    for axis in field_of(source):
        values = compact(axis)
        if groups == 1:
            values = values.amin(lead - 1, keepdim=True)
        elif groups > 1 and values.shape[lead - 1] > 1:
            values = values.unflatten(lead - 1, (groups, -1)).amin(lead)
            values = values.repeat_interleave(out.shape[lead - 1] // groups, lead - 1)
        for number, table in enumerate(tables):
            dim = lead + number
            places = table(source.shape[dim], out.shape[dim])
            if values.shape[dim] == 1 and (places >= 0).any(1).all():
                continue  # the same everywhere, and no window lies in the padding alone
            values = values.expand([source.shape[d] if d == dim else -1 for d in range(values.dim())])
            values = gathered(values, dim, places)
        field.append(values.expand(out.shape))
    return tuple(field)


def _convolution(args, kwargs, out) -> Field | None:
    source, weight, _, stride, padding, dilation, transposed, _, groups = args[:9]
    if field_of(source) is None or field_of(weight) is not None:
        return None
    make = windows.transposed if transposed else sliding
    sides = weight.dim() - 2
    kernel = weight.shape[2:]
    stride, padding, dilation = (list(value) * (sides // len(value)) for value in (stride, padding, dilation))
    tables = [make(*each) for each in zip(kernel, stride, padding, dilation, strict=True)]
    return _windows(source, out, tables, groups)


def _pool(args, kwargs, out) -> Field:
    kernel = list(args[1])
    sides = out.dim() - _lead(out)
    kernel = kernel * (sides // len(kernel))
    stride = list(args[2]) if len(args) > 2 and args[2] else kernel
    padding = list(args[3]) if len(args) > 3 else [0]
    dilation = list(args[4]) if len(args) > 4 and isinstance(args[4], (list, tuple)) else [1]
    stride, padding, dilation = (value * (sides // len(value)) for value in (stride, padding, dilation))
    return _windows(args[0], out, [sliding(*each) for each in zip(kernel, stride, padding, dilation, strict=True)])


def _interpolation(args, kwargs, out) -> Field:
    corners = next((value for value in args[2:] if isinstance(value, bool)), False)
    return _windows(args[0], out, [interpolated(corners)] * (out.dim() - _lead(out)))


def _product(args, places: tuple[int, int], out) -> Field:
    left, right = (args[place] for place in places)
    fields = []
    for factor, dim in ((left, -1), (right, -2)):
        if (field := field_of(factor)) is not None:
            fields.append(tuple(compact(axis).amin(dim, keepdim=True) for axis in field))
    if places[0] == 1 and field_of(args[0]) is not None:
        fields.append(field_of(args[0]))
    return _joined(fields, out.shape)


def _over_dims(args, kwargs, out) -> Field | None:
    """Sums, means, softmax and the like: everything along the dims it names, or along all."""
    source, dims = args[0], args[1] if len(args) > 1 else kwargs.get("dim")
    if dims is None or isinstance(dims, (bool, torch.Tensor)):
        return _everything(args, out.shape) if len(args) == 1 or isinstance(dims, bool) else None
    dims = [dim % source.dim() for dim in ([dims] if isinstance(dims, int) else dims or range(source.dim()))]
    field = []
    for axis in field_of(source):
        values = compact(axis).amin(dims, keepdim=True)
        if out.dim() < source.dim():
            values = values.squeeze(dims)
        field.append(values.expand(out.shape))
    return tuple(field)


def _cat(args, kwargs, out) -> Field:
    parts, dim = args[0], (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % out.dim()
    field = []
    for axis in range(_axes(args)):
        pieces = []
        for part in parts:
            known = field_of(part)
            values = compact(known[axis]) if known else torch.full([1] * out.dim(), INF)
            pieces.append(values.expand([part.shape[d] if d == dim else -1 for d in range(out.dim())]))
        shape = torch.broadcast_shapes(*([1 if d == dim else s for d, s in enumerate(p.shape)] for p in pieces))
        pieces = [p.expand([p.shape[d] if d == dim else shape[d] for d in range(out.dim())]) for p in pieces]
        field.append(torch.cat(pieces, dim).expand(out.shape))
    return tuple(field)


def _layer_norm(args, kwargs, out) -> Field | None:
    dims = list(range(args[0].dim() - len(args[1]), args[0].dim()))
    if out.shape != args[0].shape:
        return _everything(args, out.shape)
    return tuple(compact(axis).amin(dims, keepdim=True).expand(out.shape) for axis in field_of(args[0]))


def _group_norm(args, kwargs, out) -> Field:
    """Every element depends on its whole group, which spans all positions."""
    return _everything(args[:1], out.shape)
