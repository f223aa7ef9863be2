"""Which pictures are used, and how a network is fed with them, as plain values."""

from dataclasses import dataclass, field

from cnnlab.augmentation import Pipeline
from cnnlab.specs import Call

from .catalogue import DATASETS


@dataclass(frozen=True)
class Selection:
    """What is kept of a dataset, and how it is split; the fields of a TrainConfig of the same names say more."""

    data: Call = field(default_factory=lambda: DATASETS["digits"]())
    classes: tuple[int, ...] = ()
    samples: int = 0
    validation: float = 0.2
    test: float = 0.0
    split_seed: int = 0
    normalise: bool = True
    side: int = 0


@dataclass(frozen=True)
class Feeding:
    """Batches: `batch_size` is that of all devices together; `seed` decides the order and the augmentation."""

    batch_size: int = 64
    sampler: str = "shuffled"
    drop_last: bool = False
    workers: int = 0
    augmentation: Pipeline = field(default_factory=Pipeline)
    evaluation: Pipeline = field(default_factory=Pipeline)
    seed: int = 0
