"""Where runs are started: the same four verbs for every row, with real processes."""

import json
import os
import resource
import shlex
import signal
import sys
from pathlib import Path

import psutil
import pytest

from cnnlab.training import TrainConfig, attempts
from cnnlab.training.folder import EXIT, write_json
from cnnlab.training.heartbeat import began, is_there, who
from cnnlab.training.run import Run
from cnnlab.training.supervisor import LAUNCHERS, Launcher, Need, processes
from cnnlab.training.supervisor.launchers import SPARE_BYTES, Here, Torchrun, Word, parsed
from cnnlab.training.supervisor.notes import launched
from tests.training.standin import BROKEN, DEAF, PLAIN
from tests.training.watched import STANDIN, until

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
input()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SLOW", "0.02")
    folder = tmp_path / "run"
    yield folder
    for process in processes.running("-m", STANDIN, str(folder)):
        processes.end(process.pid, began(process.pid))


def made(folder: Path, seed: int = PLAIN, epochs: int = 1000) -> Run:
    return Run.create(folder, TrainConfig(seed=seed, epochs=epochs))


@pytest.mark.parametrize("name", LAUNCHERS)
def test_each_row_can_be_asked_the_same(name, folder):
    launcher = LAUNCHERS[name](STANDIN)
    run = made(folder, epochs=1)
    assert isinstance(launcher, Launcher)
    assert launcher.about
    ticket = launcher.start(folder, Need())
    launched(folder, name, ticket, 0)
    assert isinstance(json.loads((folder / "launch.json").read_text())["ticket"], str)
    word = launcher.state([ticket])[ticket]
    assert word.state in ("waiting", "running")
    assert launcher.logs(folder) == folder / "stdout.log"
    launcher.cancel(ticket, force=True)
    until(lambda: launcher.by_hand or launcher.state([ticket])[ticket].state == "gone")
    assert launcher.state([]) == {}
    assert run.state in ("queued", "lost")


def test_a_trainer_here_inherits_nothing_and_says_how_it_ended(folder, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    run, here = made(folder), Here(STANDIN)
    read, write = os.pipe()
    ticket = here.start(folder, Need(devices=("0", "GPU-5"), memory_mib=2048))
    pid, _ = parsed(ticket)
    until(lambda: run.state == "running")
    assert here.state([ticket]) == {ticket: Word("running")}
    process = psutil.Process(pid)
    assert process.environ()["CUDA_VISIBLE_DEVICES"] == "0,GPU-5"
    assert process.cmdline()[-3:] == ["-m", STANDIN, str(folder)]
    assert os.getsid(pid) == pid
    assert {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)} == {os.devnull, str(folder / "stdout.log")}
    assert not any("pipe:" in os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir())
    most = (2048 << 20) + SPARE_BYTES
    assert resource.prlimit(pid, resource.RLIMIT_DATA) == (most, most)
    assert here.adopted(folder) == ticket
    here.cancel(ticket)
    word = until(lambda: (word := here.state([ticket])[ticket]).state == "gone" and word)
    assert (word, run.exit_code, run.state) == (Word("gone", "exit 75", code=75), 75, "stopped")
    assert here.adopted(folder) is None
    os.close(read)
    os.close(write)


def test_a_deaf_trainer_is_ended_with_its_children(folder):
    run, here = made(folder, DEAF), Here(STANDIN)
    ticket = here.start(folder, Need())
    steps = until(lambda: run.status().get("step"))
    here.cancel(ticket)
    until(lambda: run.status()["step"] > steps + 1)
    here.cancel(ticket, force=True)
    word = until(lambda: (word := here.state([ticket])[ticket]).state == "gone" and word)
    assert (word, run.state) == (Word("gone", "killed by signal 9", code=-9), "lost")


def test_what_a_dead_trainer_leaves_in_its_session_is_ended():
    with psutil.Popen([sys.executable, "-c", PARENT], stdin=-1, stdout=-1, start_new_session=True) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        created, first = began(child.pid), began(parent.pid)
        os.kill(child.pid, signal.SIGSTOP)  # or it would see the end of its input
        parent.kill()
    assert is_there(child.pid, created)
    processes.end(parent.pid, first)
    until(lambda: not is_there(child.pid, created))


def test_a_signal_reaches_no_later_process_of_the_same_number():
    other = psutil.Popen([sys.executable, "-c", "input()"], stdin=-1)
    processes.send(other.pid, began(other.pid) - 60, signal.SIGKILL)
    processes.end(other.pid, began(other.pid) - 60)
    assert other.poll() is None
    other.communicate(b"\n")
    assert other.returncode == 0


def test_a_trainer_that_cannot_begin_says_its_code_and_why_in_its_log(folder):
    made(folder, BROKEN)
    here = Here(STANDIN)
    ticket = here.start(folder, Need())
    word = until(lambda: (word := here.state([ticket])[ticket]).state == "gone" and word)
    assert word == Word("gone", "exit 1", code=1)
    assert "ImportError: broken" in here.logs(folder).read_text()


def test_the_log_of_a_run_is_no_link(folder, tmp_path):
    made(folder)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (folder / "stdout.log").symlink_to(precious)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        Here(STANDIN).start(folder, Need())
    assert precious.read_text() == "kept"


def test_torchrun_s_ticket_is_the_command_for_each_machine(folder):
    row = Torchrun()
    assert row.start(folder, Need(gpus=4)) == (
        f"python -m torch.distributed.run --standalone --nproc-per-node 4 -m cnnlab.training {folder}"
    )
    assert row.start(folder, Need(gpus=2, nodes=3)) == (
        "python -m torch.distributed.run --nnodes 3 --rdzv-backend c10d --rdzv-endpoint FIRST_HOST:29500 "
        f"--rdzv-id run --nproc-per-node 2 -m cnnlab.training {folder}"
    )


def test_a_folder_with_odd_characters_is_one_word_of_the_command(tmp_path):
    odd = tmp_path / "a b; rm -rf $HOME 'x'"
    assert shlex.split(Torchrun().start(odd, Need()))[-1] == str(odd)


def test_torchrun_s_word_is_read_from_the_folder(folder):
    run, row = made(folder), Torchrun()
    ticket = row.start(folder, Need())
    launched(folder, "torchrun", ticket, after=0)
    word = lambda: row.state([ticket])[ticket]  # noqa: E731
    assert word() == Word("waiting", "until the command is run")
    attempt = attempts.claim(folder, who())
    assert word().state == "running"
    write_json(folder, EXIT, {"attempt": attempt.number, "code": 75})
    assert word() == Word("gone", "exit 75", code=75)
    launched(folder, "torchrun", ticket, after=run.attempt)
    assert word() == Word("waiting", "until the command is run")
