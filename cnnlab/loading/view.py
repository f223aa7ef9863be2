"""All that the loading page shows, as one plain value that a URL can carry."""

from dataclasses import dataclass
from typing import ClassVar

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, text, whole

from .fields import DATA_FIELDS
from .parts import PARTS
from .selection import Feeding, Selection


@dataclass(frozen=True)
class View(Feeding, Selection, Linked):
    """Which pictures are looked at, how they are fed to a network, and the look at them.

    `look` is the tab, "" for the first; `picture` is an index in the
    dataset, in what it keeps for testing where `part` is "test" and it keeps some.
    """

    look: str = ""
    picture: int = 0
    part: str = "train"

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *DATA_FIELDS,
        text("look", limits.LINK_NAME),
        whole("picture", 0, limits.TRAIN_SAMPLES),
        choice("part", lambda view: PARTS),
    )
