"""The process of a trainer: killed, stopped, paused, superseded, on a full disk. What it trains here needs no torch."""

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab.training import TrainConfig
from cnnlab.training.folder import ALLOWED, read_json, size, write_json
from cnnlab.training.process import main
from cnnlab.training.run import Run
from tests.training.standin import ITERATIONS, Session
from tests.training.watched import until

ROOT = Path(__file__).parents[2]
CONFIG = TrainConfig(seed=3, epochs=5)
TOTAL = CONFIG.epochs * ITERATIONS


def uninterrupted() -> tuple[str, list[dict]]:
    session = Session(CONFIG)
    records = list(session.records())
    return session.weights_hash(), records


WEIGHTS, RECORDS = uninterrupted()


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", CONFIG)


@pytest.fixture
def start():
    """Starts a trainer on a run, ended with the test; what is said of it goes into its environment."""
    trainers = []

    def start(run: Run, limit: int | None = None, **environment: object) -> subprocess.Popen:
        def limited() -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        said = {name: str(value) for name, value in environment.items()}
        with (run.folder / "stdout.log").open("ab") as out:
            trainer = subprocess.Popen(
                [sys.executable, ROOT / "tests/training/standin.py", run.folder],
                env={**os.environ, "PYTHONPATH": str(ROOT), **said},
                stdout=out,
                stderr=out,
                preexec_fn=limited,
            )
        trainers.append(trainer)
        return trainer

    yield start
    for trainer in trainers:
        with contextlib.suppress(ProcessLookupError):
            trainer.kill()
        trainer.wait()


def reached(run: Run, step: int) -> bool:
    return run.tail.last().get("step", 0) >= step


def kinds(run: Run) -> list[str]:
    return [event["kind"] for event in run.events()]


def says(run: Run) -> list[str]:
    return [event["says"]["text"] for event in run.events() if "says" in event]


def assert_as_uninterrupted(run: Run) -> None:
    assert (run.state, run.exit_code, run.weights_hash()) == ("finished", 0, WEIGHTS)
    told = [{name: row[name] for name in row.keys() - {"v", "attempt", "seq", "t"}} for row in run.records()]
    assert sorted(map(json.dumps, map(sorted_items, told))) == sorted(map(json.dumps, map(sorted_items, RECORDS)))


def sorted_items(row: dict) -> list:
    return sorted(row.items())


def test_a_run_is_trained_to_its_end_once(run, start):
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)
    assert kinds(run) == ["started", "finished"]
    status = run.status()
    assert (status["step"], status["total"], status["epoch"]) == (TOTAL, TOTAL, 5)
    assert (status["state"], status["missed"]) == ("finished", {})
    assert {"last.pt", "best.pt", "step_000000.pt"} <= {one.name for one in run.checkpoints()}
    assert start(run).wait() == 0
    assert run.attempt == 1
    assert "this run has finished" in (run.folder / "stdout.log").read_text()


def test_a_killed_run_is_lost_and_goes_on_exactly(run, start):
    trainer = start(run, SLOW=0.005)
    until(lambda: reached(run, 17))
    assert run.state == "running"
    trainer.kill()
    trainer.wait()
    assert run.state == "lost"
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)
    assert kinds(run) == ["started", "resumed", "finished"]


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.sweep)])
def test_asked_by_a_signal_it_leaves_a_checkpoint(run, start, number):
    trainer = start(run, SLOW=0.05)
    until(lambda: reached(run, 12))
    trainer.send_signal(number)
    assert trainer.wait() == 75
    assert run.state == "stopped"
    (end,) = run.records("end")
    assert (end["reason"], end["step"]) == ("stopped", run.checkpoints()[0].step)
    assert run.weights_hash() == run_to(end["step"])
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)


def run_to(step: int) -> str:
    session = Session(CONFIG)
    for record in session.records():
        if record["step"] == step:
            return session.weights_hash()


def test_a_signal_before_the_first_step_is_obeyed(run, start):
    trainer = start(run, SLOW=100)
    until(lambda: run.status())
    trainer.terminate()
    time.sleep(0.01)
    trainer.terminate()  # the second time as if nobody listened
    assert trainer.wait() in (75, -signal.SIGTERM)


def test_a_stopped_run_goes_on_when_it_is_started_again(run, start):
    trainer = start(run, SLOW=0.005)
    until(lambda: reached(run, 5))
    run.ask("stop")
    assert trainer.wait() == 75
    assert run.state == "stopped"
    assert start(run).wait() == 0  # the wish was granted
    assert_as_uninterrupted(run)


def test_a_paused_run_keeps_its_process_and_goes_on_exactly(run, start):
    trainer = start(run, SLOW=0.005)
    until(lambda: reached(run, 5))
    run.ask("pause")
    until(lambda: run.state == "paused")
    step, beat = run.status()["step"], run.status()["beat"]
    assert run.checkpoints()[0].step == step
    until(lambda: run.status()["beat"] > beat + 1)
    assert run.status()["step"] == step
    run.ask("run")
    assert trainer.wait() == 0
    assert_as_uninterrupted(run)
    assert kinds(run) == ["started", "paused", "continued", "finished"]


