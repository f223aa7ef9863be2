"""Thumbnails: one page of a part's pictures, and some of each class, each as a single picture."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, sqrt

import numpy as np

from cnnlab import limits
from cnnlab.images import webp
from cnnlab.images.montage import GAP, montage
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import PARTS, Places, parts_of
from cnnlab.loading.sources import Source
from cnnlab.loading.splits import kept_classes
from cnnlab.loading.view import View

from .answers import Classes, Kept, Page, Sheet, Tile
from .originals import Original, originals

SIDE = 80  # of a thumbnail of a larger picture
SAMPLES = 8  # of a class
GROUND = 128  # beside a thumbnail smaller than its cell


def page(view: View) -> Page:
    """The page of the view's part; the last one, and all classes, where it names what there is not."""
    source = source_of(view.data)
    places = parts_of(view.selection, source)[view.part]
    label = view.label if view.label in own_labels(source, places) else None
    indices = places.indices if label is None else places.indices[own_labels(source, places) == label]
    pages = max(ceil(len(indices) / limits.GALLERY_PICTURES), 1)
    number = min(view.page, pages)
    some = indices[(number - 1) * limits.GALLERY_PICTURES : number * limits.GALLERY_PICTURES]
    tiles, pixels = tiled(view, source, replace(places, indices=some), view.part)
    sheet, picture = laid(pixels)
    return Page(view.part, label, number, pages, len(indices), tuple(tiles), sheet, (picture,))


def classes(view: View) -> Classes:
    """The classes, with the first training pictures of each."""
    source = source_of(view.data)
    parts, kept = parts_of(view.selection, source), kept_classes(source.labels, view.classes, source.classes)
    counts = {part: np.bincount(places.labels, minlength=len(kept)).tolist() for part, places in parts.items()}
    train, each = parts["train"], min(SAMPLES, limits.GALLERY_SAMPLES // len(kept))
    first = [train.indices[train.labels == place][:each] for place in range(len(kept))]
    tiles, pixels = tiled(view, source, replace(train, indices=np.concatenate(first)), "train")
    sheet, picture = laid(pixels)
    ends = np.cumsum([0, *map(len, first)])
    rows = tuple(
        Kept(
            label,
            source.classes[label],
            {part: counts[part][place] for part in PARTS},
            tuple(tiles[ends[place] : ends[place + 1]]),
        )
        for place, label in enumerate(kept)
    )
    return Classes(rows, parts["test"].own_test, sheet, (picture,))


def own_labels(source: Source, places: Places) -> np.ndarray:
    """The dataset's own labels of a part's pictures."""
    return (source.own_test if places.own_test else source.labels)[places.indices]


def tiled(view: View, source: Source, places: Places, part: str) -> tuple[list[Tile], list[np.ndarray]]:
    """Pictures as tiles, with the pixels of their thumbnails."""
    tiles, pixels = [], []
    found = originals(view.data, source, places.indices, places.own_test, SIDE)
    for index, label, one in zip(places.indices.tolist(), own_labels(source, places).tolist(), found, strict=True):
        shown = _thumbnail(one)
        pixels.append(shown)
        tiles.append(Tile(index, label, part, one.size, shown.shape[1::-1], one.fault))
    return tiles, pixels


def _thumbnail(one: Original) -> np.ndarray:
    """uint8 (H, W, 3); a single gray pixel for a picture that is not there."""
    if one.pixels is None:
        return np.full((1, 1, 3), GROUND, np.uint8)
    return one.pixels if one.pixels.ndim == 3 else np.repeat(one.pixels[:, :, None], 3, 2)


def laid(pixels: Sequence[np.ndarray]) -> tuple[Sheet, bytes]:
    """Thumbnails on one sheet, and its file; the pixels of small ones as they are."""
    if not pixels:
        pixels = [np.full((1, 1, 3), GROUND, np.uint8)]
    columns = ceil(sqrt(len(pixels)))
    whole = montage(pixels, columns, ground=GROUND)
    step = tuple(max(one.shape[side] for one in pixels) + GAP for side in (1, 0))
    return Sheet(whole.shape[1::-1], step, columns), webp(whole, lossless=max(step) < SIDE)
