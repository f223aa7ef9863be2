"""What an element depends on, as data: a Field.

A Field holds, for each side of the input, the first index and minus the last one that an element depends on, so that
two dependences join by the smaller number everywhere, and infinity means "none". The tensors have the shape of the
one they describe but are expanded where nothing varies, so a whole network costs about as much as its longest sides.
"""

from collections.abc import Sequence
from typing import Any

import torch

from .recording import tensors
from .windows import compact

Field = tuple[torch.Tensor, ...]


def field_of(tensor: torch.Tensor) -> Field | None:
    """What the tensor carries along, as an attribute of its own, as long as it lives; None where it depends on nothing."""
    return getattr(tensor, "_cnnlab_field", None)


def numbers(tensor: torch.Tensor) -> int:
    """How many numbers the Field of a tensor holds, those left out that repeat."""
    field = field_of(tensor)
    return 0 if field is None else max(compact(axis).numel() for axis in field)


def started(shape: Sequence[int]) -> Field:
    """The Field of an image (N, C, *sides): every pixel depends on itself."""
    field = []
    for dim in range(2, len(shape)):
        index = torch.arange(shape[dim], dtype=torch.float32)
        index = index.reshape([-1 if other == dim else 1 for other in range(len(shape))])
        field += [index.expand(shape), (-index).expand(shape)]
    return tuple(field)


def axes(args: Any) -> int:
    return next(len(field) for tensor in tensors(args) if (field := field_of(tensor)) is not None)


def joined(fields: list[Field | None], shape: Sequence[int]) -> Field | None:
    """The union of dependences that broadcast to `shape`; None if one does not."""
    fields = [field for field in fields if field is not None]
    union = []
    for axis in zip(*fields, strict=True):
        total = compact(axis[0])
        for other in axis[1:]:
            total = torch.minimum(total, compact(other))
        try:
            union.append(total.expand(shape))
        except RuntimeError:
            return None
    return tuple(union)


def elementwise(arguments: Any, shape: Sequence[int]) -> Field | None:
    """The Field of a result whose elements are made of those at the same place; None where the shapes do not broadcast.

    Operations nobody has thought of are taken to be of this kind where the shapes allow it: most are.
    """
    parts = list(tensors(arguments))
    try:
        fits = torch.broadcast_shapes(*(part.shape for part in parts)) == tuple(shape)
    except RuntimeError:
        return None
    return joined([field_of(part) for part in parts], shape) if fits else None


def everything(arguments: Any, shape: Sequence[int]) -> Field:
    """The Field of a result of which every element is made of all."""
    fields = [field for part in tensors(arguments) if (field := field_of(part)) is not None]
    return tuple(torch.stack([part.amin() for part in axis]).amin().expand(shape) for axis in zip(*fields, strict=True))
