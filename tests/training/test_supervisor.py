"""The supervisor at its rules: an engine on paper, so that a test decides when a run ends and how."""

import json
import time

import pytest

from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.folder import STATUS, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.supervisor import client as clients
from cnnlab.training.supervisor.keys import token
from cnnlab.training.supervisor.queue import OVER, RUNNING, WAITING
from tests.training.paper import submitted
from tests.training.watched import events, said


def test_ten_clicks_of_one_visitor_do_not_hold_up_another(desk, rules):
    rules(at_once=1)
    names = {ticket.run: f"a{n}" for n, ticket in enumerate(submitted(desk, "ada", 10))}
    names |= {ticket.run: f"b{n}" for n, ticket in enumerate(submitted(desk, "bob", 2))}
    for _ in range(12):
        desk.step()
        desk.paper.end(desk.paper.started[-1], 0)
    desk.step()
    assert [names[run] for run in desk.paper.started] == ["a0", "b0", "a1", "b1", *(f"a{n}" for n in range(2, 10))]
    assert desk.queue.active() == []


def test_as_many_run_as_the_host_says(desk, rules):
    rules(at_once=3)
    submitted(desk, "ada", 5)
    desk.step()
    assert len(desk.paper.started) == 3
    rules(at_once=4)
    desk.step()
    assert len(desk.paper.started) == 4


def test_the_place_in_line_and_the_wait_are_told(desk, rules):
    rules(at_once=1, minutes=10.0)
    first, second, third = submitted(desk, "ada", 3)
    assert desk.place(second.run) == clients.Place(1, None)  # nobody has looked yet
    desk.step()
    assert desk.place(first.run).running
    place = desk.place(third.run)
    assert (place.ahead, place.running) == (2, False)
    assert desk.place(second.run).ahead == 1  # the one that runs must end first
    assert 1190 < place.wait_s <= 1200
    desk.queue.change(desk.queue.of(first.run), started=time.time() - 60)
    desk.paper.end(first.run, 0)
    desk.step()
    assert desk.place(first.run) is None
    assert 55 < desk.place(third.run).wait_s < 65  # as long as the first one took, which was like it
    assert desk.place(token()) is None


