"""What a picture, a label or a batch is, in one line."""

from cnnlab.augmentation.jobs import Still
from cnnlab.loading.samples import Value
from cnnlab.messages import minus


def told(value: Value | Still) -> str:
    """Type, dtype, shape and range.

    >>> told(Value("Tensor", "float32", (64, 1, 8, 8), -0.81, 1.85))
    'Tensor float32 · 64 × 1 × 8 × 8 · −0.81 … 1.85'
    >>> told(Value("int", "", (), 3, 3))
    'int'
    """
    return " · ".join(facts(value))


def facts(value: Value | Still) -> list[str]:
    """The same, one by one; of a number its type alone."""
    kind = " ".join(filter(None, (value.type, value.dtype)))
    if not value.shape:
        return [kind]
    ends = [str(bool(end)) if value.dtype == "bool" else minus(f"{end:.4g}") for end in (value.low, value.high)]
    return [kind, " × ".join(map(str, value.shape)), " … ".join(ends)]
