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
PRECISION_HELP = N_(
    "float32 is what torch begins with, 4 bytes a number. float64 takes 8. bfloat16 and float16 take 2: "
    "model.bfloat16() turns all of a model into it, and small changes of a weight are rounded away. mixed is autocast: "
    "in torch.autocast(dtype=torch.bfloat16) the weights stay float32, and convolutions and matrix products are computed "
    "in bfloat16."
)
OPTIMIZER_HELP = N_(
    "What an optimizer remembers of each parameter takes memory too: plain SGD nothing, SGD with momentum one number, "
    "Adam and AdamW two."
)
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
    saves it. `peaks` are the moments when the most lives at once while the model only runs: bytes `fixed`, and bytes
    for each sample; which of them is the largest depends on the batch. What does not grow evenly with the batch
    (`linear` is False) holds for this `batch` alone. `states` are what each optimizer keeps.
    """

    batch: int
    precision: str
    optimizer: str
    parameters: int
    buffers: int
    gradients: int
    states: Mapping[str, int]
    copies: int
    layers: tuple[Saved, ...]
    peaks: tuple[tuple[int, int], ...]
    linear: bool = True

    @property
    def note(self) -> str | None:
        return PRECISION_NOTES.get(self.precision)

    @property
    def optimizer_state(self) -> int:
        return self.states[self.optimizer]

    @property
    def activations(self) -> int:
        return sum(layer.at(self.batch) for layer in self.layers)

    @property
    def inference(self) -> int:
        return self._inference(self.batch)

    @property
    def training(self) -> int:
        return self._training(self.batch)

    @property
    def _held(self) -> int:
        return self.parameters + self.buffers + self.copies

    def _inference(self, batch: int) -> int:
        return self._held + max(fixed + sample * batch for fixed, sample in self.peaks)

    def _training(self, batch: int) -> int:
        return self._held + self.gradients + self.optimizer_state + sum(layer.at(batch) for layer in self.layers)

    def largest_batch(self, gib: float, training: bool = True) -> int | None:
        """The most samples that fit in `gib` GiB, 0 if not even one does, None if the batch costs nothing, or not evenly."""
        room, lines = gib * GIB - self._held, self.peaks
        if training:
            room -= self._training(0) - self._held
            lines = ((0, sum(layer.sample for layer in self.layers)),)
        fits = [int((room - fixed) // sample) for fixed, sample in lines if sample]
        if not self.linear or not fits:
            return None
        return 0 if any(fixed > room for fixed, _ in lines) else max(min(fits), 0)
