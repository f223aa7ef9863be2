"""All maps of a layer on one sheet, so that a browser can show any of them without asking again."""

import gzip
import json
from math import ceil, sqrt
from typing import Any

import numpy as np
from PIL import Image

from cnnlab import limits
from cnnlab.colours import BLUE, ORANGE, rgb
from cnnlab.images import montage

from .maps import FeatureMaps

NEGATIVE, ZERO, POSITIVE = rgb(BLUE), (255, 255, 255), rgb(ORANGE)


def sheet(layer: FeatureMaps) -> tuple[np.ndarray, int]:
    """The first maps without gaps, in rows of `columns`, and by how much they are reduced: uint8 (H, W), 1 for not at all."""
    tiles = layer.pixels(limits.MAPS_SHOWN)
    factor = ceil(sqrt(sum(tile.size for tile in tiles) / limits.MAPS_PIXELS))
    if factor > 1:
        tiles = [np.asarray(Image.fromarray(tile).reduce(factor)) for tile in tiles]
    return montage(tiles, columns(len(tiles)), gap=0), factor


def columns(count: int) -> int:
    """Tiles in a row of a sheet."""
    return ceil(sqrt(count))


def kernel_sheet(layer: FeatureMaps) -> np.ndarray | None:
    """A row for each map: its kernel in colours if it sees three, then channel by channel; uint8 (H, W, 3).

    The colours span a kernel's own values. A channel is white where a weight is zero, and one weight of the kernel is
    full blue (negative) or orange.
    """
    kernels = layer.kernels
    if kernels is None or kernels[: limits.MAPS_SHOWN].size > limits.MAPS_PIXELS or not np.isfinite(kernels).all():
        return None
    strips = [tile for kernel in kernels[: limits.MAPS_SHOWN] for tile in _strip(kernel)]
    return montage(strips, len(strips) // len(kernels[: limits.MAPS_SHOWN]), gap=0)


def _strip(kernel: np.ndarray) -> list[np.ndarray]:
    largest = float(np.abs(kernel).max()) or 1.0
    share = (kernel / largest)[..., None]
    ends = np.where(share < 0, np.array(NEGATIVE), np.array(POSITIVE))
    slices = list(np.rint(np.array(ZERO) * (1 - np.abs(share)) + ends * np.abs(share)).astype(np.uint8))
    if len(kernel) != 3:
        return slices
    low, high = float(kernel.min()), float(kernel.max())
    return [np.rint((kernel.transpose(1, 2, 0) - low) / ((high - low) or 1) * 255).astype(np.uint8), *slices]


def told(layer: FeatureMaps) -> bytes:
    """`size` (height, width) of a map, how many a row of the sheet has, each map's smallest, largest and mean value
    (null for none), which are dead or constant, and the `kernel` of a row of kernels, if any. JSON, packed by gzip."""
    maps = layer.maps[: limits.MAPS_SHOWN]
    finite = np.ma.masked_invalid(maps.reshape(len(maps), -1).astype(np.float64))
    data = {
        "size": maps.shape[1:],
        "columns": columns(len(maps)),
        "low": _numbers(finite.min(1)),
        "high": _numbers(finite.max(1)),
        "mean": _numbers(finite.mean(1)),
        "dead": [channel for channel in layer.dead if channel < len(maps)],
        "constant": [channel for channel in layer.constant if channel < len(maps)],
        "kernel": None if kernel_sheet(layer) is None else layer.kernels.shape[1:],
    }
    return gzip.compress(json.dumps(data, separators=(",", ":")).encode(), 6, mtime=0)


def _numbers(values: np.ma.MaskedArray) -> list[Any]:
    return [None if value is None else float(f"{value:.4g}") for value in values.tolist()]
