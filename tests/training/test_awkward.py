"""The supervisor, killed at the moments that are most awkward: nothing it was asked for is lost, and nothing is done twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.hosting import VARIABLE
from cnnlab.training import TrainConfig
from cnnlab.training.supervisor import Client
from cnnlab.training.supervisor.queue import Queue
from tests.training.watched import STANDIN, end_all, events, trainers, until

ROOT = Path(__file__).parents[2]
DYING = """
import os, signal, sys
from cnnlab.training.supervisor import __main__ as office, launchers, queue, requests

def die(*args, **named):
    os.kill(os.getpid(), signal.SIGKILL)

def started(self, folder, need, start=launchers.Here.start):
    start(self, folder, need)
    die()

moment = sys.argv[3]
place, name = {
    "read": (queue.Queue, "add"),  # the request is read, and the run stands in no queue
    "queued": (requests, "_remove"),  # it stands in the queue, and the request is there still
    "turn": (launchers.Here, "start"),  # it is written down that it runs, and no process was started
    "started": (launchers.Here, "start"),  # one was, and nobody wrote down which
}[moment]
setattr(place, name, started if moment == "started" else die)
office.main(*sys.argv[1:3])
"""


@pytest.fixture
def client(tmp_path, monkeypatch):
    rules = tmp_path / "host.toml"
    rules.write_text("at_once = 9\nfree_mib = 0\nper_visitor = 99\n")
    monkeypatch.setenv(VARIABLE, str(rules))
    client = Client(tmp_path / "runs", STANDIN)
    client._tried = float("inf")  # no supervisor but those of the test
    yield client
    end_all(client)


@pytest.mark.parametrize(
    ("moment", "times"),
    [("started", 1), *(pytest.param(moment, 2, marks=pytest.mark.sweep) for moment in ("read", "queued", "turn"))],
)
def test_a_supervisor_that_dies_loses_no_run_and_starts_none_twice(client, moment, times):
    tickets = [client.submit(TrainConfig(seed=0, epochs=20), "ada") for _ in range(2)]
    command = [sys.executable, "-c", DYING, str(client.root.path), STANDIN, moment]
    for _ in range(times):
        died = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
        assert died.returncode == -signal.SIGKILL, died.stderr
    client._tried = -60.0
    most = [0]

    def look() -> None:
        client.place(tickets[0].run)
        most.append(max(len(trainers(client.root.path / ticket.run)) for ticket in tickets))

    until(lambda: all(client.run(ticket.run).state == "finished" for ticket in tickets), look)
    assert max(most) == 1
    assert [client.run(ticket.run).attempt for ticket in tickets] == [1, 1]
    assert [events(client, ticket.run) for ticket in tickets] == [["started", "finished"]] * 2
    until(lambda: list(client.root.requests.iterdir()) == [])
    with Queue(client.root.queue) as queue:
        until(lambda: queue.active() == [])
        assert len(queue.runs()) == 2
