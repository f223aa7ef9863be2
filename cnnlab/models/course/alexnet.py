"""AlexNet (Krizhevsky et al. 2012) as the course writes it: one gray channel, one branch instead of two."""

from torch import Tensor, nn


class AlexNet(nn.Module):
    """Five convolutions and three linear layers: (N, in_channels, 224, 224) -> (N, classes)."""

    def __init__(self, in_channels: int = 1, classes: int = 10, dropout: float = 0.5, in_features: int = 256 * 5 * 5):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, 96, 11, 4),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, 1, 2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(384, 384, 3, 1, 1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, 1, 1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.fc = nn.Sequential(
            nn.Linear(in_features, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).flatten(1))
