"""What the server says, it says at once."""

import os
import socket
import stat


def send_at_once(port: int) -> None:
    """Turn Nagle's algorithm off for all connections that this process accepts at `port`.

    asyncio does so for sockets that were made with IPPROTO_TCP; Streamlit 1.67 makes its own without. A run of a page
    sends one message and then many small ones, which would wait for the browser's acknowledgement of the first: 40 ms
    at every touch. Connections inherit the option from the socket that accepts them.
    """
    for name in os.listdir("/dev/fd"):
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as copy:
                internet = copy.family in (socket.AF_INET, socket.AF_INET6) and copy.type == socket.SOCK_STREAM
                if internet and copy.getsockname()[1] == port:
                    copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # the descriptor by which the folder itself was read
            continue
