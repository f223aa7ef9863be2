"""A model out of pasted source: nn.Sequential and the layers of torch.nn, read with `ast` and never executed."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import nn

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.reading import at, reading
from cnnlab.specs import SpecError

from .expressions import Reader
from .layer import Layer


@dataclass(frozen=True)
class Source:
    """A model that was read, and not yet built with values: its root, and all layers in the order of the text.

    `code` is the text, in which the root is called `model`; `names` are all that it binds.
    """

    root: Layer
    layers: tuple[Layer, ...]
    code: str
    names: frozenset[str]
    numbers: int = 0

    def build(self, device: str = "cpu", seed: int = 0) -> nn.Module:
        """The model in evaluation mode: on "meta" its shapes, elsewhere the values that `seed` gives."""
        if torch.device(device).type == "meta":
            with torch.device("meta"):
                return self._made()[id(self.root)].eval()
        if self.numbers > limits.VALUES:
            with at(self.root.line):
                raise SpecError(
                    "the model has {count} numbers of 4 bytes, more than the {limit} that are given values here: "
                    "make it smaller, or look at its shapes only.",
                    count=f"{self.numbers:,}",
                    limit=f"{limits.VALUES:,}",
                )
        with generator() as set_seed, torch.device(device):
            set_seed(seed)
            return self._made()[id(self.root)].eval()

    def _made(self) -> dict[int, nn.Module]:
        """Every layer of the text, by the id of its Layer.

        Made in the order in which Python would make them, those that the model does not use too: only so does the
        same seed give the values that the text gives when Python runs it.
        """
        built: dict[int, nn.Module] = {}
        for layer in self.layers:
            layer.build(built)
        return built


def from_source(text: str, device: str = "cpu", seed: int = 0) -> nn.Module:
    """The model that source describes: the variable `model`, or the last model it makes.

    >>> from_source("nn.Sequential(nn.Conv2d(3, 2 * 8, kernel_size=3), nn.ReLU())")
    Sequential(
      (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1))
      (1): ReLU()
    )
    """
    return read_source(text).build(device, seed)


def read_source(text: str) -> Source:
    """What source describes, checked by building it on the meta device, where it costs no memory."""
    with reading():
        reader = Reader(text)
        root = reader.root()
        names = frozenset(name for name, bindings in reader.scope.bindings.items() if bindings[-1].since > (0, 0))
        source = Source(root, tuple(reader.layers), "\n".join(reader.scope.lines), names)
    with torch.device("meta"):
        numbers = _numbers(source._made().values())
    if numbers > limits.NUMBERS:
        with at(source.root.line):
            raise SpecError(
                "the model has {count} numbers of 4 bytes: at most {limit} are looked at.",
                count=f"{numbers:,}",
                limit=f"{limits.NUMBERS:,}",
            )
    return replace(source, numbers=numbers)


def edited(text: str, path: str, argument: str, value: int) -> str | None:
    """The text with another value for an argument of the layer `path`; None where it does not say it in one place.

    >>> edited("nn.Sequential(nn.Flatten(), nn.Linear(2 * 8, 10))", "1", "in_features", 32)
    'nn.Sequential(nn.Flatten(), nn.Linear(32, 10))'
    """
    with reading():
        reader = Reader(text)
        lines = [line.encode() for line in reader.scope.lines]  # columns of the tree count bytes of UTF-8
        layer = reader.root()
    for name in path.split("."):
        layer = layer.inside.get(name) if layer else None
    place = layer.places.get(argument) if layer else None
    if place is None:
        return None
    first, last = place.lineno - 1, place.end_lineno - 1
    lines[first : last + 1] = [
        lines[first][: place.col_offset] + str(value).encode() + lines[last][place.end_col_offset :]
    ]
    return b"\n".join(lines).decode()


def _numbers(modules: Iterable[nn.Module]) -> int:
    """What parameters and buffers come to in numbers of 4 bytes; lazy ones, without a shape yet, are left out."""
    tensors = {id(t): t for module in modules for t in [*module.parameters(), *module.buffers()]}.values()
    return sum(math.ceil(t.numel() * t.element_size() / 4) for t in tensors if not nn.parameter.is_lazy(t))
