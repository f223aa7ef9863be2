"""Who is next: each visitor in turn, whatever the others pile up."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from cnnlab import limits
from cnnlab.specs import SpecError

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Items by visitor; the visitors take turns, and each one's items keep their order. Not for several threads.

    >>> queue = FairQueue()
    >>> for item, visitor in (("a1", "a"), ("a2", "a"), ("b1", "b")):
    ...     queue.put(item, visitor)
    >>> queue.place("a2"), [queue.take() for _ in range(len(queue))]
    (2, ['a1', 'b1', 'a2'])
    """

    def __init__(self):
        self._waiting: OrderedDict[str, list[Item]] = OrderedDict()  # the visitor whose turn it is stands first

    def __len__(self):
        return sum(map(len, self._waiting.values()))

    def put(self, item: Item, visitor: str) -> None:
        """Let it wait; SpecError where too many wait already."""
        mine = len(self._waiting.get(visitor, ()))
        if mine >= limits.WAITING_OF_ONE or len(self) >= limits.WAITING_OF_ALL:
            raise SpecError(
                "{count} jobs are waiting already, {mine} of them yours: try again in a moment.",
                count=len(self),
                mine=mine,
            )
        self._waiting.setdefault(visitor, []).append(item)

    def take(self, may: Callable[[str], bool] = lambda visitor: True) -> Item | None:
        """The next item of a visitor who `may` have a turn, who goes to the end of the row; None if nobody may."""
        visitor = next(filter(may, self._waiting), None)
        if visitor is None:
            return None
        items = self._waiting[visitor]
        item = items.pop(0)
        if items:
            self._waiting.move_to_end(visitor)
        else:
            del self._waiting[visitor]
        return item

    def remove(self, item: Item) -> None:
        """Nobody wants it any more."""
        for visitor, items in self._waiting.items():
            if item in items:
                items.remove(item)
                if not items:
                    del self._waiting[visitor]
                return

    def place(self, item: Item) -> int:
        """How many items are taken before this one; 0 too where it does not wait."""
        for turn, items in enumerate(self._waiting.values()):
            if item in items:
                rounds = items.index(item)
                return sum(
                    min(len(others), rounds + (number < turn)) for number, others in enumerate(self._waiting.values())
                )
        return 0
