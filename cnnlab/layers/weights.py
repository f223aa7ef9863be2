"""Weights of a layer by the names of KERNELS: a few known filters at any size, torch's and other starts, a model's."""

import math
from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
import torch
from torch import nn

from cnnlab.chance import generator
from cnnlab.models import INITIALISATIONS, initialise
from cnnlab.models.initialisations import everywhere
from cnnlab.models.own import leave_to_run
from cnnlab.specs import Call, SpecError
from cnnlab.summary.rows import shape_text
from cnnlab.summary.subject import Subject
from cnnlab.summary.view import View as Origin
from cnnlab.summary.walking import module_at

from .drawn import Drawn
from .jobs import Asked
from .presets import MODEL, STARTS, kernels
from .rows import Shape

TYPED = {"w": "weight", "b": "bias"}  # what a visitor typed, and what of a layer it is
OUTPUTS_FIRST = ("convolution", "linear", "bilinear")  # families whose weights begin with the channels of the output
Window = tuple[int, ...]  # lengths of a kernel along each side


def binomial(length: int) -> np.ndarray:
    """A row of Pascal's triangle.

    >>> binomial(3).tolist()
    [1.0, 2.0, 1.0]
    """
    return np.array([math.comb(length - 1, place) for place in range(length)], dtype=np.float64)


def slope(length: int) -> np.ndarray:
    """Sobel's difference along a side: [-1, 0, 1] for a length of 3.

    >>> slope(5).tolist()
    [-1.0, -2.0, 0.0, 2.0, 1.0]
    """
    return np.convolve(binomial(length - 1), [-1.0, 1.0]) if length > 1 else np.ones(1)


def _outer(*rows: np.ndarray) -> np.ndarray:
    return reduce(np.multiply.outer, rows)


def middle(window: Window) -> tuple[int, ...]:
    return tuple((length - 1) // 2 for length in window)


def _identity(window: Window) -> np.ndarray:
    kernel = np.zeros(window)
    kernel[middle(window)] = 1
    return kernel


def _edges(window: Window) -> np.ndarray:
    kernel = np.full(window, -1.0)
    kernel[middle(window)] = kernel.size - 1
    return kernel


def _sobel(window: Window, side: int = -1) -> np.ndarray:
    rows = [binomial(length) for length in window]
    rows[side] = slope(window[side])
    return _outer(*rows)


def _sobel_y(window: Window) -> np.ndarray:
    return _sobel(window, -min(2, len(window)))


def _blur(window: Window) -> np.ndarray:
    return np.full(window, 1 / math.prod(window))


def _gaussian(window: Window) -> np.ndarray:
    kernel = _outer(*map(binomial, window))
    return kernel / kernel.sum()


def _steps(window: Window) -> np.ndarray:
    """Of each place, how far it lies from the middle along each side."""
    return np.indices(window) - np.reshape(middle(window), (-1, *(1,) * len(window)))


def _sharpen(window: Window) -> np.ndarray:
    near = np.abs(_steps(window)).sum(0) == 1
    return _identity(window) * (1 + near.sum()) - near


def _emboss(window: Window) -> np.ndarray:
    return _identity(window) + _steps(window).sum(0)


FILTERS: Mapping[str, Callable[[Window], np.ndarray]] = {
    "edges": _edges,
    "sobel": _sobel,
    "sobel_y": _sobel_y,
    "blur": _blur,
    "gaussian": _gaussian,
    "sharpen": _sharpen,
    "emboss": _emboss,
}


def preset(name: str, shape: Shape) -> np.ndarray:
    """Weights (out, in, …) of a preset, float64; a filter is the same for each pair of channels, and an identity takes
    the channel of the same number alone, counted anew where there are more of one than of the other."""
    if name == "counting":
        return np.arange(1.0, math.prod(shape) + 1).reshape(shape)
    if name == "ones":
        return np.ones(shape)
    if name == "identity":
        pairs = np.equal.outer(np.arange(shape[0]) % shape[1], np.arange(shape[1]) % shape[0])
        return np.multiply.outer(pairs, _identity(shape[2:])) if len(shape) > 2 else pairs.astype(np.float64)
    return np.broadcast_to(FILTERS[name](shape[2:]), shape)


def built(call: Call, kernel: str, seed: int) -> nn.Module:
    """The layer on the CPU with a preset's weights and no bias, or drawn with `seed`."""
    with generator() as set_seed:
        set_seed(seed)
        layer = call.build()
    if kernel in STARTS:
        return initialise(layer, everywhere(INITIALISATIONS[kernel].example()), seed)
    if kernel not in ("default", MODEL):
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(preset(kernel, tuple(layer.weight.shape))))
            if layer.bias is not None:
                layer.bias.zero_()
    return layer


