"""What a loss is given: scores and labels in the form that its row names."""

import torch.nn.functional as F
from torch import Tensor


def log_softmax(scores: Tensor) -> Tensor:
    """Logarithms of probabilities, (N, classes)."""
    return F.log_softmax(scores, 1)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """1 for the right class and 0 for the others: (N,) int64 -> (N, classes) float32.

    >>> import torch
    >>> one_hot(torch.tensor([1]), 3)
    tensor([[0., 1., 0.]])
    """
    return F.one_hot(labels, classes).float()
