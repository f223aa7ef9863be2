"""The loss of a config, and what a loss is given: scores and labels in the form that its row names."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnlab.specs import SpecError, Target

from .config import TrainConfig

AUXILIARY = 0.4  # how much a second head counts beside the first, as in torchvision's references for Inception


class Criterion:
    """The mean loss of a batch from what a network answers; `weights` (classes) are None where all count alike."""

    def __init__(self, config: TrainConfig, counts: Sequence[int], device: torch.device):
        row = config.loss.spec
        self.weights = rarity(counts).to(device) if config.class_weights else None
        if self.weights is not None and not row.weighted:
            raise SpecError(
                "{loss} takes no weights for classes: choose CrossEntropyLoss, or the sampler that draws rare "
                "classes more often.",
                loss=row.name,
            )
        self.module = config.loss.build().to(device)
        if self.weights is not None:
            self.module.weight = self.weights
        self.scores = Target(row.scores).resolve() if row.scores else None
        self.labels = partial(Target(row.labels).resolve(), classes=len(counts)) if row.labels else None

    def __call__(self, answer: Any, labels: Tensor) -> Tensor:
        labels = self.labels(labels) if self.labels else labels
        scores, *second = heads(answer)
        loss = self.of(scores, labels)
        for head in second:
            loss = loss + AUXILIARY * self.of(head, labels)
        return loss

    def of(self, scores: Tensor, labels: Tensor) -> Tensor:
        return self.module(self.scores(scores) if self.scores else scores, labels)

    def share(self, labels: Tensor) -> float | Tensor:
        """By what the mean of these labels' losses was divided: how much it counts beside other batches."""
        return float(len(labels)) if self.weights is None else self.weights[labels].sum()


def heads(answer: Any) -> list[Tensor]:
    """The scores (N, classes) of a network, and those of its auxiliary heads, which Inception has in training."""
    return [answer] if isinstance(answer, Tensor) else [head for head in answer if head is not None]


def rarity(counts: Sequence[int]) -> Tensor:
    """A weight for each class, so that all classes count alike: pictures / (classes × those of the class).

    >>> rarity([30, 10])
    tensor([0.6667, 2.0000])
    """
    sizes = torch.tensor(counts, dtype=torch.float32)
    return sizes.sum() / (len(sizes) * sizes.clamp(min=1))


def log_softmax(scores: Tensor) -> Tensor:
    """Logarithms of probabilities, (N, classes)."""
    return F.log_softmax(scores, 1)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """1 for the right class and 0 for the others: (N,) int64 -> (N, classes) float32.

    >>> one_hot(torch.tensor([1]), 3)
    tensor([[0., 1., 0.]])
    """
    return F.one_hot(labels, classes).float()
