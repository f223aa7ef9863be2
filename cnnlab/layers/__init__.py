"""The layers of torch.nn: their shapes, their arithmetic and which input makes which output, said without torch."""

from .catalogue import LAYERS
from .rows import LayerSpec, Shape, first_input
from .sizes import out_shape

__all__ = ["LAYERS", "LayerSpec", "Shape", "first_input", "out_shape"]
