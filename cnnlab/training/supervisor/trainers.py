"""The trainers of runs: started, looked at, asked to leave, killed, started again; and how they ended, written down."""

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.hosting import Host
from cnnlab.training.folder import ALLOWED, FAILED, LEFT, SUPERSEDED, ended, holds, size, write_json
from cnnlab.training.run import Run

from .keeping import free
from .launchers import Launcher, Need, Word, parsed
from .notes import launched, left, note
from .places import Root
from .processes import memory
from .queue import OVER, RUNNING, WAITING, Entry, Queue
from .watchdog import GRACE_S, KILL, MEMORY, Look, Verdict, verdict

LOOK_S, SIZE_S = 1.0, 5.0
TERM_S = 10.0  # that the control file has, before SIGTERM
AGAIN = "again"  # the reason of a run that was asked to go on while it was leaving
LOG = logging.getLogger(__name__)


class Trainers:
    def __init__(self, root: Root, queue: Queue, launchers: Mapping[str, Launcher]):
        self.root, self.queue, self.launchers = root, queue, launchers
        self._at: dict[tuple[str, str], float] = {}
        self._beats: dict[str, tuple[tuple[Any, ...], float]] = {}  # the last beat of a run, and when it was new
        self._allowed: dict[str, int | None] = {}  # bytes of disk that a run was told it may take

    def start(self, entry: Entry, host: Host, slots: tuple[str, ...]) -> None:
        """First it is written down that it runs, then it is started: whoever finds no ticket looks for the process."""
        folder = self.root.folder(entry.run)
        if folder is None:
            return self.queue.forget(entry.run)
        run, now = Run(folder), time.time()
        if run.control()["wanted"] != "run":
            run.ask("run")
        entry = self.queue.change(
            entry,
            **{"state": RUNNING, "started": now, "ticket": "", "wanted": "run", "deadline": 0.0, "reason": ""},
            **{"attempt": run.attempt, "slots": ",".join(slots)},
        )
        self.queue.serve(entry, now)
        self._allow(entry, host)
        need = need_of(entry, host)
        try:
            ticket = self.launchers[entry.launcher].start(folder, need)
        except OSError as error:
            LOG.exception("%s could not be started", entry.run)
            note(folder, "not started", reason=error.strerror)
            left(folder, FAILED, entry.attempt)
            return self._over(entry, folder, FAILED)
        self.queue.change(entry, ticket=ticket)
        launched(folder, entry.launcher, ticket, entry.attempt, devices=need.devices, restarts=entry.restarts)

    def look(self, running: list[Entry], host: Host) -> None:
        """Conclude those that are gone, and judge the others; one that cannot be written down holds up no other."""
        failed = None
        for name, launcher in self.launchers.items():
            entries = {entry.ticket: entry for entry in running if entry.launcher == name}
            for ticket, word in launcher.state(entries).items():
                try:
                    self._heard(entries[ticket], word, launcher, host)
                except OSError as error:
                    failed = error
        if failed is not None:
            raise failed

    def _heard(self, entry: Entry, word: Word, launcher: Launcher, host: Host) -> None:
        if word.state == "gone" or (entry.wanted == "stop" and word.state == "waiting"):
            self._conclude(entry, word, host)
        elif not launcher.by_hand:
            self._watch(entry, host)

    def ask(self, entry: Entry, wanted: str, reason: str, grace_s: float = GRACE_S) -> Entry:
        """Ask a running run to leave: by its control file, then by SIGTERM, and then it is killed."""
        folder = self.root.folder(entry.run)
        if folder is not None:
            Run(folder).ask(wanted)
        return self.queue.change(entry, wanted=wanted, reason=reason, deadline=time.time() + grace_s)

    def kill(self, entry: Entry) -> None:
        self.launchers[entry.launcher].cancel(entry.ticket, force=True)

    def term(self, entry: Entry) -> None:
        if self._is_due(entry, "term", float("inf")):
            self.launchers[entry.launcher].cancel(entry.ticket)

    def _watch(self, entry: Entry, host: Host) -> None:
        now = time.time()
        if entry.deadline:
            if now > entry.deadline:
                if self._is_due(entry, "kill", float("inf")):
                    note(self.root.path / entry.run, "killed", seconds=GRACE_S)
                self.kill(entry)
            elif now > entry.deadline - (GRACE_S - TERM_S):
                self.term(entry)
        elif self._is_due(entry, "look", LOOK_S):
            judged = verdict(self._seen(entry, host), host, now)
            if judged:
                self._do(entry, judged)

    def _is_due(self, entry: Entry, what: str, each_s: float) -> bool:
        now = time.monotonic()
        if now < self._at.get((entry.run, what), 0.0):
            return False
        self._at[entry.run, what] = now + each_s
        return True

    def _seen(self, entry: Entry, host: Host) -> Look:
        folder = self.root.path / entry.run
        if self._is_due(entry, "size", SIZE_S):
            entry = self.queue.change(entry, bytes=size(folder))
            self._allow(entry, host)
        status = Run(folder).status()
        attempt, beat = status.get("attempt"), status.get("beat")
        heard = isinstance(attempt, int) and attempt > entry.attempt and isinstance(beat, (int, float))
        limit = host.memory_mib
        return Look(
            entry,
            silence=self._silence(entry.run, (attempt, beat) if heard else ()),
            heard=heard,
            memory=0 if limit is None else memory(parsed(entry.ticket)[0], limit << 20),
            disk=self.queue.bytes_of(entry.visitor),
            address_disk=self.queue.bytes_at(entry.address),
            free=free(self.root),
        )

    def _silence(self, run: str, beat: tuple[Any, ...]) -> float:
        """Seconds since a beat was new, by this process's own clock: no clock that is set, here or where the run is, and no
        sleep of the machine is taken for silence.
        """
        now = time.monotonic()
        known, since = self._beats.get(run, (None, now))
        if beat != known:
            self._beats[run], since = (beat, now), now
        return now - since

    def _allow(self, entry: Entry, host: Host) -> None:
        """Tell a trainer how much its folder may take, for it to know before it writes a checkpoint."""
        taken = (
            (host.disk_mib, self.queue.bytes_of(entry.visitor)),
            (host.address_disk_mib, self.queue.bytes_at(entry.address)),
        )
        allowed = min(((mib << 20) - nbytes + entry.bytes for mib, nbytes in taken if mib is not None), default=None)
        folder = self.root.path / entry.run
        if self._allowed.get(entry.run) != allowed or (allowed is None and holds(folder, ALLOWED)):
            with suppress(OSError):  # on a full disk it has no room for one either
                if allowed is None:
                    os.unlink(folder / ALLOWED)
                else:
                    write_json(folder, ALLOWED, {"bytes": allowed})
                self._allowed[entry.run] = allowed

    def _do(self, entry: Entry, judged: Verdict) -> None:
        if entry.reason != judged.event:  # one that cannot be killed is told of once
            LOG.info("%s: %s %s", entry.run, judged.event, judged.numbers)
            note(self.root.path / entry.run, judged.event, **judged.numbers)
        if judged.deed == KILL:
            self.queue.change(entry, reason=judged.event)
            self.kill(entry)
        else:
            self.ask(entry, "stop", judged.event, judged.grace_s)

    def _conclude(self, entry: Entry, word: Word, host: Host) -> None:
        """Write down how a run ended, or start it again if it vanished without a word."""
        folder = self.root.folder(entry.run)
        if folder is None:
            return self.queue.forget(entry.run)
        run = Run(folder)
        said = run.exit_code if run.attempt > entry.attempt or word.code == 0 else None
        if said is not None or word.code == SUPERSEDED or run.alive:
            return self._over(entry, folder, SUPERSEDED if said is None else said)
        asked = entry.wanted != "run"
        vanished = word.code is None or word.code < 0
        if vanished and not asked and entry.reason != MEMORY:
            return self._again(entry, word, host)
        code = LEFT if asked and vanished else word.code if word.code and not vanished else FAILED
        left(folder, code, entry.attempt)
        self._over(entry, folder, code)

    def _again(self, entry: Entry, word: Word, host: Host) -> None:
        folder, why = self.root.path / entry.run, entry.reason or word.reason or "gone"
        if entry.restarts >= host.restarts:
            note(folder, "given up", why=why, restarts=entry.restarts)
            return self._over(entry, folder, None)
        note(folder, "started again", why=why, restarts=entry.restarts + 1, limit=host.restarts)
        self._forget(entry.run)
        spent = entry.seconds(time.time())
        entry = self.queue.change(entry, restarts=entry.restarts + 1, spent_s=spent)
        self.start(entry, host, tuple(filter(None, entry.slots.split(","))))

    def _over(self, entry: Entry, folder: Path, code: int | None) -> None:
        now = time.time()
        end = "superseded" if code == SUPERSEDED else ended(code)
        if code == LEFT and entry.wanted == "pause":
            end = "paused"
        state, reason = (WAITING, "") if code == LEFT and entry.reason == AGAIN else (OVER, end)
        self.queue.change(
            entry,
            **{
                "state": state,
                "ended": now,
                "asked": now,
                "spent_s": entry.seconds(now),
                "reason": reason,
                "bytes": size(folder),
            },
            **{"ticket": "", "slots": "", "deadline": 0.0},
        )
        self._forget(entry.run)

    def _forget(self, run: str) -> None:
        for key in [key for key in self._at if key[0] == run]:
            del self._at[key]
        self._beats.pop(run, None)
        self._allowed.pop(run, None)


def need_of(entry: Entry, host: Host) -> Need:
    slots = tuple(filter(None, entry.slots.split(",")))
    devices = None if host.gpus is None else host.gpus if ":" in entry.device else slots
    minutes = None if host.minutes is None else host.minutes - entry.spent_s / 60
    return Need(
        gpus=int(entry.gpu),
        cpus=entry.cpus,
        memory_mib=host.memory_mib,
        minutes=minutes,
        user=entry.visitor,
        devices=devices,
    )
