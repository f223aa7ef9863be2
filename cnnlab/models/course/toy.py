"""The toy model whose `modules()` listing the course walks through."""

from torch import Tensor, nn


class ToyModel(nn.Module):
    """Eight modules, the root first: (N, 3, H, W) -> (N, 128, H/2 - 6, W/2 - 6) for even H and W."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3)
        self.conv2 = nn.Conv2d(64, 64, 3)
        self.maxpool1 = nn.MaxPool2d(2, 2)
        self.features = nn.Sequential()
        self.features.add_module("conv3", nn.Conv2d(64, 128, 3))
        self.features.add_module("conv4", nn.Conv2d(128, 128, 3))
        self.features.add_module("relu1", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool1(self.conv2(self.conv1(x)))
        return self.features(x)
