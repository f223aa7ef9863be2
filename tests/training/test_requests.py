"""What is asked of the supervisor: by whom, how often, and what nobody asked for."""

import errno
import os
import time

import pytest

from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig, attempts
from cnnlab.training.folder import EXIT, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.supervisor import Client, requests
from cnnlab.training.supervisor import client as clients
from cnnlab.training.supervisor.keys import digest, token
from cnnlab.training.supervisor.requests import Request, write
from tests.training.paper import Desk, submitted
from tests.training.watched import said


def test_a_visitor_s_limit_counts_what_the_supervisor_has_not_seen(desk, rules):
    rules(per_visitor=2)
    submitted(desk, "ada", 2)
    with pytest.raises(SpecError) as caught:
        submitted(desk, "ada")
    assert str(caught.value) == "2 of your runs run or wait, and 2 may: wait for one to end, or stop one."
    assert [str(error) for error in desk.allowed(TrainConfig(), "ada")] == [str(caught.value)]
    assert desk.allowed(TrainConfig(), "bob") == ()
    assert len(desk.root.runs()) == 2
    desk.step()
    assert desk.usage("ada").active == 2


def test_requests_that_came_together_are_held_against_the_limits_once_more(desk, rules):
    tickets = submitted(desk, "ada", 5)
    rules(per_visitor=2)
    desk.step()
    states = [desk.queue.of(ticket.run).reason for ticket in tickets]
    assert states == ["", "", "refused", "refused", "refused"]
    assert desk.run(tickets[2].run).state == "failed"
    assert said(desk, tickets[2].run, "refused").startswith("2 of your runs run or wait")


def test_a_visitor_asks_so_often_in_a_minute(desk, rules, monkeypatch):
    rules(requests=3)
    first, *_ = submitted(desk, "ada", 3)
    with pytest.raises(SpecError, match="3 requests a minute are allowed: wait a moment."):
        submitted(desk, "ada")
    submitted(desk, "bob")
    desk.stop(first.run, first.key)  # what ends something may be asked more often
    now = time.monotonic()
    monkeypatch.setattr(clients.time, "monotonic", lambda: now + 61)
    submitted(desk, "ada")


def test_who_makes_up_visitors_is_counted_by_address(desk, rules):
    rules(per_visitor=2, per_address=3)
    for number in range(3):
        desk.submit(TrainConfig(), f"made up {number}", address="203.0.113.7")
    says = "3 runs from your network address run or wait, and 3 may: wait for one of them to end."
    for _ in range(2):  # before the supervisor has seen them, and after
        with pytest.raises(SpecError) as caught:
            desk.submit(TrainConfig(), token(), address="203.0.113.7")
        assert str(caught.value) == says
        assert [str(error) for error in desk.allowed(TrainConfig(), token(), address="203.0.113.7")] == [says]
        assert desk.allowed(TrainConfig(), token(), address="203.0.113.8") == ()
        desk.step()
    assert desk.usage(token(), address="203.0.113.7").address_active == 3
    assert len(desk.root.runs()) == 3


def test_the_limit_of_an_address_is_held_once_more_when_requests_came_together(desk, rules):
    tickets = [desk.submit(TrainConfig(), token(), address="203.0.113.7") for _ in range(3)]
    rules(per_address=1)
    desk.step()
    assert [desk.queue.of(ticket.run).reason for ticket in tickets] == ["", "refused", "refused"]
    assert said(desk, tickets[1].run, "refused").startswith("1 runs from your network address run or wait")
    assert all(desk.queue.of(ticket.run).bytes > 0 for ticket in tickets[1:])


def test_ten_made_up_visitors_of_one_address_do_not_hold_up_another(desk, rules):
    rules(at_once=1)
    made_up = [desk.submit(TrainConfig(), token(), address="203.0.113.7").run for _ in range(10)]
    others = [desk.submit(TrainConfig(), who, address="198.51.100.1").run for who in ("ada", "ada", "bob")]
    for _ in range(5):
        desk.step()
        desk.paper.end(desk.paper.started[-1], 0)
    ada, again, bob = others
    assert desk.paper.started == [made_up[0], ada, made_up[1], bob, made_up[2]]
    desk.awake()  # the turn of an address outlives the supervisor
    desk.step()
    assert desk.paper.started[-1] == again


