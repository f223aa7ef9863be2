"""A trainer that needs no torch: `python -m tests.training.standin FOLDER`. Its weights are a hash of the steps it made.

What tests say in its environment slows it down or makes it fail; what supervisors start behaves by its seed.
"""

import hashlib
import json
import os
import signal
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from cnnlab.specs import SpecError
from cnnlab.training import process
from cnnlab.training.checkpoints import NOTE, affordable
from cnnlab.training.process import main
from cnnlab.training.restoring import resume
from cnnlab.training.run import Run
from cnnlab.training.trainer import Trainer

ITERATIONS = 10
PLAIN, (SILENT, GREEDY, DEAF, BROKEN) = 0, range(101, 105)  # SILENT once, in its first attempt


class Session:
    """`config.epochs` of ten steps; steps take `SLOW` seconds each, `SLOW_STEP` takes so many at once."""

    def __init__(self, config, attempt: int = 1):
        self.seed, self.attempt, self.held = config.seed, attempt, b""
        self.step, self.value = 0, hashlib.sha256(str(config.seed).encode()).hexdigest()
        self.total = config.epochs * ITERATIONS

    @property
    def epoch(self) -> int:
        return self.step // ITERATIONS

    @property
    def place(self) -> int:
        return self.step % ITERATIONS

    def records(self):
        while self.step < self.total:
            time.sleep(float(os.environ.get("SLOW", "0")))
            if self.step == int(os.environ.get("FAIL_AT", "-1")):
                raise {"spec": SpecError("samples={samples} is too many.", samples=7)}.get(
                    os.environ["FAIL"], ZeroDivisionError("one\ntwo")
                )
            self.value = hashlib.sha256(f"{self.value} {self.step}".encode()).hexdigest()
            self.step += 1
            if self.step == 3 and self.seed == SILENT and self.attempt == 1:
                os.kill(os.getpid(), signal.SIGSTOP)
            if self.step == 3 and self.seed == GREEDY:
                self.held = os.urandom(1 << 20) * 320
            if self.step == int(os.environ.get("HANG_AT", "-1")):
                time.sleep(600)
            if self.step == int(os.environ.get("NAN_AT", "-1")):
                about = {"layer": "fc", "what": "gradient"}
                yield {"kind": "end", "step": self.step, "epoch": self.epoch, "reason": "not finite", **about}
                return
            loss = int(self.value[:8], 16) / 16**8
            yield {"kind": "step", "step": self.step, "epoch": (self.step - 1) // ITERATIONS, "train/loss": loss}
            if self.step % ITERATIONS == 0:
                yield {"kind": "epoch", "step": self.step, "epoch": self.epoch, "val/loss": loss, "best": True}
        yield {"kind": "end", "step": self.step, "epoch": self.epoch, "reason": "finished"}

    def state(self):
        return {"step": self.step, "value": self.value}

    def restore(self, state):
        self.step, self.value = state["step"], state["value"]

    fork = restore

    def weights_hash(self):
        return self.value


class Keeper:
    """Checkpoints that are zips of JSON, as large as `PADDING` says."""

    def __init__(self, folder: Path):
        self.folder, self.place = folder, folder / "checkpoints"

    def save(self, state, note, names):
        for name in affordable(self.folder, names, int(os.environ.get("PADDING", "0"))):
            handle, beside = tempfile.mkstemp(prefix=".checkpoint.", dir=self.place)
            try:
                with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(file, "w") as archive:
                    archive.writestr("state", json.dumps(state) + " " * int(os.environ.get("PADDING", "0")))
                    archive.writestr(NOTE, json.dumps(note))
                die(f"checkpoint {note['step']}")
                os.replace(beside, self.place / name)
            except OSError:
                os.unlink(beside)
                raise


def die(moment: str) -> None:
    """By SIGKILL, at the moment that `DIE` names."""
    if os.environ.get("DIE") == moment:
        os.kill(os.getpid(), signal.SIGKILL)


def load(checkpoint):
    if not checkpoint.whole():
        return None
    with zipfile.ZipFile(checkpoint.path) as archive:
        return json.loads(archive.read("state"))


def train(run, journal, heart, control, asked):
    die("claimed")
    session = Session(run.config, run.attempt)
    if session.seed == DEAF:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    restored = resume(run, session, load, journal)
    return Trainer(session, Keeper(run.folder), journal, heart, control, asked).train(restored is not None)


if __name__ == "__main__":
    process.SAMPLER = os.environ.get("SAMPLER", "no_such_package")
    process.GRACE_S = float(os.environ.get("GRACE", "20"))
    folder = Path(sys.argv[1])
    if Run(folder).spec["config"].get("seed") == str(BROKEN):
        raise ImportError("broken")
    sys.exit(main(folder, train))
