"""What one visitor does to the server, as data: a page opened by a link, then a few steps on it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import uuid4

from tests.load.light import anywhere
from tests.load.server import Server
from tests.load.session import Action, Visitor
from tests.load.widgets import key_of, state


@dataclass(frozen=True)
class Set:
    """Give the first widget whose key matches a value; a whole number chooses an option by its place."""

    key: str
    value: Any

    async def __call__(self, visitor: Visitor) -> list[Action]:
        widget = next(iter(visitor.find(self.key)), None)
        if widget is None:
            return []
        options = getattr(widget.proto, "options", ())
        value = options[self.value % len(options)] if type(self.value) is int and options else self.value
        return [await visitor.act(f"set {widget.key}", widget.sent(value))]


@dataclass(frozen=True)
class Upload:
    """Give a file to the first uploader whose key matches."""

    key: str
    name: str
    data: Callable[[], bytes]

    async def __call__(self, visitor: Visitor) -> list[Action]:
        widget = next(iter(visitor.find(self.key)), None)
        return [await visitor.upload(widget, self.name, await asyncio.to_thread(self.data))] if widget else []


@dataclass(frozen=True)
class Paste:
    """A text into a paste box, which is then read."""

    key: str
    text: str

    async def __call__(self, visitor: Visitor) -> list[Action]:
        area = next(iter(visitor.find(rf"{self.key}\.text")), None)
        submit = next(iter(visitor.find(rf"FormSubmitter:{self.key}\..*")), None)
        if area is None or submit is None:
            return []
        text, press = area.sent(self.text), submit.sent(True)
        return [await visitor.act(f"paste {self.key}", text, press)]


@dataclass(frozen=True)
class Forge:
    """A value that no browser would send, for the widget at a place of the page, or for one that is not there."""

    place: int | None
    field: str
    value: Any
    id: str | None = None

    async def __call__(self, visitor: Visitor) -> list[Action]:
        widgets = sorted(visitor.widgets)
        id = widgets[self.place % len(widgets)] if self.id is None else self.id
        return [await visitor.act(f"forge {self.field} of {key_of(id)}", state(id, self.field, self.value))]


@dataclass(frozen=True)
class Stray:
    """Files put at the upload endpoint which no widget asked for."""

    count: int
    size: int

    async def __call__(self, visitor: Visitor) -> list[Action]:
        for _ in range(self.count):
            await visitor.put(f"/_stcore/upload_file/{visitor.session}/{uuid4()}", "stray.bin", bytes(self.size))
        return []


@dataclass(frozen=True)
class Anywhere:
    """So many widgets at random."""

    count: int
    seed: int

    async def __call__(self, visitor: Visitor) -> list[Action]:
        rng = Random(self.seed)
        return [await anywhere(visitor, rng) for _ in range(self.count)]


Step = Set | Upload | Paste | Forge | Stray | Anywhere


@dataclass(frozen=True)
class Deed:
    """A link, and what is done on the page that it opens. `only`: each step sends the changed widgets alone.

    What is `wild` no browser can do: the log may then tell of an error, though no page may show a red box.
    """

    name: str
    page: str
    query: str = ""
    steps: Sequence[Step] = ()
    only: bool = False
    wild: bool = False

    async def do(self, server: Server, patience_s: float) -> list[Action]:
        """The actions it was made of, up to the first with a problem."""
        async with Visitor(server.url, only=self.only, patience_s=patience_s) as visitor:
            actions = [await visitor.open(self.page, self.query)]
            for step in self.steps:
                if any(action.problems for action in actions):
                    break
                actions += await step(visitor)
            return actions
