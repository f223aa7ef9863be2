"""Connections inherit what their listening socket was told."""

import socket
import tomllib
from pathlib import Path

from cnnlab import limits
from pages.serving.sockets import send_at_once


def delayed(listening: socket.socket) -> bool:
    """Whether a connection accepted there holds small messages back."""
    with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
        return not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connections_send_at_once_and_others_are_left_alone():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        assert delayed(one)
        send_at_once(one.getsockname()[1])
        assert not delayed(one)
        assert delayed(other)
        assert one.fileno() >= 0


def test_a_browser_may_send_the_longest_text_and_not_much_more():
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    most = config["server"]["maxWidgetStateSize"] * 10**6  # what each session can make the server hold
    text = 4 * limits.PASTE_CHARACTERS  # in UTF-8
    assert 2 * text < most <= 16 * text
