"""A sample as the browser draws it and works with it: JSON of named fields."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from torch import Tensor

from cnnlab.specs import Call
from cnnlab.summary.drawn import packed_json

from .rows import per_side, setting
from .values import Sample
from .windows import SIDES, axes
from .wiring import links

# How a layer joins what an output element reads; "apply" where torch makes it of one element or of a whole group.
JOINS: Mapping[str, str] = {
    "convolution": "sum",
    "transposed": "sum",
    "linear": "sum",
    "bilinear": "sum",
    "fold": "sum",
    "upsample": "sum",
    "max_pool": "max",
    "adaptive_max": "max",
    "fractional_max": "max",
    "avg_pool": "mean",
    "adaptive_avg": "mean",
    "lp_pool": "norm",
    "unpool": "copy",
    "unfold": "copy",
    "shuffle": "copy",
    "unshuffle": "copy",
    "channel_shuffle": "copy",
    "pad": "copy",
    "flatten": "copy",
    "unflatten": "copy",
    "identity": "copy",
}


def packed(sample: Sample) -> bytes:
    """What Pixels promises, as JSON packed by gzip; flat lists in torch's order.

    `join` is how read elements are joined, `axes` the windows along each side (see taps.py), or else `links` the
    pairs of [input, weight] for each output element, weight −1 for none; `fill` is what padded places hold. `input`,
    `weight`, `bias`, `output` and `second`, the other input of a bilinear layer, are {"shape", "values"} or null; a value
    that is no finite number is null. A `norm` p gives the p-th root of `times` the mean of p-th powers. Of a max pool
    `winners` has the input element that each output is, of a mean `divisors` what each sum is divided by, of an
    unpooling `indices` the output element that each input element goes to; else null.
    """
    call, family = sample.call, sample.call.spec.family
    shape = tuple(sample.x.shape)
    windows = axes(call, shape) if family in SIDES else ()
    counted = [axis.counted for axis in windows if axis.counted]
    join = "mean" if counted and family == "upsample" else JOINS.get(family, "apply")
    data = {
        "join": join,
        "family": family,
        "sides": call.spec.sides,
        "input": told(sample.x),
        "second": told(sample.second),
        "weight": told(getattr(sample.layer, "weight", None)),
        "bias": told(getattr(sample.layer, "bias", None)),
        "output": told(sample.y),
        "groups": call.values.get("groups", 1),
        "transposed": family == "transposed",
        "norm": call.values.get("norm_type"),
        "times": math.prod(per_side(call["kernel_size"], call.spec.sides)) if join == "norm" else None,
        "fill": padding(call),
        "axes": [asdict(axis) for axis in windows],
        "links": None if windows else links(call, shape, indices_of(sample)),
        "winners": None,
        "divisors": None,
        "indices": None,
    }
    if family == "unpool":
        data["indices"] = places(sample.indices, math.prod(sample.y.shape[1:]))
    elif sample.indices is not None:
        data["winners"] = places(sample.indices, math.prod(shape[1:]))
    if counted:
        data["divisors"] = divisors(sample, counted)
    return packed_json(data)


def told(tensor: Tensor | None) -> dict[str, Any] | None:
    """Shape and values of a tensor; each in the fewest digits that tell it from all others of 4 bytes.

    >>> import torch
    >>> told(torch.tensor([0.1, 3, float("nan")]))
    {'shape': [3], 'values': [0.1, 3, None]}
    """
    if not isinstance(tensor, Tensor):
        return None
    return {"shape": list(tensor.shape), "values": numbers(tensor)}


def numbers(tensor: Tensor) -> list[float | int | None]:
    return [number(value) for value in tensor.detach().float().flatten().numpy()]


def number(value: np.float32) -> float | int | None:
    if not np.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**24 else float(str(value))


def places(indices: Tensor, plane: int) -> list[int]:
    """Indices within each channel's plane as places of the whole tensor."""
    return [channel * plane + index for channel, inside in enumerate(indices.flatten(1).tolist()) for index in inside]


def divisors(sample: Sample, counted: list[tuple[int, ...]]) -> list[int]:
    """Of each output element, by what its sum is divided: the product of what its window counts along each side."""
    product = counted[0]
    for more in counted[1:]:
        product = tuple(one * other for one in product for other in more)
    return list(product) * len(sample.y)


def indices_of(sample: Sample) -> list[int]:
    return [] if sample.indices is None else sample.indices.flatten().tolist()


def padding(call: Call) -> float | None:
    """What places around the input hold; null where they never win, as those of a max pool."""
    if call.spec.family == "max_pool":
        return None
    return setting(call, "value") if call.spec.family == "pad" and "value" in {**call.spec.fixed, **call.values} else 0