def weighted(asked: Asked, small: Drawn) -> nn.Module:
    """The layer, or the one that is drawn in its place, with the weights that are asked for and suit it, typed ones first."""
    kernel = chosen(asked, small.call)
    layer = built(small.call, kernel, asked.seed)
    if kernel == MODEL:
        take(layer, source(asked), asked.call, small)
    for name, attribute in TYPED.items():
        tensor = getattr(layer, attribute, None)
        if typed(asked, name, tensor):
            with torch.no_grad():
                tensor.copy_(torch.tensor(asked.numbers[name]).reshape(tensor.shape))
    return layer


def typed(asked: Asked, name: str, tensor: torch.Tensor | None) -> bool:
    """Whether numbers were typed that fill the tensor."""
    return isinstance(tensor, torch.Tensor) and len(asked.numbers.get(name, ())) == tensor.numel()


def chosen(asked: Asked, call: Call) -> str:
    """The name of the kernel that is asked for, where it suits the layer."""
    return asked.kernel if asked.kernel in kernels(call) else "default"


def source(asked: Asked) -> nn.Module:
    """The layer of a model that a question takes its weights from; one's own model is only made with leave."""
    return module_at(model_of(asked).real(), asked.row)


def model_of(asked: Asked) -> Subject:
    """The model whose layer is looked at."""
    if not asked.origin:
        raise SpecError("No model is chosen for the weights: open a layer of one from the model summary.")
    origin = Origin.from_query(asked.origin)
    if origin.own and asked.leave != leave_to_run(origin.own):
        raise SpecError("{name} is only run when its owner says so on the page: open it there.", name=origin.own)
    return Subject(origin)


def take(layer: nn.Module, other: nn.Module, call: Call, small: Drawn) -> None:
    """Give a layer that is drawn in place of `call` the numbers of the model's, which must be just as large as `call`."""
    theirs = other.state_dict()
    with torch.device("meta"):
        whole = call.build().state_dict()
    for name, tensor in layer.state_dict().items():
        there, needs = theirs.get(name), whole[name].shape
        if there is None or there.shape != needs:
            raise SpecError(
                "The model's layer has {name} of {there}, and this one needs {here}: set it as it is in the model.",
                name=name,
                there="—" if there is None else shape_text(tuple(there.shape)),
                here=shape_text(tuple(needs)),
            )
        with torch.no_grad():
            tensor.copy_(there[places(small, name, tuple(tensor.shape))])


def places(small: Drawn, name: str, shape: Shape) -> tuple[slice | list[int], ...]:
    """Where in a tensor of the whole layer that of the drawn one lies, side by side.

    The channels of a group that is cut leave gaps; they are along the first side of every tensor.
    """
    of_inputs = small.call.spec.family not in OUTPUTS_FIRST and not (
        small.call.spec.family == "transposed" and name == "bias"
    )
    kept = small.inputs if of_inputs else small.outputs
    slices = tuple(slice(length) for length in shape)
    gaps = shape and len(kept) == shape[0] and kept != tuple(range(len(kept)))
    return (list(kept), *slices[1:]) if gaps else slices
