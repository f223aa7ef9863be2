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


@dataclass(frozen=True)
class View(Feeding, Selection, Linked):
    """Which pictures are looked at, how they are fed to a network, and the look at them.

    `look` is the tab, "" for the first; `picture` is an index in the dataset, in what it keeps for testing where `part`
    is "test" and it keeps some. `of` samples are ordered, 0 for those of the training part; in an `order` that no run
    trains in, which counts while `sampler` is what is most like it. `batch_sampler` writes the loader with one.
    """

    look: str = ""
    picture: int = 0
    part: str = "train"

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

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *DATA_FIELDS,
        text("look", limits.LINK_NAME),
        whole("picture", 0, limits.TRAIN_SAMPLES),
        choice("part", lambda view: PARTS),
        whole("of", 0, limits.ORDERED),
        call("order", ORDERS),
        flag("batch_sampler"),
    )
