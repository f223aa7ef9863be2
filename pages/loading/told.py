"""What a picture, a label or a batch is, in one line."""

from cnnlab.augmentation.jobs import Still
from cnnlab.loading.samples import Value
from cnnlab.messages import minus


def told(value: Value | Still) -> str:
    """Type, dtype, shape, and range.

    >>> told(Value("Tensor", "float32", (64, 1, 8, 8), -0.81, 1.85))
    'Tensor float32 · 64 × 1 × 8 × 8 · −0.81 … 1.85'
    >>> told(Value("int", "", (), 3, 3))
    'int'
    """
    kind = " ".join(filter(None, (value.type, value.dtype)))
    if not value.shape:
        return kind
    span = f"{minus(f'{value.low:.4g}')} … {minus(f'{value.high:.4g}')}"
    return " · ".join((kind, " × ".join(map(str, value.shape)), span))