def test_an_address_asks_so_often_in_a_minute(desk, rules):
    rules(address_requests=3)
    tickets = [desk.submit(TrainConfig(), token(), address="203.0.113.7") for _ in range(3)]
    with pytest.raises(SpecError) as caught:
        desk.submit(TrainConfig(), token(), address="203.0.113.7")
    assert str(caught.value) == "3 requests a minute are allowed from one network address: wait a moment."
    desk.submit(TrainConfig(), token(), address="203.0.113.8")
    for ticket in tickets:
        desk.stop(ticket.run, ticket.key)


def test_the_disk_of_an_address_is_counted(desk, rules):
    rules(address_disk_mib=1, at_once=2)
    tickets = [desk.submit(TrainConfig(), token(), address="203.0.113.7") for _ in range(2)]
    desk.step()
    for ticket in tickets:
        (desk.root.path / ticket.run / "checkpoints" / "last.pt").write_bytes(os.urandom(900 << 10))
    desk.step()
    with pytest.raises(
        SpecError, match="The runs from your network address take 1 MiB of disk, and 1 MiB may be taken"
    ):
        desk.submit(TrainConfig(), token(), address="203.0.113.7")
    desk.submit(TrainConfig(), token(), address="203.0.113.8")


def test_a_full_disk_of_one_s_own_keeps_no_run_from_going_on(desk, rules):
    rules(disk_mib=1, address_disk_mib=1)
    (ticket,) = submitted(desk, "ada")
    desk.step()
    desk.stop(ticket.run, ticket.key)
    desk.step()
    (desk.root.path / ticket.run / "checkpoints" / "last.pt").write_bytes(os.urandom(1100 << 10))
    desk.paper.end(ticket.run, 75)
    desk.step()
    assert [str(error) for error in desk.allowed(TrainConfig(), "ada")] == [
        "Your runs take 1 MiB of disk, and 1 MiB may be taken: delete some.",
        "The runs from your network address take 1 MiB of disk, and 1 MiB may be taken: delete some.",
    ]
    desk.resume(ticket.run, ticket.key)
    desk.step()
    assert desk.paper.started == [ticket.run, ticket.run]


def test_only_the_key_of_a_run_changes_it(desk):
    mine, other = submitted(desk, "ada", 2)
    desk.step()
    says = "Only the browser that started this run can change it: start one of your own like it."
    for verb in (desk.stop, desk.pause, desk.delete, desk.resume, desk.command):
        for key in (other.key, "", mine.key[:-1], "é", digest(mine.key)):
            with pytest.raises(SpecError) as caught:
                verb(mine.run, key)
            assert str(caught.value) == says
    with pytest.raises(SpecError, match=says):
        desk.fork(mine.run, other.key, None, TrainConfig(), "bob")
    assert desk.may(mine.run, mine.key)
    assert not desk.may(mine.run, other.key)
    write(desk.root, Request("delete", mine.run, digest(other.key)))
    desk.step()
    assert desk.run(mine.run) is not None


def test_tokens_have_128_bits_and_only_their_hashes_are_kept(desk):
    (ticket,) = submitted(desk, "ada's own token")
    desk.step()
    assert len({token() for _ in range(100)}) == 100
    assert len(ticket.run) == len(ticket.key) == 22
    assert ticket.run != ticket.key
    files = [path for path in desk.root.path.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        assert ticket.key.encode() not in path.read_bytes()
        assert b"ada's own token" not in path.read_bytes()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (desk.root.own, desk.root.requests, desk.root.path))


EVIL = (
    b"",
    b"{",
    b"[" * 100_000,
    b"null",
    b"\xff\xfe",
    b'{"verb": "delete"}',
    b'{"verb": "delete", "run": "../../precious", "key": "%s"}' % (b"0" * 64),
    b'{"verb": "delete", "run": "..", "key": "%s"}' % (b"0" * 64),
    b'{"verb": "__init__", "run": "RUN", "key": "KEY"}',
    b'{"verb": "delete", "run": "RUN\\n", "key": "KEY"}',
    b'{"verb": "delete", "run": "RUN", "key": "KEY", "more": 1}',
    b'{"verb": "delete", "run": ["RUN"], "key": "KEY"}',
    b'{"verb": "delete", "run": "RUN", "key": "KEY"}' + b" " * (5 << 20),
)


