"""What a run of training leaves to look at, as a link names it: the weights of a checkpoint, a picture of its data."""

import re
from dataclasses import dataclass
from typing import Self

from cnnlab import limits
from cnnlab.links import damaged

WEIGHTS = re.compile(r"([A-Za-z0-9_-]{1,64})\.(last|best)\.([0-9]{1,10})", re.ASCII)
ELEMENT = re.compile(r"([A-Za-z0-9_-]{1,64})\.(train|test)\.([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True)
class Learnt:
    """The weights of a run, by its id: its `last` or its `best` ones, while these are of so many steps."""

    run: str
    which: str
    step: int

    def __str__(self) -> str:
        return f"{self.run}.{self.which}.{self.step}"

    @classmethod
    def read(cls, text: str) -> Self:
        """SpecError for what names no weights.

        >>> Learnt.read("abc.best.23")
        Learnt(run='abc', which='best', step=23)
        """
        named = WEIGHTS.fullmatch(text)
        if named is None or int(named[3]) > limits.STEPS_OF_RUN:
            raise damaged()
        return cls(named[1], named[2], int(named[3]))


@dataclass(frozen=True)
class Element:
    """A picture of a run's data, by its index in the dataset, or in what that keeps as its `own_test`."""

    run: str
    own_test: bool
    index: int

    def __str__(self) -> str:
        return f"{self.run}.{'test' if self.own_test else 'train'}.{self.index}"

    @classmethod
    def read(cls, image: str) -> Self | None:
        """None for a picture of any other kind.

        >>> Element.read("abc.test.7"), Element.read("chelsea")
        (Element(run='abc', own_test=True, index=7), None)
        """
        named = ELEMENT.fullmatch(image)
        return cls(named[1], named[2] == "test", int(named[3])) if named else None
