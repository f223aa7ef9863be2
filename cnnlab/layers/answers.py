"""What the layer inspector is told by the workshop: plain data, with pictures as PNG and rows as packed JSON."""

from dataclasses import dataclass

from cnnlab.specs import Message

from .rows import Shape


@dataclass(frozen=True)
class Pixels:
    """A small layer of the same arithmetic at work on small numbers: `rows` is what the browser draws and works with.

    `call` (Call.to_dict) and `input` are what is drawn: those of the view, or smaller where that is too large to draw,
    which `notes` say. `code` is source that prints the same numbers.
    """

    call: dict
    input: Shape
    output: Shape
    notes: tuple[Message, ...]
    rows: bytes
