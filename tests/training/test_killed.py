"""Exact resumption through the process: killed at any step, a run ends with the very weights of one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cnnlab.training import TrainConfig
from cnnlab.training.run import Run
from cnnlab.training.session import Session

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SHORT, LONG = TrainConfig(seed=5, epochs=4), TrainConfig(seed=5, epochs=12)


@pytest.fixture
def start():
    trainers = []

    def start(run: Run, *before: str) -> subprocess.Popen:
        with (run.folder / "stdout.log").open("ab") as out:
            trainer = subprocess.Popen(
                [sys.executable, *before, "-m", "cnnlab.training", run.folder],
                env=ENVIRONMENT,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        trainers.append(trainer)
        return trainer

    yield start
    for trainer in trainers:
        if trainer.poll() is None:
            os.killpg(trainer.pid, signal.SIGKILL)
        trainer.wait()


def until(condition, run: Run) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, (run.folder / "stdout.log").read_text()
        time.sleep(0.002)


def reached(run: Run, step: int) -> bool:
    return run.tail.last().get("step", 0) >= step


def finished(run: Run, trainer: subprocess.Popen) -> str:
    assert trainer.wait(PATIENCE_S) == 0, (run.folder / "stdout.log").read_text()
    assert run.state == "finished"
    return run.weights_hash()


def losses(records: list[dict]) -> list[tuple]:
    names = ("kind", "step", "epoch", "train/loss", "train/accuracy", "val/loss", "lr", "grad/norm", "best")
    return [tuple(record.get(name) for name in names) for record in records]


def uninterrupted(config: TrainConfig) -> tuple[str, list[tuple]]:
    session = Session(config)
    records = list(session.records())
    return session.weights_hash(), losses(records)


def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, start):
    run = Run.create(tmp_path / "run", SHORT)
    trainer, step = start(run), random.Random().randrange(1, 60)
    until(lambda: reached(run, step), run)
    trainer.kill()
    trainer.wait()
    assert run.state == "lost"
    weights, records = uninterrupted(SHORT)
    assert finished(run, start(run)) == weights
    assert losses(run.records()) == records
    assert max(row["attempt"] for row in run.records()) == 2


@pytest.mark.sweep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [0, 2])
def test_killed_at_three_random_steps(tmp_path, start, workers):
    config = TrainConfig(seed=5, epochs=12, workers=workers)
    weights, records = uninterrupted(config)
    run = Run.create(tmp_path / "run", config)
    dice = random.Random()
    for high in (90, 180, 270):
        trainer, step = start(run), dice.randrange(high - 89, high)
        until(lambda step=step: reached(run, step), run)
        os.killpg(trainer.pid, signal.SIGKILL)
        trainer.wait()
    assert finished(run, start(run)) == weights
    assert losses(run.records()) == records


TWO = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def ranks(trainer: subprocess.Popen) -> list[psutil.Process]:
    children = psutil.Process(trainer.pid).children()
    return [child for child in children if "cnnlab.training" in child.cmdline()]


@pytest.mark.sweep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("restarts", [0, 1])
def test_two_trainers_one_of_which_is_killed(tmp_path, start, restarts):
    whole = Run.create(tmp_path / "whole", LONG)
    expected = finished(whole, start(whole, *TWO))
    run = Run.create(tmp_path / "run", LONG)
    trainer = start(run, *TWO, "--max-restarts", str(restarts))
    until(lambda: reached(run, 60), run)
    (second,) = (rank for rank in ranks(trainer) if rank.pid != run.status()["pid"])
    second.kill()
    if not restarts:
        assert trainer.wait(PATIENCE_S) != 0
        assert run.state in ("failed", "lost", "stopped")
        trainer = start(run, *TWO)
    assert finished(run, trainer) == expected
    assert run.attempt == 2


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_two_trainers_stop_after_the_same_step(tmp_path, start):
    run = Run.create(tmp_path / "run", LONG)
    trainer = start(run, *TWO)
    until(lambda: reached(run, 30), run)
    run.ask("pause")
    until(lambda: run.state == "paused", run)
    run.ask("stop")
    assert trainer.wait(PATIENCE_S) == 0  # any other would be a reason for torchrun to start it again
    assert run.state == "stopped"
    trainer = start(run, *TWO)
    until(lambda: reached(run, 60), run)
    (second,) = (rank for rank in ranks(trainer) if rank.pid != run.status()["pid"])
    second.terminate()  # asked by whichever of them
    trainer.wait(PATIENCE_S)
    assert run.state == "stopped"
    whole = Run.create(tmp_path / "whole", LONG)
    expected = finished(whole, start(whole, *TWO))
    assert finished(run, start(run, *TWO)) == expected
    assert losses(run.records()) == losses(whole.records())
