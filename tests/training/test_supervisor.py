"""The supervisor at its rules: an engine on paper, so that a test decides when a run ends and how."""

import errno
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig, attempts
from cnnlab.training.folder import ALLOWED, EXIT, STATUS, read_json, write_json
from cnnlab.training.heartbeat import who
from cnnlab.training.host import VARIABLE, Host
from cnnlab.training.supervisor import Client, Launcher, Need, requests, starting, supervising
from cnnlab.training.supervisor import __main__ as office
from cnnlab.training.supervisor import client as clients
from cnnlab.training.supervisor.keys import digest, token
from cnnlab.training.supervisor.launchers import Torchrun, Word
from cnnlab.training.supervisor.queue import OVER, RUNNING, WAITING, Entry
from cnnlab.training.supervisor.requests import Request, write
from cnnlab.training.supervisor.starting import OWNER, supervised
from cnnlab.training.supervisor.supervising import Supervisor
from cnnlab.training.supervisor.watchdog import KILL, STOP, Look, verdict
from tests.training.watched import events, said

RUN = Word("running")


class Paper(Launcher):
    """Starts nothing, and says what it was told to say."""

    about = "on paper"

    def __init__(self):
        super().__init__()
        self.started: list[str] = []
        self.words: dict[str, Word] = {}
        self.needs: list[Need] = []
        self.folders: dict[str, Path] = {}
        self.cancelled: list[tuple[str, bool]] = []

    def start(self, folder: Path, need: Need) -> str:
        ticket = f"{os.getpid()}:{len(self.needs)}"
        self.started.append(folder.name)
        self.needs.append(need)
        self.words[ticket], self.folders[ticket] = RUN, folder
        self.attempt = attempts.claim(folder, who())
        return ticket

    def cancel(self, ticket: str, force: bool = False) -> None:
        self.cancelled.append((self.folders[ticket].name, force))
        if force:
            self.end(self.folders[ticket].name, None)

    def state(self, tickets: Iterable[str]) -> Mapping[str, Word]:
        return {ticket: self.words[ticket] for ticket in tickets}

    def end(self, run: str, code: int | None, signal: int = 9) -> None:
        """The trainer of a run ends: with a code that it wrote down, or by a signal."""
        ticket = next(ticket for ticket, folder in reversed(self.folders.items()) if folder.name == run)
        folder = self.folders[ticket]
        if code is not None:
            write_json(folder, EXIT, {"attempt": attempts.newest(folder), "code": code})
        else:
            lost = {"attempt": attempts.newest(folder), "state": "running", "beat": 0.0, "next_beat_before": 0.0}
            write_json(folder, STATUS, who() | lost)
        self.words[ticket] = Word("gone", code=-signal if code is None else code)


class Desk(Client):
    """A client whose supervisor is stepped by the test."""

    def __init__(self, root: Path):
        super().__init__(root)
        self.paper = Paper()
        self.awake()

    def awake(self) -> None:
        self.supervisor = Supervisor(self.root, {"here": self.paper, "torchrun": Torchrun()})
        self.supervisor.settle()
        self.supervisor.recover()

    def _ensure(self) -> None:
        pass

    @property
    def queue(self):
        return self.supervisor.queue

    def step(self) -> None:
        self.supervisor._due.clear()
        self.supervisor.trainers._at.clear()
        self.supervisor.step()


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """Writes the settings file."""
    path = tmp_path / "host.toml"
    monkeypatch.setenv(VARIABLE, str(path))

    def write_rules(**rules) -> None:
        # The trainers here are the process of the tests itself, whose browsers and servers count as its own.
        said = {"free_mib": 0, "memory_mib": 2**22, "requests": 1000, "per_visitor": 100} | rules
        path.write_text("".join(f"{name} = {value!r}\n".replace("True", "true") for name, value in said.items()))

    write_rules()
    return write_rules


@pytest.fixture
def desk(tmp_path, rules) -> Desk:
    desk = Desk(tmp_path / "runs")
    yield desk
    desk.queue._base.close()


def submitted(desk: Desk, visitor: str, count: int = 1, **config) -> list[clients.Ticket]:
    return [desk.submit(TrainConfig(**config), visitor) for _ in range(count)]


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
