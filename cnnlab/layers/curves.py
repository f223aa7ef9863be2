"""An activation as a curve, with its slope by autograd."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from cnnlab.chance import generator
from cnnlab.specs import N_, Call, Message, SpecError

from .answers import Curve
from .drawn import drawn
from .jobs import Asked
from .weights import weighted

POINTS = 481
REACH = 6.0  # of x to both sides, where nothing happens further out
FLAT = 0.05  # of the steepest slope is flat
LEAST = 1 / 12  # of the reach is an interval worth a word
TURNS = ("threshold", "lambd", "min_val", "max_val")  # parameters that are places on the x axis
ONE_OTHER = N_("Beside x stands one other number, 0: with it x shares the whole.")
GATE = N_("x is the half that opens and closes; the other half, which it lets through, is 1.")
BY_CHANCE = N_("In training each negative number draws its own factor, so the points do not lie on a line.")
OF_CHANNELS = N_("Each channel has a factor of its own; this is that of the first.")


def curve(asked: Asked) -> Curve:
    """The Curve of an activation with its weights; SpecError for other layers."""
    if asked.call.spec.family != "activation":
        raise SpecError("{name} is no activation: it has no curve.", name=asked.call.name)
    small = drawn(asked.call, asked.first_shape)
    if "dim" in small.call.values:
        small = replace(small, call=small.call.replace(dim=1))
    if "inplace" in small.call.values:  # of which no gradient is left where a slope is negative
        small = replace(small, call=small.call.replace(inplace=False))
    layer = weighted(asked, small).train(asked.training)
    reach = reach_of(small.call)
    x = torch.linspace(-reach, reach, POINTS, dtype=torch.float64).float().requires_grad_()
    place, batch, notes = _surrounded(layer, x)
    if isinstance(layer, nn.RReLU) and asked.training:
        notes = (Message(BY_CHANCE),)
    with generator() as set_seed, torch.enable_grad():
        set_seed(asked.seed)
        y = layer(batch.clone()).flatten(1)[:, place]
        y.sum().backward()
    slope = x.grad
    return Curve(*(tuple(part.detach().tolist()) for part in (x, y, slope)), flat_parts(x.detach(), slope), notes)


def reach_of(call: Call) -> float:
    """How far x goes to both sides, so that what is set to happen is seen."""
    places = (abs(value) for name, value in call.changed().items() if name in TURNS)
    return max(REACH, *(1.5 * place for place in places), 0)


def _surrounded(layer: nn.Module, x: Tensor) -> tuple[int, Tensor, tuple[Message, ...]]:
    """A batch in which x stands, which of its outputs is looked at, and what stands beside x."""
    if isinstance(layer, nn.GLU):
        return 0, torch.stack([torch.ones_like(x), x], 1), (Message(GATE),)
    if isinstance(layer, (nn.Softmax, nn.Softmin, nn.LogSoftmax, nn.Softmax2d)):
        pair = torch.stack([x, torch.zeros_like(x)], 1)
        return 0, pair[..., None, None] if isinstance(layer, nn.Softmax2d) else pair, (Message(ONE_OTHER),)
    channels = getattr(layer, "num_parameters", 1)
    return 0, x[:, None].expand(-1, channels), (Message(OF_CHANNELS),) if channels > 1 else ()


def flat_parts(x: Tensor, slope: Tensor) -> tuple[tuple[float, float], ...]:
    """Intervals of x where the slope is next to zero, held against the steepest."""
    flat = (slope.abs() <= FLAT * slope.abs().max()).tolist()
    edges, start = [], None
    for place, is_flat in enumerate([*flat, False]):
        if is_flat and start is None:
            start = place
        elif not is_flat and start is not None:
            edges.append((float(x[start]), float(x[place - 1])))
            start = None
    return tuple((low, high) for low, high in edges if high - low >= LEAST * float(x[-1]))
