"""Runs over a limit of the host, by numbers and with an engine on paper."""

import os
import time

import pytest

from cnnlab.hosting import Host
from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.folder import ALLOWED, read_json
from cnnlab.training.supervisor.keys import token
from cnnlab.training.supervisor.queue import RUNNING, Entry
from cnnlab.training.supervisor.watchdog import KILL, STOP, Look, verdict
from tests.training.paper import submitted
from tests.training.watched import events, said

LIMITED = Host(minutes=1, memory_mib=100, disk_mib=50, address_disk_mib=90, free_mib=20, silence_s=10)

NOW = 1000.0

STARTED = Entry("run", "ada", RUNNING, started=NOW - 50)

WATCHED = [  # a look at a run, and what comes of it
    (Look(STARTED, 1), None),
    (Look(STARTED, 10), None),
    (Look(STARTED, 11.0), (KILL, "silent", {"seconds": 11.0, "limit_s": 10})),
    (Look(STARTED, 30, heard=False), None),
    (Look(STARTED, 31.0, heard=False), (KILL, "silent", {"seconds": 31.0, "limit_s": 10})),
    (Look(STARTED, memory=100 << 20), None),
    (Look(STARTED, memory=101 << 20), (STOP, "memory", {"memory_mib": 101, "limit_mib": 100})),
    (Look(STARTED, memory=201 << 20), (KILL, "memory", {"memory_mib": 201, "limit_mib": 100})),
    (Look(STARTED, disk=51 << 20), (STOP, "disk", {"disk_mib": 51, "limit_mib": 50})),
    (Look(STARTED, address_disk=91 << 20), (STOP, "address disk", {"disk_mib": 91, "limit_mib": 90})),
    (Look(STARTED, free=9 << 20), (STOP, "disk full", {"free_mib": 9, "limit_mib": 10})),
    (
        Look(Entry("run", "ada", RUNNING, started=NOW - 50, spent_s=11)),
        (STOP, "minutes", {"minutes": 1.02, "limit_minutes": 1}),
    ),
]


@pytest.mark.parametrize(("look", "judged"), WATCHED)
def test_the_watchdog_judges_from_what_it_sees(look, judged):
    got = verdict(look, LIMITED, NOW)
    assert (got and (got.deed, got.event, got.numbers)) == judged
    if judged is None or judged[1] not in ("silent", "disk full"):
        assert verdict(look, Host(silence_s=60), NOW) is None


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_is_set_is_no_silence_no_minutes_and_no_days(desk, rules, monkeypatch, hours):
    rules(at_once=1, minutes=5.0, silence_s=2.0, days=1.0)
    over, running, waiting = submitted(desk, "ada", 3)
    desk.step()
    desk.paper.end(over.run, 0)
    desk.step()
    begun = desk.queue.of(running.run)
    now, steady = time.time(), time.monotonic()
    spent = begun.seconds(now)
    monkeypatch.setattr(time, "time", lambda: now + 3600 * hours)
    for _ in range(2):
        desk.step()
    assert desk.paper.cancelled == []
    assert desk.mine("ada") == [waiting.run, running.run, over.run]
    entry = desk.queue.of(running.run)
    assert abs(entry.seconds(time.time()) - spent) < 1
    assert entry.started - begun.started == pytest.approx(3600 * hours, abs=1)
    assert (entry.deadline, entry.ended) == (0, 0)
    monkeypatch.setattr(time, "monotonic", lambda: steady + 2.0 * 3 + 1)  # what really passes is silence
    desk.step()
    assert desk.paper.cancelled == [(running.run, True)]


