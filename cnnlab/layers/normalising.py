"""A normalisation by hand: which elements share a mean and a variance, and what they make of each element."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.specs import SpecError

from .answers import Normed
from .drawn import drawn
from .jobs import Asked
from .packing import numbers
from .rows import Shape
from .values import put_in, run_batch
from .weights import weighted

BATCH = 3
SIDE = 4  # of what can be read number by number
FREE = ("batch_norm", "instance_norm", "group_norm")  # whose sides are no setting of theirs

Groups = Callable[[nn.Module, Shape], np.ndarray]


def _channels(layer: nn.Module, shape: Shape) -> np.ndarray:
    return np.indices(shape)[1]


def _channels_of_samples(layer: nn.Module, shape: Shape) -> np.ndarray:
    return _grouped(layer, shape, shape[1])


def _grouped(layer: nn.Module, shape: Shape, groups: int = 0) -> np.ndarray:
    count = groups or layer.num_groups
    sample, channel = np.indices(shape)[:2]
    return sample * count + channel // (shape[1] // count)


def _leading(layer: nn.Module, shape: Shape) -> np.ndarray:
    """Of layer and RMS normalisation: one for all that stands in the last sides."""
    last = len(layer.normalized_shape)
    return np.arange(math.prod(shape)).reshape(shape) // math.prod(shape[len(shape) - last :])


GROUPS: Mapping[str, Groups] = {
    "batch_norm": _channels,
    "instance_norm": _channels_of_samples,
    "group_norm": _grouped,
    "layer_norm": _leading,
    "rms_norm": _leading,
}


def normed(asked: Asked) -> Normed:
    """The Normed of a layer after `asked.step` batches in training, all of them the same; SpecError for other layers."""
    family = asked.call.spec.family
    small = drawn(asked.call, asked.first_shape, SIDE if family in FREE else 0)
    if family not in GROUPS:
        raise SpecError("{name} takes no mean and variance.", name=small.call.name)
    layer = weighted(asked, small)
    x = put_in(asked, (BATCH, *small.shape))
    running = [_kept(layer)]
    for _step in range(asked.step):
        run_batch(layer.train(), x)
        running.append(_kept(layer))
    y = run_batch(layer.train(asked.training), x)
    groups = GROUPS[family](layer, tuple(x.shape))
    kept = running[-1] if not asked.training else None
    channels = _channels(layer, tuple(x.shape)) if kept else groups
    means, variances = kept or statistics(x, groups, family != "rms_norm")
    eps = layer.eps if layer.eps is not None else torch.finfo(x.dtype).eps
    means_of, variances_of = np.array(means)[channels], np.array(variances)[channels]
    with np.errstate(divide="ignore", invalid="ignore"):  # with eps=0 there may be nothing to divide by
        normal = (x.double().numpy() - means_of) / np.sqrt(variances_of + eps)
    return Normed(
        tuple(x.shape),
        tuple(numbers(x)),
        tuple(channels.flatten().tolist()),
        groups.size // (int(groups.max()) + 1),
        means,
        variances,
        eps,
        tuple(normal.flatten().tolist()),
        *(
            spread(getattr(layer, name, None), family, tuple(x.shape), plain)
            for name, plain in (("weight", 1), ("bias", 0))
        ),
        tuple(numbers(y)),
        getattr(layer, "momentum", None),
        tuple(pair for pair in running if pair),
        small.notes,
    )


def _kept(layer: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The running means and variances of a layer that keeps some."""
    if getattr(layer, "running_mean", None) is None:
        return None
    return tuple(layer.running_mean.tolist()), tuple(layer.running_var.tolist())


def statistics(x: Tensor, groups: np.ndarray, centred: bool = True) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean of each group, and its variance without Bessel's correction; about zero where it is not `centred`."""
    values, of = x.double().flatten().numpy(), groups.flatten()
    counts = np.bincount(of)
    means = np.bincount(of, values) / counts if centred else np.zeros(len(counts))
    return tuple(means.tolist()), tuple((np.bincount(of, (values - means[of]) ** 2) / counts).tolist())


def spread(tensor: Tensor | None, family: str, shape: Shape, plain: float) -> tuple[float, ...]:
    """A learned scale or shift, said for each element of a batch; `plain` where none is learned."""
    if tensor is None:
        return (float(plain),) * math.prod(shape)
    if family not in ("layer_norm", "rms_norm"):
        tensor = tensor.reshape(-1, *(1,) * (len(shape) - 2))
    return tuple(numbers(tensor.expand(shape)))
