"""The names of torch that files of weights mention: storages with the size and type of their elements, types, tensors."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

# Bytes of an element and its type, by the name of the storage.
STORAGES = {
    "torch.storage.UntypedStorage": (1, "uint8"),
    "torch.UntypedStorage": (1, "uint8"),
    "torch.ByteStorage": (1, "uint8"),
    "torch.CharStorage": (1, "int8"),
    "torch.BoolStorage": (1, "bool"),
    "torch.Float8_e5m2Storage": (1, "float8_e5m2"),
    "torch.Float8_e4m3fnStorage": (1, "float8_e4m3fn"),
    "torch.HalfStorage": (2, "float16"),
    "torch.BFloat16Storage": (2, "bfloat16"),
    "torch.ShortStorage": (2, "int16"),
    "torch.FloatStorage": (4, "float32"),
    "torch.IntStorage": (4, "int32"),
    "torch.DoubleStorage": (8, "float64"),
    "torch.LongStorage": (8, "int64"),
    "torch.ComplexFloatStorage": (8, "complex64"),
    "torch.ComplexDoubleStorage": (16, "complex128"),
}
DTYPES = frozenset(
    f"torch.{name}"
    for name in (
        *("float16", "float32", "float64", "bfloat16", "complex32", "complex64", "complex128", "bool"),
        *("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
        *("float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz"),
    )
)
MENTIONED = DTYPES | {"torch.Tensor", "torch.nn.parameter.Parameter"}
# Tensors that have no numbers of their own, or others than they show.
UNPLAIN = frozenset(
    {
        *(f"torch._utils._rebuild_{kind}" for kind in ("sparse_tensor", "sparse_csr_tensor", "qtensor")),
        *(f"torch._utils._rebuild_{kind}" for kind in ("meta_tensor_no_storage", "nested_tensor", "wrapper_subclass")),
        *("torch.serialization._get_layout", "torch.per_tensor_affine", "torch.per_channel_affine"),
    }
)


# How torch.save writes types that have no storage of their own, among them some that no layer computes with.
UNUSUAL = "torch._utils._rebuild_tensor_v3"


@dataclass(frozen=True)
class Stored:
    """A storage of so many bytes, elements of `item` bytes each."""

    key: str
    nbytes: int
    item: int
    dtype: str = "uint8"


@dataclass(frozen=True)
class Listed:
    """What a tensor of the file is, without its numbers."""

    shape: tuple[int, ...]
    dtype: str

    def numel(self) -> int:
        return prod(self.shape)


def overflows(shape: Iterable[int]) -> bool:
    """Whether torch cannot count through the shape, be there numbers in it or not."""
    return prod(max(side, 1) for side in shape) >= 2**63
