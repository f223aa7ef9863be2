"""What the screen shows of a picture or a tensor: pixels, their range, their histograms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from cnnlab.images.decoding import DEEP, flatten
from cnnlab.specs import N_, SpecError

Picture = Image.Image | torch.Tensor
PerChannel = float | Sequence[float]

CHANNEL_NAMES = {1: (N_("gray"),), 3: (N_("red"), N_("green"), N_("blue"))}


@dataclass(frozen=True, eq=False)
class Histograms:
    """How often each value occurs, by channel.

    `edges`: float64 (bins + 1,), shared by all channels; `counts`: int64 (C, bins); `names`: one a channel.
    """

    edges: np.ndarray
    counts: np.ndarray
    names: tuple[str, ...]


def to_pixels(image: Picture, mean: PerChannel | None = None, std: PerChannel | None = None) -> np.ndarray:
    """What the screen shows of `image`: uint8 (H, W, 3).

    A tensor is (C, H, W) or (H, W) and becomes what torchvision's to_dtype(image, torch.uint8, scale=True)
    gives: integers keep their highest 8 bits; floats of 0..1 fall into 256 equal steps, floor(255.999 x),
    which does not round to nearest but restores k / 255 to k. What would wrap around is clamped; NaN is 0.
    `mean` and `std` undo a Normalize of a float tensor. One channel is shown as gray, two as red and green,
    of more than three the first three.
    """
    if isinstance(image, Image.Image):
        return np.array(flatten(image).convert("RGB"))
    values = _channels(image)
    if np.issubdtype(values.dtype, np.floating):
        values = _eight_bits_of_floats(_denormalize(values, mean, std))
    else:
        values = _eight_bits_of_integers(values)
    channels, height, width = values.shape
    if channels == 1:
        values = values.repeat(3, axis=0)
    elif channels == 2:
        values = np.concatenate([values, np.zeros((1, height, width), np.uint8)])
    return np.ascontiguousarray(values[:3].transpose(1, 2, 0))


def channel_histograms(image: Picture, bins: int = 64) -> Histograms:
    """Histograms of the values of each channel.

    8-bit pictures are counted over 0..256, so that `bins` of 64 hold four levels each; all else over the
    range of its own finite values, others left out.
    """
    values = _channels(image)
    if values.dtype == np.uint8:  # its 256 levels by how often they occur, much quicker than pixel by pixel
        limits, levels = (0.0, 256.0), np.arange(256)
        often = [np.bincount(channel.ravel(), minlength=256) for channel in values]
        counts = [np.histogram(levels, bins, limits, weights=channel)[0] for channel in often]
    else:
        values = values.astype(np.float64)
        finite = values[np.isfinite(values)]
        limits = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
        # Given the limits instead of the edges, NumPy counts without a search for each value.
        counts = [np.histogram(channel[np.isfinite(channel)], bins, limits)[0] for channel in values]
    edges = np.histogram_bin_edges(np.empty(0), bins, limits)
    names = CHANNEL_NAMES.get(len(values)) or tuple(str(i) for i in range(len(values)))
    return Histograms(edges, np.stack(counts), names)


def _channels(image: Picture) -> np.ndarray:
    """The values of `image` as (C, H, W): half precision as float32, rare PIL modes as `flatten` has them."""
    if isinstance(image, Image.Image):
        own = image.mode in ("L", "RGB") or image.mode.startswith(DEEP)
        values = np.asarray(image if own else flatten(image))
        return values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    if image.ndim not in (2, 3) or not image.numel():
        raise SpecError(
            "A tensor of shape {shape} is not a picture: give one of shape (C, H, W) or (H, W).",
            shape=tuple(image.shape),
        )
    tensor = image.detach().cpu().as_subclass(torch.Tensor)
    # NumPy has no bfloat16, and in half precision 255.999 is 256.
    if tensor.is_floating_point() and tensor.dtype != torch.float64:
        tensor = tensor.float()
    return tensor.reshape(-1, *tensor.shape[-2:]).numpy()


def _denormalize(values: np.ndarray, mean: PerChannel | None, std: PerChannel | None) -> np.ndarray:
    columns = []
    for name, statistics, neutral in (("mean", mean, 0.0), ("std", std, 1.0)):
        column = np.atleast_1d(np.asarray(neutral if statistics is None else statistics, values.dtype))
        if column.shape not in ((1,), (len(values),)):
            raise SpecError(
                "{name} has {given} numbers for a picture of {channels} channels: give one, or one for each channel.",
                name=name,
                given=column.size,
                channels=len(values),
            )
        columns.append(column[:, None, None])
    return values * columns[1] + columns[0]


def _eight_bits_of_floats(values: np.ndarray) -> np.ndarray:
    # torchvision's constant: the largest step below 256 that keeps 1.0 from wrapping around to 0.
    levels = values.dtype.type(256 - 1e-3)
    return (np.nan_to_num(values, nan=0.0).clip(0, 1) * levels).astype(np.uint8)


def _eight_bits_of_integers(values: np.ndarray) -> np.ndarray:
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    bits = np.iinfo(values.dtype).max.bit_length()
    values = values.clip(0)
    if bits < 8:
        return values.astype(np.uint8) << (8 - bits)
    return (values >> (bits - 8)).astype(np.uint8)
