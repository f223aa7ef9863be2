"""A state dict as data: its tensors as a table shows them, and how they fit a model."""

from dataclasses import dataclass

from cnnlab.specs import Message


@dataclass(frozen=True)
class TensorRow:
    """One tensor as a table shows it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    numel: int


@dataclass(frozen=True)
class Match:
    """How a state dict and a model compare, by the names of the tensors.

    `mismatched` has (name, shape in the file, shape in the model). Without `lost` from and with `wanted` put before
    every name of the file, as many names as possible are found; `under_prefix` does that.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]
    sentence: Message
    lost: str = ""
    wanted: str = ""

    @property
    def fits(self) -> bool:
        return not (self.missing or self.unexpected or self.mismatched)
