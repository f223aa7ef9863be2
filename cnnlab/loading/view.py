"""All that the loading page shows, as one plain value that a URL can carry."""

from dataclasses import dataclass, field, fields
from typing import ClassVar

from cnnlab import limits
from cnnlab.augmentation import Pipeline
from cnnlab.links import Field, Linked, choice, text, whole
from cnnlab.specs import Call

from .catalogue import DATASETS
from .fields import DATA_FIELDS
from .parts import PARTS
from .selection import Feeding, Selection


@dataclass(frozen=True)
class View(Linked):
    """Which pictures are looked at, how they are fed to a network, and the look at them.

    The first fields are those of a TrainConfig. `look` is the tab, "" for the first; `picture` is an index in the
    dataset, in what it keeps for testing where `part` is "test" and it keeps some. `label` is that of the one class that
    is looked at, and `page` counts its pictures' pages from 1.
    """

    data: Call = field(default_factory=lambda: DATASETS["digits"]())
    classes: tuple[int, ...] = ()
    samples: int = 0
    validation: float = 0.2
    test: float = 0.0
    split_seed: int = 0
    batch_size: int = 64
    sampler: str = "shuffled"
    drop_last: bool = False
    workers: int = 0
    normalise: bool = True
    side: int = 0
    augmentation: Pipeline = field(default_factory=Pipeline)
    evaluation: Pipeline = field(default_factory=Pipeline)
    seed: int = 0

    look: str = ""
    picture: int = 0
    part: str = "train"
    label: int | None = None
    page: int = 1

    @property
    def selection(self) -> Selection:
        """The fields that decide which pictures are used."""
        return Selection(**{row.name: getattr(self, row.name) for row in fields(Selection)})

    @property
    def feeding(self) -> Feeding:
        """The fields that decide in which order and how a network sees them."""
        return Feeding(**{row.name: getattr(self, row.name) for row in fields(Feeding)})

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *DATA_FIELDS,
        text("look", limits.LINK_NAME),
        whole("picture", 0, limits.TRAIN_SAMPLES),
        choice("part", lambda view: PARTS),
        whole("label", 0, limits.CLASSES - 1),
        whole("page", 1, limits.TRAIN_SAMPLES),
    )
