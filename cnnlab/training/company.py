"""The trainers of one run, one per device, started by torchrun: they do the same step, and one of them writes."""

import os
from dataclasses import astuple
from typing import Any

import torch
import torch.distributed as dist

from .trainer import Wish


class Alone:
    """A trainer that has no company."""

    rank, world = 0, 1

    def agree(self, wish: Wish) -> Wish:
        return wish

    def share(self, value: Any) -> Any:
        return value

    def part(self) -> None:
        pass


class Company:
    """The trainers of a group; what any of them wants, all do after the same step."""

    def __init__(self, device: str):
        if device.startswith("cuda"):
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.startswith("cuda") else "gloo")
        self.rank, self.world = dist.get_rank(), dist.get_world_size()

    def agree(self, wish: Wish) -> Wish:
        wishes = torch.tensor(astuple(wish), dtype=torch.uint8)
        dist.all_reduce(wishes, dist.ReduceOp.MAX)
        return Wish(*map(bool, wishes.tolist()))

    def share(self, value: Any) -> Any:
        """What the first trainer says."""
        values = [value]
        dist.broadcast_object_list(values, src=0)
        return values[0]

    def part(self) -> None:
        dist.destroy_process_group()


def company(device: str) -> Alone | Company:
    """Those whom torchrun started together, or nobody."""
    return Company(device) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Alone()
