"""Network in Network (Lin et al. 2013): a small network of 1×1 convolutions after each convolution, no linear layer."""

from torch import Tensor, nn


def nin_block(in_channels: int, out_channels: int, kernel_size: int, stride: int, padding: int) -> nn.Sequential:
    """A convolution, then two 1×1 convolutions: a linear layer applied at every pixel."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
    )


class NetworkInNetwork(nn.Module):
    """(N, in_channels, 224, 224) -> (N, classes): the last block has one channel per class, and its mean is the answer."""

    def __init__(self, in_channels: int = 1, classes: int = 10):
        super().__init__()
        self.net = nn.Sequential(
            nin_block(in_channels, 96, 11, stride=4, padding=0),
            nn.MaxPool2d(3, 2),
            nin_block(96, 256, 5, stride=1, padding=2),
            nn.MaxPool2d(3, 2),
            nin_block(256, 384, 3, stride=1, padding=1),
            nn.MaxPool2d(3, 2),
            nn.Dropout(0.5),
            nin_block(384, classes, 3, stride=1, padding=1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)
