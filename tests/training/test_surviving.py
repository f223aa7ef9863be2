"""The supervisor as a process, with trainers as processes: who may be killed, and what goes on."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from cnnlab.hosting import VARIABLE
from cnnlab.training import TrainConfig
from cnnlab.training.folder import read_json
from cnnlab.training.heartbeat import began, is_there
from cnnlab.training.supervisor import Client, processes
from cnnlab.training.supervisor.starting import start, supervised
from tests.training.standin import GREEDY, SILENT
from tests.training.watched import STANDIN, end_all, events, said, trainers, until

ROOT = Path(__file__).parents[2]
SERVER = """
import sys, time
from pathlib import Path
from cnnlab.training import TrainConfig
from cnnlab.training.supervisor import Client
ticket = Client(Path(sys.argv[1]), sys.argv[2]).submit(TrainConfig(epochs=1000), "ada")
print(ticket.run, ticket.key, flush=True)
time.sleep(600)
"""


def owner(client: Client) -> psutil.Process | None:
    """The supervisor that owns the root."""
    pid = read_json(client.root.own, "owner.json").get("pid")
    return psutil.Process(pid) if pid and psutil.pid_exists(pid) else None


def supervisors(client: Client) -> list[psutil.Process]:
    return list(processes.running("-m", "cnnlab.training.supervisor", str(client.root.path), STANDIN))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("surviving")
    rules = folder / "host.toml"
    rules.write_text(
        "at_once = 9\nepochs = 1000\nmemory_mib = 256\nsilence_s = 4.0\nfree_mib = 0\nrequests = 1000\nper_visitor = 99\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(rules))
        patch.setenv("SLOW", "0.02")
        client = Client(folder / "runs", STANDIN)
        client.silent = client.submit(TrainConfig(seed=SILENT, epochs=3), "ada")  # what takes its time begins first
        client.greedy = client.submit(TrainConfig(seed=GREEDY, epochs=1000), "ada")
        yield client
        end_all(client)


@pytest.fixture(scope="module")
def served(client) -> tuple[str, str]:
    """A run that a server started which was killed at once: its run and the key to it."""
    command = [sys.executable, "-c", SERVER, str(client.root.path), STANDIN]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True, text=True) as server:
        run, key = server.stdout.readline().split()
        try:
            until(lambda: supervised(client.root) and client.run(run).state == "running")
        finally:
            tree = [*psutil.Process(server.pid).children(recursive=True), server]
            for victim in tree:  # as who ends a tree of processes does
                victim.kill()
    return run, key


def test_a_run_goes_on_when_its_server_is_killed(client, served):
    run = client.run(served[0])
    step = until(lambda: run.status().get("step"))
    until(lambda: run.status()["step"] > step + 5)
    assert client.place(served[0]).running
    supervisor = owner(client)
    assert os.getsid(supervisor.pid) != os.getsid(0)
    inherited = {os.readlink(path) for path in Path(f"/proc/{supervisor.pid}/fd").iterdir()}
    ours = (os.devnull, str(client.root.own), "anon_inode:")
    assert [name for name in inherited if not name.startswith(ours)] == []


def test_a_killed_supervisor_is_followed_by_another_and_no_trainer_by_a_second(client, served):
    run, first = client.run(served[0]), owner(client)
    (trainer,) = trainers(run.folder)
    first.kill()
    until(lambda: not is_there(first.pid, began(first.pid)) if first.is_running() else True)
    assert client.place(served[0]).running
    client._tried = -60.0
    until(lambda: owner(client) not in (None, first), lambda: client.place(served[0]))
    step = run.status()["step"]
    until(lambda: run.status()["step"] > step + 5)
    assert trainers(run.folder) == [trainer]
    assert run.attempt == 1
    client.stop(*served)
    until(lambda: run.state == "stopped" and client.place(served[0]) is None)
    assert trainers(run.folder) == []
    client.resume(*served)
    until(lambda: run.state == "running" and run.attempt == 2)
    client.delete(*served)
    until(lambda: not run.folder.exists() and not trainers(run.folder))


def test_one_of_many_supervisors_that_start_at_once_stays(client, served):
    calls = [threading.Thread(target=start, args=(client.root, STANDIN)) for _ in range(3)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    before = owner(client)
    until(lambda: len(supervisors(client)) == 1)
    assert owner(client) == before


def test_a_silent_trainer_is_ended_and_started_again(client):
    ticket = client.silent
    run = client.run(ticket.run)
    until(lambda: run.state == "finished" and client.place(ticket.run) is None)
    assert events(client, ticket.run) == ["started", "silent", "started again", "resumed", "finished"]
    assert (
        said(client, ticket.run, "started again") == "It was gone (silent) and is started again: 1 of at most 5 times."
    )
    assert run.attempt == 2
    assert trainers(run.folder) == []


def test_a_trainer_that_takes_too_much_memory_is_stopped_with_the_number(client):
    ticket = client.greedy
    run = client.run(ticket.run)
    until(lambda: run.state == "stopped" and client.place(ticket.run) is None)
    assert events(client, ticket.run) == ["started", "memory", "stopped"]
    (event,) = [event for event in run.events() if event["kind"] == "memory"]
    assert event["limit_mib"] == 256
    assert 256 < event["memory_mib"] < 512
    assert said(client, ticket.run, "memory").startswith(
        f"It took {event['memory_mib']} MiB of memory, and 256 MiB are "
    )


def test_a_supervisor_with_other_settings_makes_room(client, monkeypatch):
    first = until(lambda: owner(client))
    monkeypatch.setenv("CNNLAB_TEST", "other")
    assert not supervised(client.root)
    until(lambda: not first.is_running())
