"""From where a visitor comes, as far as they cannot make it up."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

MOST = 64  # addresses of a header that are looked at
PREFIX = 64  # bits of an IPv6 address that one household or one school has


def network(peer: str | None, forwarded: Sequence[str] = (), proxies: int = 0) -> str:
    """The network address that a visitor is counted by, IPv6 by its /64; "" where they may have made it up.

    `peer` is whom the server says it speaks with, `forwarded` the headers X-Forwarded-For, to which each of the trusted
    `proxies` adds at the end from where it was asked. uvicorn puts what that header says in the place of a peer of this
    very machine, whoever wrote it: so a peer that stands in the header proves nothing.

    >>> network("192.0.2.9", ["198.51.100.1, 203.0.113.7:4711"], proxies=1), network("2001:db8::5:1")
    ('203.0.113.7', '2001:db8::/64')
    >>> network("192.0.2.9", ["192.0.2.9"])
    ''
    """
    said = ",".join(forwarded).split(",", MOST) if forwarded else []
    if len(said) > MOST:
        return ""
    places = [_network(text) for text in said]
    if proxies and len(places) >= proxies:
        return places[-proxies]
    own = _network(peer or "")
    return "" if own in places else own


def _network(text: str) -> str:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, PREFIX), strict=False))
