"""Batches as a network takes them: float32, normalised, each sample augmented by dice of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch.utils.data import DataLoader, Dataset

from cnnlab.augmentation import Pipeline
from cnnlab.chance import generator
from cnnlab.specs import SpecError

from .augmenting import as_network_takes, as_pipelines_take, augmented, normalises, refuse_unfit, sample_number
from .order import epoch_order, iterations
from .reading import Data, Part
from .selection import Feeding

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batches(
    data: Data, part: Part, feeding: Feeding, epoch: int, start: int = 0, rank: int = 0, world: int = 1
) -> Iterator[Batch]:
    """The batches of an epoch from `start` on: x float32 (B, C, H, W), y int64 (B), indices in the dataset int64 (B).

    The training part comes in the order of its sampler, augmented; the others as they stand, by the evaluation pipeline,
    the last short batch included. Of each batch the process `rank` of `world` gets the rows [rank::world], which of a
    short one may be none. What a sample gets depends on (seed, epoch, index) alone: not on workers, start or world.
    Nothing of the batches before `start` is read, and torch's random numbers are left alone.
    """
    rows = [places[rank::world] for places in planned(part, feeding, epoch)[start:]]
    pipeline = feeding.augmentation if part.training else feeding.evaluation
    if rows and pipeline.active:
        refuse_unfit(pipeline, as_pipelines_take(part.pictures[torch.tensor([0])][0]), feeding.seed)
    shelf = Shelf(data, part, pipeline.link, feeding.seed, epoch if part.training else 0)
    if feeding.workers and not shelf.at_hand:
        yield from _loaded(shelf, rows, feeding.workers)
    else:
        yield from (shelf.batch(places) for places in rows)


def planned(part: Part, feeding: Feeding, epoch: int) -> list[torch.Tensor]:
    """The places of each batch's pictures in the part."""
    sampler, drop_last = (feeding.sampler, feeding.drop_last) if part.training else ("in order", False)
    order = torch.from_numpy(epoch_order(part.labels.numpy(), sampler, feeding.seed, epoch))
    count = iterations(len(part), feeding.batch_size, drop_last)
    if part.training and not count:
        raise SpecError(
            "A batch of {batch_size} is more than the {samples} pictures there are, and drop_last drops it: "
            "use smaller batches, or keep the last one.",
            batch_size=feeding.batch_size,
            samples=len(part),
        )
    return list(order.split(feeding.batch_size))[:count]


@lru_cache(maxsize=4)
def unpacked(link: str) -> Pipeline:
    """The pipeline of a link, built once for all epochs."""
    return Pipeline.from_link(link)


@dataclass(frozen=True, eq=False)
class Shelf(Dataset):
    """What a process that loads is given; a pipeline goes there as its link, for what it builds cannot be sent."""

    data: Data
    part: Part
    link: str
    seed: int
    epoch: int

    @property
    def pipeline(self) -> Pipeline:
        return unpacked(self.link)

    @property
    def at_hand(self) -> bool:
        """Whether a batch is made sooner than it is handed over by another process."""
        return not self.pipeline.active and isinstance(self.part.pictures, torch.Tensor)

    def batch(self, places: torch.Tensor) -> Batch:
        x = self._augmented(places) if self.pipeline.active else self.data.floats(self.part, places)
        return x, self.part.labels.index_select(0, places), self.part.indices.index_select(0, places)

    def __getitem__(self, places: torch.Tensor) -> Batch | SpecError:
        """A refusal is handed over: a DataLoader would raise it with other words."""
        try:
            return self.batch(places)
        except SpecError as error:
            return error

    def _augmented(self, places: torch.Tensor) -> torch.Tensor:
        pictures, indices = self.part.pictures[places], self.part.indices[places].tolist()
        channels, height, width = pictures.shape[1:]
        made = torch.empty(pictures.shape)
        with generator() as seed_generator:
            for row, (picture, index) in enumerate(zip(pictures, indices, strict=True)):
                shown, sample = as_pipelines_take(picture), sample_number(self.epoch, index)
                left = augmented(self.pipeline, shown, self.seed, sample, seed_generator)
                made[row] = as_network_takes(left, channels, min(height, width))
        return made if normalises(self.pipeline) else self.data.normalised(made)


def _loaded(shelf: Shelf, rows: list[torch.Tensor], workers: int) -> Iterator[Batch]:
    """The batches made by other processes, in their order."""
    # With a generator of its own the loader draws nothing from torch's.
    loader = DataLoader(shelf, batch_size=None, sampler=rows, num_workers=workers, generator=torch.Generator())
    for batch in loader:
        if isinstance(batch, SpecError):
            raise batch
        yield tuple(batch)
