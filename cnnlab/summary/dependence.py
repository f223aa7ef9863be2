"""Which part of the input each element of each tensor depends on, followed through every operation on meta."""

from collections.abc import Sequence

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cnnlab import limits
from cnnlab.specs import SpecError

from .fields import axes, elementwise, everything, field_of, numbers, started
from .operations import REARRANGED, RESHAPED
from .recording import tensors
from .rules import RULES
from .windows import INF

FIELD_ITEM = 4  # bytes of a number in a Field


class Dependence(TorchDispatchMode):
    """Gives every tensor that depends on `image` (N, C, *sides) its Field; `guessed` lists operations without a rule,
    whose results are taken to depend on everything. With `most`, SpecError where a Field would need more numbers."""

    def __init__(self, image: torch.Tensor, most: int | None = None):
        super().__init__()
        self.guessed: set[str] = set()
        self.most = most
        with torch.device("cpu"):
            image._cnnlab_field = started(image.shape)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        if any(field_of(tensor) is not None for tensor in tensors((args, kwargs))):
            with torch.device("cpu"):  # the Fields are real numbers
                self._follow(func, args, kwargs, out)
            if self.most is not None and any(numbers(tensor) > self.most for tensor in tensors(out)):
                raise SpecError("Following this input takes more than {most} numbers.", most=f"{self.most:,}")
        return out

    def _follow(self, func, args, kwargs, out) -> None:
        name = func._overloadpacket.__name__
        name = name if name.startswith("__") else name.rstrip("_")
        results = list(tensors(out))
        if not results or name.startswith("new_") or name.endswith("_like"):  # these take only the shape
            return
        if name in REARRANGED or name in RESHAPED or name == "constant_pad_nd":
            self._refuse_copies(func, results, axes(args))
            sides = [_moved(func, args, kwargs, axis, name, results[0].shape) for axis in range(axes(args))]
            for number, result in enumerate(results):
                result._cnnlab_field = tuple(list(tensors(side))[number] for side in sides)
            return
        first, rule = results[0], RULES.get(name)
        field = rule(args, kwargs, first) if rule else None
        if field is None:
            field = elementwise((args, kwargs), first.shape)
        if field is None:
            self.guessed.add(name)
            field = everything((args, kwargs), first.shape)
        for result in results:  # such as a pool's indices; statistics of a norm have other shapes and go nowhere
            if result.shape == first.shape:
                result._cnnlab_field = field
        if first is args[0] and first._base is not None:
            _write(first, first._base)

    @staticmethod
    def _refuse_copies(func, results: list, count: int) -> None:
        """What is no view of its argument is made in full, for each axis of the Field."""
        most = limits.REAL_BYTES // FIELD_ITEM
        if not func.is_view and sum(result.numel() for result in results) * count > most:
            raise SpecError("Following this input takes more than {most} numbers.", most=f"{most:,}")


def _write(part: torch.Tensor, whole: torch.Tensor) -> None:
    """What was written into a view reaches the tensor that it is a view of, as in padding_mode="circular"."""
    field = []
    for number, axis in enumerate(field_of(part)):
        known = field_of(whole)
        values = (
            torch.full(whole.shape, INF)
            if known is None
            else known[number].clone(memory_format=torch.contiguous_format)
        )
        values.as_strided(part.shape, part.stride(), part.storage_offset()).copy_(axis)
        field.append(values)
    whole._cnnlab_field = tuple(field)


def _moved(func, args, kwargs, axis: int, name: str, shape: Sequence[int]):
    """The operation itself, done to the numbers of one axis."""

    def swap(value):
        if isinstance(value, torch.Tensor):
            field = field_of(value)
            return torch.full((), INF).expand(value.shape) if field is None else field[axis]
        return type(value)(map(swap, value)) if isinstance(value, (list, tuple)) else value

    if name == "constant_pad_nd":
        return func(swap(args[0]), args[1], INF)
    if name in RESHAPED:
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
