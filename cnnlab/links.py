"""Plain data as text short enough for a URL, and back."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from cnnlab import limits
from cnnlab.specs import SpecError


def pack(data: Any) -> str:
    """JSON data as URL-safe text.

    >>> unpack(pack({"steps": [1, 2]}))
    {'steps': [1, 2]}
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack(text: str) -> Any:
    """What `pack` packed, or SpecError; whoever made the link, it cannot take more than limits.LINK_UNPACKED bytes."""
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


def whole(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number out of URL parameters, or SpecError.

    >>> whole({"seed": "7"}, "seed", 0, 0, 9), whole({}, "seed", 0, 0, 9)
    (7, 0)
    """
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and low <= int(text) <= high):
        raise SpecError(
            "The link says {name}={value}: it must be a whole number from {low} to {high}.",
            name=name,
            value=text[:20],
            low=low,
            high=high,
        )
    return int(text)
