"""Models built from their Specs: with values, or as shapes alone on the meta device."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnlab.chance import generator
from cnnlab.specs import Call, SpecError

from .rows import input_shapes


class _CountingOnCpu(TorchFunctionMode):
    """Keeps numbers that a constructor reads back on the CPU: RegNet works out its widths with tensors."""

    FACTORIES = (torch.arange, torch.tensor)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in self.FACTORIES:
            kwargs.setdefault("device", "cpu")
        return func(*args, **kwargs)


def build(call: Call, device: str = "meta", seed: int = 0, limit: int | None = None) -> nn.Module:
    """The model of a Call, in evaluation mode; on "meta" it has shapes but no values and costs no memory.

    The same seed gives the same values, and torch's global generator stays as it was. A model of more parameters than
    `limit` is refused.
    """
    model = on_meta(call)
    if torch.device(device).type == "meta":
        return model.eval()
    if limit is not None:
        refuse_large(model, call.name, limit)
    with generator() as set_seed, torch.device(device):
        set_seed(seed)
        return _made(call).eval()


def on_meta(call: Call) -> nn.Module:
    """The model with shapes but no values."""
    try:
        with torch.device("meta"):
            return _made(call)
    except (RuntimeError, NotImplementedError):
        with torch.device("meta"), _CountingOnCpu():
            return _made(call)


def _made(call: Call) -> nn.Module:
    try:
        return call.build()
    except (ValueError, TypeError, AssertionError) as error:
        raise SpecError(
            "{name} cannot be built with these values: {reason}.", name=call.name, reason=str(error).rstrip(".")
        ) from error


def refuse_large(model: nn.Module, name: str, limit: int) -> None:
    count = parameter_count(model)
    if count > limit:
        raise SpecError(
            "{name} has {count} parameters, more than the {limit} that are given values here: make it smaller, "
            "or look at its shapes only.",
            name=name,
            count=f"{count:,}",
            limit=f"{limit:,}",
        )


def parameter_count(model: nn.Module) -> int:
    """Elements of all parameters; those of lazy layers that have no shape yet count as none."""
    return sum(p.numel() for p in model.parameters() if not nn.parameter.is_lazy(p))


def example_inputs(call: Call, batch: int = 1, device: str = "meta") -> tuple[Any, ...]:
    """Zeros to call the model with, `model(*example_inputs(call))`: detectors take one list of pictures."""
    tensors: list[Tensor] = [torch.zeros(batch, *shape, device=device) for shape in input_shapes(call)]
    if call.spec.takes_list:
        return ([*tensors[0].unbind()],)
    return tuple(tensors)
