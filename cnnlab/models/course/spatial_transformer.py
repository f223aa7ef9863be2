"""A spatial transformer network (Jaderberg et al. 2015): it learns to straighten the picture before it reads it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SpatialTransformer(nn.Module):
    """Localisation network, grid generator, sampler, then a classifier: (N, 1, 28, 28) -> (N, classes)."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.localisation = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2, 2), nn.ReLU(), nn.Conv2d(8, 10, 5), nn.MaxPool2d(2, 2), nn.ReLU()
        )
        self.regressor = nn.Sequential(nn.Flatten(), nn.Linear(10 * 3 * 3, 32), nn.ReLU(), nn.Linear(32, 2 * 3))
        self.start_with_identity()
        self.classifier = nn.Sequential(
            nn.Conv2d(1, 10, 5),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(10, 20, 5),
            nn.MaxPool2d(2, 2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(20 * 4 * 4, 50),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(50, classes),
        )

    def start_with_identity(self) -> None:
        """Before training, leave the picture as it is: the matrix [[1, 0, 0], [0, 1, 0]]."""
        last = self.regressor[-1]
        with torch.no_grad():
            last.weight.zero_()
            last.bias.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def straighten(self, x: Tensor) -> Tensor:
        """The picture as the classifier sees it: same shape as `x`."""
        theta = self.regressor(self.localisation(x)).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.straighten(x))
