"""The addresses of pictures that a page names, as a browser would find them."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from streamlit.proto.Element_pb2 import Element

ADDRESS = re.compile(r"(?:\./|/)?(?:picture|rows|media)/[^\s\"'<>()]+")
NAMED = re.compile(rf"[\"'(]({ADDRESS.pattern})[\"')]")  # in HTML and Markdown
BASE = "base"  # in a component's data: what the addresses beside and below it begin with
TAILS = ("src", "tail")


def addresses(element: Element) -> list[str]:
    """The addresses that a browser fetches to show an element, each from the server's root.

    >>> element = Element()
    >>> element.bidi_component.json = '{"base": "picture/x/", "tiles": [{"src": "0.png?a=1"}, {"src": "data:,"}]}'
    >>> addresses(element)
    ['/picture/x/0.png?a=1']
    >>> element.html.body = '<img src="picture/x/0.png?a=1&amp;b=2">'
    >>> addresses(element)
    ['/picture/x/0.png?a=1&b=2']
    """
    kind = element.WhichOneof("type")
    if kind == "bidi_component":
        component = element.bidi_component
        text = component.json or component.mixed.json
        named = _in_data(json.loads(text)) if ADDRESS.search(text) else ()
    elif kind == "imgs":
        named = (image.url for image in element.imgs.imgs if ADDRESS.fullmatch(image.url))
    elif kind == "html":
        named = map(unescape, NAMED.findall(element.html.body))
    elif kind == "markdown":
        named = NAMED.findall(element.markdown.body)
    else:
        named = ()
    return list(dict.fromkeys(rooted(address) for address in named))


def rooted(address: str) -> str:
    return "/" + address.removeprefix("./").removeprefix("/")


def _in_data(data: Any, base: str = "") -> Iterator[str]:
    """Every text in a component's data that is an address, and every tail of the base that stands above it."""
    if isinstance(data, str):
        if ADDRESS.fullmatch(data):
            yield data
    elif isinstance(data, list):
        for item in data:
            yield from _in_data(item, base)
    elif isinstance(data, dict):
        own = data.get(BASE)
        base = own if isinstance(own, str) and ADDRESS.match(own) else base
        for name, value in data.items():
            if base and name in TAILS and isinstance(value, str):
                if value and not value.startswith("data:"):
                    yield value if ADDRESS.fullmatch(value) else base + value
            elif name != BASE:
                yield from _in_data(value, base)