def test_the_wait_follows_the_speed_of_what_runs(desk, rules):
    rules(at_once=1, minutes=10.0)
    first, second = submitted(desk, "ada", 2)
    desk.step()
    run, now = desk.run(first.run), time.time()
    row = {"v": 1, "attempt": 1, "seq": 1, "t": now - 30, "kind": "attempt", "step": 0}
    (run.folder / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    for step, wait in ((9, 600), (10, 270), (100, 0)):
        write_json(run.folder, STATUS, who() | {"attempt": 1, "step": step, "total": 100, "next_beat_before": now + 60})
        assert abs(desk.place(second.run).wait_s - wait) < 15
    (run.folder / "metrics.jsonl").write_bytes(b"{")
    assert desk.place(second.run).wait_s == 0


def test_gpus_are_given_to_one_run_each(desk, rules):
    rules(at_once=4, gpus=["2", "GPU-7"])
    one, two, three = submitted(desk, "ada", 3, device="cuda")
    (cpu,) = submitted(desk, "ada", device="cpu")
    desk.step()
    assert desk.paper.started == [one.run, two.run, cpu.run]
    assert [need.devices for need in desk.paper.needs] == [("2",), ("GPU-7",), ()]
    desk.paper.end(two.run, 0)
    desk.step()
    assert (desk.paper.started[-1], desk.paper.needs[-1].devices) == (three.run, ("GPU-7",))


ENDINGS = [  # wanted, its code or None, the signal; what the queue says, what the folder says, started again
    ("run", 0, "finished", "finished", False),
    ("run", 75, "stopped", "stopped", False),
    ("run", 1, "failed", "failed", False),
    ("run", 76, "superseded", "failed", False),
    ("run", None, "", "running", True),
    ("stop", None, "stopped", "stopped", False),
    ("stop", 75, "stopped", "stopped", False),
    ("pause", None, "paused", "stopped", False),
]


@pytest.mark.parametrize(("wanted", "code", "reason", "state", "again"), ENDINGS)
def test_how_a_run_ended_is_what_its_folder_says(wanted, code, reason, state, again, desk):
    (ticket,) = submitted(desk, "ada")
    desk.step()
    if wanted != "run":
        getattr(desk, wanted)(ticket.run, ticket.key)
        desk.step()
        assert desk.run(ticket.run).control()["wanted"] == wanted
    desk.paper.end(ticket.run, code)
    desk.step()
    entry = desk.queue.of(ticket.run)
    assert (entry.reason, entry.state) == (reason, RUNNING if again else OVER)
    assert desk.run(ticket.run).state == state
    assert len(desk.paper.started) == 1 + again


def test_a_trainer_that_vanishes_again_and_again_is_given_up(desk):
    (ticket,) = submitted(desk, "ada")
    for _ in range(8):
        desk.step()
        if desk.queue.of(ticket.run).state == RUNNING:
            desk.paper.end(ticket.run, None)
    assert len(desk.paper.started) == 6
    assert events(desk, ticket.run) == ["started again"] * 5 + ["given up"]
    assert said(desk, ticket.run, "given up") == (
        "It was gone (gone), and has been started again 5 times already: resume it to try once more."
    )
    assert desk.run(ticket.run).state == "lost"
    desk.resume(ticket.run, ticket.key)
    desk.step()
    assert desk.queue.of(ticket.run).state == RUNNING


def test_what_waits_is_stopped_at_once_and_goes_on_when_asked(desk, rules):
    rules(at_once=1)
    first, second = submitted(desk, "ada", 2)
    desk.step()
    desk.pause(second.run, second.key)
    desk.step()
    assert desk.place(second.run) is None
    assert desk.run(second.run).state == "stopped"
    desk.resume(second.run, second.key)
    desk.paper.end(first.run, 0)
    desk.step()
    assert desk.place(second.run).running
    assert desk.run(second.run).control()["wanted"] == "run"


def test_a_finished_run_is_not_resumed(desk):
    (ticket,) = submitted(desk, "ada")
    desk.step()
    desk.paper.end(ticket.run, 0)
    desk.step()
    with pytest.raises(SpecError, match="This run has finished: fork it to go on from its end."):
        desk.resume(ticket.run, ticket.key)


def test_a_paused_run_gives_way_to_one_that_waits(desk, rules):
    rules(at_once=1)
    (paused,) = submitted(desk, "ada")
    desk.step()
    desk.pause(paused.run, paused.key)
    desk.step()
    now = time.time()
    state = {"attempt": 1, "state": "paused", "beat": now, "next_beat_before": now + 60}
    write_json(desk.run(paused.run).folder, STATUS, who() | state)
    desk.step()
    assert desk.paper.cancelled == []
    (other,) = submitted(desk, "bob")
    desk.step()
    assert desk.paper.cancelled == [(paused.run, False)]
    desk.paper.end(paused.run, 75)
    desk.step()
    assert desk.paper.started == [paused.run, other.run]
    assert desk.queue.of(paused.run).reason == "paused"
    desk.resume(paused.run, paused.key)
    desk.paper.end(other.run, 0)
    desk.step()
    assert desk.paper.started[-1] == paused.run


@pytest.mark.parametrize("code", [75, None])
def test_a_run_that_is_resumed_while_it_leaves_waits_again(code, desk):
    (ticket,) = submitted(desk, "ada")
    desk.step()
    desk.stop(ticket.run, ticket.key)
    desk.step()
    desk.resume(ticket.run, ticket.key)
    desk.step()
    desk.paper.end(ticket.run, code)
    desk.step()
    desk.step()
    assert desk.paper.started == [ticket.run] * 2
    assert desk.queue.of(ticket.run).state == RUNNING


def test_wrong_settings_start_nothing_and_stop_nothing(desk, rules, tmp_path):
    rules(at_once=1)
    running, waiting = submitted(desk, "ada", 2)
    desk.step()
    (tmp_path / "host.toml").write_text("at_once = 99999")
    desk.paper.end(running.run, None)
    desk.step()
    assert desk.paper.started == [running.run, running.run]  # it is watched as before
    desk.paper.end(running.run, 0)
    desk.step()
    assert (desk.queue.of(waiting.run).state, len(desk.paper.started)) == (WAITING, 2)
    (wrong,) = desk.allowed(TrainConfig(), "ada")
    assert str(wrong).startswith("Nobody may train: line 1 of ")
    with pytest.raises(SpecError, match="Nobody may train"):
        submitted(desk, "ada")
    desk.stop(waiting.run, waiting.key)
    rules(train=False)
    desk.step()
    assert len(desk.paper.started) == 2
