"""A model out of pasted source: nn.Sequential and the layers of torch.nn, read with `ast` and never executed."""

import ast
import math
from dataclasses import dataclass

import torch
from torch import nn

from cnnlab import limits
from cnnlab.chance import generator
from cnnlab.specs import SpecError

from .expressions import Layer, Reader


@dataclass(frozen=True)
class Source:
    """A model that was read, and not yet built with values."""

    root: Layer
    numbers: int

    def build(self, device: str = "cpu", seed: int = 0) -> nn.Module:
        """The model in evaluation mode: on "meta" its shapes, elsewhere the values that `seed` gives."""
        if torch.device(device).type == "meta":
            with torch.device("meta"):
                return self.root.build({}).eval()
        if self.numbers > limits.VALUES:
            raise SpecError(
                "Line {line}: the model has {count} numbers of 4 bytes, more than the {limit} that are given values here: "
                "make it smaller, or look at its shapes only.",
                line=self.root.line,
                count=f"{self.numbers:,}",
                limit=f"{limits.VALUES:,}",
            )
        with generator() as set_seed, torch.device(device):
            set_seed(seed)
            return self.root.build({}).eval()


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
    root = Reader().read(parsed(text))
    with torch.device("meta"):
        model = root.build({})
    numbers = _numbers(model)
    if numbers > limits.NUMBERS:
        raise SpecError(
            "Line {line}: the model has {count} numbers of 4 bytes: {limit} are the most that are looked at.",
            line=root.line,
            count=f"{numbers:,}",
            limit=f"{limits.NUMBERS:,}",
        )
    return Source(root, numbers)


def _numbers(model: nn.Module) -> int:
    """What parameters and buffers come to in numbers of 4 bytes; lazy ones, without a shape yet, are left out."""
    tensors = [*model.parameters(), *model.buffers()]
    return sum(math.ceil(t.numel() * t.element_size() / 4) for t in tensors if not nn.parameter.is_lazy(t))


def parsed(text: str) -> ast.Module:
    """The syntax tree of a text of modest length; SpecError with the line where it is no Python."""
    if len(text) > limits.PASTE_CHARACTERS:
        raise SpecError(
            "Line 1: the text has {count} characters: {limit} are the most that are read.",
            count=f"{len(text):,}",
            limit=f"{limits.PASTE_CHARACTERS:,}",
        )
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise SpecError(
            "Line {line}: this is not Python ({reason}): check brackets, commas and quotes.",
            line=error.lineno or 1,
            reason=error.msg,
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SpecError(
            "Line 1: this is not Python that can be read ({reason}).", reason=type(error).__name__
        ) from error
