"""Samplers at work: two epochs of torch's own, cut into batches and counted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler

from cnnlab.specs import Call, SpecError, Target
from cnnlab.summary.drawn import packed_json

from .batching import Batching, Coverage, Order
from .loader_code import loader_code
from .order import ORDERING, balanced
from .orders import GENERATOR, SEED
from .view import View

EPOCHS = 2
SQUARES, COLUMNS, ROWS = 1000, 64, 24  # samples that are drawn of an epoch; of one batch; batches
BARS = 60  # batches whose classes are counted one by one
HUES = 10  # that are told apart


class BalancedSampler(Sampler):
    """The same number of each class, to within one; the order is drawn from the seed and the epoch."""

    def __init__(self, labels, seed=0):
        self.labels, self.seed, self.epoch = np.asarray(labels), seed, 0

    def __len__(self):
        return len(self.labels)

    def __iter__(self):
        chance = np.random.default_rng((ORDERING, self.seed, self.epoch))
        return iter(balanced(self.labels, chance).tolist())

    def set_epoch(self, epoch):
        self.epoch = epoch


def sampler_of(call: Call, labels: np.ndarray, seed: int) -> Sampler:
    """torch's own sampler, or ours, its chance seeded; SpecError where it cannot draw from these samples."""
    row = call.spec
    more: dict[str, Any] = {GENERATOR: torch.Generator().manual_seed(seed)} if row.chance == GENERATOR else {}
    if row.chance == SEED:
        more[SEED] = seed
    if "num_samples" in call.values:
        more["num_samples"] = row.length(call.values, len(labels))
        _refuse_more(call, more["num_samples"], len(labels))
    return call.build()(over(call, labels), **more)


def over(call: Call, labels: np.ndarray) -> Any:
    """What a sampler goes over."""
    return Target(call.spec.over).resolve()(labels, **{p.name: call[p.name] for p in call.spec.params if p.forward})


def _refuse_more(call: Call, drawn: int, samples: int) -> None:
    """Without replacement weights can give each sample once; torch says so only in the middle of an epoch."""
    if call.spec.param("replacement").default and not call["replacement"] and drawn > samples:
        raise SpecError(
            "num_samples={drawn} is more than the {samples} samples there are, and without replacement each comes once: "
            "use {samples} or less.",
            drawn=drawn,
            samples=samples,
        )


def epochs_of(call: Call, labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """The places of two epochs, one after the other."""
    sampler = sampler_of(call, labels, seed)
    drawn = []
    for epoch in range(EPOCHS):
        if call.spec.chance == SEED:
            sampler.set_epoch(epoch)
        drawn.append(np.fromiter(sampler, np.int64))
    return drawn


def ordered(view: View, labels: np.ndarray, classes: Sequence[str]) -> Order:
    """Two epochs in the view's order of samples with these labels, which are places among the classes."""
    call, epochs = view.ordering, epochs_of(view.ordering, labels, view.seed)
    first = epochs[0]
    batching = Batching(len(first), view.batch_size, view.drop_last)
    hues = hues_of(labels, len(classes))
    shares = chances(call, labels, first)
    tall = int(hues.max()) + 1
    return Order(
        samples=len(labels),
        drawn=len(first),
        classes=tuple(classes),
        hues=tuple(hues.tolist()),
        counts=tuple(
            tuple(np.bincount(hues[labels[batch(first, batching, number)]], minlength=tall).tolist())
            for number in range(min(batching.batches, BARS))
        ),
        expected=tuple(np.bincount(hues[labels], shares, tall).tolist()),
        kinds=kinds(labels[first], batching),
        coverage=tuple(covered(epoch) for epoch in epochs),
        code=loader_code(view),
        rows=packed_json(
            {
                "epochs": [{"batches": squares(epoch, labels, batching)} for epoch in epochs],
                "classes": list(classes),
                "hues": hues.tolist(),
            }
        ),
    )


def covered(places: np.ndarray) -> Coverage:
    times = np.bincount(places)
    return Coverage(int(np.count_nonzero(times)), int(times.max(initial=0)))


def batch(places: np.ndarray, batching: Batching, number: int) -> np.ndarray:
    """One batch of an epoch as a BatchSampler gives it; the one after the last is what is left out."""
    return places[number * batching.batch_size : (number + 1) * batching.batch_size]


def hues_of(labels: np.ndarray, classes: int) -> np.ndarray:
    """A number for each class, in their order; where they are too many, the last number for all but the most frequent."""
    if classes <= HUES:
        return np.arange(classes)
    frequent = np.sort(np.argsort(-np.bincount(labels, minlength=classes), kind="stable")[: HUES - 1])
    hues = np.full(classes, HUES - 1)
    hues[frequent] = np.arange(HUES - 1)
    return hues


def chances(call: Call, labels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How likely each sample is to come at any one place of an epoch: by its weight where it may come again, else by what
    the epoch has, which the order divides evenly."""
    if not call.values.get("replacement"):
        return np.bincount(places, minlength=len(labels)) / max(len(places), 1)
    weights = over(call, labels) if "weights" in call.values else np.ones(len(labels))
    return weights / weights.sum()


def kinds(labels: np.ndarray, batching: Batching) -> tuple[float, int] | None:
    """How many classes the full batches have, on average and at least; None where there is no full batch."""
    full = labels[: batching.drawn - batching.rest].reshape(-1, batching.batch_size)
    if not len(full):
        return None
    rows = np.sort(full, axis=1)
    counts = 1 + np.count_nonzero(np.diff(rows, axis=1), axis=1)
    return float(counts.mean()), int(counts.min())


def squares(places: np.ndarray, labels: np.ndarray, batching: Batching) -> list[Mapping[str, Any]]:
    """The first batches and the last, with what is left out behind it; as much of each as is drawn."""
    numbers = list(range(batching.batches + bool(batching.left)))
    room = max(min(ROWS, SQUARES // min(batching.batch_size, COLUMNS)), 3)
    if len(numbers) > room:
        tail = 1 + bool(batching.left)
        numbers = numbers[: room - tail] + numbers[-tail:]
    cut = {number: batch(places, batching, number) for number in numbers}
    return [
        {
            "batch": number,
            "size": len(indices),
            "left": number >= batching.batches,
            "samples": [[place, int(labels[place])] for place in indices[:COLUMNS].tolist()],
        }
        for number, indices in cut.items()
    ]
