"""Where a run is started: a row each. The run folder is all that a launcher and a page agree on.

An engine's word only explains why nothing moves; how a run ended stands in its folder.
"""

import os
import shlex
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cnnlab.specs import N_
from cnnlab.training.folder import STDOUT
from cnnlab.training.heartbeat import began, is_there
from cnnlab.training.process import python_path
from cnnlab.training.run import Run

from .notes import launch
from .processes import end, running, send

try:
    import resource
except ImportError:  # not on Windows
    resource = None

MODULE = "cnnlab.training"
NICE = 5  # pages come first
SPARE_BYTES = 1 << 30  # above the memory of a run, where the watch ends it with a number: stacks and what is shared


@dataclass(frozen=True)
class Need:
    """What a run asks of the machine; `devices` are the GPUs it was given, None for whatever there is."""

    gpus: int = 0
    cpus: int = 1
    memory_mib: int | None = None
    minutes: float | None = None
    nodes: int = 1
    user: str = ""
    devices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Word:
    """What an engine says of a run: "waiting", "running" or "gone"; why, on which node, and how its process ended.

    `code` is the exit status, negative for a signal; None where the engine cannot tell.
    """

    state: str
    reason: str = ""
    node: str = ""
    code: int | None = None


class Launcher(ABC):
    """One way to start runs; `module` is what Python runs with the folder as its argument."""

    about: ClassVar[str]
    by_hand: ClassVar[bool] = False  # a person starts it, and it takes nothing of this machine

    def __init__(self, module: str = MODULE):
        self.module = module

    @abstractmethod
    def start(self, folder: Path, need: Need) -> str:
        """A ticket by which the engine knows the run; OSError where it cannot be started."""

    @abstractmethod
    def cancel(self, ticket: str, force: bool = False) -> None:
        """Ask the run to leave with a checkpoint (SIGTERM), or end it."""

    @abstractmethod
    def state(self, tickets: Iterable[str]) -> Mapping[str, Word]:
        """The engine's word for each ticket; of one that it does not know: gone."""

    def adopted(self, folder: Path) -> str | None:
        """The ticket of a trainer at work on the folder that nobody wrote down; None where there is none."""
        return None

    def logs(self, folder: Path) -> Path:
        return folder / STDOUT


class Here(Launcher):
    """A ticket is "pid:create_time"."""

    about = N_("this machine")

    def __init__(self, module: str = MODULE):
        super().__init__(module)
        self._children: dict[int, subprocess.Popen] = {}
        self._codes: dict[int, int] = {}

    def start(self, folder: Path, need: Need) -> str:
        environment = {**os.environ, "PYTHONPATH": python_path(), "PYTHONUNBUFFERED": "1"}
        if need.devices is not None:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(need.devices)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(self.logs(folder), flags, 0o600), "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, str(folder)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._children[process.pid] = process
        self._codes.pop(process.pid, None)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        _bound(process.pid, need)
        return f"{process.pid}:{began(process.pid)}"

    def cancel(self, ticket: str, force: bool = False) -> None:
        pid, create_time = parsed(ticket)
        if force:
            end(pid, create_time)
        else:
            send(pid, create_time, signal.SIGTERM)

    def state(self, tickets: Iterable[str]) -> Mapping[str, Word]:
        for pid, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[pid]
                self._codes[pid] = child.returncode
        return {ticket: self._word(ticket) for ticket in tickets}

    def _word(self, ticket: str) -> Word:
        pid, create_time = parsed(ticket)
        if pid in self._children or is_there(pid, create_time):
            return Word("running")
        code = self._codes.pop(pid, None)
        end(pid, create_time)  # what it left behind
        return Word("gone", _ended(code), code=code)

    def adopted(self, folder: Path) -> str | None:
        trainers = running("-m", self.module, str(folder))
        return next((f"{trainer.pid}:{began(trainer.pid)}" for trainer in trainers), None)


class Torchrun(Launcher):
    """A ticket is the command, for a person to run on each machine; what becomes of it is read from the folder."""

    about = N_("by hand, with torchrun on several devices or machines")
    by_hand = True

    def start(self, folder: Path, need: Need) -> str:
        each = str(max(1, need.gpus))
        several = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "FIRST_HOST:29500", "--rdzv-id", folder.name]
        group = ["--nnodes", str(need.nodes), *several] if need.nodes > 1 else ["--standalone"]
        return shlex.join(
            ["python", "-m", "torch.distributed.run", *group, "--nproc-per-node", each, "-m", self.module, str(folder)]
        )

    def cancel(self, ticket: str, force: bool = False) -> None:
        """Nothing more than the folder's control file says: the machines are out of reach."""

    def state(self, tickets: Iterable[str]) -> Mapping[str, Word]:
        return {ticket: _beating(Run(shlex.split(ticket)[-1])) for ticket in tickets}


LAUNCHERS: Mapping[str, type[Launcher]] = {"here": Here, "torchrun": Torchrun}


def parsed(ticket: str) -> tuple[int, float]:
    pid, _, create_time = ticket.partition(":")
    return int(pid), float(create_time)


def _ended(code: int | None) -> str:
    if code is None:
        return ""
    return f"exit {code}" if code >= 0 else f"killed by signal {-code}"


def _beating(run: Run) -> Word:
    """The word of a folder whose trainer nobody here started."""
    code = run.exit_code
    if run.attempt == launch(run.folder).get("after"):
        return Word("waiting", "until the command is run")
    if code is not None:
        return Word("gone", _ended(code), code=code)
    if run.alive:
        return Word("running", node=str(run.status().get("host", ""))[:80])
    return Word("waiting", "nothing is heard of it")


def _bound(pid: int, need: Need) -> None:
    """Linux's own limit, for what takes too much between two looks; what a GPU's driver reserves is no memory."""
    if need.memory_mib is not None and not need.gpus and hasattr(resource, "prlimit"):
        most = (need.memory_mib << 20) + SPARE_BYTES
        with suppress(OSError):  # it is gone already
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))
