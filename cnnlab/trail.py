"""The views that a visitor has seen, with a place among them: what undo and redo walk along."""

from dataclasses import dataclass
from typing import Any

from cnnlab import limits


@dataclass(frozen=True)
class Trail:
    """Views in the order they were shown, and the place of the one shown now; at most limits.UNDO lie before it.

    >>> trail = Trail(("a",)).changed("b").changed("c")
    >>> trail.stepped(-1).now, trail.stepped(-1).changed("d").views
    ('b', ('a', 'b', 'd'))
    """

    views: tuple[Any, ...]
    at: int = 0

    @property
    def now(self) -> Any:
        return self.views[self.at]

    @property
    def first(self) -> bool:
        return self.at == 0

    @property
    def last(self) -> bool:
        return self.at == len(self.views) - 1

    def changed(self, view: Any, keep: bool = True) -> "Trail":
        """Another view shown now, what had been undone forgotten; without `keep` it takes the place of the one before."""
        if view == self.now:
            return self
        past = self.views[: self.at + 1] if keep else self.views[: self.at]
        past = past[-limits.UNDO :]
        return Trail((*past, view), len(past))

    def stepped(self, by: int) -> "Trail":
        """The place so many views later, or earlier, as far as there are any."""
        return Trail(self.views, min(max(self.at + by, 0), len(self.views) - 1))
