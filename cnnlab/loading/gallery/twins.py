"""Pictures that a dataset holds more than once, pixel for pixel: within a part and across parts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from cnnlab import limits
from cnnlab.images import decode
from cnnlab.loading.folder import head
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import Places, parts_of
from cnnlab.loading.sources import Source, spread
from cnnlab.loading.view import View
from cnnlab.specs import SpecError

from .answers import Tile, Twins
from .originals import arrays
from .sheets import laid, own_labels, tiled

CHUNK, TOLD = 1024, 50  # pictures that are read at once, and after which it is told how far this has come
WHOLE = 10**9  # a side that no picture has
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class One:
    """A picture of a part."""

    part: str
    index: int
    label: int
    own_test: bool


def twins(view: View, progress: Progress = lambda done, total: None) -> Twins:
    """All groups, counted; first those across parts, then those with different labels, then the largest."""
    source = source_of(view.data)
    parts = parts_of(view.selection, source)
    seen, alike = 0, defaultdict(list)
    pictures = _keys(view, source, parts)
    total = sum(len(places.indices) for places in parts.values())
    for one, key in pictures:
        seen += 1
        if key:
            alike[key].append(one)
        if not seen % TOLD:
            progress(seen, total)
    groups = sorted((group for group in alike.values() if len(group) > 1), key=_rank)
    shown = [group[: limits.TWINS_OF_GROUP] for group in groups[: limits.TWIN_GROUPS]]
    tiles, pixels = [], []
    for group in shown:
        both = [_tiled(view, source, one) for one in group]
        tiles.append(tuple(tile for tile, _ in both))
        pixels += [thumbnail for _, thumbnail in both]
    sheet, picture = laid(pixels)
    return Twins(
        seen,
        total,
        len(groups),
        sum(len(group) - 1 for group in groups),
        sum(len({one.part for one in group}) > 1 for group in groups),
        sum(len({one.label for one in group}) > 1 for group in groups),
        tuple(tiles),
        sheet,
        (picture,),
    )


def _rank(group: list[One]) -> tuple[int, int, int]:
    return -len({one.part for one in group}), -len({one.label for one in group}), -len(group)


def _tiled(view: View, source: Source, one: One) -> tuple[Tile, np.ndarray]:
    places = Places(np.array([one.index]), np.zeros(1, np.int64), one.own_test)
    (tile,), (pixels,) = tiled(view, source, places, one.part)
    return tile, pixels


def _keys(view: View, source: Source, parts: dict[str, Places]) -> Iterator[tuple[One, bytes]]:
    """Each picture that was looked at with a key that pictures of the same pixels share, b"" where none can."""
    ones = [
        One(part, index, label, places.own_test)
        for part, places in parts.items()
        for index, label in zip(places.indices.tolist(), own_labels(source, places).tolist(), strict=True)
    ]
    if source.paths:
        yield from _of_files(source, ones)
        return
    for start in range(0, len(ones), CHUNK):
        some = ones[start : start + CHUNK]
        for own_test in sorted({one.own_test for one in some}):
            here = [one for one in some if one.own_test == own_test]
            pixels = arrays(view.data, source, np.array([one.index for one in here]), own_test)
            yield from ((one, _key(picture)) for one, picture in zip(here, pixels, strict=True))


def _of_files(source: Source, ones: list[One]) -> Iterator[tuple[One, bytes]]:
    """Only files whose pictures have the size of another's are decoded, as many as a job has time for."""
    some = [ones[place] for place in spread(len(ones), limits.HEADS)]
    heads = [head(source.paths[one.index]) for one in some]
    often = Counter(one.size for one in heads if one)
    room = limits.NUMBERS_PIXELS
    for one, found in zip(some, heads, strict=True):
        if not found or often[found.size] == 1:
            yield one, b""
        elif room > 0:
            room -= found.size[0] * found.size[1]
            yield one, _of_file(source.paths[one.index])


def _of_file(path: Path) -> bytes:
    try:
        image = decode(path.read_bytes(), path.name, WHOLE).image
    except (SpecError, OSError):
        return b""
    return _key(np.asarray(image.convert("RGB")))


def _key(pixels: np.ndarray) -> bytes:
    digest = blake2b(repr(pixels.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels))
    return digest.digest()
