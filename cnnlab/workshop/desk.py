"""Where work is asked for: here and now, or by the workshop's workers."""

import logging
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

from cnnlab import limits
from cnnlab.links import Linked
from cnnlab.messages import Passing, SpecError

from .crews import PROGRESS, crews
from .errands import Errand, Ticket
from .kinds import Job, Kind, Lane
from .plain import packed, unpacked
from .queue import FairQueue
from .starting import started
from .store import Store
from .worker import ended, perform, unforeseen

LOG = logging.getLogger("cnnlab.workshop")
REMEMBERED_S = 60  # for how long a refusal is kept: a limit may be reached by chance
TIDY_S = 30
PAUSE_S, LONGEST_PAUSE_S = 0.1, 30  # before it is started again, longer each time that it ends soon
OBJECT_BYTES = 7  # that an answer takes here for one of its packed bytes, its pictures and rows left out; measured
ENTRY_BYTES = 1000  # of an answer besides


class Desk(ABC):
    """Takes wishes; keeps answers for those who ask the same again."""

    def __init__(self):
        self.store = Store(limits.STORE_BYTES)

    def ask(self, kind: Kind, recipe: Linked, visitor: str = "") -> Ticket:
        """A ticket for the answer; SpecError where too many wait already."""
        job = kind.job(recipe)
        kept = self.kept(job)
        if kept is not None:
            errand, withdrawn = Errand(job, kind), kind.withdrawn(recipe)
            if withdrawn:
                self.store.forget(job)
            errand.finish(withdrawn or kept)
            return Ticket(errand, self)
        return Ticket(self._errand(job, kind, visitor), self)

    def kept(self, job: Job) -> Any:
        """The answer, a SpecError among them, if it is at hand; else None."""
        kept = self.store.get(job)
        return kept and kept[0]

    def value(self, kind: Kind, recipe: Linked) -> Any:
        """The answer, waited for."""
        return self.ask(kind, recipe).result()

    def _keep(self, errand: Errand, value: Any, size: int) -> None:
        if errand.kind.keeps and not isinstance(value, Passing):
            seconds = REMEMBERED_S if isinstance(value, SpecError) else float("inf")
            self.store.put(errand.job, (value,), held_bytes(errand, value, size), seconds)

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


def held_bytes(errand: Errand, value: Any, size: int) -> int:
    """What is held of an answer of `size` packed bytes, with the question that it is kept under."""
    parts = [getattr(value, name, ()) for name in errand.kind.gives]
    raw = sum(len(part) if isinstance(part, bytes) else sum(map(len, part)) for part in parts)
    question = sum(len(name) + len(text) for name, text in errand.job.query)
    return raw + OBJECT_BYTES * (size - raw) + question + ENTRY_BYTES


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
        threading.Thread(target=self._tidy, name="tidy", daemon=True).start()

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
                self._send(errand.number, b"")
            else:
                self._queues[errand.kind.lane].remove(errand)
            errand.finish(ended())

    def _errand(self, job: Job, kind: Kind, visitor: str) -> Errand:
        with self._lock:
            errand = self._errands.get(job)
            if errand is None:
                errand = Errand(job, kind, packed([job.kind, dict(job.query)]), visitor)
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
            self._send(errand.number, errand.order)

    def _send(self, number: int, order: bytes) -> None:
        """A job to do, or with an empty order one to end. The caller holds the lock."""
        try:
            if self._connection:
                self._connection.send_bytes(packed([number, order]))
        except OSError:
            LOG.info("The workshop is gone.")  # whoever listens to it starts it anew

    def _tidy(self) -> None:
        """Give memory back once visitors have left."""
        pause = threading.Event()
        while not self._closed:
            pause.wait(TIDY_S)
            self.store.rest(limits.REST_SECONDS, limits.REST_BYTES)

    def _keep_open(self) -> None:
        pause = PAUSE_S
        while not self._closed:
            began = time.monotonic()
            try:
                self._start()
                self._listen()
            except Exception as error:  # whatever ends it, it is started again
                if not self._closed:
                    expected = isinstance(error, (OSError, EOFError))
                    reason = str(error) or type(error).__name__
                    LOG.warning("The workshop has ended (%s), and starts again.", reason, exc_info=not expected)
            self._lose_all()
            pause = PAUSE_S if time.monotonic() - began > LONGEST_PAUSE_S else min(2 * pause, LONGEST_PAUSE_S)
            threading.Event().wait(0 if self._closed else pause)

    def _start(self) -> None:
        self._process, connection = started(self._table)
        with self._lock:
            self._connection = connection
            if self._closed:
                raise EOFError
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
                self._answer(errand, data)

    def _end(self, errand: Errand) -> None:
        """A worker is free again. The caller holds the lock."""
        del self._running[errand.number]
        if self._errands.get(errand.job) is errand:
            del self._errands[errand.job]
        self._free[errand.kind.lane] += 1
        self._dispatch(errand.kind.lane)

    def _answer(self, errand: Errand, data: bytes) -> None:
        try:
            value = unpacked(data)
        except Exception as error:  # whatever a worker has sent: the next answer is listened to
            value = unforeseen(error, errand.kind.name)
        self._keep(errand, value, len(data))
        errand.finish(value)

    def _lose_all(self) -> None:
        """The workshop has died: what ran there is lost, what waits goes on waiting."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None
            if self._process:
                self._process.kill()
            for errand in list(self._running.values()):
                self._end(errand)
                errand.finish(ended())


__all__ = ["Desk", "Here", "Ticket", "Workshop"]
