"""Gradients of each layer's weights after one pass there and back with random targets, from a copy of the model."""

import inspect
import math
from collections.abc import Iterator

import torch
from torch import nn

from cnnlab.chance import generator
from cnnlab.specs import SpecError

from . import hooks
from .batches import inputs_code, lent, untaken
from .clone import cloned
from .code import script
from .lessons import CROSS_ENTROPY, SQUARES, Gradients, Layer, Spread
from .maps import span
from .subject import Subject

BINS = 40
BLOCK = 1 << 18  # numbers that are looked at, as float64, at once


def gradients(model: nn.Module, batch: tuple[torch.Tensor, ...], seed: int = 0) -> Gradients:
    """The Gradients of a batch in training mode; what chance drops, and the targets, are drawn with `seed`.

    Only parameters of two and more dimensions count as weights: scales and biases are left out. The model is left as it is.
    """
    clone = cloned(model, lent).train()
    if not any(parameter.dim() > 1 for parameter in clone.parameters()):
        raise SpecError("{type} has no weights of two or more dimensions.", type=type(model).__name__)
    used: list[nn.Module] = []
    handles = [layer.register_forward_pre_hook(lambda layer, args: used.append(layer)) for layer in clone.modules()]
    try:
        with generator() as set_seed, torch.enable_grad():
            set_seed(seed)
            output = clone(*batch)
    except Exception as error:  # the model is a stranger
        raise untaken(model, batch, error) from error
    finally:
        for handle in handles:
            handle.remove()
    try:
        scores = hooks.scores_of(output)
        loss = hooks.loss_of(scores, seed)
        loss.backward()
    except Exception as error:  # as above: numbers without gradients, nothing at all, or what only its author knows
        raise SpecError(
            "There is no way back from what {type} puts out: {detail}",
            type=type(model).__name__,
            detail=str(error).strip().partition("\n")[0],
        ) from error
    classes = scores.dim() == 2 and scores.shape[1] > 1
    name, count = (CROSS_ENTROPY, scores.shape[1]) if classes else (SQUARES, scores[0].numel())
    return Gradients(float(loss.detach()), name, count, len(batch[0]), tuple(_layers(clone, used)))


def _layers(clone: nn.Module, used: list[nn.Module]) -> Iterator[Layer]:
    """The weights in the order of use: those of a module that was not called itself stand where the one above it was."""
    places: dict[int, int] = {}
    for place, module in enumerate(used):
        places.setdefault(id(module), place)
    weights = []
    for name, parameter in clone.named_parameters():
        if parameter.dim() < 2:
            continue
        path = above = name.rpartition(".")[0]
        while id(clone.get_submodule(above)) not in places and above:
            above = above.rpartition(".")[0]
        weights.append((places.get(id(clone.get_submodule(above)), -1), name, path, parameter))
    for _place, name, path, parameter in sorted(weights, key=lambda one: one[0]):
        gradient = None if parameter.grad is None else spread(parameter.grad)
        kind = type(clone.get_submodule(path)).__name__
        label = name.removesuffix(".weight")
        yield Layer(label, kind, tuple(parameter.shape), spread(parameter.detach()), gradient)


def spread(tensor: torch.Tensor) -> Spread:
    """The Spread of a tensor; of one that is not finite everywhere, the histogram of what is."""
    values = tensor.flatten().abs() if tensor.is_complex() else tensor.flatten()
    norms = [float(torch.linalg.vector_norm(block, dtype=torch.float64)) for block in values.split(BLOCK)]
    norm = math.hypot(*norms)
    if not math.isfinite(norm):
        values = values[values.isfinite()]
    low, high = span(*map(float, values.aminmax())) if len(values) else (-0.5, 0.5)
    counts = torch.zeros(BINS, dtype=torch.long)
    for block in values.split(BLOCK):
        counts += torch.histc(block.double(), BINS, low, high).long()
    return Spread(norm, low, high, tuple(counts.tolist()))


def gradients_code(subject: Subject, batch: int, dtype: torch.dtype = torch.float32) -> str:
    """Source that prints the norms that `gradients` gives for this model, batch and seed."""
    imports, making_inputs = inputs_code(subject, dtype, batch)
    imports = {**imports, "torch": "import torch", "F": "from torch.nn import functional as F"}
    seed = subject.view.seed
    functions = "\n\n".join(inspect.getsource(function) for function in (hooks.scores_of, hooks.loss_of))
    lines = [
        *making_inputs,
        "",
        "",
        functions.rstrip(),
        "",
        "",
        "model.train()",
        f"torch.manual_seed({seed})",
        f"loss = loss_of(scores_of(model(*inputs)), {seed})",
        "loss.backward()",
        'print(f"loss {loss:.6g}")',
        "for name, parameter in model.named_parameters():",
        "    if parameter.dim() > 1:",
        '        gradient = "none" if parameter.grad is None else f"{parameter.grad.norm(dtype=torch.float64):.6g}"',
        '        print(f"{name}: gradient {gradient}, weights {parameter.norm(dtype=torch.float64):.6g}")',
    ]
    return script(subject, imports, lines)
