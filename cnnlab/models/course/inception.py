"""A small network of Inception blocks (Szegedy et al. 2014): several kernel sizes side by side."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class InceptionBlock(nn.Module):
    """Four branches, joined along the channels: (N, in_channels, H, W) -> (N, c1 + c3 + c5 + pool, H, W)."""

    def __init__(self, in_channels: int, c1: int, c3: tuple[int, int], c5: tuple[int, int], pool: int):
        super().__init__()
        self.one = nn.Conv2d(in_channels, c1, 1)
        self.three = nn.Sequential(nn.Conv2d(in_channels, c3[0], 1), nn.ReLU(), nn.Conv2d(c3[0], c3[1], 3, padding=1))
        self.five = nn.Sequential(nn.Conv2d(in_channels, c5[0], 1), nn.ReLU(), nn.Conv2d(c5[0], c5[1], 5, padding=2))
        self.pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(in_channels, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1))


class InceptionNet(nn.Module):
    """(N, in_channels, 96, 96) -> (N, classes): a stem and the first three blocks of GoogLeNet."""

    def __init__(self, in_channels: int = 1, classes: int = 10):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, 64, 7, stride=2, padding=3),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(64, 64, 1),
            nn.ReLU(),
            nn.Conv2d(64, 192, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
        )
        self.block_a = InceptionBlock(192, 64, (96, 128), (16, 32), 32)
        self.block_b = InceptionBlock(256, 128, (128, 192), (32, 96), 64)
        self.shrink = nn.MaxPool2d(3, 2, padding=1)
        self.block_c = InceptionBlock(480, 192, (96, 208), (16, 48), 64)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block_b(self.block_a(self.stem(x)))
        x = self.block_c(self.shrink(x))
        return self.fc(self.pool(x).flatten(1))
