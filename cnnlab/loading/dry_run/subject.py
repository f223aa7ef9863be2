"""What a dry run loads: some of the chosen pictures, in batches that are no longer in the making than can be waited for."""

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import Dataset

from cnnlab import limits
from cnnlab.loading.augmenting import as_pipelines_take, refuse_unfit
from cnnlab.loading.feeding import Shelf, planned
from cnnlab.loading.keeping import source_of
from cnnlab.loading.parts import parts_of
from cnnlab.loading.reading import Data, Files, Part, prepare
from cnnlab.loading.selection import Feeding, Selection
from cnnlab.loading.sources import Source

BATCH_SECONDS = 0.4  # that the making of one batch may take
TIMED = 8  # samples that tell how long one takes


@dataclass(frozen=True, eq=False)
class Subject:
    """`rows` are the places of each batch's pictures on the shelf; there are `total` pictures to train with in all."""

    source: Source
    data: Data
    shelf: Shelf
    rows: list[torch.Tensor]
    total: int
    last: int
    sample_seconds: float

    @property
    def batch_size(self) -> int:
        return len(self.rows[0])

    @property
    def batch_bytes(self) -> int:
        return self.batch_size * (4 * int(np.prod(self.data.shape)) + 16)


def subject(selection: Selection, feeding: Feeding) -> Subject:
    """SpecError where a training run with these would be refused for its data."""
    source = source_of(selection.data)
    whole = parts_of(selection, source)["train"]
    labels = torch.from_numpy(whole.labels)
    batches = planned(Part(labels, labels, labels, training=True), feeding, epoch=0)
    data = prepare(some(selection, len(whole.labels)))
    part = as_in_training(data.train, source, len(whole.labels))
    if feeding.augmentation.active:
        refuse_unfit(feeding.augmentation, as_pipelines_take(part.pictures[torch.tensor([0])][0]), feeding.seed)
    shelf = Shelf(data, part, feeding.augmentation.link, feeding.seed, epoch=0)
    seconds = of_a_sample(shelf)
    size = batch_size(feeding.batch_size, len(part), seconds, int(np.prod(data.shape)))
    rows = planned(part, replace(feeding, batch_size=size, drop_last=True), epoch=0)
    return Subject(source, data, shelf, rows, len(whole.labels), len(batches[-1]), seconds)


def some(selection: Selection, training: int) -> Selection:
    """As many of its pictures as are tried at most."""
    if training <= limits.DRY_RUN_PICTURES:
        return selection
    share = max(1 - selection.validation - selection.test, 0.01)
    return replace(selection, samples=round(limits.DRY_RUN_PICTURES / share))


def as_in_training(part: Part, source: Source, total: int) -> Part:
    """The pictures read from their files one by one, where all of them would not be held in memory."""
    if not source.paths or not isinstance(part.pictures, torch.Tensor):
        return part
    channels, side = part.pictures.shape[1], part.pictures.shape[-1]
    if part.pictures[0].numel() * total <= limits.DATA_BYTES:
        return part
    return replace(part, pictures=Files([source.paths[index] for index in part.indices.tolist()], channels, side))


def of_a_sample(shelf: Shelf) -> float:
    """The seconds in which one is made, by a few; the very first one is not timed."""
    shelf.batch(torch.tensor([0]))
    places = torch.arange(min(TIMED, len(shelf.part)))
    began = time.perf_counter()
    shelf.batch(places)
    return (time.perf_counter() - began) / len(places)


def batch_size(chosen: int, samples: int, seconds: float, numbers: int) -> int:
    """The chosen one, unless such batches take too long, or too much room in the shared memory they come through.

    >>> batch_size(64, samples=1000, seconds=0.001, numbers=64), batch_size(4096, 1000, 0.01, 64)
    (64, 40)
    """
    room = limits.DRY_RUN_BYTES // (4 * numbers * 2 * limits.LOADERS)
    return max(1, min(chosen, samples, room, int(BATCH_SECONDS / max(seconds, 1e-9))))


@dataclass(frozen=True, eq=False)
class OneByOne(Dataset):
    """The same samples one at a time, as a Dataset written by hand gives them: x float32 (C, H, W), and its label."""

    shelf: Shelf

    def __len__(self) -> int:
        return len(self.shelf.part)

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        x, y, _ = self.shelf.batch(torch.tensor([place]))
        return x[0], y[0]


def repeated(shelf: Shelf, count: int) -> Shelf:
    """The first picture of a shelf so many times, each under the index of another."""
    part, first = shelf.part, torch.zeros(count, dtype=torch.long)
    others = torch.arange(count) % len(part)
    return replace(shelf, part=replace(part, pictures=part.pictures[first], indices=part.indices[others]))