def test_hostile_requests_do_nothing_and_go(desk, tmp_path):
    (ticket,) = submitted(desk, "ada")
    desk.step()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    for place, evil in enumerate(EVIL):
        known = {b"RUN": ticket.run.encode(), b"KEY": digest(ticket.key).encode()}
        for name, value in known.items():
            evil = evil.replace(name, value)
        (desk.root.requests / f"{place:02}.json").write_bytes(evil)
    (tmp_path / "true.json").write_text(f'{{"verb": "delete", "run": "{ticket.run}", "key": "{digest(ticket.key)}"}}')
    (desk.root.requests / "link.json").symlink_to(tmp_path / "true.json")
    (desk.root.requests / "folder").mkdir()
    (desk.root.requests / "folderlink").symlink_to(precious)
    os.mkfifo(desk.root.requests / "pipe.json")
    desk.step()
    assert list(desk.root.requests.iterdir()) == []
    assert desk.run(ticket.run) is not None
    assert (precious / "file").read_text() == "kept"
    assert (tmp_path / "true.json").exists()


def test_a_run_s_name_reaches_nothing_but_runs(desk, tmp_path):
    (tmp_path / "outside").mkdir()
    link = desk.root.path / token()
    link.symlink_to(tmp_path / "outside")
    for name in (
        "",
        ".",
        "..",
        ".supervisor",
        "../outside",
        str(tmp_path / "outside"),
        link.name,
        token(),
        "a\0b",
        None,
    ):
        assert desk.run(name) is None
        assert desk.place(name) is None
        assert not desk.may(name, "key")


def test_a_full_disk_is_said_and_leaves_nothing_behind(desk, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(clients.requests, "write", full)
    with pytest.raises(SpecError) as caught:
        submitted(desk, "ada")
    assert str(caught.value) == (
        "The run could not be written to the disk of the machine (No space left on device): delete runs, or ask the host."
    )
    assert desk.root.runs() == []


def test_a_disk_that_nothing_can_be_written_to_is_said_and_what_there_is_can_be_looked_at(desk, monkeypatch, tmp_path):
    (ticket,) = submitted(desk, "ada")
    (tmp_path / "file").touch()
    with pytest.raises(SpecError) as caught:
        Client(tmp_path / "file" / "runs")
    assert str(caught.value) == (
        f"Runs cannot be kept in {tmp_path / 'file' / 'runs'} (Not a directory): let CNNLAB_RUNS name a folder that can "
        "be written."
    )

    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(requests, "write_json", refused)
    monkeypatch.setattr(clients, "start", refused)
    monkeypatch.setattr(Desk, "_ensure", Client._ensure)
    for verb in (desk.stop, desk.pause, desk.delete):
        with pytest.raises(SpecError) as caught:
            verb(ticket.run, ticket.key)
        assert str(caught.value) == (
            "What you ask for could not be written to the disk of the machine (Read-only file system): ask whoever runs it."
        )
    assert desk.place(ticket.run) == clients.Place(0, None)
    assert desk.run(ticket.run).state == "queued"


def test_a_run_by_hand_waits_for_its_command(desk, rules):
    with pytest.raises(SpecError, match="Runs by a command of one's own are not for visitors of this machine"):
        desk.submit(TrainConfig(), "ada", launcher="torchrun")
    rules(by_hand=True, at_once=1)
    here = desk.submit(TrainConfig(), "ada")
    ticket = desk.submit(TrainConfig(), "ada", launcher="torchrun")
    desk.step()
    folder = desk.root.path / ticket.run
    assert desk.command(ticket.run, ticket.key) == (
        f"python -m torch.distributed.run --standalone --nproc-per-node 1 -m cnnlab.training {folder}"
    )
    assert desk.command(here.run, here.key) is None
    desk.step()
    attempt = attempts.claim(folder, who())
    write_json(folder, EXIT, {"attempt": attempt.number, "code": 0})
    desk.step()
    assert desk.queue.of(ticket.run).reason == "finished"


def test_a_fork_belongs_to_who_made_it(desk):
    (ticket,) = submitted(desk, "ada")
    desk.step()
    path = desk.root.path / ticket.run / "checkpoints" / "last.pt"
    path.write_bytes(b"weights")
    checkpoint = clients.Checkpoint(path, step=5, epoch=1, place=0, t=0.0, bytes=7)
    fork = desk.fork(ticket.run, ticket.key, checkpoint, TrainConfig(epochs=20), "ada")
    desk.step()
    assert desk.mine("ada") == [fork.run, ticket.run]
    assert desk.run(fork.run).spec["parent"]["run"] == ticket.run
    assert not desk.may(fork.run, ticket.key)
