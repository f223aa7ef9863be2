"""A run by its folder: created, asked, read in all its states, forked, deleted."""

import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import psutil
import pytest

from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.assembly import train
from cnnlab.training.attempts import claim
from cnnlab.training.checkpoints import NOTE
from cnnlab.training.folder import read_json, write_json
from cnnlab.training.heartbeat import PROMISE_S, START_S, began, machine, promise, who
from cnnlab.training.run import Run

CONFIG = TrainConfig(seed=7, epochs=2)


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "run", CONFIG)


@pytest.fixture
def process():
    """A process that waits until it is ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.wait()
    child.stdin.close()


def identity(process) -> dict:
    return {"pid": process.pid, "create_time": began(process.pid), "host": machine()}


def beat(run: Run, said: dict, state: str = "running", promise: float = PROMISE_S) -> None:
    now = time.time()
    status = {"attempt": run.attempt, "state": state, "beat": now, "next_beat_before": now + promise}
    write_json(run.folder, "status.json", {**said, **status})


def leave(run: Run, code: int) -> None:
    write_json(run.folder, "exit_code", {"attempt": run.attempt, "code": code})


def test_what_was_created_is_read_back(run):
    again = Run(run.folder)
    assert again.config == CONFIG
    assert again.state == "queued"
    assert again.spec["parent"] is None
    assert again.records() == again.events() == again.system() == []
    assert again.status() == {}
    assert again.checkpoints() == ()
    assert again.weights_hash() is None
    assert again.exit_code is None
    assert {"python", "torch", "numpy"} <= set(again.spec["versions"])
    assert len(again.spec["code"]) == 64


def test_a_run_is_private_and_its_description_for_good(run):
    assert all(stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0 for path in (run.folder, *run.folder.rglob("*")))
    assert stat.S_IMODE((run.folder / "spec.json").stat().st_mode) == 0o400
    with pytest.raises(FileExistsError):
        Run.create(run.folder, TrainConfig())
    assert Run(run.folder).config == CONFIG


@pytest.mark.parametrize("spec", [None, b"", b"{", b"7", b'{"config": 7}', b"\0" * 100])
def test_a_folder_without_a_description_is_no_run(tmp_path, spec):
    if spec is not None:
        (tmp_path / "spec.json").write_bytes(spec)
    with pytest.raises(SpecError, match="There is no run in this folder, or its description is damaged."):
        _ = Run(tmp_path).config


def test_what_another_version_described_is_read_and_not_trained(run):
    spec = read_json(run.folder, "spec.json")
    write_json(run.folder, "spec.json", {**spec, "config": {**spec["config"], "momentum_of_old": "1"}})
    assert Run(run.folder).config == CONFIG
    with pytest.raises(SpecError, match=r"another version of cnnlab, for momentum_of_old is not known here"):
        train(Run(run.folder), None, None, None, lambda: True)


def test_wishes_are_numbered(run):
    assert run.control() == {"wanted": "run", "seq": 0}
    run.ask("pause")
    run.ask("stop")
    assert (run.control()["wanted"], run.control()["seq"]) == ("stop", 2)
    assert run.state == "stopped"
    run.ask("run")
    assert run.state == "queued"
    with pytest.raises(ValueError, match="'halt' is none of"):
        run.ask("halt")


def test_a_trainer_that_only_claimed_its_attempt_is_running(run, process):
    claim(run.folder, identity(process))
    assert run.state == "running"
    assert run.attempt == 1
    process.kill()
    process.wait()
    assert run.state == "lost"


def test_an_attempt_that_says_nothing_for_long_is_lost(run, process):
    attempt = run.folder / "attempts" / "0001"
    attempt.touch()
    assert run.state == "running"
    os.utime(attempt, (time.time() - START_S - 1,) * 2)
    assert run.state == "lost"


def test_a_living_trainer_is_running_or_paused(run, process):
    claim(run.folder, identity(process))
    beat(run, identity(process))
    assert run.state == "running"
    assert run.alive
    beat(run, identity(process), "paused")
    assert run.state == "paused"


def test_a_killed_trainer_is_lost_as_zombie_and_after(run, process):
    said = identity(process)
    claim(run.folder, said)
    beat(run, said)
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert run.state == "lost"
    process.wait()
    assert run.state == "lost"
    assert not run.alive


def test_a_later_process_of_the_same_number_is_no_trainer(run, process):
    said = identity(process)
    claim(run.folder, said)
    beat(run, {**said, "create_time": said["create_time"] - 100})
    assert run.state == "lost"


def test_a_broken_promise_is_a_lost_run(run, process):
    claim(run.folder, identity(process))
    beat(run, identity(process), promise=-1)
    assert run.state == "lost"


def test_a_clock_that_is_set_ends_no_trainer_and_keeps_none(run, process, monkeypatch):
    claim(run.folder, identity(process))
    assert run.state == "running"
    now, steady = time.time(), time.monotonic()
    for seconds in (-3600, 3600):
        monkeypatch.setattr(time, "time", lambda by=seconds: now + by)
        assert run.state == "running"  # before its first heartbeat
    monkeypatch.undo()
    write_json(run.folder, "status.json", {**identity(process), "attempt": 1, "state": "running", **promise(PROMISE_S)})
    # When a process began, psutil tells by the time of day.
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: 7.0, raising=False)
    for seconds in (-3600, 3600):
        monkeypatch.setattr(time, "time", lambda by=seconds: now + by)
        assert run.state == "running"
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "monotonic", lambda: steady + PROMISE_S + 60)
    assert run.state == "lost"


def test_of_another_host_the_heartbeat_is_believed(run):
    elsewhere = {"pid": 1 << 22, "create_time": 1.0, "host": "elsewhere"}
    claim(run.folder, elsewhere)
    beat(run, elsewhere)
    assert run.state == "running"
    beat(run, elsewhere, promise=-1)
    assert run.state == "lost"


@pytest.mark.parametrize(("code", "state"), [(0, "finished"), (75, "stopped"), (1, "failed"), (137, "failed")])
def test_a_run_that_ended_says_how(run, process, code, state):
    claim(run.folder, identity(process))
    beat(run, identity(process))
    leave(run, code)
    assert (run.state, run.exit_code) == (state, code)
    claim(run.folder, identity(process))  # started again
    assert (run.state, run.exit_code) == ("running", None)


@pytest.mark.parametrize(
    "status", [b"", b"{", b"[]", b'{"attempt": 1}', b'{"attempt": 1, "pid": "x", "next_beat_before": 9e99}']
)
def test_a_damaged_heartbeat_does_not_fail_the_reader(run, status):
    claim(run.folder, who())
    (run.folder / "status.json").write_bytes(status)
    assert run.state in ("running", "lost")


def test_files_beside_the_folder_are_not_read(run, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "status.json").write_text('{"attempt": 1}')
    (run.folder / "status.json").symlink_to(outside / "status.json")
    assert run.status() == {}
    os.mkfifo(run.folder / "control.json")
    assert run.control()["wanted"] == "run"
    (run.folder / "checkpoints").rmdir()
    checkpoint(outside / "last.pt", 3)
    (run.folder / "checkpoints").symlink_to(outside)
    assert run.checkpoints() == ()


def test_a_large_file_is_not_read(run):
    (run.folder / "status.json").write_text("{}" + " " * (5 << 20))
    assert run.status() == {}


def checkpoint(path, step: int, note: object = None, data: bytes = b"numbers" * 100) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data/0", data)
        said = {"step": step, "epoch": 1, "place": 3, "t": 5.0, "figures": {"val/loss": 0.5}} if note is None else note
        archive.writestr(NOTE, json.dumps(said))


def test_checkpoints_are_listed_the_newest_first(run):
    folder = run.folder / "checkpoints"
    for name, step in (("step_000010.pt", 10), ("best.pt", 20), ("last.pt", 20), ("other.pt", 30), ("start.pt", 5)):
        checkpoint(folder / name, step)
    (folder / "step_000040.pt").write_bytes(b"PK torn")
    checkpoint(folder / "step_000050.pt", 50, note={"step": []})
    found = run.checkpoints()
    assert [one.name for one in found] == ["last.pt", "best.pt", "step_000010.pt", "start.pt"]
    assert found[0].whole()
    assert found[0].epoch == 1
    assert dict(found[0].figures) == {"val/loss": 0.5}


def test_a_damaged_byte_is_noticed(run):
    path = run.folder / "checkpoints" / "last.pt"
    checkpoint(path, 10)
    data = path.read_bytes().replace(b"numbersnumbers", b"numbersnumbets", 1)
    path.write_bytes(data)
    (found,) = run.checkpoints()
    assert not found.whole()


def test_a_fork_goes_on_from_a_checkpoint_and_says_what_changed(run, tmp_path):
    checkpoint(run.folder / "checkpoints" / "last.pt", 10)
    other = replace(CONFIG, clip=1.0, epochs=5)
    fork = run.fork(tmp_path / "fork", run.checkpoints()[0], other)
    assert fork.spec["parent"] == {"run": "run", "step": 10, "changed": ["clip", "epochs"]}
    assert fork.config == other
    assert fork.state == "queued"
    assert [(one.name, one.step) for one in fork.checkpoints()] == [("start.pt", 10)]
    run.delete()
    assert fork.checkpoints()[0].whole()


def test_a_fork_keeps_what_a_checkpoint_is_about(run, tmp_path):
    checkpoint(run.folder / "checkpoints" / "last.pt", 10)
    other = replace(CONFIG, split_seed=3, validation=0.1)
    with pytest.raises(
        SpecError, match="A fork keeps its data and its network: change split_seed, validation in a new run."
    ):
        run.fork(tmp_path / "fork", run.checkpoints()[0], other)
    assert not (tmp_path / "fork").exists()


def test_a_run_that_is_trained_is_not_deleted(run, process):
    claim(run.folder, identity(process))
    with pytest.raises(SpecError, match="This run is being trained: stop it first."):
        run.delete()
    assert run.state == "running"
    process.kill()
    process.wait()
    run.delete()
    assert not run.folder.exists()


def test_deleting_follows_no_links(run, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "picture").touch()
    (run.folder / "checkpoints" / "data").symlink_to(kept)
    link = tmp_path / "link"
    link.symlink_to(run.folder)
    with pytest.raises(SpecError):
        Run(link).delete()
    assert run.state == "queued"
    run.delete()
    assert (kept / "picture").exists()
    assert not run.folder.exists()


def test_what_is_no_run_is_not_deleted(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(SpecError):
        Run(tmp_path).delete()
    assert (tmp_path / "thesis.txt").exists()


def test_a_deletion_that_was_killed_can_be_finished(run):
    os.replace(run.folder / "spec.json", run.folder / "deleted.json")
    run.delete()
    assert not run.folder.exists()


def test_a_file_that_cannot_be_written_is_left_as_it_was(run, monkeypatch):
    run.ask("pause")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        run.ask("stop")
    assert read_json(run.folder, "control.json")["wanted"] == "pause"
    assert [path.name for path in run.folder.iterdir() if path.name.startswith(".")] == []
