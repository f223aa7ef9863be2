"""Mixed precision: what is computed with fewer bits, and the factor that keeps small gradients from vanishing."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

TYPES = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """float32 as it is; bfloat16 by autocast; float16 by autocast and a GradScaler, which skips steps that overflow."""

    def __init__(self, name: str, device: torch.device):
        self.device, self.type = device.type, TYPES[name]
        self.scaler = torch.amp.GradScaler(device.type, enabled=name == "float16")

    def lowered(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device, dtype=self.type) if self.type else nullcontext()

    @property
    def scales(self) -> bool:
        return self.scaler.is_enabled()

    def backward(self, loss: Tensor, optimizer: Optimizer) -> None:
        """Gradients in their own size."""
        if not self.scales:
            loss.backward()
            return
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(optimizer)

    def step(self, optimizer: Optimizer) -> None:
        if not self.scales:
            optimizer.step()
            return
        self.scaler.step(optimizer)
        self.scaler.update()

    def state(self) -> dict[str, Any]:
        return self.scaler.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        self.scaler.load_state_dict(state)
