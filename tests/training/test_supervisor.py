"""The supervisor with real processes; trainers are stand-ins without torch."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnlab.training import TrainConfig
from cnnlab.training.folder import read_json
from cnnlab.training.heartbeat import is_there
from cnnlab.training.supervisor import Client, processes

STANDIN = "tests.training.counter"


def until(condition: Callable[[], object], seconds: float = 30) -> object:
    """What the condition gives once it is true."""
    end = time.monotonic() + seconds
    while not (got := condition()):
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)
    return got


def owner(client: Client) -> dict:
    return read_json(client.root.own, "owner.json")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    client = Client(tmp_path / "runs", STANDIN)
    yield client
    said = owner(client)
    if said:
        processes.end(said["pid"], said["create_time"])
    for run in client.root.runs():
        for trainer in processes.running("-m", STANDIN, str(client.root.path / run)):
            processes.end(trainer.pid, trainer.create_time())


def test_a_run_is_started_and_ends(client):
    ticket = client.submit(TrainConfig(epochs=1), "ada")
    assert client.place(ticket.run) is not None
    until(lambda: client.run(ticket.run).state == "finished" and client.place(ticket.run) is None)
    assert client.mine("ada") == [ticket.run]
    assert client.mine("bob") == []
    assert is_there(owner(client)["pid"], owner(client)["create_time"])
