"""The process of a trainer, around what it trains: its attempt, its heartbeat, signals, its last word. Needs no torch.

torch is loaded once the folder is claimed and the heart beats, for that takes seconds.
"""

import faulthandler
import importlib.util
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cnnlab.messages import N_, Message
from cnnlab.objects import Target
from cnnlab.specs import SpecError

from .attempts import Attempt, claim
from .folder import ENDS, EXIT, FAILED, FINISHED, LEFT, SUPERSEDED, read_json, reserve, sweep, write_essential
from .heartbeat import Heart, who
from .journal import Journal, spoken, told
from .run import Run
from .trainer import Control

SAMPLER = "cnnlab.hardware"
ROOT = Path(__file__).parents[2]
SAMPLER_S = 2.0
GRACE_S = 20.0  # after which a trainer that was asked to leave does so in the middle of what it does
TRAIN = Target("cnnlab.training.assembly:train")


class Leave(BaseException):
    """Asked to leave before there is anything to keep."""


class Asked:
    """True once this process was asked to leave, by SIGTERM or Ctrl-C; the second time it is as if unheard."""

    def __init__(self):
        self.process = os.getpid()
        self.asked = self.working = False
        self.at = 0.0

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def __call__(self) -> bool:
        self.working = True
        return self.asked

    def _hear(self, number: int, frame: object) -> None:
        if os.getpid() != self.process:  # a data loader, which inherits this
            return
        signal.signal(number, signal.SIG_DFL)
        self.asked, self.at = True, time.monotonic()
        if not self.working:
            raise Leave


def main(folder: Path, train: Callable[..., int] | None = None) -> int:
    """Runs or resumes the run of a folder; the code to exit with."""
    faulthandler.enable()
    folder = folder.absolute()
    run = Run(folder)
    try:
        _ = run.spec
        if run.exit_code == FINISHED:
            say(f"{folder}: this run has finished.")
            return FINISHED
        if os.environ.get("RANK", "0") != "0":
            return said(follow(run, train))
        obeyed = read_json(folder, EXIT).get("obeyed", 0)
        attempt = claim(folder, who())
    except SpecError as error:
        say(f"{folder}: {error}")
        return FAILED
    except OSError as error:
        say(f"{folder}: the folder of this run cannot be written: {error.strerror}.")
        return FAILED
    return said(lead(attempt, run, Control(run, obeyed if type(obeyed) is int else 0), train))


def said(code: int) -> int:
    """The code to exit with: torchrun takes any but 0 for a reason to start the group again."""
    return FINISHED if code in (LEFT, SUPERSEDED) and "TORCHELASTIC_RUN_ID" in os.environ else code


def lead(attempt: Attempt, run: Run, control: Control, train: Callable[..., int] | None) -> int:
    """The trainer that writes: of a run by one process, the only one."""
    asked, journal, sampler = Asked(), Journal(attempt), Sampler(attempt.folder)
    heart = Heart(attempt, lambda: watch(asked, sampler, journal, leave))

    def leave() -> None:
        end(LEFT, attempt, run, journal, heart)
        os._exit(LEFT)

    reserve(attempt.folder)
    sweep(attempt.folder)
    try:
        asked.listen()  # before the first beat, which says that it runs: from then on it may be asked to leave
        heart.start()
        sampler.start(journal)
        code = (train or TRAIN.resolve())(run, journal, heart, control, asked)
    except Leave:
        code = LEFT
    except Exception as error:
        code = failed(error, asked, journal, heart)
    finally:
        sampler.end()
    if not attempt.owns():
        code = SUPERSEDED
    heart.end()
    end(code, attempt, run, journal, heart)
    return code


def follow(run: Run, train: Callable[..., int] | None) -> int:
    """A trainer of a group in which another writes."""
    asked = Asked()
    try:
        asked.listen()
        return (train or TRAIN.resolve())(run, None, None, None, asked)
    except Leave:
        return LEFT


def failed(error: Exception, asked: Asked, journal: Journal, heart: Heart) -> int:
    with suppress(OSError):
        traceback.print_exc()
    if asked.asked:  # what others of the group leave behind
        return LEFT
    says = told(error)
    journal.event("failed", says)
    heart.tell(says=spoken(says))
    say(str(says))
    return FAILED


def end(code: int, attempt: Attempt, run: Run, journal: Journal, heart: Heart) -> None:
    """The last word of an attempt, where it still has one."""
    if code == SUPERSEDED:
        say(f"{attempt.folder}: attempt {attempt.number} leaves, a later one has taken over.")
        return
    if code != FAILED:
        journal.event(ENDS[code], step=heart.said["step"])
    heart.tell(state=ENDS[code], missed=journal.missed())
    heart.beat()
    last = {"attempt": attempt.number, "code": code, "obeyed": run.control()["seq"], "t": time.time()}
    try:
        write_essential(attempt.folder, EXIT, last)
    except OSError as error:
        say(f"{attempt.folder}: the end of this run could not be written down: {error.strerror}.")
    say(f"{attempt.folder}: {ENDS[code]} at step {heart.said['step']}.")


class Sampler:
    """The process that writes down what the run asks of its machine. Training does without it where it fails."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.process: subprocess.Popen | None = None

    def start(self, journal: Journal) -> None:
        if importlib.util.find_spec(SAMPLER) is None:
            return
        command = [sys.executable, "-m", SAMPLER, str(self.folder), "--pid", str(os.getpid())]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": python_path()}
            )
        except OSError as error:
            self._lost(journal, error.strerror)

    def watch(self, journal: Journal) -> None:
        if self.process is not None and self.process.poll() is not None:
            code, self.process = self.process.returncode, None
            self._lost(journal, code)

    def end(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(SAMPLER_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @staticmethod
    def _lost(journal: Journal, reason: object) -> None:
        says = N_("The hardware is no longer watched ({reason}); training goes on.")
        journal.event("unwatched", Message(says, {"reason": reason}))


def watch(asked: Asked, sampler: Sampler, journal: Journal, leave: Callable[[], None]) -> None:
    """With each heartbeat: the sampler may have died, and a step may take longer than there is time to leave."""
    sampler.watch(journal)
    if asked.asked and time.monotonic() - asked.at > GRACE_S:
        leave()


def python_path() -> str:
    """The PYTHONPATH of a process that is to find this very cnnlab."""
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))


def say(text: str) -> None:
    """On standard output, if that can be written."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - else Python fails once more when it ends
