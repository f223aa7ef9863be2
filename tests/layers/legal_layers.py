"""Small random layers of every row, and torch's own run of them."""

import random
from collections.abc import Iterator

import torch

from cnnlab.layers import LAYERS, Shape
from cnnlab.layers.rows import call_arguments
from cnnlab.layers.sizes import out_shape
from cnnlab.layers.windows import DRAW
from cnnlab.specs import Call, SpecError

MODES = ("zeros", "reflect", "replicate", "circular")


def layers(family: str, seed: int, count: int, most: int = 400) -> Iterator[tuple[Call, Shape]]:
    """Layers of a family with inputs that they take, of at most so many elements in and out."""
    rng = random.Random(f"{family} {seed}")
    names = [name for name, spec in LAYERS.items() if spec.family == family]
    tries = 0
    while count:
        tries += 1
        assert tries < 20_000, f"Too few layers of {family} are valid."
        name = rng.choice(names)
        spec = LAYERS[name]
        try:
            call, shape = CHOICES[family](rng, spec) if family in CHOICES else _plain(rng, spec)
            if 0 < _count(shape) <= most and 0 < _count(out_shape(call, shape)) <= most:
                yield call, shape
                count -= 1
        except SpecError:
            continue


def _count(shape: Shape) -> int:
    return torch.Size(shape).numel()


def run(call: Call, inputs: torch.Tensor, layer: torch.nn.Module, indices: torch.Tensor | None = None) -> torch.Tensor:
    """The output for one input, both without the batch."""
    batch, family = inputs[None], call.spec.family
    if family == "bilinear":
        second = torch.arange(1.0, call["in2_features"] + 1, dtype=inputs.dtype).expand(*batch.shape[:-1], -1)
        return layer(batch, second)[0]
    if family == "unpool":
        return layer(batch, indices[None], **call_arguments(call))[0]
    if family == "fractional_max":
        layer._random_samples = torch.full((1, inputs.shape[0], call.spec.sides), DRAW, dtype=inputs.dtype)
    result = layer(batch, **call_arguments(call))
    return (result[0] if isinstance(result, tuple) else result)[0]


def _plain(rng, spec):
    channels = rng.randint(1, 4)
    shape = (channels, *(rng.randint(2, 5) for _ in range(spec.sides or rng.randint(0, 2))))
    values = {param.name: param.first for param in spec.params}
    if "num_features" in values:
        values["num_features"] = channels
    if "dim" in values:
        values["dim"] = rng.randint(-len(shape), len(shape))
    if spec.name == "Softmax2d":
        shape = (channels, rng.randint(1, 4), rng.randint(1, 4))
    return spec(**values), shape


def _sides(rng, spec, low, high):
    """A number for all sides, or one for each."""
    if rng.random() < 0.3:
        return rng.randint(low, high)
    return tuple(rng.randint(low, high) for _ in range(spec.sides))


def _shape(rng, spec, channels, high):
    return (channels, *(rng.randint(1, (high, high, 5)[spec.sides - 1]) for _ in range(spec.sides)))


def _convolution(rng, spec):
    groups = rng.choice((1, 1, 2, 3))
    takes, makes = rng.randint(1, 2) * groups, rng.randint(1, 2) * groups
    padding = rng.choice(("same", "valid", *[_sides(rng, spec, 0, 2)] * 6))
    call = spec(
        in_channels=takes, out_channels=makes, kernel_size=_sides(rng, spec, 1, 3), padding=padding, groups=groups,
        stride=1 if padding == "same" else _sides(rng, spec, 1, 3), dilation=_sides(rng, spec, 1, 2),
        bias=rng.random() < 0.5, padding_mode=rng.choice(MODES),
    )  # fmt: skip
    return call, _shape(rng, spec, takes, 7)


def _transposed(rng, spec):
    groups = rng.choice((1, 1, 2, 3))
    takes, makes = rng.randint(1, 2) * groups, rng.randint(1, 2) * groups
    call = spec(
        in_channels=takes, out_channels=makes, kernel_size=_sides(rng, spec, 1, 3), padding=_sides(rng, spec, 0, 2),
        stride=_sides(rng, spec, 1, 3), output_padding=_sides(rng, spec, 0, 1), dilation=_sides(rng, spec, 1, 2),
        groups=groups, bias=rng.random() < 0.5,
    )  # fmt: skip
    return call, _shape(rng, spec, takes, 4)


def _pool(rng, spec):
    values = {"kernel_size": _sides(rng, spec, 1, 3), "stride": rng.choice((None, _sides(rng, spec, 1, 3)))}
    if spec.family in ("max_pool", "avg_pool"):
        values |= {"padding": _sides(rng, spec, 0, 1)}
    if spec.family == "max_pool":
        values |= {"dilation": _sides(rng, spec, 1, 2)}
    if spec.family == "avg_pool":
        values |= {"count_include_pad": rng.random() < 0.5}
        values |= {"divisor_override": rng.choice((None, 3))} if spec.sides > 1 else {}
    if spec.family == "lp_pool":
        kernel = values["kernel_size"]
        values |= {"norm_type": 2.0, "kernel_size": rng.randint(1, 3) if spec.sides == 1 else kernel}
    return spec(**values, ceil_mode=rng.random() < 0.6), _shape(rng, spec, rng.randint(1, 2), 8)


def _adaptive(rng, spec):
    return spec(output_size=_sides(rng, spec, 1, 5)), _shape(rng, spec, rng.randint(1, 2), 8)


