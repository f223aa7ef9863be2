"""The layers on offer, a file for each of their families."""

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import catalogue

from .activation import ACTIVATIONS
from .convolution import CONVOLUTIONS
from .dense import DENSE, DROPOUTS, NORMALISATIONS
from .pooling import POOLINGS
from .resizing import RESHAPING

LAYERS: dict[str, LayerSpec] = catalogue(
    (*CONVOLUTIONS, *POOLINGS, *DENSE, *ACTIVATIONS, *NORMALISATIONS, *DROPOUTS, *RESHAPING)
)
