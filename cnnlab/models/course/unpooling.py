"""An encoder–decoder that puts values back where max pooling took them from (as in SegNet, 2015)."""

import torch.nn.functional as F
from torch import Tensor, nn


class UnpoolingNet(nn.Module):
    """(N, in_channels, H, W) -> (N, classes, H, W), for any H and W from 4 up; one answer for each pixel."""

    def __init__(self, in_channels: int = 3, classes: int = 2):
        super().__init__()
        self.encoder1 = nn.Conv2d(in_channels, 16, 3, padding=1)
        self.encoder2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, 2)
        self.decoder2 = nn.Conv2d(32, 16, 3, padding=1)
        self.decoder1 = nn.Conv2d(16, classes, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        a = F.relu(self.encoder1(x))
        b, indices_a = self.pool(a)
        b = F.relu(self.encoder2(b))
        c, indices_b = self.pool(b)
        # output_size brings back the row or column that pooling an odd side has dropped.
        y = self.unpool(c, indices_b, output_size=b.shape)
        y = F.relu(self.decoder2(y))
        y = self.unpool(y, indices_a, output_size=a.shape)
        return self.decoder1(y)
