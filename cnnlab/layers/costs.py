"""What a layer takes: parameters, multiply-accumulates and bytes of float32 numbers, for one input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from cnnlab.specs import Call

from .rows import Shape, per_side
from .sizes import out_shape

FLOAT, INDEX = 4, 8  # bytes


@dataclass(frozen=True)
class Cost:
    """Of one input. Indices of a pooling count among its bytes; `macs` are those that a summary counts."""

    params: int
    macs: int
    input_bytes: int
    output_bytes: int
    weight_bytes: int


def cost(call: Call, shape: Shape) -> Cost:
    """SpecError where there is no output.

    >>> from cnnlab.layers import LAYERS
    >>> cost(LAYERS["Conv2d"](in_channels=3, out_channels=64, kernel_size=3, padding=1), (3, 56, 56)).macs
    5419008
    """
    out, family = out_shape(call, shape), call.spec.family
    params = PARAMS.get(family, lambda call: 0)(call)
    macs = MACS.get(family, lambda call, shape, out: 0)(call, shape, out)
    taken, made = FLOAT * prod(shape), FLOAT * prod(out)
    if family == "unpool":
        taken += INDEX * prod(shape)
    if family == "bilinear":
        taken += FLOAT * prod(shape[:-1]) * call["in2_features"]
    if call.values.get("return_indices"):
        made += INDEX * prod(out)
    return Cost(params, macs, taken, made, FLOAT * params)


def _kernels(call: Call) -> int:
    """Numbers in all kernels."""
    sides = call.spec.sides
    return call["in_channels"] // call["groups"] * call["out_channels"] * prod(per_side(call["kernel_size"], sides))


def _scales(affine: str, size: Callable[[Call], int]) -> Callable[[Call], int]:
    """A factor for each of `size` places, and a number to add, where the parameters say so."""
    return lambda call: (1 + call.values.get("bias", False)) * size(call) if call[affine] else 0


def _places(call: Call) -> int:
    size = call["normalized_shape"]
    return prod(size) if isinstance(size, tuple) else size


PARAMS: Mapping[str, Callable[[Call], int]] = {
    "convolution": lambda call: _kernels(call) + call["bias"] * call["out_channels"],
    "transposed": lambda call: _kernels(call) + call["bias"] * call["out_channels"],
    "linear": lambda call: (call["in_features"] + call["bias"]) * call["out_features"],
    "bilinear": lambda call: (call["in1_features"] * call["in2_features"] + call["bias"]) * call["out_features"],
    "batch_norm": _scales("affine", lambda call: call["num_features"]),
    "instance_norm": _scales("affine", lambda call: call["num_features"]),
    "group_norm": _scales("affine", lambda call: call["num_channels"]),
    "layer_norm": _scales("elementwise_affine", _places),
    "rms_norm": _scales("elementwise_affine", _places),
    "activation": lambda call: call.values.get("num_parameters", 0),
}
MACS: Mapping[str, Callable[[Call, Shape, Shape], int]] = {
    # Each output element is a sum over one kernel; of a transposed one each input element writes one.
    "convolution": lambda call, shape, out: _kernels(call) * prod(out[1:]),
    "transposed": lambda call, shape, out: _kernels(call) * prod(shape[1:]),
    "linear": lambda call, shape, out: prod(shape) * call["out_features"],
    "bilinear": lambda call, shape, out: prod(shape) * call["in2_features"] * call["out_features"],
}
