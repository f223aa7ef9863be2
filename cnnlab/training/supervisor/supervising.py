"""The supervisor at work: requests in, runs started by turn, old ones removed."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab.hosting import HOSTED, settings
from cnnlab.messages import Message, SpecError
from cnnlab.training.folder import ENDS, FAILED, FINISHED, LEFT, size
from cnnlab.training.refusing import refusals
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
from .trainers import AGAIN, Trainers

TICK_S, SETTINGS_S, KEEP_S, IDLE_S, RETRY_S = 0.1, 2.0, 600.0, 900.0, 1.0
JUMP_S = 1.0  # by which a clock that is right drifts between two steps at most
LOG = logging.getLogger(__name__)


class Supervisor:
    """The one writer of the queue; killed at any moment, its successor finds all that it knew in the root."""

    def __init__(self, root: Root, launchers: Mapping[str, Launcher], beat: Callable[[], None] = lambda: None):
        self.root, self.beat = root, beat
        self.queue = Queue(root.queue, write=True)
        self.trainers = Trainers(root, self.queue, launchers)
        self.host = HOSTED  # the last settings that were right
        self.problem = ""  # of the settings: while there is one, nothing is started
        self._left = threading.Event()
        self._offset = time.time() - time.monotonic()
        self._due: dict[str, float] = {}
        self._verbs: Mapping[str, Callable[[Entry, str], None]] = {
            "resume": self._resume,
            "pause": self._leave,
            "stop": self._leave,
            "delete": self._delete,
        }

    def leave(self, *signal: object) -> None:
        """Runs go on, and the next supervisor finds them."""
        self._left.set()

    @property
    def left(self) -> bool:
        return self._left.is_set()

    def work(self) -> None:
        """Until it is told to leave, or there was nothing to do for a while. What fails is tried again."""
        busy, trouble = time.monotonic(), ""
        with self.queue:
            self.settle()
            self.recover()
            while not self._left.wait(TICK_S) and time.monotonic() - busy < IDLE_S:
                try:
                    self.beat()
                    if self.step():
                        busy = time.monotonic()
                    trouble = ""
                except (OSError, sqlite3.OperationalError) as error:  # a full disk: runs are to be watched all the same
                    if str(error) != trouble:
                        LOG.exception("left undone, tried again")
                    trouble = str(error)
                    self._left.wait(RETRY_S)

    def step(self) -> bool:
        """All that is to be done now; True while there are requests, or runs that wait or run."""
        self._keep_time()
        if self._is_due("settings", SETTINGS_S):
            self.settle()
        asked = [self.answer(request) for request in requests.read(self.root)]
        active = self.queue.active()
        if any(entry.state == RUNNING and not entry.ticket for entry in active):  # a full disk may have come between
            self._tickets(active)
            active = self.queue.active()
        self.trainers.look([entry for entry in active if entry.state == RUNNING], self.host)
        if self.host.train and not self.problem and any(entry.state == WAITING for entry in active):
            self._next()
        if self._is_due("keep", KEEP_S):
            self.keep()
        return bool(asked or active)

    def _keep_time(self) -> None:
        """Where the clock was set, or the machine slept, what is written down happened as much later, or earlier."""
        offset = time.time() - time.monotonic()
        jump, self._offset = offset - self._offset, offset
        if abs(jump) > JUMP_S:
            LOG.warning("the clock went on by %.1f seconds more than passed", jump)
            self.queue.shift(jump)

    def settle(self) -> None:
        """Read the settings; those of before are held against what runs while they are wrong."""
        problem = ""
        try:
            self.host = settings()
        except SpecError as error:
            problem = str(error)
        if problem and problem != self.problem:
            LOG.error("%s", problem)
        self.problem = problem

    def recover(self) -> None:
        """Find what went on, or was begun, while no supervisor was there."""
        self._tickets(self.queue.active())
        for run in set(self.root.runs()) - self.queue.runs():
            self._found(self.root.path / run)

    def _tickets(self, active: list[Entry]) -> None:
        """What was being started either runs, or waits still."""
        for entry in active:
            if entry.state == RUNNING and not entry.ticket:
                ticket = self._adopted(entry)
                self.queue.change(entry, **({"ticket": ticket} if ticket else {"state": WAITING}))

    def _adopted(self, entry: Entry) -> str | None:
        return self.trainers.launchers[entry.launcher].adopted(self.root.path / entry.run)

    def _found(self, folder: Path) -> None:
        """A visitor's run that the queue does not know: it was asked for when nobody listened, or the queue is lost."""
        said, run = held_by(folder), Run(folder)
        entry = said and self._entry(run, said)
        if not entry:
            return
        ticket, state = self._adopted(entry), run.state
        if ticket:
            entry = replace(entry, state=RUNNING, ticket=ticket, started=time.time(), attempt=run.attempt - 1)
        elif state != "queued":
            entry = replace(entry, state=OVER, ended=time.time(), reason=state, bytes=size(folder))
        self.queue.add(entry)

    def _entry(self, run: Run, said: Mapping[str, Any]) -> Entry | None:
        if said["launcher"] in self.trainers.launchers:
            try:
                return entry_of(run, said["visitor"], said["created"], said["launcher"], said["address"])
            except SpecError as error:
                LOG.warning("%s: %s", run.folder.name, error)
        return None

    def answer(self, request: Request) -> None:
        folder = self.root.folder(request.run)
        said = None if folder is None else held_by(folder)
        if said is None or not same(request.key, said["key"]):
            return LOG.warning("refused: %s %s", request.verb, request.run)
        entry = self.queue.of(request.run)
        if request.verb == "submit" and entry is None:
            entry = self._entry(Run(folder), said)
            if entry is not None:
                self.queue.add(replace(entry, state=OVER))
                self._wait(entry)
        elif request.verb != "submit" and entry is not None:
            try:
                self._verbs[request.verb](entry, request.verb)
            except SpecError as error:  # its description was damaged since
                LOG.warning("%s: %s", entry.run, error)

    def _wait(self, entry: Entry, resumed: bool = False) -> None:
        """Let a run wait for its turn, unless it stands over a limit: several requests may have come at once."""
        run = Run(self.root.path / entry.run)
        taken = usage(self.root, self.queue, entry.visitor, entry.address, cached=True)
        wrong = refusals(run.config, self.host, taken.going_on() if resumed else taken)
        if wrong:
            note(run.folder, "refused", Message(wrong[0].template, wrong[0].values))
            if not run.attempt:
                left(run.folder, FAILED, 0)
            self.queue.change(entry, state=OVER, ended=time.time(), reason="refused", bytes=size(run.folder))
        else:
            self.queue.change(entry, state=WAITING, asked=time.time(), wanted="run", restarts=0, reason="")

    def _resume(self, entry: Entry, verb: str) -> None:
        if entry.state == OVER and entry.reason != ENDS[FINISHED]:
            self._wait(entry, resumed=True)
        elif entry.state == RUNNING and not entry.deadline:
            self.queue.change(entry, wanted="run")
            Run(self.root.path / entry.run).ask("run")
        elif entry.state == RUNNING and not entry.reason:  # its starter asked it to leave
            self.queue.change(entry, reason=AGAIN)

    def _leave(self, entry: Entry, verb: str) -> None:
        """Pause or stop. A paused trainer keeps what it holds until its place is needed."""
        if entry.state == WAITING:
            run = Run(self.root.path / entry.run)
            self.queue.change(entry, state=OVER, ended=time.time(), reason=ENDS[LEFT], bytes=size(run.folder))
            run.ask("stop")
        elif entry.state == RUNNING and verb == "stop" and entry.wanted != "stop":
            self.trainers.ask(entry, "stop", "")
        elif entry.state == RUNNING and verb == "pause" and not entry.deadline:
            self.queue.change(entry, wanted="pause")
            Run(self.root.path / entry.run).ask("pause")

    def _delete(self, entry: Entry, verb: str = "delete") -> None:
        if entry.state == RUNNING:
            self.trainers.kill(entry)
        discard(self.root, entry.run)
        self.queue.forget(entry.run)
        sweep(self.root)

    def _next(self) -> None:
        """Start those whose turn it is; where there is no room for the first of them, a paused run makes some."""
        active, launchers = self.queue.active(), self.trainers.launchers
        for entry in turns(active, self.queue.served()):
            here = [other for other in active if other.state == RUNNING and not launchers[other.launcher].by_hand]
            slots = free_slots(entry, active, self.host.gpus)
            if launchers[entry.launcher].by_hand:
                self.trainers.start(entry, self.host, ())
            elif len(here) < self.host.at_once and slots is not None:
                self.trainers.start(entry, self.host, slots)
            else:
                self._make_room(here)
            active = self.queue.active()

    def _make_room(self, running: list[Entry]) -> None:
        """One paused trainer leaves with a checkpoint; one at a time."""
        if any(entry.wanted == "pause" and entry.deadline for entry in running):
            return
        for entry in running:
            if entry.wanted == "pause" and Run(self.root.path / entry.run).state == "paused":
                note(self.root.path / entry.run, "gave way")
                self.trainers.term(self.trainers.ask(entry, "pause", ""))
                return

    def keep(self) -> None:
        """Remove runs that ended longer ago than they are kept, and what was discarded."""
        now = time.time()
        if self.host.days is not None and not self.problem:
            for entry in self.queue.over_before(now - self.host.days * DAY_S):
                self._delete(entry)
        for run in self.queue.runs() - set(self.root.runs()):
            self.queue.forget(run)
        self.queue.forget_visitors(now - DAY_S)
        requests.sweep(self.root)
        sweep(self.root)

    def _is_due(self, name: str, each_s: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + each_s
        return True
