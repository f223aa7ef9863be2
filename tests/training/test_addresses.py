"""Visitors are counted by an address that they cannot make up, whatever they write into headers."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cnnlab.training.supervisor.addresses import MOST, network
from cnnlab.training.supervisor.rates import Rate

ADDRESSES = st.one_of(
    st.ip_addresses().map(str), st.sampled_from(["127.0.0.1", "::1", "192.0.2.1:80", "[2001:db8::1]:9"])
)
MADE_UP = st.lists(
    st.one_of(ADDRESSES, st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]))), max_size=5
)


def told(peer: str, forwarded: list[str]) -> str:
    """Whom the server believes to speak with, by uvicorn as Streamlit runs it."""
    scope = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", text.encode("latin-1")) for text in forwarded],
    }

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    seen: list[str] = []
    with suppress(StopIteration):  # it waits for nothing
        ProxyHeadersMiddleware(app)(scope, None, None).send(None)
    return seen[0]


@given(st.sampled_from(["127.0.0.1", "203.0.113.7", "2001:db8::7"]), MADE_UP)
def test_without_a_proxy_no_header_makes_another_address(peer, forwarded):
    assert network(told(peer, forwarded), forwarded) in (network(peer), "")


@given(MADE_UP, st.ip_addresses(), st.integers(1, 3))
def test_proxies_that_are_trusted_write_after_whatever_a_visitor_wrote(made_up, address, proxies):
    written = [*made_up, ", ".join([str(address), *["10.0.0.1"] * (proxies - 1)])]
    said = network(told("127.0.0.1", written), written, proxies)
    assert said in ((network(str(address)),) if sum(text.count(",") + 1 for text in written) <= MOST else ("",))


def test_who_comes_past_the_proxy_is_taken_by_their_own_address():
    assert network("203.0.113.7", [], 2) == network("203.0.113.7", ["198.51.100.1"], 2) == "203.0.113.7"
    assert network("127.0.0.1", ["127.0.0.1"], 2) == ""


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_of_an_ipv6_address_the_first_64_bits_count(prefix, one, other):
    first, second = (network(str(IPv6Address(prefix << 64 | place))) for place in (one, other))
    assert first == second or not prefix  # below lie IPv4 addresses written as IPv6


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_written_as_ipv6(address: IPv4Address):
    assert network(f"::ffff:{address}") == network(str(address)) == str(address)


@pytest.mark.parametrize("peer", [None, "", "testclient", "/tmp/socket", "1.2.3", "fe80::1%eth0%1"])
def test_what_is_no_address_is_everybody_s(peer):
    assert network(peer) in ("", "fe80::/64")


def test_a_rate_forgets_who_asked_long_ago(monkeypatch):
    rate, now = Rate(), 1000.0
    monkeypatch.setattr("cnnlab.training.supervisor.rates.time.monotonic", lambda: now)
    assert [rate.count("ada", 2) for _ in range(3)] == [True, True, False]
    assert rate.count("bob", 2)
    now += 61
    assert rate.count("ada", 2)
    for number in range(10_001):
        rate.count(str(number), None)
    assert len(rate._asked) == 10_000
