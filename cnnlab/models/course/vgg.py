"""VGG (Simonyan and Zisserman 2014): blocks of 3×3 convolutions, each followed by a halving of the picture."""

from torch import Tensor, nn

# How many convolutions each of the five blocks has; the name counts these and the three linear layers.
CONVOLUTIONS = {"VGG11": (1, 1, 2, 2, 2), "VGG13": (2, 2, 2, 2, 2), "VGG16": (2, 2, 3, 3, 3), "VGG19": (2, 2, 4, 4, 4)}
CHANNELS = (64, 128, 256, 512, 512)


def vgg_block(convolutions: int, in_channels: int, out_channels: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, out_channels, H/2, W/2)."""
    layers = []
    for _ in range(convolutions):
        layers += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU()]
        in_channels = out_channels
    return nn.Sequential(*layers, nn.MaxPool2d(2, 2))


class VGG(nn.Module):
    """(N, in_channels, 224, 224) -> (N, classes); `narrower` divides every width, for small machines."""

    def __init__(
        self,
        arch: str = "VGG11",
        in_channels: int = 1,
        classes: int = 10,
        narrower: int = 1,
        in_features: int | None = None,
    ):
        super().__init__()
        self.net = nn.Sequential()
        for number, (convolutions, channels) in enumerate(zip(CONVOLUTIONS[arch], CHANNELS, strict=True), 1):
            self.net.add_module(f"block{number}", vgg_block(convolutions, in_channels, channels // narrower))
            in_channels = channels // narrower
        width = 4096 // narrower
        self.net.add_module(
            "head",
            nn.Sequential(
                nn.Flatten(),
                nn.Linear(in_features or in_channels * 7 * 7, width),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Linear(width, width),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Linear(width, classes),
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)
