"""What tests of the supervisor's rules share: an engine on paper, and a client whose supervisor the test steps."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnnlab.training import TrainConfig, attempts
from cnnlab.training.folder import EXIT, STATUS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.supervisor import Client, Launcher, Need
from cnnlab.training.supervisor import client as clients
from cnnlab.training.supervisor.launchers import Torchrun, Word
from cnnlab.training.supervisor.supervising import Supervisor

RUN = Word("running")


class Paper(Launcher):
    """Starts nothing, and says what it was told to say."""

    about = "on paper"

    def __init__(self):
        super().__init__()
        self.started: list[str] = []
        self.words: dict[str, Word] = {}
        self.needs: list[Need] = []
        self.folders: dict[str, Path] = {}
        self.cancelled: list[tuple[str, bool]] = []

    def start(self, folder: Path, need: Need) -> str:
        ticket = f"{os.getpid()}:{len(self.needs)}"
        self.started.append(folder.name)
        self.needs.append(need)
        self.words[ticket], self.folders[ticket] = RUN, folder
        self.attempt = attempts.claim(folder, who())
        return ticket

    def cancel(self, ticket: str, force: bool = False) -> None:
        self.cancelled.append((self.folders[ticket].name, force))
        if force:
            self.end(self.folders[ticket].name, None)

    def state(self, tickets: Iterable[str]) -> Mapping[str, Word]:
        return {ticket: self.words[ticket] for ticket in tickets}

    def end(self, run: str, code: int | None, signal: int = 9) -> None:
        """The trainer of a run ends: with a code that it wrote down, or by a signal."""
        ticket = next(ticket for ticket, folder in reversed(self.folders.items()) if folder.name == run)
        folder = self.folders[ticket]
        if code is not None:
            write_json(folder, EXIT, {"attempt": attempts.newest(folder), "code": code})
        else:
            lost = {"attempt": attempts.newest(folder), "state": "running", "beat": 0.0, "next_beat_before": 0.0}
            write_json(folder, STATUS, who() | lost)
        self.words[ticket] = Word("gone", code=-signal if code is None else code)


class Desk(Client):
    """A client whose supervisor is stepped by the test."""

    def __init__(self, root: Path):
        super().__init__(root)
        self.paper = Paper()
        self.awake()

    def awake(self) -> None:
        self.supervisor = Supervisor(self.root, {"here": self.paper, "torchrun": Torchrun()})
        self.supervisor.settle()
        self.supervisor.recover()

    def _ensure(self) -> None:
        pass

    @property
    def queue(self):
        return self.supervisor.queue

    def step(self) -> None:
        self.supervisor._due.clear()
        self.supervisor.trainers._at.clear()
        self.supervisor.step()


def submitted(desk: Desk, visitor: str, count: int = 1, **config) -> list[clients.Ticket]:
    return [desk.submit(TrainConfig(**config), visitor) for _ in range(count)]
