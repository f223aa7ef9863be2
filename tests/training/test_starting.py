"""One supervisor per folder of runs: it follows one that was lost, leaves, and outlives trouble."""

import os
import signal
import sqlite3
import time
from dataclasses import replace

import pytest

from cnnlab.training.folder import write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.supervisor import __main__ as office
from cnnlab.training.supervisor import requests, starting, supervising
from cnnlab.training.supervisor.keys import digest
from cnnlab.training.supervisor.queue import RUNNING, WAITING, Entry
from cnnlab.training.supervisor.requests import Request, write
from cnnlab.training.supervisor.starting import OWNER, supervised
from cnnlab.training.supervisor.supervising import Supervisor
from tests.training.paper import RUN, Desk, submitted


def test_a_lost_queue_is_put_together_from_the_folders(desk, rules):
    rules(at_once=1)
    finished, waiting = submitted(desk, "ada", 2)
    desk.step()
    desk.paper.end(finished.run, 0)
    desk.step()
    desk.queue._base.close()
    for path in desk.root.own.glob("queue*"):
        path.unlink()
    desk.paper.adopted = lambda folder: "1:1.0" if folder.name == waiting.run else None
    desk.awake()
    assert desk.queue.of(finished.run).reason == "finished"
    assert desk.queue.of(waiting.run).ticket == "1:1.0"
    assert desk.mine("ada") == [waiting.run, finished.run]


def test_a_run_that_was_being_started_is_started_once(desk, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    (ticket,) = submitted(desk, "ada")
    monkeypatch.setattr(desk.paper, "start", killed)
    with pytest.raises(KeyboardInterrupt):  # the supervisor dies there
        desk.step()
    monkeypatch.undo()
    desk.queue._base.close()
    desk.awake()
    assert desk.queue.of(ticket.run).state == WAITING
    desk.step()
    assert desk.paper.started == [ticket.run]


def test_a_trainer_whose_ticket_could_not_be_written_is_found_again(desk, monkeypatch):
    (ticket,) = submitted(desk, "ada")
    desk.queue.add(replace(desk.queue.of(ticket.run) or Entry(ticket.run, "ada"), state=RUNNING, ticket=""))
    desk.paper.adopted = lambda folder: "4:2.0"
    desk.paper.words["4:2.0"] = RUN
    desk.step()
    assert desk.queue.of(ticket.run).ticket == "4:2.0"
    assert desk.paper.started == []


def owned(desk: Desk, **said) -> bool:
    write_json(desk.root.own, OWNER, who() | {"version": starting.version(), "beat": time.time()} | said)
    return supervised(desk.root)


def test_a_root_is_owned_by_a_living_process_alone(desk):
    assert not supervised(desk.root)
    assert owned(desk)
    assert not owned(desk, create_time=1.0)
    assert not owned(desk, pid=-1)
    assert not owned(desk, pid="1")
    assert owned(desk, host="elsewhere", pid=1)
    assert not owned(desk, host="elsewhere", beat=time.time() - 61)


def test_who_asks_while_the_supervisor_is_leaving_is_heard(desk, monkeypatch):
    (ticket,) = submitted(desk, "ada")
    request = Request("stop", ticket.run, digest(ticket.key))
    worked = []

    def work(supervisor):
        worked.append(list(requests.read(desk.root)))
        if len(worked) == 1:
            write(desk.root, request)

    monkeypatch.setattr(Supervisor, "work", work)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(os, "umask", lambda mask: mask)
    office.main(str(desk.root.path))
    assert [asked[0].verb for asked in worked] == ["submit", "stop"]
    assert not supervised(desk.root)


def test_a_supervisor_with_nothing_to_do_leaves(desk, monkeypatch):
    monkeypatch.setattr(supervising, "IDLE_S", 0.3)
    Supervisor(desk.root, {}).work()


def test_trouble_with_the_disk_ends_no_supervisor(desk, monkeypatch):
    (ticket,) = submitted(desk, "ada")
    troubles = [OSError(28, "No space left on device"), sqlite3.OperationalError("database or disk is full")]

    def beat():
        if troubles:
            raise troubles.pop()
        desk.supervisor.leave()

    desk.supervisor.beat = beat
    monkeypatch.setattr(supervising, "RETRY_S", 0)
    desk.supervisor.work()
    assert troubles == []
    assert desk.paper.started == [ticket.run]
