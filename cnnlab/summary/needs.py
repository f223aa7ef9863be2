"""What a model needs in memory, as data, and the precisions and optimizers it may be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.quantities import GIB
from cnnlab.specs import N_

# Precision: dtype of the parameters, dtype of the activations.
PRECISIONS = {
    "float32": ("float32", "float32"),
    "float64": ("float64", "float64"),
    "bfloat16": ("bfloat16", "bfloat16"),
    "float16": ("float16", "float16"),
    "mixed": ("float32", "bfloat16"),
}
PRECISION_NOTES = {
    "mixed": N_(
        "Parameters, gradients and optimizer state in float32; activations and a copy of the weights in "
        "bfloat16. Autocast keeps a few layers in float32, so the true figure is somewhat higher."
    )
}
# By the name in torch.optim, with what makes it keep the state that it usually has.
OPTIMIZERS: Mapping[str, Mapping[str, Any]] = {
    "SGD": {},
    "SGD with momentum": {"momentum": 0.9},
    "Adam": {},
    "AdamW": {},
    "RMSprop": {},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "Rprop": {},
}


@dataclass(frozen=True)
class Saved:
    """Bytes saved for backward in one module: `fixed` plus `sample` for each sample of the batch."""

    name: str
    type: str
    fixed: int
    sample: int

    def at(self, batch: int) -> int:
        return self.fixed + self.sample * batch


@dataclass(frozen=True)
class Memory:
    """Bytes, exact for what they name; what a driver and its libraries take comes on top.

    `layers` says where the activations that backward needs are saved; the input batch is among them if a layer
    saves it. `peak_fixed` and `peak_sample` are the most that lives at once when the model only runs.
    """

    batch: int
    precision: str
    optimizer: str
    parameters: int
    buffers: int
    gradients: int
    optimizer_state: int
    copies: int
    layers: tuple[Saved, ...]
    peak_fixed: int
    peak_sample: int

    @property
    def note(self) -> str | None:
        return PRECISION_NOTES.get(self.precision)

    @property
    def activations(self) -> int:
        return sum(layer.at(self.batch) for layer in self.layers)

    @property
    def inference(self) -> int:
        return self._inference(self.batch)

    @property
    def training(self) -> int:
        return self._training(self.batch)

    def _inference(self, batch: int) -> int:
        return self.parameters + self.buffers + self.copies + self.peak_fixed + self.peak_sample * batch

    def _training(self, batch: int) -> int:
        lasting = self.parameters + self.buffers + self.gradients + self.optimizer_state + self.copies
        return lasting + sum(layer.at(batch) for layer in self.layers)

    def largest_batch(self, gib: float, training: bool = True) -> int | None:
        """The most samples that fit in `gib` GiB, 0 if not even one does, None if the batch costs nothing."""
        need = self._training if training else self._inference
        fixed, each = need(0), need(1) - need(0)
        return max(int((gib * GIB - fixed) // each), 0) if each else None
