"""The supervisor at work: requests in, runs started by turn, old ones removed."""

import logging
import threading
import time
from collections.abc import Mapping

from cnnlab.specs import SpecError
from cnnlab.training.host import HOSTED, Host, refusals, settings
from cnnlab.training.run import Run

from . import requests
from .entries import entry_of, usage
from .keeping import DAY_S, discard, sweep
from .keys import same
from .launchers import Launcher
from .notes import held_by, left, note
from .places import Root
from .queue import OVER, RUNNING, WAITING, Entry, Queue, free_slots, turns
from .requests import Request
from .trainers import FAILED, Trainers

TICK_S, SETTINGS_S, KEEP_S, IDLE_S = 0.1, 2.0, 600.0, 900.0
LOG = logging.getLogger(__name__)


class Supervisor:
    """The one writer of the queue; killed at any moment, its successor finds all that it knew in the root."""

    def __init__(self, root: Root, launchers: Mapping[str, Launcher]):
        self.root = root
        self.queue = Queue(root.queue, write=True)
        self.trainers = Trainers(root, self.queue, launchers)
        self.host: Host | None = None  # None while the settings are wrong: then nothing is started
        self._last = HOSTED
        self._left = threading.Event()
        self._due: dict[str, float] = {}

    def leave(self, *signal: object) -> None:
        """Runs go on, and the next supervisor finds them."""
        self._left.set()

    @property
    def left(self) -> bool:
        return self._left.is_set()

    def work(self) -> None:
        """Until it is told to leave, or there was nothing to do for a while."""
        busy = time.monotonic()
        with self.queue:
            self.recover()
            while not self._left.wait(TICK_S) and time.monotonic() - busy < IDLE_S:
                if self.step():
                    busy = time.monotonic()

    def step(self) -> bool:
        """All that is to be done now; True while there are requests, or runs that wait or run."""
        if self._is_due("settings", SETTINGS_S):
            self._settle()
        asked = [self._answer(request) for request in requests.read(self.root)]
        active = self.queue.active()
        self.trainers.look([entry for entry in active if entry.state == RUNNING], self._last)
        if self.host is not None and any(entry.state == WAITING for entry in active):
            self._next(self.host)
        if self._is_due("keep", KEEP_S):
            self.keep()
        return bool(asked or active)

    def recover(self) -> None:
        """Find what went on, or was begun, while no supervisor was there."""
        self._settle()
        for entry in self.queue.active():
            if entry.state == RUNNING and not entry.ticket:
                ticket = self._adopted(entry)
                self.queue.change(entry, **({"ticket": ticket} if ticket else {"state": WAITING, "started": 0.0}))
        for run in set(self.root.runs()) - self.queue.runs():
            self._found(run)

    def _adopted(self, entry: Entry) -> str | None:
        return self.trainers.launchers[entry.launcher].adopted(self.root.path / entry.run)

    def _found(self, run: str) -> None:
        """A visitor's run that the queue does not know: it was asked for when nobody listened, or the queue was lost."""
        folder = self.root.path / run
        said = held_by(folder)
        if said is None:
            return
        try:
            entry = entry_of(Run(folder), said["visitor"], said["created"], said["launcher"])
        except SpecError:
            return LOG.warning("%s describes no run", run)
        ticket, state = self._adopted(entry), Run(folder).state
        if ticket:
            self.queue.add(entry)
            self.queue.change(entry, state=RUNNING, ticket=ticket, started=time.time())
        elif state == "queued":
            self.queue.add(entry)
        else:
            self.queue.add(entry)
            self.queue.change(entry, state=OVER, ended=time.time(), reason=state)

    def _settle(self) -> None:
        try:
            host = settings()
        except SpecError as error:
            if self.host is not None or "problem" not in self._due:
                LOG.error("%s", error)
            self._due["problem"] = 0.0
            self.host = None
        else:
            self.host = self._last = host

    def _answer(self, request: Request) -> None:
        folder = self.root.folder(request.run)
        said = None if folder is None else held_by(folder)
        if said is None or not same(request.key, said["key"]):
            return LOG.warning("refused: %s %s", request.verb, request.run)
        entry = self.queue.of(request.run)
        if request.verb == "submit" and entry is None:
            self._submit(Run(folder), said)
        elif entry is not None and request.verb != "submit":
            {"resume": self._resume, "pause": self._leave, "stop": self._leave, "delete": self._delete}[request.verb](
                entry, request.verb
            )

    def _submit(self, run: Run, said: Mapping) -> None:
        try:
            entry = entry_of(run, said["visitor"], said["created"], said["launcher"])
            wrong = refusals(run.config, self.host or HOSTED, usage(self.root, self.queue, entry.visitor, cached=True))
        except SpecError as error:
            entry = Entry(run=run.folder.name, visitor=said["visitor"], created=said["created"])
            wrong = (error,)
        self.queue.add(entry)
        if wrong:
            note(run.folder, "refused", reason=str(wrong[0]))
            left(run.folder, FAILED, 0)
            self.queue.change(entry, state=OVER, ended=time.time(), reason="refused")

    def _resume(self, entry: Entry, verb: str) -> None:
        if entry.state == OVER:
            now = time.time()
            self.queue.change(entry, state=WAITING, asked=now, wanted="run", restarts=0, reason="")
        elif entry.state == RUNNING and not entry.deadline:
            self.queue.change(entry, wanted="run")
            Run(self.root.path / entry.run).ask("run")

    def _leave(self, entry: Entry, verb: str) -> None:
        """Pause or stop: a paused trainer waits where it is until its place is needed."""
        if entry.state == WAITING:
            self.queue.change(
                entry, state=OVER, ended=time.time(), wanted=verb, reason=f"{verb}ed".replace("pe", "ppe")
            )
            Run(self.root.path / entry.run).ask(verb)
        elif entry.state == RUNNING and verb == "stop" and entry.wanted != "stop":
            self.trainers.ask(entry, "stop", "stop")
        elif entry.state == RUNNING and verb == "pause" and not entry.deadline:
            self.queue.change(entry, wanted="pause")
            Run(self.root.path / entry.run).ask("pause")

    def _delete(self, entry: Entry, verb: str = "delete") -> None:
        if entry.state == RUNNING:
            self.trainers.kill(entry)
        discard(self.root, entry.run)
        self.queue.forget(entry.run)
        sweep(self.root)

    def _next(self, host: Host) -> None:
        """Start those whose turn it is; where there is no room, a paused run makes some."""
        active = self.queue.active()
        launchers = self.trainers.launchers
        for entry in turns(active, self.queue.served()):
            here = [other for other in active if other.state == RUNNING and not launchers[other.launcher].by_hand]
            slots = free_slots(entry, active, host.gpus)
            if not launchers[entry.launcher].by_hand and (len(here) >= host.at_once or slots is None):
                self._make_room(here)
                continue
            self.trainers.start(entry, host, slots or ())
            active = self.queue.active()

    def _make_room(self, running: list[Entry]) -> None:
        for entry in running:
            if entry.wanted == "pause" and not entry.deadline and Run(self.root.path / entry.run).state == "paused":
                note(self.root.path / entry.run, "gave way")
                self.trainers.term(self.trainers.ask(entry, "pause", "gave way"))

    def keep(self) -> None:
        """Remove what is older than it is kept, and what was discarded."""
        if self.host is not None and self.host.days is not None:
            for entry in self.queue.over_before(time.time() - self.host.days * DAY_S):
                self._delete(entry)
        for run in self.queue.runs() - set(self.root.runs()):
            self.queue.forget(run)
        sweep(self.root)

    def _is_due(self, name: str, each_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + each_s
        return True
