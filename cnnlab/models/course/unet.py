"""U-Net (Ronneberger et al. 2015), with padding, so that the answer is as large as the picture."""

import torch
from torch import Tensor, nn


def double_convolution(in_channels: int, out_channels: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, out_channels, H, W)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


class UNet(nn.Module):
    """(N, in_channels, H, W) -> (N, classes, H, W); H and W are multiples of 2 ** levels."""

    def __init__(self, in_channels: int = 3, classes: int = 2, width: int = 32, levels: int = 3):
        super().__init__()
        widths = [width * 2**level for level in range(levels + 1)]
        self.down = nn.ModuleList(
            double_convolution(before, after)
            for before, after in zip([in_channels, *widths], widths[:-1], strict=False)
        )
        self.pool = nn.MaxPool2d(2, 2)
        self.bottom = double_convolution(widths[-2], widths[-1])
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in reversed(widths[:-1]))
        self.up = nn.ModuleList(double_convolution(2 * w, w) for w in reversed(widths[:-1]))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        bridges = []
        for down in self.down:
            x = down(x)
            bridges.append(x)
            x = self.pool(x)
        x = self.bottom(x)
        for grow, up, skip in zip(self.grow, self.up, reversed(bridges), strict=True):
            x = up(torch.cat([skip, grow(x)], dim=1))
        return self.head(x)
