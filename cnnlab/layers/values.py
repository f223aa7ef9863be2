"""The numbers of a layer that is small enough to be drawn: what goes in, its weights, and what torch makes of them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.chance import generator
from cnnlab.images import sample as photo
from cnnlab.specs import Call, Message, SpecError

from .drawn import Drawn, drawn
from .jobs import Asked
from .rows import Shape, call_arguments, each
from .sizes import out_shape
from .weights import TYPED, typed, weighted
from .windows import DRAW

COURSE = ((0, 4, 4, 3), (3, 3, 1, 1), (4, 2, 3, 4), (1, 3, 3, 0))  # of the notes on pooling
MOST = 10  # random whole numbers lie below
BRIGHT = 8


def _digit(shape: Shape) -> np.ndarray:
    """A digit from 3 on for each channel, 0 to 16, stretched to the last two sides; of a signal its middle row."""
    rows = shape[-2] if len(shape) > 2 else 1
    planes = np.empty((math.prod(shape[:-2]) if len(shape) > 2 else math.prod(shape[:-1]), rows, shape[-1]))
    for index, plane in enumerate(planes):
        image = photo(f"digit_{(index + 3) % 10}")
        image = image if rows > 1 else image.crop((0, 4, 8, 5))
        plane[:] = np.rint(np.asarray(image.resize((shape[-1], rows), Image.Resampling.BOX)) / 255 * 16)
    return planes.reshape(shape)


def _counting(shape: Shape) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape)


def _edge(shape: Shape) -> np.ndarray:
    return np.broadcast_to(np.where(np.arange(shape[-1]) < (shape[-1] + 1) // 2, BRIGHT, 0), shape)


def _impulse(shape: Shape) -> np.ndarray:
    values = np.zeros(shape)
    values[(0, *(length // 2 for length in shape[1:])) if len(shape) > 1 else shape[0] // 2] = 1
    return values


def _course(shape: Shape) -> np.ndarray:
    """The 4 × 4 numbers, over and over."""
    tall = shape[-2] if len(shape) > 1 else 1
    tile = np.tile(np.array(COURSE), (-(-tall // 4), -(-shape[-1] // 4)))[:tall, : shape[-1]]
    return np.broadcast_to(tile.reshape(shape[-2:]), shape)


PATTERNS: Mapping[str, Callable[[Shape], np.ndarray]] = {
    "digit": _digit,
    "counting": _counting,
    "edge": _edge,
    "ones": np.ones,
    "impulse": _impulse,
    "course": _course,
}


def filled(name: str, shape: Shape, seed: int) -> Tensor:
    """Numbers by the names of FILLS, float32."""
    if name in PATTERNS:
        return torch.from_numpy(np.array(PATTERNS[name](shape), np.float32))
    with generator() as set_seed:
        set_seed(seed)
        return torch.randint(MOST, shape).float()


def put_in(asked: Asked, shape: Shape, name: str = "x") -> Tensor:
    """The numbers that go in: what was typed, where it is as many, or else the fill."""
    numbers = asked.numbers.get(name, ())
    if len(numbers) == math.prod(shape):
        return torch.tensor(numbers, dtype=torch.float32).reshape(shape)
    return filled(asked.fill, shape, asked.seed)


@dataclass(frozen=True, eq=False)
class Sample:
    """A small layer at work: `x` and `y` are without the batch, `second` is a second input, `indices` those of a pooling
    that an unpooling or a max pooling goes by, of the last sides.

    `typed` names the weights that a visitor typed: "weight", "bias".
    """

    small: Drawn
    layer: nn.Module
    x: Tensor
    y: Tensor
    second: Tensor | None
    indices: Tensor | None
    typed: frozenset[str]

    @property
    def call(self) -> Call:
        return self.small.call

    @property
    def notes(self) -> tuple[Message, ...]:
        return self.small.notes


def sample(asked: Asked) -> Sample:
    """The layer of a question, or a smaller one of the same arithmetic, with its numbers."""
    small = drawn(asked.call, asked.first_shape)
    layer = weighted(asked, small).train(asked.training)
    x, indices, second = put_in(asked, small.shape), None, None
    if small.call.spec.family == "unpool":
        values, indices = pooled(asked, small.call, small.shape)
        x = x if typed(asked, "x", x) else values
    elif small.call.spec.family == "bilinear":
        second = filled(asked.fill, (*small.shape[:-1], small.call["in2_features"]), asked.seed)
    y, winners = run(small.call, layer, x, indices, second, asked.seed)
    weights = {attribute for name, attribute in TYPED.items() if typed(asked, name, getattr(layer, attribute, None))}
    return Sample(small, layer, x, y, second, winners if indices is None else indices, frozenset(weights))


def run(
    call: Call, layer: nn.Module, x: Tensor, indices: Tensor | None = None, second: Tensor | None = None, seed: int = 0
) -> tuple[Tensor, Tensor | None]:
    """What the layer makes of one sample, and where its maxima lie if it looks for some."""
    others = [tensor[None] for tensor in (indices, second) if tensor is not None]
    windows = {"return_indices": True} if hasattr(layer, "return_indices") else {}
    for name, value in windows.items():
        setattr(layer, name, value)
    if hasattr(layer, "_random_samples"):
        layer._random_samples = torch.full((1, len(x), x.dim() - 1), DRAW)
    with generator() as set_seed:
        set_seed(seed)
        result = run_batch(layer, x[None], *others, **call_arguments(call))
    y, *winners = result if isinstance(result, tuple) else (result,)
    return y[0], winners[0][0] if winners else None


def run_batch(layer: nn.Module, x: Tensor, *others: Tensor, **arguments: Any) -> Any:
    """What the layer makes of a batch, which is left as it is; SpecError in torch's words where it makes nothing."""
    try:
        with torch.no_grad():
            return layer(x.clone(), *others, **arguments)
    except (RuntimeError, ValueError) as error:  # what sizes do not tell, such as the mode of training
        raise SpecError("torch refuses this layer: {reason}", reason=str(error).strip().partition("\n")[0]) from error


def pooled(asked: Asked, call: Call, shape: Shape) -> tuple[Tensor, Tensor]:
    """What a max pooling makes of what it is given, of the shape that an unpooling takes, and where its maxima lie."""
    size = out_shape(call, shape)
    whole = put_in(asked, size, "pool")
    pool = getattr(F, f"max_pool{call.spec.sides}d")
    lengths = tuple(zip(*each(call, "kernel_size", "stride", "padding"), strict=True))
    for ceil_mode in (False, True):  # where an output_size is smaller than usual, the last window was cut
        settings = {"ceil_mode": ceil_mode, "return_indices": True}
        try:
            x, indices = pool(whole[None], *lengths, **settings)
        except RuntimeError:  # padding of more than half a window, which unpooling does not mind
            break
        if x.shape[1:] == shape:
            return x[0], indices[0]
    places = torch.arange(math.prod(shape[1:])).expand(shape[0], -1) % math.prod(size[1:])
    return whole.flatten(1).gather(1, places).reshape(shape), places.reshape(shape)
