"""Where work is asked for: here and now, or by the workshop's workers."""

import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from cnnlab import limits, shelf
from cnnlab.links import Linked
from cnnlab.specs import SpecError

from .crews import DIED, LIMIT, PROGRESS, crews
from .kinds import Job, Kind, Lane
from .plain import packed, unpacked
from .queue import FairQueue
from .store import Store
from .worker import ended, perform, unforeseen

LOG = logging.getLogger("cnnlab.workshop")
ROOT = Path(__file__).parents[2]
REMEMBERED_S = 60  # for how long it is known that a job reached its limit
PATIENCE_S = 120  # for the workshop to start
DEAREST = 2  # bytes that an answer takes here for one of its packed bytes


class Ticket:
    """One visitor's wish for an answer; a wish that is dropped is worked on no more, unless others have it too."""

    def __init__(self, errand: "Errand", desk: "Desk"):
        self._errand, self._desk, self._wanted = errand, desk, True

    @property
    def future(self) -> Future:
        """Of the value or the SpecError."""
        return self._errand.future

    @property
    def place(self) -> int:
        """How many jobs come before it."""
        return self._desk.place(self._errand)

    @property
    def progress(self) -> tuple[int, int | None] | None:
        """How much is done, of how much, where the job tells."""
        return self._errand.progress

    def result(self, timeout: float | None = None) -> Any:
        """The value; SpecError where there is none, TimeoutError where there is none yet."""
        return self.future.result(timeout)

    def drop(self) -> None:
        if self._wanted:
            self._wanted = False
            self._desk.drop(self._errand)


class Errand:
    """A job that was asked for, by one or many."""

    def __init__(self, job: Job, kind: Kind, visitor: str = ""):
        self.job, self.kind, self.visitor = job, kind, visitor
        self.future: Future = Future()
        self.progress: tuple[int, int | None] | None = None
        self.askers = 0
        self.number = 0  # of the running job; 0 while it waits

    def finish(self, value: Any) -> None:
        with suppress(InvalidStateError):  # dropped or told just now by another thread
            if isinstance(value, SpecError):
                self.future.set_exception(value)
            else:
                self.future.set_result(value)


class Desk(ABC):
    """Takes wishes; keeps answers for those who ask the same again."""

    def __init__(self):
        self.store = Store(limits.STORE_BYTES)

    def ask(self, kind: Kind, recipe: Linked, visitor: str = "") -> Ticket:
        """A ticket for the answer; SpecError where too many wait already."""
        job = kind.job(recipe)
        kept = self.kept(job)
        if kept is not None:
            errand = Errand(job, kind)
            errand.finish(kept)
            return Ticket(errand, self)
        return Ticket(self._errand(job, kind, visitor), self)

    def kept(self, job: Job) -> Any:
        """The answer, a SpecError among them, if it is at hand; else None."""
        kept = self.store.get(job)
        return kept and kept[0]

    def value(self, kind: Kind, recipe: Linked) -> Any:
        """The answer, waited for."""
        return self.ask(kind, recipe).result()

    def _keep(self, errand: Errand, value: Any, size: int, seconds: float = float("inf")) -> None:
        if errand.kind.keeps:
            self.store.put(errand.job, (value,), DEAREST * size + 200, seconds)

    @abstractmethod
    def _errand(self, job: Job, kind: Kind, visitor: str) -> Errand: ...

    def place(self, errand: Errand) -> int:
        return 0

    @abstractmethod
    def drop(self, errand: Errand) -> None:
        """One wish less."""

    @property
    def ready(self) -> bool:
        return True


class Here(Desk):
    """Work done where it is asked for, in a notebook or a test: the same answers, without limits of time and memory."""

    def _errand(self, job: Job, kind: Kind, visitor: str) -> Errand:
        errand = Errand(job, kind)
        answer = perform(kind, dict(job.query), limits.HEAVY_BYTES, lambda done, total: None)
        value = unpacked(answer)
        self._keep(errand, value, len(answer))
        errand.finish(value)
        return errand

    def drop(self, errand: Errand) -> None:
        """It is done already."""


