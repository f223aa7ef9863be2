"""Dropout in training, with several seeds, and in evaluation."""

import torch
from torch import nn

from cnnlab.specs import N_, Message, SpecError

from .answers import Dropped
from .drawn import drawn
from .jobs import Asked
from .packing import numbers
from .values import put_in, run

DRAWS, MANY = 4, 200  # that are seen, and that a mean is taken of
ALPHA = 1.7580993408473766  # the lower limit of SELU, −scale · alpha (torch.nn.AlphaDropout)
TO_LIMIT = N_(
    "What is dropped becomes {low}, where SELU ends below; all values are then moved so that mean and variance stay."
)
WHOLE = N_("Whole channels are dropped.")


def dropped(asked: Asked) -> Dropped:
    """The Dropped of a layer of dropout; SpecError for others."""
    small = drawn(asked.call, asked.first_shape)
    if small.call.spec.family != "dropout":
        raise SpecError("{name} drops nothing.", name=small.call.name)
    layer = small.call.build()
    x = put_in(asked, small.shape)
    evaluated = run(small.call, layer.eval(), x)[0]
    every = [run(small.call, layer.train(), x, seed=asked.seed + draw)[0] for draw in range(MANY)]
    seeds = tuple(range(asked.seed, asked.seed + DRAWS))
    alpha = isinstance(layer, (nn.AlphaDropout, nn.FeatureAlphaDropout))
    scale = factor(layer.p, alpha)
    shift = scale * ALPHA * layer.p if alpha else 0.0  # what a zero that is kept becomes
    ones = [run(small.call, layer, torch.ones_like(x), seed=seed)[0].flatten() for seed in seeds]
    kept = tuple(tuple((drawn > shift).tolist()) for drawn in ones)
    notes = list(small.notes)
    if isinstance(layer, (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.FeatureAlphaDropout)):
        notes.append(Message(WHOLE))
    if alpha:
        notes.append(Message(TO_LIMIT, {"low": f"{-ALPHA:.4f}".replace("-", "−")}))
    values = [tuple(numbers(tensor)) for tensor in (x, evaluated, torch.stack(every).mean(0), *every[:DRAWS])]
    first, passed, average, *outputs = values
    return Dropped(tuple(x.shape), first, passed, seeds, tuple(outputs), kept, average, MANY, scale, tuple(notes))


def factor(p: float, alpha: bool = False) -> float:
    """What is kept is multiplied by it: 0 where nothing is kept.

    >>> factor(0.2)
    1.25
    """
    if p == 1:
        return 0.0
    return ((1 - p) * (1 + p * ALPHA**2)) ** -0.5 if alpha else 1 / (1 - p)
