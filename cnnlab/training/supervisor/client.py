"""What a page asks of the supervisor: wishes as files, answers out of the queue, which it only reads."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.specs import SpecError
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.config import TrainConfig
from cnnlab.training.host import Host, settings
from cnnlab.training.refusing import Usage, refusals
from cnnlab.training.run import Run

from . import requests
from .entries import length_s, remaining_s, usage
from .keeping import discard
from .keys import digest, same, token
from .launchers import LAUNCHERS, MODULE
from .notes import held_by, hold, launch
from .places import Root, runs_root
from .queue import OVER, RUNNING, WAITING, Entry, Queue, forecast, turns
from .requests import Request
from .starting import start, supervised

MINUTE_S = 60.0
VISITORS = 10_000  # whose requests are remembered
ENDING = 4  # times as many requests of a minute may end something as may start something
SEEN = 1000  # of the last submitted runs, which the supervisor may not have seen yet
MINE = 200  # runs of a visitor that are listed
TRY_S = 5.0  # between two tries to start a supervisor


@dataclass(frozen=True)
class Ticket:
    """The address of a run, and the key that stops, forks and deletes it: its starter's browser alone has it."""

    run: str
    key: str


@dataclass(frozen=True)
class Place:
    """Where a run stands in line: `ahead` of it so many wait, or run and must end first; in `wait_s` it should begin,
    None where nobody can tell.

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
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        self._submitted: deque[tuple[str, str]] = deque(maxlen=SEEN)
        self._tried = -TRY_S
        with Queue(self.root.queue) as queue:
            if queue.active():  # also after the machine was started anew
                self._ensure()

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
            taken, coming = usage(self.root, queue, who, cached), self._unseen(queue, who)
        return replace(taken, active=taken.active + len(coming), waiting=taken.waiting + len(coming))

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
        return self._made(lambda folder: Run.create(folder, config, parent), visitor, launcher)

    def fork(
        self, run: str, key: str, checkpoint: Checkpoint, config: TrainConfig, visitor: str, cached: bool = False
    ) -> Ticket:
        """A run that goes on from a checkpoint of another with other settings."""
        parent = Run(self._opened(run, key))
        self._refuse(config, visitor, "here", cached)
        return self._made(lambda folder: parent.fork(folder, checkpoint, config), visitor, "here")

    def resume(self, run: str, key: str) -> None:
        """Let a run go on, in its turn; SpecError where it has used up what it may."""
        self._opened(run, key)
        host = settings()
        with Queue(self.root.queue) as queue:
            entry = queue.of(run)
            taken = usage(self.root, queue, entry.visitor, cached=True) if entry else Usage()
        if entry is not None and entry.state == OVER:
            self._may_resume(Run(self.root.path / run), entry, host, replace(taken, disk_mib=0))
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
            begin = self._forecast(queue, active, line)[run]
        before = [other.run for other in line].index(run)
        return Place(_ahead(before, active), None if begin == float("inf") else begin)

    def mine(self, visitor: str) -> list[str]:
        """The runs of a visitor, newest first."""
        who = digest(visitor)
        with Queue(self.root.queue) as queue:
            known, coming = [entry.run for entry in queue.mine(who, MINE)], self._unseen(queue, who)
        return [run for run in (*reversed(coming), *known) if self.root.folder(run)][:MINE]

    def command(self, run: str, key: str) -> str | None:
        """What a person runs to start a run by hand; None where it is started here, or its turn has not come."""
        said = launch(self._opened(run, key))
        by_hand = said.get("launcher") in LAUNCHERS and LAUNCHERS[said["launcher"]].by_hand
        return said["ticket"] if by_hand else None

    def _unseen(self, queue: Queue, who: str) -> list[str]:
        """A visitor's runs that the supervisor has not seen yet, in the order in which they came."""
        with self._lock:
            mine = [run for visitor, run in self._submitted if visitor == who]
        return [run for run in mine if self.root.folder(run) and queue.of(run) is None]

    def _forecast(self, queue: Queue, active: list[Entry], line: list[Entry]) -> dict[str, float]:
        try:
            host = settings()
        except SpecError:
            return {entry.run: float("inf") for entry in line}
        now = time.time()
        running = [entry for entry in active if entry.state == RUNNING and not LAUNCHERS[entry.launcher].by_hand]
        alike = {(entry.alike, entry.epochs): entry for entry in (*running, *line)}
        whole = {kind: length_s(queue, entry, host) for kind, entry in alike.items()}
        lengths = {entry.run: whole[entry.alike, entry.epochs] for entry in (*running, *line)}
        lefts = [remaining_s(entry, Run(self.root.path / entry.run), lengths[entry.run], now) for entry in running]
        return forecast(line, lefts, host.at_once, lengths)

    def _coming(self, queue: Queue, run: str) -> Place | None:
        """The place of a run that the supervisor has not seen yet, behind all that it has."""
        folder = self.root.folder(run)
        if folder is None or held_by(folder) is None or Run(folder).state != "queued":
            return None
        self._ensure()
        with self._lock:
            coming = [submitted for _, submitted in self._submitted]
        before = coming[: coming.index(run)] if run in coming else []
        active = queue.active()
        waiting = sum(entry.state == WAITING for entry in active)
        return Place(_ahead(waiting + sum(queue.of(other) is None for other in before), active), None)

    def _refuse(self, config: TrainConfig, visitor: str, launcher: str, cached: bool) -> None:
        host = settings()
        self._count(digest(visitor), host.requests)
        if LAUNCHERS[launcher].by_hand and not host.by_hand:
            raise SpecError("Runs by a command of one's own are not for visitors of this machine: start it here.")
        for error in refusals(config, host, self.usage(visitor, cached)):
            raise error

    def _may_resume(self, run: Run, entry: Entry, host: Host, taken: Usage) -> None:
        """A full disk of one's own does not keep a run from going on to its end."""
        if entry.reason == "finished":
            raise SpecError("This run has finished: fork it to go on from its end.")
        if host.minutes is not None and entry.spent_s >= host.minutes * MINUTE_S:
            raise SpecError(
                "This run has taken {minutes} minutes, and {limit} are allowed: start a new one, or fork it.",
                minutes=round(entry.spent_s / MINUTE_S, 1),
                limit=host.minutes,
            )
        for error in refusals(run.config, host, taken):
            raise error

    def _made(self, create: Callable[[Path], Run], visitor: str, launcher: str) -> Ticket:
        ticket, who = Ticket(token(), token()), digest(visitor)
        folder = self.root.path / ticket.run
        try:
            create(folder)
            hold(folder, who, digest(ticket.key), launcher)
            requests.write(self.root, Request("submit", ticket.run, digest(ticket.key)))
        except OSError as error:
            discard(self.root, ticket.run)
            raise SpecError(
                "The run could not be written to the disk of the machine ({reason}): delete runs, or ask the host.",
                reason=error.strerror,
            ) from error
        with self._lock:
            self._submitted.append((who, ticket.run))
        self._ensure()
        return ticket

    def _opened(self, run: str, key: str) -> Path:
        """The folder of a run, for who has its key."""
        if not self.may(run, key):
            raise SpecError("Only the browser that started this run can change it: start one of your own like it.")
        return self.root.path / run

    def _ask(self, verb: str, run: str, key: str) -> None:
        said, most = held_by(self._opened(run, key)), None
        with suppress(SpecError):  # wrong settings keep nobody from stopping a run
            most = settings().requests
        self._count(said["visitor"] if said else "", most and most * (1 if verb == "resume" else ENDING))
        requests.write(self.root, Request(verb, run, digest(key)))
        self._ensure()

    def _count(self, who: str, most: int | None) -> None:
        """One more request of a visitor, or SpecError where there were too many within a minute."""
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(who, deque(maxlen=10 * SEEN))
            self._asked.move_to_end(who)
            while asked and now - asked[0] > MINUTE_S:
                asked.popleft()
            if most is not None and len(asked) >= most:
                raise SpecError("{limit} requests a minute are allowed: wait a moment.", limit=most)
            asked.append(now)
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


def _ahead(waiting: int, active: Iterable[Entry]) -> int:
    """So many that wait, and those running that must end before all of them and one more can run."""
    running = sum(entry.state == RUNNING and not LAUNCHERS[entry.launcher].by_hand for entry in active)
    try:
        free = settings().at_once - running
    except SpecError:
        free = 0
    return waiting + min(running, max(0, waiting + 1 - free))
