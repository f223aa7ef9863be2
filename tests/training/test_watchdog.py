"""Runs over a limit of the host, by numbers and with an engine on paper."""

import os
import time

import pytest

from cnnlab.specs import SpecError
from cnnlab.training.host import Host
from cnnlab.training.supervisor.keys import token
from cnnlab.training.supervisor.queue import RUNNING, Entry
from cnnlab.training.supervisor.watchdog import KILL, STOP, Look, verdict
from tests.training.paper import submitted
from tests.training.watched import events, said

LIMITED = Host(minutes=1, memory_mib=100, disk_mib=50, free_mib=20, silence_s=10)

NOW = 1000.0

STARTED = Entry("run", "ada", RUNNING, started=NOW - 50)

WATCHED = [  # a look at a run, and what comes of it
    (Look(STARTED, NOW - 1), None),
    (Look(STARTED, NOW - 10), None),
    (Look(STARTED, NOW - 11), (KILL, "silent", {"seconds": 11.0, "limit_s": 10})),
    (Look(Entry("run", "ada", RUNNING, started=NOW - 30), None), None),
    (Look(Entry("run", "ada", RUNNING, started=NOW - 31), None), (KILL, "silent", {"seconds": 31.0, "limit_s": 10})),
    (Look(STARTED, NOW, memory=100 << 20), None),
    (Look(STARTED, NOW, memory=101 << 20), (STOP, "memory", {"memory_mib": 101, "limit_mib": 100})),
    (Look(STARTED, NOW, memory=201 << 20), (KILL, "memory", {"memory_mib": 201, "limit_mib": 100})),
    (Look(STARTED, NOW, disk=51 << 20), (STOP, "disk", {"disk_mib": 51, "limit_mib": 50})),
    (Look(STARTED, NOW, free=9 << 20), (STOP, "disk full", {"free_mib": 9, "limit_mib": 10})),
    (
        Look(Entry("run", "ada", RUNNING, started=NOW - 50, spent_s=11), NOW),
        (STOP, "minutes", {"minutes": 1.02, "limit_minutes": 1}),
    ),
]


@pytest.mark.parametrize(("look", "judged"), WATCHED)
def test_the_watchdog_judges_from_what_it_sees(look, judged):
    got = verdict(look, LIMITED, NOW)
    assert (got and (got.deed, got.event, got.numbers)) == judged
    if judged is None or judged[1] not in ("silent", "disk full"):
        assert verdict(look, Host(silence_s=60), NOW) is None


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
