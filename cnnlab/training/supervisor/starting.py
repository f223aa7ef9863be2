"""One supervisor per folder of runs: who it is, and how one comes to be that belongs to nobody who may be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from cnnlab.training.folder import read_json, write_json
from cnnlab.training.heartbeat import is_there, machine, who

from .launchers import MODULE, ROOT
from .places import Root

OWNER = "owner.json"
LOG_BYTES = 1 << 20
# Two forks leave it a child of the system, not of the server: neither a signal to the server's group nor one to its
# children reaches it. What ends whole control groups (systemd) does: there, give the supervisor a unit of its own.
DETACH = "import os, sys; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); os.execv(sys.argv[1], sys.argv[1:])"


@contextmanager
def election(root: Root) -> Iterator[bool]:
    """Whether this process is the one supervisor of the root, until the end of the block."""
    lock = FileLock(root.lock, timeout=1, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        write_json(root.own, OWNER, who() | {"since": time.time()})
        yield True
    finally:
        (root.own / OWNER).unlink(missing_ok=True)
        lock.release()


def supervised(root: Root) -> bool:
    """Whether a supervisor of this machine owns the root, or one of another that shares its disk."""
    said = read_json(root.own, OWNER)
    if not said:
        return False
    return said.get("host") != machine() or is_there(said.get("pid"), said.get("create_time"))


def start(root: Root, module: str = MODULE) -> None:
    """Start a supervisor that inherits nothing but the environment; of several, those that come later leave."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(root.log, flags, 0o600), "ab") as log:
        if log.tell() > LOG_BYTES:
            log.truncate(0)
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", DETACH, sys.executable, "-m", __package__, str(root.path), module],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
