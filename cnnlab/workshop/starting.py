"""The workshop's process, started by the server, and the connection that it makes."""

import os
import secrets
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from cnnlab import shelf

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300  # for it to load what it needs, from a slow disk too


def started(table: str) -> tuple[subprocess.Popen, Connection]:
    """The process for a table of kinds, ready to work, and the connection to it; OSError or EOFError where it ends instead."""
    key = secrets.token_bytes(32)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "OMP_NUM_THREADS": os.environ.get("CNNLAB_THREADS", "1"),
        shelf.VARIABLE: str(shelf.folder()),
    }
    with Listener(authkey=key) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "cnnlab.workshop", str(listener.address), table],
            stdin=subprocess.PIPE,
            env=environment,
        )
        timer = threading.Timer(PATIENCE_S, process.kill)
        timer.start()
        try:
            process.stdin.write(key.hex().encode() + b"\n")
            process.stdin.close()
            connection = _accepted(listener, key, process)
            connection.recv_bytes()  # it has loaded what it needs
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
    return process, connection


def _accepted(listener: Listener, key: bytes, process: subprocess.Popen) -> Connection:
    """The connection that the process makes; one that is closed already if it ends instead."""
    address = listener.address

    def unblock() -> None:
        process.wait()
        with suppress(OSError):  # it was accepted long ago
            Client(address, authkey=key).close()

    threading.Thread(target=unblock, daemon=True).start()
    return listener.accept()