def test_a_trainer_is_told_how_much_disk_it_may_take(desk, rules):
    rules(disk_mib=8, address_disk_mib=12, at_once=3)
    tickets = [desk.submit(TrainConfig(), who, address="203.0.113.7") for who in ("ada", "ada", "bob")]
    desk.step()
    folders = [desk.root.path / ticket.run for ticket in tickets]
    (folders[0] / "checkpoints" / "last.pt").write_bytes(bytes(6 << 20))
    for name in ("best.pt", "step_000001.pt"):  # which are no more bytes
        os.link(folders[0] / "checkpoints" / "last.pt", folders[0] / "checkpoints" / name)
    for _ in range(2):
        desk.step()
    allowed = [read_json(folder, ALLOWED)["bytes"] / (1 << 20) for folder in folders]
    assert allowed == pytest.approx([8, 2, 6], abs=0.2)
    rules()
    (desk.root.path.parent / "host.toml").write_text(
        'disk_mib = "unlimited"\naddress_disk_mib = "unlimited"\nfree_mib = 0\n'
    )
    desk.step()
    assert not any((folder / ALLOWED).exists() for folder in folders)


def test_a_run_over_its_minutes_is_stopped_gently_and_not_resumed(desk, rules):
    rules(minutes=2.0)
    (ticket,) = submitted(desk, "ada")
    desk.step()
    desk.queue.change(desk.queue.of(ticket.run), started=time.time() - 150)
    desk.step()
    assert said(desk, ticket.run, "minutes") == "It took 2.5 minutes, and 2.0 are allowed."
    assert desk.run(ticket.run).control()["wanted"] == "stop"
    assert desk.paper.cancelled == []
    desk.queue.change(desk.queue.of(ticket.run), deadline=time.time() + 20)
    desk.step()
    assert desk.paper.cancelled == [(ticket.run, False)]
    desk.queue.change(desk.queue.of(ticket.run), deadline=time.time() - 1)
    desk.step()
    assert desk.paper.cancelled[-1] == (ticket.run, True)
    desk.step()
    assert (desk.queue.of(ticket.run).reason, desk.run(ticket.run).state) == ("stopped", "stopped")
    assert events(desk, ticket.run) == ["minutes", "killed"]
    with pytest.raises(SpecError) as caught:
        desk.resume(ticket.run, ticket.key)
    assert str(caught.value) == "This run has taken 2.5 minutes, and 2.0 are allowed: start a new one, or fork it."


def test_a_visitor_s_disk_is_counted_and_freed_by_deleting(desk, rules):
    rules(disk_mib=1, at_once=1)
    (ticket,) = submitted(desk, "ada")
    desk.step()
    (desk.root.path / ticket.run / "checkpoints" / "last.pt").write_bytes(os.urandom(2 << 20))
    desk.step()
    assert said(desk, ticket.run, "disk") == (
        "The runs of this visitor take 2 MiB of disk, and 1 MiB are allowed: delete some."
    )
    desk.paper.end(ticket.run, 75)
    desk.step()
    with pytest.raises(SpecError, match="Your runs take 2 MiB of disk, and 1 MiB may be taken: delete some."):
        submitted(desk, "ada")
    desk.delete(ticket.run, ticket.key)
    desk.step()
    assert (desk.usage("ada").disk_mib, desk.mine("ada"), desk.run(ticket.run)) == (0, [], None)
    submitted(desk, "ada")


def test_old_runs_go_and_nothing_else(desk, rules, tmp_path):
    rules(days=1.0, at_once=1)
    old, new, running = submitted(desk, "ada", 3)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    (desk.root.path / old.run / "link").symlink_to(precious)
    by_hand = desk.root.path / token()
    by_hand.mkdir()
    for ticket in (old, new):
        desk.step()
        desk.paper.end(ticket.run, 0)
    desk.step()
    assert desk.paper.started[-1] == running.run
    two_days_ago = time.time() - 2 * 86400
    desk.queue.change(desk.queue.of(old.run), ended=two_days_ago)
    desk.queue.change(desk.queue.of(running.run), ended=two_days_ago, asked=two_days_ago)
    desk.step()
    assert desk.mine("ada") == [running.run, new.run]
    assert not (desk.root.path / old.run).exists()
    assert by_hand.exists()
    assert (precious / "file").read_text() == "kept"
    assert list(desk.root.trash.iterdir()) == []
