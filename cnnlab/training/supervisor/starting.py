"""One supervisor per folder of runs: who it is, and how one comes to be that belongs to nobody who may be killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from cnnlab.training.folder import read_json, write_json
from cnnlab.training.heartbeat import is_there, machine, who
from cnnlab.training.origin import code_hash

from .launchers import MODULE, python_path
from .places import Root
from .processes import send

OWNER = "owner.json"
LOCK_S = 2.0  # for one that leaves
BEAT_S, SILENT_S = 10.0, 60.0  # of an owner on another machine, or before this one was started anew
LOG_BYTES = 1 << 20
# Two forks leave it a child of the system, not of the server: neither a signal to the server's group nor one to its
# children reaches it. What ends whole control groups (systemd) does: there, give the supervisor a unit of its own.
DETACH = "import os, sys; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); os.execv(sys.argv[1], sys.argv[1:])"


class Office:
    """The one place of a supervisor, while it is held."""

    def __init__(self, root: Root):
        self.root = root
        self.since = 0.0

    def beat(self) -> None:
        """Say who holds it, for machines that share the disk: now and then."""
        now = time.monotonic()
        if now - self.since > BEAT_S or not self.since:
            self.since = now
            write_json(self.root.own, OWNER, who() | {"version": version(), "beat": time.time()})


@contextmanager
def election(root: Root) -> Iterator[Office | None]:
    """The office, to the one process that gets it, until the end of the block."""
    lock = FileLock(root.lock, timeout=LOCK_S, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        yield None
        return
    try:
        office = Office(root)
        office.beat()
        yield office
    finally:
        (root.own / OWNER).unlink(missing_ok=True)
        lock.release()


def version() -> str:
    """A supervisor of another version of cnnlab, or with other settings in its environment, is none of ours."""
    said = json.dumps({name: value for name, value in sorted(os.environ.items()) if name.startswith("CNNLAB_")})
    return hashlib.sha256(f"{code_hash()} {said}".encode()).hexdigest()


def supervised(root: Root) -> bool:
    """Whether a supervisor owns the root. One of another version is asked to leave; its runs go on."""
    said = read_json(root.own, OWNER)
    if not said:
        return False
    if said.get("host") != machine():
        beat = said.get("beat")
        return isinstance(beat, float) and time.time() - beat < SILENT_S
    if not is_there(said.get("pid"), said.get("create_time")):
        return False
    if said.get("version") == version():
        return True
    send(said["pid"], said["create_time"], signal.SIGTERM)
    return False


def start(root: Root, module: str = MODULE) -> None:
    """Start a supervisor that inherits nothing but the environment; of several, those that come later leave."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(root.log, flags, 0o600), "ab") as log:
        if log.tell() > LOG_BYTES:
            log.truncate(0)
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", DETACH, sys.executable, "-m", __package__, str(root.path), module],
            env={**os.environ, "PYTHONPATH": python_path()},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
