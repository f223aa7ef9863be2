"""What a page asks of the supervisor: wishes as files, answers out of the queue, which it only reads."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.config import TrainConfig
from cnnlab.training.host import Host, Usage, refusals, settings
from cnnlab.training.run import Run

from . import requests
from .entries import left, length, usage
from .keys import digest, same, token
from .launchers import LAUNCHERS, MODULE
from .notes import held_by, hold
from .places import Root, runs_root
from .queue import OVER, RUNNING, WAITING, Entry, Queue, forecast, turns
from .requests import Request
from .starting import start, supervised

MINUTE_S = 60.0
VISITORS = 10_000  # whose requests are remembered
MINE = 200  # runs of a visitor that are listed
TRY_S = 5.0  # between two tries to start a supervisor


@dataclass(frozen=True)
class Ticket:
    """The address of a run, and the key that stops, forks and deletes it: its starter's browser alone has it."""

    run: str
    key: str


@dataclass(frozen=True)
class Place:
    """Where a run stands in line: `ahead` of it wait so many; in `wait_s` it should begin, None where nobody can tell.

    `running` is true of one that has begun.
    """

    ahead: int = 0
    wait_s: float | None = 0.0
    running: bool = False


class Client:
    """For the process that serves pages; a visitor is the token that their browser holds."""

    def __init__(self, root: Path | None = None, module: str = MODULE):
        self.root = Root(root or runs_root()).made()
        self.module = module
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, deque[tuple[float, str]]] = OrderedDict()
        self._tried = 0.0

    def allowed(self, config: TrainConfig, visitor: str | None = None, cached: bool = False) -> tuple[SpecError, ...]:
        """Why the run may not be started, empty where it may."""
        try:
            return refusals(config, settings(), self.usage(visitor, cached))
        except SpecError as error:
            return (error,)

    def usage(self, visitor: str | None = None, cached: bool = False) -> Usage:
        """What the visitor's runs take, with those that the supervisor has not seen yet."""
        who = digest(visitor or "")
        with Queue(self.root.queue) as queue:
            taken, known = usage(self.root, queue, who, cached), queue.runs_of(who)
        with self._lock:
            coming = {run for _, run in self._asked.get(who, ()) if run} - known
        return Usage(taken.active + len(coming), taken.waiting, taken.disk_mib, taken.free_mib, cached)

    def submit(
        self,
        config: TrainConfig,
        visitor: str,
        parent: Mapping | None = None,
        launcher: str = "here",
        cached: bool = False,
    ) -> Ticket:
        """A run that waits for its turn; SpecError where it stands over a limit."""
        self._refuse(config, visitor, launcher, cached)
        return self._submitted(lambda folder: Run.create(folder, config, parent), visitor, launcher)

    def fork(
        self, run: str, key: str, checkpoint: Checkpoint, config: TrainConfig, visitor: str, cached: bool = False
    ) -> Ticket:
        """A run that goes on from a checkpoint of another with other settings."""
        parent = Run(self._opened(run, key))
        self._refuse(config, visitor, "here", cached)
        return self._submitted(lambda folder: parent.fork(folder, checkpoint, config), visitor, "here")

    def resume(self, run: str, key: str) -> None:
        """Let a run go on, in its turn; SpecError where it has used up what it may."""
        self._opened(run, key)
        host = settings()
        with Queue(self.root.queue) as queue:
            entry = queue.of(run)
            taken = usage(self.root, queue, entry.visitor) if entry else Usage()
        if entry is not None and entry.state == OVER:
            self._may_resume(Run(self.root.path / run).config, entry, host, taken)
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
            entry, active, served = queue.of(run), queue.active(), queue.served()
            if entry is None:
                return self._coming(run, active)
            if entry.state == RUNNING:
                return Place(running=True)
            if entry.state != WAITING:
                return None
            line = turns(active, served)
            begin = self._forecast(queue, active, line)[run]
        self._ensure()
        return Place([other.run for other in line].index(run), None if begin == float("inf") else begin)

    def mine(self, visitor: str) -> list[str]:
        """The runs of a visitor, newest first."""
        who = digest(visitor)
        with Queue(self.root.queue) as queue:
            known = [entry.run for entry in queue.mine(who, MINE)]
        with self._lock:
            asked = [run for _, run in self._asked.get(who, ()) if run]
        coming = [run for run in reversed(asked) if run not in known]
        return [run for run in (*coming, *known) if self.root.folder(run)][:MINE]

    def _forecast(self, queue: Queue, active: list[Entry], line: list[Entry]) -> dict[str, float]:
        try:
            host = settings()
        except SpecError:
            return {entry.run: float("inf") for entry in line}
        now = time.time()
        running = [entry for entry in active if entry.state == RUNNING and not LAUNCHERS[entry.launcher].by_hand]
        lefts = [left(entry, Run(self.root.path / entry.run), length(queue, entry, host), now) for entry in running]
        return forecast(line, lefts, host.at_once, {entry.run: length(queue, entry, host) for entry in line})

    def _coming(self, run: str, active: list[Entry]) -> Place | None:
        """The place of a run that the supervisor has not seen yet."""
        folder = self.root.folder(run)
        if folder is None or held_by(folder) is None or Run(folder).state != "queued":
            return None
        self._ensure()
        return Place(sum(entry.state == WAITING for entry in active), None)

    def _refuse(self, config: TrainConfig, visitor: str, launcher: str, cached: bool) -> None:
        host = settings()
        self._count(digest(visitor), host)
        if LAUNCHERS[launcher].by_hand and not host.by_hand:
            raise SpecError("Runs by a command of one's own are not for visitors of this machine: start it here.")
        for error in refusals(config, host, self.usage(visitor, cached)):
            raise error

    @staticmethod
    def _may_resume(config: TrainConfig, entry: Entry, host: Host, taken: Usage) -> None:
        for error in refusals(config, host, Usage(taken.active, taken.waiting, 0, taken.free_mib, cached=True)):
            raise error
        if host.minutes is not None and entry.spent_s >= host.minutes * MINUTE_S:
            raise SpecError(
                "This run has taken {minutes} minutes, and {limit} are allowed: start a new one, or fork it.",
                minutes=round(entry.spent_s / MINUTE_S, 1),
                limit=host.minutes,
            )

    def _submitted(self, create, visitor: str, launcher: str) -> Ticket:
        ticket, who = Ticket(token(), token()), digest(visitor)
        run = create(self.root.path / ticket.run)
        hold(run.folder, who, digest(ticket.key), launcher)
        with self._lock:
            self._asked[who].append((time.monotonic(), ticket.run))
        requests.write(self.root, Request("submit", ticket.run, digest(ticket.key)))
        self._ensure()
        return ticket

    def _opened(self, run: str, key: str) -> Path:
        """The folder of a run, for who has its key."""
        if not self.may(run, key):
            raise SpecError(
                "Only the browser that started this run can change it: copy its settings to start your own."
            )
        return self.root.path / run

    def _ask(self, verb: str, run: str, key: str) -> None:
        said = held_by(self._opened(run, key))
        if said is not None:
            self._count(said["visitor"], settings() if verb == "resume" else None)
        requests.write(self.root, Request(verb, run, digest(key)))
        self._ensure()

    def _count(self, who: str, host: Host | None) -> None:
        """One more request of a visitor, or SpecError where there were too many within a minute."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(who, deque(maxlen=1000))
            self._asked.move_to_end(who)
            while asked and now - asked[0][0] > MINUTE_S:
                asked.popleft()
            if host is not None and host.requests is not None and len(asked) >= host.requests:
                raise SpecError("{limit} requests a minute are allowed: wait a moment.", limit=host.requests)
            asked.append((now, ""))
            while len(self._asked) > VISITORS:
                self._asked.popitem(last=False)

    def _ensure(self) -> None:
        """See to it that a supervisor reads what was asked."""
        with self._lock:
            now = time.monotonic()
            if now - self._tried < TRY_S or supervised(self.root):
                return
            self._tried = now
        start(self.root, self.module)
