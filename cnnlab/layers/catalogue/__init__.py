"""The layers on offer, a file for each of their families."""

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import catalogue

from .convolution import CONVOLUTIONS

LAYERS: dict[str, LayerSpec] = catalogue(CONVOLUTIONS)
