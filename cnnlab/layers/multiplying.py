"""A convolution as one multiplication of matrices, with its numbers."""

from contextlib import suppress
from math import prod
from typing import Any

from cnnlab import limits
from cnnlab.specs import SpecError
from cnnlab.summary.drawn import packed_json

from .contributions import weight_shape
from .matrix import adjoint, im2col, matrix
from .packing import told
from .values import Sample


def multiplied(sample: Sample) -> bytes:
    """What Matrix promises, as JSON packed by gzip."""
    call, shape = sample.call, tuple(sample.x.shape)
    entries = sample.y.numel() * prod(weight_shape(call)[1:])
    if entries > limits.MATRIX_ENTRIES:
        raise SpecError(
            "The matrix would have up to {count} places that are not zero; here {limit} are drawn: make the input smaller.",
            count=f"{entries:,}",
            limit=f"{limits.MATRIX_ENTRIES:,}",
        )
    whole = matrix(call, shape)
    data: dict[str, Any] = {
        "height": whole.rows,
        "width": whole.columns,
        "entries": [list(entry) for entry in whole.entries],
        "columns": None,
        "rows": None,
        "groups": call.values.get("groups", 1),
        "adjoint": None,
        "input": told(sample.x),
        "weight": told(sample.layer.weight),
        "bias": told(sample.layer.bias),
        "output": told(sample.y),
    }
    if call.spec.family == "convolution":
        columns = im2col(call, shape)
        data |= {"columns": [list(row) for row in columns.inputs], "rows": columns.rows}
    with suppress(SpecError):  # the null says so
        back, size = adjoint(call, shape)
        data["adjoint"] = {"code": back.code(), "call": back.to_dict(), "input": list(size)}
    return packed_json(data)
