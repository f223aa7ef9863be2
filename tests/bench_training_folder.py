"""What the folder of a run costs whoever writes and reads it: `python -m tests.bench_training_folder`."""

import json
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from cnnlab.training import TrainConfig
from cnnlab.training.attempts import claim
from cnnlab.training.heartbeat import who
from cnnlab.training.journal import Journal
from cnnlab.training.keeping import Folder
from cnnlab.training.run import Run
from cnnlab.training.tail import Tail
from cnnlab.training.trainer import Control
from tests.bench import spread

ROWS, ROUNDS = 100_000, 30
TIMES = ("data", "transfer", "forward", "backward", "optimizer")


def row(step: int) -> dict:
    seconds = {f"time/{name}": 0.000123456 * (step % 7 + 1) for name in TIMES}
    told = {"train/loss": 2.302585 / step, "train/accuracy": 0.84375, "lr": 0.001, "grad/norm": 1.2345678}
    return {"kind": "step", "step": step, "epoch": step // 23, **told, **seconds, "samples": 64}


def timed(work, rounds: int = ROUNDS) -> str:
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return spread(seconds)


def writing(run: Run) -> None:
    journal = Journal(claim(run.folder, who()))
    steps = iter(range(1, ROWS + 10**6))
    print(
        f"1000 rows of a step written           {timed(lambda: [journal.record(row(next(steps))) for _ in range(1000)])}"
    )
    control = Control(run)
    print(
        "1000 looks at what is wanted, and who owns the folder "
        f"{timed(lambda: [(control.wanted(), journal.attempt.owns()) for _ in range(1000)])}"
    )
    for step in range(next(steps), ROWS + 1):
        journal.record(row(step))


def reading(run: Run) -> None:
    path = run.folder / "metrics.jsonl"
    print(f"\n{ROWS:,} rows, {path.stat().st_size / 1e6:.1f} MB")
    print(f"read for the first time               {timed(lambda: Tail(path).refresh(), 5)}")
    tail = Tail(path)
    tail.refresh()
    print(f"looked at again, nothing new          {timed(tail.refresh)}")
    with path.open("ab") as log:
        step = iter(range(ROWS + 1, 10**9))

        def more() -> None:
            said = ({"v": 1, "attempt": 1, "seq": 1, "t": 1.0, **row(next(step))} for _ in range(100))
            log.write(b"".join(json.dumps(one).encode() + b"\n" for one in said))
            log.flush()

        seconds = []
        for _ in range(ROUNDS):
            more()
            began = time.perf_counter()
            tail.refresh()
            seconds.append(time.perf_counter() - began)
    print(f"100 new rows                          {spread(seconds)}")
    print(f"three columns                         {timed(lambda: tail.columns('step', 'train/loss', 'lr'))}")
    print(f"all rows as dictionaries              {timed(tail.rows, 3)}")
    print(f"state of the run                      {timed(lambda: run.state)}")


def keeping(run: Run) -> None:
    folder = Folder(run.folder)
    note = {"step": 1, "epoch": 0, "place": 1, "t": 0.0}
    print()
    for name, width in (("0.3 MB", 80_000), ("134 MB", 33_500_000)):
        state = {"model": nn.Linear(width, 1).state_dict()}
        print(
            f"checkpoint of {name}                 {timed(lambda state=state: folder.save(state, note, ('last.pt',)), 7)}"
        )
        (one,) = run.checkpoints()
        print(f"  held whole                          {timed(one.whole, 5)}")
        print(f"  listed                              {timed(run.checkpoints)}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        run = Run.create(Path(place) / "run", TrainConfig())
        writing(run)
        reading(run)
        keeping(run)
