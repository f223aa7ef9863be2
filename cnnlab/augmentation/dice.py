"""What chance decides: which steps run for a sample, with which seed, and what each drew."""

import hashlib
from collections.abc import Callable, Mapping

import torch

from cnnlab.specs import Call

from .calls import Planned
from .catalogue import Inner


def step_seed(seed: int, sample: int, step: str) -> int:
    """The seed of one step for one sample, in 32 bits: what other steps stand beside it does not enter.

    >>> step_seed(7, 3, "RandomRotation") == step_seed(7, 3, "RandomRotation") != step_seed(7, 4, "RandomRotation")
    True
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{sample}/{step}".encode()).digest()[:4], "big")


def plan(calls: tuple[Call, ...], seed: int, sample: int) -> tuple[Planned, ...]:
    """How active calls run for a sample. Containers draw here what torchvision draws with the same seed.

    The caller holds `generator()`.
    """
    return tuple(_planned(call, seed, sample) for call in calls)


def _planned(call: Call, seed: int, sample: int) -> Planned:
    own = step_seed(seed, sample, call.id)
    if not call.spec.nested:
        return Planned(call, own)
    torch.default_generator.manual_seed(own)
    draws, order = ORDERS[call.spec.inner](call)
    return Planned(call, own, draws, plan(tuple(call.children[index] for index in order), seed, sample))


def _all(call: Call) -> tuple[dict, list[int]]:
    return {}, list(range(len(call.children)))


def _coin(call: Call) -> tuple[dict, list[int]]:
    coin = torch.rand(1).item()
    applied = coin < call["p"]
    return {"coin": coin, "p": call["p"], "applied": applied}, list(range(len(call.children))) if applied else []


def _choice(call: Call) -> tuple[dict, list[int]]:
    weights = call["p"] or (1.0,) * len(call.children)
    total = sum(weights)  # in Python's floats, as torchvision does: float32 would take small ones for 0
    index = int(torch.multinomial(torch.tensor([weight / total for weight in weights]), 1))
    return {"chosen": call.children[index].name}, [index]


def _order(call: Call) -> tuple[dict, list[int]]:
    order = torch.randperm(len(call.children)).tolist()
    return {"order": [call.children[index].name for index in order]}, order


# What a container draws, and the places of the steps inside it that run, in their order.
ORDERS: Mapping[Inner, Callable[[Call], tuple[dict, list[int]]]] = {
    Inner.ALL: _all,
    Inner.ALL_OR_NONE: _coin,
    Inner.ONE: _choice,
    Inner.SHUFFLED: _order,
}
