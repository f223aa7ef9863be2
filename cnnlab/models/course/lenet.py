"""LeNet (LeCun et al. 1998), for small colour pictures and, as in the paper, with sigmoids for digits."""

import torch.nn.functional as F
from torch import Tensor, nn


class LeNet(nn.Module):
    """Two convolutions and three linear layers: (N, 3, 32, 32) -> (N, classes)."""

    def __init__(self, classes: int = 10, in_features: int = 16 * 5 * 5):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(in_features, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class LeNetSigmoid(nn.Module):
    """LeNet with sigmoids, with or without batch normalisation before them: (N, 1, 28, 28) -> (N, classes)."""

    def __init__(self, classes: int = 10, batch_norm: bool = False, in_features: int = 16 * 4 * 4):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 6, 5),
            *_activation(nn.BatchNorm2d(6), batch_norm),
            nn.MaxPool2d(2, 2),
            nn.Conv2d(6, 16, 5),
            *_activation(nn.BatchNorm2d(16), batch_norm),
            nn.MaxPool2d(2, 2),
        )
        self.fc = nn.Sequential(
            nn.Flatten(),
            nn.Linear(in_features, 120),
            *_activation(nn.BatchNorm1d(120), batch_norm),
            nn.Linear(120, 84),
            *_activation(nn.BatchNorm1d(84), batch_norm),
            nn.Linear(84, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x))


def _activation(norm: nn.Module, batch_norm: bool) -> list[nn.Module]:
    return [norm, nn.Sigmoid()] if batch_norm else [nn.Sigmoid()]
