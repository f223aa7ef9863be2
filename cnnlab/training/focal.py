"""The focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection"), as a module beside torch's losses."""

import torch.nn.functional as F
from torch import Tensor, nn


class FocalLoss(nn.Module):
    """The mean of weight · (1 − p)^gamma · −log p over a batch, p being the probability of the right class.

    Like CrossEntropyLoss it takes scores (N, classes) and labels (N,), and divides by the weights of the labels.
    """

    def __init__(self, weight: Tensor | None = None, gamma: float = 2.0):
        super().__init__()
        self.register_buffer("weight", weight)
        self.gamma = gamma

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        logarithm = F.log_softmax(input, 1).gather(1, target[:, None]).squeeze(1)
        losses = -((1 - logarithm.exp()) ** self.gamma) * logarithm
        if self.weight is None:
            return losses.mean()
        weights = self.weight[target]
        return (weights * losses).sum() / weights.sum()