@pytest.mark.sweep
def test_a_paused_run_can_be_stopped_and_is_still_paused_after_it_was_killed(run, start):
    run.ask("pause")
    trainer = start(run)
    until(lambda: run.state == "paused")
    trainer.kill()
    trainer.wait()
    assert run.state == "lost"
    trainer = start(run)
    until(lambda: run.state == "paused")
    run.ask("stop")
    assert trainer.wait() == 75
    assert run.state == "stopped"


def test_a_trainer_that_comes_back_leaves_to_the_newer(run, start):
    first = start(run, SLOW=0.005)
    until(lambda: reached(run, 8))
    first.send_signal(signal.SIGSTOP)
    second = start(run, SLOW=0.002)
    until(lambda: run.attempt == 2 and reached(run, 12))
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 76
    assert run.status()["attempt"] == 2
    assert second.wait() == 0
    assert_as_uninterrupted(run)
    assert read_json(run.folder, "exit_code")["attempt"] == 2


def test_the_heart_beats_while_a_step_takes_long_and_the_trainer_still_leaves(run, start):
    trainer = start(run, HANG_AT=4, GRACE=0.1)
    until(lambda: run.status().get("step") == 3)
    beat = run.status()["beat"]
    until(lambda: run.status()["beat"] > beat)
    assert run.state == "running"
    trainer.terminate()
    assert trainer.wait() == 75
    assert run.state == "stopped"


@pytest.mark.parametrize(
    ("fail", "sentence"),
    [
        ("spec", {"template": "samples={samples} is too many.", "values": {"samples": 7}}),
        (
            "bug",
            {"template": "Training failed with {kind}: {line}", "values": {"kind": "ZeroDivisionError", "line": "one"}},
        ),
    ],
)
def test_a_failure_is_one_sentence_and_its_place_is_for_the_log(run, start, fail, sentence):
    assert start(run, FAIL=fail, FAIL_AT=13).wait() == 1
    assert (run.state, run.exit_code) == ("failed", 1)
    assert {name: run.status()["says"][name] for name in sentence} == sentence
    assert run.events()[-1]["says"] == run.status()["says"]
    out = (run.folder / "stdout.log").read_text()
    assert "Traceback" in out
    assert not any(b"Traceback" in path.read_bytes() for path in run.folder.glob("*.json*"))
    assert start(run).wait() == 0  # from the checkpoint of the best epoch
    assert_as_uninterrupted(run)


def test_a_number_that_is_not_finite_fails_the_run_and_the_checkpoint_is_from_before(run, start):
    assert start(run, NAN_AT=25).wait() == 1
    assert run.state == "failed"
    assert says(run) == [
        "At step 25 a number was not finite any more, first in the gradient of fc: try a smaller learning rate."
    ]
    assert run.checkpoints()[0].step == 20


def test_a_damaged_checkpoint_is_passed_over(run, start):
    start(run, FAIL=1, FAIL_AT=25).wait()
    path = run.folder / "checkpoints" / "last.pt"
    path.write_bytes(path.read_bytes()[:-30])
    best = run.folder / "checkpoints" / "best.pt"
    best.write_bytes(best.read_bytes().replace(b'"step": 20, "value": "', b'"step": 20, "value": "x', 1))
    assert next(one.name for one in run.checkpoints()) != "last.pt"
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)


@pytest.mark.sweep
def test_without_a_checkpoint_that_can_be_read_the_run_begins_anew(run, start):
    start(run, FAIL=1, FAIL_AT=5).wait()
    for path in (run.folder / "checkpoints").iterdir():
        path.write_bytes(b"")
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)
    assert "No checkpoint could be read: the run begins anew." in says(run)


def test_a_fork_goes_on_where_its_checkpoint_stands(run, start, tmp_path):
    start(run).wait()
    fork = run.fork(tmp_path / "fork", run.checkpoints()[0], replace(CONFIG, epochs=7))
    assert start(fork).wait() == 0
    assert fork.state == "finished"
    assert [row["step"] for row in fork.records("step")] == [*range(TOTAL + 1, TOTAL + 21)]


@pytest.mark.sweep
def test_a_fork_without_its_checkpoint_does_not_begin_anew(run, start, tmp_path):
    start(run).wait()
    fork = run.fork(tmp_path / "fork", run.checkpoints()[0], replace(CONFIG, epochs=7))
    (fork.folder / "checkpoints" / "start.pt").unlink()
    assert start(fork).wait() == 1
    assert says(fork) == ["The checkpoint that this run goes on from is gone or damaged: fork it again."]


