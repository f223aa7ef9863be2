"""What is looked at beside the numbers of a step: histograms, and where a number first was not finite."""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

BINS = 40


def fingerprint(model: nn.Module) -> str:
    """SHA-256 of the names, types, shapes and bytes of its state dict."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def histograms(model: nn.Module) -> dict[str, Any]:
    """Of each parameter and of its gradient: how many of its finite numbers lie in each of BINS between low and high."""
    return {
        name: {
            "weight": histogram(parameter.detach()),
            "gradient": None if parameter.grad is None else histogram(parameter.grad),
        }
        for name, parameter in model.named_parameters()
    }


def histogram(values: Tensor) -> dict[str, Any]:
    """
    >>> histogram(torch.tensor([0.0, 1.0, 1.0]))["counts"][-1]
    2
    """
    numbers = values.flatten().float()
    numbers = numbers[numbers.isfinite()]
    if not len(numbers):
        return {"low": 0.0, "high": 0.0, "counts": [0] * BINS, "norm": math.nan}
    low, high, norm = torch.stack([*numbers.aminmax(), torch.linalg.vector_norm(numbers)]).tolist()
    # torch.histc knows no deterministic way on CUDA.
    places = ((numbers - low) * (BINS / (high - low or 1.0))).long().clamp_(0, BINS - 1)
    counts = torch.bincount(places.cpu(), minlength=BINS).tolist()
    return {"low": low, "high": high, "counts": counts, "norm": norm}


@contextmanager
def first_infinite(model: nn.Module) -> Iterator[list[str]]:
    """Collects the names of layers whose output is not finite, in the order in which they are called."""
    found: list[str] = []

    def watch(name: str) -> Callable[..., None]:
        def look(module: nn.Module, inputs: Any, answer: Any) -> None:
            if any(not torch.isfinite(tensor).all() for tensor in tensors(answer)):
                found.append(name)

        return look

    handles = [module.register_forward_hook(watch(name)) for name, module in model.named_modules()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def tensors(answer: Any) -> Iterator[Tensor]:
    """The floating-point tensors of whatever a module returns."""
    if isinstance(answer, Tensor):
        if answer.is_floating_point():
            yield answer
    elif isinstance(answer, (tuple, list)):
        for item in answer:
            yield from tensors(item)
    elif isinstance(answer, dict):
        yield from tensors(list(answer.values()))


def trace(model: nn.Module, loss_of: Callable[[], Tensor]) -> dict[str, str | None]:
    """Where a batch that failed first has a number that is not finite: "layer", "" for the network itself, and "what".

    `loss_of` computes the loss once more; its draws must be those of the first time. On the way back the first layer is
    the last one, in the order of the parameters.
    """
    model.zero_grad(set_to_none=True)
    with first_infinite(model) as found:
        loss = loss_of()
    if found:
        return {"layer": found[0], "what": "activation"}
    if not torch.isfinite(loss).all():
        return {"layer": None, "what": "loss"}
    loss.backward()
    for name, parameter in reversed(list(model.named_parameters())):
        if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
            return {"layer": name.rpartition(".")[0], "what": "gradient"}
    return {"layer": None, "what": "gradient"}
