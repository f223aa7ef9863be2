"""Random small layers of every row with shapes that often fit, and what torch makes of them."""

from math import prod

import torch
from hypothesis import reject
from hypothesis import strategies as st

from cnnlab.layers import LAYERS, LayerSpec, Shape
from cnnlab.layers.rows import call_arguments, per_side
from cnnlab.layers.sides import SMOOTH, blocks
from cnnlab.layers.sizes import dimensions
from cnnlab.specs import SCALAR, Call, Param, SpecError

# Whole numbers are drawn from 1 to 4, but for these.
WHOLE = {
    "kernel_size": (1, 5),
    "padding": (0, 2),
    "dilation": (1, 3),
    "output_padding": (0, 3),
    "output_size": (1, 9),
    "size": (1, 9),
    "dim": (-5, 4),
    "start_dim": (-5, 4),
    "end_dim": (-5, 4),
    "groups": (1, 3),
    "unflattened_size": (-1, 3),
    "normalized_shape": (1, 3),
}
FLOATS = {
    "scale_factor": (0.1, 0.5, 1.0, 1.5, 2.0, 2.7, 3.3),
    "output_ratio": (0.05, 0.3, 0.5, 0.77, 0.99),
    "norm_type": (1, 2, 2.5),
    "p": (0.0, 0.5, 1.0),
}
# What is mostly left at its default, or layers would seldom fit; and where just one of two is wanted.
SELDOM = ("groups", "output_padding", "dilation", "align_corners", "recompute_scale_factor")
PAIRS = {"size": "scale_factor", "output_size": "output_ratio"}
LONGEST = {0: 14, 1: 14, 2: 12, 3: 7}


def values(spec: LayerSpec, param: Param) -> st.SearchStrategy:
    if param.type is bool:
        chosen = st.booleans()
    elif param.type is str:
        return st.sampled_from(param.options)
    else:
        low, high = WHOLE.get(param.name, (1, 4))
        low = -3 if spec.family == "pad" else low
        one = (
            st.integers(low, high)
            if param.type is int
            else st.sampled_from(FLOATS.get(param.name, (param.first or 0.5,)))
        )
        forms = [one if length == SCALAR else st.tuples(*[one] * length) for length in param.lengths]
        chosen = st.one_of(*forms, *([st.sampled_from(param.options)] if param.options else []))
    if param.name in SELDOM and not param.required:
        return st.one_of(*[st.just(param.default)] * 3, chosen)
    return st.one_of(st.just(None), chosen) if param.optional else chosen


@st.composite
def layers(draw, spec: LayerSpec) -> tuple[Call, Shape]:
    """A call and the shape of an input."""
    chosen, mostly = {param.name: draw(values(spec, param)) for param in spec.params}, draw(st.integers(0, 19))
    for one, other in PAIRS.items():
        if other in chosen and mostly:
            first = chosen[one] is not None
            chosen[one], chosen[other] = (chosen[one], None) if first else (None, chosen[other] or 0.5)
    try:
        call = spec(**chosen)
    except SpecError:
        reject()
    counts = dimensions(spec) or (1, 2, 3, 4)
    counts = (SMOOTH[call["mode"]] + 1,) if call.values.get("mode") in SMOOTH and mostly else counts
    count = draw(st.sampled_from(counts)) if mostly != 1 else draw(st.integers(1, 5))
    side = st.integers(1, LONGEST.get(count - 1, 5))
    shape = (draw(st.integers(1, 6)), *(draw(side) for _ in range(count - 1)))
    return call, fitted(call, shape) if mostly > 2 else shape


def fitted(call: Call, shape: Shape) -> Shape:
    """The shape with the lengths that parameters speak of; output_size of a call is not among them."""
    spec = call.spec
    if isinstance(spec.input[0], str) and spec.family not in ("linear", "bilinear"):
        return (call[spec.input[0]], *shape[1:])
    if spec.input == ("in_features",) or spec.input == ("in1_features",):
        return (*shape[:-1], call[spec.input[0]])
    if spec.family == "shuffle":
        return (shape[0] * call["upscale_factor"] ** 2, *shape[1:])
    if spec.family == "unshuffle":
        return (shape[0], *(length * call["downscale_factor"] for length in shape[1:]))
    if spec.family == "channel_shuffle":
        return (shape[0] * call["groups"], *shape[1:])
    if spec.family in ("layer_norm", "rms_norm"):
        sizes = call["normalized_shape"]
        return (shape[0], *(sizes if isinstance(sizes, tuple) else (sizes,)))
    if spec.family == "unflatten":
        known = abs(prod(call["unflattened_size"])) or 1
        return tuple(
            known if where == call["dim"] % (len(shape) + 1) - 1 else length for where, length in enumerate(shape)
        )
    if spec.family == "fold":
        try:
            count = prod(blocks(call, per_side(call["output_size"], 2)))
        except SpecError:
            count = 1
        return (shape[0] * prod(per_side(call["kernel_size"], 2)), count)
    if call.values.get("num_parameters"):
        return (call["num_parameters"], *shape[1:])
    return shape


REFUSALS = (RuntimeError, ValueError, TypeError, AssertionError, NotImplementedError, IndexError, ZeroDivisionError)


def batch(call: Call, shape: Shape) -> list[torch.Tensor]:
    """Two inputs of zeros, with all else that the layer takes."""
    inputs = [torch.zeros(2, *shape)]
    if call.spec.family == "unpool":
        inputs.append(torch.zeros(2, *shape, dtype=torch.int64))
    if call.spec.family == "bilinear":
        inputs.append(torch.zeros(2, *shape[:-1], call["in2_features"]))
    return inputs


def of_torch(call: Call, shape: Shape) -> Shape | Exception:
    """The shape that torch makes of a batch of two, without the batch, or its refusal."""
    try:
        with torch.no_grad():
            module, inputs = call.build(), batch(call, shape)
            out = module(*inputs, **call_arguments(call))
            shape = tuple((out[0] if isinstance(out, tuple) else out).shape[1:])
            return shape if all(shape) else ValueError(f"nothing is left: {shape}")
    except REFUSALS as error:
        return error


def left_out(call: Call, shape: Shape) -> str:
    """Why torch may take what we refuse; "" for all else."""
    counts = dimensions(call.spec)
    if counts and len(shape) not in counts:
        return "torch takes the batch for channels, or more lengths than are shown"
    dims = [
        call[name] % (len(shape) + 1) for name in ("dim", "start_dim", "end_dim") if call.values.get(name) is not None
    ]
    if 0 in dims:
        return "dimension 0 is the batch"
    if call.spec.fixed.get("mode") == "circular":
        cuts = per_side(call["padding"], 2 * (len(shape) - 1))
        if any(
            max(a, b) > i + min(a, 0) + min(b, 0) for a, b, i in zip(cuts[::2], cuts[1::2], shape[:0:-1], strict=True)
        ):
            return "torch hands on what memory held where more is wrapped around than was left"
    return ""


ROWS = list(LAYERS.values())
