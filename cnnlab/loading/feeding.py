"""Batches as a network takes them: float32, normalised, each sample augmented by dice of its own."""

from collections.abc import Iterator

import torch

from cnnlab.specs import SpecError

from .order import epoch_order, iterations
from .reading import Data, Part
from .selection import Feeding

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batches(
    data: Data, part: Part, feeding: Feeding, epoch: int, start: int = 0, rank: int = 0, world: int = 1
) -> Iterator[Batch]:
    """The batches of an epoch from `start` on: x float32 (B, C, H, W), y int64 (B), indices in the dataset int64 (B).

    The training part comes in the order of its sampler, augmented; others as they stand, by the evaluation pipeline, the
    last short batch included. Of each batch the process `rank` of `world` gets the rows [rank::world], which of a short
    one may be none. What a sample gets depends on (seed, epoch, index) alone: not on workers, start or world.
    """
    for places in planned(part, feeding, epoch)[start:]:
        own = places[rank::world]
        yield normalised(data, part.pictures[own]), part.labels[own], part.indices[own]


def planned(part: Part, feeding: Feeding, epoch: int) -> list[torch.Tensor]:
    """The places of each batch's pictures in the part."""
    sampler, drop_last = (feeding.sampler, feeding.drop_last) if part.training else ("in order", False)
    order = torch.from_numpy(epoch_order(part.plain_labels, sampler, feeding.seed, epoch))
    count = iterations(len(part), feeding.batch_size, drop_last)
    if part.training and not count:
        raise SpecError(
            "A batch of {batch_size} is more than the {samples} pictures there are, and drop_last drops it: "
            "use smaller batches, or keep the last one.",
            batch_size=feeding.batch_size,
            samples=len(part),
        )
    return list(order.split(feeding.batch_size))[:count]


def normalised(data: Data, pictures: torch.Tensor) -> torch.Tensor:
    """Bytes as float32, mean 0 and standard deviation 1."""
    low, scale = data.scale
    return pictures.float().sub_(low).div_(scale)
