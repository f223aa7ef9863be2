"""The rule of each operation: the Field of its result from those of its arguments.

A rule takes the arguments, the keywords and the result; None says that it does not hold for these arguments.
"""

from collections.abc import Callable, Mapping, Sequence

import torch

from . import windows
from .fields import Field, axes, everything, field_of, joined
from .operations import ADAPTIVE, CONVOLUTIONS, NORMS, OVER_DIMS, POOLS, SAME
from .windows import INF, adaptive, compact, cubic, gathered, linear, sliding

Rule = Callable[..., Field | None]


def _same(args, kwargs, out) -> Field | None:
    return joined([field_of(args[0])], out.shape)


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


def _adaptive(args, kwargs, out) -> Field:
    return _windows(args[0], out, [adaptive] * (out.dim() - _lead(out)))


def _interpolation(make: Callable) -> Rule:
    """`make` is a maker of tables from (corners, scale); what torch is given after the size is align_corners and scales."""

    def rule(args, kwargs, out) -> Field:
        sides = out.dim() - _lead(out)
        corners = next((value for value in args[2:] if isinstance(value, bool)), False)
        rest = [each for value in args[2:] for each in (value if isinstance(value, (list, tuple)) else [value])]
        scales = [value for value in rest if not isinstance(value, bool)] or [None] * sides
        return _windows(args[0], out, [make(corners, scale) for scale in scales[-sides:]])

    return rule


def _product(left: int, right: int) -> Rule:
    """Rows of the argument at the place `left` by columns of the one at `right`; a bias comes before them."""

    def rule(args, kwargs, out) -> Field | None:
        fields = [field_of(each) for each in args[:left]]
        for factor, dim in ((args[left], -1), (args[right], -2)):
            if (field := field_of(factor)) is not None:
                fields.append(tuple(compact(axis).amin(dim, keepdim=True) for axis in field))
        return joined(fields, out.shape)

    return rule


def _over_dims(args, kwargs, out) -> Field | None:
    """Sums, means, softmax and the like: everything along the dims it names, or along all."""
    source, dims = args[0], args[1] if len(args) > 1 else kwargs.get("dim")
    if dims is None or isinstance(dims, (bool, torch.Tensor)):
        return everything(args, out.shape) if len(args) == 1 or isinstance(dims, bool) else None
    dims = [dim % source.dim() for dim in ([dims] if isinstance(dims, int) else dims or range(source.dim()))]
    field = []
    for axis in field_of(source):
        values = compact(axis).amin(dims, keepdim=True)
        if out.dim() < source.dim():
            values = values.squeeze(dims)
        field.append(values.expand(out.shape))
    return tuple(field)


def _norm(args, kwargs, out) -> Field | None:
    """linalg_vector_norm, whose second argument is the order."""
    return _over_dims((args[0], *args[2:]), kwargs, out)


def _cat(args, kwargs, out) -> Field:
    parts, dim = args[0], (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % out.dim()
    field = []
    for axis in range(axes(args)):
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
        return everything(args, out.shape)
    return tuple(compact(axis).amin(dims, keepdim=True).expand(out.shape) for axis in field_of(args[0]))


def _group_norm(args, kwargs, out) -> Field:
    """Every element depends on its whole group, which spans all positions."""
    return everything(args[:1], out.shape)


def _copy(args, kwargs, out) -> Field:
    """What is written over what was there; where it comes from elsewhere, it depends on nothing."""
    source = field_of(args[1])
    if source is None:
        return tuple(torch.full((), INF).expand(out.shape) for _ in range(axes(args)))
    return joined([source], out.shape)


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(SAME | NORMS, _same),
    **dict.fromkeys(CONVOLUTIONS, _convolution),
    **dict.fromkeys(POOLS, _pool),
    **dict.fromkeys(ADAPTIVE, _adaptive),
    **dict.fromkeys(OVER_DIMS, _over_dims),
    "linalg_vector_norm": _norm,
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d"), _interpolation(linear)),
    "upsample_bicubic2d": _interpolation(cubic),
    **dict.fromkeys(("mm", "bmm"), _product(0, 1)),
    **dict.fromkeys(("addmm", "baddbmm"), _product(1, 2)),
    "cat": _cat,
    "copy": _copy,
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
}
