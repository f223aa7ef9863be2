"""Several processes as one: gradients averaged by pictures, sums over all, buffers as the first process has them."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from cnnlab.specs import SpecError


class Ranks:
    """The process `rank` of `world`. Alone it does nothing at all, so that a run alone is plain torch.

    Each process has a part of every batch, which of a short one may be empty. Batch normalisation sees its own part
    alone; the running mean and variance that are kept are those of the first process.
    """

    def __init__(self, rank: int, world: int):
        self.rank, self.world = rank, world
        if world > 1 and not dist.is_initialized():
            raise SpecError("A run of several processes needs torch.distributed: start it with torchrun.")

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model to call in training: its gradients become the average over all processes."""
        return DistributedDataParallel(model) if self.world > 1 else model

    def summed(self, numbers: Tensor) -> Tensor:
        if self.world > 1:
            dist.all_reduce(numbers)
        return numbers

    def weighed(self, loss: Tensor, share: float | Tensor) -> Tensor:
        """The loss whose gradients, averaged over processes, are those of the mean over the whole batch."""
        if self.world == 1:
            return loss
        own = torch.as_tensor(share, dtype=torch.float32, device=loss.device)
        return loss * (own * self.world / self.summed(own.clone()))

    def lent(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Blank pictures for a process that has none, which takes part all the same; they count nothing."""
        return pictures.new_zeros((2, *pictures.shape[1:])), labels.new_zeros(2)

    def align(self, model: nn.Module) -> None:
        """The first process's buffers for all, as its next step would have them."""
        if self.world > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)

    def first(self, answer: Any) -> Any:
        """The first answer among the processes that is not None."""
        if self.world == 1:
            return answer
        answers = [None] * self.world
        dist.all_gather_object(answers, answer)
        return next((item for item in answers if item is not None), None)
