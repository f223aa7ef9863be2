"""Runs written by hand, as a trainer leaves them behind: for tests of what is shown of them."""

import json
import math
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cnnlab.training import TrainConfig, attempts
from cnnlab.training.checkpoints import NOTE
from cnnlab.training.folder import CHECKPOINTS, EXIT, METRICS, STATUS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.run import Run
from cnnlab.training.supervisor.keys import digest, token
from cnnlab.training.supervisor.notes import hold

ITERATIONS = 10


def written(
    root: Path,
    config: TrainConfig | None = None,
    steps: int = 30,
    code: int | None = None,
    state: str = "",
    seconds: float = 60,
) -> tuple[Run, str]:
    """A run of so many steps in a folder of runs, and its key: one whose trainer left with a code, or beats in a state."""
    key = token()
    run = Run.create(root / token(), config or TrainConfig())
    hold(run.folder, digest("visitor"), digest(key), "here")
    if steps:
        attempts.claim(run.folder, who())
        log(run, steps_of(steps))
    if state:
        beats(run, state, seconds)
    if code is not None:
        write_json(run.folder, EXIT, {"attempt": 1, "code": code})
    return run, key


def steps_of(steps: int) -> Iterable[dict[str, Any]]:
    now = time.time()
    for step in range(1, steps + 1):
        fall = math.exp(-step / 20)
        yield {
            "kind": "step", "step": step, "epoch": (step - 1) // ITERATIONS, "train/loss": 2.3 * fall, "train/accuracy": 1 - fall,
            "lr": 0.001, "grad/norm": 1.0, "samples": 64, "t": now - (steps - step) / 8, "time/data": 0.001,
            "time/transfer": 0.0, "time/forward": 0.004, "time/backward": 0.006, "time/optimizer": 0.001,
        }  # fmt: skip
        if step % ITERATIONS == 0:
            yield {
                "kind": "epoch", "step": step, "epoch": step // ITERATIONS, "train/loss": 2.2 * fall, "train/accuracy": 1 - fall,
                "val/loss": 2.1 * fall, "val/accuracy": 0.97 - 0.9 * fall, "best": True, "seconds": 1.0, "t": now,
            }  # fmt: skip


def log(run: Run, records: Iterable[dict[str, Any]], attempt: int = 1) -> None:
    """Append records as the writer does."""
    with (run.folder / METRICS).open("a") as file:
        for seq, record in enumerate(records):
            file.write(json.dumps({"v": 1, "attempt": attempt, "seq": seq, "t": time.time(), **record}) + "\n")


def beats(run: Run, state: str, seconds: float) -> None:
    """The heartbeat of a trainer that is this very process."""
    status = {**who(), "attempt": 1, "state": state, "step": 30, "total": 120, "epoch": 3, "beat": time.time()}
    write_json(run.folder, STATUS, {**status, "next_beat_before": time.time() + seconds})


def checkpoint(run: Run, name: str, step: int, place: int = 0) -> None:
    """A checkpoint that says where it stands and holds no weights."""
    note = {"step": step, "epoch": step // ITERATIONS, "place": place, "t": time.time()}
    folder = run.folder / CHECKPOINTS
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr(NOTE, json.dumps(note))
