"""Links as anybody can write them, well formed or not."""

import base64
import json
import zlib
from typing import Any
from urllib.parse import quote, urlencode


def link(**query: Any) -> str:
    """Fields as the part of an address behind its question mark.

    >>> link(seed=1, image="√")
    'seed=1&image=%E2%88%9A'
    """
    return urlencode({name: str(value) for name, value in query.items()}, quote_via=quote, errors="surrogatepass")


def packed(data: Any) -> str:
    """JSON data as a link carries it, in ASCII: half a letter stays one."""
    return squeezed(json.dumps(data).encode())


def squeezed(plain: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")
