"""What a page asks of the supervisor: wishes as files, answers out of the queue, which it only reads."""

import logging
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from cnnlab.hosting import Host, settings
from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.config import TrainConfig
from cnnlab.training.folder import ENDS, FINISHED
from cnnlab.training.refusing import Usage, refusals
from cnnlab.training.run import Run

from . import requests
from .entries import usage
from .keeping import discard
from .keys import digest, same, token
from .launchers import LAUNCHERS, MODULE
from .line import Place, ahead, begins
from .notes import held_by, hold, launch
from .places import VARIABLE, Root, runs_root
from .queue import OVER, RUNNING, WAITING, Entry, Queue, turns
from .rates import MINUTE_S, Rate
from .requests import Request
from .starting import start, supervised

ENDING = 4  # times as many requests of a minute may end something as may start something
SEEN = 1000  # of the last submitted runs, which the supervisor may not have seen yet
MINE = 200  # runs of a visitor that are listed
TRY_S = 5.0  # between two tries to start a supervisor
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticket:
    """The address of a run, and the key that stops, forks and deletes it: its starter's browser alone has it."""

    run: str
    key: str


class Submitted(NamedTuple):
    """A run by its id, with the digests of its visitor and of their address."""

    run: str
    visitor: str
    address: str


class Client:
    """For the process that serves pages; a visitor is the token that their browser holds, and has made up itself: so they
    are counted by their network `address` as well.
    """

    def __init__(self, root: Path | None = None, module: str = MODULE):
        wanted = Root(root or runs_root())
        try:
            self.root = wanted.made()
        except OSError as error:
            raise SpecError(
                "Runs cannot be kept in {folder} ({reason}): let {variable} name a folder that can be written.",
                folder=wanted.path,
                reason=error.strerror,
                variable=VARIABLE,
            ) from error
        self.module = module
        self._lock = threading.Lock()
        self._rate = Rate()
        self._submitted: deque[Submitted] = deque(maxlen=SEEN)
        self._tried = -TRY_S
        with Queue(self.root.queue) as queue:
            if queue.active():  # also after the machine was started anew
                self._ensure()

    def allowed(
        self, config: TrainConfig, visitor: str = "", cached: bool = False, address: str = ""
    ) -> tuple[SpecError, ...]:
        """Why the run may not be started, empty where it may."""
        try:
            return refusals(config, settings(), self.usage(visitor, cached, address))
        except SpecError as error:
            return (error,)

    def usage(self, visitor: str = "", cached: bool = False, address: str = "") -> Usage:
        """What the visitor's runs take, with those that the supervisor has not seen yet."""
        who, where = digest(visitor), digest(address)
        with Queue(self.root.queue) as queue:
            taken, coming = usage(self.root, queue, who, where, cached), self._unseen(queue)
        return replace(
            taken,
            active=taken.active + sum(one.visitor == who for one in coming),
            address_active=taken.address_active + sum(one.address == where for one in coming),
            waiting=taken.waiting + len(coming),
        )

    def submit(
        self,
        config: TrainConfig,
        visitor: str,
        parent: Mapping | None = None,
        launcher: str = "here",
        cached: bool = False,
        address: str = "",
    ) -> Ticket:
        """A run that waits for its turn; SpecError where it stands over a limit."""
        self._refuse(config, visitor, launcher, cached, address)
        return self._made(lambda folder: Run.create(folder, config, parent), visitor, launcher, address)

    def fork(
        self,
        run: str,
        key: str,
        checkpoint: Checkpoint,
        config: TrainConfig,
        visitor: str,
        cached: bool = False,
        address: str = "",
    ) -> Ticket:
        """A run that goes on from a checkpoint of another with other settings."""
        parent = Run(self._opened(run, key))
        self._refuse(config, visitor, "here", cached, address)
        return self._made(lambda folder: parent.fork(folder, checkpoint, config), visitor, "here", address)

    def resume(self, run: str, key: str) -> None:
        """Let a run go on, in its turn; SpecError where it has used up what it may."""
        self._opened(run, key)
        host = settings()
        with Queue(self.root.queue) as queue:
            entry = queue.of(run)
            taken = usage(self.root, queue, entry.visitor, entry.address, cached=True) if entry else Usage()
        if entry is not None and entry.state == OVER:
            self._may_resume(Run(self.root.path / run), entry, host, taken.going_on())
        self._ask("resume", run, key)

    def pause(self, run: str, key: str) -> None:
        self._ask("pause", run, key)

    def stop(self, run: str, key: str) -> None:
        self._ask("stop", run, key)

    def delete(self, run: str, key: str) -> None:
        self._ask("delete", run, key)

    def run(self, run: str) -> Run | None:
        """The run of an address; None where there is none."""
        folder = self.root.folder(run)
        return None if folder is None else Run(folder)

    def may(self, run: str, key: str) -> bool:
        """Whether this is the key to the run."""
        folder = self.root.folder(run)
        said = None if folder is None else held_by(folder)
        return said is not None and same(digest(key), said["key"])

    def place(self, run: str) -> Place | None:
        """Where the run stands; None where it neither runs nor waits."""
        with Queue(self.root.queue) as queue:
            active = queue.active()
            entry = next((entry for entry in active if entry.run == run), None)
            if entry is None:
                return self._coming(queue, run) if queue.of(run) is None else None
            self._ensure()
            if entry.state == RUNNING:
                return Place(running=True)
            line = turns(active, queue.served())
            begin = begins(self.root, queue, active, line)[run]
        before = [other.run for other in line].index(run)
        return Place(ahead(before, active), None if begin == float("inf") else begin)

    def mine(self, visitor: str) -> list[str]:
        """The runs of a visitor, newest first."""
        who = digest(visitor)
        with Queue(self.root.queue) as queue:
            known, coming = [entry.run for entry in queue.mine(who, MINE)], self._unseen(queue)
        new = [one.run for one in reversed(coming) if one.visitor == who]
        return [run for run in (*new, *known) if self.root.folder(run)][:MINE]

    def command(self, run: str, key: str) -> str | None:
        """What a person runs to start a run by hand; None where it is started here, or its turn has not come."""
        said = launch(self._opened(run, key))
        by_hand = said.get("launcher") in LAUNCHERS and LAUNCHERS[said["launcher"]].by_hand
        return said["ticket"] if by_hand else None

    def _unseen(self, queue: Queue) -> list[Submitted]:
        """Runs that the supervisor has not seen yet, in the order in which they came."""
        with self._lock:
            submitted = list(self._submitted)
        coming = [one for one in submitted if self.root.folder(one.run) and queue.of(one.run) is None]
        with self._lock:  # once seen, always seen: but not those that came meanwhile
            later = [one for one in self._submitted if one not in submitted]
            self._submitted = deque((*coming, *later), maxlen=SEEN)
        return coming

    def _coming(self, queue: Queue, run: str) -> Place | None:
        """The place of a run that the supervisor has not seen yet, behind all that it has."""
        folder = self.root.folder(run)
        if folder is None or held_by(folder) is None or Run(folder).state != "queued":
            return None
        self._ensure()
        with self._lock:
            coming = [one.run for one in self._submitted]
        before = coming[: coming.index(run)] if run in coming else []
        active = queue.active()
        waiting = sum(entry.state == WAITING for entry in active)
        return Place(ahead(waiting + sum(queue.of(other) is None for other in before), active), None)

    def _refuse(self, config: TrainConfig, visitor: str, launcher: str, cached: bool, address: str) -> None:
        host = settings()
        self._count(digest(visitor), digest(address), host)
        if LAUNCHERS[launcher].by_hand and not host.by_hand:
            raise SpecError("Runs by a command of one's own are not for visitors of this machine: start it here.")
        for error in refusals(config, host, self.usage(visitor, cached, address)):
            raise error

    def _may_resume(self, run: Run, entry: Entry, host: Host, taken: Usage) -> None:
        if entry.reason == ENDS[FINISHED]:
            raise SpecError("This run has finished: fork it to go on from its end.")
        if host.minutes is not None and entry.spent_s >= host.minutes * MINUTE_S:
            raise SpecError(
                "This run has taken {minutes} minutes, and {limit} are allowed: start a new one, or fork it.",
                minutes=round(entry.spent_s / MINUTE_S, 1),
                limit=host.minutes,
            )
        for error in refusals(run.config, host, taken):
            raise error

    def _made(self, create: Callable[[Path], Run], visitor: str, launcher: str, address: str) -> Ticket:
        ticket, who, where = Ticket(token(), token()), digest(visitor), digest(address)
        folder = self.root.path / ticket.run
        try:
            create(folder)
            hold(folder, who, digest(ticket.key), launcher, where)
            requests.write(self.root, Request("submit", ticket.run, digest(ticket.key)))
        except OSError as error:
            discard(self.root, ticket.run)
            raise SpecError(
                "The run could not be written to the disk of the machine ({reason}): delete runs, or ask the host.",
                reason=error.strerror,
            ) from error
        with self._lock:
            self._submitted.append(Submitted(ticket.run, who, where))
        self._ensure()
        return ticket

    def _opened(self, run: str, key: str) -> Path:
        """The folder of a run, for who has its key."""
        if not self.may(run, key):
            raise SpecError("Only the browser that started this run can change it: start one of your own like it.")
        return self.root.path / run

    def _ask(self, verb: str, run: str, key: str) -> None:
        said, host = held_by(self._opened(run, key)) or {}, Host()
        with suppress(SpecError):  # wrong settings keep nobody from stopping a run
            host = settings()
        self._count(said.get("visitor", ""), said.get("address", ""), host, 1 if verb == "resume" else ENDING)
        try:
            requests.write(self.root, Request(verb, run, digest(key)))
        except OSError as error:
            raise SpecError(
                "What you ask for could not be written to the disk of the machine ({reason}): ask whoever runs it.",
                reason=error.strerror,
            ) from error
        self._ensure()

    def _count(self, visitor: str, address: str, host: Host, times: int = 1) -> None:
        """One more request of a visitor, or SpecError where there were too many within a minute."""
        if not self._rate.count(f"at {address}", host.address_requests and host.address_requests * times):
            raise SpecError(
                "{limit} requests a minute are allowed from one network address: wait a moment.",
                limit=host.address_requests * times,
            )
        if not self._rate.count(visitor, host.requests and host.requests * times):
            raise SpecError("{limit} requests a minute are allowed: wait a moment.", limit=host.requests * times)

    def _ensure(self) -> None:
        """See to it that a supervisor reads what was asked."""
        with self._lock:
            now = time.monotonic()
            if now - self._tried < TRY_S or supervised(self.root):
                return
            self._tried = now
        try:
            start(self.root, self.module)
        except (OSError, subprocess.SubprocessError):  # a full disk: tried again, while what there is can be looked at
            LOG.exception("no supervisor could be started")
