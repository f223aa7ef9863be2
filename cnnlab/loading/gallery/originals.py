"""Pictures of a dataset as they are, without what a network would make of them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab import limits
from cnnlab.images import decode
from cnnlab.loading.published import published
from cnnlab.loading.sources import Source
from cnnlab.specs import Call, SpecError

from .answers import DAMAGED, LARGE

THREADS = 2  # PIL decodes without Python's lock
SMALL_GAIN = 16  # by which a JPEG is quicker to decode where it is shown small


@dataclass(frozen=True, eq=False)
class Original:
    """Pixels, uint8 (H, W) or (H, W, 3), at most `side` long where that was asked for; (width, height) before.

    None of them where there is a `fault`.
    """

    pixels: np.ndarray | None
    size: tuple[int, int] = (0, 0)
    fault: str = ""


def arrays(call: Call, source: Source, indices: np.ndarray, own_test: bool) -> np.ndarray:
    """uint8 (N, C, H, W) of a dataset that lies in no files of people's own."""
    if source.some:
        return source.some(indices)
    return np.asarray(published(call, own_test)[indices])


def originals(call: Call, source: Source, indices: np.ndarray, own_test: bool, side: int) -> Iterator[Original]:
    """Pictures by index, reduced to a longest side."""
    if source.paths:
        yield from _decoded([source.paths[index] for index in indices], side)
        return
    for picture in arrays(call, source, indices, own_test):
        pixels = picture[0] if len(picture) == 1 else np.ascontiguousarray(picture.transpose(1, 2, 0))
        yield Original(pixels, pixels.shape[1::-1])


def _decoded(paths: Sequence[Path], side: int) -> Iterator[Original]:
    """Files, as many as can be decoded in a few seconds; the others are called too large to be shown."""
    room = limits.GALLERY_PIXELS
    fit = []
    for path in paths:
        room -= cost(path, SMALL_GAIN)
        fit.append(room >= 0)
    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(partial(_opened, side=side), paths, fit)


def cost(path: Path, gain: int) -> int:
    """About how many pixels must be decoded of a file, of a JPEG so many times fewer; 0 where its head cannot be read."""
    try:
        with Image.open(path) as image:
            return image.width * image.height // (gain if image.format == "JPEG" else 1)
    except Exception:  # damaged files make PIL raise nearly anything
        return 0


def _opened(path: Path, fits: bool, side: int) -> Original:
    if not fits:
        return Original(None, fault=LARGE)
    try:
        decoded = decode(path.read_bytes(), path.name, side)
    except (SpecError, OSError):
        return Original(None, fault=DAMAGED)
    return Original(np.asarray(decoded.image), (decoded.width, decoded.height))