def _fractional(rng, spec):
    shape = _shape(rng, spec, rng.randint(1, 2), 8)
    return spec(kernel_size=_sides(rng, spec, 1, 2), output_size=_sides(rng, spec, 1, 4)), shape


def _unpool(rng, spec):
    values = {"kernel_size": _sides(rng, spec, 1, 3), "stride": rng.choice((None, _sides(rng, spec, 1, 3)))}
    call = spec(**values, padding=_sides(rng, spec, 0, 1))
    shape = _shape(rng, spec, rng.randint(1, 2), 4)
    if _count(out_shape(call, shape)) < _count(shape):  # with fewer places than values, some would have one index
        return _unpool(rng, spec)
    return call, shape


def _pad(rng, spec):
    low = rng.choice((0, 0, -1))
    padding = tuple(rng.randint(low, 2) for _ in range(2 * spec.sides))
    values = {"value": 3.0} if "Constant" in spec.name else {}
    return spec(padding=padding, **values), _shape(rng, spec, rng.randint(1, 2), 4)


def _upsample(rng, spec):
    """Factors under which torch's gradient of "nearest" belongs to its values: not so where 2.3 just doubles."""
    sides = spec.sides or rng.randint(1, 3)
    mode = rng.choice(("nearest", "nearest-exact", "area", *[("linear", "bilinear", "trilinear")[sides - 1]] * 3,
                       *["bicubic"] * (sides == 2)))  # fmt: skip
    values = {}
    if not spec.fixed:
        corners = rng.choice((True, False)) if mode.endswith(("linear", "cubic")) else None
        values = {"mode": mode, "align_corners": corners}
    if rng.random() < 0.5:
        values["size"] = tuple(rng.randint(1, 6) for _ in range(sides))
    else:
        values["scale_factor"] = tuple(rng.choice((0.5, 0.7, 1.0, 1.5, 2.0, 2.6, 3.0)) for _ in range(sides))
        if not spec.fixed and mode != "area":
            values["recompute_scale_factor"] = rng.choice((None, True))
    return spec(**{"size": None, "scale_factor": None} | values), (
        rng.randint(1, 2),
        *(rng.randint(1, 4) for _ in range(sides)),
    )


def _blocks(rng, spec):
    values = {name: _sides(rng, spec, low, high) for name, low, high in (
        ("kernel_size", 1, 3), ("dilation", 1, 2), ("padding", 0, 2), ("stride", 1, 3))}  # fmt: skip
    if spec.family == "unfold":
        return spec(**values), _shape(rng, spec, rng.randint(1, 2), 6)
    channels, size = rng.randint(1, 2), (rng.randint(1, 6), rng.randint(1, 6))
    columns = out_shape(LAYERS["Unfold"](**values), (channels, *size))
    return spec(**values, output_size=size), columns


def _linear(rng, spec):
    takes = rng.randint(1, 6)
    call = spec(in_features=takes, out_features=rng.randint(1, 6), bias=rng.random() < 0.5)
    return call, (*(rng.randint(1, 3) for _ in range(rng.randint(0, 2))), takes)


def _bilinear(rng, spec):
    takes = rng.randint(1, 4)
    call = spec(in1_features=takes, in2_features=rng.randint(1, 3), out_features=rng.randint(1, 4), bias=False)
    return call, (*(rng.randint(1, 3) for _ in range(rng.randint(0, 1))), takes)


def _shuffles(rng, spec):
    factor, channels, rest = rng.randint(1, 3), rng.randint(1, 2), (rng.randint(1, 3), rng.randint(1, 3))
    if spec.family == "shuffle":
        return spec(upscale_factor=factor), (channels * factor**2, *rest)
    if spec.family == "unshuffle":
        return spec(downscale_factor=factor), (channels, rest[0] * factor, rest[1] * factor)
    return spec(groups=factor), (channels * factor, *rest)


def _flatten(rng, spec):
    shape = tuple(rng.randint(1, 4) for _ in range(rng.randint(1, 4)))
    return spec(start_dim=rng.randint(1, len(shape)), end_dim=-1), shape


def _unflatten(rng, spec):
    sizes = tuple(rng.randint(1, 3) for _ in range(rng.randint(1, 3)))
    return spec(dim=1, unflattened_size=sizes), (_count(sizes), rng.randint(1, 3))


def _group_norm(rng, spec):
    groups, each = rng.randint(1, 3), rng.randint(1, 2)
    return spec(num_groups=groups, num_channels=groups * each), (groups * each, rng.randint(2, 4), rng.randint(1, 3))


def _layer_norm(rng, spec):
    shape = tuple(rng.randint(2, 4) for _ in range(rng.randint(1, 3)))
    return spec(normalized_shape=shape[rng.randrange(len(shape)) :]), shape


def _response(rng, spec):
    return spec(size=rng.randint(1, 5), alpha=1.0), (rng.randint(1, 6), rng.randint(1, 3), rng.randint(1, 3))


CHOICES = {
    "convolution": _convolution,
    "transposed": _transposed,
    **dict.fromkeys(("max_pool", "avg_pool", "lp_pool"), _pool),
    **dict.fromkeys(("adaptive_avg", "adaptive_max"), _adaptive),
    "fractional_max": _fractional,
    "unpool": _unpool,
    "pad": _pad,
    "upsample": _upsample,
    **dict.fromkeys(("unfold", "fold"), _blocks),
    "linear": _linear,
    "bilinear": _bilinear,
    **dict.fromkeys(("shuffle", "unshuffle", "channel_shuffle"), _shuffles),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "group_norm": _group_norm,
    **dict.fromkeys(("layer_norm", "rms_norm"), _layer_norm),
    "local_response_norm": _response,
}
