"""Random small models: every layer of torch.nn, and what people write between layers, right and wrong."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from tests.summary.random_lines import LAYERS, Dice, Line
from tests.summary.random_steps import STEPS

NUMBERS = 20_000  # that a tensor may hold
LAYOUTS: list[tuple] = []  # (size, step) of the sides longer than one of what each line gave, as they ran


@lru_cache(maxsize=1000)
def _code(text: str):
    return compile(text, text, "eval")


class Chain(nn.Module):
    """The lines as a model; the layer of line n has the name n."""

    def __init__(self, lines: tuple[Line, ...]):
        super().__init__()
        self.calls = [line.call for line in lines]
        for number, line in enumerate(lines):
            if line.layer:
                self.add_module(str(number), eval(line.layer))

    def forward(self, x):
        for number, call in enumerate(self.calls):
            m = self._modules.get(str(number))
            x = eval(_code(call), {"x": x, "m": m, "torch": torch, "F": nn.functional})
            LAYOUTS.append(tuple(pair for pair in zip(x.shape, x.stride(), strict=True) if x.numel() and pair[0] > 1))
        return x


@dataclass(frozen=True)
class Drawn:
    """A model and its input, as data."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    lines: tuple[Line, ...]

    def input(self) -> torch.Tensor:
        """Real numbers, the same at every call."""
        dice = torch.Generator().manual_seed(0)
        if self.dtype.is_floating_point:
            return torch.randn(self.shape, generator=dice, dtype=self.dtype)
        return torch.randint(0, 3, self.shape, generator=dice, dtype=self.dtype)

    def model(self) -> nn.Module:
        return Chain(self.lines).eval().to(self.dtype if self.dtype.is_floating_point else torch.float32)

    def __str__(self) -> str:
        return "\n".join([f"x: {self.shape} {self.dtype}", *map(str, self.lines)])


def drawn(seed: int) -> Drawn:
    """A model of up to eight lines: as a rule each fits what arrives, and one that does not is the last or last but one."""
    dice = Dice(seed)
    torch.manual_seed(seed)
    start = _start(dice)
    lines, x = [], start.input()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(dice.randint(1, 8)):
            line = _line(dice, x)
            try:
                layer = Drawn(start.shape, start.dtype, (line,)).model()
            except (ValueError, RuntimeError, AssertionError, TypeError, ZeroDivisionError):  # there is no such layer
                continue
            try:
                result = layer(x)
            except Exception:  # whatever the kernel says: this is what these models are for
                if dice.random() < 0.7:  # or few models would come far
                    continue
                lines.append(line)
                if dice.flag():
                    lines.append(Line("torch.nn.ReLU()"))
                break
            if isinstance(result, torch.Tensor) and result.numel() <= NUMBERS:
                lines.append(line)
                x = result
    return Drawn(start.shape, start.dtype, tuple(lines))


def _start(dice: Dice) -> Drawn:
    dims = dice.choice([0, 1, 1, 2, 2, 2, 2, 3, 3])
    spatial = tuple(dice.randint(1, (40, 16, 7)[dims - 1]) for _ in range(dims))
    shape = (dice.randint(1, 3), dice.choice([1, 2, 3, 4, 6, 8, 12]), *spatial)
    if dice.random() < 0.15:
        shape = shape[1:]  # unbatched
    if dice.random() < 0.03:
        shape = shape[: dice.randint(0, 1)]
    if dims < 2 and dice.random() < 0.25:
        return Drawn(shape, torch.int64, ())
    return Drawn(shape, torch.float64 if dice.random() < 0.1 else torch.float32, ())


def _line(dice: Dice, x: torch.Tensor) -> Line:
    if not x.is_floating_point() and dice.random() < 0.8:
        return dice.choice([LAYERS["Embedding"], LAYERS["EmbeddingBag"]])(dice, x)
    rows: list[Callable] = list((LAYERS if dice.random() < 0.7 else STEPS).values())
    line = dice.choice(rows)(dice, x)
    if line.call == "m(x)" and dice.random() < 0.1:
        return Line(
            line.layer, dice.choice(["x + m(x)", "torch.cat([x, m(x)], 1)", "m(x) * x", "m(m(x))", "m(x) + m(x)"])
        )
    return line
