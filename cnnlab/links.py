"""A page's view as URL parameters: one row a field, which prints it and reads it back."""

import base64
import binascii
import json
import zlib
from abc import ABC
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from cnnlab import limits
from cnnlab.specs import SpecError


@dataclass(frozen=True)
class Field:
    """One URL parameter of a view.

    `write(view)` gives its text, None where there is nothing to say. `read(text, view)` gives the value of the
    view's `attribute`, or SpecError; `view` is what the rows before this one have read. A whole number lies from
    `low` to `high`, in the link as in its widget.
    """

    name: str
    write: Callable[[Any], str | None]
    read: Callable[[str, Any], Any]
    attribute: str
    low: int | None = None
    high: int | None = None


class Linked(ABC):
    """A frozen dataclass that a URL can carry, all of whose fields have defaults."""

    FIELDS: ClassVar[tuple[Field, ...]]

    def to_query(self) -> dict[str, str]:
        """URL parameters, in the order of the rows; what stands at its default is left out."""
        default = type(self)()
        changed = [row for row in self.FIELDS if getattr(self, row.attribute) != getattr(default, row.attribute)]
        texts = {row.name: row.write(self) for row in changed}
        return {name: text for name, text in texts.items() if text is not None}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """The view that URL parameters describe, or SpecError; what they leave out stands at its default."""
        view = cls()
        for field in cls.FIELDS:
            if field.name in query:
                view = replace(view, **{field.attribute: field.read(query[field.name], view)})
        return view

    @classmethod
    def field(cls, name: str) -> Field:
        return next(field for field in cls.FIELDS if field.name == name)


@dataclass(frozen=True)
class Nothing(Linked):
    """A link that says nothing."""

    FIELDS: ClassVar[tuple[Field, ...]] = ()


def whole(name: str, low: int, high: int) -> Field:
    """A whole number.

    >>> whole("seed", 0, 9).read("7", None)
    7
    """

    def read(text: str, view: Any) -> int:
        if text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high:
            return int(text)
        raise SpecError(
            "The link says {name}={value}: it must be a whole number from {low} to {high}.",
            name=name,
            value=text[:20],
            low=low,
            high=high,
        )

    return Field(name, lambda view: str(getattr(view, name)), read, name, low, high)


def numbered(name: str, most: int) -> Field:
    """A place among so many: counted from one in a link, as on the screen, and from zero in the view.

    >>> numbered("place", 64).read("5", None)
    4
    """
    number = whole(name, 1, most)
    return replace(
        number, write=lambda view: str(getattr(view, name) + 1), read=lambda text, view: number.read(text, view) - 1
    )


def choice(name: str, options: Callable[[Any], Iterable[str]]) -> Field:
    """One of the words that suit the view."""

    def read(text: str, view: Any) -> str:
        words = tuple(options(view))
        if text in words:
            return text
        raise SpecError(
            "The link says {name}={value}: use one of {options}.", name=name, value=text[:20], options=", ".join(words)
        )

    return Field(name, lambda view: getattr(view, name), read, name)


def flag(name: str) -> Field:
    """True or False, as 1 or 0."""
    words = choice(name, lambda view: ("0", "1"))
    return Field(
        name, lambda view: str(int(getattr(view, name))), lambda text, view: words.read(text, view) == "1", name
    )


def text(name: str, most: int) -> Field:
    """Text of at most so many characters, cut off."""
    return Field(name, lambda view: getattr(view, name), lambda text, view: text[:most], name)


def sides(name: str, read: Callable[[str], tuple[int, ...]]) -> Field:
    """Whole numbers with an x between them, which `read` bounds; none where there are none to say.

    >>> sides("shape", lambda text: tuple(map(int, text.split("x")))).read("3x32", None)
    (3, 32)
    """

    def write(view: Any) -> str | None:
        lengths = getattr(view, name)
        return "x".join(map(str, lengths)) if lengths else None

    return Field(name, write, lambda text, view: read(text), name)


def packed(name: str, write: Callable[[Any], Any], read: Callable[[Any, Any], Any], attribute: str) -> Field:
    """Plain JSON data; an empty value is nothing to say."""

    def written(view: Any) -> str | None:
        data = write(view)
        return pack(data) if data or data == [] else None

    return Field(name, written, lambda text, view: read(unpack(text), view), attribute)


def pack(data: Any) -> str:
    """JSON data as URL-safe text.

    >>> unpack(pack({"steps": [1, 2]}))
    {'steps': [1, 2]}
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack(text: str) -> Any:
    """What `pack` packed, or SpecError; whoever made the link, it is bounded before it is unpacked."""
    try:
        if len(text) > limits.LINK_PACKED:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        plain = inflater.decompress(raw, limits.LINK_UNPACKED)
        if inflater.unconsumed_tail or not inflater.eof:
            raise ValueError("cut off or too large")
        return json.loads(plain)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        raise damaged() from error


def damaged() -> SpecError:
    return SpecError("The link is damaged, so what it showed cannot be restored: ask for it again.")
