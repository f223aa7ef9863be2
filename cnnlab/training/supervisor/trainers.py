"""The trainers of runs: started, looked at, asked to leave, killed, started again; and how they ended, written down."""

import logging
import time
from collections.abc import Mapping

from cnnlab.training import attempts
from cnnlab.training.host import Host
from cnnlab.training.run import Run

from .keeping import free, size
from .launchers import Launcher, Need, Word, parsed
from .notes import launched, left, note
from .places import Root
from .processes import memory
from .queue import OVER, RUNNING, Entry, Queue
from .watchdog import GRACE_S, KILL, Look, Verdict, verdict

LOOK_S, SIZE_S = 1.0, 5.0
TERM_SHARE = 1 / 3  # of the grace that the control file has, before SIGTERM
FAILED, LEFT, SUPERSEDED = 1, 75, 76
ENDS = {0: "finished", LEFT: "stopped", SUPERSEDED: "superseded"}
LOG = logging.getLogger(__name__)


class Trainers:
    def __init__(self, root: Root, queue: Queue, launchers: Mapping[str, Launcher]):
        self.root, self.queue, self.launchers = root, queue, launchers
        self._looked: dict[str, float] = {}
        self._measured: dict[str, float] = {}
        self._termed: set[str] = set()

    def start(self, entry: Entry, host: Host, slots: tuple[str, ...]) -> None:
        """First it is written down that it runs, then it is started: whoever finds no ticket looks for the process."""
        folder = self.root.folder(entry.run)
        if folder is None:
            return self.queue.forget(entry.run)
        run = Run(folder)
        if run.control()["wanted"] != "run":
            run.ask("run")
        entry = self.queue.change(
            entry,
            **{"state": RUNNING, "started": time.time(), "ticket": "", "wanted": "run", "deadline": 0.0, "reason": ""},
            attempt=attempts.newest(folder),
            slots=",".join(slots),
        )
        need = need_of(entry, host)
        try:
            ticket = self.launchers[entry.launcher].start(folder, need)
        except OSError as error:
            LOG.exception("%s could not be started", entry.run)
            note(folder, "not started", reason=type(error).__name__)
            return self._over(entry, folder, FAILED)
        launched(folder, entry.launcher, ticket, devices=need.devices, restarts=entry.restarts)
        self.queue.change(entry, ticket=ticket)

    def look(self, running: list[Entry], host: Host) -> None:
        """Conclude those that are gone, and judge the others."""
        for name, launcher in self.launchers.items():
            entries = {entry.ticket: entry for entry in running if entry.launcher == name}
            for ticket, word in launcher.state(entries).items():
                if word.state == "gone":
                    self._conclude(entries[ticket], word, host)
                elif word.state == "running":
                    self._watch(entries[ticket], host)

    def ask(self, entry: Entry, wanted: str, reason: str, grace_s: float = GRACE_S) -> Entry:
        """Ask a running run to leave: by its control file, then by SIGTERM, and then it is killed."""
        folder = self.root.folder(entry.run)
        if folder is not None:
            Run(folder).ask(wanted)
        return self.queue.change(entry, wanted=wanted, reason=reason, deadline=time.time() + grace_s)

    def kill(self, entry: Entry) -> None:
        self.launchers[entry.launcher].cancel(entry.ticket, force=True)

    def term(self, entry: Entry) -> None:
        if entry.ticket not in self._termed:
            self._termed.add(entry.ticket)
            self.launchers[entry.launcher].cancel(entry.ticket)

    def _watch(self, entry: Entry, host: Host) -> None:
        now = time.time()
        if entry.deadline:
            if now > entry.deadline:
                self.kill(entry)
            elif now > entry.deadline - GRACE_S * (1 - TERM_SHARE):
                self.term(entry)
            return
        if now - self._looked.get(entry.run, 0.0) >= LOOK_S:
            self._looked[entry.run] = now
            judged = verdict(self._seen(entry, host), host, now)
            if judged:
                self._do(entry, judged)

    def _seen(self, entry: Entry, host: Host) -> Look:
        folder, now = self.root.path / entry.run, time.time()
        if now - self._measured.get(entry.run, 0.0) >= SIZE_S:
            self._measured[entry.run] = now
            entry = self.queue.change(entry, bytes=size(folder))
        status = Run(folder).status()
        beat = status.get("beat") if status.get("attempt", 0) > entry.attempt else None
        here = entry.launcher == "here" and host.memory_mib is not None
        return Look(
            entry,
            beat=beat if isinstance(beat, (int, float)) else None,
            memory=memory(parsed(entry.ticket)[0], host.memory_mib << 20) if here else 0,
            disk=self.queue.bytes_of(entry.visitor),
            free=free(self.root),
        )

    def _do(self, entry: Entry, judged: Verdict) -> None:
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
        said = run.exit_code if attempts.newest(folder) > entry.attempt else None
        if said is not None or word.code == SUPERSEDED or run.alive:
            self._over(entry, folder, SUPERSEDED if said is None else said)
        elif word.code is not None and word.code >= 0:  # it ended by itself, before it could say so
            left(folder, word.code or FAILED, entry.attempt)
            self._over(entry, folder, word.code or FAILED)
        elif entry.wanted != "run" or entry.reason == "memory":
            code = FAILED if entry.wanted == "run" else LEFT
            left(folder, code, entry.attempt)
            self._over(entry, folder, code)
        elif entry.restarts < host.restarts:
            self._again(entry, word, host)
        else:
            note(folder, "given up", restarts=entry.restarts)
            self._over(entry, folder, None)

    def _again(self, entry: Entry, word: Word, host: Host) -> None:
        why = entry.reason or word.reason or "gone"
        note(self.root.path / entry.run, "started again", why=why, restarts=entry.restarts + 1, limit=host.restarts)
        spent = entry.seconds(time.time())
        entry = self.queue.change(entry, restarts=entry.restarts + 1, spent_s=spent)
        self.start(entry, host, tuple(filter(None, entry.slots.split(","))))

    def _over(self, entry: Entry, folder, code: int | None) -> None:
        now = time.time()
        end = "lost" if code is None else ENDS.get(code, "failed")
        if code == LEFT and entry.wanted == "pause":
            end = "paused"
        self.queue.change(
            entry,
            **{"state": OVER, "ended": now, "spent_s": entry.seconds(now), "reason": end, "bytes": size(folder)},
            **{"ticket": "", "slots": "", "deadline": 0.0},
        )
        self._looked.pop(entry.run, None)
        self._measured.pop(entry.run, None)
        self._termed.discard(entry.ticket)


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
