"""All that the loading page shows, as one plain value that a URL can carry."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from cnnlab import limits
from cnnlab.links import Field, Linked, choice, flag, text, whole
from cnnlab.specs import Call

from .fields import DATA_FIELDS, call
from .orders import ORDERS, order_of, trains_as
from .parts import PARTS
from .selection import Feeding, Selection
from .targets import COLLATES, TARGETS


@dataclass(frozen=True)
class View(Feeding, Selection, Linked):
    """Which pictures are looked at, how they are fed to a network, and the look at them.

    `look` is the tab, "" for the first; `picture` is an index in the dataset, in what it keeps for testing where `part`
    is "test" and it keeps some. `label` is that of the one class that is looked at, and `page` counts its pictures'
    pages from 1.

    Of one sample: `epoch` decides with the seed what its steps draw, `tensors` ends them as training does, `target` is
    what becomes of its label, and `collate` makes a batch, of two unequal photos where it is a `pair`; the sides of a
    padded batch are multiples of `multiple`.

    Of batches: `of` samples are ordered, 0 for those of the training part; in an `order` that no run trains in, which
    counts while `sampler` is what is most like it. `batch_sampler` writes the loader with one.
    """

    look: str = ""
    picture: int = 0
    part: str = "train"
    label: int | None = None
    page: int = 1
    epoch: int = 0
    tensors: bool = True
    target: str = "label"
    pair: bool = False
    collate: str = "default"
    multiple: int = 1

    of: int = 0
    order: Call | None = None
    batch_sampler: bool = False

    @property
    def ordering(self) -> Call:
        """The sampler whose order is shown."""
        like = self.order and self.order.spec.training == self.sampler
        return self.order if like else order_of(self.sampler)

    def in_order(self, call: Call) -> Self:
        """The view with this sampler; a run takes its order, or the one that is most like it."""
        return replace(self, sampler=call.spec.training, order=None if trains_as(call) else call)

    @property
    def steps(self) -> str:
        """The field with the steps that the part's pictures go through."""
        return "augmentation" if self.part == "train" else "evaluation"

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *DATA_FIELDS,
        text("look", limits.LINK_NAME),
        whole("picture", 0, limits.TRAIN_SAMPLES),
        choice("part", lambda view: PARTS),
        whole("label", 0, limits.CLASSES - 1),
        whole("page", 1, limits.TRAIN_SAMPLES),
        whole("epoch", 0, limits.EPOCHS - 1),
        flag("tensors"),
        choice("target", lambda view: TARGETS),
        flag("pair"),
        choice("collate", lambda view: COLLATES),
        whole("multiple", 1, limits.PICTURE_SIDE),
        whole("of", 0, limits.ORDERED),
        call("order", ORDERS),
        flag("batch_sampler"),
    )