def test_a_checkpoint_that_cannot_be_written_is_told_and_training_goes_on(run, start):
    assert start(run, FAIL=1, FAIL_AT=5).wait() == 1
    before = (run.folder / "checkpoints" / "last.pt").read_bytes()
    assert start(run, limit=300_000, PADDING=10**6).wait() == 1
    assert (run.folder / "checkpoints" / "last.pt").read_bytes() == before
    assert len(run.records("epoch")) == CONFIG.epochs
    told = "A checkpoint could not be written (File too large): the one before is kept, and training goes on."
    assert told in says(run)
    end = "The last checkpoint could not be written: make room on the disk, then resume the run."
    assert run.status()["says"]["text"] == says(run)[-1] == end
    assert [path.name for path in (run.folder / "checkpoints").glob(".*")] == []
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)


def test_a_checkpoint_that_would_take_more_disk_than_a_run_may_is_told_and_the_one_before_kept(run, start):
    assert start(run, FAIL=1, FAIL_AT=5, PADDING=200_000).wait() == 1
    before = (run.folder / "checkpoints" / "last.pt").read_bytes()
    write_json(run.folder, ALLOWED, {"bytes": size(run.folder)})
    assert start(run, PADDING=900_000).wait() == 1
    assert (run.folder / "checkpoints" / "last.pt").read_bytes() == before
    told = "A checkpoint could not be written (Disk quota exceeded): the one before is kept, and training goes on."
    assert told in says(run)
    write_json(run.folder, ALLOWED, {"bytes": None})
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)


@pytest.mark.parametrize(
    "moment",
    ["checkpoint 10", *(pytest.param(moment, marks=pytest.mark.sweep) for moment in ("claimed", "checkpoint 50"))],
)
def test_killed_twice_at_the_same_awkward_moment_nothing_is_lost_or_doubled(run, start, moment):
    for attempt in (1, 2):
        assert start(run, DIE=moment, SLOW=0.02).wait() == -signal.SIGKILL
        assert (run.state, run.attempt) == ("lost", attempt)
        assert all(one.whole() for one in run.checkpoints())
    for path in run.folder.rglob(".*"):  # what a killed writer leaves is nobody's after a while
        os.utime(path, (0, 0))
    assert start(run).wait() == 0
    assert_as_uninterrupted(run)
    assert list(run.folder.rglob(".*")) == []
    assert sorted(path.name for path in (run.folder / "attempts").iterdir()) == ["0001", "0002", "0003"]


def test_logs_that_cannot_be_written_do_not_stop_the_training(run, start):
    (run.folder / "metrics.jsonl").mkdir()
    (run.folder / "events.jsonl").symlink_to("/dev/full")
    assert start(run).wait() == 0
    assert (run.state, run.weights_hash()) == ("finished", WEIGHTS)
    assert run.status()["missed"] == {"metrics.jsonl": len(RECORDS) + 1, "events.jsonl": 2}


def test_a_sampler_that_fails_is_an_event(run, start):
    assert start(run, SAMPLER="this", SLOW=0.05).wait() == 0
    assert says(run) == ["The hardware is no longer watched (0); training goes on."]


def as_nobody(work) -> int:
    """The code that `work` gives in a process that may write nowhere."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(capfd):
    place = Path(tempfile.mkdtemp())
    try:
        run = Run.create(place / "run", CONFIG)
        for path, mode in ((place, 0o755), (run.folder / "spec.json", 0o444), (run.folder / "attempts", 0o555)):
            path.chmod(mode)
        run.folder.chmod(0o555)
        assert as_nobody(lambda: main(run.folder)) == 1
        said = f"{run.folder}: the folder of this run cannot be written: Permission denied.\n"
        assert capfd.readouterr() == (said, "")
        assert run.state == "queued"
    finally:
        run.folder.chmod(0o755)
        shutil.rmtree(place)


@pytest.fixture
def tiny(tmp_path):
    """A disk of 2 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk of its own: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_on_a_full_disk_nothing_is_corrupted_and_the_end_is_still_said(tiny, start):
    run = Run.create(tiny / "run", CONFIG)
    trainer = start(run, SLOW=0.01)
    until(lambda: reached(run, 12))
    with contextlib.suppress(OSError), (tiny / "other").open("wb", buffering=0) as other:
        while True:
            other.write(bytes(512))
    assert trainer.wait() == 1
    assert (run.state, run.exit_code) == ("failed", 1)
    assert run.status()["says"]["text"].startswith("The last checkpoint could not be written")
    assert all(one.whole() for one in run.checkpoints())
    (tiny / "other").unlink()
    assert start(run).wait() == 0
    assert (run.state, run.weights_hash()) == ("finished", WEIGHTS)
    assert [row["step"] for row in run.records("step")][-5:] == [46, 47, 48, 49, 50]


def test_a_description_that_is_refused_fails_the_run_with_its_sentence(run, start):
    spec = run.folder / "spec.json"
    spec.chmod(0o600)
    spec.write_text(json.dumps({**run.spec, "config": {"epochs": "0"}}))
    assert start(run).wait() == 1
    assert run.state == "failed"
    assert says(run) == ["The link says epochs=0: it must be a whole number from 1 to 1000."]
