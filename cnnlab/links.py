"""Plain data as text short enough for a URL, and back."""

import base64
import binascii
import json
import zlib
from typing import Any

from cnnlab.specs import SpecError

MAX_PACKED = 16_000
MAX_UNPACKED = 200_000


def pack(data: Any) -> str:
    """JSON data as URL-safe text.

    >>> unpack(pack({"steps": [1, 2]}))
    {'steps': [1, 2]}
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack(text: str) -> Any:
    """What `pack` packed, or SpecError; whoever made the link, it cannot take more than MAX_UNPACKED bytes."""
    try:
        if len(text) > MAX_PACKED:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        plain = inflater.decompress(raw, MAX_UNPACKED)
        if inflater.unconsumed_tail or not inflater.eof:
            raise ValueError("cut off or too large")
        return json.loads(plain)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        raise SpecError("The link is damaged, so what it showed cannot be restored: ask for it again.") from error