class Workshop(Desk):
    """Work done by the processes of a workshop, which is started anew if it dies. Used by several threads."""

    def __init__(self, table: str):
        super().__init__()
        self._table = table
        self._lock = threading.RLock()
        self._errands: dict[Job, Errand] = {}
        self._running: dict[int, Errand] = {}
        self._queues: dict[Lane, FairQueue[Errand]] = {lane: FairQueue() for lane in Lane}
        self._free = {lane: crew.workers for lane, crew in crews().items()}
        self._turns = {lane: max(1, workers - 1) for lane, workers in self._free.items()}  # of one visitor at once
        self._number = 0
        self._connection: Connection | None = None
        self._process: subprocess.Popen | None = None
        self._closed = False

    def open(self) -> None:
        """Start the workshop's process, in the background."""
        threading.Thread(target=self._keep_open, name="workshop", daemon=True).start()

    def close(self) -> None:
        self._closed = True
        with self._lock:
            if self._connection:
                self._connection.close()
            if self._process:
                self._process.terminate()

    @property
    def ready(self) -> bool:
        return self._connection is not None

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def place(self, errand: Errand) -> int:
        with self._lock:
            return self._queues[errand.kind.lane].place(errand)

    def drop(self, errand: Errand) -> None:
        with self._lock:
            errand.askers -= 1
            if errand.askers or errand.future.done():
                return
            if self._errands.get(errand.job) is errand:
                del self._errands[errand.job]
            if errand.number:
                self._send(errand.number, "", {})
            else:
                self._queues[errand.kind.lane].remove(errand)
            errand.finish(ended())

    def _errand(self, job: Job, kind: Kind, visitor: str) -> Errand:
        with self._lock:
            errand = self._errands.get(job)
            if errand is None:
                errand = Errand(job, kind, visitor)
                self._queues[kind.lane].put(errand, visitor)
                self._errands[job] = errand
                self._dispatch(kind.lane)
            errand.askers += 1
            return errand

    def _dispatch(self, lane: Lane) -> None:
        """Send what waits, as long as a worker is free. The caller holds the lock."""
        while self._connection and self._free[lane]:
            held = Counter(errand.visitor for errand in self._running.values() if errand.kind.lane is lane)
            errand = self._queues[lane].take(lambda visitor, held=held: held[visitor] < self._turns[lane])
            if errand is None:
                return
            self._number += 1
            errand.number = self._number
            self._running[errand.number] = errand
            self._free[lane] -= 1
            self._send(errand.number, errand.job.kind, dict(errand.job.query))

    def _send(self, number: int, name: str, query: dict[str, str]) -> None:
        try:
            if self._connection:
                self._connection.send_bytes(packed([number, name, query]))
        except OSError:
            LOG.info("The workshop is gone.")  # whoever listens to it starts it anew

    def _keep_open(self) -> None:
        pause = 0.1
        while not self._closed:
            began = time.monotonic()
            try:
                self._start()
                self._listen()
            except (OSError, EOFError) as error:
                LOG.warning("The workshop has ended (%s) and is started again.", error or type(error).__name__)
            except Exception:  # whatever it said that cannot be read
                LOG.exception("The workshop is started again.")
            self._lose_all()
            pause = 0.1 if time.monotonic() - began > 30 else min(2 * pause, 30)
            threading.Event().wait(0 if self._closed else pause)

    def _start(self) -> None:
        key = secrets.token_bytes(32)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        environment = {
            **os.environ,
            "PYTHONPATH": path,
            "OMP_NUM_THREADS": os.environ.get("CNNLAB_THREADS", "1"),
            shelf.VARIABLE: str(shelf.folder()),
        }
        with Listener(authkey=key) as listener:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cnnlab.workshop", str(listener.address), self._table],
                stdin=subprocess.PIPE,
                env=environment,
            )
            self._process.stdin.write(key.hex().encode() + b"\n")
            self._process.stdin.close()
            connection = _accepted(listener, key, self._process)
        connection.recv_bytes()  # it has loaded what it needs
        with self._lock:
            self._connection = connection
            for lane in Lane:
                self._dispatch(lane)

    def _listen(self) -> None:
        while True:
            number, state, data = unpacked(self._connection.recv_bytes())
            with self._lock:
                errand = self._running.get(number)
                if errand and state == PROGRESS:
                    errand.progress = tuple(unpacked(data))
                elif errand:
                    self._end(errand)
            if errand and state != PROGRESS:
                self._answer(errand, state, data)

    def _end(self, errand: Errand) -> None:
        """A worker is free again. The caller holds the lock."""
        del self._running[errand.number]
        if self._errands.get(errand.job) is errand:
            del self._errands[errand.job]
        self._free[errand.kind.lane] += 1
        self._dispatch(errand.kind.lane)

    def _answer(self, errand: Errand, state: str, data: bytes) -> None:
        try:
            value = unpacked(data)
        except Exception as error:  # one answer that cannot be read is not to end all others
            errand.finish(unforeseen(error, errand.job.kind))
            return
        if state != DIED:
            self._keep(errand, value, len(data), REMEMBERED_S if state == LIMIT else float("inf"))
        errand.finish(value)

    def _lose_all(self) -> None:
        """The workshop has died: what ran there is lost, what waits goes on waiting."""
        with self._lock:
            self._connection = None
            for errand in list(self._running.values()):
                self._end(errand)
                errand.finish(ended())


def _accepted(listener: Listener, key: bytes, process: subprocess.Popen) -> Connection:
    """The connection that the process makes; one that is closed already if it ends instead, or takes too long."""
    address = listener.address
    timer = threading.Timer(PATIENCE_S, process.kill)
    timer.start()

    def unblock() -> None:
        process.wait()
        with suppress(OSError):  # it was accepted long ago
            Client(address, authkey=key).close()

    threading.Thread(target=unblock, daemon=True).start()
    try:
        return listener.accept()
    finally:
        timer.cancel()


__all__ = ["Desk", "Here", "Ticket", "Workshop"]
