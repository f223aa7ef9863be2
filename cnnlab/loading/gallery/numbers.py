"""Mean and standard deviation of the training pictures, as they should be computed, and as they are often copied."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from cnnlab import limits
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import Places, parts_of
from cnnlab.loading.reading import Files, Fitted
from cnnlab.loading.sources import Source, spread
from cnnlab.loading.view import View
from cnnlab.specs import SpecError

from .answers import Numbers
from .originals import arrays, cost

USUAL_SIDE = 224  # of pictures in files where the view says none
CHUNK = 256  # pictures that are worked on at once
BINS = 64
GAIN = 4  # by which a large JPEG is quicker to decode at the size that pictures are worked on
Progress = Callable[[int, int], None]


def numbers(view: View, progress: Progress = lambda done, total: None) -> Numbers:
    """Of the training part; of pictures in files those of some that are spread evenly over all, damaged ones left out."""
    source = source_of(view.data)
    train = parts_of(view.selection, source)["train"]
    counts, means, deviations, seen = 0, [], [], 0
    chunks, side, total = _chunks(view, source, train)
    for some in chunks:
        values = some.reshape(*some.shape[:2], -1)
        counts = counts + np.stack([np.bincount(channel.ravel(), minlength=256) for channel in values.swapaxes(0, 1)])
        means.append(values.mean(2, dtype=np.float64))
        squares = np.square(values, dtype=np.uint16).mean(2, dtype=np.float64)
        deviations.append(np.sqrt(np.maximum(squares - means[-1] ** 2, 0)))
        seen += len(some)
        progress(seen, total)
    if not seen:
        raise SpecError("None of the training pictures can be read: see what is odd about the files.")
    levels, often = np.arange(256), counts / counts.sum(1, keepdims=True)
    mean = (often * levels).sum(1)
    std = np.sqrt((often * (levels - mean[:, None]) ** 2).sum(1))
    own, spread = np.concatenate(deviations).mean(0), np.concatenate(means).std(0)
    binned = counts.reshape(len(counts), BINS, -1).sum(2)
    return Numbers(
        seen,
        len(train.indices),
        side,
        *(tuple((of_bytes / 255).tolist()) for of_bytes in (mean, std, own, spread)),
        tuple(tuple(channel) for channel in binned.tolist()),
    )


def _chunks(view: View, source: Source, train: Places) -> tuple[Iterator[np.ndarray], int, int]:
    """uint8 (n, C, H, W), the side that they were brought to, and how many they are in all."""
    if source.paths:
        side, indices = view.side or USUAL_SIDE, _affordable(source, train.indices)
        files = Files([source.paths[index] for index in indices], 3, side)
        return _files(files), side, len(indices)
    places = np.split(train.indices, range(CHUNK, len(train.indices), CHUNK))
    read = (arrays(view.data, source, some, train.own_test) for some in places)
    if view.side > 1:
        read = (Fitted(torch.from_numpy(some), 0, view.side)[torch.arange(len(some))].numpy() for some in read)
    return read, view.side, len(train.indices)


def _affordable(source: Source, indices: np.ndarray) -> np.ndarray:
    """As many pictures, spread evenly, as can be decoded within a job."""
    some = indices[spread(len(indices), limits.STATISTICS)]
    share = limits.NUMBERS_PIXELS / max(sum(cost(source.paths[index], GAIN) for index in some), 1)
    return some[spread(len(some), int(len(some) * min(1, share)) or 1)]


def _files(files: Files) -> Iterator[np.ndarray]:
    for some in torch.arange(len(files)).split(32):
        try:
            yield files[some].numpy()
        except SpecError:  # one of them is damaged, which other answers tell
            for place in some.split(1):
                try:
                    yield files[place].numpy()
                except SpecError:
                    continue
